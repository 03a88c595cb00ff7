/**
 * The files being read, as a stack: what `#include` pushes on and the end of a header takes off. The one idea: a file
 * is split into tokens once and read by an index; a header guarded as a whole is not even opened again.
 *
 * Example: a.h included twice, `#ifndef A_H` / `#define A_H` … `#endif`, is on the stack once.
 */
import { type Budget, charge, report, stopAtLimit } from './budget.ts';
import type { Expansion } from './expand.ts';
import type { Lexer } from './lex.ts';
import type { Place } from './place.ts';
import { placeOf, type Token } from './token.ts';

/** Finds a header for `#include`; null: it is not to be had, or not wanted. `from` is the including file. */
export type Resolve = (
  path: string,
  form: 'quoted' | 'system',
  from: string,
) => { readonly file: string; readonly text: string } | null;

export interface SkippedInclude {
  readonly path: string;
  readonly form: 'quoted' | 'system';
  readonly at: Place;
}

/** An open `#if`. */
interface Branch {
  /** `if`, `ifdef` or `ifndef`, at its place. */
  readonly opened: Token;
  /** This branch is read; none was yet; or one was, or the whole stands inside inactive text. */
  state: 'active' | 'waiting' | 'done';
  sawElse: boolean;
}

/** A file being read. */
export interface OpenFile {
  readonly file: string;
  readonly tokens: readonly Token[];
  at: number;
  /** Open `#if`s, outermost first. */
  readonly branches: Branch[];
  /** The X of an `#ifndef X` that opens the file, until something stands behind its `#endif`. */
  guard: string | null;
}

/** Everything that changes while reading. */
export interface Reading {
  readonly expansion: Expansion;
  readonly budget: Budget;
  readonly resolve: Resolve;
  readonly files: OpenFile[];
  readonly skippedIncludes: SkippedInclude[];
  readonly lexer: Lexer;
  /** Texts opened last, by file: what is wrong with one is told once. */
  readonly opened: Map<string, string>;
  /** Of every file that was opened, the lines of text that no open branch has. */
  readonly passedOver: Map<string, Set<number>>;
  /** Headers read whole that need no second reading while this macro is defined; '' after `#pragma once`. */
  readonly guards: Map<string, string>;
}

/** True where text is read. Outer branches need no look: inside inactive text every branch is `done`. */
export function isActive(file: OpenFile): boolean {
  const branch = file.branches.at(-1);
  return branch === undefined || branch.state === 'active';
}

/** Puts a file on top of the stack. A header whose include guard still stands is not read again. */
export function openFile(reading: Reading, { file, text }: { file: string; text: string }, at: Place): void {
  const { budget, files, guards, opened } = reading;
  const guard = guards.get(file);
  if (guard === '' || (guard !== undefined && reading.expansion.macros.has(guard))) return;
  if (!reading.passedOver.has(file)) reading.passedOver.set(file, new Set());
  if (files.length > budget.limits.includeDepthMax) stopAtLimit(budget, 'includeDepthMax', at);
  if (!charge(budget, 0, text.length, at)) return;
  const { tokens, problems } = reading.lexer.lex(file, text, budget.tokensLeft + 1);
  if (opened.get(file) !== text) for (const problem of problems) report(budget, problem);
  opened.set(file, text);
  if (!charge(budget, tokens.length, 0, at)) return;
  const opensWithGuard = tokens[0]?.text === '#' && tokens[1]?.text === 'ifndef' && tokens[4]?.text === 'define';
  files.push({ file, tokens, at: 0, branches: [], guard: opensWithGuard ? (tokens[2]?.text ?? null) : null });
}

/** The tokens behind `#` up to the end of the line. */
export function takeLine(file: OpenFile): readonly Token[] {
  const from = file.at + 1;
  let end = from;
  while (end < file.tokens.length && file.tokens[end]?.atLineStart === false) end++;
  file.at = end;
  return file.tokens.slice(from, end);
}

/** Takes the file off the stack at its end. */
export function closeFile(reading: Reading, file: OpenFile): void {
  reading.files.pop();
  for (const branch of file.branches) {
    report(reading.budget, {
      kind: 'unterminated-conditional',
      text: `#${branch.opened.text} without #endif`,
      at: placeOf(branch.opened),
    });
  }
  if (file.guard !== null && !reading.guards.has(file.file)) reading.guards.set(file.file, file.guard);
}
