/**
 * A program in a world, and runs from a kept state of it. The one idea: what leads up to an entry point (booting, loading
 * the module, switching tracing on) is run once and kept as a snapshot; each entry point starts from one, any number of
 * times, with other branches on unknowns or with a primitive made to fail.
 *
 * Example: enabling for the plan `last` starts from the snapshot after boot; disabling from the one after that.
 */
import type { FunctionDefinition } from '../source/ast.ts';
import {
  type Assumed,
  type CallLog,
  type Decision,
  exploreDecisions,
  Interpreter,
  type InterpreterLimits,
  type InterpreterSnapshot,
  nothing,
  number,
  type Outcome,
} from '../source/interpreter.ts';
import type { Frame, Problem } from '../source/place.ts';
import type { Program } from '../source/program.ts';
import { types } from '../source/value.ts';
import { bugsOf, whyOf } from './bug.ts';
import { sameSteps, stepsKey } from './compare.ts';
import { placed, reasonsOf } from './decisions.ts';
import { type EndedCall, isBefore, KeptRuns, keyOf } from './kept-runs.ts';
import type { BootOrder } from './poking-setup.ts';
import { primitivesOf } from './primitives.ts';
import type { Step } from './protocol.ts';
import { type Mark, type NewStep, Recorder } from './recorder.ts';
import { arrayAt, moduleAt, recordedAddresses, type World } from './world.ts';

/** A call of a driver function, or a step of the story that no C makes. */
export type Action =
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly bigint[] }
  | { readonly kind: 'tell'; readonly step: NewStep };

export interface Fault {
  readonly primitive: string;
  readonly nth: number;
}

/** A kept state. */
export interface State {
  readonly snapshot: InterpreterSnapshot;
  readonly mark: Mark;
  /** What went wrong on the way here; every run from here has it. */
  readonly failure: Played | null;
}

/** What happened. `kind` as a protocol's outcome. */
export interface Played {
  readonly steps: readonly Step[];
  readonly kind: 'ok' | 'refused' | 'limit' | 'unread';
  readonly why: string;
  /** Of kind refused: the error that it returned, below 0; not there where it is none. */
  readonly error?: number;
  readonly trail: readonly Frame[];
  readonly assumptions: readonly Assumed[];
  readonly decisions: readonly Decision[];
  /** The calls of each primitive that can fail: the place of each. */
  readonly calls: ReadonlyMap<string, readonly string[]>;
  /** Where the primitive was called that was made to fail. */
  readonly failedAt: readonly Frame[];
  /** Functions called of which nothing is known. */
  readonly unknownFunctions: readonly string[];
}

export interface ImageOptions {
  readonly limits: InterpreterLimits;
  /** Primitives that store into text are interpreted from their source, which is set up so; null: they are built in. */
  readonly boot: BootOrder | null;
  readonly evidence: 'tree' | 'diff';
  /** `none`: everything is run as often as it is asked for. The results are the same. */
  readonly shortcuts: 'all' | 'none';
}

export interface PlayOptions {
  readonly fault?: Fault | null;
  /** Per site: is it to be traced at the end; null: as it was. */
  readonly traced?: readonly (boolean | null)[] | null;
}

export class Image {
  readonly world: World;
  readonly boot: BootOrder;
  readonly #mailOnly: boolean;
  readonly #vm: Interpreter;
  readonly #recorder: Recorder;
  readonly #kept: KeptRuns;

  constructor(program: Program, world: World, options: ImageOptions) {
    this.world = world;
    this.boot = options.boot ?? { ahead: [], behind: [] };
    this.#mailOnly = options.evidence === 'diff';
    this.#kept = new KeptRuns(options.shortcuts);
    this.#recorder = new Recorder(world);
    const host = primitivesOf(
      this.#recorder,
      {
        functionAt: (address) => this.#vm.functionNames.get(address) ?? null,
        variable: (name) => this.#vm.globals.get(name)?.address ?? null,
        defines: (name) => program.functions.has(name),
        resolve: (address) => this.#vm.memory.resolve(address),
      },
      options.boot !== null,
    );
    this.#vm = new Interpreter(program, { ...host, symbols: withArrayEnds(world) }, options.limits);
    this.#lay();
  }

  /** The functions that were called so far. */
  get entered(): ReadonlySet<FunctionDefinition> {
    return this.#vm.entered;
  }

  get problems(): readonly Problem[] {
    return this.#vm.problems;
  }

  has(name: string): boolean {
    return this.#vm.program.functions.has(name);
  }

  /** The function at an address; null where none is. */
  functionAt(address: bigint): string | null {
    return this.#vm.functionNames.get(address) ?? null;
  }

  /** Is it a C function without a statement? */
  doesNothing(name: string): boolean {
    const { functions, statics } = this.#vm.program;
    const found = functions.get(name) ?? [...statics.values()].map((own) => own.get(name)).find((one) => one);
    return found?.body.statements.length === 0;
  }

  /** The state as it is now. */
  keep(failure: Played | null = null): State {
    return { snapshot: this.#vm.snapshot(), mark: this.#recorder.mark(), failure };
  }

  /** Words of text by address in a state. */
  wordsIn(state: State): ReadonlyMap<bigint, number> {
    return state.mark.words;
  }

  /**
   * Runs from a state; where branches rest on unknowns, every way up to a bound, which must agree. From a mail alone only
   * the ways that end as they are meant to must: what it leaves out is taken to serve its purpose.
   */
  play(from: State, actions: readonly Action[], options: PlayOptions = {}): Played {
    if (from.failure !== null) return from.failure;
    const { fault = null, traced = null } = options;
    const key = [...actions.map(keyOf), fault?.primitive, fault?.nth, traced?.join()].join(' ');
    return this.#kept.play(from, key, () => this.#play(from, actions, { fault, traced }));
  }

  #play(from: State, actions: readonly Action[], { fault, traced }: Required<PlayOptions>): Played {
    const { paths, complete } = exploreDecisions(
      (decisions) => {
        const result = this.#once(from, actions, { decisions, fault });
        const asMeant = result.kind === 'ok' && this.#isAsMeant(traced);
        return {
          outcome: { kind: 'returned', value: nothing, decisions: result.decisions, steps: 0 },
          result: { ...result, asMeant },
        };
      },
      this.#mailOnly ? pathsMaxOfMail : pathsMax,
    );
    const first = paths[0];
    if (first === undefined) throw new Error('exploreDecisions() makes at least one run');
    const counted = this.#mailOnly && paths.some((path) => path.asMeant) ? paths.filter((path) => path.asMeant) : paths;
    const chosen = counted[0] ?? first;
    const ways = paths.map(({ decisions, kind, steps }) => ({ decisions, end: `${kind}\n${stepsKey(steps)}` }));
    const reasons = reasonsOf(ways);
    if (
      (complete || this.#mailOnly) &&
      counted.every((path) => path.kind === chosen.kind && sameSteps(path.steps, chosen.steps))
    ) {
      // From a mail alone the other ways are taken not to be meant, which is assumed of the mail as a whole.
      const told = this.#mailOnly ? [] : reasons.map((reason) => ({ ...reason, decisive: false }));
      return told.length === 0 ? chosen : { ...chosen, assumptions: [...chosen.assumptions, ...told] };
    }
    const open = reasons.filter(({ decisive }) => decisive || !complete);
    const why = `what happens depends on what the sources do not say: ${open.slice(0, 3).map(placed).join('; ')}`;
    return { ...chosen, kind: 'unread', why, assumptions: [...chosen.assumptions, ...reasons] };
  }

  /** Runs and keeps the state that results; a failure on the way stays with it. */
  advance(from: State, actions: readonly Action[], traced: PlayOptions['traced'] = null): State {
    if (from.failure !== null) return from;
    const played = this.play(from, actions, { traced });
    // The path played last, now or earlier, need not be the chosen one: run that again to stand where it ends.
    this.#once(from, actions, { decisions: played.decisions.map(({ taken }) => taken), fault: null });
    return this.keep(
      played.kind === 'ok' ? null : { ...played, steps: played.steps.filter((step) => step.kind === 'bug') },
    );
  }

  /** Is there a call in the text of every site that is to be traced, and in none that is not? */
  #isAsMeant(traced: PlayOptions['traced']): boolean {
    if (traced == null) return true;
    return this.world.sites.every(({ text }, index) => {
      const calls = text.words.some((_, at) => isCall(this.#recorder.words.get(text.address + BigInt(4 * at)) ?? 0));
      return traced[index] == null || traced[index] === calls;
    });
  }

  /** A driver function's result in a state; null where it has none. */
  ask(state: State, name: string, args: readonly bigint[]): bigint | null {
    return this.#kept.answer(state, [name, ...args].join(' '), () => this.#answer(state, name, args));
  }

  #answer(state: State, name: string, args: readonly bigint[]): bigint | null {
    this.#restore(state);
    const outcome = this.#vm.run(
      name,
      args.map((value) => number(value, types.ullong)),
    );
    return outcome.kind === 'returned' && outcome.value.kind === 'scalar' ? outcome.value.bits : null;
  }

  /** What memory holds in a state; null where it is unknown. */
  integerIn(state: State, address: bigint, bytes: number): bigint | null {
    this.#restore(state);
    return this.#vm.memory.readInteger(address, bytes);
  }

  /** Steps of the interpreter over all runs of this image. */
  #stepsTotal = 0;

  #once(
    from: State,
    actions: readonly Action[],
    { decisions, fault }: { decisions: readonly boolean[]; fault: Fault | null },
  ): Played {
    const reached = this.#kept.furthest(from, actions, fault);
    this.#restore(reached ?? from);
    if (reached === null) this.#recorder.begin(fault);
    else this.#recorder.resume(reached.recorded, fault);
    const done = reached?.done ?? 0;
    const met: Decision[] = [];
    let end: Pick<Played, 'kind' | 'why'> = { kind: 'ok', why: '' };
    for (const [index, action] of actions.entries()) {
      if (index < done) continue;
      if (action.kind === 'tell') this.#recorder.add(action.step, []);
      else {
        this.#vm.calls =
          fault === null ? null : this.#callsBefore(fault, this.#kept.endedCalls(from, actions.slice(0, index + 1)));
        const outcome =
          this.#stepsTotal > stepsTotalMax
            ? tooMuch
            : this.#vm.run(
                action.name,
                action.args.map((value) => number(value, types.ullong)),
                decisions.slice(met.length),
              );
        this.#vm.calls = null;
        this.#stepsTotal += outcome.steps;
        met.push(...outcome.decisions);
        end = this.#judge(outcome);
      }
      if (end.kind !== 'ok') break;
      const recorded = met.length === 0 && fault === null ? this.#recorder.recorded() : null;
      if (recorded !== null) this.#kept.keep(from, actions, { ...this.keep(), recorded, done: index + 1 });
    }
    const { steps, calls, failedAt, unknownFunctions } = this.#recorder;
    const unknown = this.#unknownThatMatters();
    if (end.kind === 'ok' && unknown !== null) end = { kind: 'unread', why: unknown };
    const trail = end.kind === 'ok' && steps.some(({ kind }) => kind === 'modify') ? [] : this.#vm.trail();
    const own = { steps, calls, failedAt, unknownFunctions };
    return { ...own, ...end, trail, assumptions: this.#vm.assumptions, decisions: met };
  }

  /** Of runs in which one primitive fails: what led up to the failure is run once for all of them, call by call. */
  #callsBefore(fault: Fault, known: Map<number, EndedCall> | null): CallLog | null {
    if (known === null) return null;
    const vm = this.#vm;
    const recorder = this.#recorder;
    return {
      taken: (call) => {
        const ended = known.get(call);
        if (ended === undefined || !isBefore(ended, fault)) return null;
        this.#restore(ended);
        recorder.take(ended.recorded);
        vm.steps = ended.steps;
        vm.callsBegun = ended.callsBegun;
        return ended.value;
      },
      ended: (call, value, steps) => {
        if (steps < stepsWorthKeeping || !vm.isDetermined) return;
        const recorded = recorder.recorded();
        if (recorded === null || !isBefore({ recorded }, fault)) return;
        known.set(call, { ...this.keep(), recorded, value, steps: vm.steps, callsBegun: vm.callsBegun });
      },
    };
  }

  /** Why a run says nothing in which a function was called that nobody knows; null where that one can do no harm. */
  #unknownThatMatters(): string | null {
    const { unknownBetween, unknownAtText } = this.#recorder;
    const name = (text: string) => `function ${text}() is not in the sources, and`;
    if (unknownBetween !== null) return `${name(unknownBetween)} is called between two things that other CPUs see`;
    // From a mail alone what it leaves out is taken to serve its purpose.
    return unknownAtText === null || this.#mailOnly ? null : `${name(unknownAtText)} may store into text`;
  }

  #restore(state: Pick<State, 'snapshot' | 'mark'>): void {
    this.#vm.restore(state.snapshot);
    this.#recorder.reset(state.mark);
  }

  /** What the end of one driver call means. */
  #judge(outcome: Outcome): Pick<Played, 'kind' | 'why' | 'error'> {
    const recorder = this.#recorder;
    if (recorder.unread !== null) return { kind: 'unread', why: recorder.unread };
    if (recorder.overflow) return { kind: 'limit', why: 'more steps than are kept' };
    const bug = recorder.steps.flatMap(bugsOf).at(0);
    if (bug !== undefined) return { kind: 'refused', why: whyOf(bug) };
    if (outcome.kind === 'limit') return { kind: 'limit', why: outcome.text };
    if (outcome.kind === 'fault') {
      const at = outcome.at === null ? '' : ` at ${outcome.at.file}:${outcome.at.line}`;
      return { kind: 'unread', why: `${outcome.text}${at}` };
    }
    if (outcome.kind !== 'returned') return { kind: 'refused', why: outcome.text };
    const { value } = outcome;
    if (value.kind === 'scalar' && value.type.kind === 'int' && value.bits !== 0n && value.type.bytes === 4) {
      const code = Number(BigInt.asIntN(32, value.bits));
      const isError = code < 0 && code >= -errorMax;
      const why = isError ? `it returns ${code}` : 'ftrace has disabled itself';
      return {
        kind: 'refused',
        why: [why, recorder.messages.at(-1)].filter(Boolean).join(': '),
        ...(isError && { error: code }),
      };
    }
    return { kind: 'ok', why: '' };
  }

  /** Puts the world into memory. */
  #lay(): void {
    const { memory } = this.#vm;
    const { world } = this;
    for (const area of world.areas) {
      memory.map(area);
      memory.clear(area.from, area.bytes);
    }
    const texts = [
      ...world.texts,
      ...world.sites.map((site) => site.text),
      ...(world.kernelSite === null ? [] : [world.kernelSite.text]),
    ];
    for (const text of texts) {
      for (const [index, word] of text.words.entries()) {
        const address = text.address + BigInt(4 * index);
        memory.writeInteger(address, 4, BigInt(word));
        this.#recorder.setWord(address, word);
      }
    }
    for (const [address, entry] of world.descriptors) {
      memory.writeInteger(address, 8, entry);
      memory.writeInteger(address + 8n, 8, world.kernelToc);
    }
    for (const [address, value] of world.ool.variables) memory.writeInteger(address, 4, value);
    const bytes = world.bits / 8;
    for (const whose of ['kernel', 'module'] as const) {
      for (const [index, address] of recordedAddresses(world, whose).entries()) {
        memory.writeInteger(arrayAt(world, whose) + BigInt(index * bytes), bytes, address);
      }
    }
  }
}

/** A call that takes fewer is made again: keeping a state costs about as much. */
const stepsWorthKeeping = 60;

/** Of an error: what is below it is a value of another kind (include/linux/err.h). */
const errorMax = 4095;
/** Of one image; some thirty times what the entry points of a kernel take. */
const stepsTotalMax = 3_000_000;
const tooMuch: Outcome = {
  kind: 'limit',
  text: `more than ${stepsTotalMax} steps in all entry points`,
  at: null,
  decisions: [],
  steps: 0,
};

/** Decision vectors tried for one entry point. */
const pathsMax = 8;
const pathsMaxOfMail = 64;

/** `bl` (I-form, LK = 1, AA = 0). */
const isCall = (word: number) => (word & 0xfc000003) >>> 0 === 0x48000001;

function withArrayEnds(world: World): ReadonlyMap<string, bigint> {
  const from = arrayAt(world, 'kernel');
  const bytes = BigInt((recordedAddresses(world, 'kernel').length * world.bits) / 8);
  return new Map([...world.symbols, ['__start_mcount_loc', from], ['__stop_mcount_loc', from + bytes]]);
}

/** Where the module's struct and its records are, for the driver. */
export function moduleArguments(world: World): bigint[] {
  const stub = (name: string) => [...world.stubs].find(([, to]) => to === name)?.[0] ?? 0n;
  return [
    moduleAt(world),
    arrayAt(world, 'module'),
    stub('ftrace_caller'),
    stub('ftrace_regs_caller'),
    world.ool.ofModule,
  ];
}
