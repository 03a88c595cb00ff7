/**
 * A schedule as the steps that a person follows with a finger: what happens in each, and what holds after it: which
 * versions each word has, which of them each CPU may still fetch, where each task stands and what its registers hold. The one
 * idea: everything that a page, a drawing or a mail shows of a race is in this value, and none of it is worked out twice.
 *
 * Example: `…/preemption.2.2/d00-s0v0-m-m-m-m-s0v1` is task 0 on CPU 0 that fetches a nop, two modifications, and its
 * fetch of the bl that ends in a wrong return address.
 */
import { checks } from '../../analyzers/checks/checks.ts';
import { runAlone } from '../../analyzers/explore/alone.ts';
import { type ExecutionStep, instructionText, placeName, wordText } from '../../analyzers/explore/execution.ts';
import { type Moment, replayActions } from '../../analyzers/explore/replay.ts';
import { overflowText, systemOf } from '../../analyzers/explore/replay-schedule.ts';
import { parseSchedule, type Schedule } from '../../analyzers/explore/schedule.ts';
import { Emulation } from '../../analyzers/machine/emulation.ts';
import type { Model } from '../../analyzers/machine/model.ts';
import type { Context } from '../../analyzers/machine/processor.ts';
import type { System } from '../../analyzers/machine/system.ts';
import type { Timeline } from '../../analyzers/machine/timeline.ts';
import { guiltyOf } from './guilty.ts';
import { aloneStates, statesOf, type WordState } from './storage.ts';
import { type TaskState, tasksOf } from './tasks.ts';
import { eventText } from './telling.ts';
import { shownWords, type Word } from './words.ts';

/** The line of a patched source that a step of the model comes from. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly fn: string;
  /** As the mail has it; null where the mail does not show it. */
  readonly text: string | null;
}

export type Who =
  | { readonly kind: 'patcher'; readonly second: boolean }
  | { readonly kind: 'task'; readonly task: number; readonly cpu: number }
  | { readonly kind: 'cpu'; readonly cpu: number };

export interface Row {
  readonly step: ExecutionStep;
  /** Which choice of the schedule it belongs to; 0 at the sequential level, which has none. */
  readonly choice: number;
  readonly who: Who;
  /** `f+4`; '' where it is nowhere in particular. */
  readonly where: string;
  readonly what: string;
  /** What a person should see about it; '' for nothing. */
  readonly note: string;
  readonly source: Source | null;
  /** What holds after it: of the words that change, by their index in the timeline, and of each task that takes part. */
  readonly words: readonly WordState[];
  readonly tasks: readonly TaskState[];
}

export interface Steps {
  readonly schedule: Schedule;
  /** CPUs and tasks that take part. */
  readonly cpus: readonly number[];
  readonly tasks: readonly number[];
  /** What is executed or changes, by address. */
  readonly words: readonly Word[];
  readonly rows: readonly Row[];
  /** Index of the row with the fetch that does it; null where nothing breaks. */
  readonly guilty: number | null;
  readonly broken: { readonly check: string; readonly text: string; readonly task: number } | null;
  /** Where the schedule cannot be followed to its end. */
  readonly problem: string | null;
}

export interface StepsOptions {
  /** By step of the model; none where they are not known. */
  readonly sources?: readonly (Source | null)[];
  /** Asked after each choice: may it go on? A schedule may come from anybody. */
  readonly mayGoOn?: () => boolean;
}

/** Of one schedule, so that a page of it can be read, and is made in no time. */
const limits = { steps: 100, choices: 400, parts: 8, rows: 2000 } as const;

export type StepsOrProblem =
  | { readonly steps: Steps; readonly problem: null }
  | { readonly steps: null; readonly problem: string };

/** @returns in words what is wrong with a text that is no schedule, or one that is too large to be shown */
export function stepsOf(text: string, options: StepsOptions = {}): StepsOrProblem {
  const { schedule, problem } = parseSchedule(text.replace(/\s/g, ''));
  if (schedule === null) return { steps: null, problem: problem ?? 'this is no schedule' };
  const { model, actions } = schedule;
  if (model.steps.length + model.other.length > limits.steps)
    return tooLarge(`more than ${limits.steps} modifying steps`);
  if (actions.length > limits.choices) return tooLarge(`more than ${limits.choices} choices`);
  if (schedule.tasks > limits.parts || schedule.cpus > limits.parts)
    return tooLarge(`more than ${limits.parts} tasks or CPUs`);
  return { steps: stepsOfSchedule(schedule, options), problem: null };
}

const tooLarge = (what: string): StepsOrProblem => ({
  steps: null,
  problem: `This schedule has ${what}, too many for a page: the replay command steps through it.`,
});

export function stepsOfSchedule(schedule: Schedule, { sources = [], mayGoOn = () => true }: StepsOptions = {}): Steps {
  const followed = schedule.level === 'sequential' ? followAlone(schedule) : follow(schedule, mayGoOn);
  const { execution, choices, emulation, states, problem } = followed;
  const { model } = schedule;
  const tasks = takingPart(execution, 'task');
  const cpus = takingPart(execution, 'cpu');
  const words = states(cpus);
  const standing = tasksOf({ execution, tasks, caller: emulation.caller(), last: followed.last });
  const guilty = guiltyOf(execution);
  const rows = execution.map((step, i): Row => {
    const source =
      'step' in step && step.kind !== 'consistent' && step.kind !== 'end' ? (sources[step.step] ?? null) : null;
    const after = standing[i] ?? [];
    const who = whoOf(model, step, after);
    const row = { step, choice: choices[i] ?? 0, who, source, ...told(model, step) };
    return { ...row, words: words[i] ?? [], tasks: after };
  });
  const end = execution.findLast((step) => step.kind === 'break');
  return {
    ...{ schedule, cpus, tasks, rows, guilty, problem },
    words: shownWords(model, emulation.timeline, { execution, sources }),
    broken:
      end === undefined ? null : { check: end.check, text: checks.get(end.check)?.text ?? end.check, task: end.task },
  };
}

interface Followed {
  readonly execution: readonly ExecutionStep[];
  /** Of each step, the choice it belongs to. */
  readonly choices: readonly number[];
  readonly emulation: { readonly timeline: Timeline; caller(): Context };
  /** What holds of the words after each step. */
  readonly states: (cpus: readonly number[]) => readonly (readonly WordState[])[];
  /** Where a task stands at the end. */
  readonly last: (task: number) => number;
  readonly problem: string | null;
}

function followAlone({ model, traced }: Schedule): Followed {
  const emulation = new Emulation(model);
  const { execution } = runAlone(model, traced, emulation);
  return {
    ...{ execution, emulation, problem: null },
    choices: execution.map(() => 0),
    states: () => aloneStates(execution, emulation.timeline),
    last: () => 0,
  };
}

function follow(schedule: Schedule, mayGoOn: () => boolean): Followed {
  const system = systemOf(schedule);
  const { emulation } = system.contexts;
  const moments: Moment[] = [];
  const replayed = system.overflow
    ? { execution: [], problem: overflowText }
    : replayActions(system, schedule.actions, (moment) => {
        moments.push(moment);
        if (moment.told > limits.rows) return `more than ${limits.rows} steps`;
        return mayGoOn() ? null : 'it takes too long to follow here';
      });
  const { execution, problem } = replayed;
  const choices = moments.flatMap(({ told }, i) => new Array<number>(told - (moments[i - 1]?.told ?? 0)).fill(i));
  return {
    ...{ execution, choices, emulation, problem },
    states: (cpus) => statesOf({ system, moments, choices, cpus }),
    last: (task) => lastNia(system, moments.at(-1), task),
  };
}

function lastNia(system: System, moment: Moment | undefined, task: number): number {
  return moment === undefined ? 0 : system.contexts.context(system.shape.context(moment.state, task)).nia;
}

/** In ascending order; the first where none is named. */
function takingPart(execution: readonly ExecutionStep[], what: 'task' | 'cpu'): readonly number[] {
  const named = execution.flatMap((step) => {
    if (what === 'task') return 'task' in step ? [step.task] : [];
    return 'cpu' in step ? [step.cpu] : [];
  });
  return named.length === 0 ? [0] : [...new Set(named)].sort((a, b) => a - b);
}

function whoOf(model: Model, step: ExecutionStep, tasks: readonly TaskState[]): Who {
  if (step.kind === 'deliver') return { kind: 'cpu', cpu: step.cpu };
  if ('task' in step) {
    const cpu = 'cpu' in step ? step.cpu : (tasks.find(({ task }) => task === step.task)?.cpu ?? 0);
    return { kind: 'task', task: step.task, cpu };
  }
  return { kind: 'patcher', second: step.step >= model.steps.length };
}

function told(model: Model, step: ExecutionStep): Pick<Row, 'where' | 'what' | 'note'> {
  switch (step.kind) {
    case 'instruction': {
      const where = placeName(model, step.fetch.address);
      const note = step.fetch.newest ? '' : 'the old word: this CPU may still hold it';
      return { where, what: instructionText(model, step), note };
    }
    case 'modify': {
      const [before, after] = [step.old, step.new].map((word) => wordText(model, { address: step.address, word }));
      return { where: placeName(model, step.address), what: `${before} → ${after}`, note: '' };
    }
    case 'consistent':
      return {
        where: placeName(model, step.address),
        what: 'is made consistent',
        note: 'dcbst; sync; icbi; sync; isync',
      };
    case 'break':
      return { where: placeName(model, step.nia), what: 'breaks', note: eventText(model, step) };
    default:
      return { where: '', what: eventText(model, step), note: '' };
  }
}
