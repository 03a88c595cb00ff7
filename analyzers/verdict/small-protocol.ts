/**
 * A protocol of one call site, for tests: `nop; nop; blr` at A, and the steps by which mflr and bl come there. And what is said
 * of some before a patch and after it.
 */
import { assemble } from '../power/text.ts';
import { readEntryCode } from '../protocol/entry-code.ts';
import { definesOf, profilesOf } from '../protocol/profiles.ts';
import type { EntryCode, Exit, Protocol, Step } from '../protocol/protocol.ts';
import { type JudgeInput, judge } from './judge.ts';
import { newCache } from './protocol-run.ts';

const kernel = 0xc000000000000000n;
export const at = { tracer: kernel + 0x10000n, A: kernel + 0x20000n, op: kernel + 0x40000n } as const;
export const word = (line: string, address = 0n) => assemble(line, address)?.[0] ?? 0;
export const nop = word('nop');
export const mflr = word('mflr r0');
const blr = word('blr');
export const bl = word(`bl 0x${at.tracer.toString(16)}`, at.A + 4n);

export type Bare = Step extends infer S ? (S extends Step ? Omit<S, 'stack'> : never) : never;

/** A is `nop; nop; blr` before the steps. */
export function protocol(steps: readonly Bare[], more: Partial<Protocol>): Protocol {
  return {
    scenario: {
      subject: 'ftrace',
      profile: 'p',
      preemption: 'none',
      entryPoint: 'enable',
      siteKind: 'near',
      plan: 'all',
    },
    evidence: 'tree',
    contract: 'r0',
    bits: 64,
    live: true,
    exit: 'normal',
    steps: steps.map((step) => ({ stack: [], ...step })) as readonly Step[],
    sites: [
      {
        id: 'A',
        kind: 'near',
        address: at.A,
        words: new Map([nop, nop, blr].map((one, i) => [4 * i, one])),
        recorded: 4,
        traced: null,
      },
    ],
    texts: [],
    data: [],
    entry: null,
    symbols: new Map([['ftrace_caller', at.tracer]]),
    outcome: 'ok',
    why: '',
    trail: [],
    assumptions: [],
    ...more,
  };
}

export const modify = (offset: 0 | 4, value: number): Bare => ({
  kind: 'modify',
  word: { address: at.A + BigInt(offset), symbol: 'A', offset },
  old: nop,
  new: value,
  width: 4,
  consistent: 'patch',
  via: 'patch_instruction',
});
export const stopMachine = (...effects: readonly Bare[]): Bare => ({
  kind: 'stopMachine',
  handler: 'f',
  effects: effects.map((step) => ({ stack: [], ...step })) as readonly Step[],
});
export const publish = (how: 'patch' | 'store'): Bare => ({
  kind: 'publish',
  what: 'function_trace_op',
  address: at.op,
  bytes: 8,
  value: 1n,
  how,
});
export const barrier = (op: 'mb' | 'wmb' | 'rmb'): Bare => ({ kind: 'barrier', op });

/** Entry code in a kernel of 64 bits that enters it behind `mflr r0; bl`, as the files that are read have it. */
export function entryCodeOf(read: (path: string) => string | null): EntryCode {
  const profiles = profilesOf({ read: (path) => (path.endsWith('/ftrace.c') ? 'MPROFILE_KERNEL' : null) });
  const profile = profiles.find(({ id }) => id === 'ppc64-mprofile-gcc6');
  if (profile === undefined) throw new Error('no such profile');
  const { code, problem } = readEntryCode({ read, profile, defines: definesOf(profile, 'full', []) });
  if (code === null) throw new Error(problem?.text);
  return code;
}

/** A, which is traced, is called: `mflr r0; bl ftrace_caller; addi r12,r3,1; blr`. */
export function called(entry: EntryCode, exit: Exit): Protocol {
  const of = protocol([], {});
  const words = [mflr, bl, word('addi r12,r3,1'), blr].map((one, i) => [4 * i, one] as const);
  return {
    ...{ ...of, entry, exit },
    scenario: { ...of.scenario, entryPoint: 'call', call: { tracer: 'ftrace_caller', exit } },
    sites: of.sites.map((site) => ({ ...site, traced: true, words: new Map(words) })),
  };
}

export interface Case extends Partial<JudgeInput> {
  readonly before: readonly Protocol[];
  readonly after: readonly Protocol[];
}

/** From a tree of which all is at hand and in order, at all levels; nothing is remembered, and no line is the mail's. */
export const verdictOf = (given: Case) =>
  judge({
    ...{ evidence: 'tree', doubt: null, partial: false, highest: 'architecture' },
    ...{ limits: { tasks: 2, cpus: 2, statesMax: 100_000 }, cache: newCache(), mailLineOf: () => null },
    ...{ changes: [], problems: [], unjudged: [], uncovered: () => null },
    ...given,
  });
