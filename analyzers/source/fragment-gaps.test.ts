/**
 * Conditionals across gaps, a row each: the directives that rebuildFragment adds. Then what holds for the hunks of any file:
 * lines stay at their numbers, and every brace, comment and conditional is closed.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { rebuildFragment, type Segment } from './fragment.ts';

const at = (start: number, ...lines: readonly string[]): Segment => ({ start, lines, heading: '', changed: new Set() });
const rebuilt = (segments: readonly Segment[]) => rebuildFragment(segments, new Map()).text.split('\n');

/** @param expected the added lines; their numbers are free, as long as they stand in the gap */
function check(rule: string, segments: readonly Segment[], expected: readonly string[]): void {
  test(rule, () => {
    const lines = rebuilt(segments);
    for (const { start, lines: own } of segments) {
      assert.deepEqual(lines.slice(start - 1, start - 1 + own.length), own, 'line numbers are kept');
      lines.fill('', start - 1, start - 1 + own.length);
    }
    assert.deepEqual(
      lines.filter((line) => line !== ''),
      expected,
    );
  });
}

const x = 'int x;';
check('one in sight', [at(1, '#ifdef CONFIG_A', x, '#endif')], []);
check('closed out of sight', [at(10, '#ifdef CONFIG_A', x)], ['#endif']);
check('closed in the gap', [at(10, '#ifdef CONFIG_A', x), at(30, x)], ['#endif']);
check('its end comes later', [at(10, '#ifdef CONFIG_A', x), at(30, x, '#endif')], ['#endif', '#ifdef CONFIG_A']);
check(
  'its #else comes later',
  [at(10, '#ifdef CONFIG_A', x), at(30, x, '#else', x, '#endif')],
  ['#endif', '#ifdef CONFIG_A'],
);
check(
  'a gap behind #else',
  [at(10, '#ifdef CONFIG_A', x, '#else', x), at(30, x, '#endif')],
  ['#endif', '#ifndef CONFIG_A'],
);
check(
  'a gap behind the #else of #ifndef',
  [at(10, '#ifndef CONFIG_A', x, '#else', x), at(30, x, '#endif')],
  ['#endif', '#ifdef CONFIG_A'],
);
check(
  'a gap behind the #else of #if',
  [at(10, '#if A > 1', x, '#else', x), at(30, x, '#endif')],
  ['#endif', '#if !(A > 1)'],
);
check('a gap behind #elif', [at(10, '#if A', x, '#elif B', x), at(30, x, '#endif')], ['#endif', '#if B']);
check(
  'two, the inner one first',
  [at(10, '#ifdef CONFIG_A', '#ifdef CONFIG_B', x), at(30, x, '#endif', '#endif')],
  ['#endif', '#endif', '#ifdef CONFIG_A', '#ifdef CONFIG_B'],
);
check('a short gap stays in it', [at(10, '#ifdef CONFIG_A', x), at(13, x, '#endif')], []);
check('#endif alone', [at(10, x, '#endif')], ['#if 1']);
check('#endif that says of what', [at(10, x, '#endif /* CONFIG_A */')], ['#ifdef CONFIG_A']);
check('#endif that says of what not', [at(10, x, '#endif /* !CONFIG_A */')], ['#ifndef CONFIG_A']);
check('#else that says of what', [at(10, x, '#else /* !CONFIG_A */', x, '#endif')], ['#ifdef CONFIG_A']);

// A file of functions with blocks, comments and conditionals, cut at random as a diff would cut it.
const statement: fc.Memo<string[]> = fc.memo((depth) =>
  depth <= 1
    ? fc.constantFrom(
        ['\ta();'],
        ['\tb("}{");'],
        ['', '\tc();'],
        ['\t/* {', '\t * x', '\t */'],
        ['#ifdef CONFIG_A', '\td();', '#else', '\te();', '#endif'],
      )
    : fc.oneof(
        statement(1),
        fc
          .array(statement(depth - 1), { minLength: 1, maxLength: 3 })
          .map((inner) => ['\tif (a) {', ...inner.flat().map(indented), '\t}']),
      ),
);
const indented = (line: string) => (line === '' || line.startsWith('#') ? line : `\t${line}`);
const functions = fc
  .array(fc.array(statement(3), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 })
  .map((bodies) => bodies.flatMap((body, n) => [`int f${n}(int a)`, '{', ...body.flat(), '}', '']));

/** Hunks of the file, `gap` lines and more apart, with the heading that git gives them. */
function cut(file: readonly string[], lengths: readonly (readonly [number, number])[]): Segment[] {
  const segments: Segment[] = [];
  let line = 0;
  for (const [gap, length] of lengths) {
    line += gap;
    const lines = file.slice(line, line + length);
    const heading = file.slice(0, line).findLast((text) => /^[A-Za-z_]/.test(text)) ?? '';
    if (lines.length > 0) segments.push({ start: line + 1, lines, heading, changed: new Set([0]) });
    line += length;
  }
  return segments;
}

test('of any hunks, lines stay at their numbers and what is opened is closed', () => {
  const lengths = fc.array(fc.tuple(fc.integer({ min: 8, max: 15 }), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(functions, lengths, (file, cuts) => {
      const segments = cut(file, cuts);
      const lines = rebuilt(segments);
      for (const { start, lines: own } of segments)
        assert.deepEqual(lines.slice(start - 1, start - 1 + own.length), own);
      let [conditionals, depth] = [0, 0];
      const code = lines.join('\n').replace(/\/\*[\s\S]*?\*\/|"[^"\n]*"/g, '');
      assert.ok(!/\/\*|\*\//.test(code), 'comments are closed');
      for (const text of code.split('\n')) {
        conditionals += /^#if/.test(text) ? 1 : /^#endif/.test(text) ? -1 : 0;
        assert.ok(conditionals >= 0);
        for (const brace of text.replace(/[^{}]/g, '')) depth += brace === '{' ? 1 : -1;
        assert.ok(depth >= 0, 'no brace is closed that was not opened');
      }
      assert.deepEqual([conditionals, depth], [0, 0]);
    }),
    { numRuns: 1_000 },
  );
});

test('a hostile line takes linear time', () => {
  const started = performance.now();
  for (const unit of ['a', 'a ', '(', '"\\"', '/*', ', ', ' ', '{', 'a(', '#endif ']) {
    const text = unit.repeat(4_096 / unit.length);
    rebuildFragment(
      Array.from({ length: 50 }, (_, i) => ({ ...at(i * 10 + 1, text, text), heading: text })),
      new Map(),
    );
  }
  assert.ok(performance.now() - started < 10_000);
});
