/**
 * Cases made at random, by a seed: instructions of a wanted form, alone or in a sequence, whose addresses lie in the case's
 * memory more often than not. Each is run on the table's processor while it is made, so that what cannot be compared is
 * left out: a sequence without end, system calls, accesses to what an outcome does not show, and whatever comes after bits
 * that are undefined.
 */
import type { Mode, Registers } from '../../analyzers/power/processor.ts';
import type { FieldName, Fields } from '../../analyzers/power/row.ts';
import { type Case, type Execution, places, type Run, run } from '../../analyzers/power/vector/case.ts';
import { isExcluded } from './exclusions.ts';
import { anyFields, type Form, formName, forms, wordsOf } from './form.ts';
import type { Target } from './harness.ts';
import { pick, type Random } from './random.ts';
import { memoryOf, registersOf } from './scene.ts';

export interface Generated {
  readonly given: Case;
  readonly ours: Run;
}

interface Source {
  readonly random: Random;
  readonly target: Target;
}

/** After so many that cannot be compared, a form is taken to have no case here. */
const triesMax = 400;
const instructionsMax = 8;
/** Instructions that a run may have: endless ones are long. */
const executedMax = 200;

/** A case of one instruction; null where none can be compared. */
export function single(form: Form, source: Source): Generated | null {
  const { random } = source;
  for (let i = 0; i < triesMax; i++) {
    const first = fresh(source);
    // A conditional store shows little without a reservation.
    const reserved = isConditional(form) && random(4) > 0 ? extended(first, pick(random, reserving), source) : null;
    const made = extended(reserved ?? first, form, source);
    if (made?.ours.executed.some(({ instruction: { row, fields } }) => formName(row, fields) === form.name))
      return made;
  }
  return null;
}

const reserving = forms.filter(({ row }) => /^l[bhwdq]arx$/.test(row.mnemonic));
const isConditional = ({ row }: Form) => /^st[bhwdq]cx\.$/.test(row.mnemonic);

/** A case of several instructions, each made for the state that those before it leave. */
export function sequence(among: readonly Form[], source: Source): Generated | null {
  const { random } = source;
  const length = 2 + random(instructionsMax - 1);
  let made: Generated | null = null;
  let before = fresh(source);
  for (let i = 0; i < length; i++) {
    const next = extended(before, pick(random, among), source);
    if (next === null) continue;
    const ends = next.ours.status !== 'ok' || next.ours.undefinedBits.size > 0;
    if (ends && i < length - 1 && random(4) > 0) continue; // else most sequences would be short
    made = next;
    before = next;
    if (ends) break;
  }
  return made;
}

/** A case of no instruction. */
function fresh({ random, target: { mode } }: Source): Generated {
  const given = { mode, registers: registersOf(random, mode), memory: memoryOf(random), words: [] };
  return { given, ours: run(given, executedMax) };
}

/** The case with an instruction of this form behind; null where what came of it cannot be compared. */
function extended({ given, ours: before }: Generated, form: Form, { random, target }: Source): Generated | null {
  const { gpr } = before.registers;
  const scene = { random, mode: given.mode, gpr, at: given.words.length, last: before.executed.at(-1) };
  const words = wordsOf(form, fieldsOf(form, scene));
  if (words === null) return null;
  const longer = { ...given, words: [...given.words, ...words] };
  const ours = run(longer, executedMax);
  if (!isComparable(ours, target)) return null;
  // An address that is not mapped is a case too, but not many are wanted.
  if (ours.status === 'SIGSEGV' && before.status !== 'SIGSEGV' && random(20) > 0) return null;
  return { given: longer, ours };
}

function isComparable({ status, strayed, tainted, executed, registers }: Run, target: Target): boolean {
  if (status === 'endless' || status === 'system-call' || status === 'wait') return false;
  if (strayed || tainted) return false;
  // A word that the table does not have, as the suffix of a prefixed instruction branched to, may be one that qemu has.
  if (status === 'SIGILL' && executed.at(-1)?.before.nia !== registers.nia) return false;
  // The last of the page is the harness's own.
  const own = Number(registers.nia) - (places.code - (places.code % places.pageBytes)) - places.pageBytes;
  return (
    !(own >= -256 && own < 0) && !executed.some((execution, i) => isExcluded(execution, executed.slice(0, i), target))
  );
}

interface Scene {
  readonly random: Random;
  readonly mode: Mode;
  readonly gpr: Registers['gpr'];
  /** Where the instruction will be, in words from the start. */
  readonly at: number;
  readonly last: Execution | undefined;
}

function fieldsOf(form: Form, scene: Scene): Partial<Fields> {
  const { random, gpr, at, mode } = scene;
  const fields = { ...anyFields(form, random) } as Record<FieldName, number>;
  const has = (name: FieldName) => form.row.fields.has(name);
  // An address register, with an offset that stays in the memory, or an index that is small.
  if (form.hasAddress && random(8) > 0) fields.RA = registerWith(scene, isInMemory) ?? fields.RA;
  if (fields.R === 1) fields.RA = 0;
  const base = fields.R === 1 ? BigInt(places.code + 4 * at) : fields.RA === 0 ? 0n : (gpr[fields.RA] ?? 0n);
  for (const [name, scale] of [
    ['D', 1],
    ['DS', 4],
    ['DQ', 16],
  ] as const) {
    const offset = Math.trunc((places.memory + random(places.memoryBytes + 4) - 2 - Number(base)) / scale);
    if (has(name) && random(16) > 0 && fits(form, name, offset)) fields[name] = offset;
  }
  const isIndex = (value: bigint) => isInMemory(BigInt.asUintN(mode.bits, base + value));
  if (form.hasAddress && has('RB') && random(8) > 0) fields.RB = registerWith(scene, isIndex) ?? fields.RB;
  if (isConditional(form) && scene.last !== undefined && random(8) > 0)
    [fields.RA, fields.RB] = [scene.last.instruction.fields.RA, scene.last.instruction.fields.RB];
  // A branch into the sequence, most often forward.
  for (const name of ['LI', 'BD'] as const)
    if (has(name) && random(8) > 0) fields[name] = random(6) > 0 ? 1 + random(4) : -random(at + 1);
  return fields;
}

const isInMemory = (value: bigint) => value >= places.memory && value < places.memory + places.memoryBytes;

function registerWith({ random, gpr }: Scene, wanted: (value: bigint) => boolean): number | null {
  const found = gpr.flatMap((value, register) => (wanted(value) ? [register] : []));
  return found.length === 0 ? null : pick(random, found);
}

function fits({ row }: Form, name: FieldName, value: number): boolean {
  const { width = 0 } = row.fields.get(name) ?? {};
  return value >= -(2 ** (width - 1)) && value < 2 ** (width - 1);
}
