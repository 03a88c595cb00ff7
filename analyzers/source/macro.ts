/**
 * A macro as defined, before any use. The one idea: a definition is a value (name, parameters, body tokens), so a table
 * of them can be handed on from a prelude to the next file.
 *
 * Example: `#define pr_x(fmt, args...) f(fmt, ##args)` is { name: 'pr_x', parameters: ['fmt', 'args'], variadic: true,
 * body: f ( fmt , ## args ) }.
 */
import { lex } from './lex.ts';
import type { Token } from './token.ts';

export interface Macro {
  readonly name: string;
  /** null: object-like. The last one stands for all further arguments when `variadic`. */
  readonly parameters: readonly string[] | null;
  readonly variadic: boolean;
  readonly body: readonly Token[];
}

export type MacroTable = Map<string, Macro>;

/** The unnamed rest of the arguments, C11 6.10.3 p5. */
export const VARIADIC_NAME = '__VA_ARGS__';

/**
 * Reads what stands behind `#define`: a name, optionally a parameter list (only when `(` follows without space), and
 * the body up to the end of `tokens`. Returns the reason in words when that is no definition.
 */
export function readDefinition(tokens: readonly Token[]): { macro: Macro } | { reason: string } {
  const name = tokens[0];
  if (name === undefined || name.kind !== 'name') return { reason: '#define without a name' };
  const open = tokens[1];
  if (open === undefined || open.text !== '(' || open.spaceBefore) {
    return { macro: { name: name.text, parameters: null, variadic: false, body: tokens.slice(1) } };
  }
  const parameters: string[] = [];
  let variadic = false;
  let at = 2;
  for (; at < tokens.length && tokens[at]?.text !== ')'; at++) {
    const token = tokens[at];
    if (token === undefined || variadic) break;
    if (token.text === '...') {
      parameters.push(VARIADIC_NAME);
      variadic = true;
    } else if (token.kind === 'name') {
      parameters.push(token.text);
      if (tokens[at + 1]?.text === '...') {
        variadic = true; // GNU: args... names the rest
        at++;
      }
    } else break;
    if (tokens[at + 1]?.text === ',') at++;
    else if (tokens[at + 1]?.text !== ')') break;
  }
  if (tokens[at]?.text !== ')') return { reason: `the parameters of macro ${name.text} are not a list of names` };
  return { macro: { name: name.text, parameters, variadic, body: tokens.slice(at + 1) } };
}

/**
 * A table from definitions given as text: `CONFIG_SMP` → `1`, `likely(x)` → `(x)`. A row that is no definition is left
 * out and given back in `rejected`.
 */
export function macrosFromText(definitions: ReadonlyMap<string, string>): { table: MacroTable; rejected: string[] } {
  const table: MacroTable = new Map();
  const rejected: string[] = [];
  for (const [head, text] of definitions) {
    const definition = readDefinition(lex('<predefined>', `${head} ${text.replaceAll('\n', ' ')}`).tokens);
    if ('macro' in definition) table.set(definition.macro.name, definition.macro);
    else rejected.push(head);
  }
  return { table, rejected };
}
