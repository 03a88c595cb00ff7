/**
 * Choices → execution: the same choices on the same machine, told in full, with tasks and CPUs under their names.
 */
import type { CheckId } from '../checks/checks.ts';
import { type Action, unpackAction } from '../machine/action.ts';
import type { System } from '../machine/system.ts';
import type { Line, Timeline } from '../machine/timeline.ts';
import { isPrefix } from '../power/code.ts';
import type { ExecutionStep, Fetch } from './execution.ts';
import { brokenStep, type Fetched, walk } from './walk.ts';

export type { ExecutionStep } from './execution.ts';

export interface Replayed {
  readonly execution: readonly ExecutionStep[];
  readonly check: CheckId | null;
  readonly task: number;
  readonly fetches: readonly Fetch[];
  /** In words, where a choice was not possible; the execution up to there is kept. */
  readonly problem: string | null;
}

/** After a choice: how many steps are told by then, and the state it led to. */
export interface Moment {
  readonly told: number;
  readonly state: Uint16Array;
}

/** @param seen is told of each choice once it is made; what it returns, if anything, is why the replay ends there */
export function replayActions(
  system: System,
  actions: readonly number[],
  seen: (moment: Moment) => string | null = () => null,
): Replayed {
  const execution: ExecutionStep[] = [];
  // A task's list begins when it is dispatched.
  const fetches: Fetch[][] = [];
  const ended = { execution, check: null, task: 0, fetches: [], problem: null };
  let state = system.initial();
  for (const [index, code] of actions.entries()) {
    const wanted = unpackAction(code);
    const taken = take(system, state, wanted);
    if (taken === null) return { ...ended, problem: `choice ${index + 1} (${wanted.kind}) is not possible there` };
    tell(system, state, taken, execution, fetches);
    state = taken.next;
    const problem = seen({ told: execution.length, state });
    const { check, action } = taken;
    if (check !== null) return { ...ended, check, task: action.task, fetches: fetches[action.task]! };
    if (problem !== null) return { ...ended, problem };
  }
  return ended;
}

export interface Taken {
  readonly action: Action;
  readonly next: Uint16Array;
  readonly check: CheckId | null;
}

/**
 * The transition that a choice names; null where there is none. A choice names what is not clear without it: a running task's
 * CPU is.
 */
export function take(system: System, state: Uint16Array, wanted: Action): Taken | null {
  const taken: Taken[] = [];
  system.possible(state, wanted, (next, code, _cost, check) => {
    const action = unpackAction(code);
    const { kind, version, suffix } = wanted;
    if (action.kind === kind && action.version === version && action.suffix === suffix)
      taken.push({ action, next: next.slice(), check });
  });
  return taken[0] ?? null;
}

function tell(system: System, state: Uint16Array, taken: Taken, execution: ExecutionStep[], fetches: Fetch[][]): void {
  const { kind, task, cpu } = taken.action;
  switch (kind) {
    case 'modify':
      execution.push(...tellMicro(system.timeline, system.timeline.lines[task]!, system.shape.point(state, task)));
      return;
    case 'deliver':
      execution.push({ kind, cpu });
      return;
    case 'preempt':
    case 'resume':
      execution.push({ kind, task, cpu });
      return;
    case 'dispatch': {
      execution.push({ kind, task, cpu });
      const own: Fetch[] = [];
      fetches[task] = own;
      // Up to the first word that may change, which the task's next step fetches.
      const { emulation } = system.contexts;
      const fetch = (nia: number) => (emulation.visible.has(nia) ? 'stop' : null);
      const from = emulation.caller();
      walk({ emulation, task, cpu, fetch, now: () => null, breaks: null, execution, fetches: own }, from);
      return;
    }
    case 'step':
      tellStep(system, state, taken, execution, fetches[task]!);
  }
}

function tellStep(
  system: System,
  state: Uint16Array,
  { action, check }: Taken,
  execution: ExecutionStep[],
  fetches: Fetch[],
): void {
  const { task, cpu } = action;
  const { contexts } = system;
  const { emulation } = contexts;
  const context = contexts.context(system.shape.context(state, task));
  if (system.isFreed(state, context.nia)) {
    execution.push(brokenStep(task, 'freed-target', context.nia));
    return;
  }
  // The word it stands at in the chosen version, then all that never changes.
  let instructions = 0;
  const fetch = (nia: number) => {
    if (instructions++ > 0) return emulation.visible.has(nia) ? 'stop' : null;
    return fetched(system, state, action);
  };
  const now = () => (instructions > 1 ? null : system.point(state));
  // Of what the two halves of different stores would do, nothing is told.
  const breaks = check === 'torn-instruction' ? check : null;
  walk({ emulation, task, cpu, fetch, now, breaks, execution, fetches }, context);
}

function fetched(system: System, state: Uint16Array, { task, version, suffix }: Action): Fetched | null {
  const { contexts, timeline, fetches } = system;
  const context = system.shape.context(state, task);
  const { nia } = contexts.context(context);
  const half = (word: number, chosen: number): Fetched | null => {
    const found = timeline.versions[word]?.[chosen];
    return found === undefined ? null : { ...found, newest: chosen === system.newest(state, word), suffix: null };
  };
  const first = half(fetches.wordAt(context), version);
  const value = first?.value ?? contexts.emulation.word(nia) ?? 0;
  const behind = isPrefix(value) ? half(fetches.wordAt(context, 4), suffix) : null;
  return behind === null ? first : { value, step: first?.step ?? -1, newest: first?.newest ?? true, suffix: behind };
}

/** What a patcher does at a point. */
export function tellMicro({ versions, addresses }: Timeline, line: Line, point: number): ExecutionStep[] {
  const micro = line.micro[point]!;
  const [before, after] = [line.points[point]!, line.points[point + 1]!];
  const { kind, step } = micro;
  if (kind !== 'store' && kind !== 'consistent' && kind !== 'stopMachine') return [{ kind, step }];
  const told = [...new Set(micro.words)].flatMap((word) => {
    const values = versions[word]!.map(({ value }) => value);
    const to = after.newest[word]!;
    // What is made consistent is the store before it.
    const from = kind === 'consistent' ? to - 1 : before.newest[word]!;
    return values.slice(from + 1, to + 1).map((value, i): ExecutionStep => {
      const change = { address: addresses[word]!, old: values[from + i]!, new: value };
      return { kind: kind === 'consistent' ? kind : 'modify', step, ...change };
    });
  });
  return kind === 'stopMachine' ? [{ kind, step }, ...told] : told;
}
