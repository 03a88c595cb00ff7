/**
 * What came of running an image from its states. The one idea: a run follows from the state it starts in and from its
 * actions, nothing else; so one that was made already is not made again, and one that begins as another did goes on from
 * where that one had got to.
 *
 * Example: enable-disable-enable takes up where enable ended.
 */
import type { Action, Fault, Played, State } from './image.ts';
import type { Recorded } from './recorder.ts';

/** A run after `done` of its actions, none of which met a branch on an unknown, and nothing was made to fail. */
interface Checkpoint extends Pick<State, 'snapshot' | 'mark'> {
  readonly recorded: Recorded;
  readonly done: number;
}

interface Known {
  readonly played: Map<string, Played>;
  readonly checkpoints: Map<string, Checkpoint>;
  readonly answers: Map<string, bigint | null>;
}

export class KeptRuns {
  readonly #states = new WeakMap<State, Known>();
  readonly #isOn: boolean;

  /** @param shortcuts `none`: nothing is kept, and everything is run as often as it is asked for */
  constructor(shortcuts: 'all' | 'none') {
    this.#isOn = shortcuts === 'all';
  }

  play(from: State, key: string, run: () => Played): Played {
    return this.#once(this.#of(from).played, key, run);
  }

  answer(state: State, key: string, ask: () => bigint | null): bigint | null {
    return this.#once(this.#of(state).answers, key, ask);
  }

  keep(from: State, actions: readonly Action[], reached: Checkpoint): void {
    if (this.#isOn) this.#of(from).checkpoints.set(keysOf(actions)[reached.done - 1] ?? '', reached);
  }

  /** Where a run that began in the same way got to; what is to fail must not have been called by then. */
  furthest(from: State, actions: readonly Action[], fault: Fault | null): Checkpoint | null {
    const { checkpoints } = this.#of(from);
    const isBefore = ({ recorded }: Checkpoint) =>
      fault === null || (recorded.calls.get(fault.primitive)?.length ?? 0) < fault.nth;
    for (const key of keysOf(actions).reverse()) {
      const found = checkpoints.get(key);
      if (found !== undefined && isBefore(found)) return found;
    }
    return null;
  }

  #once<Result>(known: Map<string, Result>, key: string, make: () => Result): Result {
    if (known.has(key)) return known.get(key) as Result;
    const made = make();
    if (this.#isOn) known.set(key, made);
    return made;
  }

  #of(state: State): Known {
    let known = this.#states.get(state);
    if (known === undefined) {
      known = { played: new Map(), checkpoints: new Map(), answers: new Map() };
      this.#states.set(state, known);
    }
    return known;
  }
}

/** Of the first action, of the first two, and so on. */
function keysOf(actions: readonly Action[]): string[] {
  let key = '';
  return actions.map((action) => (key = `${key} ${keyOf(action)}`));
}

/** Equal for actions that do the same. */
export const keyOf = (action: Action): string =>
  action.kind === 'call'
    ? `${action.name}(${action.args.join()})`
    : JSON.stringify(action.step, (_, value) => (typeof value === 'bigint' ? String(value) : value));
