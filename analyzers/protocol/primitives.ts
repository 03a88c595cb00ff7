/**
 * Kernel primitives as built-ins of the interpreter: the only place where steps come from. Tables from the kernel's name
 * to what it does (storing.ts, waiting.ts, complaints.ts), here together with inline assembly and C's own stores;
 * everything between an entry point and these names is the kernel's own C.
 *
 * Example: `asm volatile("isync")` becomes a barrier step, and `function_trace_op = op` one that publishes a pointer.
 */
import type { Asm } from '../source/ast.ts';
import type { Builtin, Context, Host } from '../source/interpreter.ts';
import type { Value } from '../source/value.ts';
import { complaints } from './complaints.ts';
import { opsField, opsFreed } from './driver-tracers.ts';
import { executeAssembly, pokingFromSource } from './poking.ts';
import type { Recorder } from './recorder.ts';
import { kernelServices, type Row, scalar } from './services.ts';
import { patching, plainStore, reading } from './storing.ts';
import { isText } from './text-range.ts';
import { interrupts, waiting } from './waiting.ts';

/** What lies where, by the names that C has for it. */
export interface Names {
  readonly functionAt: (address: bigint) => string | null;
  readonly variable: (name: string) => bigint | null;
  /** Is there a function of that name in the sources? */
  readonly defines: (name: string) => boolean;
  /** What an address shows, where it is an alias. */
  readonly resolve: (address: bigint) => bigint;
}

/** The variable that entry code hands to the traced function's callback (kernel/trace/ftrace.c). */
const traceOp = 'function_trace_op';

/** @param deep primitives that store into text are interpreted, down to the store and the instructions behind it */
export function primitivesOf(
  recorder: Recorder,
  names: Names,
  deep: boolean,
): Pick<Host, 'builtins' | 'asm' | 'onStore' | 'onUnknownCall'> {
  const builtins = new Map<string, Builtin>([
    ...kernelServices(recorder),
    ...patching(recorder),
    ...reading(recorder),
    ...interrupts(recorder, names.functionAt),
    ...waiting(recorder, names.functionAt),
    ...complaints(recorder),
    ...tracerData(recorder),
  ]);
  if (deep) for (const [name, row] of pokingFromSource(recorder, names.defines)) builtins.set(name, row);
  return {
    builtins,
    asm: (asm, inputs, context) => assembly(recorder, asm, inputs, context),
    onUnknownCall: (name, args, context) =>
      recorder.meetUnknown(
        name,
        args.some((value) => isAtText(recorder, value, context())),
      ),
    onStore: (address, bytes, value, context) => {
      const shown = names.resolve(address);
      if (isText(recorder.world, shown)) plainStore(recorder, shown, bytes, context());
      else if (address === names.variable(traceOp)) publish(recorder, traceOp, { address, bytes, value }, context());
      else {
        const field = recorder.fields.get(address);
        if (field === undefined || field.value === value) return;
        recorder.fields = new Map([...recorder.fields, [address, { ...field, value }]]);
        publish(recorder, field.name, { address, bytes, value }, context());
      }
    },
  };
}

/** Is it a place in text, or does it point to something that begins with one, as a record of a call site does? */
function isAtText({ world }: Recorder, value: Value, { memory }: Context): boolean {
  const address = scalar(value);
  if (address === null) return false;
  const bytes = world.bits / 8;
  const pointed = Array.from({ length: wordsLookedAt }, (_, index) => {
    const at = address + BigInt(index * bytes);
    return memory.isMapped(at) && memory.isMapped(at + BigInt(bytes - 1)) ? memory.readInteger(at, bytes) : null;
  });
  return [address, ...pointed].some((place) => place !== null && isText(world, memory.resolve(place)));
}
const wordsLookedAt = 8;

/** C wrote data that entry code reads. */
function publish(
  recorder: Recorder,
  what: string,
  { address, bytes, value }: { readonly address: bigint; readonly bytes: number; readonly value: bigint | null },
  { stack }: Context,
): void {
  if (bytes !== 4 && bytes !== 8) return;
  recorder.add({ kind: 'publish', what, address, bytes, value, how: 'store' }, stack);
}

/** What the driver of tracers tells of their ftrace_ops. */
function tracerData(recorder: Recorder): Row[] {
  return [
    [
      opsFreed,
      ([ops], context) => {
        const address = scalar(ops);
        if (address !== null) recorder.add({ kind: 'free', what: 'struct ftrace_ops', address }, context.stack);
        return undefined;
      },
    ],
    [
      opsField,
      ([ops, name, field], context) => {
        const [object, at] = [scalar(ops), scalar(field)];
        const known = name === undefined ? null : context.string(name);
        if (object === null || at === null || known === null) return undefined;
        const value = context.memory.readInteger(at, recorder.world.bits / 8);
        recorder.fields = new Map([...recorder.fields, [at, { object, name: known, value }]]);
        return undefined;
      },
    ],
  ];
}

/** Mnemonics of inline assembly that mean something between CPUs; anything else is left to be unknown. */
const barriers = new Set(['isync', 'sync', 'lwsync', 'eieio', 'ptesync']);
function assembly(
  recorder: Recorder,
  asm: Asm,
  inputs: readonly Value[],
  context: Context,
): readonly Value[] | undefined {
  if (recorder.poking !== null) return executeAssembly(recorder, asm, inputs, context);
  const mnemonics = asm.template.split(/[;\n]/).map((text) => text.trim().split(/[\s.]/)[0] ?? '');
  const storage = mnemonics.filter((name) => name === 'dcbst' || name === 'icbi' || barriers.has(name)).join(' ');
  const target = inputs.map(scalar).filter((address) => address !== null && isText(recorder.world, address))[0] ?? null;
  // Power ISA Book II 1.8: the sequence after a store into text.
  if (storage === 'dcbst sync icbi sync isync' && target !== null) {
    if (!recorder.makeConsistent(target)) recorder.add({ kind: 'flush', from: target, to: target + 4n }, context.stack);
    return [];
  }
  for (const name of mnemonics) {
    if (barriers.has(name)) recorder.add({ kind: 'barrier', op: name as 'isync' }, context.stack);
    if (name === 'icbi' && target !== null)
      recorder.add({ kind: 'flush', from: target, to: target + 4n }, context.stack);
  }
  return asm.outputs.length === 0 ? [] : undefined;
}
