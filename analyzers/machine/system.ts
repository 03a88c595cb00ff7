/**
 * The machine as a transition system: CPUs that hold tasks, tasks that stand at a context, a modifying side that goes along
 * its timeline, and for each CPU and word the oldest version it may still fetch (its floor).
 *
 * What a transition may do is DESIGN.md's "The machine": an interrupt synchronizes the CPU's context (so preempting does,
 * and so does resuming a preempted task, which returns from that interrupt); dispatching a task that called the function of
 * its own accord does not; an IPI moves no task; grace periods wait as documented in kernel/rcu/tasks.h.
 */
import type { CheckId } from '../checks/checks.ts';
import { isPrefix } from '../power/code.ts';
import type { GracePeriod, Preemption } from '../protocol/protocol.ts';
import { packAction, versionsMax } from './action.ts';
import { Contexts, type Reached } from './contexts.ts';
import { layout } from './layout.ts';
import type { Model } from './model.ts';
import { outside, Shape } from './shape.ts';
import { canonicalize } from './symmetry.ts';
import type { MicroStep, Point, Timeline } from './timeline.ts';
import { type Departure, Windows } from './window.ts';

export interface SystemOptions {
  /** What a fetch sees: the newest version, or any the CPU may still hold. */
  readonly stale: boolean;
  readonly tasks: number;
  readonly cpus: number;
  /** Task 0 is an idle task that RCU does not watch: never preempted, not waited for by Tasks RCU. */
  readonly idle: boolean;
  /** The reductions, each of which can be switched off: same verdicts, more states. */
  readonly symmetry: boolean;
  readonly merge: boolean;
}

/** `check` is null for a plain step; otherwise the transition is a break and `next` is where it happened. */
export type Emit = (next: Uint16Array, action: number, cost: number, check: CheckId | null) => void;

/**
 * Whom a grace period waits for (kernel/rcu/tasks.h, Documentation/RCU). `idle` is the idle task
 * that RCU does not watch. Tasks RCU without preemption is RCU; Tasks Trace RCU waits for readers of its own only.
 */
const gracePeriods: Readonly<Record<GracePeriod, Readonly<Record<Preemption, readonly ('tasks' | 'idle')[]>>>> = {
  rcu: { none: ['tasks'], full: [] },
  sched: { none: ['tasks'], full: [] },
  tasks: { none: ['tasks'], full: ['tasks'] },
  'tasks-rude': { none: ['tasks', 'idle'], full: ['idle'] },
  'tasks-trace': { none: [], full: [] },
};

export class System {
  readonly shape: Shape;
  readonly stride: number;
  readonly contexts: Contexts;
  readonly timeline: Timeline;
  readonly options: SystemOptions;
  readonly model: Model;
  /** The worst fetch met so far, at the architecture level. */
  departure: Departure = 0;
  readonly #scratch: Uint16Array;
  readonly #windows: Windows;
  /** By context: the index of the modified word it stands at, -1 for none. */
  readonly #wordOf: number[] = [];

  constructor(model: Model, options: SystemOptions) {
    this.model = model;
    this.options = options;
    this.contexts = new Contexts(model, options.merge);
    this.timeline = this.contexts.timeline;
    this.#windows = new Windows(this.timeline.versions);
    this.shape = new Shape({ ...options, words: options.stale ? this.timeline.addresses.length : 0 });
    this.stride = this.shape.stride;
    this.#scratch = new Uint16Array(this.stride);
  }

  initial(): Uint16Array {
    return new Uint16Array(this.stride);
  }

  /** All transitions out of a state. `next` is reused between calls of `emit`: copy what is kept. */
  successors(state: Uint16Array, emit: Emit): void {
    const { shape } = this;
    this.#modify(state, emit);
    if (!this.point(state).reachable) return;
    for (let cpu = 0; cpu < shape.cpus; cpu++) if (shape.pending(state, cpu)) this.#deliver(state, cpu, emit);
    const busy = this.#busy(state);
    for (let task = 0; task < shape.tasks; task++) {
      const cpu = shape.cpu(state, task);
      if (cpu >= 0) {
        this.#fetch(state, task, cpu, emit);
        if (this.model.preemption === 'full' && !this.#isIdle(task)) this.#preempt(state, task, cpu, emit);
        continue;
      }
      for (let target = 0; target < shape.cpus; target++) {
        if ((busy >> target) & 1) continue;
        if (shape.context(state, task) === outside) this.#dispatch(state, task, target, emit);
        else this.#resume(state, task, target, emit);
      }
    }
  }

  /** Brings a state to the form that stands for all that differ only in the names of tasks and CPUs. In place. */
  canonicalize(state: Uint16Array): void {
    if (this.options.symmetry) canonicalize(this.shape, state, this.options.idle ? 1 : 0);
  }

  /** The index of the modified word a task is about to fetch, or of the one behind it; -1: that word never changes. */
  wordAt(state: Uint16Array, task: number, behind = 0): number {
    const context = this.shape.context(state, task);
    if (behind > 0) return this.timeline.addresses.indexOf(this.contexts.context(context).nia + behind);
    const word = this.#wordOf[context] ?? this.timeline.addresses.indexOf(this.contexts.context(context).nia);
    this.#wordOf[context] = word;
    return word;
  }

  /** Is the text at this address freed? */
  isFreed(state: Uint16Array, address: number): boolean {
    const text = address - (address % layout.gap);
    return this.point(state).freed.some((freed) => freed - (freed % layout.gap) === text);
  }

  /** More versions of a word, or contexts, than a state can tell apart: what was explored is no answer. */
  get overflow(): boolean {
    return this.contexts.overflow || this.timeline.versions.some((versions) => versions.length > versionsMax);
  }

  newest(state: Uint16Array, word: number): number {
    return this.point(state).newest[word] ?? 0;
  }

  /** What the modifying side has done so far. */
  point(state: Uint16Array): Point {
    return this.timeline.points[this.shape.point(state)] as Point;
  }

  #isIdle = (task: number) => this.options.idle && task === 0;

  /** A bit for each CPU that runs a task. */
  #busy(state: Uint16Array): number {
    let busy = 0;
    for (let task = 0; task < this.shape.tasks; task++) {
      const cpu = this.shape.cpu(state, task);
      if (cpu >= 0) busy |= 1 << cpu;
    }
    return busy;
  }

  #copy(state: Uint16Array): Uint16Array {
    this.#scratch.set(state);
    return this.#scratch;
  }

  /** A context synchronizing event on a CPU: it may fetch nothing older than what has been made consistent. */
  #synchronize(next: Uint16Array, cpu: number): void {
    const { consistent } = this.point(next);
    for (let word = 0; word < this.shape.words; word++) this.shape.raiseFloor(next, cpu, word, consistent[word] ?? 0);
    this.shape.setPending(next, cpu, false);
  }

  #synchronizeAll(next: Uint16Array): void {
    for (let cpu = 0; cpu < this.shape.cpus; cpu++) this.#synchronize(next, cpu);
  }

  #modify(state: Uint16Array, emit: Emit): void {
    const point = this.shape.point(state);
    const micro = this.timeline.micro[point];
    if (micro === undefined || !this.#enabled(state, micro)) return;
    const next = this.#copy(state);
    this.shape.setPoint(next, point + 1);
    if (micro.kind === 'ipi') this.#interrupt(next, micro);
    if (micro.kind === 'begin') this.#begin(next, micro.flavour);
    // RCU counts a rude grace period as IPIs; what is flushed before text becomes reachable has one version.
    const everywhere = micro.kind === 'stopMachine' || micro.kind === 'reachable';
    if (everywhere || (micro.kind === 'end' && micro.flavour === 'tasks-rude')) this.#synchronizeAll(next);
    emit(next, packAction({ kind: 'modify' }), 0, null);
  }

  /** A grace period ends when nobody it waits for is left; the stopper runs when it gets every CPU. */
  #enabled(state: Uint16Array, micro: MicroStep): boolean {
    const { shape } = this;
    if (micro.kind === 'end') {
      for (let task = 0; task < shape.tasks; task++) if (shape.heldOut(state, task)) return false;
    }
    if (micro.kind !== 'stopMachine') return true;
    if (this.options.idle && shape.context(state, 0) !== outside) return false;
    return this.model.preemption === 'full' || this.#busy(state) === 0;
  }

  #interrupt(next: Uint16Array, micro: MicroStep & { kind: 'ipi' }): void {
    const busy = this.#busy(next);
    for (let cpu = 0; cpu < this.shape.cpus; cpu++) {
      // An idle CPU that polls may run the handler without an interrupt (kernel/smp.c: call_function_single_prep_ipi); then only an
      // isync in it synchronizes. A CPU polls while it runs no task, or only the idle one.
      const polls = ((busy >> cpu) & 1) === 0 || (this.options.idle && this.shape.cpu(next, 0) === cpu);
      if (!micro.wait) this.shape.setPending(next, cpu, true);
      else if (micro.isync || !polls) this.#synchronize(next, cpu);
    }
  }

  /** Marks the tasks the grace period waits for: those in mid-function, of the kind it knows. */
  #begin(next: Uint16Array, flavour: GracePeriod): void {
    const waitsFor = gracePeriods[flavour][this.model.preemption];
    for (let task = 0; task < this.shape.tasks; task++) {
      if (this.shape.context(next, task) === outside) continue;
      if (waitsFor.includes(this.#isIdle(task) ? 'idle' : 'tasks')) this.shape.setHeldOut(next, task);
    }
  }

  #deliver(state: Uint16Array, cpu: number, emit: Emit): void {
    const next = this.#copy(state);
    this.#synchronize(next, cpu);
    emit(next, packAction({ kind: 'deliver', cpu }), 0, null);
  }

  #dispatch(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    const { context, check, synchronized } = this.contexts.entry;
    if (context === outside && check === null) return; // it runs through without meeting anything that changes
    const next = this.#copy(state);
    this.shape.place(next, task, context, cpu);
    if (synchronized) this.#synchronize(next, cpu);
    emit(next, packAction({ kind: 'dispatch', task, cpu }), 0, check);
  }

  #preempt(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    const next = this.#copy(state);
    this.#synchronize(next, cpu);
    this.shape.place(next, task, this.shape.context(state, task), -1);
    emit(next, packAction({ kind: 'preempt', task, cpu }), 1, null);
  }

  #resume(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    const next = this.#copy(state);
    this.shape.place(next, task, this.shape.context(state, task), cpu);
    this.#synchronize(next, cpu);
    emit(next, packAction({ kind: 'resume', task, cpu }), 0, null);
  }

  /** A task fetches the word it stands at, in one of the versions it may see, and executes it. */
  #fetch(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    const id = this.shape.context(state, task);
    const { nia } = this.contexts.context(id);
    const { freed } = this.point(state);
    if (freed.length > 0 && this.isFreed(state, nia)) {
      emit(this.#copy(state), packAction({ kind: 'step', task, cpu }), 0, 'freed-target');
      return;
    }
    const word = this.wordAt(state, task);
    if (word < 0) {
      this.#execute(state, { task, cpu, id, word, version: 0, value: this.contexts.word(nia) ?? 0 }, emit);
      return;
    }
    for (const version of this.#window(state, cpu, word)) {
      const value = this.timeline.versions[word]?.[version]?.value ?? 0;
      this.#execute(state, { task, cpu, id, word, version, value }, emit);
    }
  }

  #window(state: Uint16Array, cpu: number, word: number): readonly number[] {
    const newest = this.newest(state, word);
    const window = this.#windows.of(word, this.options.stale ? this.shape.floor(state, cpu, word) : newest, newest);
    if (window.departure > this.departure) this.departure = window.departure;
    return window.versions;
  }

  /** A prefix is executed with its suffix, which is fetched by the same rules. */
  #execute(state: Uint16Array, fetched: Fetched, emit: Emit): void {
    const { task, cpu, id, word, version, value } = fetched;
    const behind = isPrefix(value) ? this.wordAt(state, task, 4) : -1;
    if (behind < 0) {
      this.#arrive(
        state,
        fetched,
        packAction({ kind: 'step', task, cpu, version }),
        this.contexts.step(id, value, this.point(state)),
        emit,
      );
      return;
    }
    for (const suffix of this.#window(state, cpu, behind)) {
      const other = this.timeline.versions[behind]?.[suffix];
      const torn = word >= 0 && this.timeline.versions[word]?.[version]?.step !== other?.step;
      const reached = this.contexts.step(id, value, this.point(state), other?.value ?? 0);
      const action = packAction({ kind: 'step', task, cpu, version, suffix });
      this.#arrive(state, fetched, action, torn ? { ...reached, check: 'torn-instruction' } : reached, emit);
    }
  }

  #arrive(state: Uint16Array, { task, cpu }: Fetched, action: number, reached: Reached, emit: Emit): void {
    const next = this.#copy(state);
    if (reached.synchronized) this.#synchronize(next, cpu);
    this.shape.place(next, task, reached.context, cpu);
    emit(next, action, 0, reached.check);
  }
}

interface Fetched {
  readonly task: number;
  readonly cpu: number;
  /** The context the task is in. */
  readonly id: number;
  /** Index of the modified word, -1 for one that never changes. */
  readonly word: number;
  readonly version: number;
  readonly value: number;
}
