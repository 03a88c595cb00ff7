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

/** A row's columns: where the ways that cost nothing begin, those that cost, an IPI that comes late, and what two patchers do. */
export const rowSize = 5;
export const column = { free: 0, costly: 1, deliver: 2, modify: 3 } as const;
/** A way: what is added to the task's state, to its being on the CPU (-1, 0, 1), to the CPU's state; the check it violates, from 1. */
export const waySize = 4;

/** Numbers in all rows and in all ways: beyond that there is no answer. */
const tableMax = 2 ** 26;

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
export interface Asked {
  readonly kind: number;
  readonly point: number;
  readonly cpu: number;
  readonly row: number;
}

export class Parts {
  readonly widths: Widths;
  readonly kinds: number;
  /** Patchers. */
  readonly lines: number;
  /** Points of the timeline, both patchers taken together. */
  readonly points: number;
  /** By kind of task and point, then by CPU state: where its rows begin; 0 where nothing was asked yet. */
  readonly blocks: (Int32Array | undefined)[];
  /** Each number is a place in `ways`; 0 where it was not asked yet. */
  rows: Int32Array;
  /** How many ways, then the ways; of a patcher that can go on 1, then what is added to the point, the task, the CPU. */
  ways: Int32Array = new Int32Array(1024);
  readonly checks: CheckId[] = [];
  /** Room for all states of tasks and CPUs that were met. */
  needed: Widths;
  readonly #system: System;
  readonly #firstPoints: number;
  readonly #cpuStates: { readonly pending: boolean; readonly floors: readonly number[] }[] = [];
  readonly #cpuNumbers = new Map<string, number>();
  readonly #blockSize: number;
  #rowsUsed: number;
  #waysUsed = 1;

  /** @param system of smallSystem() */
  constructor(system: System, widths: Widths) {
    this.#system = system;
    this.widths = widths;
    this.needed = widths;
    this.kinds = system.shape.tasks;
    this.lines = system.shape.lines;
    const [first, second] = system.timeline.lines;
    this.#firstPoints = first?.points.length ?? 1;
    this.points = this.#firstPoints * (second?.points.length ?? 1);
    this.blocks = new Array(this.kinds * this.points);
    this.#blockSize = rowSize * 2 ** (widths.taskBits + 1);
    this.#rowsUsed = this.#blockSize; // the first block is the one that nothing was asked of
    this.rows = new Int32Array(2 * this.#blockSize);
    this.cpuState(system.shape, system.initial(), 0); // has number 0
  }

  /** There are states of tasks or CPUs that there is no room for. */
  get outgrown(): boolean {
    return this.needed !== this.widths;
  }

  /** More was met than there can be room for: what was explored is no answer. */
  get overflow(): boolean {
    return (
      this.#system.overflow ||
      this.#rowsUsed > tableMax ||
      this.#waysUsed > tableMax ||
      this.#cpuStates.length > cpuStatesMax
    );
  }

  /** A task's state as a number: its context and the grace periods that wait for it. 0: outside. */
  taskState(shape: Shape, state: Uint16Array, task: number): number {
    const number = (shape.context(state, task) << shape.lines) | shape.holdouts(state, task);
    if (number >= 2 ** this.needed.taskBits) this.needed = { ...this.needed, taskBits: this.needed.taskBits + 2 };
    return number;
  }

  /** A CPU's state as a number: what it may still fetch and its pending IPI, but not what runs on it. */
  cpuState(shape: Shape, state: Uint16Array, cpu: number): number {
    const floors = Array.from({ length: shape.words }, (_, word) => shape.floor(state, cpu, word));
    const pending = shape.pending(state, cpu);
    const key = `${pending} ${floors}`;
    let number = this.#cpuNumbers.get(key);
    if (number === undefined) {
      number = this.#cpuStates.length;
      this.#cpuStates.push({ pending, floors });
      this.#cpuNumbers.set(key, number);
    }
    if (number >= 2 ** this.needed.cpuBits) this.needed = { ...this.needed, cpuBits: this.needed.cpuBits + 1 };
    return number;
  }

  /** Fills a row that was not asked for before; where the rows of its block begin. */
  ask(asked: Asked): number {
    const { kind, point, cpu, row } = asked;
    const at = kind * this.points + point;
    const block = this.blocks[at] ?? new Int32Array(2 ** this.widths.cpuBits);
    this.blocks[at] = block;
    if (block[cpu] === 0) {
      block[cpu] = this.#rowsUsed;
      this.#rowsUsed += this.#blockSize;
      if (this.#rowsUsed > this.rows.length) this.rows = larger(this.rows, this.#rowsUsed);
    }
    const from = block[cpu] ?? 0;
    if (this.rows[from + row * rowSize] === 0) this.#tabulate(asked, from + row * rowSize);
    return from;
  }

  #tabulate({ kind, point, cpu, row }: Asked, at: number): void {
    const { shape } = this.#system;
    const task = row >> 1;
    const runs = row & 1;
    const columns: number[][] = Array.from({ length: rowSize }, () => [0]);
    const add = (to: number, way: readonly number[]) => {
      const list = columns[to] ?? [];
      list.push(...way);
      list[0] = (list[0] ?? 0) + 1;
    };
    this.#system.successors(this.#stateOf({ kind, point, cpu, row }), (next, code, cost, check) => {
      const action = unpackAction(code);
      const onTask = this.taskState(shape, next, kind) - task;
      const onCpu = this.cpuState(shape, next, 0) - cpu;
      if (action.kind === 'modify')
        add(column.modify + action.task, [this.#system.point(next).id - point, onTask, onCpu]);
      else if (action.kind === 'deliver') add(column.deliver, [0, 0, onCpu, 0]);
      else if (action.task === kind)
        add(cost > 0 ? column.costly : column.free, [
          onTask,
          shape.cpu(next, kind) + 1 - runs,
          onCpu,
          this.#numberOf(check),
        ]);
    });
    for (const [i, ways] of columns.entries()) this.rows[at + i] = this.#keep(ways);
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

  #numberOf(check: CheckId | null): number {
    if (check === null) return 0;
    if (!this.checks.includes(check)) this.checks.push(check);
    return this.checks.indexOf(check) + 1;
  }

  #keep(ways: readonly number[]): number {
    const at = this.#waysUsed;
    this.#waysUsed += ways.length;
    if (this.#waysUsed > this.ways.length) this.ways = larger(this.ways, this.#waysUsed);
    this.ways.set(ways, at);
    return at;
  }
}

function larger(numbers: Int32Array, least: number): Int32Array {
  let { length } = numbers;
  while (length < least) length *= 2;
  const grown = new Int32Array(length);
  grown.set(numbers);
  return grown;
}
