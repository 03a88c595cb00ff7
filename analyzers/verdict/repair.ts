/**
 * Looks for the smallest known remedy after which the exploration that broke holds: an IPI, another order of two writes, a
 * grace period, both. Confirmed by the same exploration, within the same bounds, never by rule of thumb.
 *
 * An IPI or a grace period for each record is no repair (a kernel has tens of thousands of call sites, and boots with
 * interrupts off): where the gap is inside a per-record function the advice is to split the walk into passes.
 */
import { explore } from '../explore/explore.ts';
import type { Model, ModelStep } from '../machine/model.ts';
import { modelsOf } from '../machine/model.ts';
import { formatModel } from '../machine/notation.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Sighting } from './cause.ts';
import type { ExploreLimits } from './protocol-run.ts';
import { type MailLineOf, spotOf } from './spot.ts';
import type { Repair } from './verdict.ts';

const ipi: ModelStep = { kind: 'ipi', wait: true, isync: true };
const tasks: ModelStep = { kind: 'gracePeriod', flavour: 'tasks' };
const rude: ModelStep = { kind: 'gracePeriod', flavour: 'tasks-rude' };

/** From the smallest up. */
const remedies: readonly {
  readonly kind: Repair['kind'];
  readonly insert: readonly ModelStep[] | 'swap';
  readonly text: string;
}[] = [
  { kind: 'ipi', insert: [ipi], text: 'an IPI that runs isync on every other CPU, waited for' },
  { kind: 'swap', insert: 'swap', text: 'the two modifications in the other order' },
  { kind: 'grace-period', insert: [tasks], text: 'synchronize_rcu_tasks()' },
  {
    kind: 'ipi-and-grace-period',
    insert: [ipi, tasks],
    text: 'an IPI that runs isync on every other CPU, then synchronize_rcu_tasks()',
  },
  {
    kind: 'rude-and-tasks',
    insert: [ipi, rude, tasks],
    text: 'an IPI, then synchronize_rcu_tasks_rude() and synchronize_rcu_tasks()',
  },
];

export function findRepair(sighting: Sighting, limits: ExploreLimits, mailLineOf: MailLineOf): Repair | null {
  const { model, protocol, level } = sighting;
  if (model === null || level === 'sequential') return null;
  const site = modelsOf(protocol).find((candidate) => formatModel(candidate.model) === formatModel(model));
  if (site === undefined) return null;
  // Gaps before a modification that is not the first, the guilty one's own first.
  const gaps = model.steps.flatMap((step, index) =>
    step.kind === 'store' && model.steps.slice(0, index).some((other) => other.kind === 'store') ? [index] : [],
  );
  const guilty = site.origin.findIndex((index) => protocol.steps[index] === sighting.guilty);
  gaps.sort((a, b) => Math.abs(a - guilty) - Math.abs(b - guilty));
  for (const remedy of remedies) {
    for (const gap of gaps) {
      const mended = mend(model, gap, remedy.insert);
      if (mended === null || explore(mended, { level: 'stale', ...limits }).outcome !== 'held') continue;
      const step = protocol.steps[site.origin[gap] ?? 0];
      const previous = protocol.steps[previousStore(site.origin, model, gap)];
      if (step === undefined || previous === undefined) continue;
      return {
        kind: remedy.kind,
        before: spotOf(step, mailLineOf),
        perRecord: remedy.insert !== 'swap' && isPerRecord(protocol, previous, step),
        text: remedy.text,
      };
    }
  }
  return null;
}

function mend(model: Model, gap: number, insert: readonly ModelStep[] | 'swap'): Model | null {
  const steps = [...model.steps];
  if (insert !== 'swap') steps.splice(gap, 0, ...insert);
  else {
    const before = steps[gap - 1];
    const after = steps[gap];
    if (before?.kind !== 'store' || after?.kind !== 'store' || before.address === after.address) return null;
    steps[gap - 1] = after;
    steps[gap] = before;
  }
  return { ...model, steps };
}

function previousStore(origin: readonly number[], model: Model, gap: number): number {
  for (let i = gap - 1; i >= 0; i--) if (model.steps[i]?.kind === 'store') return origin[i] ?? 0;
  return 0;
}

/** The two writes to one site follow each other before the next record is looked at. */
function isPerRecord(protocol: Protocol, previous: Step, step: Step): boolean {
  const [from, to] = [protocol.steps.indexOf(previous), protocol.steps.indexOf(step)];
  const between = protocol.steps.slice(from + 1, to);
  if (between.some((other) => other.kind === 'gracePeriod' || other.kind === 'ipi')) return false;
  return !between.some((other) => other.kind === 'modify');
}
