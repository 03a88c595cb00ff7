/**
 * Macro expansion as a stream: tokens in, tokens with all macros replaced out. The one idea: what a macro stands for is
 * put back in front of the stream and read again (C11 6.10.3.4), each token remembering which macros made it and may
 * therefore not expand in it again. Nesting in the text costs no recursion; only arguments within arguments do, and
 * their depth has a limit.
 *
 * Example: `#define f(x) (x + f)` makes of `f(f(1))` the tokens `((1 + f) + f)`; both `f` left over are hidden.
 */
import { type Budget, charge, report, stopAtLimit } from './budget.ts';
import { type Intrinsic, intrinsicOf } from './intrinsic.ts';
import type { Macro, MacroTable } from './macro.ts';
import { type Argument, commonHidden, substitute } from './substitute.ts';
import { placeOf, type Token } from './token.ts';

export type Language = 'c' | 'assembly';

/** What all streams of one preprocessing share. */
export interface Expansion {
  readonly language: Language;
  readonly macros: MacroTable;
  readonly budget: Budget;
  /** Every name CONFIG_… that text asked for, whether or not it was defined. */
  readonly askedSymbols: Set<string>;
  /** Whether a header can be had: `__has_include`. */
  readonly hasInclude: (path: string, form: 'quoted' | 'system', from: string) => boolean;
  counter: number; // __COUNTER__
}

/** A stream of tokens; `pending` comes first, last element first. */
export interface Feed {
  readonly pending: Token[];
  /** A line began with a macro that stands for nothing: the next token begins it. */
  beginsLine?: boolean;
  readonly source: () => Token | null;
  /** In a directive's condition `defined X` and `__has_include(…)` have a meaning. */
  readonly inCondition: boolean;
  /** How many arguments of macro calls this stream is inside of. */
  readonly depth: number;
}

/** All of `tokens`, expanded. Shorter than it should be once a limit is reached. */
export function expandAll(expansion: Expansion, tokens: readonly Token[], place: Pick<Feed, 'inCondition' | 'depth'>) {
  const feed: Feed = { pending: tokens.toReversed(), source: () => null, ...place };
  const expanded: Token[] = [];
  for (let token = expandNext(expansion, feed); token !== null; token = expandNext(expansion, feed)) {
    expanded.push(token);
  }
  return expanded;
}

/** The next token that no macro replaces; null at the end of the stream or when a limit was reached. */
export function expandNext(expansion: Expansion, feed: Feed): Token | null {
  for (;;) {
    if (expansion.budget.stopped) return null;
    const token = take(feed);
    if (token === null || token.kind !== 'name') return token;
    if (token.text.startsWith('CONFIG_')) expansion.askedSymbols.add(token.text);
    const intrinsic = intrinsicOf(expansion, feed, token.text);
    if (intrinsic !== null) {
      const result = expandIntrinsic(expansion, feed, token, intrinsic);
      if (result === 'dropped') continue;
      return result;
    }
    const macro = expansion.macros.get(token.text);
    if (macro === undefined || token.hidden?.has(token.text)) return token;
    if (!replace(expansion, feed, { macro, name: token })) return token;
  }
}

/** Puts what `name` stands for in front of the feed; false when it is no use of the macro after all. */
function replace(expansion: Expansion, feed: Feed, { macro, name }: { macro: Macro; name: Token }): boolean {
  const { budget } = expansion;
  if (name.macros.length >= budget.limits.expansionDepthMax) {
    stopAtLimit(budget, 'expansionDepthMax', placeOf(name));
    return false;
  }
  const chain = [...name.macros, macro.name];
  if (!charge(budget, chain.length, 0, name)) return false;
  let args: readonly Argument[] = [];
  let hidden = name.hidden;
  if (macro.parameters !== null) {
    const gathered = gatherArguments(
      expansion,
      feed,
      macro.variadic ? macro.parameters.length : Number.MAX_SAFE_INTEGER,
    );
    if (gathered === null) return false;
    const found = matchArguments(expansion, gathered.args, { macro, name, chain, depth: feed.depth });
    if (found === null) {
      giveBack(feed, gathered.tokens);
      return false;
    }
    args = found;
    hidden = commonHidden(hidden, gathered.close.hidden);
  }
  const { tokens, badPastes } = substitute({
    macro,
    name,
    args,
    chain,
    hidden: hidden === null ? new Set([macro.name]) : new Set(hidden).add(macro.name),
    charge: (count, characters) => charge(budget, count, characters, name),
  });
  for (const paste of expansion.language === 'c' ? badPastes : []) {
    report(budget, {
      kind: 'bad-paste',
      text: `${paste} is not one token (macro ${macro.name})`,
      at: placeOf(name),
    });
  }
  giveBack(feed, tokens);
  if (tokens.length === 0 && name.atLineStart) feed.beginsLine = true;
  return true;
}

interface Gathered {
  readonly args: Token[][];
  readonly close: Token;
  /** Everything taken, parentheses included. */
  readonly tokens: Token[];
}

/**
 * Takes `( … )` split at the outermost commas, the last of at most `argumentsMax` arguments keeping its commas. null
 * when no `(` follows, or no `)` up to the end (then a problem): nothing is taken.
 */
function gatherArguments(expansion: Expansion, feed: Feed, argumentsMax: number): Gathered | null {
  const open = take(feed);
  if (open === null) return null;
  if (open.text !== '(') {
    feed.pending.push(open);
    return null;
  }
  const tokens = [open];
  let current: Token[] = [];
  const args = [current];
  let depth = 1;
  for (;;) {
    const token = take(feed);
    if (token === null) break;
    tokens.push(token);
    if (!charge(expansion.budget, 1, 0, token)) return null;
    if (token.text === '(') depth++;
    else if (token.text === ')' && --depth === 0) return { args, close: token, tokens };
    if (token.text === ',' && depth === 1 && args.length < argumentsMax) {
      current = [];
      args.push(current);
    } else current.push(token);
  }
  const text = 'the arguments of a macro are not closed by )';
  report(expansion.budget, { kind: 'unterminated-macro-call', text, at: placeOf(open) });
  giveBack(feed, tokens);
  return null;
}

interface Call {
  readonly macro: Macro;
  readonly name: Token;
  readonly chain: readonly string[];
  readonly depth: number;
}

/** Arguments for parameters, C11 6.10.3 p4; null (and a problem) when their number is wrong. */
function matchArguments(expansion: Expansion, gathered: Token[][], call: Call): Argument[] | null {
  const { macro, name } = call;
  const count = macro.parameters?.length ?? 0;
  const isEmpty = gathered.length === 1 && gathered[0]?.length === 0;
  const given = isEmpty && count === 0 ? 0 : gathered.length;
  // GNU: `f()` and `f(x)` leave out the rest of `f(...)` and `f(a, ...)`; `f(x, )` gives it, empty.
  const omitted = macro.variadic && (given === count - 1 || (isEmpty && count === 1));
  if (given !== count && !omitted) {
    const text = `macro ${macro.name} takes ${count} arguments, ${given} are given`;
    report(expansion.budget, { kind: 'macro-arguments', text, at: placeOf(name) });
    return null;
  }
  const args = gathered
    .slice(0, given)
    .map((tokens, index) => argument(expansion, tokens, call, omitted && index === count - 1));
  if (args.length < count) args.push({ raw: [], expanded: () => [], omitted: true });
  return args;
}

function argument(expansion: Expansion, tokens: readonly Token[], call: Call, omitted: boolean): Argument {
  const outer = call.name.macros.length;
  // Line ends within the arguments are white space.
  const raw = tokens.map((token) => ({
    ...token,
    macros: chainWithin(token.macros, call.chain, outer),
    spaceBefore: token.spaceBefore || token.atLineStart,
    atLineStart: false,
  }));
  let expanded: readonly Token[] | null = null;
  const { budget } = expansion;
  return {
    raw,
    omitted,
    expanded: () => {
      if (expanded !== null) return expanded;
      if (call.depth >= budget.limits.expansionDepthMax) {
        stopAtLimit(budget, 'expansionDepthMax', placeOf(call.name));
        return [];
      }
      expanded = expandAll(expansion, raw, { inCondition: false, depth: call.depth + 1 });
      return expanded;
    },
  };
}

/** An argument came through the macros around the call, through the call, then through what made it before. */
function chainWithin(own: readonly string[], chain: readonly string[], outer: number): readonly string[] {
  return own.length <= outer ? chain : [...chain, ...own.slice(outer)];
}

/** Replaces an intrinsic; the name itself is given back where it is no use of it. */
function expandIntrinsic(
  expansion: Expansion,
  feed: Feed,
  name: Token,
  intrinsic: Intrinsic,
): Token | 'dropped' | null {
  let args: readonly Token[] = [];
  if (intrinsic.form === 'call') {
    const gathered = gatherArguments(expansion, feed, 1);
    if (gathered === null) return expansion.budget.stopped ? null : name;
    args = gathered.args[0] ?? [];
  } else if (intrinsic.form === 'defined') {
    const operand = take(feed);
    if (operand?.text === '(') {
      giveBack(feed, [operand]);
      args = gatherArguments(expansion, feed, 1)?.args[0] ?? [];
    } else if (operand !== null) args = [operand];
  }
  const { depth } = feed;
  const made = intrinsic.value(args, name, () => expandAll(expansion, args, { inCondition: false, depth: depth + 1 }));
  if (made === null) return 'dropped';
  return { ...name, ...made };
}

function take(feed: Feed): Token | null {
  const token = feed.pending.pop() ?? feed.source();
  if (token === null || feed.beginsLine !== true) return token;
  feed.beginsLine = false;
  return { ...token, atLineStart: true };
}

function giveBack(feed: Feed, tokens: readonly Token[]): void {
  for (let index = tokens.length - 1; index >= 0; index--) {
    const token = tokens[index];
    if (token !== undefined) feed.pending.push(token);
  }
}
