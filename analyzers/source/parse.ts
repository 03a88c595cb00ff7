/**
 * Preprocessed tokens → syntax tree of a translation unit. The one idea: every definition at file scope is read on its
 * own; one that is no C, or that a missing header made unreadable, is left out and named in `problems`, and reading
 * goes on behind it. Function-like macros that no header explained (`EXPORT_SYMBOL(x);`) are passed over.
 *
 * Example: `int f(void) { return 1 +; }` / `int g(void) { return 2; }` has the function g and one problem of kind
 * `unparsed` at the `;`.
 */
import type { Declaration, FunctionDefinition, Unit } from './ast.ts';
import { isAsm, parseAsm } from './parse-asm.ts';
import {
  accept,
  type Cursor,
  defaultParseLimits,
  findClosers,
  isAtEnd,
  type Meaning,
  ParseFailure,
  type ParseLimits,
  peek,
  skipBracket,
  type TagDefinition,
} from './parse-cursor.ts';
import { type FunctionHead, parseDeclarationsOrHead, skipStaticAssert } from './parse-declaration.ts';
import { findMacroDeclaration } from './parse-guess.ts';
import { declareVariable } from './parse-names.ts';
import { behindDefinition } from './parse-recovery.ts';
import { parseBlock } from './parse-statement.ts';
import type { Problem } from './place.ts';
import { placeOf, type Token } from './token.ts';

export interface ParseOptions {
  /** Typedef names known from elsewhere. */
  readonly typedefs?: Iterable<string>;
  readonly limits?: Partial<ParseLimits>;
  /** Width of `long`, which decides the type of large constants; 64 unless said otherwise. */
  readonly longBits?: 32 | 64;
}

/** A unit, and what had to be guessed to read it. */
export interface ParsedUnit extends Unit {
  /** Names taken for types although nothing declares them. */
  readonly guessedTypes: ReadonlySet<string>;
  /** Names passed over: attribute macros, macro calls at file scope or among members, string macros. */
  readonly skippedNames: ReadonlySet<string>;
  /** Macros no header explained that made functions unreadable, each with the first function that used it. */
  readonly missingMacros: ReadonlyMap<string, string>;
  /** Functions left out; each is also a problem. */
  readonly droppedFunctions: readonly string[];
}

/** Parses a whole unit. Never throws; every definition left out is a problem with its place and what was expected. */
export function parseUnit(file: string, tokens: readonly Token[], options: ParseOptions = {}): ParsedUnit {
  const cursor = newCursor(file, tokens, options);
  const found: Found = { functions: [], declarations: [], problems: [], missingMacros: new Map(), dropped: [] };
  while (!isAtEnd(cursor)) {
    const start = cursor.at;
    try {
      parseExternal(cursor, found);
    } catch (failure) {
      if (!(failure instanceof ParseFailure)) throw failure; // our bug, not the text's
      recover(cursor, found, { failure, start });
    }
  }
  const { functions, declarations, problems, missingMacros, dropped } = found;
  const { tags, guessedTypes, skippedNames } = cursor;
  const guessed = { guessedTypes, skippedNames, missingMacros, droppedFunctions: dropped };
  return { file, functions, declarations, tags, problems, ...guessed };
}

interface Found {
  readonly functions: FunctionDefinition[];
  readonly declarations: Declaration[];
  readonly problems: Problem[];
  readonly missingMacros: Map<string, string>;
  readonly dropped: string[];
}

function newCursor(file: string, tokens: readonly Token[], options: ParseOptions): Cursor {
  const last = tokens.at(-1);
  const end: Token = {
    kind: 'other',
    text: '',
    file: last?.file ?? file,
    line: last?.line ?? 1,
    spaceBefore: false,
    atLineStart: true,
    macros: [],
    hidden: null,
  };
  const names = new Map<string, Meaning>();
  for (const name of ['bool', '__builtin_va_list', ...(options.typedefs ?? [])])
    names.set(name, { is: 'type', slot: -1 });
  const tags: TagDefinition[] = [];
  return {
    file,
    tokens,
    closers: findClosers(tokens),
    end,
    limits: { ...defaultParseLimits, ...options.limits },
    longBits: options.longBits ?? 64,
    scopes: [names],
    tags,
    guessedTypes: new Set(),
    skippedNames: new Set(),
    at: 0,
    depth: 0,
    anonymous: 0,
    functionName: null,
    slots: 0,
  };
}

/** One definition or declaration at file scope. */
function parseExternal(cursor: Cursor, found: Found): void {
  if (accept(cursor, ';') || skipStaticAssert(cursor)) return;
  if (isAsm(peek(cursor))) {
    parseAsm(cursor);
    accept(cursor, ';');
    return;
  }
  if (skipMacroDeclaration(cursor, found)) return;
  const result = parseDeclarationsOrHead(cursor);
  if (Array.isArray(result)) found.declarations.push(...result);
  else found.functions.push(parseBody(cursor, result));
}

function parseBody(cursor: Cursor, head: FunctionHead): FunctionDefinition {
  const { name, type, specifiers, weak } = head;
  cursor.functionName = name.text;
  cursor.slots = 0;
  cursor.scopes.push(new Map());
  for (const parameter of type.parameters) declareVariable(cursor, parameter.name ?? '');
  const body = parseBlock(cursor);
  const end = cursor.tokens[cursor.at - 1]?.line ?? name.line;
  cursor.scopes.pop();
  cursor.functionName = null;
  const { storage, inline } = specifiers;
  return { at: placeOf(name), name: name.text, type, storage, weak, inline, body, slots: cursor.slots, end };
}

/** A macro that no header explained stands for a declaration; a body behind it is a function lost, and said so. */
function skipMacroDeclaration(cursor: Cursor, found: Found): boolean {
  const macro = findMacroDeclaration(cursor);
  if (macro === null) return false;
  const { name, behind, opensBody } = macro;
  // Old C's `main() {`: names of macros that define functions are written in capitals.
  if (opensBody && name.text !== name.text.toUpperCase()) return false;
  cursor.skippedNames.add(name.text);
  cursor.at = behind;
  if (opensBody) {
    const text = `the body behind ${name.text}(…) was dropped`;
    addProblem(cursor, found, { kind: 'unparsed', text, at: placeOf(name) });
    found.dropped.push(name.text);
    skipBracket(cursor);
  }
  return true;
}

function addProblem(cursor: Cursor, found: Found, problem: Problem): void {
  if (found.problems.length < cursor.limits.problemsMax) found.problems.push(problem);
}

/** Names what is left out and goes on behind it. */
function recover(cursor: Cursor, found: Found, { failure, start }: { failure: ParseFailure; start: number }): void {
  const name = cursor.functionName;
  cursor.functionName = null;
  cursor.depth = 0;
  cursor.scopes.splice(1);
  cursor.at = Math.max(behindDefinition(cursor, start), start + 1);
  const what = name === null ? 'a declaration' : `function ${name}`;
  const text = `${what} was dropped: ${failure.message}`;
  addProblem(cursor, found, { kind: failure.kind, text, at: placeOf(failure.token) });
  if (name !== null) found.dropped.push(name);
  if (failure.macro !== null && name !== null && !found.missingMacros.has(failure.macro)) {
    found.missingMacros.set(failure.macro, name);
  }
}
