/**
 * What Kconfig and Makefiles ask of the compiler, answered without running anything: kind and version decide. A question
 * that no row here knows has no answer.
 *
 * Example: `$(success,…/gcc-check-mprofile-kernel.sh $(CC) …)` is y for every gcc since 5 and n for every clang.
 */
import { macroEnd } from './parse-expression.ts';

export interface Compiler {
  readonly kind: 'gcc' | 'clang';
  /** As the kernel counts: 120200 is 12.2.0. */
  readonly version: number;
}

/** Versions since which something holds; null: in none, undefined: not known. */
interface Since {
  readonly gcc: number | null;
  readonly clang: number | null;
}
const since = (gcc: number | null, clang: number | null): Since => ({ gcc, clang });
const always = since(0, 0);

/** Commands, by what tells them apart. Whatever begins with $(CC) is shortened to the rest. */
const commands: readonly (readonly [RegExp, Since])[] = [
  [/gcc-check-mprofile-kernel\.sh/, since(50000, null)],
  // The nops have to stand behind the local entry: gcc 13.1; clang's little-endian ones came with LLVM 22.
  [/gcc-check-fpatchable-function-entry\.sh/, since(130100, 220000)],
  [/check-fpatchable-function-entry\.sh/, since(130100, 220000)],
  [/test "\$\(cc-name\)" = GCC|grep -q gcc/, since(0, null)],
  [/test "\$\(cc-name\)" = Clang|grep -q clang/, since(null, 0)],
  [/test "\$\((as|ld)-name\)" = (GNU|BFD)/, always],
  [/test "\$\((as|ld)-name\)" = (LLVM|LLD)/, since(null, null)],
];
const options: readonly (readonly [RegExp, Since])[] = [
  [/^-mprofile-kernel$/, since(40900, null)],
  [/^-fpatchable-function-entry(=\d+(,\d+)?)?$/, since(80000, 190000)],
  [/^-m(32|64)$/, always],
  [/^-m(little|big)-endian$/, always],
  [/^-mabi=elfv2$/, since(40900, 0)],
];

const isSince = (rows: readonly (readonly [RegExp, Since])[], text: string, compiler: Compiler): boolean | null => {
  const row = rows.find(([pattern]) => pattern.test(text));
  if (row === undefined) return null;
  const first = row[1][compiler.kind];
  return first !== null && compiler.version >= first;
};

/** Does the compiler take all these options? */
export function takesOptions(compiler: Compiler, words: string): boolean | null {
  const each = words.split(/\s+/).filter((word) => word !== '');
  const taken = each.map((word) => isSince(options, word, compiler));
  return taken.includes(false) ? false : taken.includes(null) ? null : true;
}

/** Text with `$(…)` in it, each replaced by what it stands for; null where one has no answer. */
export function expandFor(compiler: Compiler): (text: string) => string | null {
  return (text) => expandText(text, (macro) => answer(macro, compiler));
}

function expandText(text: string, answerOf: (macro: string) => string | null): string | null {
  let all = '';
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('$(', at);
    if (next < 0) return all + text.slice(at);
    const length = macroEnd(text.slice(next));
    if (length < 0) return null;
    const value = answerOf(text.slice(next + 2, next + length - 1));
    if (value === null) return null;
    all += text.slice(at, next) + value;
    at = next + length;
  }
  return all;
}

const yesOrNo = (holds: boolean | null) => (holds === null ? null : holds ? 'y' : 'n');

/** `name,argument,…` as between the parentheses. */
function answer(macro: string, compiler: Compiler): string | null {
  const comma = macro.indexOf(',');
  const [name, argument] = comma < 0 ? [macro, ''] : [macro.slice(0, comma), macro.slice(comma + 1)];
  switch (name) {
    case 'success':
      return yesOrNo(isSince(commands, argument, compiler));
    case 'failure': {
      const holds = isSince(commands, argument, compiler);
      return yesOrNo(holds === null ? null : !holds);
    }
    case 'cc-option': {
      // The machine's bits go first, in a macro of their own.
      const words = expandText(argument, (inner) => answer(inner, compiler));
      return words === null ? null : yesOrNo(takesOptions(compiler, words));
    }
    case 'shell':
      return /gcc-version\.sh/.test(argument) ? (compiler.kind === 'gcc' ? `${compiler.version}` : null) : null;
    case 'cc-version':
      return `${compiler.version}`;
    case 'm32-flag':
      return '-m32';
    case 'm64-flag':
      return '-m64';
    default:
      return null;
  }
}
