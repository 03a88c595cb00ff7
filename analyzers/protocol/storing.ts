/**
 * Primitives that store into text, or read it: each store is a step, with the word that was there before. The one idea: a
 * word that the sources do not determine is never guessed; the run ends there.
 *
 * Example: `patch_instruction(A, ppc_inst(PPC_RAW_NOP()))` becomes a modify step of A, bl → nop, consistent right behind it.
 */
import type { Context } from '../source/interpreter.ts';
import type { Frame } from '../source/place.ts';
import type { Value } from '../source/value.ts';
import { isLiteral } from './ool-stubs.ts';
import { pokingNames } from './poking.ts';
import type { Recorder } from './recorder.ts';
import { EFAULT, giveUp, int, type Row, scalar } from './services.ts';
import { isText } from './text-range.ts';
import { wordAt } from './world.ts';

const EPERM = -1;

export function patching(recorder: Recorder): Row[] {
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
        { address, word, ...(suffix !== undefined && { suffix }), via, consistent: 'patch', ahead: aheadOf(context) },
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

function aheadOf(context: Context): readonly Frame[] {
  const callers = new Set(context.stack.map(({ fn }) => fn));
  return context.trail().filter(({ fn }) => callers.has(fn));
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
export function plainStore(recorder: Recorder, address: bigint, bytes: number, context: Context): void {
  storeRange(recorder, address, bytes, { via: 'store', consistent: 'none' }, context);
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

export function reading(recorder: Recorder): Row[] {
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
