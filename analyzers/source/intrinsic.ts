/**
 * Names the preprocessor answers itself, as a table: `__LINE__` and its kin, `_Pragma`, `__has_…`, `defined`, and the
 * four questions kernels ask about Kconfig symbols. The one idea: each row turns its operand tokens into one token.
 *
 * Example: IS_ENABLED(CONFIG_X) is 1 when CONFIG_X or CONFIG_X_MODULE is defined as 1 (what include/linux/kconfig.h
 * reaches through argument placeholders), and CONFIG_X becomes an asked symbol either way.
 */
import type { Expansion, Feed } from './expand.ts';
import { spell, type Token } from './token.ts';

export interface Intrinsic {
  /** What is read behind the name: nothing, `( … )`, or `X` as well as `( X )`. */
  readonly form: 'plain' | 'call' | 'defined';
  /** The token that replaces it (null: none), from the operand as written and, when asked for, expanded. */
  readonly value: (args: readonly Token[], name: Token, expanded: () => readonly Token[]) => Made | null;
}

type Made = Pick<Token, 'kind' | 'text'>;

/** The row for a name, where it has that meaning: some only in conditions, some only until text defines them. */
export function intrinsicOf(expansion: Expansion, feed: Pick<Feed, 'inCondition'>, name: string): Intrinsic | null {
  if (!intrinsicNames.has(name)) return null;
  const yes = (answer: boolean) => ({ kind: 'number' as const, text: answer ? '1' : '0' });
  const { macros, askedSymbols } = expansion;
  const isOne = (symbol: string) => spell(macros.get(symbol)?.body ?? []) === '1';
  const kconfig = (answer: (symbol: string) => boolean): Intrinsic => ({
    form: 'call',
    value: (args, _, expanded) => {
      const symbol = args[0]?.text ?? '';
      if (args.length === 1 && symbol.startsWith('CONFIG_')) {
        askedSymbols.add(symbol);
        return yes(answer(symbol));
      }
      // Asked through a macro's parameter the symbol has been expanded before: what is left is its value.
      return yes(spell(expanded()) === '1');
    },
  });
  switch (name) {
    case 'IS_ENABLED':
      return kconfig((symbol) => isOne(symbol) || isOne(`${symbol}_MODULE`));
    case 'IS_BUILTIN':
      return kconfig(isOne);
    case 'IS_MODULE':
      return kconfig((symbol) => isOne(`${symbol}_MODULE`));
    case 'IS_REACHABLE':
      return kconfig((symbol) => isOne(symbol) || (isOne(`${symbol}_MODULE`) && macros.has('MODULE')));
    case '__LINE__':
      return { form: 'plain', value: (_, at) => ({ kind: 'number', text: String(at.line) }) };
    case '__FILE__':
      return { form: 'plain', value: (_, at) => ({ kind: 'string', text: JSON.stringify(at.file) }) };
    case '__COUNTER__':
      return { form: 'plain', value: () => ({ kind: 'number', text: String(expansion.counter++) }) };
    case '_Pragma':
      return { form: 'call', value: () => null };
    case 'defined':
      if (!feed.inCondition) return null;
      return { form: 'defined', value: (args) => yes(isDefined(expansion, args[0]?.text ?? '')) };
    case '__has_include':
      if (!feed.inCondition) return null;
      return { form: 'call', value: (args, at) => yes(hasInclude(expansion, args, at.file)) };
  }
  if (macros.has(name)) return null;
  const known = name === '__has_attribute' ? attributes : name === '__has_builtin' ? builtins : null;
  return { form: 'call', value: (args) => yes(known?.has(spell(args).replace(/^__(\w+)__$/, '$1')) ?? false) };
}

/** `#ifdef`'s question; a CONFIG_ symbol counts as asked. Intrinsics count as defined, except `defined` itself. */
export function isDefined(expansion: Expansion, name: string): boolean {
  if (name.startsWith('CONFIG_')) expansion.askedSymbols.add(name);
  return expansion.macros.has(name) || (intrinsicNames.has(name) && name !== 'defined' && name !== '_Pragma');
}

function hasInclude(expansion: Expansion, args: readonly Token[], from: string): boolean {
  const text = spell(args);
  const path = text.slice(1, -1);
  return expansion.hasInclude(path, text.startsWith('<') ? 'system' : 'quoted', from);
}

/** Asked about by name so often (once per identifier) that the set must come before the switch. */
const intrinsicNames: ReadonlySet<string> = new Set([
  ...['IS_ENABLED', 'IS_BUILTIN', 'IS_MODULE', 'IS_REACHABLE', '__LINE__', '__FILE__', '__COUNTER__', '_Pragma'],
  ...['defined', '__has_include', '__has_attribute', '__has_builtin', '__has_feature', '__has_extension'],
]);

/** GCC attributes whose meaning the parser keeps or may drop without changing what a program computes. */
const attributes: ReadonlySet<string> = new Set(
  (
    'alias aligned always_inline cleanup cold const deprecated fallthrough format hot malloc may_alias noinline ' +
    'nonnull noreturn packed pure section unused used visibility warn_unused_result weak'
  ).split(' '),
);

/** Builtins that the parser understands, and those that are plain functions of their arguments. */
const builtins: ReadonlySet<string> = new Set(
  (
    '__builtin_offsetof __builtin_types_compatible_p __builtin_choose_expr __builtin_va_arg __builtin_expect ' +
    '__builtin_constant_p __builtin_unreachable __builtin_bswap16 __builtin_bswap32 __builtin_bswap64 ' +
    '__builtin_ctz __builtin_clz __builtin_ffs __builtin_popcount __builtin_memcpy __builtin_memset __builtin_memcmp'
  ).split(' '),
);
