/**
 * What becomes of a failing primitive: before against after. The one idea: that ftrace gives up is as it should be, so only
 * two things count: a task that runs what is left there breaks, or nobody notices, and the next entry point meets words that
 * it does not expect. Where the primitive fails is no key: the patched source may call others, elsewhere.
 *
 * Example: without `if (ret) return ret;` behind the store of the first of two words, the second is stored all the same.
 */
import type { ChangedLine } from '../patch/changed.ts';
import { compare } from '../protocol/compare.ts';
import type { Failure, Protocol } from '../protocol/protocol.ts';
import { nearest } from './blame.ts';
import { levelRank, type Sighting } from './cause.ts';
import type { ProtocolRun } from './protocol-run.ts';
import { type MailLineOf, spotAt } from './spot.ts';

interface FailingInput {
  readonly before: readonly Protocol[];
  readonly after: readonly Protocol[];
  /** The run in which nothing fails is in order, before and after. */
  readonly inOrder: (key: string) => boolean;
  readonly keyOf: (protocol: Protocol) => string;
  readonly run: (protocol: Protocol, mailLineOf: MailLineOf) => ProtocolRun;
  readonly mailLineOf: MailLineOf;
  readonly changes: readonly ChangedLine[];
}

interface Failing {
  readonly sightings: readonly Sighting[];
  /** An error that was reported before is no longer; null for none. */
  readonly unreported: Protocol | null;
}

interface Failed {
  readonly protocol: Protocol;
  readonly fault: Failure;
}

export function judgeFailing(input: FailingInput): Failing {
  const { inOrder, keyOf, run, mailLineOf } = input;
  const byKey = (all: readonly Protocol[]) => Map.groupBy(all.flatMap(failed), ({ protocol }) => keyOf(protocol));
  const before = byKey(input.before);
  const sightings: Sighting[] = [];
  let unreported: Protocol | null = null;
  for (const [key, all] of byKey(input.after)) {
    const old = before.get(key) ?? [];
    const changed = inOrder(key) ? all.filter((one) => !old.some((other) => isSame(other, one))) : [];
    if (changed.length === 0) continue;
    const known = old.flatMap(({ protocol, fault }) =>
      anyHarmOf(
        run(protocol, () => null),
        fault,
      ),
    );
    for (const { protocol, fault } of changed) {
      const harm = harmOf(run(protocol, mailLineOf), fault).filter(
        (one) => !known.some(({ check, level }) => check === one.check && levelRank[level] <= levelRank[one.level]),
      );
      sightings.push(...harm.map((one) => ({ ...one, spot: placeOf(one, fault, input) })));
      if (harm.length === 0 && fault.ignored && !old.some((one) => one.fault.ignored)) unreported ??= protocol;
    }
  }
  return { sightings, unreported };
}

const failed = (protocol: Protocol): readonly Failed[] =>
  protocol.scenario.fault === undefined ? [] : [{ protocol, fault: protocol.scenario.fault }];

/** What is the same is known, and need not be run. */
const isSame = (before: Failed, after: Failed) =>
  before.fault.ignored === after.fault.ignored && compare(before.protocol, after.protocol).same;

/** A task that breaks; else a complaint of what comes later. */
function harmOf(run: ProtocolRun, fault: Failure): readonly Sighting[] {
  const harm = anyHarmOf(run, fault);
  const broken = harm.filter(({ break: found }) => found !== null);
  return broken.length > 0 ? broken : harm;
}

/** A complaint counts where the failure itself has brought none. That a site is not as it should be is no harm by itself. */
function anyHarmOf({ sightings }: ProtocolRun, { ignored }: Failure): readonly Sighting[] {
  const isComplaint = ({ check }: Sighting) => ignored && check !== 'not-traced' && check !== 'still-traced';
  return sightings.filter((one) => one.break !== null || isComplaint(one));
}

/**
 * The added line that the failing call came by, innermost first; else what the sighting says itself, where that is an added
 * line; else the changed line nearest to that call, which no longer hands its error on.
 */
function placeOf(
  { spot }: Sighting,
  failure: Failure,
  { mailLineOf, changes }: Pick<FailingInput, 'mailLineOf' | 'changes'>,
): Sighting['spot'] {
  const added = failure.at.findLast(({ at }) => mailLineOf(at.file, at.line)?.op === '+');
  if (added !== undefined) return spotAt(added, mailLineOf);
  if (mailLineOf(spot.file, spot.line)?.op === '+') return spot;
  return nearest(failure.at, changes) ?? spot;
}
