/**
 * Which line of the mail a new break is laid to. A step that the patch added stands at its own line (spot.ts); where what
 * breaks is old code, the patch took something away, or changed what old code is given: the lines looked for are those that
 * make before and after differ. In this order: a step that is no more, or is another, between the guilty one and the one
 * before it; instructions of entry code that were run and are gone; the changed line that is nearest to the guilty step.
 *
 * Example: a patch takes `synchronize_rcu_tasks();` out. What breaks is the next modification, which the mail does not show;
 * the step that is gone was called at the line that it takes out.
 */
import type { ChangedLine } from '../patch/changed.ts';
import { keyOf } from '../protocol/compare.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Frame } from '../source/place.ts';
import { type Sighting, stageOf } from './cause.ts';
import type { EntryRun } from './entry-cover.ts';
import { nowhere } from './spot.ts';
import type { Spot } from './verdict.ts';

/** The runs of one scenario, and what was seen after the patch. */
export interface Blamed {
  readonly before: Protocol | null;
  readonly after: Protocol;
  readonly same: boolean;
  readonly runBefore: { readonly entry: EntryRun | null } | null;
}

/** @param pairs all scenarios: what a call meets was done in another one */
export function blame(
  sighting: Sighting,
  pair: Blamed,
  { pairs, changes }: { readonly pairs: readonly Blamed[]; readonly changes: readonly ChangedLine[] },
): Sighting {
  if (changes.some(({ mailLine }) => mailLine === sighting.spot.mailLine)) return sighting;
  const spot = isCall(pair) ? ofCall(pair, { pairs, changes }) : ofSteps(sighting, pair, changes);
  return spot === null ? sighting : { ...sighting, spot };
}

export const isCall = ({ after }: Blamed) => after.scenario.call !== undefined;

/** Is what a call of a traced function goes through the same as before? Then what it meets there was written differently. */
export const sameEntryCode = ({ before, after }: Blamed) => before?.entry?.id === after.entry?.id;

function ofCall(
  pair: Blamed,
  { pairs, changes }: { readonly pairs: readonly Blamed[]; readonly changes: readonly ChangedLine[] },
): Spot | null {
  if (!sameEntryCode(pair)) return goneInstruction(pair.runBefore?.entry ?? null, changes);
  const { profile, preemption, siteKind } = pair.after.scenario;
  const [made] = pairs
    .filter((other) => !isCall(other) && !other.same)
    .filter(({ after: { scenario } }) => scenario.profile === profile && scenario.preemption === preemption)
    .filter(({ after: { scenario } }) => scenario.siteKind === siteKind)
    .sort((a, b) => stageOf(a.after) - stageOf(b.after));
  return made === undefined ? null : ofSteps({ guilty: null, spot: nowhere }, made, changes);
}

/** The instruction run last of those that are no more. */
function goneInstruction(run: EntryRun | null, changes: readonly ChangedLine[]): Spot | null {
  if (run === null) return null;
  const gone = new Map(changes.map((change) => [`${change.file}:${change.baseLine}`, change]));
  const places = [...run.executed].flatMap((address) => run.origins.get(address) ?? []);
  const change = places.map(({ file, line }) => gone.get(`${file}:${line}`)).findLast((one) => one !== undefined);
  return change === undefined ? null : spotOfChange(change, '');
}

/** @param sighting.guilty a step of `after`; null for its last modification */
function ofSteps(
  { guilty, spot }: Pick<Sighting, 'guilty' | 'spot'>,
  { before, after }: Blamed,
  changes: readonly ChangedLine[],
): Spot | null {
  const from = guilty ?? after.steps.findLast(({ kind }) => kind === 'modify') ?? null;
  const differing = before === null ? [] : differences(before.steps, after.steps);
  const at = from === null ? after.steps.length : after.steps.indexOf(from);
  const itself = differing.find(({ step }) => step === from);
  // A step that is another one, and is shown, stands where it is, or where what it is given was made.
  if (itself !== undefined && spot.mailLine !== null)
    return after.evidence === 'tree' ? madeAt(itself.step, changes) : null;
  // What leads up to the guilty step before what follows it, and of that the last.
  const ahead = differing.filter((one) => one.at <= at).toReversed();
  const order = itself === undefined ? [...ahead, ...differing] : ahead;
  for (const { step, op } of order) {
    const found = framesOf(step).map((frame) => ({ frame, change: changeAt(frame, op, changes) }));
    const last = found.findLast(({ change }) => change !== undefined);
    if (last?.change !== undefined) return spotOfChange(last.change, last.frame.fn);
  }
  const ran = from?.kind === 'bug' ? from.trail : after.trail;
  const led = from === null ? ran : [...from.stack, ...ran];
  return nearest([...order.flatMap(({ step }) => framesOf(step)), ...led], changes);
}

interface Difference {
  readonly step: Step;
  /** Is it a step that the patched source has, or one that it has no more? */
  readonly op: '+' | '-';
  /** Index in the steps of the patched source, or of the one that it would come before. */
  readonly at: number;
}

/** The steps of either side that the other lacks, by a longest common subsequence. */
function differences(before: readonly Step[], after: readonly Step[]): Difference[] {
  if (before.length * after.length > cellsMax) return [];
  const [old, fresh] = [before.map(keyOf), after.map(keyOf)];
  const common = Array.from({ length: old.length + 1 }, () => new Uint16Array(fresh.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      const [row, next] = [common[i]!, common[i + 1]!];
      row[j] = old[i] === fresh[j] ? 1 + next[j + 1]! : Math.max(next[j]!, row[j + 1]!);
    }
  }
  const found: Difference[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (old[i] === fresh[j]) {
      i++;
      j++;
    } else if (j < fresh.length && (i === old.length || common[i]![j + 1]! >= common[i + 1]![j]!)) {
      found.push({ step: after[j]!, op: '+', at: j++ });
    } else found.push({ step: before[i++]!, op: '-', at: j });
  }
  return found;
}
/** Of the table of common subsequences; steps of entry points are some dozens. */
const cellsMax = 1_000_000;

/** A step's frames, and those of what is done inside it. */
function framesOf(step: Step): readonly Frame[] {
  return 'effects' in step ? [...step.stack, ...step.effects.flatMap(framesOf)] : step.stack;
}

const changeAt = ({ at }: Frame, op: '+' | '-', changes: readonly ChangedLine[]) =>
  changes.find(
    (change) => change.op === op && change.file === at.file && (op === '+' ? change.line : change.baseLine) === at.line,
  );

/** The added line that ran last of the functions that led to a step. */
function madeAt(step: Step, changes: readonly ChangedLine[]): Spot | null {
  if (step.kind !== 'modify' || step.ahead === undefined) return null;
  for (const frame of step.ahead) {
    const change = changeAt(frame, '+', changes);
    if (change !== undefined) return spotOfChange(change, frame.fn);
  }
  return null;
}

/** The changed line with the fewest lines between it and any of the frames, in the same file; else the first one. */
export function nearest(frames: readonly Frame[], changes: readonly ChangedLine[]): Spot | null {
  let best: { readonly change: ChangedLine; readonly fn: string; readonly distance: number } | null = null;
  for (const { at, fn } of frames) {
    for (const change of changes) {
      const distance = Math.abs(change.line - at.line);
      if (change.file === at.file && (best === null || distance < best.distance)) best = { change, fn, distance };
    }
  }
  const [first] = changes;
  if (best !== null) return spotOfChange(best.change, best.fn);
  return first === undefined ? null : spotOfChange(first, '');
}

const spotOfChange = ({ file, line, mailLine }: ChangedLine, fn: string): Spot => ({ file, line, mailLine, fn });
