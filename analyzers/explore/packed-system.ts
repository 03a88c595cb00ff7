/**
 * The machine as the search walks it: the parts of machine/parts.ts put together again, with a state packed in a few 32-bit
 * words. A transition adds something to each word; what that is for a task's place and a CPU's is worked out once. Ten million
 * transitions a second leave no room for objects: what is being expanded is kept in fields of the class.
 *
 * Example: 5 tasks in up to 16 contexts on 2 CPUs take two words: the point, two CPUs' states, five tasks' states and places.
 */
import type { CheckId } from '../checks/checks.ts';
import { column, type Parts } from '../machine/parts.ts';
import type { System } from '../machine/system.ts';
import { Changes, head } from './changes.ts';
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
  readonly #idle: boolean;
  readonly #packing: Packing;
  readonly #symmetry: Symmetry | null;
  /** Fields are the point (from 1, so that no state is all 0), the CPUs' states, the tasks' states with their places. */
  readonly #fieldCount: number;
  readonly #firstTask: number;
  /** At the low end of a task's field: the CPU it is on, from 1. */
  readonly #placeBits: number;
  readonly #placeMask: number;
  readonly #changes: Changes;

  // The state that is expanded.
  #states: Int32Array = new Int32Array(0);
  #at = 0;
  #out: Successors<CheckId>;
  readonly #fields: Int32Array;
  /** A bit for each CPU, from 1, that runs a task. */
  #busy = 0;
  /** By field: does the one in front stand for it? */
  readonly #alike: Uint8Array;
  /** By kind of task, then by CPU: where the rows for the CPU's state begin. */
  readonly #blocks: Int32Array;

  constructor(parts: Parts, { tasks, cpus, idle, preemption, symmetry }: Bounds) {
    const { taskBits, cpuBits } = parts.widths;
    this.#parts = parts;
    this.#idle = idle;
    this.hasCostly = preemption;
    this.#firstTask = 1 + cpus;
    this.#fieldCount = 1 + cpus + tasks;
    this.#placeBits = bitsFor(cpus + 1);
    this.#placeMask = (1 << this.#placeBits) - 1;
    const cpuWidths = new Array<number>(cpus).fill(cpuBits);
    const taskWidths = new Array<number>(tasks).fill(taskBits + this.#placeBits);
    this.#packing = new Packing([bitsFor(parts.points + 1), ...cpuWidths, ...taskWidths]);
    this.stride = this.#packing.stride;
    this.#changes = new Changes(this.#packing, this.#placeBits);
    this.#fields = new Int32Array(this.#fieldCount);
    this.#alike = new Uint8Array(this.#fieldCount);
    this.#blocks = new Int32Array(2 * this.#firstTask);
    this.#out = new Successors(this.stride, 1);
    const names = { cpus, placeBits: this.#placeBits, fixedTasks: idle ? 1 : 0 };
    this.#symmetry = symmetry ? new Symmetry(this.#packing, names) : null;
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
    const fields = new Int32Array(this.#fieldCount);
    fields[0] = system.point(state).id + 1;
    for (let cpu = 0; cpu < shape.cpus; cpu++) fields[1 + cpu] = this.#parts.cpuState(shape, state, cpu);
    for (let task = 0; task < shape.tasks; task++)
      fields[this.#firstTask + task] =
        (this.#parts.taskState(shape, state, task) << this.#placeBits) | (shape.cpu(state, task) + 1);
    const packed = new Int32Array(this.stride);
    this.#packing.pack(fields, packed, 0);
    this.#symmetry?.canonicalize(packed, 0);
    return packed;
  }

  free(states: Int32Array, at: number, out: Successors<CheckId>): void {
    const first = out.count;
    this.#read(states, at, out);
    for (let line = 0; line < this.#parts.lines; line++) this.#modify(column.modify + line);
    if (this.#parts.delivers)
      for (let cpu = 1; cpu < this.#firstTask; cpu++)
        if (this.#alike[cpu] === 0) this.#emit(this.#changesOf(0, cpu, 0, column.deliver));
    this.#step(column.free);
    this.#canonicalize(first);
  }

  costly(states: Int32Array, at: number, out: Successors<CheckId>): void {
    const first = out.count;
    this.#read(states, at, out);
    this.#step(column.costly);
    this.#canonicalize(first);
  }

  #canonicalize(first: number): void {
    if (this.#symmetry === null) return;
    for (let i = first; i < this.#out.count; i++) this.#symmetry.canonicalize(this.#out.words, i * this.stride);
  }

  #read(states: Int32Array, at: number, out: Successors<CheckId>): void {
    this.#states = states;
    this.#out = out;
    this.#at = at;
    const { blocks: byPoint, points, kinds } = this.#parts;
    const fields = this.#fields;
    const blocks = this.#blocks;
    const firstTask = this.#firstTask;
    this.#packing.unpack(states, at, fields);
    let busy = 0;
    for (let field = firstTask; field < fields.length; field++) busy |= 1 << (fields[field]! & this.#placeMask);
    this.#busy = busy;
    for (let kind = 0; kind < kinds; kind++) {
      const block = byPoint[kind * points + fields[0]! - 1]!;
      for (let cpu = 1; cpu < firstTask; cpu++) blocks[kind * firstTask + cpu] = block[fields[cpu]!]!;
    }
    if (this.#symmetry !== null) this.#symmetry.markAlike(fields, busy, this.#alike);
  }

  /** What each task may do where it runs, or on each CPU where it could. */
  #step(of: number): void {
    const fields = this.#fields;
    const alike = this.#alike;
    const firstTask = this.#firstTask;
    for (let field = firstTask; field < fields.length; field++) {
      if (alike[field] !== 0) continue;
      const place = fields[field]! & this.#placeMask;
      const row = (fields[field]! >> this.#placeBits) << 1;
      if (place > 0) this.#emit(this.#changesOf(field, place, row | 1, of));
      else if (of === column.free)
        for (let cpu = 1; cpu < firstTask; cpu++)
          if (((this.#busy >> cpu) & 1) === 0 && alike[cpu] === 0) this.#emit(this.#changesOf(field, cpu, row, of));
    }
  }

  #emit(from: number): void {
    const changes = this.#changes.table;
    const count = changes[from]!;
    const out = this.#out;
    const { stride } = this;
    for (let i = changes[from + 1]!; i > 0; i--) out.break(this.#changes.checks[changes[from + 2]!]!);
    out.reserve(count);
    const { words } = out;
    const states = this.#states;
    const at = this.#at;
    let to = out.count * stride;
    out.count += count;
    for (let change = from + head, end = change + count * stride; change < end; )
      for (let word = 0; word < stride; word++) words[to++] = (states[at + word]! + changes[change++]!) | 0;
  }

  /** One patcher goes on, if it can: it may have to wait for any task, and may change every task and CPU. */
  #modify(of: number): void {
    const out = this.#out;
    const { stride } = this;
    const fields = this.#fields;
    const firstTask = this.#firstTask;
    out.reserve(1);
    const { words } = out;
    const to = out.count * stride;
    for (let word = 0; word < stride; word++) words[to + word] = this.#states[this.#at + word]!;
    let onPoint = 0;
    for (let field = firstTask; field < fields.length; field++) {
      const place = fields[field]! & this.#placeMask;
      const row = ((fields[field]! >> this.#placeBits) << 1) | (place > 0 ? 1 : 0);
      const from = this.#changesOf(field, place, row, of);
      const changes = this.#changes.table;
      if (changes[from] === 0) return;
      onPoint = changes[from + 3]!;
      for (let word = 0; word < stride; word++) words[to + word]! += changes[from + head + word]!;
    }
    for (let cpu = 1; cpu < firstTask; cpu++) {
      if ((this.#busy >> cpu) & 1) continue;
      const from = this.#changesOf(0, cpu, 0, of);
      for (let word = 0; word < stride; word++) words[to + word]! += this.#changes.table[from + head + word]!;
    }
    words[to]! += onPoint;
    out.count++;
  }

  /**
   * Where the changes are that a row's ways make.
   * @param field the task's; 0: only the CPU changes
   * @param cpu from 1; 0: only the task changes
   */
  #changesOf(field: number, cpu: number, row: number, of: number): number {
    const parts = this.#parts;
    const asked = cpu > 0 ? cpu : 1; // a task on no CPU asks with any
    const block = this.#blocks[this.#idle && field > this.#firstTask ? this.#firstTask + asked : asked]!;
    const run = parts.rows[block + of * parts.rowsOfColumn + row]!;
    // Run 0 is that of a row which was not asked yet: nothing is known of it.
    const found = this.#changes.find(run, field, cpu);
    return found > 0 ? found : this.#workOut(field, cpu, row, of);
  }

  #workOut(field: number, cpu: number, row: number, of: number): number {
    const parts = this.#parts;
    const asked = cpu > 0 ? cpu : 1;
    const kind = this.#idle && field > this.#firstTask ? 1 : 0;
    const block = parts.ask({ kind, point: this.#fields[0]! - 1, cpu: this.#fields[asked]!, row });
    this.#blocks[kind * this.#firstTask + asked] = block;
    const run = parts.rows[block + of * parts.rowsOfColumn + row]!;
    return this.#changes.add(run, parts.runs[run]!, field, cpu);
  }
}
