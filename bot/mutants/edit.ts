/**
 * Applies a row's edits to the text of a tree. Places are found by content, so that one row fits several kernel versions;
 * an edit that finds no place says which, and changes nothing.
 *
 * Example: { op: 'drop', in: 'ftrace_replace_code', at: /synchronize_rcu_tasks\(/ } takes out the statement with that call.
 */
import type { Edit, FileRole, Place } from './row.ts';

export type Read = (path: string) => string | null;

const trace = 'arch/powerpc/kernel/trace/';
/** The newest name first. */
const paths: Readonly<Record<FileRole, readonly string[]>> = {
  ftrace: [`${trace}ftrace.c`],
  entry: ['ftrace_entry.S', 'ftrace_mprofile.S', 'ftrace_64_mprofile.S'].map((name) => trace + name),
  core: ['kernel/trace/ftrace.c'],
  patching: ['arch/powerpc/lib/code-patching.c'],
  branches: ['text-patching', 'code-patching'].map((name) => `arch/powerpc/include/asm/${name}.h`),
  header: ['arch/powerpc/include/asm/ftrace.h'],
  fixups: ['arch/powerpc/lib/feature-fixups.c'],
  labels: ['arch/powerpc/kernel/jump_label.c'],
  probes: ['arch/powerpc/kernel/kprobes.c'],
  optprobes: ['arch/powerpc/kernel/optprobes.c'],
  bpf: ['arch/powerpc/net/bpf_jit_comp.c'],
};

/** null where the tree has no such file. */
export const pathOf = (role: FileRole, read: Read): string | null =>
  paths[role].find((path) => read(path) !== null) ?? null;

export interface Edited {
  /** Texts that differ, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Why the edits do not apply; null where they do. */
  readonly problem: string | null;
}

export function applyEdits(edits: readonly Edit[], read: Read): Edited {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const role = edit.file ?? 'ftrace';
    const path = pathOf(role, read);
    const text = path === null ? null : (texts.get(path) ?? read(path));
    if (path === null || text === null) return refused(`the tree has no file for "${role}"`);
    const edited = applyEdit(edit, text, path.endsWith('.S'));
    if (edited === null) return refused(`no place in ${path.split('/').at(-1)} for ${placeText(edit)}`);
    texts.set(path, edited);
  }
  const changed = [...texts].filter(([path, text]) => read(path) !== text);
  return changed.length === 0 ? refused('it changes nothing') : { texts: new Map(changed), problem: null };
}

const refused = (problem: string): Edited => ({ texts: new Map(), problem });

function placeText(edit: Edit): string {
  const scope = edit.in === undefined ? '' : `${[edit.in].flat().join(' or ')} `;
  if (edit.op === 'rename') return `${edit.op} ${edit.from}`;
  const patterns = Object.values(edit).filter((value) => value instanceof RegExp);
  return `${edit.op} ${scope}${patterns.map(String).join(' ')}`.trim();
}

/** A stretch of text, in characters. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function applyEdit(edit: Edit, text: string, assembly: boolean): string | null {
  switch (edit.op) {
    case 'rename': {
      const whole = new RegExp(`\\b${edit.from}\\b`, 'g');
      return whole.test(text) ? text.replace(whole, edit.to) : null;
    }
    case 'append':
      return `${text}\n${edit.text}`;
    case 'ahead':
      return firstOf(scopesOf(text, edit.in), ({ from }) => splice(text, { from, to: from }, `${edit.text}\n`));
    case 'relocate': {
      const [moved] = scopesOf(text, edit.in);
      const [target] = scopesOf(text, edit.behind);
      if (moved === undefined || target === undefined) return null;
      return moveRange(text, { ...moved, to: lineEnd(text, moved.to) }, lineEnd(text, target.to), '\n');
    }
    default:
      return firstOf(scopesOf(text, edit.in), (scope) => applyWithin(edit, { text, scope, assembly }));
  }
}

type Within = Exclude<Edit, { readonly op: 'rename' | 'append' | 'ahead' | 'relocate' }>;

interface Spot {
  readonly text: string;
  readonly scope: Range;
  readonly assembly: boolean;
}

function applyWithin(edit: Within, { text, scope, assembly }: Spot): string | null {
  const find = (pattern: RegExp, nth = 0) => findIn(text, scope, pattern, nth);
  const statement = (pattern: RegExp, nth = 0) => {
    const found = find(pattern, nth);
    return found === null ? null : statementAt(text, found, assembly);
  };
  switch (edit.op) {
    case 'replace': {
      const found = find(edit.at, edit.nth);
      return found && replaceAt(text, found.from, edit);
    }
    case 'replace-all': {
      const part = text.slice(scope.from, scope.to);
      const replaced = part.replace(new RegExp(edit.at.source, 'g'), edit.by);
      return replaced === part ? null : splice(text, scope, replaced);
    }
    case 'drop': {
      const found = statement(edit.at, edit.nth);
      return found && splice(text, found, '');
    }
    case 'before':
    case 'after': {
      const found = statement(edit.at, edit.nth);
      if (found === null) return null;
      const at = edit.op === 'before' ? found.from : found.to;
      return splice(text, { from: at, to: at }, `${edit.text}\n`);
    }
    case 'swap': {
      const [first, second] = [statement(edit.first), statement(edit.second)];
      if (first === null || second === null || first.to > second.from) return null;
      return (
        text.slice(0, first.from) +
        text.slice(second.from, second.to) +
        text.slice(first.to, second.from) +
        text.slice(first.from, first.to) +
        text.slice(second.to)
      );
    }
    case 'move': {
      const moved = statement(edit.at);
      const target = edit.before ? statement(edit.before) : edit.after ? statement(edit.after) : null;
      if (moved === null || target === null) return null;
      return moveRange(text, moved, edit.before ? target.from : target.to, '');
    }
  }
}

/** With the text around it in view, for patterns that look ahead. */
function replaceAt(text: string, from: number, { at, by }: { at: RegExp; by: string }): string {
  const here = new RegExp(at.source, 'y');
  here.lastIndex = from;
  return text.replace(here, by);
}

const splice = (text: string, { from, to }: Range, by: string) => text.slice(0, from) + by + text.slice(to);

function moveRange(text: string, { from, to }: Range, at: number, ahead: string): string | null {
  if (at > from && at < to) return null;
  const moved = ahead + text.slice(from, to);
  return at <= from
    ? text.slice(0, at) + moved + text.slice(at, from) + text.slice(to)
    : text.slice(0, from) + text.slice(to, at) + moved + text.slice(at);
}

function firstOf<Item, Result>(items: readonly Item[], make: (item: Item) => Result | null): Result | null {
  for (const item of items) {
    const made = make(item);
    if (made !== null) return made;
  }
  return null;
}

function findIn(text: string, scope: Range, pattern: RegExp, nth: number): Range | null {
  const part = text.slice(scope.from, scope.to);
  const found = [...part.matchAll(new RegExp(pattern.source, 'g'))][nth];
  return found === undefined
    ? null
    : { from: scope.from + found.index, to: scope.from + found.index + found[0].length };
}

/** Where a name's code is: bodies of a C function (one for each configuration), a macro, or what stands behind a label. */
function scopesOf(text: string, name: Place | undefined): Range[] {
  if (name === undefined) return [{ from: 0, to: text.length }];
  if (typeof name !== 'string') return name.flatMap((one) => scopesOf(text, one));
  const word = name.replace(/[.$]/g, '\\$&');
  const definition = new RegExp(
    `^[a-zA-Z_](?:[^;{}()\\n#]|\\n(?=${word}))*\\b${word}\\([^;{}]*\\)[^;{}()]*\\n\\{[\\s\\S]*?^\\}`,
    'gm',
  );
  const macro = new RegExp(`^\\.macro\\s+${word}\\b[\\s\\S]*?^\\.endm`, 'gm');
  const label = new RegExp(`^(?:_GLOBAL\\w*\\(${word}\\)|${word}:)[\\s\\S]*`, 'gm');
  for (const pattern of [definition, macro, label]) {
    const found = [...text.matchAll(pattern)].map((match) => ({
      from: match.index,
      to: match.index + match[0].length,
    }));
    if (found.length > 0) return found;
  }
  return [];
}

const lineStart = (text: string, at: number) => text.lastIndexOf('\n', at - 1) + 1;
const lineEnd = (text: string, at: number) => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
};

/** Whole lines of the statement around a place: in C up to its semicolon or closing brace, in assembly the lines of the place. */
function statementAt(text: string, place: Range, assembly: boolean): Range {
  const from = lineStart(text, place.from);
  const lines = { from, to: lineEnd(text, Math.max(place.from, place.to - 1)) };
  if (assembly) return lines;
  let depth = 0;
  for (let at = from; at < text.length && depth >= 0; at++) {
    const char = text[at] ?? '';
    if ('({['.includes(char)) depth++;
    else if (')}]'.includes(char)) depth--;
    const ends = char === ';' || (char === '}' && !/^\}\s*(else|while)\b/.test(text.slice(at, at + 20)));
    if (depth === 0 && ends && at >= place.from) return { from, to: lineEnd(text, at) };
  }
  return lines;
}
