/**
 * Where a token came from. Every token, node, step and finding points back to a line a person wrote, so that a reply
 * can stand under the guilty hunk line. Lines never move: the preprocessor skips inactive text, it does not delete it.
 *
 * Example: the `stw` that patch_instruction() emits, reached from ftrace_make_nop(), has a stack of two places; the
 * outer one is the line in ftrace_make_nop() that a patch added.
 */

/** A line of a source file; `line` is 1-based and counts in the text that was read (the patched source, when patched). */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** Macros the token came out of, outermost first; `file` and `line` are where the outermost one was used. */
  readonly macros: readonly string[];
}

/** One C function activation: `at` is the place of the call being made in it (innermost frame: of the primitive's call). */
export interface Frame {
  readonly fn: string;
  readonly at: Place;
}

/** Something that was not understood, in words for a person; reading never throws, it returns these. */
export interface Problem {
  readonly kind: string;
  readonly text: string;
  readonly at?: Place;
}
