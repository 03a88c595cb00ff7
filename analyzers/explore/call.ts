/**
 * One call of a traced function, followed from its caller and back: where it came by, and what the C function that traces
 * was given. The one idea: the registers are looked at where the task first comes by a place; rows of checks/call.ts say
 * what they should be.
 *
 * Example: through ftrace_caller of v6.12 the task comes by entry, tracer, body and end, and at `tracer` r3 is the recorded word.
 */
import type { Call, CallPlace, CallRegisters } from '../checks/call.ts';
import { Emulation, passesArguments } from '../machine/emulation.ts';
import { layout } from '../machine/layout.ts';
import type { Model, SiteModel } from '../machine/model.ts';
import type { Context } from '../machine/processor.ts';
import { toc } from '../machine/tracer.ts';
import { initialMsr } from '../power/processor.ts';
import type { Protocol } from '../protocol/protocol.ts';

/** null where the protocol is no call of a traced function, or the call does not come back. */
export function followCall(
  protocol: Protocol,
  { site, model }: Pick<SiteModel, 'site' | 'model'>,
  emulation = new Emulation(model),
): Call | null {
  const { scenario, entry } = protocol;
  if (scenario.call === undefined || entry === null || scenario.call.exit === 'graph') return null;
  const stops = new Map<CallPlace, Context>();
  let throughCounter = false;
  let tracerCalls = 0;
  let bodyRuns = 0;
  let context = emulation.caller();
  let before = context;
  for (;;) {
    if (context.nia === layout.callee) tracerCalls++;
    if (emulation.word(context.nia) === bodyWord) bodyRuns++;
    const place = placeOf(emulation, context, stops);
    if (place === 'tracer') throughCounter = before.ctr === BigInt(layout.callee);
    if (place !== null) stops.set(place, context);
    if (place === 'end') break;
    // Where nothing is, 0 is no instruction.
    const next = emulation.one(context, emulation.word(context.nia) ?? 0);
    if (next.check !== null || next.changing) return null;
    before = context;
    context = next.context;
  }
  const tracer = stops.get('tracer');
  const memory = new Memory(model, tracer);
  const start = stops.get('start') ?? context;
  const isLivepatch = ({ name }: Model['data'][number]) => name === 'thread_info';
  const stackPointer = (at: Context) =>
    model.data.filter(isLivepatch).map(({ address, bytes }) => new Memory(model, at).load(address, bytes));
  return {
    bits: model.bits,
    exit: scenario.call.exit,
    allRegisters: scenario.call.tracer.includes('regs'),
    linked: passesArguments(model),
    at: new Map([...stops].map(([name, at]) => [name, registersOf(model, at)])),
    field: (name) => memory.field(name, entry.offsets),
    links: memory.links(start.gpr[1] ?? 0n),
    bodyRuns,
    tracerCalls,
    throughCounter,
    takesLink: tracer !== undefined && takesLink(emulation, tracer, memory.place('_LINK', entry.offsets)),
    callerFrameKept: isKept(model, start, context),
    livepatchStackKept: stackPointer(start).join() === stackPointer(context).join(),
    known: {
      ip: BigInt(layout.site + site.recorded),
      // Behind the recorded word, also where LR is in a stub out of line.
      nip: BigInt(layout.site + site.recorded + 4),
      caller: BigInt(layout.caller),
      ops: BigInt(layout.ops),
      tracer: BigInt(layout.callee),
      replacement: BigInt(layout.replacement),
      toc: toc.kernel,
    },
  };
}

const registersOf = ({ bits }: Model, { gpr, lr, ctr, xer, cr, msr }: Context): CallRegisters => ({
  ...{ gpr, lr, ctr, xer, cr },
  msr: msr ?? initialMsr({ bits, littleEndian: bits === 64 }),
});

/** Is nothing stored from the stack pointer at the call on up, but in the word for CR and the one for LR, which is there before? */
function isKept({ bits }: Model, start: Context, end: Context): boolean {
  const top = Number(start.gpr[1]);
  const isConditions = (at: number) => bits === 64 && at >= top + 8 && at < top + 16;
  return [...end.memory.keys()].every((at) => at < top || start.memory.has(at) || isConditions(at));
}

/** The same call, of which the tracer changes the return address in pt_regs: is it LR at the body? */
function takesLink(emulation: Emulation, tracer: Context, at: number): boolean {
  // One byte makes another address of it, wherever in the word it is.
  let context: Context = { ...tracer, memory: new Map([...tracer.memory, [at, Number(tracer.memory.get(at)) ^ 0x40]]) };
  while (emulation.word(context.nia) !== bodyWord) {
    const next = emulation.one(context, emulation.word(context.nia) ?? 0);
    if (next.check !== null) return false;
    context = next.context;
  }
  return context.lr !== BigInt(layout.caller);
}

/** The place that a task has come by for the first time. */
function placeOf(emulation: Emulation, { nia }: Context, known: ReadonlyMap<CallPlace, Context>): CallPlace | null {
  const isEntry = nia >= layout.entry && nia < layout.callee;
  const place = places.get(nia) ?? (emulation.word(nia) === bodyWord ? 'body' : isEntry ? 'entry' : 'start');
  return known.has(place) ? null : place;
}

const places: ReadonlyMap<number, CallPlace> = new Map([
  [layout.callee, 'tracer'],
  [layout.replacement, 'replacement'],
  [layout.trampoline, 'trampoline'],
  [layout.caller, 'end'],
]);

/** `addi r12,r3,1`: what stands for the body of a traced function, and no entry code needs. */
export const bodyWord = 0x39830001;

/** What a task has stored, as it is in one of its contexts. */
class Memory {
  readonly #model: Model;
  readonly #context: Context | undefined;

  constructor(model: Model, context: Context | undefined) {
    this.#model = model;
    this.#context = context;
  }

  /** null where a byte of it was never stored. */
  load(address: number, bytes: number): bigint | null {
    const found = Array.from({ length: bytes }, (_, i) => this.#context?.memory.get(address + i));
    if (this.#model.bits === 64) found.reverse(); // as Emulation has it
    let value = 0n;
    for (const byte of found) {
      if (byte === undefined) return null;
      value = (value << 8n) | BigInt(byte);
    }
    return value;
  }

  /** A field of the pt_regs in r6, by its name in asm-offsets.c, or `gprN`. */
  field(name: string, offsets: ReadonlyMap<string, bigint>): bigint | null {
    return this.load(this.place(name, offsets), this.#bytes);
  }

  /** Where that field is; no number, and no place of memory, where there is none. */
  place(name: string, offsets: ReadonlyMap<string, bigint>): number {
    const offset = name.startsWith('gpr')
      ? Number(name.slice(3)) * this.#bytes
      : Number(offsets.get(name)) - Number(offsets.get('GPR0'));
    return Number(this.#context?.gpr[6]) + offset;
  }

  /** The return addresses in the frames from r1 up to the one at `top`. */
  links(top: bigint): readonly bigint[] | null {
    const links: bigint[] = [];
    const linkAt = this.#model.bits === 64 ? 16 : 4;
    let frame = this.#context?.gpr[1] ?? 0n;
    while (frame !== top) {
      const next = this.load(Number(frame), this.#bytes) ?? 0n;
      if (next <= frame) return null;
      frame = next;
      links.push(this.load(Number(frame) + linkAt, this.#bytes) ?? 0n);
    }
    return links;
  }

  get #bytes(): 4 | 8 {
    return this.#model.bits === 64 ? 8 : 4;
  }
}
