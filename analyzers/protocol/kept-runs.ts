/**
 * What came of running an image from its states. The one idea: a run follows from the state it starts in and from its
 * actions, nothing else; so one that was made already is not made again, and one that begins as another did goes on from
 * where that one had got to.
 *
 * Examples: enable-disable-enable takes up where enable ended; where the last of a hundred calls of patch_instruction() is
 * made to fail, the functions that returned before it are not run again.
 */
import type { Value } from '../source/value.ts';
import type { Action, Fault, Played, State } from './image.ts';
import type { Recorded } from './recorder.ts';

/** A run after `done` of its actions, none of which met a branch on an unknown, and nothing was made to fail. */
interface Checkpoint extends Pick<State, 'snapshot' | 'mark'> {
  readonly recorded: Recorded;
  readonly done: number;
}

/** Where a call in a run ended, before anything was made to fail or could have gone another way. */
export interface EndedCall extends Pick<State, 'snapshot' | 'mark'> {
  readonly recorded: Recorded;
  readonly value: Value;
  /** Of the interpreter by then: steps, and calls begun. */
  readonly steps: number;
  readonly callsBegun: number;
}

interface Known {
  readonly played: Map<string, Played>;
  /** By the actions up to theirs, and their number in that. */
  readonly ended: Map<string, Map<number, EndedCall>>;
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
    for (const key of keysOf(actions).reverse()) {
      const found = checkpoints.get(key);
      if (found !== undefined && (fault === null || isBefore(found, fault))) return found;
    }
    return null;
  }

  /** Calls that ended in the last of these actions, in runs that began in the same way; null where none are kept. */
  endedCalls(from: State, actions: readonly Action[]): Map<number, EndedCall> | null {
    if (!this.#isOn) return null;
    const { ended } = this.#of(from);
    const key = keysOf(actions).at(-1) ?? '';
    const calls = ended.get(key) ?? new Map<number, EndedCall>();
    ended.set(key, calls);
    return calls;
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
      known = { played: new Map(), ended: new Map(), checkpoints: new Map(), answers: new Map() };
      this.#states.set(state, known);
    }
    return known;
  }
}

/** What is to fail had not been called by then. */
export const isBefore = ({ recorded }: Pick<Checkpoint, 'recorded'>, { primitive, nth }: Fault) =>
  (recorded.calls.get(primitive)?.length ?? 0) < nth;

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
