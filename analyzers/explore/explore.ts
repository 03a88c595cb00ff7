/**
 * The question the verdict asks: does this model hold at this level, within these bounds, and if not, what is the simplest
 * execution that shows it? The answer to a break is a schedule: text that replays to the same end.
 */
import type { CheckId } from '../checks/checks.ts';
import { Emulation } from '../machine/emulation.ts';
import type { Model } from '../machine/model.ts';
import { System } from '../machine/system.ts';
import { passAlone, runAlone } from './alone.ts';
import type { ExecutionStep, Fetch } from './execution.ts';
import { searchMachine } from './machine-search.ts';
import { replayActions } from './replay.ts';
import { formatSchedule } from './schedule.ts';

export type ExploredLevel = 'sequential' | 'preemption' | 'stale';

export interface ExploreOptions {
  readonly level: ExploredLevel;
  readonly tasks: number;
  readonly cpus: number;
  readonly statesMax: number;
  readonly idle?: boolean;
  /**
   * In place of tasks and CPUs as given: the modifying CPU itself takes an exception between any two of its steps, and runs
   * the function in it.
   */
  readonly exceptions?: boolean;
  /** Of level `sequential`: is the function to reach the tracer once all steps are done? Expects nothing by default. */
  readonly traced?: boolean | null;
  /** End at the first break; by default the stale level goes on, for the architecture level is about all fetches. */
  readonly stopAtBreak?: boolean;
  /** What was executed of the model so far, at whatever level; nothing by default. Not for `exceptions`, nor without `merge`. */
  readonly emulation?: Emulation | undefined;
  /** The reductions, on by default. */
  readonly symmetry?: boolean;
  readonly merge?: boolean;
}

export interface Break {
  readonly check: CheckId;
  readonly schedule: string;
  readonly preemptions: number;
  readonly task: number;
  readonly execution: readonly ExecutionStep[];
  /** The modified words the broken task fetched since it called the function, oldest first. */
  readonly fetches: readonly Fetch[];
}

export interface Exploration {
  readonly outcome: 'held' | 'broken' | 'limit';
  readonly states: number;
  readonly transitions: number;
  /** Only of level `stale`: the worst fetch of a word that was not consistent. */
  readonly architecture: 'defined' | 'quasi' | 'undefined';
  /** Only of level `sequential`: does the function reach the tracer once all steps are done? */
  readonly traced: boolean;
  /** Only of level `sequential`: the addresses executed, in order. */
  readonly path: readonly number[];
  readonly break: Break | null;
}

export const defaults = { tasks: 2, cpus: 2, statesMax: 2_000_000 } as const;

/** Explores a model exhaustively within the bounds; `limit` where they were reached before an answer. */
export function explore(model: Model, options: ExploreOptions): Exploration {
  return options.level === 'sequential' ? alone(model, options) : interleaved(model, options);
}

/** All steps, then one task runs the function once. */
function alone(
  model: Model,
  { traced: expected = null, emulation = new Emulation(model) }: ExploreOptions,
): Exploration {
  const passed = passAlone(emulation, expected);
  if (passed !== null) {
    const { path, traced, steps } = passed;
    const common = { states: steps, transitions: steps, architecture: 'defined', break: null } as const;
    return { ...common, outcome: 'held', traced, path };
  }
  const { execution, check, fetches, traced } = runAlone(model, expected, emulation);
  const schedule = formatSchedule({
    model,
    level: 'sequential',
    tasks: 1,
    cpus: 1,
    idle: false,
    exceptions: false,
    traced: expected,
    actions: [],
  });
  return {
    outcome: 'broken',
    states: execution.length,
    transitions: execution.length,
    architecture: 'defined',
    traced,
    path: execution.flatMap((step) => (step.kind === 'instruction' ? [step.fetch.address] : [])),
    break: check && { check, schedule, preemptions: 0, task: 0, execution, fetches },
  };
}

function interleaved(model: Model, options: ExploreOptions): Exploration {
  const { level, exceptions = false, merge = true, symmetry = true, statesMax, emulation } = options;
  const stale = level === 'stale';
  const { stopAtBreak = !stale } = options;
  const { tasks, cpus, idle = false } = exceptions ? { tasks: 1, cpus: 1 } : options;
  const shape = { stale, tasks, cpus, idle, exceptions, merge };
  const bounds = { symmetry, stopAtBreak, statesMax, emulation };
  const { found, complete, ...result } = searchMachine(model, { ...shape, ...bounds });
  const { states, transitions } = result;
  const architecture = (['defined', 'quasi', 'undefined'] as const)[result.departure];
  const common = { states, transitions, architecture, traced: false, path: [] };
  if (found === null) return { ...common, outcome: complete ? 'held' : 'limit', break: null };
  const { check, preemptions, actions } = found;
  const { task, execution, fetches } = replayActions(new System(model, shape), actions);
  const schedule = formatSchedule({
    model,
    level,
    tasks,
    cpus,
    idle,
    exceptions,
    traced: null,
    actions,
  });
  return { ...common, outcome: 'broken', break: { check, schedule, preemptions, task, execution, fetches } };
}
