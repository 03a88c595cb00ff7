/**
 * The preprocessor at its boundary: text in, tokens out, a row each. Expected texts were compared with GNU cpp's, except
 * where a row says otherwise; a second table holds where tokens say they come from, a third what must end quickly.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { defaultPreprocessLimits } from './budget.ts';
import { type Preprocessed, preprocess } from './preprocess.ts';
import { spell } from './token.ts';

const headers: ReadonlyMap<string, string> = new Map([
  ['a.h', 'from_a'],
  ['guarded.h', '#ifndef G_H\n#define G_H\nonce\n#endif\n'],
  ['pragma.h', '#pragma once\nonce\n'],
  ['defines.h', '#define FROM_HEADER 7\n'],
  ['nest.h', '#include "a.h"\nnested'],
  ['self.h', '#include "self.h"\n'],
  ['twice.h', 'x\n#include "twice.h"\n#include "twice.h"\n'],
  ['next.h', '#include_next <next.h>\nlast'],
  ['open.h', '#if 1\ninside'],
  ['dir/b.h', 'from_dir_b'],
]);

function run(text: string, defines: Record<string, string> = {}): Preprocessed {
  return preprocess({
    file: 't.c',
    text,
    defines: new Map(Object.entries(defines)),
    limits: { ...defaultPreprocessLimits, tokensMax: 300_000, bytesMax: 3_000_000 },
    resolve: (path) => {
      const found = headers.get(path);
      return found === undefined ? null : { file: path, text: found };
    },
  });
}

function check(text: string, expected: string, defines: Record<string, string> = {}): void {
  test(`cpp ${JSON.stringify(text)}`, () => {
    const { tokens, problems } = run(text, defines);
    assert.equal(spell(tokens), expected);
    assert.deepEqual(problems, []);
  });
}

// Object-like macros.
check('#define N 3\nN N2 _N', '3 N2 _N');
check('#define N\n[N]', '[]');
check('#define A B\n#define B A\nA B', 'A B');
check('#define A A + 1\nA', 'A + 1');
check('#define N 1\n#undef N\nN', 'N');
check('#define N 1\n#define N 2\nN', '2');
check('#define LONG a \\\n b\nLONG', 'a b');
check('#define OPEN (\nf OPEN 1)', 'f ( 1)');

// Function-like macros.
check('#define f(x) (x + x)\nf(1) f (2) f\n(3)', '(1 + 1) (2 + 2) (3 + 3)');
check('#define f(x) [x]\nf f;', 'f f;');
check('#define f (x)\nf(1)', '(x)(1)');
check('#define f() z\nf() f( )', 'z z');
check('#define f(x) [x]\nf() f((1, 2)) f({1})', '[] [(1, 2)] [{1}]');
check('#define f(x, y) y x\nf(1, 2) f(, 2) f(,)', '2 1 2');
check('#define f(x) x f\nf(1)(2)', '1 f(2)');
check('#define f(x) (x + f)\nf(f(1))', '((1 + f) + f)');
check('#define f(a) a*g\n#define g(a) f(a)\nf(2)(9)', '2*9*g');
check('#define call(m, x) m(x)\n#define inc(x) x+1\ncall(inc, 2)', '2+1');
check('#define NAME() x\n#define USE NAME\nUSE()', 'x');
check('#define f(x) x\nf(f)(1)', 'f(1)');
check('#define f(x) <x>\n#define g f(\ng 1)', '<1>');
check('#define t(x) x\nt(t(t)(0) + t)(1);', 't(0) + t(1);');

// # and ##.
check('#define s(x) #x\ns( a  b ) s() s("q\\n" \'\\"\')', '"a b" "" "\\"q\\\\n\\" \'\\\\\\"\'"');
check('#define s(x) #x\ns(a\n  b)', '"a b"');
check('#define N 1\n#define s(x) #x\n#define xs(x) s(x)\ns(N) xs(N)', '"N" "1"');
check('#define cat(a, b) a ## b\ncat(x, y) cat(1, 2) cat(x,) cat(,y) cat(,) cat(<, <=)', 'xy 12 x y <<=');
check('#define N 1\n#define cat(a, b) a##b\ncat(N, N) cat(N,)', 'NN 1');
check('#define XY ok\n#define cat(a, b) a##b\ncat(X, Y)', 'ok');
check('#define three(a, b, c) a##b##c\nthree(1, 2, 3) three(, , 3) three(1, , 3)', '123 3 13');
check('#define hash # ## #\nhash', '##');
check('#define obj x ## y\nobj', 'xy');
check('#define reg(n) r##n\nreg(1 + 2)', 'r1 + 2');
check('#define f(x) #x x\nf(f(1))', '"f(1)" "1" 1');

// Variadic macros, C and GNU.
check('#define p(...) f(__VA_ARGS__)\np() p(1) p(1, 2)', 'f() f(1) f(1, 2)');
check('#define p(a, ...) f(a, __VA_ARGS__)\np(1, 2, 3) p(1,)', 'f(1, 2, 3) f(1,)');
check('#define p(a, ...) f(a, ##__VA_ARGS__)\np(1) p(1, 2) p(1,)', 'f(1) f(1,2) f(1,)');
check('#define p(...) f(0, ##__VA_ARGS__)\np() p(1, 2)', 'f(0) f(0,1, 2)');
check('#define p(fmt, args...) f(fmt, ##args)\np("a") p("a", 1, 2)', 'f("a") f("a",1, 2)');
check('#define p(fmt, args...) #args\np(1, 2,  3)', '"2, 3"');
check('#define p(a, ...) f(a __VA_OPT__(, [__VA_ARGS__]))\np(1) p(1, 2) p(1,)', 'f(1) f(1, [2]) f(1)');
check('#define E\n#define p(a, ...) f(a __VA_OPT__(,) __VA_ARGS__)\np(1, E)', 'f(1)');
check('#define p(x, ...) x ## __VA_OPT__(y) z\np(1, 2) p(1)', '1y z 1 z');

// Conditionals.
check('#if 1\na\n#else\nb\n#endif\nc', 'a c');
check('#if 0\na\n#elif 0\nb\n#elif 1\nc\n#elif 1\nd\n#else\ne\n#endif', 'c');
check('#if 0\n#if 1\na\n#else\nb\n#endif\n#else\nc\n#endif', 'c');
check('#ifdef A\n1\n#elifdef B\n2\n#endif', '2', { B: '' });
check('#if 0\ndon\'t "look\n#error no\n#unknown\n#else\nx\n#endif', 'x');
check('f(\n#ifdef A\n1\n#else\n2\n#endif\n)', '[2]', { 'f(x)': '[x]' });
check('#ifdef A\nif (x) {\n#else\nif (y) {\n#endif\n}', 'if (y) { }');
check('#\n# if 1 // c\n#  define N /* c */ 4\n# endif\nN', '4');
check('#if defined A && !defined(B) || C(1)\nx\n#endif', 'x', { A: '', 'C(n)': '0' });
check('#if HAS\nx\n#endif', 'x', { HAS: 'defined(A)', A: '' });
for (const [condition, value] of [
  ['1 + 2 * 3 == 7', 1],
  ['(1 + 2) * 3 == 9 && 7 / 2 == 3 && 7 % 4 == 3', 1],
  ['-1 < 0 && -1 > 0u', 1],
  ['~0 == -1 && ~0u == 0xffffffffffffffff', 1],
  ['!0 && !!5', 1],
  ['1 ? 0 : 1', 0],
  ['0 ? 1 : 0 ? 2 : 3', 1],
  ['0 && 1 / 0', 0],
  ['1 || 1 % 0', 1],
  ['undefined_name', 0],
  ["'a' == 97 && '\\n' == 10 && '\\0' == 0 && '\\x41' == 65", 1],
  ['0x10 == 16 && 010 == 8 && 0b11 == 3 && 1UL == 1ull', 1],
  ['1 << 3 == 8 && -8 >> 1 == -4', 1],
  ['0x7fffffffffffffff + 1 < 0', 1],
  ['5 & 3 | 8 ^ 1', 9],
  ['__has_include("a.h") && !__has_include(<missing.h>)', 1],
  ['defined(__has_attribute) && __has_attribute(__weak__) && !__has_attribute(odd)', 1],
  ['__has_builtin(__builtin_expect)', 1],
] as const) {
  check(`#if ${condition}\nyes\n#else\nno\n#endif`, value === 0 ? 'no' : 'yes');
}

// Kconfig.
const kconfig = { CONFIG_Y: '1', CONFIG_M_MODULE: '1' };
check('IS_ENABLED(CONFIG_Y) IS_ENABLED(CONFIG_M) IS_ENABLED(CONFIG_N)', '1 1 0', kconfig);
check('IS_BUILTIN(CONFIG_Y) IS_BUILTIN(CONFIG_M) IS_MODULE(CONFIG_Y) IS_MODULE(CONFIG_M)', '1 0 0 1', kconfig);
check('IS_REACHABLE(CONFIG_Y) IS_REACHABLE(CONFIG_M)', '1 0', kconfig);
check('IS_REACHABLE(CONFIG_M)', '1', { ...kconfig, MODULE: '' });
check('#define asks(x) IS_ENABLED(x)\nasks(CONFIG_Y) asks(CONFIG_N)', '1 0', kconfig);
check('#if IS_ENABLED(CONFIG_Y) && !IS_ENABLED(CONFIG_N)\nx\n#endif', 'x', kconfig);

// Headers and other directives.
check('#include "a.h"\nx', 'from_a x');
check('#include <nest.h>\n', 'from_a nested');
check('#include <missing.h>\nx', 'x');
check('#include "guarded.h"\n#include "guarded.h"\n#undef G_H\n#include "guarded.h"\n', 'once once');
check('#include "pragma.h"\n#include "pragma.h"\n', 'once');
check('#include <next.h>\n', 'last');
check('#define H <a.h>\n#define Q "a.h"\n#include H\n#include Q\n', 'from_a from_a');
check('#define D(x) dir/x.h\n#define S(x) #x\n#define X(x) S(x)\n#include X(D(b))', 'from_dir_b');
check('#include "defines.h"\nFROM_HEADER', '7');
check('#pragma GCC diagnostic push\n_Pragma("x") y\n#warning w\n#line 7\n#ident "i"\n# 3 "f"\nz', 'y z');
check('__LINE__\n\n__LINE__ __FILE__', '1 3 "t.c"');
check('#define L __LINE__\n\nL', '3');
check('__COUNTER__ __COUNTER__', '0 1');
check('#define u(x) x ## __COUNTER__\n#define c(a, b) a##b\n#define v(a, b) c(a, b)\nv(n, __COUNTER__)', 'n0');
check('f(1) K', '<1> 2', { 'f(x)': '<x>', K: '2' });

function checkProblems(text: string, expected: readonly string[], tokens: string): void {
  test(`cpp problem ${JSON.stringify(text)}`, () => {
    const result = run(text);
    assert.deepEqual(
      result.problems.map(({ kind, text: words, at }) => `${kind} ${at?.line}: ${words}`),
      expected,
    );
    assert.equal(spell(result.tokens), tokens);
  });
}

checkProblems('#error no way\nx', ['error-directive 1: #error no way'], 'x');
checkProblems('#if 1\nx', ['unterminated-conditional 1: #if without #endif'], 'x');
checkProblems('#include "open.h"\ny', ['unterminated-conditional 1: #if without #endif'], 'inside y');
checkProblems(
  '#endif\n#else\n#elif 1\nx',
  [
    'stray-conditional 1: #endif without #if',
    'stray-conditional 2: #else without #if',
    'stray-conditional 3: #elif without #if',
  ],
  'x',
);
checkProblems('#if 1\n#else\n#else\nx\n#endif', ['stray-conditional 3: #else without #if'], '');
checkProblems('#if 1 +\nx\n#else\ny\n#endif', ['condition 1: an operand is missing in the condition 1 +'], 'y');
checkProblems('#if 1 / 0\n#endif', ['condition 1: a division by zero in the condition 1 / 0'], '');
checkProblems('#if 2 3\n#endif', ['condition 1: an operator is missing in the condition 2 3'], '');
checkProblems('#if AT_LEAST(5)\n#endif', ['condition 1: AT_LEAST is no macro in the condition AT_LEAST(5)'], '');
checkProblems('#ifdef\n#endif', ['condition 1: #ifdef without a name'], '');
checkProblems('#frob\nx', ['unknown-directive 1: #frob is no directive'], 'x');
checkProblems(
  '#define 3\n#define f(1) x\n',
  ['define 1: #define without a name', 'define 2: the parameters of macro f are not a list of names'],
  '',
);
checkProblems('#include x\n', ['include 1: #include x names no header'], '');
checkProblems('#define f(x) x\nf(1, 2) y', ['macro-arguments 2: macro f takes 1 arguments, 2 are given'], 'f(1, 2) y');
checkProblems(
  '#define f(x) x\n#define N 1\nf(N',
  ['unterminated-macro-call 3: the arguments of a macro are not closed by )'],
  'f(1',
);
checkProblems('#define c(a, b) a##b\nc(+, x)', ['bad-paste 2: + ## x is not one token (macro c)'], '+x');
checkProblems('a /* b', ['unterminated-comment 1: a comment is not closed'], 'a');

function checkPlaces(text: string, expected: string): void {
  test(`cpp places ${JSON.stringify(text)}`, () => {
    const shown = run(text).tokens.map(({ text: word, file, line, macros }) =>
      [`${word}@${file === 't.c' ? '' : `${file}:`}${line}`, ...macros].join('/'),
    );
    assert.equal(shown.join(' '), expected);
  });
}

checkPlaces('a\n#if 0\nb\n#endif\nc', 'a@1 c@5');
checkPlaces('#define N 1 +\n\nN x', '1@3/N +@3/N x@3');
checkPlaces('#define IN 1\n#define OUT [IN]\nOUT', '[@3/OUT 1@3/OUT/IN ]@3/OUT');
// The tokens of an argument keep the line a person wrote them on.
checkPlaces('#define f(x) (x)\nf(\n  a +\n  b)', '(@2/f a@3/f +@3/f b@4/f )@2/f');
checkPlaces('#define g(x) <x>\n#define f(x) g(x)\nf(\na)', '<@3/f/g a@4/f/g >@3/f/g');
checkPlaces('#define N 1\n#define f(x) x\nf(\nN)', '1@4/f/N');
checkPlaces('#include "a.h"\nx', 'from_a@a.h:1 x@2');
checkPlaces('#define two a; \\\n  b\ntwo', 'a@3/two ;@3/two b@3/two');

test('asked symbols are those that active text asked for', () => {
  const { askedSymbols } = run(
    '#ifdef CONFIG_A\n#if CONFIG_UNASKED\n#endif\n#endif\n#if defined(CONFIG_B) || IS_ENABLED(CONFIG_C)\n#endif\n' +
      'if (IS_ENABLED(CONFIG_D)) x = CONFIG_E;\n#if CONFIG_F > 3\n#elif !CONFIG_G\n#endif\n',
  );
  assert.deepEqual(
    [...askedSymbols],
    ['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name) => `CONFIG_${name}`),
  );
});

test('headers that were not given are listed with their place', () => {
  const { skippedIncludes } = run('#include <linux/x.h>\n#if 0\n#include "no.h"\n#endif\n#include "y.h"');
  assert.deepEqual(
    skippedIncludes.map(({ path, form, at }) => [path, form, at.line]),
    [
      ['linux/x.h', 'system', 1],
      ['y.h', 'quoted', 5],
    ],
  );
});

test('preludes come first, and macros of an earlier file can be handed on', () => {
  const first = run('#define KEPT 5\n');
  const result = preprocess({
    file: 'u.c',
    text: 'KEPT SHIM(1)',
    preludes: [{ file: 'shims.h', text: 'int shim;\n#define SHIM(x) {x}\n' }],
    macros: first.macros,
    defines: new Map(),
    limits: defaultPreprocessLimits,
    resolve: () => null,
  });
  assert.equal(spell(result.tokens), 'int shim; 5 {1}');
  assert.deepEqual([...result.macros.keys()], ['KEPT', 'SHIM']);
});

/** Each must end at a named limit or with a plain problem, and soon. */
const doubling = Array.from({ length: 60 }, (_, index) => `#define A${index + 1} A${index} A${index}\n`).join('');
const bombs: Readonly<Record<string, readonly [text: string, kind: string]>> = {
  doubling: [`#define A0 x\n${doubling}A60`, 'limit'],
  'doubling arguments': [`#define f(x) x x\n${'f('.repeat(80)}1${')'.repeat(80)}`, 'limit'],
  'nested arguments': [`#define f(x) x\n${'f('.repeat(5000)}1${')'.repeat(5000)}`, 'limit'],
  'a long chain': [
    `${Array.from({ length: 5000 }, (_, index) => `#define B${index + 1} B${index}\n`).join('')}B5000`,
    'limit',
  ],
  'growing pastes': [`#define P2(x) x##x\n#define P(x) P2(x)\n${'P('.repeat(60)}a${')'.repeat(60)}`, 'limit'],
  'a pasted chain': [`#define C ${'a##'.repeat(30_000)}a\nC`, 'limit'],
  'growing strings': [
    `#define S2(x) #x\n#define S(x) S2(x)\n${'S('.repeat(60)}"${')'.repeat(60)}`,
    'unterminated-macro-call',
  ],
  'self inclusion': ['#include "self.h"\n', 'limit'],
  'doubling inclusion': ['#include "twice.h"\n', 'limit'],
  'an open call': [`#define f(x) x\n${'f('.repeat(30_000)}`, 'unterminated-macro-call'],
  'a deep condition': [`#if ${'('.repeat(30_000)}\n#endif`, 'condition'],
  'open defined': [`#if ${'defined('.repeat(30_000)}\n#endif`, 'unterminated-macro-call'],
  commas: [`#define f(...) x\nf(${','.repeat(400_000)})`, 'limit'],
  'comment openers': ['/*'.repeat(500_000), 'unterminated-comment'],
  'bad directives': ['#foo\n'.repeat(50_000), 'unknown-directive'],
};
for (const [name, [text, kind]] of Object.entries(bombs)) {
  test(`bomb: ${name}`, () => {
    const { problems } = run(text);
    assert.equal(problems[0]?.kind, kind);
    assert.ok(problems.length <= 1002);
  });
}

test('no text makes it throw', () => {
  const words =
    '#define A f(x) x (x) ## # __VA_ARGS__ ... , ( ) f( f A #if #else #endif #elif defined 0 1 / "s" \' \\\n \n \n'.split(
      ' ',
    );
  const text = fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((list) => list.join(' '));
  fc.assert(
    fc.property(text, (source) => run(source).tokens.length >= 0),
    { seed: 2, numRuns: 2000 },
  );
});
