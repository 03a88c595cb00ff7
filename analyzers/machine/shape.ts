/**
 * How a state of the machine is packed: a short run of 16-bit numbers, no object. In order: how far each patcher is;
 * for each CPU a bit that an IPI is pending; per task its context; per task its CPU and whether a grace period waits for
 * it; per CPU and modified word the oldest version the CPU may still fetch.
 */

/** In a task's place: a grace period of the first patcher, or of the second, waits for it. The low byte is its CPU + 1, 0 for none. */
const holdouts = [0x100, 0x200] as const;
const held = holdouts[0] | holdouts[1];
const pointAt = 0;

/** The context number of a task that is not in the function. */
export const outside = 0;

interface Sizes {
  readonly tasks: number;
  readonly cpus: number;
  readonly words: number;
  readonly lines: number;
}

export class Shape {
  readonly tasks: number;
  readonly cpus: number;
  /** Modified words; 0 where no CPU is ever stale. */
  readonly words: number;
  readonly stride: number;
  /** Patchers: one or two. */
  readonly lines: number;
  readonly #pendingAt: number;
  readonly #contextsAt: number;
  readonly #placesAt: number;
  readonly #floorsAt: number;

  constructor({ tasks, cpus, words, lines }: Sizes) {
    this.tasks = tasks;
    this.cpus = cpus;
    this.words = words;
    this.lines = lines;
    this.#pendingAt = pointAt + lines;
    this.#contextsAt = this.#pendingAt + 1;
    this.#placesAt = this.#contextsAt + tasks;
    this.#floorsAt = this.#placesAt + tasks;
    this.stride = this.#floorsAt + cpus * words;
  }

  /** The number of micro-steps a patcher has done. */
  point(state: Uint16Array, line = 0): number {
    return state[pointAt + line] ?? 0;
  }
  setPoint(state: Uint16Array, line: number, point: number): void {
    state[pointAt + line] = point;
  }

  pending(state: Uint16Array, cpu: number): boolean {
    return (((state[this.#pendingAt] ?? 0) >> cpu) & 1) === 1;
  }
  setPending(state: Uint16Array, cpu: number, pending: boolean): void {
    const others = (state[this.#pendingAt] ?? 0) & ~(1 << cpu);
    state[this.#pendingAt] = pending ? others | (1 << cpu) : others;
  }

  context(state: Uint16Array, task: number): number {
    return state[this.#contextsAt + task] ?? outside;
  }
  /** The CPU the task runs on; -1: none. */
  cpu(state: Uint16Array, task: number): number {
    return ((state[this.#placesAt + task] ?? 0) & 0xff) - 1;
  }
  /** Does a grace period of this patcher wait for the task? */
  heldOut(state: Uint16Array, task: number, line: number): boolean {
    return ((state[this.#placesAt + task] ?? 0) & (holdouts[line] ?? 0)) !== 0;
  }
  setHeldOut(state: Uint16Array, task: number, line: number): void {
    state[this.#placesAt + task] = (state[this.#placesAt + task] ?? 0) | (holdouts[line] ?? 0);
  }
  /** Which grace periods wait for the task, as a number below 4. */
  holdouts(state: Uint16Array, task: number): number {
    return ((state[this.#placesAt + task] ?? 0) & held) >> 8;
  }

  /** Puts a task somewhere. One that is outside has passed a quiescent point: no grace period waits for it any more. */
  place(state: Uint16Array, task: number, context: number, cpu: number): void {
    const at = this.#placesAt + task;
    state[this.#contextsAt + task] = context;
    state[at] = context === outside ? 0 : ((state[at] ?? 0) & held) | (cpu + 1);
  }

  floor(state: Uint16Array, cpu: number, word: number): number {
    return state[this.#floorsAt + cpu * this.words + word] ?? 0;
  }
  raiseFloor(state: Uint16Array, cpu: number, word: number, version: number): void {
    const at = this.#floorsAt + cpu * this.words + word;
    if (version > (state[at] ?? 0)) state[at] = version;
  }
}
