/**
 * From the text of a schedule to its execution: what the `replay` command and the step-through show.
 */
import { System } from '../machine/system.ts';
import { runAlone } from './alone.ts';
import { type ExecutionStep, replayActions } from './replay.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

export interface ReplayedSchedule {
  readonly schedule: Schedule | null;
  readonly execution: readonly ExecutionStep[];
  /** In words, where the text is not a schedule or a choice in it is not possible. */
  readonly problem: string | null;
}

export function replaySchedule(text: string): ReplayedSchedule {
  const { schedule, problem } = parseSchedule(text.replace(/\s/g, ''));
  if (schedule === null) return { schedule, execution: [], problem };
  if (schedule.level === 'sequential')
    return { schedule, execution: runAlone(schedule.model, schedule.traced).execution, problem: null };
  const system = systemOf(schedule);
  if (system.overflow) return { schedule, execution: [], problem: overflowText };
  const replayed = replayActions(system, schedule.actions);
  return { schedule, execution: replayed.execution, problem: replayed.problem };
}

export const overflowText = 'a word has more versions than can be told apart';

/** The machine that a schedule is of, for all levels but the sequential one. */
export function systemOf({ model, level, tasks, cpus, idle, exceptions }: Schedule): System {
  return new System(model, { stale: level === 'stale', tasks, cpus, idle, exceptions, merge: true });
}
