/**
 * Choices → execution: the same choices on the same machine, told in full, with tasks and CPUs under their names.
 */
import type { CheckId } from '../checks/checks.ts';
import { type Action, unpackAction } from '../machine/action.ts';
import type { System } from '../machine/system.ts';
import type { Timeline } from '../machine/timeline.ts';
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
  const fetches: Fetch[][] = Array.from({ length: system.shape.tasks }, () => []);
  let state = system.initial();
  for (const [index, code] of actions.entries()) {
    const wanted = unpackAction(code);
    const taken = take(system, state, wanted);
    if (taken === null) {
      const problem = `choice ${index + 1} (${wanted.kind}) is not possible there`;
      return { execution, check: null, task: 0, fetches: [], problem };
    }
    tell(system, state, taken, execution, fetches);
    state = taken.next;
    const problem = seen({ told: execution.length, state });
    if (problem !== null && taken.check === null) return { execution, check: null, task: 0, fetches: [], problem };
    if (taken.check === null) continue;
    const { task } = taken.action;
    return { execution, check: taken.check, task, fetches: fetches[task] ?? [], problem: null };
  }
  return { execution, check: null, task: 0, fetches: [], problem: null };
}

export interface Taken {
  readonly action: Action;
  readonly next: Uint16Array;
  readonly check: CheckId | null;
}

/** The transition that a choice names; null where there is none. */
export function take(system: System, state: Uint16Array, wanted: Action): Taken | null {
  const taken: Taken[] = [];
  system.possible(state, wanted, (next, code, _cost, check) => {
    const action = unpackAction(code);
    if (taken.length === 0 && isMeant(action, wanted)) taken.push({ action, next: next.slice(), check });
  });
  return taken[0] ?? null;
}

/** A choice names what is not clear without it: a running task's CPU is. */
function isMeant(action: Action, wanted: Action): boolean {
  if (action.kind !== wanted.kind) return false;
  switch (action.kind) {
    case 'modify':
      return action.task === wanted.task;
    case 'deliver':
      return action.cpu === wanted.cpu;
    case 'dispatch':
    case 'resume':
      return action.task === wanted.task && action.cpu === wanted.cpu;
    case 'preempt':
      return action.task === wanted.task;
    case 'step':
      return action.task === wanted.task && action.version === wanted.version && action.suffix === wanted.suffix;
  }
}

function tell(system: System, state: Uint16Array, taken: Taken, execution: ExecutionStep[], fetches: Fetch[][]): void {
  const { kind, task, cpu } = taken.action;
  switch (kind) {
    case 'modify':
      execution.push(...tellMicro(system.timeline, task, system.shape.point(state, task)));
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
      tellStep(system, state, taken, execution, fetches[task] ?? []);
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
export function tellMicro({ lines, versions, addresses }: Timeline, line: number, point: number): ExecutionStep[] {
  const micro = lines[line]?.micro[point];
  const [before, after] = [lines[line]?.points[point], lines[line]?.points[point + 1]];
  if (micro === undefined) return [];
  const { kind, step } = micro;
  if (kind !== 'store' && kind !== 'consistent' && kind !== 'stopMachine') return [{ kind, step }];
  const told = [...new Set(micro.words)].flatMap((word) => {
    const all = versions[word] ?? [];
    // What a store adds; what is made consistent is the store before it.
    const [from, to] =
      kind === 'consistent' ? [before?.consistent, after?.consistent] : [before?.newest, after?.newest];
    return all.flatMap((version, at): ExecutionStep[] => {
      if (at <= (from?.[word] ?? 0) || at > (to?.[word] ?? 0) || version.step !== step) return [];
      const change = { address: addresses[word] ?? 0, old: all[at - 1]?.value ?? 0, new: version.value };
      return [{ kind: kind === 'consistent' ? kind : 'modify', step, ...change }];
    });
  });
  return kind === 'stopMachine' ? [{ kind, step }, ...told] : told;
}
