/**
 * The interpreter against C: each row is a unit and what its `f()` returns. What a row shows is in its name.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { defaultPreprocessLimits } from './budget.ts';
import { defaultLimits, exploreDecisions, type Host, Interpreter, number } from './interpreter.ts';
import { parseUnit } from './parse.ts';
import { preprocess } from './preprocess.ts';
import { link } from './program.ts';

function load(
  text: string,
  options: { pointerBytes?: 4 | 8; littleEndian?: boolean; host?: Partial<Host> } = {},
): Interpreter {
  const { tokens } = preprocess({
    file: 't.c',
    text,
    resolve: () => null,
    defines: new Map(),
    limits: defaultPreprocessLimits,
  });
  const pointerBytes = options.pointerBytes ?? 8;
  const unit = parseUnit('t.c', tokens, { longBits: pointerBytes === 4 ? 32 : 64 });
  assert.deepEqual(unit.problems, []);
  const program = link([unit], { pointerBytes, littleEndian: options.littleEndian ?? false });
  return new Interpreter(program, { builtins: new Map(), symbols: new Map(), ...options.host });
}

function check(name: string, text: string, expected: bigint | number, options: Parameters<typeof load>[1] = {}): void {
  test(name, () => {
    const outcome = load(text, options).run('f', []);
    assert.equal(outcome.kind, 'returned', 'text' in outcome ? outcome.text : '');
    if (outcome.kind !== 'returned') return;
    assert.equal(
      outcome.value.kind,
      'scalar',
      JSON.stringify(outcome.value, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    );
    if (outcome.value.kind === 'scalar') assert.equal(outcome.value.bits, BigInt(expected));
  });
}

check('arithmetic', 'int f(void) { return (7 * 6 - 2) / 4 % 7; }', 3);
check(
  'int to long is sign extended',
  'long f(void) { int offset = 0xfe000000; return 0x10 + (long)offset; }',
  0x10 - 0x2000000,
);
check('unsigned wraps', 'unsigned int f(void) { unsigned int x = 0; return x - 1; }', 0xffffffff);
check('unsigned beats signed', 'int f(void) { return -1 < 1u; }', 0);
check('shift keeps the left type', 'unsigned long f(void) { return 1ul << 40; }', 2n ** 40n);
check(
  'mask of an I-form displacement',
  'unsigned f(void) { long d = -8; return 0x48000001 | (d & 0x03fffffc); }',
  0x4bfffff9,
);
check(
  'pointer arithmetic in elements',
  'int f(void) { int a[4] = { 1, 2, 3, 4 }; int *p = a + 1; return p[1] + *(p - 1) + (int)(&a[3] - p); }',
  6,
);
check(
  'struct members and designators',
  'struct s { int a; struct { int b, c; }; int d[2]; }; int f(void) { struct s s = { .c = 5, .d = { [1] = 7 }, .a = 1 }; return s.a * 100 + s.c * 10 + s.d[1] + s.b; }',
  157,
);
check(
  'brace elision',
  'struct p { int x, y; }; int f(void) { struct p a[2] = { 1, 2, 3, 4 }; return a[1].x * 10 + a[0].y; }',
  32,
);
check(
  'struct by value',
  'struct i { unsigned v; }; static struct i mk(unsigned v) { return (struct i){ .v = v }; } unsigned f(void) { struct i a = mk(9), b; b = a; a.v = 1; return b.v + mk(3).v; }',
  12,
);
check(
  'bit-fields',
  'struct b { unsigned a:3, b:5; int c:4; }; int f(void) { struct b x = { 0 }; x.b = 17; x.c = -3; x.a = 9; return x.a * 100 + x.b + x.c; }',
  114,
);
check(
  'union sees the same bytes',
  'union u { unsigned w; unsigned char b[4]; }; int f(void) { union u u = { .w = 0x01020304 }; return u.b[0]; }',
  1,
);
check(
  'little-endian union',
  'union u { unsigned w; unsigned char b[4]; }; int f(void) { union u u = { .w = 0x01020304 }; return u.b[0]; }',
  4,
  { littleEndian: true },
);
check(
  'switch falls through, default in the middle',
  'int f(void) { int n = 0; for (int i = 0; i < 4; i++) switch (i) { case 0: n += 1; default: n += 10; continue; case 2: n += 100; break; } return n; }',
  131,
);
check('case ranges', 'int f(void) { switch (7) { case 1 ... 5: return 1; case 6 ... 9: return 2; } return 3; }', 2);
check(
  'goto out of and back',
  'int f(void) { int n = 0; again: n++; if (n < 3) { while (1) { goto again; } } return n; }',
  3,
);
check('goto over an error path', 'int f(void) { int r = -22; if (r) goto out; r = 1; out: return r; }', -22);
check('do while and break', 'int f(void) { int i = 0; do { if (i == 5) break; i++; } while (1); return i; }', 5);
check('statement expression and typeof', 'int f(void) { return ({ typeof(1) a = 3; a * 2; }); }', 6);
check(
  'statics keep their value',
  'static int n(void) { static int c = 4; return c++; } int f(void) { n(); return n(); }',
  5,
);
check(
  'weak is overridden',
  'int __attribute__((weak)) g(void) { return 1; } int g(void) { return 2; } int f(void) { return g(); }',
  2,
);
check(
  'function pointers',
  'static int twice(int x) { return 2 * x; } int f(void) { int (*p)(int) = twice; return p(4) + (*p)(1); }',
  10,
);
check(
  'table of functions',
  'struct ops { int (*run)(int); }; static int inc(int x) { return x + 1; } static const struct ops ops = { .run = inc }; int f(void) { return ops.run(2); }',
  3,
);
check('enum constants', 'enum { A = 1 << 3, B, C = B * 2 }; int f(void) { return A + B + C; }', 35);
check(
  'container_of by offsetof',
  'struct l { int x; struct { long y; } m; }; int f(void) { struct l l = { 5 }; long *p = &l.m.y; return ((struct l *)((char *)p - __builtin_offsetof(struct l, m.y)))->x; }',
  5,
);
check(
  'sizeof',
  'struct s { char c; long l; short h; }; int f(void) { return sizeof(struct s) * 10 + sizeof(int[3]); }',
  252,
);
check(
  'sizeof on ILP32',
  'struct s { char c; long l; short h; }; int f(void) { return sizeof(struct s) * 10 + sizeof(void *); }',
  124,
  { pointerBytes: 4 },
);
check(
  'globals and pointers to them',
  'int g[3] = { 1, 2 }; int *p = &g[1]; int f(void) { *p += 5; return g[1] + g[2]; }',
  7,
);
check(
  'cleanup runs when the scope ends',
  'static int n; static void done(int *p) { n += *p; } int f(void) { { int __attribute__((cleanup(done))) x = 4; } return n; }',
  4,
);
check('conditional takes the common type', 'int f(void) { return (1 ? -1 : 0u) > 0; }', 1);
check('strings', 'int f(void) { const char *s = "ab" "c"; return s[2] + (int)sizeof("xy"); }', 'c'.charCodeAt(0) + 3);
check(
  'comma, increment, compound assignment',
  'int f(void) { int i = 1, j; j = (i++, i += 2, ++i); return j * 10 + i--; }',
  55,
);
check('unsigned char is char', 'int f(void) { char c = 200; return c; }', 200);
check(
  'recursion',
  'static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); } int f(void) { return fib(12); }',
  144,
);
check(
  'arrays of structs by pointer',
  'struct r { unsigned long ip; int flags; }; static struct r rs[2] = { { 1, 2 }, { 3, 4 } }; int f(void) { int n = 0; for (struct r *r = rs; r < &rs[2]; r++) n += r->flags; return n; }',
  6,
);

test('built-ins see the C frames that led to them', () => {
  const seen: string[] = [];
  const host: Partial<Host> = {
    builtins: new Map([
      [
        'emit',
        (args, context) => {
          seen.push(
            `${context.stack.map((frame) => `${frame.fn}:${frame.at.line}`).join('>')} ${args[0]?.kind === 'scalar' ? args[0].bits : '?'}`,
          );
          return number(0);
        },
      ],
    ]),
  };
  load(
    'int emit(int);\nstatic int g(int x)\n{\n\treturn emit(x + 1);\n}\nint f(void)\n{\n\tif (g(1))\n\t\treturn 1;\n\treturn g(2);\n}',
    { host },
  ).run('f', []);
  assert.deepEqual(seen, ['f:8>g:4 2', 'f:10>g:4 3']);
});

test('an unknown function is an assumption, and a branch on it a decision', () => {
  const vm = load('int other(void);\nint f(void)\n{\n\tif (other())\n\t\treturn 1;\n\treturn 2;\n}');
  const { paths, complete } = exploreDecisions((decisions) => {
    const outcome = vm.run('f', [], decisions);
    return {
      outcome,
      result: outcome.kind === 'returned' && outcome.value.kind === 'scalar' ? outcome.value.bits : null,
    };
  }, 8);
  assert.equal(complete, true);
  assert.deepEqual([...paths].sort(), [1n, 2n]);
  assert.match(vm.assumptions[0]?.text ?? '', /other\(\) is not in the sources/);
});

test('bounds end a run and say which', () => {
  const ends = (text: string) => {
    const outcome = load(text).run('f', []);
    return `${outcome.kind}: ${'text' in outcome ? outcome.text : ''}`;
  };
  assert.match(ends('int f(void) { for (;;) ; }'), /^limit: a loop runs more than 5000 times/);
  assert.match(ends('int f(void) { return f(); }'), /^limit: calls nest deeper than 60/);
  assert.match(ends('int f(void) { return *(int *)0; }'), /^fault: address 0x0 is not mapped/);
  assert.match(ends('int f(void) { int (*p)(void) = (void *)0x10; return p(); }'), /^fault: a call goes to 0x10/);
  assert.match(ends('int a[1 << 28]; int f(void) { return a[5]; }'), /^limit: more than 4194304 bytes/);
});

test('a snapshot undoes what came after it', () => {
  const vm = load('static int n; int f(void) { return ++n; }');
  vm.run('f', []);
  const snapshot = vm.snapshot();
  vm.run('f', []);
  vm.restore(snapshot);
  const outcome = vm.run('f', []);
  assert.ok(outcome.kind === 'returned' && outcome.value.kind === 'scalar' && outcome.value.bits === 2n);
});

test('integer expressions are what gcc computes', (t) => {
  if (spawnSync('gcc', ['--version']).status !== 0) return t.skip('gcc is not installed');
  // A small generator with a fixed seed: the same rows on every machine.
  let seed = 12345;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const leaves = [
    '(signed char)-7',
    '200u',
    '0x7fffffff',
    '-1',
    '3l',
    '0xffffffffu',
    '(unsigned char)250',
    '(short)-300',
    '1ul',
    '65535',
    '12',
    '-5l',
  ];
  const operators = ['+', '-', '*', '&', '|', '^', '<', '>', '==', '!=', '<=', '>='];
  const build = (depth: number): string => {
    if (depth === 0) return leaves[next(leaves.length)] ?? '1';
    const shape = next(5);
    if (shape === 0)
      return `(${['-', '~', '!', '(int)', '(unsigned long)', '(unsigned char)'][next(6)]}(${build(depth - 1)}))`;
    if (shape === 1) return `((${build(depth - 1)}) ? (${build(depth - 1)}) : (${build(depth - 1)}))`;
    if (shape === 2) return `((${build(depth - 1)}) >> ${next(16)})`;
    return `((${build(depth - 1)}) ${operators[next(operators.length)]} (${build(depth - 1)}))`;
  };
  const rows = Array.from({ length: 300 }, () => build(4));
  const folder = mkdtempSync(join(tmpdir(), 'expressions-'));
  writeFileSync(
    join(folder, 't.c'),
    `#include <stdio.h>\nint main(void) {\n${rows.map((row) => `printf("%ld\\n", (long)(${row}));`).join('\n')}\nreturn 0; }\n`,
  );
  const built = spawnSync('gcc', ['-fwrapv', '-w', '-O0', '-o', join(folder, 't'), join(folder, 't.c')]);
  assert.equal(built.status, 0, String(built.stderr));
  const expected = String(spawnSync(join(folder, 't')).stdout)
    .trim()
    .split('\n');
  const vm = load(rows.map((row, i) => `long f${i}(void) { return ${row}; }`).join('\n'));
  for (const [i, row] of rows.entries()) {
    const outcome = vm.run(`f${i}`, []);
    assert.ok(outcome.kind === 'returned' && outcome.value.kind === 'scalar', row);
    assert.equal(String(outcome.value.bits), expected[i], row);
  }
});

assert.ok(defaultLimits.stepsMax > 0);
