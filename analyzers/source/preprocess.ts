/**
 * Source text → the tokens a compiler would see, for one set of Kconfig symbols (C11 6.10 with GNU extensions). The one
 * idea: files are read through a stack; directives act while reading, active tokens stream on to macro expansion, and
 * inactive text is passed over, never deleted, so every token keeps its line. A header that the caller does not give
 * is passed over too, and named.
 *
 * Example: `#ifdef CONFIG_X` / `int a = N;` / `#endif` with defines { CONFIG_X: '1', N: '3' } gives `int a = 3 ;` and
 * askedSymbols { CONFIG_X }.
 */
import { newBudget, type PreprocessLimits } from './budget.ts';
import { runDirective } from './directive.ts';
import { type Expansion, expandNext, type Language } from './expand.ts';
import { Lexer } from './lex.ts';
import { type Macro, type MacroTable, macrosFromText } from './macro.ts';
import type { Place, Problem } from './place.ts';
import { closeFile, isActive, openFile, type Reading, type Resolve, type SkippedInclude, takeLine } from './reading.ts';
import type { Token } from './token.ts';

export interface PreprocessOptions {
  readonly file: string;
  readonly text: string;
  readonly resolve: Resolve;
  /** Predefined macros: `CONFIG_SMP` → `1`, or with parameters `likely(x)` → `(x)`. */
  readonly defines: ReadonlyMap<string, string>;
  readonly limits: PreprocessLimits;
  /** Read first, in order, as if included at the top of the file; their tokens come first. */
  readonly preludes?: readonly { readonly file: string; readonly text: string }[];
  /** Macros known before anything is read, below `defines`: those an earlier file ended with. */
  readonly macros?: ReadonlyMap<string, Macro>;
  /** Shared by readings of the same texts; one of its own by default. */
  readonly lexer?: Lexer;
  /** In assembly `# text` is a comment of the assembler and `.##name` two tokens side by side; C, if not given. */
  readonly language?: Language;
}

export interface Preprocessed {
  /** Preludes first. Complete unless `problems` has one of kind `limit`. */
  readonly tokens: readonly Token[];
  /** What is defined at the end. */
  readonly macros: ReadonlyMap<string, Macro>;
  /** Kconfig symbols that active text asked for, defined or not. */
  readonly askedSymbols: ReadonlySet<string>;
  /** Headers that `resolve` did not give, in the order they were asked for. */
  readonly skippedIncludes: readonly SkippedInclude[];
  /** Of every file that was read, the lines whose text stands in branches that were not. */
  readonly passedOver: ReadonlyMap<string, ReadonlySet<number>>;
  readonly problems: readonly Problem[];
}

/** Preprocesses one file. Never throws; whatever is wrong with the text is in `problems` and reading goes on behind it. */
export function preprocess(options: PreprocessOptions): Preprocessed {
  const problems: Problem[] = [];
  const reading = newReading(options, problems);
  const tokens: Token[] = [];
  const start: Place = { file: options.file, line: 1, macros: [] };
  for (const { file, text } of [...(options.preludes ?? []), options]) {
    openFile(reading, { file, text }, start);
    const feed = { pending: [], source: () => nextActive(reading), inCondition: false, depth: 0 };
    for (let token = expandNext(reading.expansion, feed); token !== null; token = expandNext(reading.expansion, feed)) {
      tokens.push(token);
    }
  }
  const { expansion, skippedIncludes, passedOver } = reading;
  const { macros, askedSymbols } = expansion;
  return { tokens, macros, askedSymbols, skippedIncludes, passedOver, problems };
}

function newReading(options: PreprocessOptions, problems: Problem[]): Reading {
  const { table, rejected } = macrosFromText(options.defines);
  for (const head of rejected) problems.push({ kind: 'define', text: `${head} is no macro name or parameter list` });
  const macros: MacroTable = new Map([...(options.macros ?? []), ...table]);
  const budget = newBudget(options.limits, problems);
  const { resolve, language = 'c', lexer = new Lexer() } = options;
  const expansion: Expansion = {
    language,
    macros,
    budget,
    askedSymbols: new Set(),
    hasInclude: (path, form, from) => resolve(path, form, from) !== null,
    counter: 0,
  };
  return {
    expansion,
    budget,
    resolve,
    lexer,
    files: [],
    skippedIncludes: [],
    opened: new Map(),
    passedOver: new Map(),
    guards: new Map(),
  };
}

/** The next token outside directives and inactive branches; null when all files are read. */
function nextActive(reading: Reading): Token | null {
  for (;;) {
    const file = reading.files.at(-1);
    if (file === undefined || reading.budget.stopped) return null;
    const token = file.tokens[file.at];
    if (token === undefined) {
      closeFile(reading, file);
      continue;
    }
    if (token.atLineStart && token.text === '#') runDirective(reading, file, takeLine(file));
    else {
      file.at++;
      if (isActive(file)) return token;
      reading.passedOver.get(file.file)?.add(token.line);
    }
  }
}
