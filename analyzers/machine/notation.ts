/**
 * Models as text: short, readable, safe in mail and between single quotes in a shell. A schedule carries its model in
 * this notation, so that `replay` needs nothing else.
 *
 * Example: `r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1000:7c0802a6,i,g:tasks,s1004:48006ffd`
 * are: contract, width, preemption, reachability / texts / tracers / steps. Numbers are hexadecimal. Steps: `s` store made
 * consistent, `u` plain store, `f` flush, `i` IPI (`n` not waited for, `x` without isync), `g` grace period, `m(…)`
 * stop_machine, `p` publish data (`pu`: with nothing to order it), `r` reachable from here on, `x` free. Data stand among the
 * texts: `ops@30000:8=50000` (8 bytes; no value: not initialised; `8t`: each task's own). The steps
 * of a second patcher stand behind a `+`. A store of a prefixed instruction is ADDRESS:WORD.SUFFIX.
 */
import type { Contract, GracePeriod, Preemption } from '../protocol/protocol.ts';
import { layout } from './layout.ts';
import { storesOf, wordsOf } from './micro-step.ts';
import type { DataWord, Model, ModelStep, Store, Text } from './model.ts';
import { stack } from './processor.ts';

/** How texts and data words are written. */
interface Formats {
  readonly text: (text: Text) => string;
  readonly datum: (word: DataWord) => string;
}

/** Each of them once: many models share what a tree's entry code is made of. */
export const formattingOnce = (): Formats => ({ text: once(formatText), datum: once(formatDatum) });

function once<Value extends object>(format: (value: Value) => string): (value: Value) => string {
  const known = new WeakMap<Value, string>();
  return (value) => {
    const text = known.get(value) ?? format(value);
    known.set(value, text);
    return text;
  };
}

export function formatModel(model: Model, formats: Formats = { text: formatText, datum: formatDatum }): string {
  const module = model.module ? ['module'] : [];
  const flags = [model.contract, model.bits, model.preemption, model.live ? 'live' : 'dark', ...module];
  const texts = model.texts.map(formats.text);
  const data = model.data.map(formats.datum);
  const steps = [model.steps, ...(model.other.length > 0 ? [model.other] : [])].map((line) =>
    line.map(formatStep).join(','),
  );
  return [flags.join('.'), [...texts, ...data].join('+'), model.tracers.join('+'), steps.join('+')].join('/');
}

export interface ParsedModel {
  readonly model: Model | null;
  /** What is wrong with the text, in words for a person. */
  readonly problem: string | null;
}

export function parseModel(text: string): ParsedModel {
  const [flagText = '', textText = '', tracerText = '', stepText = '', ...more] = text.split('/');
  if (more.length > 0 || textText === '') return bad('a model is flags/texts/tracers/steps');
  const flags = /^(r0|pg64|pg32|ool|plain|probe|called|system)\.(32|64)\.(none|full)\.(live|dark)(\.module)?$/.exec(
    flagText,
  );
  if (flags === null) return bad(`unknown flags "${shown(flagText)}"`);
  const [, contract, bits, preemption, reachable, module] = flags;
  const placed = textText.split('+').map((one) => parseText(one) ?? parseDatum(one));
  const wrongText = placed.indexOf(null);
  const texts = placed.flatMap((one) => (one !== null && 'words' in one ? [one] : []));
  const data = placed.flatMap((one) => (one !== null && 'bytes' in one ? [one] : []));
  if (wrongText >= 0) return bad(`a text is NAME@ADDRESS=WORDS, not "${shown(textText.split('+')[wrongText] ?? '')}"`);
  const tracers = tracerText === '' ? [] : tracerText.split('+');
  if (!tracers.every((name) => /^\w{1,80}$/.test(name))) return bad(`"${shown(tracerText)}" are no names of tracers`);
  if (data.length > dataMax) return bad(`more than ${dataMax} data words`);
  if (texts.length > textsMax || tracers.length > textsMax) return bad(`more than ${textsMax} texts or tracers`);
  const lines = stepText.split('+').map((line) => (line === '' ? [] : line.split(',')));
  if (lines.length > 2 || lines[1]?.length === 0) return bad('there are one or two patchers');
  const given = lines.flat();
  const steps = all(given.map(parseStep));
  if (steps === null) return bad(`unknown step "${shown(given.find((one) => parseStep(one) === null) ?? '')}"`);
  if (steps.length > stepsMax) return bad(`more than ${stepsMax} steps`);
  const first = lines[0]?.length ?? 0;
  const model: Model = {
    contract: contract as Contract,
    bits: bits === '32' ? 32 : 64,
    preemption: preemption as Preemption,
    module: module !== undefined,
    live: reachable === 'live',
    texts,
    tracers,
    data,
    steps: steps.slice(0, first),
    other: steps.slice(first),
  };
  if (writeAlike(model)) return bad('both patchers store to one word');
  return { model, problem: null };
}

/** Do both patchers store to one word, or to one datum? Then it is not known in which order. */
export function writeAlike({ steps, other }: Pick<Model, 'steps' | 'other'>): boolean {
  const [first, second] = [steps, other].map((line) => line.flatMap(writtenBy));
  return first?.some((address) => second?.includes(address)) === true;
}

const writtenBy = (step: ModelStep): readonly number[] =>
  step.kind === 'publish'
    ? [step.address]
    : storesOf(step)
        .flatMap(wordsOf)
        .map(([address]) => address);

/** The longest way through entry code in one stretch, all registers saved one by one, is some 120 words. */
const wordsMax = 256;
const textsMax = 33;
const stepsMax = 400;
const dataMax = 64;
const storesMax = 64;
/** A flush up to here is one of all text, and needs no range. */
const everything = layout.wild;

/** All of them; null where one is none. */
function all<Value>(values: readonly (Value | null)[]): readonly Value[] | null {
  const found = values.filter((value) => value !== null);
  return found.length === values.length ? found : null;
}

const bad = (problem: string): ParsedModel => ({ model: null, problem });
const shown = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
const hex = (value: number) => value.toString(16);

function formatStep(step: ModelStep): string {
  switch (step.kind) {
    case 'store':
      return `${step.consistent ? 's' : 'u'}${formatStore(step)}`;
    case 'flush':
      return step.from === 0 && step.to === everything ? 'f' : `f${hex(step.from)}:${hex(step.to)}`;
    case 'ipi':
      return `i${step.wait ? '' : 'n'}${step.isync ? '' : 'x'}`;
    case 'gracePeriod':
      return `g:${step.flavour}`;
    case 'stopMachine':
      return `m(${step.stores.map(formatStore).join('&')})`;
    case 'publish':
      return `p${step.ordered ? '' : 'u'}${hex(step.address)}${step.value === null ? '' : `:${step.value.toString(16)}`}`;
    case 'reachable':
      return 'r';
    case 'free':
      return `x${hex(step.address)}`;
  }
}

function formatText({ name, address, words }: Text): string {
  return `${name}@${hex(address)}=${words.map(hex).join(',')}`;
}

function formatDatum({ name, address, bytes, value, private: own }: DataWord): string {
  return `${name}@${hex(address)}:${bytes}${own ? 't' : ''}${value === null ? '' : `=${value.toString(16)}`}`;
}

function formatStore({ address, word, suffix }: Store): string {
  return `${hex(address)}:${hex(word)}${suffix === undefined ? '' : `.${hex(suffix)}`}`;
}

function parseText(text: string): Text | null {
  const [, name, at, list] = /^(\w{1,80})@([0-9a-f]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || list === undefined) return null;
  const address = parseAddress(at);
  const words = all(list.split(',').map(parseWord));
  return address === null || words === null || words.length > wordsMax ? null : { name, address, words };
}

function parseDatum(text: string): DataWord | null {
  const [, name, at, size, own, digits] =
    /^(\w{1,80})@([0-9a-f]{1,8}):([1248])(t?)(?:=([0-9a-f]{1,16}))?$/.exec(text) ?? [];
  if (name === undefined) return null;
  // A task's own data may be at the bottom of its stack, as thread_info was until v5.1.
  const address = own === 't' ? parseOwnAddress(at) : parseDataAddress(at);
  const bytes = Number(size) as DataWord['bytes'];
  const value = parseValue(digits);
  if (address === null || address % bytes !== 0 || (value ?? 0n) >> BigInt(8 * bytes) !== 0n) return null;
  return { name, address, bytes, value, private: own === 't' };
}

function parsePublish(text: string): ModelStep | null {
  const [, plain, at, digits] = /^(u?)([0-9a-f]{1,8})(?::([0-9a-f]{1,16}))?$/.exec(text) ?? [];
  const address = parseDataAddress(at);
  return address === null ? null : { kind: 'publish', address, value: parseValue(digits), ordered: plain === '' };
}

/** Anywhere below the stacks. */
function parseDataAddress(text: string | undefined): number | null {
  const address = parseWord(text);
  return address !== null && address < stack.from ? address : null;
}

function parseOwnAddress(text: string | undefined): number | null {
  const address = parseWord(text);
  return address !== null && address < stack.top ? address : null;
}

const parseValue = (digits: string | undefined) => (digits === undefined ? null : BigInt(`0x${digits}`));

function parseStep(text: string): ModelStep | null {
  const [, letter, rest = ''] = /^(i|g:|m|[sufprx])(.*)$/.exec(text) ?? [];
  const range = rest.split(':').map(parseAddress);
  const [from = null, to = null] = range;
  switch (letter) {
    case 's':
    case 'u': {
      const store = parseStore(rest);
      return store === null ? null : { kind: 'store', ...store, consistent: letter === 's' };
    }
    case 'f':
      if (rest === '') return { kind: 'flush', from: 0, to: everything };
      return from === null || to === null || range.length > 2 ? null : { kind: 'flush', from, to };
    case 'i':
      return /^n?x?$/.test(rest) ? { kind: 'ipi', wait: !rest.includes('n'), isync: !rest.includes('x') } : null;
    case 'g:':
      return isFlavour(rest) ? { kind: 'gracePeriod', flavour: rest } : null;
    case 'm':
      return parseStopMachine(rest);
    case 'r':
      return rest === '' ? { kind: 'reachable' } : null;
    case 'p':
      return parsePublish(rest);
    case 'x': {
      const address = parseDataAddress(rest);
      return address === null ? null : { kind: 'free', address };
    }
  }
  return null;
}

function parseStopMachine(text: string): ModelStep | null {
  const list = /^\((.*)\)$/.exec(text)?.[1];
  if (list === undefined) return null;
  const stores = all(list === '' ? [] : list.split('&').map(parseStore));
  return stores === null || stores.length > storesMax ? null : { kind: 'stopMachine', stores };
}

function parseStore(text: string): Store | null {
  const [, at, first, second] = /^([0-9a-f]+):([0-9a-f]+)(?:\.([0-9a-f]+))?$/.exec(text) ?? [];
  const [address, word] = [parseAddress(at), parseWord(first)];
  const suffix = second === undefined ? undefined : parseWord(second);
  if (address === null || word === null || suffix === null) return null;
  return suffix === undefined ? { address, word } : { address, word, suffix };
}

/** An address of the layout: of a word, and below its end. */
function parseAddress(text: string | undefined): number | null {
  const address = parseWord(text);
  return address !== null && address % 4 === 0 && address <= everything ? address : null;
}

/** What is not there is no word. */
const parseWord = (text: string | undefined) =>
  text !== undefined && /^[0-9a-f]{1,8}$/.test(text) ? Number.parseInt(text, 16) : null;

function isFlavour(text: string): text is GracePeriod {
  return ['rcu', 'sched', 'tasks', 'tasks-rude', 'tasks-trace'].includes(text);
}
