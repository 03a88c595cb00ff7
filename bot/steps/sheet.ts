/**
 * A model as a sheet of text that a person edits: the words, what is done to them, step by step, and what else there is. The
 * notation is that of the litmus tests (analyzers/explore/litmus.ts), with labels in front of texts.
 *
 * Example of words: `f:` · `nop` · `nop` · `blr` · `stub:` · `mflr r0` · `b f+4`; of steps: `f+0 = mflr r0` · `grace tasks`.
 */

import { placeName } from '../../analyzers/explore/execution.ts';
import { assembleLine, parseStep, tracers } from '../../analyzers/explore/litmus.ts';
import {
  type DataWord,
  layout,
  type Model,
  type ModelStep,
  type Store,
  type Text,
} from '../../analyzers/machine/model.ts';
import { formatModel, parseModel } from '../../analyzers/machine/notation.ts';
import { disassemble } from '../../analyzers/power/text.ts';

/** What is typed, and what is chosen besides. */
export interface Sheet extends Pick<Model, 'contract' | 'bits' | 'preemption' | 'module' | 'live'> {
  readonly words: string;
  readonly steps: string;
  /** Of a second patcher. */
  readonly other: string;
  readonly data: string;
  readonly tracers: string;
}

export type Part = 'words' | 'steps' | 'other' | 'data' | 'tracers';

export interface ReadSheet {
  readonly model: Model | null;
  /** What is wrong, and where: `line` counts from 1; 0 where it is about all of it. */
  readonly problem: { readonly part: Part; readonly line: number; readonly text: string } | null;
}

export function readSheet(sheet: Sheet): ReadSheet {
  try {
    const model = modelOf(sheet);
    // All that a schedule can hold, and no more: what is explored here can be mailed.
    const { problem } = parseModel(formatModel(model));
    return problem === null ? { model, problem } : { model: null, problem: { part: 'words', line: 0, text: problem } };
  } catch (error) {
    if (error instanceof Wrong) return { model: null, problem: error };
    throw error;
  }
}

/** What is wrong with a line; only within this file. */
class Wrong extends Error {
  readonly part: Part;
  readonly line: number;
  readonly text: string;

  constructor(part: Part, line: number, text: string) {
    super(text);
    this.part = part;
    this.line = line;
    this.text = text;
  }
}

interface Line {
  readonly part: Part;
  readonly text: string;
  readonly number: number;
}

function modelOf(sheet: Sheet): Model {
  const named = tracerNames(sheet.tracers);
  const names = new Map<string, number>([
    ['wild', layout.wild],
    ['caller', layout.caller],
  ]);
  for (const [i, name] of named.entries()) names.set(name, layout.tracer + i * layout.gap);
  const data = linesOf(sheet.data, 'data').map((line, i) => datumOf(line, i));
  for (const { name, address } of data) names.set(name, address);
  const blocks = blocksOf(linesOf(sheet.words, 'words'));
  for (const { name, address } of blocks) names.set(name, name === 'f' ? layout.site : address);
  const steps = (part: 'steps' | 'other') =>
    linesOf(sheet[part], part).map((line) => attempt(line, () => checked(parseStep(line.text, names))));
  const { contract, bits, preemption, module, live } = sheet;
  return {
    ...{ contract, bits, preemption, module, live, data, tracers: named },
    texts: blocks.map((block) => textOf(block, names)),
    steps: steps('steps'),
    other: steps('other'),
  };
}

/** Without comments and blank lines. */
const linesOf = (text: string, part: Part): readonly Line[] =>
  text
    .split('\n')
    .map((line, i) => ({ part, text: line.replace(/#.*/, '').trim().replace(/\s+/g, ' '), number: i + 1 }))
    .filter((line) => line.text !== '');

function attempt<Value>({ part, text, number }: Line, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new Wrong(part, number, `${text}: ${(error as Error).message}`);
  }
}

const flavours: readonly string[] = ['rcu', 'sched', 'tasks', 'tasks-rude', 'tasks-trace'];

function checked(step: ModelStep): ModelStep {
  if (step.kind === 'gracePeriod' && !flavours.includes(step.flavour))
    throw new Error(`a grace period is one of ${flavours.join(', ')}`);
  return step;
}

function tracerNames(text: string): readonly string[] {
  const named = text.split(/[\s,]+/).filter((name) => name !== '');
  const wrong = named.find((name) => !/^\w+$/.test(name));
  if (wrong !== undefined) throw new Wrong('tracers', 1, `${wrong} is no name`);
  return named;
}

interface Block {
  readonly name: string;
  readonly address: number;
  readonly lines: readonly Line[];
}

/** `f:`, `stub:`, `stub @2100:`. */
function blocksOf(lines: readonly Line[]): readonly Block[] {
  const blocks: { name: string; address: number; lines: Line[] }[] = [];
  for (const line of lines) {
    const label = /^(\w+)(?: @ ?([0-9a-f]+))?:$/.exec(line.text);
    const last = blocks.at(-1);
    if (label !== null) {
      const [, name = '', at] = label;
      const usual = blocks.length === 0 ? layout.site : layout.text + (blocks.length - 1) * layout.gap;
      blocks.push({ name, address: at === undefined ? usual : Number.parseInt(at, 16), lines: [] });
    } else if (last === undefined)
      throw new Wrong('words', line.number, 'the first line is the label of the function, f:');
    else last.lines.push(line);
  }
  if (blocks[0] === undefined) throw new Wrong('words', 0, 'there are no words: begin with f:');
  return blocks;
}

function textOf({ name, address, lines }: Block, names: ReadonlyMap<string, number>): Text {
  const words: number[] = [];
  for (const line of lines) {
    const bare = /^[0-9a-f]{8}$/.test(line.text) ? `.long 0x${line.text}` : line.text;
    words.push(...attempt(line, () => assembleLine(bare, address + 4 * words.length, names)));
  }
  if (words.length === 0) throw new Wrong('words', 0, `${name} has no words`);
  return { name, address, words };
}

/** `ops = 0x50000`, `ops = none`, `sp = own 10`, `ops @30008 4 = 1`: eight bytes where nothing is said. */
function datumOf(line: Line, index: number): DataWord {
  const [, name, at, size, own, value = ''] =
    /^(\w+)(?: @ ?([0-9a-f]+)(?: ([1248]))?)? = (own )?(none|(?:0x)?[0-9a-f]+)$/.exec(line.text) ?? [];
  if (name === undefined)
    throw new Wrong('data', line.number, 'a datum is NAME = VALUE, the value hexadecimal or none');
  return {
    name,
    address: at === undefined ? layout.data + 8 * index : Number.parseInt(at, 16),
    bytes: (size === undefined ? 8 : Number(size)) as DataWord['bytes'],
    value: value === 'none' ? null : BigInt(value.startsWith('0x') ? value : `0x${value}`),
    private: own !== undefined,
  };
}

/** The sheet that reads as this model. */
export function sheetOf(model: Model): Sheet {
  const { contract, bits, preemption, module, live } = model;
  const blocks = model.texts.map(({ name, address, words }, i) => {
    const usual = i === 0 ? layout.site : layout.text + (i - 1) * layout.gap;
    const label = `${name}${address === usual ? '' : ` @${address.toString(16)}`}:`;
    return [label, ...words.map((word, k) => `  ${lineOf(model, address + 4 * k, word)}`)].join('\n');
  });
  const data = model.data.map(({ name, address, bytes, value, private: own }, i) => {
    const usual = address === layout.data + 8 * i && bytes === 8;
    const place = usual ? '' : ` @${address.toString(16)} ${bytes}`;
    return `${name}${place} = ${own ? 'own ' : ''}${value === null ? 'none' : `0x${value.toString(16)}`}`;
  });
  return {
    ...{ contract, bits, preemption, module, live },
    words: blocks.join('\n'),
    steps: model.steps.map((step) => stepText(model, step)).join('\n'),
    other: model.other.map((step) => stepText(model, step)).join('\n'),
    data: data.join('\n'),
    tracers: model.tracers.join(' '),
  };
}

export const emptySheet: Sheet = {
  ...{ contract: 'r0', bits: 64, preemption: 'full', module: false, live: true },
  ...{ words: 'f:\n  nop\n  nop\n  blr', steps: '', other: '', data: '', tracers: tracers.join(' ') },
};

/** A word so that it reads back as what it is. */
function lineOf(model: Model, address: number, word: number): string {
  const text = disassemble(word, BigInt(address));
  const named = text.replace(/^(bl?) 0x([0-9a-f]+)$/, (_, b: string, to: string) => {
    const name = placeName(model, Number.parseInt(to, 16));
    return `${b} ${name}`;
  });
  return isPrinted(text, address, word) ? named : `.long 0x${word.toString(16).padStart(8, '0')}`;
}

function isPrinted(text: string, address: number, word: number): boolean {
  try {
    const words = assembleLine(text, address, new Map());
    return words.length === 1 && words[0] === word;
  } catch {
    return false;
  }
}

function stepText(model: Model, step: ModelStep): string {
  const store = ({ address, word, suffix }: Store) =>
    `${placeName(model, address)} = ${suffix === undefined ? lineOf(model, address, word) : disassemble(word, BigInt(address), suffix)}`;
  switch (step.kind) {
    case 'store':
      return `${step.consistent ? '' : 'plain '}${store(step)}`;
    case 'flush':
      return 'flush';
    case 'ipi':
      return `ipi${step.isync ? ' isync' : ''}${step.wait ? ' wait' : ''}`;
    case 'gracePeriod':
      return `grace ${step.flavour}`;
    case 'stopMachine':
      return `stop_machine ${step.stores.map(store).join('; ')}`.trimEnd();
    case 'publish':
      return `publish ${step.ordered ? '' : 'plain '}${placeName(model, step.address)} = ${step.value === null ? 'none' : `0x${step.value.toString(16)}`}`;
    case 'reachable':
      return 'reachable';
    case 'free':
      return `free ${placeName(model, step.address)}`;
  }
}
