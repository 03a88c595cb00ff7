/**
 * Macros of the assembler: `.macro` as a value, the arguments of a call, and the body with them put in (GNU as manual,
 * 7.77 `.macro`). The one idea: all of it is text; what an argument means is decided where the body uses it.
 *
 * Example: `.macro OP op, start=0` with the body `\op r3, \start\()(r1)`, called as `OP ld`, gives `ld r3, 0(r1)`.
 */
import { endOfString, leadingString, type Statement } from './statement.ts';

interface Parameter {
  readonly name: string;
  readonly qualifier: 'optional' | 'required' | 'rest';
  readonly initial: string;
}

export interface AsMacro {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

const namePattern = /^[A-Za-z_.$][\w.$]*/;

/** Reads what stands behind `.macro`; a reason in words where that is no definition. */
export function readMacroHead(text: string): { name: string; parameters: Parameter[] } | string {
  const name = namePattern.exec(text)?.[0];
  if (name === undefined) return 'a macro without a name';
  const parameters: Parameter[] = [];
  let at = name.length;
  for (;;) {
    at = skipComma(text, at);
    if (at >= text.length) return { name, parameters };
    const parameter = namePattern.exec(text.slice(at))?.[0];
    if (parameter === undefined) return `the parameters of macro ${name} are not a list of names`;
    at += parameter.length;
    const [whole = '', qualifier] = /^:(req|vararg)/.exec(text.slice(at)) ?? [];
    at += whole.length;
    let initial = '';
    if (text.charAt(at) === '=') [initial, at] = readArgument(text, at + 1);
    const kind = qualifier === undefined ? 'optional' : qualifier === 'req' ? 'required' : 'rest';
    parameters.push({ name: parameter, qualifier: kind, initial });
  }
}

/** The arguments of a call by parameter, or a reason in words. */
export function readArguments(macro: AsMacro, text: string): Map<string, string> | string {
  const given = new Map<string, string>();
  let position = 0;
  for (let at = skipComma(text, 0, false); at < text.length; at = skipComma(text, at)) {
    const [whole, keyword = ''] = /^([A-Za-z_.$][\w.$]*)=/.exec(text.slice(at)) ?? [];
    if (whole !== undefined) {
      if (!macro.parameters.some(({ name }) => name === keyword))
        return `macro ${macro.name} has no parameter ${keyword}`;
      const [argument, end] = readArgument(text, at + whole.length);
      given.set(keyword, argument);
      at = end;
      continue;
    }
    const parameter = macro.parameters[position++];
    if (parameter === undefined)
      return `macro ${macro.name} takes ${macro.parameters.length} arguments, more are given`;
    const [argument, end] = parameter.qualifier === 'rest' ? [text.slice(at), text.length] : readArgument(text, at);
    given.set(parameter.name, argument);
    at = end;
  }
  for (const { name, qualifier, initial } of macro.parameters) {
    if ((given.get(name) ?? '') !== '') continue;
    if (qualifier === 'required') return `macro ${macro.name} needs its argument ${name}`;
    given.set(name, initial);
  }
  return given;
}

/** Lists such as those of `.irp`: every argument up to the end. */
export function readList(text: string): string[] {
  const list: string[] = [];
  for (let at = skipComma(text, 0, false); at < text.length; at = skipComma(text, at)) {
    const [argument, end] = readArgument(text, at);
    list.push(argument);
    at = end;
  }
  return list;
}

/** A statement of a body with its arguments put in. `\@` is the count of macros called before. */
export function substitute(text: string, values: ReadonlyMap<string, string>, count: number): string {
  return text.replace(/\\(?:\(([^)]*)\)|@|[A-Za-z_.$][\w.$]*)/g, (whole, literal: string | undefined) => {
    if (literal !== undefined) return literal;
    if (whole === '\\@') return String(count);
    return values.get(whole.slice(1)) ?? whole;
  });
}

/** An argument ends at a comma, or at white space outside brackets; a string is what stands between its quotes. */
function readArgument(text: string, from: number): [argument: string, end: number] {
  const string = leadingString(text.slice(from));
  if (string !== null) return [string.content, from + string.end];
  const open: string[] = [];
  let at = from;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === ',' || (/\s/.test(character) && open.length === 0)) break;
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '(' || character === '[') open.push(character === '(' ? ')' : ']');
    else if (character === open.at(-1)) open.pop();
  }
  return [text.slice(from, at), at];
}

/** Behind white space and at most one comma. */
function skipComma(text: string, from: number, comma = true): number {
  const pattern = comma ? /^\s*,?\s*/ : /^\s*/;
  return from + (pattern.exec(text.slice(from))?.[0].length ?? 0);
}
