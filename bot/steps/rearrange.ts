/**
 * What would have happened: the choices of a schedule in another order, or with another one somewhere in between. What is not
 * possible in the new order is put off until it is; then the machine completes it: whoever is in the function goes on to the
 * end, fetching the newest words, or breaks on the way.
 *
 * Example: `d00-s0v0-m-m-s0v1` breaks; with the modifications a step later it is `d00-s0v0-s0v0-m-m`, and nothing does.
 */
import { type Taken, take } from '../../analyzers/explore/replay.ts';
import { systemOf } from '../../analyzers/explore/replay-schedule.ts';
import type { Schedule } from '../../analyzers/explore/schedule.ts';
import { type Action, packAction, unpackAction } from '../../analyzers/machine/action.ts';
import { outside } from '../../analyzers/machine/shape.ts';
import type { System } from '../../analyzers/machine/system.ts';

export interface Rearranged {
  readonly schedule: Schedule;
  /** Where the choice that was moved or added is now; -1: it was not possible any more. */
  readonly at: number;
}

/** May it be moved: is it nothing that a task executes? */
export const isMovable = (action: number | undefined): boolean =>
  action !== undefined && ['modify', 'preempt', 'resume', 'deliver'].includes(unpackAction(action).kind);

/**
 * Moves what comes between two instructions of a task to between two others. Of an interruption, what comes behind the moved
 * choice goes along when it is moved later, what comes before it when it is moved earlier, for its order is the patcher's.
 * @param to the choice that it is to come behind, or ahead of where that is an earlier one
 * @returns null where there is nothing to move, or nowhere else
 */
export function moveChoice(schedule: Schedule, from: number, to: number): Rearranged | null {
  const { actions } = schedule;
  if (!isMovable(actions[from]) || to < 0 || to >= actions.length) return null;
  let [first, last] = [from, from];
  if (to > from) while (isMovable(actions[last + 1])) last++;
  else while (isMovable(actions[first - 1])) first--;
  if (to >= first && to <= last) return null;
  const block = actions.slice(first, last + 1);
  const rest = [...actions.slice(0, first), ...actions.slice(last + 1)];
  const place = to > from ? to - block.length + 1 : to;
  const order = [...rest.slice(0, place), ...block, ...rest.slice(place)];
  return complete(schedule, order, place + from - first);
}

/** The choice before or behind an interruption: where it goes when it is moved by one. */
export function neighbour({ actions }: Schedule, from: number, direction: 'earlier' | 'later'): number {
  const by = direction === 'later' ? 1 : -1;
  let at = from + by;
  while (isMovable(actions[at])) at += by;
  return at;
}

export interface Possible {
  readonly action: number;
  /** As unpackAction() has it. */
  readonly choice: Action;
  /** It is the one the schedule takes. */
  readonly taken: boolean;
}

/** What is possible in place of a choice. */
export function optionsAt(schedule: Schedule, choice: number): readonly Possible[] {
  const system = systemOf(schedule);
  let state = system.initial();
  for (const action of schedule.actions.slice(0, choice)) {
    const taken = take(system, state, unpackAction(action));
    if (taken === null || taken.check !== null) return [];
    state = taken.next;
  }
  const options: Possible[] = [];
  system.successors(state, (_, action) => {
    options.push({
      action,
      choice: unpackAction(action),
      taken: named(action) === named(schedule.actions[choice] ?? -1),
    });
  });
  return options;
}

/** A choice leaves out what is clear without it: a running task's CPU is. */
function named(code: number): string {
  const { kind, task, cpu, version, suffix } = unpackAction(code);
  const placed = kind === 'dispatch' || kind === 'resume' || kind === 'deliver' ? cpu : 0;
  return `${kind} ${task} ${placed} ${version} ${suffix}`;
}

/** The schedule with another choice at one place. */
export function insteadOf(schedule: Schedule, choice: number, action: number): Rearranged {
  const order = [...schedule.actions.slice(0, choice), action, ...schedule.actions.slice(choice)];
  return complete(schedule, order, choice);
}

/** Of one way through; a task that goes round in circles breaks long before. */
const choicesMax = 2000;

function complete(schedule: Schedule, order: readonly number[], moved: number): Rearranged {
  const system = systemOf(schedule);
  const way = new Way(system);
  let waiting: { readonly action: Action; readonly index: number }[] = [];
  let at = -1;
  const tryAll = () => {
    // One of a task or a patcher that has to wait keeps back those behind it.
    const held = new Set<string>();
    waiting = waiting.filter(({ action, index }) => {
      const who =
        action.kind === 'modify' ? `m${action.task}` : action.kind === 'deliver' ? `i${action.cpu}` : `t${action.task}`;
      if (held.has(who) || !way.go(action)) {
        held.add(who);
        return true;
      }
      if (index === moved) at = way.actions.length - 1;
      return false;
    });
  };
  for (const [index, action] of order.entries()) {
    if (way.over) break;
    waiting.push({ action: unpackAction(action), index });
    tryAll();
  }
  while (!way.over && way.actions.length < choicesMax && way.goOn()) tryAll();
  return { schedule: { ...schedule, actions: way.actions }, at };
}

/** A way through the machine, as far as it has been gone. */
class Way {
  readonly actions: number[] = [];
  over = false;
  readonly #system: System;
  #state: Uint16Array;

  constructor(system: System) {
    this.#system = system;
    this.#state = system.initial();
  }

  /** Makes a choice; of a fetch that is not possible in this version, the newest one. */
  go(wanted: Action): boolean {
    if (this.over) return false;
    const taken = take(this.#system, this.#state, wanted) ?? this.#newest(wanted);
    if (taken === null) return false;
    this.actions.push(packAction(taken.action));
    this.#state = taken.next;
    this.over = taken.check !== null;
    return true;
  }

  /** Somebody who is in the function goes on. False where nobody is. */
  goOn(): boolean {
    const { shape } = this.#system;
    for (let task = 0; task < shape.tasks; task++) {
      if (shape.context(this.#state, task) === outside) continue;
      const nothing = { task, cpu: 0, version: 0, suffix: 0 };
      if (shape.cpu(this.#state, task) >= 0) return this.go({ ...nothing, kind: 'step' });
      for (let cpu = 0; cpu < shape.cpus; cpu++) if (this.go({ ...nothing, cpu, kind: 'resume' })) return true;
    }
    return false;
  }

  #newest(wanted: Action): Taken | null {
    if (wanted.kind !== 'step') return null;
    const found: Taken[] = [];
    this.#system.possible(this.#state, wanted, (next, code, _, check) => {
      const action = unpackAction(code);
      if (action.kind === 'step') found.push({ action, next: next.slice(), check });
    });
    return found.at(-1) ?? null;
  }
}
