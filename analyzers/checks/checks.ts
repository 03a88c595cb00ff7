/**
 * The properties, one row each. A run that violates one is a break; `text` says to a person what went wrong. A task is
 * looked at where it can be wrong: at the word it is about to execute, and when it is back at its caller.
 */

export type CheckId =
  | 'return-address'
  | 'stack-pointer'
  | 'toc'
  | 'non-volatile'
  | 'arguments'
  | 'wild-branch'
  | 'freed-target'
  | 'illegal-instruction'
  | 'torn-instruction'
  | 'alignment'
  | 'bad-access'
  | 'uninitialised-data'
  | 'freed-data'
  | 'trap'
  | 'endless'
  | 'ftrace-bug'
  | 'ftrace-disabled'
  | 'not-traced'
  | 'still-traced';

interface Check {
  readonly id: CheckId;
  readonly text: string;
}

const rows: readonly Check[] = [
  {
    id: 'return-address',
    text: 'the traced function returns to where no caller is: its link register is not the return address',
  },
  { id: 'stack-pointer', text: 'the traced function returns with another stack pointer than it was called with' },
  { id: 'toc', text: 'the caller gets control back with the wrong TOC pointer in r2' },
  { id: 'non-volatile', text: 'a non-volatile register (r13 to r31, CR2 to CR4) does not survive the call' },
  { id: 'arguments', text: 'an argument register does not reach the body of the traced function' },
  { id: 'wild-branch', text: 'a branch leaves known text' },
  { id: 'freed-target', text: 'text that has been freed is executed' },
  { id: 'illegal-instruction', text: 'a word that is no instruction of the table is executed' },
  { id: 'torn-instruction', text: 'a prefixed instruction is executed of which one half is old and the other new' },
  { id: 'alignment', text: 'a prefixed instruction crosses a 64-byte boundary, which is an alignment interrupt' },
  { id: 'bad-access', text: 'a load or store goes outside the stack and the data of the code' },
  { id: 'uninitialised-data', text: 'a data word is used before it is initialised' },
  { id: 'freed-data', text: 'a data word is used after it has been freed' },
  { id: 'trap', text: 'a trap or system call is executed in the traced function' },
  { id: 'endless', text: 'the traced function does not return' },
  { id: 'ftrace-bug', text: 'ftrace_bug() fires: ftrace stops and the sites are left as they are' },
  { id: 'ftrace-disabled', text: 'ftrace disables itself: nothing can be traced from then on' },
  {
    id: 'not-traced',
    text: 'the entry point ends without an error, and the function does not reach the tracer as it should',
  },
  { id: 'still-traced', text: 'the entry point ends without an error, and the function still reaches the tracer' },
];

export const checks: ReadonlyMap<string, Check> = new Map(rows.map((check) => [check.id, check]));

/** The general purpose registers of a task, r0 first, and its condition register, CR0 most significant. */
interface Registers {
  readonly gpr: readonly bigint[];
  readonly cr: number;
}

/** CR2, CR3 and CR4 belong to the caller (both ELF ABIs). */
const nonVolatileConditions = 0x00fff000;

/** What is wrong with a task that is back at its caller, compared with when it called; null if nothing. */
export function checkReturn(before: Registers, after: Registers): CheckId | null {
  if (after.gpr[1] !== before.gpr[1]) return 'stack-pointer';
  if (after.gpr[2] !== before.gpr[2]) return 'toc';
  for (let register = 13; register < 32; register++) {
    if (after.gpr[register] !== before.gpr[register]) return 'non-volatile';
  }
  if (((before.cr ^ after.cr) & nonVolatileConditions) !== 0) return 'non-volatile';
  // The body in the models leaves its arguments alone: what is wrong on return was wrong at the body.
  for (let register = 3; register <= 10; register++) {
    if (after.gpr[register] !== before.gpr[register]) return 'arguments';
  }
  return null;
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
