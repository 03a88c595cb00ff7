/**
 * Kernel primitives as built-ins of the interpreter: the only place where steps come from. A table from the kernel's name
 * to what it does; everything between an entry point and these names is the kernel's own C.
 *
 * Example: `smp_call_function(do_isync, NULL, 1)` becomes an ipi step to the others that waits, whose effects are the
 * steps of do_isync().
 */

import type { Asm } from '../source/ast.ts';
import { type Builtin, type Context, type Host, number } from '../source/interpreter.ts';
import { types, type Value } from '../source/value.ts';
import { opsField, opsFreed } from './driver-tracers.ts';
import { isLiteral } from './ool-stubs.ts';
import { executeAssembly, pokingFromSource, pokingNames } from './poking.ts';
import type { GracePeriod, Step } from './protocol.ts';
import type { Recorder } from './recorder.ts';
import { EFAULT, giveUp, int, kernelServices, type Row, scalar } from './services.ts';
import { isText } from './text-range.ts';
import { wordAt } from './world.ts';

const EPERM = -1;

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
    onUnknownCall: (name) => recorder.meetUnknown(name),
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

function patching(recorder: Recorder): Row[] {
  const one = (via: string): Row => [
    via,
    ([target, instruction], context) => {
      const address = scalar(target);
      const words = wordsOf(instruction, context);
      if (address === null || words === null) return unknownStore(recorder, via, context);
      if (recorder.fails(via, context.stack)) return int(EPERM);
      writeWords(recorder, address, words, context);
      const [word = 0, suffix] = words;
      recorder.store(
        { address, word, ...(suffix !== undefined && { suffix }), via, consistent: 'patch' },
        context.stack,
      );
      return int(0);
    },
  ];
  const data = (via: string): Row => [
    via,
    ([target, datum], context) => {
      const [address, given] = [scalar(target), scalar(datum)];
      if (address === null || given === null) return unknownStore(recorder, via, context);
      if (recorder.fails(via, context.stack)) return int(EPERM);
      const bytes = bytesOfData(recorder, via);
      const value = BigInt.asUintN(bytes * 8, given);
      context.memory.writeInteger(address, bytes, value);
      const what = whatIsPublished(recorder, address);
      recorder.add({ kind: 'publish', what, address, bytes, value, how: 'patch' }, context.stack);
      return int(0);
    },
  ];
  return [
    one('patch_instruction'),
    one('raw_patch_instruction'),
    data('patch_uint'),
    data('patch_ulong'),
    ['patch_instructions', (args, context) => patchMany(recorder, args, context)],
    ['probe_kernel_write', (args, context) => copyIn(recorder, 'probe_kernel_write', args, context)],
    ['copy_to_kernel_nofault', (args, context) => copyIn(recorder, 'copy_to_kernel_nofault', args, context)],
    ['__store_text', (args, context) => copyIn(recorder, '__store_text', args, context)],
    ['flush_icache_range', ([from, to], context) => flush(recorder, from, to, context)],
    ['flush_icache_user_range', ([from, to], context) => flush(recorder, from, to, context)],
  ];
}

/** patch_instructions(addr, code, len, repeat): words copied in no promised order, one flush behind them. */
function patchMany(recorder: Recorder, [target, code, length, repeat]: readonly Value[], context: Context): Value {
  const [to, from, bytes, again] = [scalar(target), scalar(code), scalar(length), scalar(repeat)];
  if (to === null || from === null || bytes === null || again === null)
    return unknownStore(recorder, 'patch_instructions', context);
  if (recorder.fails('patch_instructions', context.stack)) return int(EPERM);
  for (let offset = 0n; offset < bytes && offset < 4096n; offset += 4n) {
    const word = context.memory.readInteger(again === 0n ? from + offset : from, 4);
    if (word === null) return unknownStore(recorder, 'patch_instructions', context);
    writeWords(recorder, to + offset, [Number(word)], context);
    recorder.store(
      { address: to + offset, word: Number(word), via: 'patch_instructions', consistent: 'flush-later' },
      context.stack,
    );
  }
  recorder.add({ kind: 'flush', from: to, to: to + bytes }, context.stack);
  return int(0);
}

/** A copy into memory that may be text. */
function copyIn(recorder: Recorder, via: string, [target, source, length]: readonly Value[], context: Context): Value {
  const [to, from, bytes] = [scalar(target), scalar(source), scalar(length)];
  if (to === null || from === null || bytes === null) return unknownStore(recorder, via, context);
  // Of a primitive that is interpreted it is the store that fails.
  if (recorder.fails(recorder.poking ?? via, context.stack) || !context.memory.isMapped(to)) return int(EFAULT);
  const copied = context.memory.read(from, Number(bytes));
  context.memory.write(to, copied.bytes, copied.known);
  const shown = context.memory.resolve(to);
  if (isText(recorder.world, shown)) {
    const name = recorder.poking ?? (via === '__store_text' ? 'store' : via);
    storeRange(recorder, shown, Number(bytes), { via: name, consistent: 'flush-later' }, context);
  }
  return int(0);
}

/** C wrote into text by itself. */
function plainStore(recorder: Recorder, address: bigint, bytes: number, context: Context): void {
  storeRange(recorder, address, bytes, { via: 'store', consistent: 'none' }, context);
}

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

/** Tells the words of a range of text as memory now has them; 8 bytes at an even place are one store. */
function storeRange(
  recorder: Recorder,
  from: bigint,
  bytes: number,
  how: { via: string; consistent: 'flush-later' | 'none' },
  context: Context,
): void {
  const start = from & ~3n;
  for (let address = start; address < from + BigInt(bytes); address += 4n) {
    const word = context.memory.readInteger(address, 4);
    if (word === null) {
      unknownStore(recorder, how.via, context);
      return;
    }
    if (pokesData(recorder, address, bytes, context)) return;
    if (bytes === 8 && [...recorder.world.ool.literals.values()].includes(address)) {
      const value = context.memory.readInteger(address, 8);
      const what = whatIsPublished(recorder, address);
      recorder.add({ kind: 'publish', what, address, bytes, value, how: 'store' }, context.stack);
      return;
    }
    if (bytes === 8 && address % 8n === 0n) {
      const suffix = context.memory.readInteger(address + 4n, 4);
      if (suffix !== null) {
        recorder.store({ address, word: Number(word), suffix: Number(suffix), ...how }, context.stack);
        return;
      }
    }
    const part = bytes < 4 && { bytes };
    recorder.store({ address, word: Number(word), ...part, ...how }, context.stack);
  }
}

/** A store of patch_uint() or patch_ulong(): the datum as it then is, were it stored in parts. */
function pokesData(recorder: Recorder, at: bigint, bytes: number, context: Context): boolean {
  const via = recorder.poking;
  if (via === null || pokingNames.get(via) !== 'data') return false;
  const size = bytesOfData(recorder, via);
  const address = at - (at % BigInt(size));
  const value = context.memory.readInteger(address, size);
  recorder.publish(
    { kind: 'publish', what: whatIsPublished(recorder, address), address, bytes: size, value, how: 'store' },
    bytes,
    context.stack,
  );
  return true;
}
/** What patch_uint() and patch_ulong() store. */
const bytesOfData = ({ world }: Recorder, via: string) => (via === 'patch_ulong' && world.bits === 64 ? 8 : 4);

/** A literal that says where a jump goes has a name. */
function whatIsPublished({ world }: Recorder, address: bigint): string {
  const { symbol } = wordAt(world, address);
  return isLiteral(symbol) ? symbol : 'data in text, read by the tracer’s entry code';
}

function flush(recorder: Recorder, from: Value | undefined, to: Value | undefined, context: Context): undefined {
  const [start, end] = [scalar(from), scalar(to)];
  if (start === null || end === null) return undefined;
  const shown = context.memory.resolve(start);
  if (!isText(recorder.world, shown)) return undefined;
  if (recorder.poking !== null) recorder.flush(shown, shown + end - start, context.stack);
  else recorder.add({ kind: 'flush', from: shown, to: shown + end - start }, context.stack);
  return undefined;
}

const unknownStore = (recorder: Recorder, via: string, context: Context): never =>
  giveUp(recorder, `${via}() is called with a place or word that the sources do not determine`, context);

/** The word of an instruction argument: an integer, or ppc_inst_t with its suffix. */
function wordsOf(instruction: Value | undefined, context: Context): number[] | null {
  if (instruction === undefined || instruction.kind === 'unknown') return null;
  if (instruction.kind === 'scalar') return [Number(BigInt.asUintN(32, instruction.bits))];
  const part = (offset: number): number | null => {
    let word = 0;
    for (let i = 0; i < 4; i++) {
      const index = offset + (context.memory.littleEndian ? 3 - i : i);
      if (instruction.known[index] !== 1) return null;
      word = ((word << 8) | (instruction.bytes[index] ?? 0)) >>> 0;
    }
    return word;
  };
  const word = part(0);
  if (word === null) return null;
  if (word >>> 26 !== prefixOpcode) return [word];
  const suffix = part(4);
  if (suffix === null) return null;
  return suffix === noSuffix ? [word] : [word, suffix];
}
/** In kernels of 5.8 to 5.14 ppc_inst() says in this way that it is one word (asm/inst.h). */
const noSuffix = 0xff;
/** Primary opcode of a prefix (Power ISA 3.1, 1.6.3). */
const prefixOpcode = 1;

function writeWords(recorder: Recorder, address: bigint, words: readonly number[], context: Context): void {
  for (const [index, word] of words.entries()) {
    const at = address + BigInt(4 * index);
    if (!context.memory.isMapped(at)) {
      recorder.unread ??= `text at 0x${at.toString(16)} is not part of the image`;
      context.stop(recorder.unread);
    }
    context.memory.writeInteger(at, 4, BigInt(word));
  }
}

function reading(recorder: Recorder): Row[] {
  const read = (name: string): Row => [
    name,
    ([target, source, length], context) => {
      const [to, from, bytes] = [scalar(target), scalar(source), scalar(length)];
      if (to === null || from === null || bytes === null) {
        context.assume(`${name}() reads from or to an unknown place`, true);
        return undefined;
      }
      if (
        recorder.fails(name, context.stack) ||
        !context.memory.isMapped(from) ||
        !context.memory.isMapped(from + bytes - 1n)
      )
        return int(EFAULT);
      const found = context.memory.read(from, Number(bytes));
      context.memory.write(to, found.bytes, found.known);
      return int(0);
    },
  ];
  return ['probe_kernel_read', 'copy_from_kernel_nofault', '__probe_kernel_read'].map(read);
}

function interrupts(recorder: Recorder, nameOf: (address: bigint) => string | null): Row[] {
  const ipi = (name: string, targets: 'others' | 'all' | 'some', first: number, waits?: true): Row => [
    name,
    (args, context) => {
      const [handler, info, wait] = [args[first], args[first + 1], args[first + 2]];
      const address = scalar(handler);
      const named = (address === null ? null : nameOf(address)) ?? 'an unknown function';
      const waiting = waits ?? scalar(wait) !== 0n;
      const make = (effects: readonly Step[]) =>
        ({ kind: 'ipi', handler: named, targets, wait: waiting, effects }) as const;
      recorder.nest(make, context.stack, () => {
        if (handler !== undefined) context.call(handler, info === undefined ? [] : [info]);
      });
      return int(0);
    },
  ];
  return [
    ipi('smp_call_function', 'others', 0),
    ipi('smp_call_function_many', 'others', 1),
    ipi('smp_call_function_single', 'some', 1),
    ipi('smp_call_function_any', 'some', 1),
    ipi('on_each_cpu', 'all', 0),
    ipi('on_each_cpu_mask', 'all', 1),
    ipi('on_each_cpu_cond', 'all', 1),
    [
      'kick_all_cpus_sync',
      (_args, context) => {
        recorder.add({ kind: 'ipi', handler: 'do_nothing', targets: 'others', wait: true, effects: [] }, context.stack);
        return undefined;
      },
    ],
  ];
}

/** Grace periods by the flavour that FACTS section 7 tells apart; the expedited ones promise the same. */
const gracePeriods: Readonly<Record<string, GracePeriod>> = {
  synchronize_rcu: 'rcu',
  synchronize_rcu_expedited: 'rcu',
  synchronize_rcu_normal: 'rcu',
  synchronize_net: 'rcu',
  synchronize_sched: 'sched',
  synchronize_sched_expedited: 'sched',
  synchronize_rcu_tasks: 'tasks',
  synchronize_rcu_tasks_rude: 'tasks-rude',
  synchronize_rcu_tasks_trace: 'tasks-trace',
};

function waiting(recorder: Recorder, nameOf: (address: bigint) => string | null): Row[] {
  const rows: Row[] = Object.entries(gracePeriods).map(([name, flavour]) => [
    name,
    (_args, context) => {
      recorder.add({ kind: 'gracePeriod', flavour }, context.stack);
      return undefined;
    },
  ]);
  const stop = (name: string): Row => [
    name,
    ([handler, data], context) => {
      const address = scalar(handler);
      const named = (address === null ? null : nameOf(address)) ?? 'an unknown function';
      const before = recorder.irqsOff;
      let result: Value = int(0);
      recorder.nest(
        (effects) => ({ kind: 'stopMachine', handler: named, effects }),
        context.stack,
        () => {
          recorder.irqsOff = true;
          if (handler !== undefined) result = context.call(handler, data === undefined ? [] : [data]);
        },
      );
      recorder.irqsOff = before;
      return result;
    },
  ];
  const locks = (name: string, kind: 'lock' | 'unlock'): Row => [
    name,
    ([lock], context) => {
      const address = scalar(lock);
      const region = address === null ? null : context.memory.regionOf(address);
      recorder.add({ kind, name: region?.name ?? 'a lock' }, context.stack);
      return int(name.includes('trylock') ? 1 : 0);
    },
  ];
  return [
    ...rows,
    [
      // Of drivers of ours: from here on the text may be used for something else.
      '__freed_text',
      ([from], context) => {
        const address = scalar(from);
        if (address !== null) recorder.add({ kind: 'free', what: 'text', address }, context.stack);
        return undefined;
      },
    ],
    [
      // Every CPU runs a work item: what synchronize_rcu_tasks_rude() is made of.
      'schedule_on_each_cpu',
      ([handler], context) => {
        recorder.add({ kind: 'gracePeriod', flavour: 'tasks-rude' }, context.stack);
        if (handler !== undefined) context.call(handler, [number(0, types.int)]);
        return int(0);
      },
    ],
    stop('stop_machine'),
    stop('stop_machine_cpuslocked'),
    ...[
      'mutex_lock',
      'mutex_lock_nested',
      'mutex_lock_interruptible',
      'mutex_trylock',
      'spin_lock',
      'raw_spin_lock',
      'down_write',
      'down_read',
    ].map((name) => locks(name, 'lock')),
    ...['mutex_unlock', 'spin_unlock', 'raw_spin_unlock', 'up_write', 'up_read'].map((name) => locks(name, 'unlock')),
    ...['cond_resched', 'schedule', 'msleep'].map(
      (name): Row => [
        name,
        (_args, context) => {
          recorder.add({ kind: 'resched' }, context.stack);
          return int(0);
        },
      ],
    ),
    [
      '__barrier',
      ([which], context) => {
        const op = (['mb', 'wmb', 'rmb'] as const)[Number(scalar(which) ?? 0n)] ?? 'mb';
        recorder.add({ kind: 'barrier', op }, context.stack);
        return undefined;
      },
    ],
  ];
}

function complain(recorder: Recorder, what: 'WARN' | 'BUG', context: Context): void {
  const text = recorder.messages.at(-1) ?? '';
  recorder.add({ kind: 'bug', what, code: null, site: null, text, trail: context.trail() }, context.stack);
}

function complaints(recorder: Recorder): Row[] {
  return [
    [
      'ftrace_bug',
      ([failed, record], context) => {
        const code = scalar(failed);
        const at = scalar(record);
        const ip = at === null || at === 0n ? null : context.memory.readInteger(at, recorder.world.bits / 8);
        const site =
          ip === null
            ? null
            : (recorder.world.sites.find(({ entry }) => ip >= entry - 8n && ip < entry + 64n)?.id ?? null);
        const text = recorder.messages.at(-1) ?? '';
        const step = {
          kind: 'bug',
          what: 'ftrace_bug',
          code: code === null ? null : Number(BigInt.asIntN(32, code)),
          site,
          text,
          trail: context.trail(),
        } as const;
        recorder.add(step, context.stack);
        return undefined;
      },
    ],
    [
      '__warned',
      (_args, context) => {
        complain(recorder, 'WARN', context);
        return undefined;
      },
    ],
    [
      '__bugged',
      (_args, context) => {
        complain(recorder, 'BUG', context);
        return context.stop('BUG()');
      },
    ],
    [
      '__logged',
      ([format, ...args], context) => {
        const text = format === undefined ? null : context.string(format);
        if (text !== null) recorder.say(formatMessage(text, args, context));
        return int(0);
      },
    ],
  ];
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

/** printk's format as far as messages about call sites use it; what is unknown prints as `?`. */
function formatMessage(format: string, args: readonly Value[], context: Pick<Context, 'string'>): string {
  let next = 0;
  const text = format.replace(
    /%(%|[-#0 +]*\d*(?:\.\d+)?(?:l{1,2}|h{1,2}|z)?[dixuscp][a-zA-Z]*)/g,
    (spec: string, body: string) => {
      if (body === '%') return '%';
      const value = args[next++];
      const bits = scalar(value);
      if (body.endsWith('s') && !body.includes('p')) return (value && context.string(value)) ?? '?';
      if (bits === null) return '?';
      if (body.includes('p')) return `0x${BigInt.asUintN(64, bits).toString(16)}`;
      const tail = /[a-zA-Z]*$/.exec(spec.replace(/^%[-#0 +]*\d*(?:\.\d+)?(?:l{1,2}|h{1,2}|z)?[dixuc]/, ''))?.[0] ?? '';
      if (/x/.test(body))
        return `${body.startsWith('#') ? '0x' : ''}${BigInt.asUintN(64, bits)
          .toString(16)
          .padStart(Number(/0(\d+)/.exec(body)?.[1] ?? 0), '0')}${tail}`;
      return `${bits}${tail}`;
    },
  );
  return text.trim();
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
