/**
 * The few variables of a Makefile that say how a kernel is compiled and of which objects it is made. The one idea: text
 * that make would get from a shell or from a function not known here is unknown, and so is all that rests on it; nothing
 * is run.
 *
 * Example: with CONFIG_MPROFILE_KERNEL=y, arch/powerpc/Makefile makes CC_FLAGS_FTRACE of v6.1 `-pg -mprofile-kernel`.
 */
import { type Compiler, takesOptions } from './compiler.ts';
import { macroEnd } from './parse-expression.ts';

export interface MakeOptions {
  /** CONFIG_ symbols and other variables that are set before. */
  readonly variables: ReadonlyMap<string, string>;
  readonly compiler: Compiler;
}

/** Variables by name as they are at the end; null where unknown. */
export type Variables = ReadonlyMap<string, string | null>;

type Expand = (text: string, depth?: number) => string | null;
/** Taken, not taken, unknown; and whether a branch of it was taken before. */
interface Conditional {
  taken: boolean | null;
  done: boolean | null;
}

const linesMax = 5000;
const depthMax = 16;

export function runMakefile(text: string, { variables, compiler }: MakeOptions): Variables {
  /** `=` keeps what is written until it is used. */
  const values = new Map<string, { text: string | null; later: boolean }>(
    [...variables].map(([name, value]) => [name, { text: value, later: false }]),
  );
  const expand: Expand = (given, depth = 0) => {
    if (depth > depthMax) return null;
    return replaceReferences(given, (reference) => {
      const [, name = '', rest] = /^([\w-]+)(?:\s+([\s\S]*))?$/.exec(reference) ?? [];
      if (rest !== undefined) return callFunction(name, rest, (one) => expand(one, depth + 1), compiler);
      const inner = name === '' ? expand(reference, depth + 1) : name;
      if (inner === null) return null;
      const value = values.get(inner);
      if (value === undefined) return '';
      return value.text === null || !value.later ? value.text : expand(value.text, depth + 1);
    });
  };
  const conditionals: Conditional[] = [];
  const taken = () => {
    if (conditionals.some((one) => one.taken === false)) return false;
    return conditionals.some((one) => one.taken === null) ? null : true;
  };
  let inRule = false;
  for (const line of logicalLines(text)) {
    const bare = withoutComment(line).trim();
    if (bare === '') continue;
    if (conditional(bare, conditionals, expand, (name) => definedOf(values.get(name)?.text))) continue;
    if (line.startsWith('\t') && inRule) continue;
    const assignment = /^(?:export\s+|override\s+)*([^\s:=?+!#][^:=?+!#]*?)\s*(:::=|::=|:=|\?=|\+=|=)\s*(.*)$/.exec(
      bare,
    );
    inRule = assignment === null && /^[^=]*:(?!=)/.test(bare);
    if (assignment === null || taken() === false) continue;
    const [, target = '', operator = '', value = ''] = assignment;
    const name = expand(target)?.trim() ?? null;
    if (name === null) continue;
    const before = values.get(name);
    if (operator === '?=' && before !== undefined) continue;
    const later = operator === '=' || operator === '?=' || (operator === '+=' && before?.later === true);
    const given = taken() === null ? null : later ? value : expand(value);
    const appended = operator === '+=' && before !== undefined ? appendedTo(before.text, given) : given;
    values.set(name, { text: appended, later });
  }
  return new Map(
    [...values].map(([name, { text: value, later }]) => [name, value !== null && later ? expand(value) : value]),
  );
}

const appendedTo = (before: string | null, added: string | null) =>
  before === null || added === null ? null : [before, added].filter((one) => one !== '').join(' ');

/** Is a variable's text other than empty; null: unknown. */
const definedOf = (text: string | null | undefined) => (text === null ? null : (text ?? '').trim() !== '');

/** Takes a line that opens, turns or closes a conditional. */
function conditional(
  line: string,
  open: Conditional[],
  expand: Expand,
  isDefined: (name: string) => boolean | null,
): boolean {
  const [, keyword = '', rest = ''] = /^(ifdef|ifndef|ifeq|ifneq|else|endif)\b\s*(.*)$/.exec(line) ?? [];
  if (keyword === '') return false;
  if (keyword === 'endif') {
    open.pop();
    return true;
  }
  if (keyword === 'else') {
    const current = open.at(-1);
    if (current === undefined) return true;
    const { done } = current;
    const holds = rest === '' ? true : conditionOf(rest, expand, isDefined);
    current.taken = done === true ? false : done === null || holds === null ? (holds === false ? false : null) : holds;
    current.done = done === true || holds === true ? (done === null ? null : true) : holds === null ? null : done;
    return true;
  }
  const holds = conditionOf(line, expand, isDefined);
  open.push({ taken: holds, done: holds });
  return true;
}

function conditionOf(line: string, expand: Expand, isDefined: (name: string) => boolean | null): boolean | null {
  const [, keyword = '', rest = ''] = /^(ifdef|ifndef|ifeq|ifneq)\b\s*(.*)$/.exec(line) ?? [];
  if (keyword === '') return null;
  if (keyword === 'ifdef' || keyword === 'ifndef') {
    const name = expand(rest)?.trim() ?? null;
    const defined = name === null ? null : isDefined(name);
    return defined === null || keyword === 'ifdef' ? defined : !defined;
  }
  const [left = null, right = null] = operandsOf(rest).map((one) => expand(one)?.trim() ?? null);
  if (left === null || right === null) return null;
  return (left === right) === (keyword === 'ifeq');
}

/** `(a,b)`, or `"a" "b"` in quotes of either kind. */
function operandsOf(text: string): string[] {
  if (!text.startsWith('('))
    return [...text.matchAll(/"([^"]*)"|'([^']*)'/g)].map((match) => match[1] ?? match[2] ?? '');
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 1) return [text.slice(1, at), text.slice(at + 1, text.lastIndexOf(')'))];
  }
  return [];
}

/** Functions of make, and of the kernel's own makefiles those that ask the compiler. */
function callFunction(name: string, rest: string, expand: Expand, compiler: Compiler): string | null {
  const args = rest.split(',').map((one) => expand(one)?.trim() ?? null);
  const [first = null, second = null, third = null] = args;
  if (args.includes(null) || first === null) return null;
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
  switch (name) {
    case 'strip':
      return words(first).join(' ');
    case 'filter':
      return second === null || first.includes('%')
        ? null
        : words(second)
            .filter((one) => words(first).includes(one))
            .join(' ');
    case 'filter-out':
      return second === null || first.includes('%')
        ? null
        : words(second)
            .filter((one) => !words(first).includes(one))
            .join(' ');
    case 'subst':
      return second === null || third === null || first === '' ? null : third.replaceAll(first, second);
    case 'call': {
      if (first === 'cc-ifversion') return ifVersion(args.slice(1), compiler);
      if (second === null || (first !== 'cc-option' && first !== 'cc-option-yn')) return null;
      const takes = takesOptions(compiler, second);
      if (takes === null) return null;
      return first === 'cc-option-yn' ? (takes ? 'y' : 'n') : takes ? second : (third ?? '');
    }
    default:
      return null;
  }
}

/** `-lt,0409,then,else`: a version is of four digits, 0409 for 4.9. What clang counts as there is not known. */
function ifVersion([operator, version, then, otherwise = '']: readonly (string | null)[], compiler: Compiler) {
  if (compiler.kind !== 'gcc' || !/^\d{4}$/.test(version ?? '')) return null;
  const order = Math.floor(compiler.version / 100) - Number(version);
  const holds = { '-lt': order < 0, '-le': order <= 0, '-ge': order >= 0, '-gt': order > 0, '-eq': order === 0 };
  const found = Object.entries(holds).find(([name]) => name === operator)?.[1];
  return found === undefined ? null : found ? (then ?? null) : otherwise;
}

/** `$(…)`, `${…}` and `$x` replaced; null where one of them is unknown. */
function replaceReferences(text: string, answerOf: (reference: string) => string | null): string | null {
  let all = '';
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('$', at);
    if (next < 0) return all + text.slice(at);
    all += text.slice(at, next);
    const opening = text.charAt(next + 1);
    if (opening === '$') {
      all += '$';
      at = next + 2;
      continue;
    }
    const length =
      opening === '(' ? macroEnd(text.slice(next)) : opening === '{' ? text.indexOf('}', next) - next + 1 : 2;
    if (length <= 0) return null;
    const value = answerOf(length === 2 ? opening : text.slice(next + 2, next + length - 1));
    if (value === null) return null;
    all += value;
    at = next + length;
  }
  return all;
}

/** Lines with their continuations, without the bodies of `define`. */
function* logicalLines(text: string): Generator<string> {
  const lines = text.split('\n', linesMax);
  let inDefine = false;
  for (let at = 0; at < lines.length; at++) {
    let line = lines[at] ?? '';
    while (line.endsWith('\\') && at + 1 < lines.length)
      line = `${line.slice(0, -1).trimEnd()} ${lines[++at]?.trim() ?? ''}`;
    if (/^\s*define\b/.test(line)) inDefine = true;
    if (!inDefine) yield line;
    if (/^\s*endef\b/.test(line)) inDefine = false;
  }
}

const withoutComment = (line: string) => line.replace(/(^|[^\\])#.*$/, '$1');
