/**
 * The properties, one row each. A run that violates one is a break; `text` says to a person what went wrong. A task is
 * looked at where it can be wrong: at the word it is about to execute, and when it is back at its caller.
 */

interface Check {
  readonly id: string;
  readonly text: string;
}

const rows = [
  {
    id: 'return-address',
    text: 'the function returns to where no caller is: its link register is not the return address',
  },
  { id: 'stack-pointer', text: 'the function returns with another stack pointer than it was called with' },
  { id: 'toc', text: 'the caller gets control back with the wrong TOC pointer in r2' },
  { id: 'non-volatile', text: 'a non-volatile register (r13 to r31, CR2 to CR4) does not survive the call' },
  {
    id: 'arguments',
    text: 'an argument register does not reach the body of the function, or a returned value its caller',
  },
  { id: 'wild-branch', text: 'a branch leaves known text' },
  { id: 'freed-target', text: 'text that has been freed is executed' },
  { id: 'illegal-instruction', text: 'a word that is no instruction of the table is executed' },
  { id: 'torn-instruction', text: 'a prefixed instruction is executed of which one half is old and the other new' },
  { id: 'alignment', text: 'a prefixed instruction crosses a 64-byte boundary, which is an alignment interrupt' },
  { id: 'bad-access', text: 'a load or store goes outside the stack and the data of the code' },
  { id: 'uninitialised-data', text: 'a data word is used before it is initialised' },
  { id: 'freed-data', text: 'a data word is used after it has been freed' },
  // No finding: what follows is not known.
  { id: 'unknown-data', text: 'a field of the kernel’s data is read that is not in the model' },
  { id: 'trap', text: 'a trap or system call is executed in the function' },
  { id: 'endless', text: 'the function does not return' },
  // Of a call of a traced function: checks/call.ts.
  {
    id: 'tracer-called',
    text: 'the tracer is called while ftrace is off on that CPU, or is not called once while it is on',
  },
  { id: 'call-target', text: 'the task does not come, or comes twice, to the function that the call is for' },
  {
    id: 'return-path',
    text: 'the body of the traced function is entered with another return address in LR than its caller’s',
  },
  { id: 'tracer-toc', text: 'the tracer is called with another TOC pointer in r2 than the kernel’s' },
  { id: 'tracer-entry', text: 'the tracer is called through CTR without its own address in r12' },
  {
    id: 'tracer-ip',
    text: 'the tracer is called with something else in r3 than the address recorded for the traced function',
  },
  {
    id: 'tracer-parent',
    text: 'the tracer is called with something else in r4 than the return address of the traced function',
  },
  { id: 'tracer-ops', text: 'the tracer is called with something else in r5 than its ftrace_ops' },
  {
    id: 'tracer-regs',
    text: 'the tracer does not find the registers of the traced function in the pt_regs that r6 points to',
  },
  { id: 'back-chain', text: 'the tracer is called with a back chain that does not lead to the frame of the caller' },
  {
    id: 'new-function-entry',
    text: 'the function that a live patch put in place is entered without its own address in r12',
  },
  { id: 'livepatch-stack', text: 'the task comes back with another livepatch stack pointer than it went in with' },
  { id: 'ftrace-bug', text: 'ftrace_bug() fires: ftrace stops and the sites are left as they are' },
  { id: 'ftrace-disabled', text: 'ftrace disables itself, or refuses what it is asked for' },
  {
    id: 'not-traced',
    text: 'the entry point ends without an error, and the function does not reach the tracer as it should',
  },
  { id: 'still-traced', text: 'the entry point ends without an error, and the function still reaches the tracer' },
  // Of subjects that lead from one place of the kernel's text to another.
  {
    id: 'goal-missed',
    text: 'all that was to be done is done without an error, and a task that comes by does not go where it is to go',
  },
  {
    id: 'goal-reached',
    text: 'all that was to be done is done without an error, and a task that comes by still goes where it went before',
  },
  {
    id: 'probe-lost',
    text: 'a probe that is registered is not hit any more: its word is the one of the program, without an error',
  },
  { id: 'foreign-word', text: 'a word is left modified that belongs to the program' },
  {
    id: 'not-consistent',
    text: 'a word of text is stored and not made consistent (dcbst; sync; icbi; sync; isync): a CPU may go on executing what was there, for any time',
  },
  { id: 'kernel-bug', text: 'a check of the kernel’s own fires (BUG or WARN), or the entry point returns an error' },
] as const satisfies readonly Check[];
export type CheckId = (typeof rows)[number]['id'];

export const checks: ReadonlyMap<string, Check> = new Map(rows.map((check) => [check.id, check]));

/** The general purpose registers of a task, r0 first, and its condition register, CR0 most significant. */
interface Registers {
  readonly gpr: readonly bigint[];
  readonly cr: number;
}

/** CR2, CR3 and CR4 belong to the caller (both ELF ABIs). */
const nonVolatileConditions = 0x00fff000;

/** A register that a caller finds changed: `r1`, `cr`. */
export interface ChangedRegister {
  readonly register: string;
  readonly check: CheckId;
  readonly before: bigint;
  readonly after: bigint;
}

/** What the caller of a function relies on, in the order in which one explains the others. */
const kept: readonly (readonly [register: number, check: CheckId])[] = [
  [1, 'stack-pointer'],
  [2, 'toc'],
  ...Array.from({ length: 19 }, (_, i) => [13 + i, 'non-volatile'] as const),
];
/** The body in the models leaves its arguments alone: what is wrong on return was wrong at the body. */
const argumentRegisters = Array.from({ length: 8 }, (_, i) => [3 + i, 'arguments'] as const);

/**
 * The registers that are not as they should be when a task is back at its caller, compared with when it called.
 * @param passed are the arguments to be intact? With -pg the function has saved what it needs of them before the call.
 */
export function changedRegisters(before: Registers, after: Registers, passed: boolean): readonly ChangedRegister[] {
  const changed = ([register, check]: readonly [number, CheckId]): ChangedRegister[] => {
    const [was, is] = [before.gpr[register] ?? 0n, after.gpr[register] ?? 0n];
    return was === is ? [] : [{ register: `r${register}`, check, before: was, after: is }];
  };
  const conditions: readonly ChangedRegister[] =
    ((before.cr ^ after.cr) & nonVolatileConditions) === 0
      ? []
      : [{ register: 'cr', check: 'non-volatile', before: BigInt(before.cr), after: BigInt(after.cr) }];
  return [...kept.flatMap(changed), ...conditions, ...(passed ? argumentRegisters.flatMap(changed) : [])];
}

/** What is wrong with a task that is back at its caller, compared with when it called; null if nothing. */
export function checkReturn(before: Registers, after: Registers, passed: boolean): CheckId | null {
  return changedRegisters(before, after, passed)[0]?.check ?? null;
}

/** What is wrong with control arriving outside known text; `byReturn` where the last instruction was a `blr`. */
export function checkTarget(byReturn: boolean): CheckId {
  return byReturn ? 'return-address' : 'wild-branch';
}

/** Is the function traced as it should be, once everything is done and nobody else runs? `null` expects nothing. */
export function checkTraced(expected: boolean | null, traced: boolean): CheckId | null {
  if (expected === null || expected === traced) return null;
  return expected ? 'not-traced' : 'still-traced';
}
