/**
 * What a task's registers hold where an execution ends, against what they held when it called the function: the difference
 * that a check complains of, in numbers.
 *
 * Example: after a tracer that takes one frame more than it gives back, r1 is 32 lower.
 */
import { type ChangedRegister, changedRegisters } from '../checks/checks.ts';
import { Emulation, passesArguments } from '../machine/emulation.ts';
import type { Model } from '../machine/model.ts';
import type { ExecutionStep } from './execution.ts';

export interface Ended {
  readonly execution: readonly ExecutionStep[];
  readonly task: number;
}

/** The registers of the broken task that its caller would find changed, the one that explains the others first. */
export function wrongRegisters(model: Model, { execution, task }: Ended): readonly ChangedRegister[] {
  const caller = new Emulation(model).caller();
  const called = execution.findLastIndex((step) => step.kind === 'dispatch' && step.task === task);
  const changed = new Map(
    execution
      .slice(called + 1)
      .flatMap((step) => (step.kind === 'instruction' && step.task === task ? step.changed : [])),
  );
  const gpr = caller.gpr.map((value, register) => changed.get(`r${register}`) ?? value);
  const cr = Number(changed.get('cr') ?? caller.cr);
  return changedRegisters(caller, { gpr, cr }, passesArguments(model));
}
