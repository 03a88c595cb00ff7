/**
 * The machine as a transition system: CPUs that hold tasks, tasks that stand at a context, one or two patchers that go along
 * the timeline, and for each CPU and word the oldest version it may still fetch (its floor).
 *
 * What a transition may do is DESIGN.md's "The machine": an interrupt synchronizes the CPU's context (so preempting does,
 * and so does resuming a preempted task, which returns from that interrupt); dispatching a task that called the function of
 * its own accord does not; an IPI moves no task; grace periods wait as documented in kernel/rcu/tasks.h.
 */
import type { CheckId } from '../checks/checks.ts';
import type { GracePeriod, Preemption } from '../protocol/protocol.ts';
import { type Action, packAction, versionsMax } from './action.ts';
import { Contexts } from './contexts.ts';
import { Emulation } from './emulation.ts';
import { Fetches } from './fetch.ts';
import { layout } from './layout.ts';
import type { MicroStep } from './micro-step.ts';
import type { Model } from './model.ts';
import { outside, Shape } from './shape.ts';
import type { Point, Timeline } from './timeline.ts';

export interface SystemOptions {
  /** What a fetch sees: the newest version, or any the CPU may still hold. */
  readonly stale: boolean;
  readonly tasks: number;
  readonly cpus: number;
  /** Task 0 is an idle task that RCU does not watch: never preempted, not waited for by Tasks RCU. */
  readonly idle: boolean;
  /**
   * In place of other tasks: the CPU that modifies takes an exception between any two of its steps, and runs the function
   * in it from start to end. Then there is one task and one CPU. It sees its own stores as a fetch does: until a word is made
   * consistent, the old value or the new.
   */
  readonly exceptions: boolean;
  /** Words that never change are executed in one go; without that there are more states, and the same verdicts. */
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
  readonly fetches: Fetches;
  readonly options: SystemOptions;
  readonly model: Model;
  readonly #scratch: Uint16Array;

  /** @param contexts of another system of the same model: a context has the same number in both */
  constructor(model: Model, options: SystemOptions, contexts?: Contexts) {
    this.model = model;
    this.options = options;
    this.contexts = contexts ?? new Contexts(new Emulation(model, { merge: options.merge, apart: options.exceptions }));
    this.timeline = this.contexts.emulation.timeline;
    this.fetches = new Fetches(this.contexts);
    this.shape = new Shape({
      tasks: options.tasks,
      cpus: options.cpus,
      // The modifying CPU has synchronized its own context: what it may still fetch follows from how far it is.
      words: options.stale && !options.exceptions ? this.timeline.addresses.length : 0,
      lines: this.timeline.lines.length,
    });
    this.stride = this.shape.stride;
    this.#scratch = new Uint16Array(this.stride);
  }

  initial(): Uint16Array {
    return new Uint16Array(this.stride);
  }

  /** All transitions out of a state. `next` is reused between calls of `emit`: copy what is kept. */
  successors(state: Uint16Array, emit: Emit): void {
    const { shape } = this;
    for (let line = 0; line < shape.lines; line++) this.#modify(state, line, emit);
    if (!this.point(state).reachable) return;
    for (let cpu = 0; cpu < shape.cpus; cpu++) if (shape.pending(state, cpu)) this.#deliver(state, cpu, emit);
    const busy = this.#busy(state);
    for (let task = 0; task < shape.tasks; task++) {
      if (shape.cpu(state, task) >= 0) this.#goOn(state, task, emit);
      else for (let cpu = 0; cpu < shape.cpus; cpu++) if (!((busy >> cpu) & 1)) this.#getCpu(state, task, cpu, emit);
    }
  }

  /** Those of them that a choice can mean, without looking at what others may do. */
  possible(state: Uint16Array, { kind, task, cpu }: Action, emit: Emit): void {
    const { shape } = this;
    if (kind === 'modify') {
      this.#modify(state, task, emit);
      return;
    }
    if (task >= shape.tasks || cpu >= shape.cpus || !this.point(state).reachable) return;
    if (kind === 'deliver') {
      if (shape.pending(state, cpu)) this.#deliver(state, cpu, emit);
    } else if (shape.cpu(state, task) >= 0) this.#goOn(state, task, emit);
    else if (!((this.#busy(state) >> cpu) & 1)) this.#getCpu(state, task, cpu, emit);
  }

  /** What a task that runs may do next. */
  #goOn(state: Uint16Array, task: number, emit: Emit): void {
    const cpu = this.shape.cpu(state, task);
    this.#fetch(state, task, cpu, emit);
    if (this.model.preemption === 'full' && !this.#isIdle(task) && !this.options.exceptions)
      this.#preempt(state, task, cpu, emit);
  }

  #getCpu(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    if (this.shape.context(state, task) === outside) this.#dispatch(state, task, cpu, emit);
    else this.#resume(state, task, cpu, emit);
  }

  /** The versions of a word that a fetch by a CPU may see, as indexes; of equal ones the newest. */
  mayFetch(state: Uint16Array, cpu: number, word: number): readonly number[] {
    const now = this.point(state);
    return this.fetches.versionsIn(word, { floor: this.#floor(state, cpu, word, now), newest: now.newest[word] ?? 0 });
  }

  /** Is the text at this address freed? */
  isFreed(state: Uint16Array, address: number): boolean {
    const text = address - (address % layout.gap);
    return this.point(state).freed.some((freed) => freed - (freed % layout.gap) === text);
  }

  /** More versions of a word, or contexts, than a state can tell apart: what was explored is no answer. */
  get overflow(): boolean {
    return (
      this.contexts.overflow ||
      this.contexts.emulation.prefixed.overflow ||
      this.timeline.versions.some((versions) => versions.length > versionsMax)
    );
  }

  newest(state: Uint16Array, word: number): number {
    return this.point(state).newest[word] ?? 0;
  }

  /** What the modifying side has done so far. */
  point(state: Uint16Array): Point {
    const { shape } = this;
    return this.timeline.at(shape.point(state), shape.lines > 1 ? shape.point(state, 1) : 0);
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

  #modify(state: Uint16Array, line: number, emit: Emit): void {
    const point = this.shape.point(state, line);
    const micro = this.timeline.lines[line]?.micro[point];
    if (micro === undefined || !this.#enabled(state, line, micro)) return;
    const next = this.#copy(state);
    this.shape.setPoint(next, line, point + 1);
    if (micro.kind === 'ipi') this.#interrupt(next, micro);
    if (micro.kind === 'begin') this.#begin(next, line, micro.flavour);
    // RCU counts a rude grace period as IPIs; what is flushed before text becomes reachable has one version.
    const everywhere = micro.kind === 'stopMachine' || micro.kind === 'reachable';
    if (everywhere || (micro.kind === 'end' && micro.flavour === 'tasks-rude')) this.#synchronizeAll(next);
    emit(next, packAction({ kind: 'modify', task: line }), 0, null);
  }

  /** A grace period ends when nobody it waits for is left; the stopper runs when it gets every CPU. */
  #enabled(state: Uint16Array, line: number, micro: MicroStep): boolean {
    const { shape } = this;
    // What runs in an exception is over before the CPU goes on with what it was interrupted in.
    if (this.options.exceptions && shape.context(state, 0) !== outside) return false;
    if (micro.kind === 'end') {
      for (let task = 0; task < shape.tasks; task++) if (shape.heldOut(state, task, line)) return false;
    }
    if (micro.kind !== 'stopMachine') return true;
    if (this.options.idle && shape.context(state, 0) !== outside) return false;
    if (shape.lines > 1 && this.#isWithin(1 - line, shape.point(state, 1 - line))) return false;
    return this.model.preemption === 'full' || this.#busy(state) === 0;
  }

  /** Is a patcher between a store and its being made consistent? patch_instruction() has interrupts off there. */
  #isWithin(line: number, point: number): boolean {
    const micro = this.timeline.lines[line]?.micro;
    const [before, after] = [micro?.[point - 1], micro?.[point]];
    return (
      before?.kind === 'store' &&
      (after?.kind === 'store' || after?.kind === 'consistent') &&
      before.step === after.step
    );
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
  #begin(next: Uint16Array, line: number, flavour: GracePeriod): void {
    const waitsFor = gracePeriods[flavour][this.model.preemption];
    for (let task = 0; task < this.shape.tasks; task++) {
      if (this.shape.context(next, task) === outside) continue;
      if (waitsFor.includes(this.#isIdle(task) ? 'idle' : 'tasks')) this.shape.setHeldOut(next, task, line);
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
    const { shape } = this;
    const context = shape.context(state, task);
    const now = this.point(state);
    if (now.freed.length > 0 && this.isFreed(state, this.contexts.context(context).nia)) {
      emit(this.#copy(state), packAction({ kind: 'step', task, cpu }), 0, 'freed-target');
      return;
    }
    const spanOf = (word: number) => ({ floor: this.#floor(state, cpu, word, now), newest: now.newest[word] ?? 0 });
    this.fetches.from(context, now, spanOf, (version, suffix, reached) => {
      const next = this.#copy(state);
      if (reached.synchronized) this.#synchronize(next, cpu);
      shape.place(next, task, reached.context, cpu);
      emit(next, packAction({ kind: 'step', task, cpu, version, suffix }), 0, reached.check);
    });
  }

  /** The oldest version of a word that a CPU may fetch. */
  #floor(state: Uint16Array, cpu: number, word: number, { newest, consistent }: Point): number {
    if (!this.options.stale) return newest[word] ?? 0;
    return this.options.exceptions ? (consistent[word] ?? 0) : this.shape.floor(state, cpu, word);
  }
}
