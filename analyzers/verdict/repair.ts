/**
 * A remedy as advice: at which source line, and whether it can go there at all. Inside a function that runs once per record
 * nothing that waits may stand (tens of thousands of sites, and boot runs it with interrupts off): there the walk is to be
 * split into passes.
 */
import { findRemedy } from '../explore/remedy.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Sighting } from './cause.ts';
import type { ExploreLimits } from './protocol-run.ts';
import { type MailLineOf, partingSpot, spotOf } from './spot.ts';
import type { Repair, Spot } from './verdict.ts';

const texts: Readonly<Record<Repair['kind'], string>> = {
  ipi: 'an IPI that runs isync on every other CPU, waited for',
  swap: 'the two modifications in the other order',
  'branch-over': 'a branch over the load in place of two nops',
  'grace-period': 'synchronize_rcu_tasks()',
  'ipi-and-grace-period': 'an IPI that runs isync on every other CPU, then synchronize_rcu_tasks()',
  'rude-and-tasks': 'an IPI, then synchronize_rcu_tasks_rude() and synchronize_rcu_tasks()',
};

/** null where no known remedy was confirmed, or where the break needs no other CPU. */
export function findRepair(sighting: Sighting, limits: ExploreLimits, mailLineOf: MailLineOf): Repair | null {
  const { model, protocol, level, origin } = sighting;
  if (model === null || level === 'sequential') return null;
  // No grace period waits for interrupt entry and exit, and the words there are not those of ftrace.
  if (protocol.contract === 'system') return null;
  const stepOf = (index: number) => protocol.steps[origin[index] ?? -1];
  // What is advised is to hold for CPUs with old words too.
  const remedy = findRemedy(model, { level: 'stale', ...limits });
  if (remedy === null) return null;
  // It goes before some step of the model, and each of those comes from one of the protocol.
  const at = remedy.beforeSteps.at(-1)!;
  const step = stepOf(at)!;
  const previous = stepOf(model.steps.findLastIndex(({ kind }, index) => index < at && kind === 'store'));
  const waits = remedy.kind !== 'swap' && remedy.kind !== 'branch-over';
  const before = previous === undefined ? spotOf(step, null, mailLineOf) : partingSpot(step, previous, mailLineOf);
  return {
    kind: remedy.kind,
    before,
    inWalk: waits && isInWalk(protocol, before),
    perRecord: waits && previous !== undefined && isPerRecord(protocol, previous, step),
    text: texts[remedy.kind],
  };
}

/** Several sites are modified by way of the line. */
function isInWalk({ steps }: Protocol, { file, line }: Spot): boolean {
  const through = steps.flatMap((step) =>
    step.kind === 'modify' && step.stack.some(({ at }) => at.file === file && at.line === line)
      ? [step.word.symbol]
      : [],
  );
  return new Set(through).size > 1;
}

/** The two writes to one site follow each other before the next record is looked at. */
function isPerRecord(protocol: Protocol, previous: Step, step: Step): boolean {
  const [from, to] = [protocol.steps.indexOf(previous), protocol.steps.indexOf(step)];
  return !protocol.steps
    .slice(from + 1, to)
    .some(({ kind }) => kind === 'gracePeriod' || kind === 'ipi' || kind === 'modify');
}
