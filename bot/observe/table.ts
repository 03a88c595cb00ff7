/**
 * The steps of a protocol as rows: one a store, with what else happens in its place between them. The one idea: what a row
 * says can be seen in a booted kernel, in a log of its stores or in a debugger, so addresses count from the function's
 * symbol, words are as the ISA prints them, and the instructions around a store are spelled out.
 *
 * Example: `A: func+0x4 | 60000000 nop | 4bfefffd bl ftrace_caller | 4 | ptesync; stw; dcbst; sync; icbi; sync; isync`.
 */
import { disassemble } from '../../analyzers/power/text.ts';
import type { Executed, Protocol, Step } from '../../analyzers/protocol/protocol.ts';
import type { Frame } from '../../analyzers/source/place.ts';
import { graceCalls } from '../reply/wording.ts';

export interface Row {
  readonly kind: Step['kind'];
  /** How deep in IPIs and stop_machine() it is. */
  readonly depth: number;
  /** Whose word: a record, a trampoline, a stub; '' for what stores nothing. */
  readonly of: string;
  /** From the symbol: `func+0x4`, `ftrace_call`. */
  readonly where: string;
  readonly old: string;
  readonly new: string;
  /** Stored at once. */
  readonly bytes: number | null;
  readonly instructions: readonly string[];
  /** Of what stores nothing: what it does. */
  readonly what: string;
  /** Where the kernel's code asks for it: the innermost frame outside of what pokes text. */
  readonly at: Frame | null;
  readonly stack: readonly Frame[];
}

/** Steps that nobody outside the modifying CPU can tell. */
const silent: ReadonlySet<Step['kind']> = new Set(['lock', 'unlock', 'resched']);

export function rowsOf(protocol: Protocol, steps: readonly Step[] = protocol.steps, depth = 0): readonly Row[] {
  return steps
    .filter(({ kind }) => !silent.has(kind))
    .flatMap((step) => {
      const row = {
        ...empty,
        kind: step.kind,
        depth,
        at: askedAt(step.stack),
        stack: step.stack,
        ...told(protocol, step),
      };
      const inner = step.kind === 'ipi' || step.kind === 'stopMachine' ? rowsOf(protocol, step.effects, depth + 1) : [];
      return [row, ...inner];
    });
}

const empty = { of: '', where: '', old: '', new: '', bytes: null, instructions: [], what: '' } as const;

/** Where code asks to have text poked; what follows on the way down is the same for everybody. */
const askedAt = (stack: readonly Frame[]): Frame | null =>
  stack.findLast(({ at }) => !/(code|text)-patching\.[ch]$/.test(at.file)) ?? stack.at(-1) ?? null;

function told(protocol: Protocol, step: Step): Partial<Row> {
  switch (step.kind) {
    case 'modify': {
      const word = (value: number, suffix: number | undefined) => {
        const text = `${hex(value)}${suffix === undefined ? '' : ` ${hex(suffix)}`}`;
        return `${text} ${instruction(protocol, value, step.word.address)}`;
      };
      return {
        ...placeOf(protocol, step.word),
        old: word(step.old, step.oldSuffix),
        new: word(step.new, step.newSuffix),
        bytes: step.width,
        instructions: instructionsOf(step.executed) ?? [...builtIn[step.consistent]],
      };
    }
    case 'publish':
      return {
        of: 'data',
        where: protocol.data.find(({ address }) => address === step.address)?.name ?? step.what,
        new: step.value === null ? 'not determined' : `0x${step.value.toString(16)}`,
        bytes: step.bytes,
        instructions: instructionsOf(step.executed) ?? (step.how === 'patch' ? ['store', 'dcbst', 'sync'] : ['store']),
      };
    default:
      return { what: textOf(step) };
  }
}

/** Of a store whose primitive was not interpreted. */
const builtIn = {
  patch: ['stw', 'dcbst', 'sync', 'icbi', 'sync', 'isync'],
  elsewhere: ['stw', 'dcbst', 'sync', 'icbi', 'sync'],
  'flush-later': ['stw'],
  none: ['stw'],
} as const;

/** Instructions by name, and what ends in one; mapping a page and masking interrupts go without saying. */
const instructionsOf = (executed: readonly Executed[] | undefined) =>
  executed?.filter(({ text, service }) => !service || text.endsWith('()')).map(({ text }) => text);

function placeOf({ sites }: Protocol, { symbol, offset }: { symbol: string; offset: number }): Partial<Row> {
  const site = sites.find(({ id }) => id === symbol);
  if (site === undefined) return { of: symbol, where: offset === 0 ? symbol : `${symbol}+0x${offset.toString(16)}` };
  const from = offset - (site.symbol ?? 0);
  return { of: symbol, where: `func${from < 0 ? '-' : '+'}0x${Math.abs(from).toString(16)}` };
}

const hex = (word: number) => word.toString(16).padStart(8, '0');

/** A word as text, a branch with the name of what it goes to. */
function instruction({ texts, symbols, sites }: Protocol, word: number, address: bigint): string {
  const named = [
    ...texts.map(({ name, address: from, words }) => ({ name, from, bytes: 4 * words.size })),
    ...[...symbols].map(([name, from]) => ({ name, from, bytes: 4 })),
    ...sites.map(({ id, address: from, words }) => ({ name: `func ${id}`, from, bytes: 4 * words.size })),
  ];
  return disassemble(word, address).replace(/0x([0-9a-f]{6,})$/, (text, digits: string) => {
    const target = BigInt(`0x${digits}`);
    const found = named.find(({ from, bytes }) => target >= from && target < from + BigInt(bytes));
    if (found === undefined) return text;
    return target === found.from ? found.name : `${found.name}+0x${(target - found.from).toString(16)}`;
  });
}

function textOf(step: Step): string {
  switch (step.kind) {
    case 'ipi': {
      const targets = { others: 'every other CPU', all: 'every CPU', some: 'some CPUs' }[step.targets];
      return `IPI: ${step.handler}() on ${targets}, ${step.wait ? 'waited for' : 'not waited for'}`;
    }
    case 'stopMachine':
      return `stop_machine(${step.handler})`;
    case 'gracePeriod':
      return `grace period: ${graceCalls[step.flavour]}`;
    case 'barrier':
      return `barrier: ${step.op}`;
    case 'flush':
      return `flush of ${step.to - step.from} bytes: dcbst; sync; icbi; sync; isync`;
    case 'free':
      return `${step.what} is freed`;
    case 'reachable':
      return `from here on ${step.what} can be called`;
    case 'bug':
      return `${step.what}${step.code === null ? '' : `(${step.code})`}${step.site === null ? '' : ` for ${step.site}`} ${step.text}`.trim();
    default:
      return step.kind;
  }
}
