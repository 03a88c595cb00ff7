/**
 * A row of the catalogue: an edit of a kernel tree's own tracing code, and what the bot has to say of it. The one idea: whether
 * an edit does harm is known by construction, from what it does to instructions, registers or their order, and never from
 * what the bot said; `why` is that argument in one sentence.
 *
 * Example: dropping the IPI between two passes of a two-word protocol is a finding at level `stale`, check `return-address`,
 * at the mail line that takes it out.
 */
import type { CheckId } from '../../analyzers/checks/checks.ts';

/**
 * How a tree's call sites are written. `two-word`: trees before v6.6, with code of ours on top that rewrites the `mflr` ahead
 * of the call as well (catalogue/two-word.ts); `patchable`: v6.6 to v6.12; `out-of-line`: since v6.13.
 */
export type Style = 'two-word' | 'patchable' | 'out-of-line';

/**
 * A file of the tree by what it is for; `entry` is whichever .S file holds ftrace_caller, `branches` the header that makes
 * branches since v5.19 or so.
 */
export type FileRole =
  | 'ftrace'
  | 'entry'
  | 'core'
  | 'patching'
  | 'branches'
  | 'header'
  | 'labels'
  | 'probes'
  | 'optprobes'
  | 'bpf'
  | 'fixups';

/** A C function, `.macro` or label, by the names it has in one version or another. */
export type Place = string | readonly string[];

interface Where {
  /** The file; the C file of call sites by default. */
  readonly file?: FileRole;
  /** Where the place is; the whole file by default. */
  readonly in?: Place;
}

/** One step of an edit. `at` and its like are token patterns: they find a place by what it says, whatever its line. */
export type Edit = Where &
  (
    | { readonly op: 'replace'; readonly at: RegExp; readonly by: string; readonly nth?: number }
    | { readonly op: 'replace-all'; readonly at: RegExp; readonly by: string }
    /** The statement that holds the place, or the line of assembly. */
    | { readonly op: 'drop'; readonly at: RegExp; readonly nth?: number }
    | { readonly op: 'before' | 'after'; readonly at: RegExp; readonly text: string; readonly nth?: number }
    /** Two statements change places. */
    | { readonly op: 'swap'; readonly first: RegExp; readonly second: RegExp }
    /** A statement goes in front of another, or behind it. */
    | { readonly op: 'move'; readonly at: RegExp; readonly before?: RegExp; readonly after?: RegExp }
    | { readonly op: 'rename'; readonly from: string; readonly to: string }
    /** The definition of `in` goes behind that of another function. */
    | { readonly op: 'relocate'; readonly in: string; readonly behind: string }
    /** Text of our own in front of the definition of `in`. */
    | { readonly op: 'ahead'; readonly in: Place; readonly text: string }
    | { readonly op: 'append'; readonly text: string }
  );

export type Level = 'sequential' | 'preemption' | 'stale';

interface Common {
  /** Names the row on the command line; unique in the catalogue. */
  readonly id: string;
  /** What sort of mistake, or of change that is none; a sort has at most 15 rows. */
  readonly kind: string;
  readonly styles: readonly Style[];
  readonly edits: readonly Edit[];
  /** Only trees of which a file says this: an interface that not all of them have. */
  readonly needs?: { readonly file: FileRole; readonly says: RegExp };
  readonly why: string;
}

export interface Harmful extends Common {
  readonly harmful: true;
  /** The lowest level at which it breaks, and how; several checks where one break may show as either. */
  readonly level: Level;
  readonly check: CheckId | readonly CheckId[];
}
export interface Harmless extends Common {
  readonly harmful: false;
}
export type Row = Harmful | Harmless;
