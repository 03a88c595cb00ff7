/**
 * A Kconfig file → what it says of symbols. The one idea: every block that stands around a line (`menu`, `if`, `choice`) is
 * a condition on it, so conditions are folded in while reading, and what is left is a flat list of entries.
 *
 * Example: within `if FTRACE`, `config FUNCTION_TRACER` / `bool "…"` / `depends on HAVE_FUNCTION_TRACER` is an entry that
 * depends on FTRACE && HAVE_FUNCTION_TRACER and has a prompt.
 */
import type { Problem } from '../source/place.ts';
import { and, type Expression, yes } from './expression.ts';
import { parseExpression, type Word, wordsOf } from './parse-expression.ts';

export type Type = 'bool' | 'tristate' | 'string' | 'hex' | 'int';

/** One `config` block, or one `choice`. A symbol may have several. */
export interface Entry {
  /** The symbol; of a choice, a name of ours that no symbol can have. */
  readonly name: string;
  readonly isChoice: boolean;
  readonly type: Type | null;
  /** What it depends on, with all that stands around it. */
  readonly depends: Expression;
  /** Conditions under which a person is asked; none: nobody is. */
  readonly prompts: readonly Expression[];
  readonly defaults: readonly Conditional[];
  readonly selects: readonly Conditional[];
  readonly implies: readonly Conditional[];
  /** The choice that it is a member of. */
  readonly choice: string | null;
  readonly file: string;
  readonly line: number;
}
interface Conditional {
  readonly value: Expression;
  readonly condition: Expression;
}

/** Another file that stands in this one. */
interface Source {
  readonly path: string;
  readonly condition: Expression;
}

export interface ParsedFile {
  /** In order, for of two defaults the first counts. */
  readonly items: readonly (Entry | Source)[];
  readonly problems: readonly Problem[];
}

/** Of one file; the kernel's largest has some 1500 lines. */
const linesMax = 20_000;
const blocksMax = 64;

interface Block {
  readonly kind: 'menu' | 'if' | 'choice';
  condition: Expression;
  /** Of prompts alone: `visible if`. */
  visible: Expression;
  readonly choice: string | null;
}

interface Draft extends Omit<Entry, 'prompts' | 'defaults' | 'selects' | 'implies' | 'depends' | 'type'> {
  type: Type | null;
  own: Expression;
  readonly around: Expression;
  readonly visible: Expression;
  readonly prompts: Expression[];
  readonly defaults: Conditional[];
  readonly selects: Conditional[];
  readonly implies: Conditional[];
}

export function parseKconfig(file: string, text: string): ParsedFile {
  const reader = new FileReader(file);
  for (const { line, words, indent } of linesOf(text, (number) => reader.complain(number, 'is not understood')))
    reader.take(words, line, indent);
  return reader.finish();
}

class FileReader {
  readonly #file: string;
  readonly #items: (Draft | Source)[] = [];
  readonly #problems: Problem[] = [];
  readonly #blocks: Block[] = [];
  /** What properties are of: an entry, or the block that was opened last (`menu`), or nothing (a comment). */
  #current: Draft | Block | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  complain(line: number, text: string): void {
    if (this.#problems.length < problemsMax)
      this.#problems.push({ kind: 'kconfig', text, at: { file: this.#file, line, macros: [] } });
  }

  finish(): ParsedFile {
    if (this.#blocks.length > 0) this.complain(0, `a ${this.#blocks.at(-1)?.kind} is not ended`);
    return { items: this.#items.map((item) => ('path' in item ? item : entryOf(item))), problems: this.#problems };
  }

  take(words: readonly Word[], line: number, indent: number): void {
    const [first, second] = words;
    const keyword = first?.kind === 'name' ? first.text : '';
    const statement = statements[keyword];
    if (statement !== undefined) {
      statement(this, words, line);
      return;
    }
    const property = properties[keyword];
    if (property !== undefined && this.#current !== null) {
      if (property(this.#current, words)) return;
      this.complain(line, `\`${keyword}\` is not understood here`);
      if (isEntry(this.#current)) leaveUnknown(this.#current);
      return;
    }
    // An assignment of a macro, or a macro by itself (an error, a warning): macros are decided elsewhere.
    if (second?.text === '=' || first?.kind === 'text') return;
    if (property === undefined)
      this.complain(line, `\`${keyword}\` at column ${indent + 1} is no word of Kconfig that is known`);
  }

  entry(name: string, line: number, isChoice: boolean): Draft {
    const choice = this.#blocks.findLast((block) => block.kind === 'choice')?.choice ?? null;
    const draft: Draft = {
      ...{ name, isChoice, type: null, own: yes, around: this.#around(), visible: this.#visible() },
      ...{ file: this.#file, line },
      choice: isChoice ? null : choice,
      ...{ prompts: [], defaults: [], selects: [], implies: [] },
    };
    this.#items.push(draft);
    this.#current = draft;
    return draft;
  }

  choice(line: number): void {
    const name = `choice at ${this.#file}:${line}`;
    const draft = this.entry(name, line, true);
    this.open('choice', yes, name);
    this.#current = draft;
  }

  open(kind: Block['kind'], condition: Expression, choice: string | null = null): void {
    if (this.#blocks.length >= blocksMax) {
      this.complain(0, `more than ${blocksMax} blocks in each other`);
      return;
    }
    const block = { kind, condition, visible: yes, choice };
    this.#blocks.push(block);
    this.#current = kind === 'menu' ? block : null;
  }

  close(kind: Block['kind'], line: number): void {
    if (this.#blocks.at(-1)?.kind === kind) this.#blocks.pop();
    else this.complain(line, `it ends a ${kind} that is not open`);
    this.#current = null;
  }

  source(path: string): void {
    this.#items.push({ path, condition: this.#around() });
    this.#current = null;
  }

  nothing(): void {
    this.#current = null;
  }

  #around(): Expression {
    // Members of a choice depend on the choice by themselves: it is what gives them their values.
    return this.#blocks.reduce((all, block) => and(all, block.condition), yes);
  }
  #visible(): Expression {
    return this.#blocks.reduce((all, block) => and(all, block.visible), yes);
  }
}
const problemsMax = 50;

type Statement = (reader: FileReader, words: readonly Word[], line: number) => void;
const config: Statement = (reader, words, line) => {
  reader.entry(words[1]?.text ?? '', line, false);
};
const source: Statement = (reader, words) =>
  reader.source(
    words
      .slice(1)
      .map(({ text }) => text)
      .join(''),
  );
const statements: Readonly<Record<string, Statement>> = {
  config,
  menuconfig: config,
  choice: (reader, _, line) => reader.choice(line),
  endchoice: (reader, _, line) => reader.close('choice', line),
  menu: (reader) => reader.open('menu', yes),
  endmenu: (reader, _, line) => reader.close('menu', line),
  if: (reader, words) => reader.open('if', parseExpression(words, 1).expression),
  endif: (reader, _, line) => reader.close('if', line),
  source,
  rsource: source,
  comment: (reader) => reader.nothing(),
  mainmenu: (reader) => reader.nothing(),
};

/** Whatever a line says that is not understood, what the symbol is may follow from it. */
function leaveUnknown(draft: Draft): void {
  const unknown: Expression = { kind: 'unknown' };
  draft.own = and(draft.own, unknown);
  draft.defaults.push({ value: unknown, condition: yes });
}

/** A property: false where the words are not what it takes. */
type Property = (of: Draft | Block, words: readonly Word[]) => boolean;
const isEntry = (of: Draft | Block): of is Draft => 'prompts' in of;
/** `if EXPRESSION` from a word on, or nothing. */
function conditionAt(words: readonly Word[], at: number): Expression | null {
  if (words[at] === undefined) return yes;
  if (words[at]?.text !== 'if') return null;
  const { expression, end } = parseExpression(words, at + 1);
  return end === words.length ? expression : null;
}
const typed =
  (type: Type): Property =>
  (of, words) => {
    if (!isEntry(of)) return false;
    of.type ??= type;
    return words[1] === undefined || prompt(of, words);
  };
const prompt: Property = (of, words) => {
  if (!isEntry(of)) return true;
  const condition = words[1]?.kind === 'text' ? conditionAt(words, 2) : null;
  if (condition === null) return false;
  of.prompts.push(condition);
  return true;
};
const valued =
  (type: Type | null): Property =>
  (of, words) => {
    if (!isEntry(of)) return false;
    if (type !== null) of.type ??= type;
    const { expression: value, end } = parseExpression(words, 1);
    const condition = conditionAt(words, end);
    if (condition === null) return false;
    of.defaults.push({ value, condition });
    return true;
  };
const reverse =
  (list: 'selects' | 'implies'): Property =>
  (of, words) => {
    const condition = conditionAt(words, 2);
    if (!isEntry(of) || words[1]?.kind !== 'name' || condition === null) return false;
    of[list].push({ value: { kind: 'symbol', name: words[1].text }, condition });
    return true;
  };
const ignored: Property = () => true;
const properties: Readonly<Record<string, Property>> = {
  bool: typed('bool'),
  boolean: typed('bool'),
  tristate: typed('tristate'),
  string: typed('string'),
  hex: typed('hex'),
  int: typed('int'),
  def_bool: valued('bool'),
  def_tristate: valued('tristate'),
  default: valued(null),
  prompt,
  depends: (of, words) => {
    if (words[1]?.text !== 'on') return false;
    const { expression, end } = parseExpression(words, 2);
    const condition = conditionAt(words, end);
    if (condition === null) return false;
    const on: Expression =
      condition === yes ? expression : { kind: 'or', left: expression, right: { kind: 'not', of: condition } };
    if (isEntry(of)) of.own = and(of.own, on);
    else of.condition = and(of.condition, on);
    return true;
  },
  visible: (of, words) => {
    const condition = conditionAt(words, 1);
    if (isEntry(of) || condition === null) return false;
    of.visible = and(of.visible, condition);
    return true;
  },
  select: reverse('selects'),
  imply: reverse('implies'),
  // What a value may be, and marks that say nothing of it.
  range: ignored,
  modules: ignored,
  optional: ignored,
  option: ignored,
  transitional: ignored,
};

function entryOf(draft: Draft): Entry {
  const { name, isChoice, type, choice, file, line } = draft;
  const depends = and(draft.around, draft.own);
  const within = ({ value, condition }: Conditional) => ({ value, condition: and(depends, condition) });
  return {
    ...{ name, isChoice, type, choice, file, line, depends },
    prompts: draft.prompts.map((condition) => and(and(depends, draft.visible), condition)),
    defaults: draft.defaults.map(within),
    selects: draft.selects.map(within),
    implies: draft.implies.map(within),
  };
}

interface Line {
  readonly line: number;
  readonly indent: number;
  readonly words: readonly Word[];
}

/** Logical lines without help texts, which end where a line is indented less than their first. */
function* linesOf(text: string, unreadable: (line: number) => void): Generator<Line> {
  const lines = text.split('\n', linesMax);
  for (let at = 0; at < lines.length; at++) {
    const number = at + 1;
    let whole = lines[at] ?? '';
    while (whole.endsWith('\\') && at + 1 < lines.length) whole = `${whole.slice(0, -1)} ${lines[++at] ?? ''}`;
    const words = wordsOf(whole);
    if (words === null) {
      unreadable(number);
      continue;
    }
    const indent = indentOf(whole);
    const [first] = words;
    if (first === undefined) continue;
    if (/^(help|---help---)$/.test(first.text) && words.length === 1) at = helpEnd(lines, at + 1) - 1;
    else yield { line: number, indent, words };
  }
}

function helpEnd(lines: readonly string[], from: number): number {
  const isBlank = (line: string | undefined) => line !== undefined && line.trim() === '';
  let at = from;
  while (isBlank(lines[at])) at++;
  const indent = indentOf(lines[at] ?? '');
  if (indent === 0) return at;
  while (at < lines.length && (isBlank(lines[at]) || indentOf(lines[at] ?? '') >= indent)) at++;
  return at;
}

/** Columns of white space, a tab to the next multiple of eight. */
function indentOf(line: string): number {
  let column = 0;
  for (const character of line) {
    if (character === '\t') column = (column & ~7) + 8;
    else if (character === ' ') column++;
    else break;
  }
  return column;
}
