/**
 * What the bot concludes about one patch, as a value: the runs before and after, the findings, the notes. Nothing here is
 * worded for people; templates/ and bot/reply/ do that. `--json` prints these values after bot/document.ts reshapes them.
 *
 * Example: the disable side that nops `bl` and then `mflr` with nothing between is one finding at level `stale`, check
 * `return-address`, entry point `disable`, guilty line: the second modification.
 */
import type { Break } from '../explore/explore.ts';
import type { Model } from '../machine/model.ts';
import type { Profile } from '../protocol/profiles.ts';
import type { Assumption, EntryPoint, Exit, Protocol, SubjectId } from '../protocol/protocol.ts';
import type { Problem } from '../source/place.ts';

/** Each includes those before it. */
export const allLevels = ['sequential', 'preemption', 'stale', 'architecture'] as const;
export type Level = (typeof allLevels)[number];
export type Outcome = 'held' | 'broken' | 'limit' | 'unread';
export type Architecture = 'defined' | 'quasi' | 'undefined' | 'unread';

/** The outcomes of one entry point in one profile, worst over its site kinds and plans; a level that was not run is `unread`. */
export interface Levels {
  readonly sequential: Outcome;
  readonly preemption: Outcome;
  readonly stale: Outcome;
  readonly architecture: Architecture;
}

/** `profile` carries the preemption: `ppc64-mprofile-gcc6/preempt` or `…/nopreempt`. */
export interface Run {
  readonly entryPoint: EntryPoint;
  /** What modifies text: ftrace, jump labels, … */
  readonly subject: SubjectId;
  readonly profile: string;
  readonly live: boolean;
  /** Of entry point `call`: the tracers called, and the exits they were left by. */
  readonly calls: readonly { readonly tracer: string; readonly exit: Exit }[];
  readonly before: Levels;
  readonly after: Levels;
  readonly bounds: Bounds;
}
/** What was tried: CPUs and tasks of the model, states visited and transitions taken over all its explorations. */
interface Bounds {
  readonly cpus: number;
  readonly tasks: number;
  readonly states: number;
  readonly schedules: number;
}

/** A line of the patched source; `mailLine` is its 1-based line in the decoded mail body, null where the mail does not hold it. */
export interface Spot {
  readonly file: string;
  readonly line: number;
  readonly mailLine: number | null;
  /** The C function the line is in, '' where unknown. */
  readonly fn: string;
}

/** A remedy after which the same exploration holds. */
export interface Repair {
  readonly kind: 'ipi' | 'grace-period' | 'ipi-and-grace-period' | 'rude-and-tasks' | 'swap' | 'branch-over';
  /** The modification before which it belongs (for `swap`: the two to be exchanged are this one and the one before it). */
  readonly before: Spot;
  /** True where `before` stands in a function called once per record: the walk is to be split into passes instead. */
  readonly perRecord: boolean;
  /** True where `before` stands in a loop over the sites: the remedy goes ahead of that walk. */
  readonly inWalk: boolean;
  readonly text: string;
}

/** Where the same cause shows, too. */
type AlsoAt = Spot &
  Pick<Finding, 'level' | 'entryPoint'> & {
    readonly subject: SubjectId;
    readonly siteKind: string;
    readonly call?: Protocol['scenario']['call'];
  };

export interface Finding extends Spot {
  readonly level: 'sequential' | 'preemption' | 'stale';
  readonly evidence: 'tree' | 'diff';
  /** Id of a row of checks/. */
  readonly check: string;
  readonly entryPoint: EntryPoint;
  readonly profiles: readonly string[];
  readonly alsoAt: readonly AlsoAt[];
  /** Replays by itself; '' where no run of the machine breaks (ftrace_bug while the steps ran, a row of checks/call.ts). */
  readonly schedule: string;
  readonly repair: Repair | null;
  /** What was run, for the scenario in the reply. `break` and `model` are null where no machine ran. */
  readonly protocol: Protocol;
  readonly model: Model | null;
  /** The line that each step of the model comes from; none where no machine ran. */
  readonly sources: readonly Spot[];
  readonly break: Break | null;
}

type NoteId =
  | 'outside-cmodx' // a word that is not patch class is modified while it may run
  | 'idle-task' // breaks only for an idle task RCU does not watch
  | 'own-exception' // breaks only when the modifying CPU takes an exception between two of its stores in stop_machine()
  | 'stale-freed' // a freed target reached only by a stale fetch after a Tasks-RCU grace period
  | 'unordered-publish' // data published by a plain store before the modification, no barrier between
  | 'unjudged' // the patch changes C too that no run executes
  | 'assembly-unread' // the patch changes assembly too, which is not judged
  | 'pre-existing-gone' // a break of the unpatched source is gone
  | 'pre-existing' // a break on both sides: not mailed
  | 'diff-only'; // judged from the diff's own lines

export interface Note {
  readonly id: NoteId;
  readonly text: string;
}

export interface PatchVerdict {
  readonly answer: 'finding' | 'question' | 'pass' | 'silence';
  readonly why: string;
  readonly runs: readonly Run[];
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
  /** Kernels that were run, with who decided what of them. */
  readonly kernels?: readonly Profile[];
}
