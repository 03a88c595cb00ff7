/**
 * Schedules as text: the model, the level, and the choices made, in one line that can be mailed, pasted and replayed.
 *
 * Example of choices: `m-d00-s0-m-m-s0` : the modifying side goes one step; task 0 is dispatched on CPU 0; it steps; two
 * more modifying steps; it steps again. `s0v1` is a fetch of version 1 in place of the newest.
 */

import type { Model } from '../machine/model.ts';
import { formatModel, parseModel } from '../machine/notation.ts';
import { type Action, packAction, unpackAction } from '../machine/system.ts';
import type { ExploredLevel } from './explore.ts';

export interface Schedule {
  readonly model: Model;
  readonly level: ExploredLevel;
  readonly tasks: number;
  readonly cpus: number;
  readonly idle: boolean;
  readonly actions: readonly number[];
}

const letters = { modify: 'm', dispatch: 'd', step: 's', preempt: 'p', resume: 'r', deliver: 'i' } as const;
const actionsMax = 4000;
const tasksMax = 15;

export function formatSchedule(schedule: Schedule): string {
  const level = `${schedule.level}.${schedule.tasks}.${schedule.cpus}${schedule.idle ? '.idle' : ''}`;
  return [
    formatModel(schedule.model),
    level,
    schedule.actions.map((code) => formatAction(unpackAction(code))).join('-'),
  ].join('/');
}

/** @returns the schedule, or in words what is wrong with the text */
export function parseSchedule(text: string): { readonly schedule: Schedule | null; readonly problem: string | null } {
  const bad = (problem: string) => ({ schedule: null, problem });
  const parts = text.split('/');
  if (parts.length !== 6) return bad('a schedule has six parts separated by "/"; was it cut or wrapped?');
  const parsed = parseModel(parts.slice(0, 4).join('/'));
  if (parsed.model === null) return bad(parsed.problem ?? 'the model is not readable');
  const [level = '', tasks = '', cpus = '', idle] = (parts[4] ?? '').split('.');
  if (level !== 'sequential' && level !== 'preemption' && level !== 'stale') return bad(`unknown level "${level}"`);
  const [taskCount, cpuCount] = [Number(tasks), Number(cpus)];
  if (!(taskCount >= 1 && taskCount <= tasksMax && cpuCount >= 1 && cpuCount <= tasksMax))
    return bad('the counts of tasks and CPUs are 1 to 15');
  const actions: number[] = [];
  for (const part of (parts[5] ?? '').split('-')) {
    if (part === '') continue;
    const action = parseAction(part);
    if (action === null) return bad(`unknown choice "${part}"`);
    actions.push(action);
    if (actions.length > actionsMax) return bad(`more than ${actionsMax} choices`);
  }
  return {
    schedule: { model: parsed.model, level, tasks: taskCount, cpus: cpuCount, idle: idle === 'idle', actions },
    problem: null,
  };
}

function formatAction({ kind, task, cpu, version }: Action): string {
  const letter = letters[kind];
  if (kind === 'modify') return letter;
  if (kind === 'deliver') return `${letter}${cpu.toString(16)}`;
  if (kind === 'step') return `${letter}${task.toString(16)}v${version}`;
  if (kind === 'preempt') return `${letter}${task.toString(16)}`;
  return `${letter}${task.toString(16)}${cpu.toString(16)}`;
}

function parseAction(text: string): number | null {
  if (text === 'm') return packAction('modify');
  const deliver = /^i([0-9a-f])$/.exec(text);
  if (deliver !== null) return packAction('deliver', 0, Number.parseInt(deliver[1] ?? '', 16));
  const step = /^s([0-9a-f])v(\d{1,3})$/.exec(text);
  if (step !== null) return packAction('step', Number.parseInt(step[1] ?? '', 16), 0, Number(step[2]));
  const preempt = /^p([0-9a-f])$/.exec(text);
  if (preempt !== null) return packAction('preempt', Number.parseInt(preempt[1] ?? '', 16));
  const place = /^([dr])([0-9a-f])([0-9a-f])$/.exec(text);
  if (place === null) return null;
  return packAction(
    place[1] === 'd' ? 'dispatch' : 'resume',
    Number.parseInt(place[2] ?? '', 16),
    Number.parseInt(place[3] ?? '', 16),
  );
}
