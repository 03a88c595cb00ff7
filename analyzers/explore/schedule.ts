/**
 * Schedules as text: the model, the level, and the choices made, in one line that can be mailed, pasted and replayed.
 *
 * Example of choices: `m-d00-s0v0-m-m-s0v1` : the modifying side goes one step (`m1`: the second patcher does); task 0 is dispatched on CPU 0; it steps,
 * fetching version 0 of the word it stands at; two more modifying steps; it steps again, fetching version 1.
 */

import { type Action, type ActionKind, packAction, unpackAction } from '../machine/action.ts';
import type { Model } from '../machine/model.ts';
import { formatModel, parseModel } from '../machine/notation.ts';
import type { ExploredLevel } from './explore.ts';

export interface Schedule {
  readonly model: Model;
  readonly level: ExploredLevel;
  readonly tasks: number;
  readonly cpus: number;
  readonly idle: boolean;
  /** The one task is what the modifying CPU runs in an exception. */
  readonly exceptions: boolean;
  /** Level sequential: is the function to reach the tracer? null expects nothing. */
  readonly traced: boolean | null;
  readonly actions: readonly number[];
}

const letters = { modify: 'm', dispatch: 'd', step: 's', preempt: 'p', resume: 'r', deliver: 'i' } as const;
const kinds: ReadonlyMap<string, ActionKind> = new Map(
  Object.entries(letters).map(([kind, letter]) => [letter, kind as ActionKind]),
);
const actionsMax = 4000;
const tasksMax = 16;

export function formatSchedule(schedule: Schedule): string {
  const expected = schedule.traced === null ? '' : schedule.traced ? '.traced' : '.untraced';
  const level = `${schedule.level}.${schedule.tasks}.${schedule.cpus}${schedule.idle ? '.idle' : ''}${schedule.exceptions ? '.own' : ''}${expected}`;
  return [
    formatModel(schedule.model),
    level,
    schedule.actions.map((code) => formatAction(unpackAction(code))).join('-'),
  ].join('/');
}

export interface ParsedSchedule {
  readonly schedule: Schedule | null;
  /** What is wrong with the text, in words for a person. */
  readonly problem: string | null;
}

export function parseSchedule(text: string): ParsedSchedule {
  if (text.length > charactersMax) return bad(`a schedule has at most ${charactersMax} characters`);
  const parts = text.split('/');
  if (parts.length !== 6) return bad('a schedule has six parts separated by "/"; was it cut or wrapped?');
  const { model, problem } = parseModel(parts.slice(0, 4).join('/'));
  if (model === null) return { schedule: null, problem };
  const [, level, tasks = 0, cpus = 0, idle, own, traced] =
    /^(sequential|preemption|stale)\.(\d\d?)\.(\d\d?)(\.idle)?(\.own)?(\.traced|\.untraced)?$/.exec(parts[4] ?? '') ??
    [];
  if (level === undefined) return bad('the fifth part is LEVEL.TASKS.CPUS, the level sequential, preemption or stale');
  const bounds = { tasks: Number(tasks), cpus: Number(cpus) };
  if (Object.values(bounds).some((count) => count < 1 || count > tasksMax))
    return bad(`the counts of tasks and CPUs are 1 to ${tasksMax}`);
  if (own !== undefined && (bounds.tasks > 1 || bounds.cpus > 1 || idle !== undefined))
    return bad('what runs in an exception is one task on one CPU');
  const choices = parts[5] ? parts[5].split('-') : [];
  if (choices.length > actionsMax) return bad(`more than ${actionsMax} choices`);
  const actions: number[] = [];
  for (const [i, choice] of choices.entries()) {
    const action = parseAction(choice);
    if (action === null) return bad(`choice ${i + 1} is not readable: "${choice.slice(0, 20)}"`);
    actions.push(action);
  }
  const schedule = {
    model,
    level: level as ExploredLevel,
    ...bounds,
    idle: idle !== undefined,
    exceptions: own !== undefined,
    traced: traced === undefined ? null : traced === '.traced',
    actions,
  };
  return { schedule, problem: null };
}

const charactersMax = 65_536;
const bad = (problem: string): ParsedSchedule => ({ schedule: null, problem });

function formatAction({ kind, task, cpu, version, suffix }: Action): string {
  const letter = letters[kind];
  switch (kind) {
    case 'modify':
      return letter + (task === 0 ? '' : hex(task));
    case 'deliver':
      return letter + hex(cpu);
    case 'preempt':
      return letter + hex(task);
    case 'dispatch':
    case 'resume':
      return letter + hex(task) + hex(cpu);
    case 'step':
      return `${letter}${hex(task)}v${version}${suffix === 0 ? '' : `.${suffix}`}`;
  }
}

const hex = (value: number) => value.toString(16);

/** null for what is not written as we write it. */
function parseAction(text: string): number | null {
  const [places = '', fetched = ''] = text.slice(1).split('v');
  const kind = kinds.get(text.charAt(0));
  if (kind === undefined) return null;
  const [first = 0, second = 0] = [...places].map((digit) => Number.parseInt(digit, 16));
  const [version = 0, suffix = 0] = fetched.split('.').map(Number);
  const action = kind === 'deliver' ? { cpu: first } : { task: first, cpu: second };
  const code = packAction({ kind, ...action, version, suffix });
  return formatAction(unpackAction(code)) === text ? code : null;
}
