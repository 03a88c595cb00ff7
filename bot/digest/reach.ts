/**
 * How easily a finding is reached, from its schedule: how often the task that breaks is preempted, and within how many of its own
 * instructions everything happens, from the last one before the first modification to the one that does it.
 *
 * Example: a task that executes a nop, is preempted, sees two modifications and fetches a bl that is wrong: one preemption, two
 * instructions.
 */
import { replaySchedule } from '../../analyzers/explore/replay-schedule.ts';
import { guiltyOf } from '../steps/guilty.ts';
import type { Facts } from './digest.ts';

/** @returns null where the schedule is none, or breaks nothing */
export function reachOf(schedule: string): Facts['reach'] {
  if (schedule === '') return null;
  const { execution } = replaySchedule(schedule);
  const end = execution.findLast((step) => step.kind === 'break');
  if (end === undefined) return null;
  const isOwn = (step: (typeof execution)[number]) => 'task' in step && step.task === end.task;
  const first = execution.findIndex(({ kind }) => kind === 'modify');
  const last = execution.findLastIndex(({ kind }) => kind === 'modify');
  const ran = execution.flatMap((step, at) => (step.kind === 'instruction' && isOwn(step) ? [at] : []));
  const from = ran.findLast((at) => at < first) ?? ran[0] ?? 0;
  const to = Math.max(guiltyOf(execution) ?? 0, ran.find((at) => at > last) ?? 0);
  return {
    preemptions: execution.filter((step) => step.kind === 'preempt' && isOwn(step)).length,
    instructions: Math.max(1, ran.filter((at) => at >= from && at <= to).length),
  };
}
