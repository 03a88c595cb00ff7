/**
 * The machine taken apart, for a search that must be fast. A transition concerns one task and the CPU it is on, or the
 * modifying side and with it each task and each CPU by itself. So what becomes of a part follows from the point of the
 * timeline and from a task's and a CPU's state alone: that is asked of a System of one task and one CPU when it is first
 * needed, and looked up from then on. What a transition does is nowhere written a second time; that the parts put together are
 * the machine is tested state by state.
 *
 * Example: at point 3, a task in context 5 on a CPU that may still hold version 0 goes on to context 6 or to context 9.
 */
import type { CheckId } from '../checks/checks.ts';
import { unpackAction } from './action.ts';
import type { Contexts } from './contexts.ts';
import type { Model } from './model.ts';
import type { Shape } from './shape.ts';
import { System, type SystemOptions } from './system.ts';

/** What is asked: ways that cost nothing, ways that do, an IPI that comes late, and what each of two patchers does next. */
export const column = { free: 0, costly: 1, deliver: 2, modify: 3 } as const;
const columns = 5;

/** What a transition adds to the numbers of its parts. */
export interface Way {
  readonly point: number;
  readonly task: number;
  /** To the task's being on the CPU: -1, 0 or 1. */
  readonly place: number;
  readonly cpu: number;
  /** It breaks; where to has no meaning. */
  readonly check: CheckId | null;
}

/** Numbers in rows, and runs of ways: beyond that there is no answer. */
const rowsMax = 2 ** 26;
const runsMax = 2 ** 18;
/** A CPU's state has at most 20 bits. */
const cpuStatesMax = 2 ** 20;

/** Room for states of tasks, and of CPUs. */
export interface Widths {
  readonly taskBits: number;
  readonly cpuBits: number;
}

/** A machine of one CPU, and one task of each kind: the idle one, if there is any, and another. */
export function smallSystem(model: Model, options: Omit<SystemOptions, 'tasks' | 'cpus'>, contexts?: Contexts): System {
  return new System(model, { ...options, tasks: options.idle ? 2 : 1, cpus: 1 }, contexts);
}

/** What rows are about. `row`: the task's state × 2, plus 1 where it is on the CPU. */
interface Asked {
  readonly kind: number;
  readonly point: number;
  readonly cpu: number;
  readonly row: number;
}

export class Parts {
  readonly widths: Widths;
  /** Kinds of tasks. */
  readonly kinds: number;
  /** Patchers. */
  readonly lines: number;
  /** Can an IPI be pending? */
  readonly delivers: boolean;
  /** Points of the timeline, both patchers taken together. */
  readonly points: number;
  /** By kind of task and point, then by CPU state: where its rows begin, column by column. */
  readonly blocks: Int32Array[];
  /** In a block, rows of a column: two for each task state. */
  readonly rowsOfColumn: number;
  /** A number of a run each; 0: not asked yet. */
  rows: Int32Array;
  /** Ways, in the order the machine has them. Most rows are like others, for ways only say what changes. */
  readonly runs: (readonly Way[])[] = [[]];
  /** Room for all states of tasks and CPUs that were met. */
  needed: Widths;
  readonly #system: System;
  readonly #firstPoints: number;
  readonly #cpuStates: { readonly pending: boolean; readonly floors: readonly number[] }[] = [];
  readonly #cpuNumbers = new Map<string, number>();
  readonly #runNumbers = new Map<string, number>();
  /** The CPU states of a point of which nothing was asked; and the block of that is at 0. */
  readonly #unasked: Int32Array;
  #rowsUsed: number;

  /** @param system of smallSystem() */
  constructor(system: System, widths: Widths) {
    this.#system = system;
    this.widths = widths;
    this.needed = widths;
    this.kinds = system.shape.tasks;
    this.lines = system.shape.lines;
    this.delivers = system.timeline.lines.some(({ micro }) => micro.some((one) => one.kind === 'ipi' && !one.wait));
    const [first, second] = system.timeline.lines;
    this.#firstPoints = first?.points.length ?? 1;
    this.points = this.#firstPoints * (second?.points.length ?? 1);
    this.#unasked = new Int32Array(2 ** widths.cpuBits);
    this.blocks = new Array<Int32Array>(this.kinds * this.points).fill(this.#unasked);
    this.rowsOfColumn = 2 << widths.taskBits;
    this.#rowsUsed = columns * this.rowsOfColumn;
    this.rows = new Int32Array(2 * this.#rowsUsed);
    this.cpuState(system.shape, system.initial(), 0); // has number 0
  }

  /** There are states of tasks or CPUs that there is no room for. */
  get outgrown(): boolean {
    return this.needed !== this.widths;
  }

  /** More was met than there can be room for: what was explored is no answer. */
  get overflow(): boolean {
    const tables = this.#rowsUsed > rowsMax || this.runs.length > runsMax;
    return tables || this.#cpuStates.length > cpuStatesMax || this.#system.overflow;
  }

  /** A task's state as a number: its context and the grace periods that wait for it. 0: outside. */
  taskState(shape: Shape, state: Uint16Array, task: number): number {
    const number = (shape.context(state, task) << shape.lines) | shape.holdouts(state, task);
    if (number >= 2 ** this.needed.taskBits) this.needed = { ...this.needed, taskBits: this.needed.taskBits + 2 };
    return number;
  }

  /** A CPU's state as a number: what it may still fetch and its pending IPI, but not what runs on it. */
  cpuState(shape: Shape, state: Uint16Array, cpu: number): number {
    const pending = shape.pending(state, cpu);
    let key = pending ? 'pending' : '';
    for (let word = 0; word < shape.words; word++) key += ` ${shape.floor(state, cpu, word)}`;
    let number = this.#cpuNumbers.get(key);
    if (number === undefined) {
      number = this.#cpuStates.length;
      const floors = Array.from({ length: shape.words }, (_, word) => shape.floor(state, cpu, word));
      this.#cpuStates.push({ pending, floors });
      this.#cpuNumbers.set(key, number);
    }
    if (number >= 2 ** this.needed.cpuBits) this.needed = { ...this.needed, cpuBits: this.needed.cpuBits + 1 };
    return number;
  }

  /** Fills a row that was not asked for before, in all columns; where its block begins. */
  ask({ kind, point, cpu, row }: Asked): number {
    const at = kind * this.points + point;
    if (this.blocks[at] === this.#unasked) this.blocks[at] = new Int32Array(2 ** this.widths.cpuBits);
    const block = this.blocks[at]!;
    if (block[cpu] === 0) {
      block[cpu] = this.#rowsUsed;
      this.#rowsUsed += columns * this.rowsOfColumn;
      if (this.#rowsUsed > this.rows.length) {
        const larger = new Int32Array(2 * this.#rowsUsed);
        larger.set(this.rows);
        this.rows = larger;
      }
    }
    const from = block[cpu] ?? 0;
    if (this.rows[from + row] === 0)
      for (const [i, ways] of this.#waysOf({ kind, point, cpu, row }).entries())
        this.rows[from + i * this.rowsOfColumn + row] = this.#numberOf(ways);
    return from;
  }

  /** By column. */
  #waysOf(asked: Asked): readonly (readonly Way[])[] {
    const { kind, point, cpu, row } = asked;
    const { shape } = this.#system;
    const ways: Way[][] = Array.from({ length: columns }, () => []);
    this.#system.successors(this.#stateOf(asked), (next, code, cost, check) => {
      const action = unpackAction(code);
      const way: Way = {
        point: this.#system.point(next).id - point,
        task: this.taskState(shape, next, kind) - (row >> 1),
        place: shape.cpu(next, kind) + 1 - (row & 1),
        cpu: this.cpuState(shape, next, 0) - cpu,
        check,
      };
      if (action.kind === 'modify') ways[column.modify + action.task]?.push(way);
      else if (action.kind === 'deliver') ways[column.deliver]?.push(way);
      else if (action.task === kind) ways[cost > 0 ? column.costly : column.free]?.push(way);
    });
    return ways;
  }

  /** The machine of one CPU in the state that is asked about, with any other task outside. */
  #stateOf({ kind, point, cpu, row }: Asked): Uint16Array {
    const { shape } = this.#system;
    const state = this.#system.initial();
    shape.setPoint(state, 0, point % this.#firstPoints);
    if (shape.lines > 1) shape.setPoint(state, 1, Math.floor(point / this.#firstPoints));
    const { pending, floors } = this.#cpuStates[cpu] ?? { pending: false, floors: [] };
    shape.setPending(state, 0, pending);
    for (const [word, floor] of floors.entries()) shape.raiseFloor(state, 0, word, floor);
    const task = row >> 1;
    shape.place(state, kind, task >> shape.lines, (row & 1) - 1);
    for (let line = 0; line < shape.lines; line++) if ((task >> line) & 1) shape.setHeldOut(state, kind, line);
    return state;
  }

  #numberOf(ways: readonly Way[]): number {
    let key = '';
    for (const { point, task, place, cpu, check } of ways) key += `${point},${task},${place},${cpu},${check ?? ''} `;
    const known = this.#runNumbers.get(key);
    if (known !== undefined) return known;
    this.#runNumbers.set(key, this.runs.length);
    return this.runs.push(ways) - 1;
  }
}
