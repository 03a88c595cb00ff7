/**
 * Where each task stands after each step, and what its registers hold.
 */
import type { ExecutionStep } from '../../analyzers/explore/execution.ts';
import { layout } from '../../analyzers/machine/layout.ts';
import type { Context } from '../../analyzers/machine/processor.ts';

export interface TaskState {
  readonly task: number;
  readonly state: 'outside' | 'running' | 'preempted' | 'broken';
  /** -1: none. */
  readonly cpu: number;
  /** What it executes next. */
  readonly nia: number;
  /** By name as instructions change them: r0, lr, ctr, …; as long as it is not outside. */
  readonly registers: ReadonlyMap<string, bigint>;
  /** Names of those that this step changed. */
  readonly changed: readonly string[];
}

interface Told {
  readonly execution: readonly ExecutionStep[];
  readonly tasks: readonly number[];
  /** What a task brings when it calls the function. */
  readonly caller: Context;
  /** Where a task is once all is told. */
  readonly last: (task: number) => number;
}

/** By step, then by task. */
export function tasksOf({ execution, tasks, caller, last }: Told): readonly (readonly TaskState[])[] {
  const columns = tasks.map((task) => columnOf(task, { execution, caller, last }));
  return execution.map((_, i) => columns.flatMap((column) => column[i] ?? []));
}

function columnOf(task: number, { execution, caller, last }: Omit<Told, 'tasks'>): readonly TaskState[] {
  const next = nextAddresses(task, execution, last(task));
  const entering = new Map<string, bigint>([
    ...caller.gpr.map((value, register) => [`r${register}`, value] as const),
    ...[['lr', caller.lr] as const, ['ctr', caller.ctr] as const],
  ]);
  let now: TaskState = { task, state: 'outside', cpu: -1, nia: 0, registers: entering, changed: [] };
  return execution.map((step, i) => {
    now = { ...now, changed: [] };
    if ('task' in step && step.task === task) now = { ...after(now, step, entering), nia: next[i] ?? 0 };
    return now;
  });
}

type OfTask = Extract<ExecutionStep, { readonly task: number }>;

function after(now: TaskState, step: OfTask, entering: TaskState['registers']): TaskState {
  switch (step.kind) {
    case 'dispatch':
      return { ...now, state: 'running', cpu: step.cpu, registers: entering };
    case 'instruction': {
      const registers = step.changed.length === 0 ? now.registers : new Map([...now.registers, ...step.changed]);
      return { ...now, registers, changed: step.changed.map(([name]) => name) };
    }
    case 'preempt':
      return { ...now, state: 'preempted', cpu: -1 };
    case 'resume':
      return { ...now, state: 'running', cpu: step.cpu };
    case 'return':
      return { ...now, state: 'outside', cpu: -1 };
    case 'break':
      return { ...now, state: 'broken' };
  }
}

/** By step: the address of the task's next instruction. */
function nextAddresses(task: number, execution: readonly ExecutionStep[], last: number): readonly number[] {
  const next: number[] = new Array(execution.length);
  let address = last;
  for (let i = execution.length - 1; i >= 0; i--) {
    next[i] = address;
    const step = execution[i];
    if (step === undefined || !('task' in step) || step.task !== task) continue;
    if (step.kind === 'instruction') address = step.fetch.address;
    else if (step.kind === 'return') address = layout.caller;
    else if (step.kind === 'break') {
      address = step.nia;
      next[i] = address;
    }
  }
  return next;
}
