/**
 * A source file as far as a diff shows it: the lines of one side of its hunks, each at its true line number, with the
 * rest blank, made parseable. Nothing is invented: where lines are missing inside a function stands `__unseen();`, which
 * the interpreter takes for an unknown; a block that was opened out of sight is opened as `if (!__unseen()) {`.
 *
 * Example: a hunk that starts in the middle of f(), `@@ -10,3 +10,4 @@ int f(int a)`, yields on line 9
 * `int f(int a){__unseen();` and then the hunk's own lines 10 to 13, and on line 14 `__unseen();}`.
 */

/** Consecutive lines of one side of a hunk; `heading` is the text after the second `@@`. */
export interface Segment {
  /** 1-based line number of `lines[0]` in that side of the file. */
  readonly start: number;
  readonly lines: readonly string[];
  readonly heading: string;
  /** Indexes into `lines` at which this side differs from the other one, or behind which the other one has more. */
  readonly changed: ReadonlySet<number>;
}

export interface Fragment {
  /** Text whose line N is line N of the file, where it is known. */
  readonly text: string;
  /** Functions of which lines are missing, by name. A run through one of them rests on what is not in the mail. */
  readonly partial: ReadonlySet<string>;
  /** Those of `partial` in which nothing differs: shown as context alone. */
  readonly contextOnly: ReadonlySet<string>;
}

/** The name of the stand-in for missing lines. */
export const unseen = '__unseen';

/** @param signatures full signatures of functions whose heading git cuts short, by name: `int f(struct module *mod, int a)` */
export function rebuildFragment(segments: readonly Segment[], signatures: ReadonlyMap<string, string>): Fragment {
  const ordered = [...segments].filter((segment) => segment.lines.length > 0).sort((a, b) => a.start - b.start);
  const out: string[] = [];
  const partial = new Set<string>();
  const touched = new Set<string>(); // in which something differs
  const conditionals: Conditionals = { open: [], suspended: [] };
  let open: string | null = null; // the function a gap interrupts, '' where its name is not known
  let tail = ''; // what closes the segment before, to stand in the gap after it
  for (const segment of ordered) {
    const shape = shapeOf(segment.lines);
    let closing = tail;
    let glue = '';
    if (open !== null && !(shape.inside && continues(open, segment.heading))) {
      closing += `${unseen}();}`; // its end is out of sight
      open = null;
    }
    const name = nameIn(segment.heading);
    // A hunk that starts inside what is no function (a table, a struct) is left as it is: the parser will say so.
    if (shape.inside && open === null && name !== null) {
      glue += `${signatures.get(name) ?? completed(segment.heading)}{`;
      open = name;
    }
    if (shape.inside && open !== null) {
      partial.add(open);
      glue += `${unseen}();${`if(!${unseen}()){`.repeat(shape.opensMissing)}`;
    }
    if (shape.startsAtBrace && name !== null) {
      // Where the rest of the signature is in sight, the heading is its beginning as it stands.
      glue += shape.parametersVisible ? segment.heading : (signatures.get(name) ?? completed(segment.heading));
    }
    if (shape.startsInComment) glue += '/*';
    // Only where there is room for the `#endif`s is a conditional closed in the gap.
    const closes = segment.start - 1 - out.length > conditionals.open.length + 3 ? conditionals.open.splice(0) : [];
    conditionals.suspended.push(...closes);
    const needed = followConditionals(segment.lines, conditionals);
    fillGap(out, segment.start, { closing: [closing, ...closes.map(() => '#endif')], opening: [...needed, glue] });
    out.push(...segment.lines);
    const end = endOf(segment, shape, shape.startsAtBrace ? name : open);
    for (const changed of end.touched) touched.add(changed);
    open = end.open;
    if (open !== null) partial.add(open);
    tail = (shape.endsInComment ? '*/' : '') + '}'.repeat(Math.max(0, end.depth - 1));
  }
  if (open !== null) tail += `${unseen}();}`;
  if (tail !== '') out.push(tail);
  for (const _ of conditionals.open) out.push('#endif');
  return {
    text: `${out.join('\n')}\n`,
    partial,
    contextOnly: new Set([...partial].filter((name) => !touched.has(name))),
  };
}

interface Shape {
  /** The first line is inside a function body that was opened before. */
  readonly inside: boolean;
  /** The lines start with the rest of a signature, or at the `{`: the signature's first line is out of sight. */
  readonly startsAtBrace: boolean;
  readonly parametersVisible: boolean;
  readonly startsInComment: boolean;
  readonly endsInComment: boolean;
  /** How many blocks are closed that were not opened in these lines, not counting the function's own brace. */
  readonly opensMissing: number;
}

function shapeOf(lines: readonly string[]): Shape {
  const startsInComment = startsInsideComment(lines);
  const code = codeOf(lines, startsInComment);
  const first = code.lines.findIndex((line) => /^[A-Za-z_{}]/.test(line) && !/^[A-Za-z_]\w*\s*:(?!:)/.test(line));
  const top = first < 0 ? '' : (code.lines[first] ?? '');
  const inside =
    first < 0
      ? code.lines.some((line) => /^\s+\S/.test(line))
      : top.startsWith('}') || indentedBefore(code.lines, first);
  const startsAtBrace = !inside && top.startsWith('{');
  let depth = 0;
  let lowest = 0;
  if (inside) {
    for (const line of first < 0 ? code.lines : code.lines.slice(0, top.startsWith('}') ? first : code.lines.length)) {
      for (const char of line) {
        if (char === '{') depth++;
        if (char === '}') lowest = Math.min(lowest, --depth);
      }
    }
  }
  return {
    inside,
    startsAtBrace,
    parametersVisible: startsAtBrace && code.lines.slice(0, first).some((line) => line.includes(')')),
    startsInComment,
    endsInComment: code.endsInComment,
    opensMissing: -lowest,
  };
}

/** Statements before the first thing at column 0 mean that the lines start inside a body; parameter lines do not. */
function indentedBefore(lines: readonly string[], first: number): boolean {
  return lines.slice(0, first).some((line) => /^\s+\S/.test(line) && !/^\s+[\w\s*,()]+[,)]\s*$/.test(line));
}

function startsInsideComment(lines: readonly string[]): boolean {
  for (const line of lines) {
    const opens = line.indexOf('/*');
    const closes = line.indexOf('*/');
    if (closes >= 0 && (opens < 0 || closes < opens)) return true;
    if (opens >= 0) return false;
  }
  return /^\s*\*(\s|$)/.test(lines[0] ?? '');
}

/** The lines with comments, strings and preprocessor lines blanked, so that braces can be counted. */
function codeOf(lines: readonly string[], insideComment: boolean): { lines: string[]; endsInComment: boolean } {
  let comment = insideComment;
  const out = lines.map((line) => {
    let text = '';
    let rest = line;
    while (rest !== '') {
      if (comment) {
        const end = rest.indexOf('*/');
        if (end < 0) break;
        rest = rest.slice(end + 2);
        comment = false;
        continue;
      }
      const token = /\/\*|\/\/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/.exec(rest);
      if (token === null) {
        text += rest;
        break;
      }
      text += rest.slice(0, token.index);
      rest = rest.slice(token.index + token[0].length);
      if (token[0] === '//') break;
      if (token[0] === '/*') comment = true;
      else text += '""';
    }
    return /^\s*#/.test(text) ? '' : text;
  });
  return { lines: out, endsInComment: comment };
}

interface End {
  /** The function that goes on, and at which brace depth (1: its body). */
  readonly open: string | null;
  readonly depth: number;
  /** The functions in which a changed line lies. */
  readonly touched: ReadonlySet<string>;
}

/** Where the lines of a segment leave off. */
function endOf({ lines, changed }: Segment, shape: Shape, started: string | null): End {
  const code = codeOf(lines, shape.startsInComment).lines;
  const touched = new Set<string>();
  let name = started;
  let depth = shape.inside && started !== null ? 1 + shape.opensMissing : 0;
  for (const [at, line] of code.entries()) {
    if (depth === 0 && /^[A-Za-z_].*\(/.test(line)) name = nameIn(line) ?? name;
    if (name !== null && changed.has(at)) touched.add(name);
    for (const char of line) {
      if (char === '{') depth++;
      if (char === '}') depth = Math.max(0, depth - 1);
    }
    // In kernel style a brace at column 0 closes the function, whatever was opened out of sight.
    if (line.startsWith('}')) depth = 0;
    if (depth === 0 && line.includes('}')) name = null;
  }
  if (name !== null && changed.has(lines.length)) touched.add(name);
  return depth > 0 ? { open: name ?? '', depth, touched } : { open: null, depth: 0, touched };
}

/**
 * Conditionals across gaps. One that is open where a gap begins is closed there, for its `#endif` may be in the gap; where a
 * later `#else` or `#endif` has no `#if` in sight, the last one closed so is opened again, in the branch it was in.
 */
interface Conditionals {
  /** The directives that lead to where we are, outermost first. */
  readonly open: string[];
  /** Those a gap closed. */
  readonly suspended: string[];
}

/** Reads the lines of a segment; returns what has to be opened before them. */
function followConditionals(lines: readonly string[], { open, suspended }: Conditionals): string[] {
  const needed: string[] = [];
  for (const line of lines) {
    const directive = /^\s*#\s*(if|ifdef|ifndef|else|elif|endif)\b(.*)/.exec(line);
    if (directive === null) continue;
    const [, word = '', rest = ''] = directive;
    if (word.startsWith('if')) {
      open.push(`#${word}${rest}`);
      continue;
    }
    let current = open.pop();
    if (current === undefined) {
      current = suspended.pop() ?? presumed(word, rest);
      needed.unshift(current);
    }
    if (word === 'else') open.push(negated(current));
    if (word === 'elif') open.push(`#if${rest}`);
  }
  return needed;
}

/** What the comment behind an `#else` or `#endif` says of its `#if`. */
function presumed(word: string, rest: string): string {
  const [, not, name] = /(!?)\s*(CONFIG_\w+|\b[A-Z][A-Z0-9_]{3,}\b)/.exec(rest) ?? [];
  if (name === undefined) return '#if 1';
  return `${word === 'endif' && not === '!' ? '#ifndef' : '#ifdef'} ${name}`;
}

function negated(directive: string): string {
  const [, word = '', rest = ''] = /^#(\w+)(.*)/.exec(directive) ?? [];
  if (word === 'ifdef') return `#ifndef${rest}`;
  return word === 'ifndef' ? `#ifdef${rest}` : `#if !(${rest.replace(/\/\*.*/, '').trim()})`;
}

interface Glue {
  /** What closes the segment before: a function's end, then its conditionals. */
  readonly closing: readonly string[];
  readonly opening: readonly string[];
}

/** Fills the lines up to `start`. With too little room the line numbers win: as much as fits, text before directives. */
function fillGap(out: string[], start: number, { closing, opening }: Glue): void {
  const room = start - 1 - out.length;
  if (room <= 0) return;
  const lines = [...closing, ...opening].filter((text) => text !== '');
  const isText = (text: string) => !text.startsWith('#');
  while (lines.length > room) {
    const dropped = lines.findIndex((text) => !isText(text));
    if (dropped >= 0) lines.splice(dropped, 1);
    else lines.splice(0, lines.length, lines.join(''));
    if (lines.length === 1) break;
  }
  while (out.length < start - 1 - lines.length) out.push('');
  out.push(...lines);
}

const keywords = new Set(['if', 'for', 'while', 'switch', 'return', 'sizeof', 'do', 'else', 'struct', '__attribute__']);

/** The function a heading or a signature line names: the identifier before the first parenthesis. */
function nameIn(text: string): string | null {
  if (/^\s*(#|typedef\b|struct\s+\w+\s*[{=]|enum\b)/.test(text) || /[=;]\s*$/.test(text)) return null;
  for (const match of text.matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
    const name = match[1] ?? '';
    if (!keywords.has(name)) return name;
  }
  return null;
}

function continues(open: string, heading: string): boolean {
  const name = nameIn(heading);
  return name === null || open === '' || name === open;
}

/** A signature that git cut at the end of its line: closed there, without the comma; a parameter in part stands. */
function completed(heading: string): string {
  const text = heading.replace(/\{\s*$/, '').trim();
  const opened = (text.match(/\(/g) ?? []).length - (text.match(/\)/g) ?? []).length;
  const cut = opened > 0 ? text.replace(/,\s*[^,]*$/, (tail) => (/^,\s*$/.test(tail) ? '' : tail)) : text;
  const typed = /^[A-Za-z_]\w*\s*\(/.test(cut) ? `int ${cut}` : cut; // the return type stood on the line before
  return `${typed}${')'.repeat(Math.max(0, opened))} `;
}
