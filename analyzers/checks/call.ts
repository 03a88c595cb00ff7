/**
 * What the tracer's entry code owes besides what its caller finds again: whom it sends the task to, and what it hands to
 * the C function that traces. One row each, in the order in which one explains the others. Kernels differ in what they
 * hand over, so a row says nothing by itself: it counts where it held before a patch and no longer holds after it.
 *
 * Example: ftrace_caller of v4.19 passes no pt_regs; there no row about regs holds, and none can be lost.
 */
import type { CheckId } from './checks.ts';

/** Where a call of a traced function comes by. */
export type CallPlace = 'start' | 'entry' | 'tracer' | 'body' | 'replacement' | 'trampoline' | 'end';

export interface CallRegisters {
  readonly gpr: readonly bigint[];
  readonly lr: bigint;
  readonly ctr: bigint;
  readonly xer: number;
  readonly cr: number;
  readonly msr: bigint;
}

/** One call of a traced function, from its caller and back. */
export interface Call {
  readonly bits: 32 | 64;
  readonly exit: 'normal' | 'no-trace' | 'livepatch' | 'direct' | 'direct-by-tracer';
  /** Does the whole of pt_regs have to be there (ftrace_regs_caller)? */
  readonly allRegisters: boolean;
  /** Is LR the return address at the body? With -pg the function has saved it before the call. */
  readonly linked: boolean;
  /** Registers where the task first came by a place; `start` is the call itself, `entry` the tracer's first instruction. */
  readonly at: ReadonlyMap<CallPlace, CallRegisters>;
  /** Of the pt_regs that r6 points to when the C function is entered; null where nothing was stored. */
  readonly field: (name: string) => bigint | null;
  /** Return addresses that a walk along the back chain finds from there; null where it does not come to the caller's frame. */
  readonly links: readonly bigint[] | null;
  /** How often the body of the traced function is run. */
  readonly bodyRuns: number;
  /** How often the C function is entered. */
  readonly tracerCalls: number;
  /** The C function was entered through CTR. */
  readonly throughCounter: boolean;
  /** A return address that the tracer puts into pt_regs reaches the body of the traced function. */
  readonly takesLink: boolean;
  /** Nothing was stored into the caller's frame but LR and CR, for which it has places. */
  readonly callerFrameKept: boolean;
  /** The task's livepatch stack is as it was once the task is back. */
  readonly livepatchStackKept: boolean;
  /** Addresses: the traced function's recorded word, where it returns to, the ops, the C function, what takes its place. */
  readonly known: Readonly<Record<'ip' | 'caller' | 'ops' | 'tracer' | 'replacement' | 'toc' | 'nip', bigint>>;
}

interface CallCheck {
  /** Asked only of a task that comes by here: an exit that does without the C function hands nothing to it. */
  readonly place?: CallPlace;
  /** null: a loss of it is no finding, for kernels may do without; but no pass either. */
  readonly check: CheckId | null;
  /** The register that it is about, where it is about one. */
  readonly register?: string;
  /** Of a row without a check: what is lost, in words. */
  readonly what: string;
  readonly holds: (call: Call) => boolean;
}

/** Is the register at the place what is known? */
const holdsAt =
  (place: CallPlace, register: number, name: keyof Call['known']) =>
  ({ at, known }: Call) =>
    at.get(place)?.gpr[register] === known[name];

const general = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Are these general purpose registers in pt_regs as they were when the tracer was entered? */
const saved =
  (registers: readonly number[]) =>
  ({ at, field }: Call) =>
    registers.every((register) => field(`gpr${register}`) === at.get('entry')?.gpr[register]);

/** CR without CR0, which entry code may have used before it saves CR. */
const conditions = (cr: bigint | null) => (cr === null ? null : cr & 0x0fffffffn);

const inWhole = (holds: (call: Call) => boolean) => (call: Call) => call.allRegisters && holds(call);

const rows: readonly CallCheck[] = [
  {
    check: 'tracer-called',
    what: '',
    holds: ({ exit, tracerCalls }) => exit === 'direct' || tracerCalls === (exit === 'no-trace' ? 0 : 1),
  },
  {
    place: 'tracer',
    check: 'tracer-toc',
    register: 'r2',
    what: '',
    holds: (call) => call.bits === 64 && holdsAt('tracer', 2, 'toc')(call),
  },
  {
    place: 'tracer',
    check: 'tracer-entry',
    register: 'r12',
    what: '',
    holds: (call) => call.bits === 64 && (!call.throughCounter || holdsAt('tracer', 12, 'tracer')(call)),
  },
  { place: 'tracer', check: 'tracer-ip', register: 'r3', what: '', holds: holdsAt('tracer', 3, 'ip') },
  { place: 'tracer', check: 'tracer-parent', register: 'r4', what: '', holds: holdsAt('tracer', 4, 'caller') },
  { place: 'tracer', check: 'tracer-ops', register: 'r5', what: '', holds: holdsAt('tracer', 5, 'ops') },
  {
    place: 'tracer',
    check: 'tracer-regs',
    register: 'r6',
    what: '',
    holds: ({ field, known }) => field('_NIP') === known.nip && field('_LINK') === known.caller,
  },
  { place: 'tracer', check: 'tracer-regs', register: 'r6', what: '', holds: saved(general(3, 10)) },
  { place: 'tracer', check: 'tracer-regs', register: 'r6', what: '', holds: inWhole(saved(general(14, 31))) },
  { place: 'tracer', check: 'back-chain', what: '', holds: ({ links }) => links !== null },
  { check: 'call-target', what: '', holds: comesToItsTarget },
  {
    place: 'body',
    check: 'return-path',
    register: 'lr',
    what: '',
    holds: ({ at, linked, known }) => !linked || at.get('body')?.lr === known.caller,
  },
  {
    place: 'replacement',
    check: 'new-function-entry',
    register: 'r12',
    what: '',
    holds: (call) => call.bits === 64 && holdsAt('replacement', 12, 'replacement')(call),
  },
  { check: 'livepatch-stack', what: '', holds: ({ livepatchStackKept }) => livepatchStackKept },
  // Whether what is stored there is right depends on who calls: on module or kernel, on the way through a stub.
  {
    check: null,
    what: 'something is stored into the frame of the caller',
    holds: ({ callerFrameKept }) => callerFrameKept,
  },
  {
    check: null,
    what: 'the C function is called where a direct trampoline served',
    holds: ({ exit, at }) => exit === 'direct' && !at.has('tracer'),
  },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets NULL for pt_regs that are not whole',
    holds: (call) => call.at.get('tracer')?.gpr[6] === 0n || saved([1, ...general(3, 10), ...general(14, 31)])(call),
  },
  { place: 'tracer', check: null, what: 'the tracer no longer gets r0 in pt_regs', holds: saved([0]) },
  { place: 'tracer', check: null, what: 'the tracer no longer gets r1 in pt_regs', holds: saved([1]) },
  { place: 'tracer', check: null, what: 'the tracer no longer gets r2 in pt_regs', holds: saved([2]) },
  { place: 'tracer', check: null, what: 'the tracer no longer gets r11 to r13 in pt_regs', holds: saved([11, 12, 13]) },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets MSR in pt_regs',
    holds: inWhole(({ field, at }) => field('_MSR') === at.get('entry')?.msr),
  },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets the MSR of 0 in pt_regs that says they are not whole',
    holds: ({ field }) => field('_MSR') === 0n,
  },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets CTR in pt_regs',
    holds: inWhole(({ field, at }) => field('_CTR') === at.get('entry')?.ctr),
  },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets XER in pt_regs',
    holds: inWhole(({ field, at }) => field('_XER') === BigInt(at.get('entry')?.xer ?? -1)),
  },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets CR in pt_regs',
    holds: inWhole(({ field, at }) => conditions(field('_CCR')) === conditions(BigInt(at.get('entry')?.cr ?? -1))),
  },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets its way to change the return address in pt_regs',
    holds: ({ takesLink }) => takesLink,
  },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets the traced function in a walk along the stack',
    holds: ({ links, known }) => links?.includes(known.nip) === true,
  },
  {
    place: 'tracer',
    check: null,
    what: 'the tracer no longer gets the caller of the traced function in a walk along the stack',
    holds: ({ links, known }) => links?.includes(known.caller) === true,
  },
];

/** The register that a check of this table is about, '' for none; null for a check of what the caller finds. */
export function callRegister(check: string): string | null {
  const row = rows.find((one) => one.check === check);
  return row === undefined ? null : (row.register ?? '');
}

function comesToItsTarget({ exit, at, bodyRuns }: Call): boolean {
  if (exit === 'livepatch') return at.has('replacement') && bodyRuns === 0;
  return bodyRuns === 1 && (!exit.startsWith('direct') || at.has('trampoline'));
}

export interface LostCheck {
  readonly check: CheckId | null;
  readonly what: string;
}

/** What held of a call before a patch, and does no longer. */
export function lostChecks(before: Call, after: Call): readonly LostCheck[] {
  return rows
    .filter(({ place, holds }) => (place === undefined || after.at.has(place)) && holds(before) && !holds(after))
    .map(({ check, what }) => ({ check, what }));
}
