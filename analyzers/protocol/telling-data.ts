/**
 * The data that tasks read on their way through entry code, as a protocol tells them: the ops pointers in front of stubs,
 * and the ftrace_ops that they ever point to. The one idea: an ops is told as entry code sees it, with the offsets of
 * asm-offsets.c, at a place of its own; what the steps say of it is moved along.
 *
 * Example: `unregister` publishes ftrace_nop_ops in `ops of A`, waits, and frees the ops that `ops of A` pointed to before.
 */
import { tracerDriver } from './driver-tracers.ts';
import { type EntryRun, rangeOf } from './entry-points.ts';
import type { Image, State } from './image.ts';
import { literalName } from './ool-stubs.ts';
import type { DataObject, EntryCode, Step, TextSymbol } from './protocol.ts';
import { isText } from './text-range.ts';

interface DataTold {
  readonly data: readonly DataObject[];
  readonly steps: readonly Step[];
}

export function dataTold(
  { image, run, entry }: { readonly image: Image; readonly run: EntryRun; readonly entry: EntryCode | null },
  texts: readonly TextSymbol[],
  steps: readonly Step[],
): DataTold {
  const { from } = run;
  const literals = literalsOf(image, { from, texts, steps });
  const objects = entry?.offsets.has('FTRACE_OPS_FUNC') ? opsOf(literals, steps) : [];
  if (objects.length === 0 || entry === null) return { data: literals, steps };
  const places = new Map(objects.map((real, index) => [real, { real, told: opsAt(image, index), index }]));
  const moved = (value: bigint | null) => (value === null ? null : (places.get(value)?.told ?? value));
  const pointers = literals.map((literal) => ({
    ...literal,
    words: literal.words.map((word) => ({ ...word, value: moved(word.value) })),
  }));
  const ops = [...places.values()].map((place) => objectOf(image, { run, entry, ...place }));
  const move = (step: Step): Step => {
    if (step.kind === 'ipi' || step.kind === 'stopMachine') return { ...step, effects: step.effects.map(move) };
    if (step.kind === 'free') return { ...step, address: moved(step.address) ?? step.address };
    if (step.kind !== 'publish') return step;
    const field = from.mark.fields.get(step.address);
    const offset = field === undefined ? undefined : entry.offsets.get(field.name);
    const object = field === undefined ? undefined : places.get(field.object);
    if (object === undefined || offset === undefined) return { ...step, value: moved(step.value) };
    return { ...step, address: object.told + offset, value: functionTold(image, step.value) };
  };
  return { data: [...pointers, ...ops], steps: steps.map(move) };
}

/** The ops pointers in front of stubs that are run, and of functions; a null pointer has not been set yet. */
function literalsOf(
  image: Image,
  {
    from,
    texts,
    steps,
  }: { readonly from: State; readonly texts: readonly TextSymbol[]; readonly steps: readonly Step[] },
): DataObject[] {
  const { world } = image;
  const bytes = world.bits === 64 ? 8 : 4;
  const published = steps.flatMap((step) =>
    step.kind === 'publish' && isText(world, step.address) ? [step.address] : [],
  );
  const all = [...new Set([...from.mark.literals, ...published])];
  const literal = (name: string, address: bigint): DataObject => {
    const value = image.integerIn(from, address, bytes);
    const words = [{ offset: 0, bytes, value: value === 0n ? null : value }] as const;
    return { name, address, bytes, private: false, words };
  };
  const inStubs = [...world.ool.literals].filter(([stub]) => texts.some(({ name }) => name === stub));
  const inSites = world.sites.flatMap((site) => {
    const [start, end] = rangeOf(site);
    return all.filter((at) => at >= start && at < end).map((at) => literal(literalName(`stub of ${site.id}`), at));
  });
  return [...inStubs.map(([stub, address]) => literal(literalName(stub), address)), ...inSites];
}

/** Every ops that a literal points to, before or after a step. */
function opsOf(literals: readonly DataObject[], steps: readonly Step[]): bigint[] {
  const at = new Set(literals.map(({ address }) => address));
  const published = steps.flatMap((step) => (step.kind === 'publish' && at.has(step.address) ? [step.value] : []));
  const before = literals.flatMap(({ words }) => words.map(({ value }) => value));
  return [...new Set([...before, ...published])].filter((value): value is bigint => value !== null && value !== 0n);
}

/** Where they are told to be: apart from each other by more than any field's offset, and from all else. */
function opsAt({ world }: Image, index: number): bigint {
  return (world.bits === 64 ? 0xc0000000c0000000n : 0xdc000000n) + BigInt(index * opsBytes);
}
const opsBytes = 0x1000;

interface OpsTold {
  readonly run: EntryRun;
  readonly entry: EntryCode;
  readonly real: bigint;
  readonly told: bigint;
  readonly index: number;
}

function objectOf(image: Image, { run, entry, real, told, index }: OpsTold): DataObject {
  const bytes = image.world.bits === 64 ? 8 : 4;
  const fields = [
    ['FTRACE_OPS_FUNC', tracerDriver.function],
    ['FTRACE_OPS_DIRECT_CALL', tracerDriver.directCall],
  ] as const;
  const words = fields.flatMap(([name, reader]) => {
    const offset = entry.offsets.get(name);
    if (offset === undefined || Number(offset) + bytes > opsBytes || !image.has(reader)) return [];
    // Where nothing has come by it before the run, it is as it was initialised.
    const value =
      image.ask(run.from, reader, [real]) ??
      image.ask(image.advance(run.from, run.actions, run.traced), reader, [real]);
    return value === null ? [] : [{ offset: Number(offset), bytes, value: functionTold(image, value) } as const];
  });
  return { name: `ops ${index}`, address: told, bytes: opsBytes, private: false, words };
}

/** A function's address as the protocol tells it; every C function that traces is told as one, and every one that does nothing. */
function functionTold(image: Image, value: bigint | null): bigint | null {
  const name = value === null ? null : image.functionAt(value);
  if (name === null) return value;
  const { told } = image.world;
  return told.get(name) ?? told.get(image.doesNothing(name) ? 'empty_function' : 'function_trace_call') ?? value;
}
