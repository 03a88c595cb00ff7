/**
 * Runs kernel C, concretely, against memory. It knows no kernel: what leaves C (a patched word, an IPI, a grace period) is a
 * built-in that the host gives; everything else is interpreted as written. Nothing is guessed: what the sources do not
 * determine is an unknown, and a branch on an unknown is a decision that the caller chooses and is told of.
 *
 * Example: with a built-in `patch_instruction`, calling ftrace_make_call(rec, addr) runs the kernel's own code and the
 * built-in sees the address and the word, with the C frames that led there.
 */
import type { Asm, FunctionDefinition } from './ast.ts';
import { callDefinition, callFunction } from './call.ts';
import { Memory, MemoryFault, MemoryLimit, type MemorySnapshot } from './memory.ts';
import type { Frame, Place, Problem } from './place.ts';
import type { Program } from './program.ts';
import { Trail } from './trail.ts';
import { TypeTable } from './types.ts';
import { type CType, types, unknown, type Value, wrap } from './value.ts';

export interface InterpreterLimits {
  /** Statements and expressions evaluated. */
  readonly stepsMax: number;
  readonly callDepthMax: number;
  /** Iterations of one loop. */
  readonly iterationsMax: number;
  readonly memoryBytesMax: number;
  /** Branches on unknowns in one run. */
  readonly decisionsMax: number;
}
export const defaultLimits: InterpreterLimits = {
  stepsMax: 400_000,
  callDepthMax: 60,
  iterationsMax: 5_000,
  memoryBytesMax: 4 << 20,
  decisionsMax: 32,
};

/** What a built-in is given besides its arguments. */
export interface Context {
  readonly memory: Memory;
  /** Outermost first; each frame's `at` is the call being made in it, so the last one's is the built-in's own call. */
  readonly stack: readonly Frame[];
  /** The names of the call's arguments as written are not kept; `at` is the place of the call. */
  readonly at: Place;
  /** The statements executed last, newest first. */
  trail(): readonly Frame[];
  call(callee: string | Value, args: readonly Value[]): Value;
  /** Runs the sources' own function of a name that is built in; undefined where they have none. */
  interpret(name: string, args: readonly Value[]): Value | undefined;
  /** Records an assumption. `decisive`: a verdict that rests on it is not to be given. */
  assume(text: string, decisive?: boolean): void;
  /** Ends the run, as BUG() does. */
  stop(text: string): never;
  /** A NUL-terminated string; null where it is unknown. */
  string(value: Value): string | null;
}
export type Builtin = (args: readonly Value[], context: Context) => Value | undefined;

export interface Host {
  readonly builtins: ReadonlyMap<string, Builtin>;
  /** Addresses of named symbols that the image fixes: functions, labels in assembly, arrays. */
  readonly symbols: ReadonlyMap<string, bigint>;
  /** Inline assembly; returns the values of its outputs, in order. */
  readonly asm?: (asm: Asm, inputs: readonly Value[], context: Context) => readonly Value[] | undefined;
  /** A function that neither the sources nor the host has is called. */
  readonly onUnknownCall?: (name: string, args: readonly Value[], context: () => Context) => void;
  /** Every store that C itself makes (not those of built-ins). */
  readonly onStore?: (address: bigint, bytes: number, value: bigint | null, context: () => Context) => void;
}

export interface Assumed {
  readonly text: string;
  readonly at: Place | null;
  readonly decisive: boolean;
}
/** A branch on an unknown value. */
export interface Decision {
  readonly at: Place;
  readonly why: readonly string[];
  readonly taken: boolean;
}
export type Outcome = { readonly decisions: readonly Decision[]; readonly steps: number } & (
  | { readonly kind: 'returned'; readonly value: Value }
  | { readonly kind: 'fault' | 'limit' | 'stopped'; readonly text: string; readonly at: Place | null }
);

/** Ends a run; never leaves Interpreter.run(). */
export class Stop extends Error {
  readonly kind: 'fault' | 'limit' | 'stopped';
  constructor(kind: 'fault' | 'limit' | 'stopped', text: string) {
    super(text);
    this.kind = kind;
  }
}

/** For whoever makes runs that begin alike: what a call led to in one of them can be taken up in another. */
export interface CallLog {
  /**
   * What the call of this number gives, with the interpreter in the state that it leaves; null where it must be run.
   * Calls are counted from the start of a run, as they begin.
   */
  readonly taken: (call: number) => Value | null;
  readonly ended: (call: number, value: Value, steps: number) => void;
}

/** A variable: where it is and what it is. */
export interface Variable {
  readonly address: bigint;
  readonly type: CType;
}
export interface Activation {
  readonly fn: FunctionDefinition;
  at: Place;
  /** Its variables by their slots, as far as they have been declared. */
  readonly variables: (Variable | undefined)[];
  /** Variables that came into being without a declaration; null for none. */
  undeclared: Map<string, Variable> | null;
  readonly returns: CType;
  /** What it returns. */
  value: Value;
  /** What the last expression statement gave of the block that ended last. */
  last: Value;
  /** Where a goto goes. */
  label: string;
}

const areas = { globals: 0xc000000060000000n, stack: 0xc0000000f0000000n, functions: 0xc0000000e0000000n } as const;
const areas32 = { globals: 0xd0000000n, stack: 0xf0000000n, functions: 0xe0000000n } as const;

export class Interpreter {
  readonly program: Program;
  readonly host: Host;
  readonly limits: InterpreterLimits;
  readonly memory: Memory;
  readonly types: TypeTable;
  readonly activations: Activation[] = [];
  /** The innermost activation. */
  current: Activation | null = null;
  readonly functionAddresses = new Map<string, bigint>();
  readonly functionNames = new Map<bigint, string>();
  assumptions: Assumed[] = [];
  problems: Problem[] = [];
  /** Every function that was called, in all runs. */
  readonly entered = new Set<FunctionDefinition>();
  steps = 0;
  /** Bytes of stack in use. */
  stackTop = 0;
  /** Told of every call of a function of the sources; null while nobody wants to know. */
  calls: CallLog | null = null;
  /** Functions called so far in this run. */
  callsBegun = 0;
  #trail = new Trail();
  #globals: Map<string, Variable> = new Map();
  #strings: Map<string, bigint> = new Map();
  /** Kept states hold the two as well: they are copied before they change. */
  #isShared = false;
  #globalsNext: bigint;
  #functionsNext: bigint;
  readonly #stackFrom: bigint;
  #decisions: readonly boolean[] = [];
  #met: Decision[] = [];

  constructor(program: Program, host: Host, limits: InterpreterLimits = defaultLimits) {
    this.program = program;
    this.host = host;
    this.limits = limits;
    this.memory = new Memory({ littleEndian: program.options.littleEndian, bytesMax: limits.memoryBytesMax });
    this.types = new TypeTable(program, this);
    const area = program.options.pointerBytes === 8 ? areas : areas32;
    this.#globalsNext = area.globals;
    this.#functionsNext = area.functions;
    this.#stackFrom = area.stack;
    this.memory.map({ name: 'stack', from: area.stack, bytes: stackBytes, kind: 'stack' });
    for (const [name, address] of host.symbols) {
      if (!this.functionNames.has(address)) this.functionNames.set(address, name);
      this.functionAddresses.set(name, address);
    }
  }

  /**
   * Calls a function. Never throws: a fault, a limit or a stop is an outcome. Memory keeps what was done.
   * @param decisions which way to go at branches on unknowns, in order; false after the last
   */
  run(name: string, args: readonly Value[], decisions: readonly boolean[] = []): Outcome {
    this.#decisions = decisions;
    this.#met = [];
    this.steps = 0;
    this.callsBegun = 0;
    this.activations.length = 0;
    this.current = null;
    this.stackTop = 0;
    try {
      const value = callFunction(this, name, args);
      return { kind: 'returned', value, decisions: this.#met, steps: this.steps };
    } catch (error) {
      const at = this.activations.at(-1)?.at ?? null;
      const end = (kind: 'fault' | 'limit' | 'stopped', text: string): Outcome => ({
        kind,
        text,
        at,
        decisions: this.#met,
        steps: this.steps,
      });
      if (error instanceof Stop) return end(error.kind, error.message);
      if (error instanceof MemoryFault) return end('fault', error.message);
      if (error instanceof MemoryLimit) return end('limit', error.message);
      if (error instanceof RangeError) return end('limit', 'an expression nests too deeply');
      throw error;
    }
  }

  tick(): void {
    if (++this.steps > this.limits.stepsMax) throw new Stop('limit', `more than ${this.limits.stepsMax} steps`);
  }

  passBy(fn: string, at: Place): void {
    this.#trail.pass(fn, at);
  }

  /** The statements executed last, newest first, those that led to the state it started from included. */
  trail(): readonly Frame[] {
    return this.#trail.frames();
  }

  /** Nothing has been met in this run that could have gone the other way. */
  get isDetermined(): boolean {
    return this.#met.length === 0;
  }

  get globals(): ReadonlyMap<string, Variable> {
    return this.#globals;
  }
  get strings(): ReadonlyMap<string, bigint> {
    return this.#strings;
  }
  setGlobal(name: string, variable: Variable): void {
    this.#own();
    this.#globals.set(name, variable);
  }
  setString(text: string, address: bigint): void {
    this.#own();
    this.#strings.set(text, address);
  }
  #own(): void {
    if (!this.#isShared) return;
    this.#globals = new Map(this.#globals);
    this.#strings = new Map(this.#strings);
    this.#isShared = false;
  }

  /** A branch on an unknown. */
  decide(why: readonly string[]): boolean {
    if (this.#met.length >= this.limits.decisionsMax) {
      throw new Stop('limit', `more than ${this.limits.decisionsMax} branches on what the sources do not say`);
    }
    const taken = this.#decisions[this.#met.length] ?? false;
    this.#met.push({ at: this.current?.at ?? nowhere, why, taken });
    return taken;
  }

  assume(text: string, decisive = false): void {
    const at = this.current?.at ?? null;
    const known = this.assumptions.find((other) => other.text === text && other.decisive === decisive);
    if (known === undefined) this.assumptions.push({ text, at, decisive });
  }

  enter(activation: Activation): void {
    this.activations.push(activation);
    this.current = activation;
  }

  leave(): void {
    this.activations.pop();
    this.current = this.activations.at(-1) ?? null;
  }

  frames(): Frame[] {
    return this.activations.map(({ fn, at }) => ({ fn: fn.name, at }));
  }

  /** What a built-in is given: made at every call and mostly not asked for the stack. */
  readonly context = (): Context => new HostContext(this);

  allocateGlobal(name: string, bytes: number, align: number, kind: 'data' | 'string' = 'data'): bigint {
    const step = BigInt(Math.max(align, 1));
    const from = ((this.#globalsNext + step - 1n) / step) * step;
    this.memory.map({ name, from, bytes: Math.max(bytes, 1), kind });
    this.#globalsNext = from + BigInt(Math.max(bytes, 1));
    return from;
  }

  /** Room on the stack of which nothing is known. */
  allocateLocal(bytes: number, align: number): bigint {
    const from = this.reserveLocal(bytes, align);
    this.memory.forget(from, Math.max(bytes, 1));
    return from;
  }

  /** Likewise, for who writes to all of it next. */
  reserveLocal(bytes: number, align: number): bigint {
    const step = Math.max(align, 1);
    const offset = Math.ceil(this.stackTop / step) * step;
    this.stackTop = offset + Math.max(bytes, 1);
    if (this.stackTop > stackBytes) throw new Stop('limit', `more than ${stackBytes} bytes of stack`);
    return this.#stackFrom + BigInt(offset);
  }

  /** Where a function or a symbol of the image is; a function nobody placed gets a place of its own. */
  addressOf(name: string): bigint {
    const known = this.functionAddresses.get(name);
    const address = known ?? this.#functionsNext;
    // A function keeps its place in every state; what is mapped is the state's.
    if (known === undefined || !this.memory.isMapped(address))
      this.memory.map({ name, from: address, bytes: 16, kind: 'function' });
    if (known !== undefined) return known;
    this.#functionsNext += 16n;
    this.functionAddresses.set(name, address);
    this.functionNames.set(address, name);
    return address;
  }

  stringAt(value: Value): string | null {
    if (value.kind !== 'scalar') return null;
    let text = '';
    for (let at = value.bits; text.length < stringMax; at++) {
      if (!this.memory.isMapped(at)) return null;
      const byte = this.memory.readInteger(at, 1);
      if (byte === null) return null;
      if (byte === 0n) return text;
      text += String.fromCharCode(Number(byte));
    }
    return text;
  }

  /** Everything a later run may change; restoring it undoes all runs since. */
  snapshot(): InterpreterSnapshot {
    this.#isShared = true;
    return {
      memory: this.memory.snapshot(),
      globals: this.#globals,
      strings: this.#strings,
      next: this.#globalsNext,
      assumptions: [...this.assumptions],
      trail: new Trail(this.#trail),
    };
  }

  restore(snapshot: InterpreterSnapshot): void {
    this.memory.restore(snapshot.memory);
    this.#globals = snapshot.globals;
    this.#strings = snapshot.strings;
    this.#isShared = true;
    this.#globalsNext = snapshot.next;
    this.assumptions = [...snapshot.assumptions];
    this.#trail = new Trail(snapshot.trail);
  }
}

class HostContext implements Context {
  readonly memory: Memory;
  readonly at: Place;
  readonly #vm: Interpreter;
  #stack: readonly Frame[] | null = null;

  constructor(vm: Interpreter) {
    this.#vm = vm;
    this.memory = vm.memory;
    this.at = vm.current?.at ?? nowhere;
  }

  /** A built-in asks while it runs, when the stack is as it was when it was called. */
  get stack(): readonly Frame[] {
    this.#stack ??= this.#vm.frames();
    return this.#stack;
  }

  trail(): readonly Frame[] {
    return this.#vm.trail();
  }
  call(callee: string | Value, args: readonly Value[]): Value {
    return callFunction(this.#vm, callee, args);
  }
  interpret(name: string, args: readonly Value[]): Value | undefined {
    return callDefinition(this.#vm, name, args);
  }
  assume(text: string, decisive?: boolean): void {
    this.#vm.assume(text, decisive);
  }
  stop(text: string): never {
    throw new Stop('stopped', text);
  }
  string(value: Value): string | null {
    return this.#vm.stringAt(value);
  }
}

/** Only Interpreter looks inside. */
export interface InterpreterSnapshot {
  readonly memory: MemorySnapshot;
  readonly globals: Map<string, Variable>;
  readonly strings: Map<string, bigint>;
  readonly next: bigint;
  readonly assumptions: readonly Assumed[];
  readonly trail: Trail;
}

const stackBytes = 1 << 20;
const stringMax = 4096;
const nowhere: Place = { file: '', line: 0, macros: [] };

/** Values for hosts. */
export const number = (bits: bigint | number, type: CType = types.int): Value => ({
  kind: 'scalar',
  type,
  bits: wrap(type, BigInt(bits), 8),
});
export const nothing: Value = unknown(types.void);

/**
 * All ways through the branches on unknowns: calls `runOnce` with decision vectors until each has been tried or `pathsMax`
 * is reached. `runOnce` must start from the same state each time.
 */
export function exploreDecisions<Result>(
  runOnce: (decisions: readonly boolean[]) => { readonly outcome: Outcome; readonly result: Result },
  pathsMax: number,
): { readonly paths: readonly Result[]; readonly complete: boolean } {
  const paths: Result[] = [];
  const pending: boolean[][] = [[]];
  while (pending.length > 0) {
    if (paths.length >= pathsMax) return { paths, complete: false };
    const vector = pending.pop() ?? [];
    const { outcome, result } = runOnce(vector);
    paths.push(result);
    // Every decision beyond the given ones was taken as false: try each the other way.
    for (let i = outcome.decisions.length - 1; i >= vector.length; i--) {
      pending.push([...outcome.decisions.slice(0, i).map((decision) => decision.taken), true]);
    }
  }
  return { paths, complete: true };
}
