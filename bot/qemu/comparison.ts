/**
 * The table's processor against qemu's user mode on one target: cases of one instruction for every form of every row,
 * then sequences, each run on both and compared in everything.
 */

import type { Row } from '../../analyzers/power/row.ts';
import { disassemble } from '../../analyzers/power/text.ts';
import type { Run } from '../../analyzers/power/vector/case.ts';
import { differences, namedRegisters } from '../../analyzers/power/vector/difference.ts';
import { exclusionOf } from './exclusions.ts';
import { type Form, formName, forms } from './form.ts';
import { type Generated, sequence, single } from './generator.ts';
import { type Target, withHarness } from './harness.ts';
import { randomOf } from './random.ts';

export interface Wanted {
  readonly seed: number;
  /** Cases of one instruction for each form, and sequences of any. */
  readonly perForm: number;
  readonly sequences: number;
}

export interface Report {
  readonly target: Target;
  readonly cases: number;
  readonly rows: number;
  /** Rows of which both did more than to refuse them with SIGILL (privileged, or not on this CPU). */
  readonly accepted: number;
  /** By form, how many of the cases executed it. */
  readonly counts: ReadonlyMap<string, number>;
  readonly differing: number;
  /** Of the first that differ, as text. */
  readonly told: readonly string[];
}

/** Cases in memory at a time; differing cases that are told. */
const [batchMax, toldMax] = [4000, 20];

export function compareWithQemu(target: Target, wanted: Wanted): Report {
  const included = comparedForms(target);
  const counts = new Map(included.map(({ name }) => [name, 0]));
  const accepted = new Set<Row>();
  let cases = 0;
  let differing = 0;
  const told: string[] = [];
  withHarness(target, (run) => {
    for (const batch of batches(generate(target, included, wanted))) {
      const outcomes = run(batch.map(({ given }) => given));
      for (const [i, made] of batch.entries()) {
        const theirs = outcomes[i] ?? null;
        for (const name of formsOf(made.ours)) counts.set(name, (counts.get(name) ?? 0) + 1);
        for (const row of completed(made.ours)) accepted.add(row);
        const found =
          theirs === null ? ['qemu gave no answer'] : tell(differences(made.ours, theirs, undefinedOf(made)));
        if (found.length > 0) differing++;
        if (found.length > 0 && told.length < toldMax)
          told.push(`${target.name} case ${cases + i}: ${describe(made)}\n${found.join('\n')}`);
      }
      cases += batch.length;
    }
  });
  return {
    ...{ target, cases, counts, differing, told },
    rows: new Set(included.map(({ row }) => row)).size,
    accepted: accepted.size,
  };
}

export const comparedForms = (target: Target) => forms.filter((form) => exclusionOf(form, target) === null);

/** The cases of a target, in the order that a seed gives. */
export function* generate(target: Target, included: readonly Form[], wanted: Wanted): Generator<Generated> {
  const source = { random: randomOf(wanted.seed), target };
  for (const form of included)
    for (let i = 0; i < wanted.perForm; i++) {
      const one = single(form, source);
      if (one === null) break;
      yield one;
    }
  for (let made = 0; made < wanted.sequences; ) {
    const one = sequence(included, source);
    if (one === null) continue;
    made++;
    yield one;
  }
}

function* batches<T>(items: Iterable<T>): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    if (batch.push(item) < batchMax) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const formsOf = ({ executed }: Run) =>
  new Set(executed.map(({ instruction: { row, fields } }) => formName(row, fields)));
/** The rows of a run that were executed, its last too if it was not refused. */
const completed = ({ executed, status }: Run) =>
  (status === 'SIGILL' ? executed.slice(0, -1) : executed).map(({ instruction }) => instruction.row);
const undefinedOf = ({ ours }: Generated) => ({ undefinedBits: ours.undefinedBits, undefinedMemory: null });

const tell = (found: ReturnType<typeof differences>) =>
  found.map(({ what, got, expected }) => `    ${what} is ${got}, qemu has ${expected}`);

/** The instructions of a case, and the registers that are not 0. */
function describe({ given }: Generated): string {
  const before = namedRegisters(given.registers).filter(([, value]) => value !== 0n);
  const registers = before.map(([name, value]) => `${name}=${value.toString(16)}`).join(',');
  return `${textOf(given)}\n    before: ${registers}\n    memory: ${Buffer.from(given.memory).toString('hex')}`;
}

export function textOf({ words, registers }: Generated['given']): string {
  const lines: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const [word = 0, suffix = 0] = words.slice(i, i + 2);
    lines.push(disassemble(word, registers.nia + BigInt(4 * i), suffix));
    if (word >>> 26 === 1) i++;
  }
  return lines.join('; ');
}
