/**
 * Protocols written by hand, as models: the notation of the litmus tests and of whoever wants to think a protocol through
 * before writing the patch. Words are assembly; `f` is the function, other names are texts or tracers.
 *
 * A prefixed instruction is one store, its words by `.long` are two.
 *
 * Example of steps: `f+0 = mflr r0` · `ipi isync wait` · `grace tasks` · `stop_machine f+0 = nop; f+4 = nop` · `free tramp` ·
 * `publish ops = 0x50000` (`publish plain …` where nothing orders it)
 */
import { type DataWord, layout, type Model, type ModelStep, type Store, type Text } from '../machine/model.ts';
import { writeAlike } from '../machine/notation.ts';
import { assemble } from '../power/text.ts';
import type { Contract, GracePeriod, Preemption } from '../protocol/protocol.ts';

export interface Litmus {
  readonly contract: Contract;
  /** 64 where not given. */
  readonly bits?: 32 | 64;
  readonly module?: boolean;
  readonly live?: boolean;
  readonly site: readonly string[];
  readonly texts?: Readonly<Record<string, readonly string[]>>;
  /** Data by name: their value, `none` where they are not initialised yet, `own` in front where each task has its own. */
  readonly data?: Readonly<Record<string, string>>;
  readonly steps: readonly string[];
  /** Those of a second patcher. */
  readonly other?: readonly string[];
}

export const tracers = ['ftrace_caller', 'ftrace_regs_caller', '_mcount'];

/** @throws Error naming the line that is not of the notation: litmus files are ours */
export function parseLitmus(litmus: Litmus, preemption: Preemption): Model {
  const names = new Map<string, number>([
    ['f', layout.site],
    ['wild', layout.wild],
  ]);
  for (const [i, name] of Object.keys(litmus.texts ?? {}).entries()) names.set(name, layout.text + i * layout.gap);
  for (const [i, name] of tracers.entries()) names.set(name, layout.tracer + i * layout.gap);
  const data = Object.entries(litmus.data ?? {}).map(([name, value], i) => datum(name, value, i));
  for (const { name, address } of data) names.set(name, address);
  const text = (name: string, lines: readonly string[]): Text => {
    const address = names.get(name) ?? 0;
    const words: number[] = [];
    for (const line of lines) words.push(...assembleLine(line, address + 4 * words.length, names));
    return { name, address, words };
  };
  const model: Model = {
    contract: litmus.contract,
    bits: litmus.bits ?? 64,
    preemption,
    module: litmus.module ?? false,
    live: litmus.live ?? true,
    texts: [text('f', litmus.site), ...Object.entries(litmus.texts ?? {}).map(([name, lines]) => text(name, lines))],
    tracers,
    data,
    steps: litmus.steps.map((line) => parseStep(line, names)),
    other: (litmus.other ?? []).map((line) => parseStep(line, names)),
  };
  if (writeAlike(model)) throw new Error('both patchers store to one word');
  return model;
}

/** @throws Error saying what is wrong with the line */
export function parseStep(line: string, names: ReadonlyMap<string, number>): ModelStep {
  const published = /^publish (plain )?(\w+) = (\w+)$/.exec(line);
  if (published !== null) {
    const [, plain, name, value] = published;
    return { kind: 'publish', address: place(name!, names), value: dataValue(value!), ordered: plain === undefined };
  }
  if (line.includes('=') && !line.startsWith('stop_machine')) {
    const plain = line.startsWith('plain ');
    return { kind: 'store', ...store(plain ? line.slice(6) : line, names), consistent: !plain };
  }
  const [verb, ...rest] = line.split(' ');
  if (verb === 'ipi') return { kind: 'ipi', wait: rest.includes('wait'), isync: rest.includes('isync') };
  if (verb === 'grace') return { kind: 'gracePeriod', flavour: rest[0] as GracePeriod };
  if (verb === 'stop_machine')
    return {
      kind: 'stopMachine',
      stores: rest
        .join(' ')
        .split(';')
        .filter((part) => part.trim() !== '')
        .map((part) => store(part, names)),
    };
  if (verb === 'flush') return { kind: 'flush', from: 0, to: layout.wild };
  if (verb === 'reachable') return { kind: 'reachable' };
  if (verb === 'free') return { kind: 'free', address: place(rest[0] ?? '', names) };
  throw new Error(`not a step: ${line}`);
}

function store(line: string, names: ReadonlyMap<string, number>): Store {
  const [where, what = ''] = line.split('=').map((part) => part.trim());
  const address = place(where!, names);
  const [word = 0, suffix] = assembleLine(what, address, names);
  return suffix === undefined ? { address, word } : { address, word, suffix };
}

/** Eight bytes apart, and as many each. */
function datum(name: string, text: string, index: number): DataWord {
  const own = text.startsWith('own ');
  return {
    name,
    address: layout.data + 8 * index,
    bytes: 8,
    value: dataValue(own ? text.slice(4) : text),
    private: own,
  };
}

const dataValue = (text: string) => (text === 'none' ? null : BigInt(text));

/** `f+c`: offsets are hexadecimal. */
function place(text: string, names: ReadonlyMap<string, number>): number {
  const [, name = text, offset = '+0'] = /^(\w+)([+-][0-9a-f]+)$/.exec(text) ?? [];
  const base = names.get(name);
  if (base === undefined) throw new Error(`no text is called ${name}`);
  return base + Number.parseInt(offset, 16);
}

/**
 * One word, or the two of a prefixed instruction.
 * @throws Error where the line is none
 */
export function assembleLine(line: string, address: number, names: ReadonlyMap<string, number>): readonly number[] {
  const named = line.replace(
    /^(bl?) ([A-Za-z_]\w*)([+-]\w+)?$/,
    (_, b: string, name: string, offset = '') => `${b} ${place(name + offset, names)}`,
  );
  const bare = /^\.long (0x[0-9a-f]{1,8})$/.exec(line);
  if (bare !== null) return [Number(bare[1])];
  const words = assemble(named, BigInt(address));
  if (words === null) throw new Error(`does not assemble: ${line}`);
  return words;
}
