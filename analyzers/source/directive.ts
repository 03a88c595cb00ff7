/**
 * What a line that starts with `#` does while a file is read. The one idea: the state of a conditional is one word,
 * `active` (this branch is read), `waiting` (no branch was yet) or `done` (one was, or the whole is inside inactive text).
 *
 * Example: in `#if 0` … `#elif 1` … `#else` … `#endif` the states are waiting, active, done.
 */
import { charge, report } from './budget.ts';
import { evaluateCondition } from './condition.ts';
import { expandAll } from './expand.ts';
import { isDefined } from './intrinsic.ts';
import { readDefinition } from './macro.ts';
import { isActive, type OpenFile, openFile, type Reading } from './reading.ts';
import { placeOf, spell, type Token } from './token.ts';

/** Runs one directive; `line` is what stands behind the `#`. */
export function runDirective(reading: Reading, file: OpenFile, line: readonly Token[]): void {
  const [word, ...rest] = line;
  if (word === undefined) return; // a lone # is the null directive
  const asBranch = branchDirectives.get(word.text);
  const run = asBranch ?? (isActive(file) ? (actions.get(word.text) ?? unknown) : null);
  run?.(reading, file, { word, rest });
  if (run === null) reading.passedOver.get(file.file)?.add(word.line);
}

interface Line {
  readonly word: Token;
  readonly rest: readonly Token[];
}
type Run = (reading: Reading, file: OpenFile, line: Line) => unknown;

function problem(reading: Reading, at: Token, kind: string, text: string): void {
  report(reading.budget, { kind, text, at: placeOf(at) });
}

function unknown(reading: Reading, _: OpenFile, { word }: Line): void {
  // For the assembler this is a comment.
  if (reading.expansion.language === 'assembly') return;
  if (word.kind !== 'number') problem(reading, word, 'unknown-directive', `#${word.text} is no directive`);
}

const branchDirectives: ReadonlyMap<string, Run> = new Map<string, Run>([
  ['if', (reading, file, line) => open(file, line, () => holds(reading, line))],
  ['ifdef', (reading, file, line) => open(file, line, () => defined(reading, line))],
  ['ifndef', (reading, file, line) => open(file, line, () => !defined(reading, line))],
  ['elif', (reading, file, line) => turn(reading, file, line, () => holds(reading, line))],
  ['elifdef', (reading, file, line) => turn(reading, file, line, () => defined(reading, line))],
  ['elifndef', (reading, file, line) => turn(reading, file, line, () => !defined(reading, line))],
  ['else', (reading, file, line) => turn(reading, file, line, () => true)],
  ['endif', close],
]);

function open(file: OpenFile, { word }: Line, test: () => boolean): void {
  const state = !isActive(file) ? 'done' : test() ? 'active' : 'waiting';
  file.branches.push({ opened: word, state, sawElse: false });
}

/** `#elif` and `#else`. */
function turn(reading: Reading, file: OpenFile, { word }: Line, test: () => boolean): void {
  const branch = file.branches.at(-1);
  if (branch === undefined || branch.sawElse) {
    problem(reading, word, 'stray-conditional', `#${word.text} without #if`);
    return;
  }
  branch.sawElse = word.text === 'else';
  if (branch.state === 'waiting') branch.state = test() ? 'active' : 'waiting';
  else branch.state = 'done';
  if (file.branches.length === 1) file.guard = null; // an include guard has no second branch
}

function close(reading: Reading, file: OpenFile, { word }: Line): void {
  if (file.branches.pop() === undefined) problem(reading, word, 'stray-conditional', '#endif without #if');
  if (file.branches.length === 0 && file.at < file.tokens.length) file.guard = null;
}

function defined(reading: Reading, { word, rest }: Line): boolean {
  const name = rest[0];
  if (name?.kind === 'name') return isDefined(reading.expansion, name.text);
  problem(reading, word, 'condition', `#${word.text} without a name`);
  return false;
}

function holds(reading: Reading, { word, rest }: Line): boolean {
  const condition = evaluateCondition(expandAll(reading.expansion, rest, { inCondition: true, depth: 0 }));
  if ('value' in condition) return condition.value !== 0n;
  if (!reading.budget.stopped) problem(reading, word, 'condition', condition.reason);
  return false;
}

const actions: ReadonlyMap<string, Run> = new Map<string, Run>([
  ['define', define],
  ['undef', (reading, _, { rest }) => reading.expansion.macros.delete(rest[0]?.text ?? '')],
  ['include', include],
  ['include_next', include],
  ['pragma', pragma],
  ['error', (reading, _, { word, rest }) => problem(reading, word, 'error-directive', `#error ${spell(rest)}`)],
  // Lines are where text was written, never where it says it was; warnings and idents change nothing.
  ...['warning', 'line', 'ident', 'sccs', 'assert', 'unassert'].map((name): [string, Run] => [name, () => {}]),
]);

function define(reading: Reading, _: OpenFile, { word, rest }: Line): void {
  const definition = readDefinition(rest);
  if ('macro' in definition) reading.expansion.macros.set(definition.macro.name, definition.macro);
  else problem(reading, word, 'define', definition.reason);
}

function pragma(reading: Reading, file: OpenFile, { rest }: Line): void {
  if (rest[0]?.text === 'once') reading.guards.set(file.file, '');
}

function include(reading: Reading, file: OpenFile, { word, rest }: Line): void {
  const first = rest[0];
  const isLiteral = first?.kind === 'string' || first?.text === '<';
  const operand = isLiteral ? rest : expandAll(reading.expansion, rest, { inCondition: false, depth: 0 });
  const header = headerName(operand);
  if (header === null) {
    problem(reading, word, 'include', `#include ${spell(rest)} names no header`);
    return;
  }
  const found = reading.resolve(header.path, header.form, file.file);
  if (!charge(reading.budget, 1, 0, word)) return;
  // A header that wraps the next one of its name: only one of that name can be had here.
  const isItself = word.text === 'include_next' && found?.file === file.file;
  if (found === null || isItself) reading.skippedIncludes.push({ ...header, at: placeOf(word) });
  else openFile(reading, found, placeOf(word));
}

function headerName(tokens: readonly Token[]): { path: string; form: 'quoted' | 'system' } | null {
  const first = tokens[0];
  if (first?.kind === 'string') return { path: first.text.slice(1, -1), form: 'quoted' };
  const end = tokens.findIndex((token) => token.text === '>');
  if (first?.text !== '<' || end === -1) return null;
  return { path: spell(tokens.slice(1, end)), form: 'system' };
}
