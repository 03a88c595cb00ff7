/**
 * The machine as the search walks it: the parts of machine/parts.ts put together again, with a state packed in a few 32-bit
 * words. A transition adds small numbers to one task's field and one CPU's, or to all of them where the modifying side goes
 * on. Ten million of them a second leave no room for objects: what is being expanded is kept in the fields of the class.
 *
 * Example: 5 tasks in up to 16 contexts on 2 CPUs take two words: the point, two CPUs' states, five tasks' states and places.
 */
import type { CheckId } from '../checks/checks.ts';
import { column, type Parts, rowSize, waySize } from '../machine/parts.ts';
import type { System } from '../machine/system.ts';
import { bitsFor, Packing } from './packing.ts';
import { Successors, type TransitionSystem } from './search.ts';
import { Symmetry } from './symmetry.ts';

export interface Bounds {
  readonly tasks: number;
  readonly cpus: number;
  /** Task 0 is the idle one. */
  readonly idle: boolean;
  readonly preemption: boolean;
  readonly symmetry: boolean;
}

export class PackedSystem implements TransitionSystem<CheckId> {
  readonly stride: number;
  readonly hasCostly: boolean;
  readonly #parts: Parts;
  readonly #bounds: Bounds;
  readonly #packing: Packing;
  readonly #symmetry: Symmetry | null;
  /** At the low end of a task's field: the CPU it is on, from 1. */
  readonly #placeBits: number;

  // The state that is expanded.
  #states: Int32Array = new Int32Array(0);
  #at = 0;
  #out: Successors<CheckId>;
  /** The point, from 1, so that no state is all 0; the CPUs' states; the tasks' states with their places. */
  readonly #fields: Int32Array;
  /** By CPU, from 1: does it run a task? */
  readonly #busy: Uint8Array;
  /** By field: does the one in front stand for it? */
  readonly #alike: Uint8Array;
  /** By kind of task, then by CPU: where the rows for the CPU's state begin. */
  readonly #blocks: Int32Array;
  /** A state in the making. */
  readonly #next: Int32Array;

  constructor(parts: Parts, bounds: Bounds) {
    const { tasks, cpus, idle } = bounds;
    const { taskBits, cpuBits } = parts.widths;
    this.#parts = parts;
    this.#bounds = bounds;
    this.hasCostly = bounds.preemption;
    this.#placeBits = bitsFor(cpus + 1);
    const cpuWidths = new Array<number>(cpus).fill(cpuBits);
    const taskWidths = new Array<number>(tasks).fill(taskBits + this.#placeBits);
    this.#packing = new Packing([bitsFor(parts.points + 1), ...cpuWidths, ...taskWidths]);
    this.stride = this.#packing.stride;
    this.#fields = new Int32Array(1 + cpus + tasks);
    this.#busy = new Uint8Array(cpus + 1);
    this.#alike = new Uint8Array(1 + cpus + tasks);
    this.#blocks = new Int32Array(2 * (cpus + 1));
    this.#next = new Int32Array(this.stride);
    this.#out = new Successors(this.stride, 1);
    const names = { cpus, placeBits: this.#placeBits, fixedTasks: idle ? 1 : 0 };
    this.#symmetry = bounds.symmetry ? new Symmetry(this.#packing, names) : null;
  }

  get outgrown(): boolean {
    return this.#parts.outgrown || this.#parts.overflow;
  }

  initial(): Int32Array {
    return Int32Array.from({ length: this.stride }, (_, word) => (word === 0 ? 1 : 0));
  }

  /** A state of the machine, packed. */
  encode(system: System, state: Uint16Array): Int32Array {
    const { shape } = system;
    const { cpus, tasks } = this.#bounds;
    const cpuStates = Array.from({ length: cpus }, (_, cpu) => this.#parts.cpuState(shape, state, cpu));
    const taskFields = Array.from({ length: tasks }, (_, task) => {
      return (this.#parts.taskState(shape, state, task) << this.#placeBits) | (shape.cpu(state, task) + 1);
    });
    const packed = new Int32Array(this.stride);
    this.#packing.pack(Int32Array.of(system.point(state).id + 1, ...cpuStates, ...taskFields), packed, 0);
    this.#symmetry?.canonicalize(packed, 0);
    return packed;
  }

  free(states: Int32Array, at: number, out: Successors<CheckId>): void {
    this.#read(states, at, out);
    const { lines } = this.#parts;
    const { cpus, tasks } = this.#bounds;
    for (let line = 0; line < lines; line++) this.#modify(line);
    const alike = this.#alike;
    for (let cpu = 1; cpu <= cpus; cpu++)
      if (alike[cpu] === 0) this.#take(this.#ways(0, cpu, 0, column.deliver), 0, cpu);
    const placeMask = (1 << this.#placeBits) - 1;
    for (let task = 0; task < tasks; task++) {
      const field = 1 + cpus + task;
      if (alike[field] !== 0) continue;
      const place = this.#fields[field]! & placeMask;
      const row = (this.#fields[field]! >> this.#placeBits) << 1;
      const kind = this.#kind(task);
      if (place > 0) this.#take(this.#ways(kind, place, row | 1, column.free), field, place);
      else
        for (let cpu = 1; cpu <= cpus; cpu++)
          if (this.#busy[cpu] === 0 && alike[cpu] === 0)
            this.#take(this.#ways(kind, cpu, row, column.free), field, cpu);
    }
  }

  costly(states: Int32Array, at: number, out: Successors<CheckId>): void {
    this.#read(states, at, out);
    const { cpus, tasks } = this.#bounds;
    const placeMask = (1 << this.#placeBits) - 1;
    for (let task = 0; task < tasks; task++) {
      const field = 1 + cpus + task;
      const place = this.#fields[field]! & placeMask;
      const row = ((this.#fields[field]! >> this.#placeBits) << 1) | 1;
      if (place > 0 && this.#alike[field] === 0)
        this.#take(this.#ways(this.#kind(task), place, row, column.costly), field, place);
    }
  }

  #kind(task: number): number {
    return this.#bounds.idle && task > 0 ? 1 : 0;
  }

  #read(states: Int32Array, at: number, out: Successors<CheckId>): void {
    this.#states = states;
    this.#at = at;
    this.#out = out;
    const parts = this.#parts;
    const fields = this.#fields;
    const busy = this.#busy;
    const blocks = this.#blocks;
    const { cpus } = this.#bounds;
    this.#packing.unpack(states, at, fields);
    const point = fields[0]! - 1;
    for (let cpu = 0; cpu <= cpus; cpu++) busy[cpu] = 0;
    const placeMask = (1 << this.#placeBits) - 1;
    for (let field = 1 + cpus; field < fields.length; field++) busy[fields[field]! & placeMask] = 1;
    this.#symmetry?.markAlike(fields, busy, this.#alike);
    for (let kind = 0; kind < parts.kinds; kind++) {
      const block = parts.blocks[kind * parts.points + point];
      for (let cpu = 1; cpu <= cpus; cpu++)
        blocks[kind * (cpus + 1) + cpu] = block === undefined ? 0 : block[fields[cpu]!]!;
    }
  }

  /** Where the ways are for a task of a kind, in a row, on or for a CPU. */
  #ways(kind: number, cpu: number, row: number, of: number): number {
    const parts = this.#parts;
    const at = kind * (this.#bounds.cpus + 1) + cpu;
    const ways = parts.rows[this.#blocks[at]! + row * rowSize + of]!;
    if (ways !== 0) return ways;
    const asked = { kind, point: this.#fields[0]! - 1, cpu: this.#fields[cpu]!, row };
    this.#blocks[at] = parts.ask(asked);
    return parts.rows[this.#blocks[at]! + row * rowSize + of]!;
  }

  /** Emits what each way leads to: the state as it is but for one task and one CPU. */
  #take(ways: number, task: number, cpu: number): void {
    const table = this.#parts.ways;
    const count = table[ways]!;
    if (count === 0) return;
    const out = this.#out;
    const { stride } = this;
    const states = this.#states;
    const { words, shifts } = this.#packing;
    out.reserve(count);
    for (let way = ways + 1, end = way + count * waySize; way < end; way += waySize) {
      const check = table[way + 3]!;
      if (check > 0) {
        out.break(this.#parts.checks[check - 1]!);
        continue;
      }
      const to = out.count++ * stride;
      for (let word = 0; word < stride; word++) out.words[to + word] = states[this.#at + word]!;
      const added = (table[way]! << this.#placeBits) + table[way + 1]! * cpu;
      out.words[to + words[task]!]! += added << shifts[task]!;
      out.words[to + words[cpu]!]! += table[way + 2]! << shifts[cpu]!;
      if (this.#symmetry !== null) this.#symmetry.canonicalize(out.words, to);
    }
  }

  /** One patcher goes on, if it can: it may have to wait for any task, and may change every task and CPU. */
  #modify(line: number): void {
    const fields = this.#fields;
    const next = this.#next;
    const { cpus, tasks } = this.#bounds;
    const { words, shifts } = this.#packing;
    const placeMask = (1 << this.#placeBits) - 1;
    for (let word = 0; word < next.length; word++) next[word] = this.#states[this.#at + word]!;
    let onPoint = 0;
    for (let task = 0; task < tasks; task++) {
      const field = 1 + cpus + task;
      const place = fields[field]! & placeMask;
      const row = ((fields[field]! >> this.#placeBits) << 1) | (place > 0 ? 1 : 0);
      const ways = this.#ways(this.#kind(task), place > 0 ? place : 1, row, column.modify + line);
      const table = this.#parts.ways;
      if (table[ways] === 0) return;
      onPoint = table[ways + 1]!;
      next[words[field]!]! += table[ways + 2]! << (shifts[field]! + this.#placeBits);
      if (place > 0) next[words[place]!]! += table[ways + 3]! << shifts[place]!;
    }
    for (let cpu = 1; cpu <= cpus; cpu++) {
      if (this.#busy[cpu] !== 0) continue;
      const ways = this.#ways(0, cpu, 0, column.modify + line);
      next[words[cpu]!]! += this.#parts.ways[ways + 3]! << shifts[cpu]!;
    }
    next[0]! += onPoint;
    const out = this.#out;
    out.reserve(1);
    out.words.set(next, out.count * this.stride);
    this.#symmetry?.canonicalize(out.words, out.count * this.stride);
    out.count++;
  }
}
