/**
 * Runs in which one primitive fails once: what ftrace leaves behind, and whether it notices. The one idea: while tasks run,
 * a run that stops at the failure has been explored already, for the run without it may be held up there for ever; what is
 * left to look at is what is done after the failure, and text that nobody has run yet.
 *
 * Example: ftrace_modify_code() that drops what patch_instruction() returned ends as if the site were traced; the next
 * disabling finds a nop where it expects its bl.
 */
import { beginsAs, sameSteps } from './compare.ts';
import type { EntryRun } from './entry-points.ts';
import type { Fault, Image, Played } from './image.ts';
import type { EntryPoint, Failure } from './protocol.ts';

export interface FailedRun {
  readonly fault: Failure;
  readonly played: Played;
}

/** One for each place that calls a primitive, the last time it is called from there: what came before is done by then. */
export function failedRuns(image: Image, run: EntryRun, whole: Played): FailedRun[] {
  if (whole.kind !== 'ok' || run.plan !== 'all' || !failable.has(run.entryPoint)) return [];
  const faults = [...whole.calls].flatMap(([primitive, places]) =>
    [...new Set(places)].map((place) => ({ primitive, nth: places.lastIndexOf(place) + 1 })),
  );
  return faults.slice(0, faultsMax).flatMap((fault) => failedRun(image, { run, whole, fault }));
}

function failedRun(
  image: Image,
  { run, whole, fault }: { readonly run: EntryRun; readonly whole: Played; readonly fault: Fault },
): FailedRun[] {
  const { from, actions, traced, live, next } = run;
  const played = image.play(from, actions, { fault, traced });
  if (played.kind === 'unread' || played.kind === 'limit') return [];
  const ignored = played.kind === 'ok' && !sameSteps(played.steps, whole.steps);
  if (!ignored && (played.kind === 'ok' || (live && beginsAs(whole.steps, played.steps)))) return [];
  const told = { ...fault, ignored, at: played.failedAt };
  if (!ignored || next === undefined) return [{ fault: told, played }];
  const later = image.play(from, [...actions, ...next], { fault });
  return [{ fault: told, played: later.kind === 'refused' ? later : played }];
}

/** Elsewhere the architecture is asked for nothing that it is not asked for here. */
const failable: ReadonlySet<EntryPoint> = new Set([
  'boot',
  'module-load',
  'module-load-tracing',
  'module-load-enabled',
  'enable',
  'disable',
  'modify-call',
  'graph-on',
  'register',
  'unregister',
]);

/** Of one entry point; kernels have some ten places. */
const faultsMax = 32;
