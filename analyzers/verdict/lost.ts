/**
 * What a call of a traced function no longer does since the patch, though its caller finds nothing wrong: told like a break,
 * with the way up to where it shows.
 *
 * Example: without `mr r4,r0` in ftrace_caller the tracer is given another parent ip; the way ends at the call of the tracer.
 */
import { lostChecks } from '../checks/call.ts';
import type { CheckId } from '../checks/checks.ts';
import { runAlone } from '../explore/alone.ts';
import { bodyWord } from '../explore/call.ts';
import type { Fetch } from '../explore/execution.ts';
import type { Break } from '../explore/explore.ts';
import { brokenStep } from '../explore/walk.ts';
import { layout } from '../machine/layout.ts';
import type { Model } from '../machine/model.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { profileName, type Sighting } from './cause.ts';
import { shownSpot } from './entry-spot.ts';
import type { ProtocolRun } from './protocol-run.ts';
import type { MailLineOf } from './spot.ts';

interface Runs {
  readonly runBefore: ProtocolRun | null;
  readonly runAfter: ProtocolRun;
}

/** In words, what is lost that some kernels do without; null for nothing. */
export function lostAside({ runBefore, runAfter }: Runs): string | null {
  return lostOf(runBefore, runAfter).find(({ check }) => check === null)?.what ?? null;
}

/** The run after the patch, with a break where something is lost that no kernel does without. */
export function withLost(
  { runBefore, runAfter }: Runs,
  { protocol, mailLineOf }: { readonly protocol: Protocol; readonly mailLineOf: MailLineOf },
): ProtocolRun {
  const [check] = lostOf(runBefore, runAfter).flatMap((lost) => lost.check ?? []);
  if (check === undefined) return runAfter;
  // Of a call that was not followed nothing is known to be lost.
  const { model, origins } = runAfter.called!;
  const found = breakOf(model, check);
  const sighting: Sighting = {
    ...{ level: 'sequential', check, pattern: `${lostPattern}${check}`, protocol, profile: profileName(protocol) },
    ...{ guilty: null, model, origin: [], break: found },
    spot: shownSpot({ model, found, origins }, mailLineOf),
  };
  return { ...runAfter, levels: { ...runAfter.levels, sequential: 'broken' }, sightings: [sighting] };
}

function lostOf(runBefore: ProtocolRun | null, runAfter: ProtocolRun) {
  const [before, after] = [runBefore?.called?.call, runAfter.called?.call];
  return before && after && runAfter.sightings.length === 0 ? lostChecks(before, after) : [];
}

/** Is it told of a call that comes back in good order? */
export const isLost = ({ pattern }: Sighting) => pattern.startsWith(lostPattern);
const lostPattern = 'lost ';

type Shows = (fetch: Fetch) => boolean;
const isAt =
  (place: number): Shows =>
  ({ address }) =>
    address === place;

/** Where it shows; what is not here is lost of a call of the tracer, and shows when that is entered. */
const shows: Readonly<Partial<Record<CheckId, Shows>>> = {
  'call-target': isAt(layout.caller),
  'tracer-called': isAt(layout.caller),
  'livepatch-stack': isAt(layout.caller),
  'new-function-entry': isAt(layout.replacement),
  'return-path': ({ word }) => word === bodyWord,
};

function breakOf(model: Model, check: CheckId): Break {
  const { execution: whole } = runAlone(model, null);
  const isThere = shows[check] ?? isAt(layout.callee);
  const end = whole.findIndex((step) => step.kind === 'instruction' && isThere(step.fetch));
  const there = whole[end];
  // Back at its caller the task executes nothing: that is behind all but its return, which comes last.
  const at = there?.kind === 'instruction' ? there.fetch.address : layout.caller;
  const execution = [...whole.slice(0, end), brokenStep(0, check, at)];
  // A schedule replays to a break of the machine; here the machine breaks nowhere.
  return { check, schedule: '', preemptions: 0, task: 0, execution, fetches: [] };
}
