/**
 * The machine as a transition system: CPUs that hold tasks, tasks that stand at a context, a modifying side that goes along
 * its timeline, and for each CPU and word the oldest version it may still fetch. States are short runs of 16-bit numbers.
 *
 * What a transition may do is DESIGN.md's "The machine": an interrupt synchronizes the CPU's context (so preempting does,
 * and so does resuming a preempted task, which returns from that interrupt); dispatching a task that called the function of
 * its own accord does not; an IPI moves no task; grace periods wait as documented in kernel/rcu/tasks.h.
 */
import type { CheckId } from '../checks/checks.ts';
import { isPatchClass, preferredNop } from '../power/code.ts';
import type { GracePeriod, Preemption } from '../protocol/protocol.ts';
import { Contexts, outside, type Reached } from './contexts.ts';
import { layout, type Model } from './model.ts';
import { type MicroStep, type Timeline, timelineOf } from './timeline.ts';

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

export type ActionKind = 'modify' | 'dispatch' | 'step' | 'preempt' | 'resume' | 'deliver';
const kinds: readonly ActionKind[] = ['modify', 'dispatch', 'step', 'preempt', 'resume', 'deliver'];
export interface Action {
  readonly kind: ActionKind;
  readonly task: number;
  readonly cpu: number;
  /** Of a step: the version it fetched, as an index into the word's versions. */
  readonly version: number;
}
export const packAction = (kind: ActionKind, task = 0, cpu = 0, version = 0) =>
  kinds.indexOf(kind) | (task << 4) | (cpu << 8) | (version << 12);
export const unpackAction = (code: number): Action => ({
  kind: kinds[code & 15] ?? 'modify',
  task: (code >> 4) & 15,
  cpu: (code >> 8) & 15,
  version: code >> 12,
});

/** `check` is null for a plain step; otherwise the transition is a break and `next` is where it happened. */
export type Emit = (next: Uint16Array, action: number, cost: number, check: CheckId | null) => void;

const holdout = 0x100; // in a task's place: a grace period waits for it
const pcAt = 0;
const pendingAt = 1;
const tasksAt = 2;

/**
 * Whom a grace period waits for (kernel/rcu/tasks.h and Documentation/RCU; FACTS: grace periods). `idle` is the idle task
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
  readonly stride: number;
  readonly contexts: Contexts;
  readonly timeline: Timeline;
  readonly options: SystemOptions;
  readonly model: Model;
  /** Worst architecture-level fetch met so far: 0 defined, 1 quasi patch class, 2 undefined. */
  architecture = 0;
  readonly #scratch: Uint16Array;
  readonly #words: number;

  constructor(model: Model, options: SystemOptions) {
    this.model = model;
    this.options = options;
    this.contexts = new Contexts(model, options.merge);
    this.timeline = timelineOf(model, (address) => this.contexts.word(address) ?? 0);
    this.#words = options.stale ? this.timeline.addresses.length : 0;
    this.stride = tasksAt + 2 * options.tasks + options.cpus * this.#words;
    this.#scratch = new Uint16Array(this.stride);
  }

  initial(): Uint16Array {
    return new Uint16Array(this.stride);
  }

  /** All transitions out of a state. `next` is reused between calls of `emit`: copy what is kept. */
  successors(state: Uint16Array, emit: Emit): void {
    this.#modify(state, emit);
    if (!this.timeline.reachable[state[pcAt] ?? 0]) return;
    const { tasks, cpus, idle } = this.options;
    for (let cpu = 0; cpu < cpus; cpu++) {
      if (((state[pendingAt] ?? 0) >> cpu) & 1) this.#deliver(state, cpu, emit);
    }
    const busy = this.#busy(state);
    for (let task = 0; task < tasks; task++) {
      const context = this.#context(state, task);
      const cpu = this.#cpu(state, task);
      if (cpu >= 0) {
        this.#fetches(state, task, cpu, emit);
        if (this.model.preemption === 'full' && !(idle && task === 0)) this.#preempt(state, task, cpu, emit);
        continue;
      }
      for (let target = 0; target < cpus; target++) {
        if ((busy >> target) & 1) continue;
        if (context === outside) this.#dispatch(state, task, target, emit);
        else this.#resume(state, task, target, emit);
      }
    }
  }

  /** Brings a state to the form that stands for all that differ only in the names of tasks and CPUs. In place. */
  canonicalize(state: Uint16Array): void {
    if (!this.options.symmetry) return;
    this.#sortCpus(state);
    const first = this.options.idle ? 1 : 0;
    const { tasks } = this.options;
    // Insertion sort: few tasks, nearly sorted already.
    for (let i = first + 1; i < tasks; i++) {
      const context = state[tasksAt + i] ?? 0;
      const place = state[tasksAt + tasks + i] ?? 0;
      let j = i - 1;
      while (j >= first && this.#after(state, j, context, place)) {
        state[tasksAt + j + 1] = state[tasksAt + j] ?? 0;
        state[tasksAt + tasks + j + 1] = state[tasksAt + tasks + j] ?? 0;
        j--;
      }
      state[tasksAt + j + 1] = context;
      state[tasksAt + tasks + j + 1] = place;
    }
  }

  /** The next micro-step of the modifying side, null at its end. */
  nextStep(state: Uint16Array): MicroStep | null {
    return this.timeline.micro[state[pcAt] ?? 0] ?? null;
  }

  /** The versions a task's next fetch may see, oldest first; empty where the word never changes. */
  fetchable(state: Uint16Array, task: number): { word: number; from: number; to: number } | null {
    const word = this.timeline.addresses.indexOf(this.contexts.context(this.#context(state, task)).nia);
    if (word < 0) return null;
    const to = this.timeline.newest[state[pcAt] ?? 0]?.[word] ?? 0;
    return { word, from: this.options.stale ? this.#floor(state, this.#cpu(state, task), word) : to, to };
  }

  contextOf(state: Uint16Array, task: number): number {
    return this.#context(state, task);
  }
  cpuOf(state: Uint16Array, task: number): number {
    return this.#cpu(state, task);
  }

  #context = (state: Uint16Array, task: number) => state[tasksAt + task] ?? 0;
  #cpu = (state: Uint16Array, task: number) => ((state[tasksAt + this.options.tasks + task] ?? 0) & 0xff) - 1;
  #floor = (state: Uint16Array, cpu: number, word: number) =>
    state[tasksAt + 2 * this.options.tasks + cpu * this.#words + word] ?? 0;

  #busy(state: Uint16Array): number {
    let busy = 0;
    for (let task = 0; task < this.options.tasks; task++) {
      const cpu = this.#cpu(state, task);
      if (cpu >= 0) busy |= 1 << cpu;
    }
    return busy;
  }

  #copy(state: Uint16Array): Uint16Array {
    this.#scratch.set(state);
    return this.#scratch;
  }

  #place(next: Uint16Array, task: number, context: number, cpu: number): void {
    const at = tasksAt + this.options.tasks + task;
    next[tasksAt + task] = context;
    // A task that is back outside has passed a quiescent point: no grace period waits for it any more.
    next[at] = context === outside ? 0 : ((next[at] ?? 0) & holdout) | (cpu + 1);
  }

  /** A context synchronizing event on a CPU: it may fetch nothing older than what has been made consistent. */
  #synchronize(next: Uint16Array, cpu: number): void {
    const consistent = this.timeline.consistent[next[pcAt] ?? 0] ?? [];
    for (let word = 0; word < this.#words; word++) {
      const at = tasksAt + 2 * this.options.tasks + cpu * this.#words + word;
      next[at] = Math.max(next[at] ?? 0, consistent[word] ?? 0);
    }
    next[pendingAt] = (next[pendingAt] ?? 0) & ~(1 << cpu);
  }

  #synchronizeAll(next: Uint16Array): void {
    for (let cpu = 0; cpu < this.options.cpus; cpu++) this.#synchronize(next, cpu);
  }

  #modify(state: Uint16Array, emit: Emit): void {
    const micro = this.nextStep(state);
    if (micro === null) return;
    if (micro.kind === 'end' && this.#waiting(state)) return;
    if (micro.kind === 'stopMachine' && this.model.preemption === 'none' && this.#busy(state) !== 0) return;
    if (micro.kind === 'stopMachine' && this.options.idle && this.#context(state, 0) !== outside) return;
    const next = this.#copy(state);
    next[pcAt] = (state[pcAt] ?? 0) + 1;
    if (micro.kind === 'ipi') this.#interrupt(next, micro);
    if (micro.kind === 'begin') this.#begin(next, micro.flavour);
    if (micro.kind === 'end' && micro.flavour === 'tasks-rude') this.#synchronizeAll(next);
    if (micro.kind === 'stopMachine') this.#synchronizeAll(next);
    if (micro.kind === 'reachable') this.#synchronizeAll(next); // what was flushed before has one version
    emit(next, packAction('modify'), 0, null);
  }

  #interrupt(next: Uint16Array, micro: MicroStep & { kind: 'ipi' }): void {
    const busy = this.#busy(next);
    for (let cpu = 0; cpu < this.options.cpus; cpu++) {
      // An idle CPU that polls may run the handler without an interrupt (FACTS: context of another CPU); then only an
      // isync in it synchronizes. A CPU polls while it runs no task, or only the idle one.
      const polls = ((busy >> cpu) & 1) === 0 || (this.options.idle && this.#cpu(next, 0) === cpu);
      if (!micro.wait) next[pendingAt] = (next[pendingAt] ?? 0) | (1 << cpu);
      else if (micro.isync || !polls) this.#synchronize(next, cpu);
    }
  }

  /** Marks the tasks the grace period waits for: those in mid-function, of the kind it knows. */
  #begin(next: Uint16Array, flavour: GracePeriod): void {
    const waitsFor = gracePeriods[flavour][this.model.preemption];
    for (let task = 0; task < this.options.tasks; task++) {
      if (this.#context(next, task) === outside) continue;
      const kind = this.options.idle && task === 0 ? 'idle' : 'tasks';
      if (waitsFor.includes(kind)) next[tasksAt + this.options.tasks + task] = (next[tasksAt + this.options.tasks + task] ?? 0) | holdout;
    }
  }

  #waiting(state: Uint16Array): boolean {
    for (let task = 0; task < this.options.tasks; task++) {
      if ((state[tasksAt + this.options.tasks + task] ?? 0) & holdout) return true;
    }
    return false;
  }

  #deliver(state: Uint16Array, cpu: number, emit: Emit): void {
    const next = this.#copy(state);
    this.#synchronize(next, cpu);
    emit(next, packAction('deliver', 0, cpu), 0, null);
  }

  #dispatch(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    const next = this.#copy(state);
    const { entry } = this.contexts;
    this.#place(next, task, entry.context, cpu);
    if (entry.synchronized) this.#synchronize(next, cpu);
    if (entry.context !== outside || entry.check !== null)
      emit(next, packAction('dispatch', task, cpu), 0, entry.check);
  }

  #preempt(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    const next = this.#copy(state);
    this.#synchronize(next, cpu);
    this.#place(next, task, this.#context(state, task), -1);
    emit(next, packAction('preempt', task, cpu), 1, null);
  }

  #resume(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    const next = this.#copy(state);
    this.#place(next, task, this.#context(state, task), cpu);
    this.#synchronize(next, cpu);
    emit(next, packAction('resume', task, cpu), 0, null);
  }

  #fetches(state: Uint16Array, task: number, cpu: number, emit: Emit): void {
    const pc = state[pcAt] ?? 0;
    const id = this.#context(state, task);
    const { nia } = this.contexts.context(id);
    const freed = this.timeline.freed[pc]?.some((from) => nia >= from && nia < from - (from % layout.gap) + layout.gap);
    const choices = this.fetchable(state, task);
    if (freed === true) {
      emit(this.#copy(state), packAction('step', task, cpu, choices?.to ?? 0), 0, 'freed-target');
      return;
    }
    if (choices === null) {
      this.#arrive(state, task, cpu, this.contexts.step(id, this.contexts.word(nia) ?? 0), 0, emit);
      return;
    }
    const versions = this.timeline.versions[choices.word] ?? [];
    this.#judgeWindow(versions.slice(choices.from, choices.to + 1).map((version) => version.value));
    for (let version = choices.from; version <= choices.to; version++) {
      // An old version with the newest one's value is no choice of its own.
      if (version < choices.to && versions[version]?.value === versions[choices.to]?.value) continue;
      this.#arrive(state, task, cpu, this.contexts.step(id, versions[version]?.value ?? 0), version, emit);
    }
  }

  #arrive(state: Uint16Array, task: number, cpu: number, reached: Reached, version: number, emit: Emit): void {
    const next = this.#copy(state);
    if (reached.synchronized) this.#synchronize(next, cpu);
    this.#place(next, task, reached.context, cpu);
    emit(next, packAction('step', task, cpu, version), 0, reached.check);
  }

  /** Power ISA 2.03 Book II 1.8.1: a word fetched while it is not consistent must be patch class in all its values. */
  #judgeWindow(values: readonly number[]): void {
    const distinct = [...new Set(values)];
    if (distinct.length < 2 || this.architecture === 2) return;
    const foreign = distinct.filter((value) => !isPatchClass(value));
    if (foreign.length === 0) return;
    const quasi = foreign.length === 1 && distinct.every((value) => value === foreign[0] || value === preferredNop);
    this.architecture = Math.max(this.architecture, quasi ? 1 : 2);
  }

  #after(state: Uint16Array, j: number, context: number, place: number): boolean {
    const { tasks } = this.options;
    const other = state[tasksAt + j] ?? 0;
    return other > context || (other === context && (state[tasksAt + tasks + j] ?? 0) > place);
  }

  /** Two CPUs: exchanged when the second one's description comes first. More: sorted the same way, pair by pair. */
  #sortCpus(state: Uint16Array): void {
    const { cpus } = this.options;
    for (let i = 1; i < cpus; i++) {
      for (let j = i; j > 0 && this.#cpuOrder(state, j - 1, j) > 0; j--) this.#swapCpus(state, j - 1, j);
    }
  }

  #cpuOrder(state: Uint16Array, a: number, b: number): number {
    const pending = state[pendingAt] ?? 0;
    const description = (cpu: number) => {
      let running = 0;
      for (let task = 0; task < this.options.tasks; task++) {
        if (this.#cpu(state, task) !== cpu) continue;
        running =
          1 +
          ((this.#context(state, task) << 2) |
            (this.options.idle && task === 0 ? 2 : 0) |
            ((state[tasksAt + this.options.tasks + task] ?? 0) & holdout ? 1 : 0));
      }
      return running * 2 + ((pending >> cpu) & 1);
    };
    const difference = description(a) - description(b);
    if (difference !== 0) return difference;
    for (let word = 0; word < this.#words; word++) {
      const floors = this.#floor(state, a, word) - this.#floor(state, b, word);
      if (floors !== 0) return floors;
    }
    return 0;
  }

  #swapCpus(state: Uint16Array, a: number, b: number): void {
    const { tasks } = this.options;
    for (let task = 0; task < tasks; task++) {
      const at = tasksAt + tasks + task;
      const flags = (state[at] ?? 0) & holdout;
      const cpu = this.#cpu(state, task);
      if (cpu === a) state[at] = flags | (b + 1);
      else if (cpu === b) state[at] = flags | (a + 1);
    }
    for (let word = 0; word < this.#words; word++) {
      const first = tasksAt + 2 * tasks + a * this.#words + word;
      const second = tasksAt + 2 * tasks + b * this.#words + word;
      const kept = state[first] ?? 0;
      state[first] = state[second] ?? 0;
      state[second] = kept;
    }
    const pending = state[pendingAt] ?? 0;
    const differ = ((pending >> a) ^ (pending >> b)) & 1;
    if (differ === 1) state[pendingAt] = pending ^ ((1 << a) | (1 << b));
  }
}
