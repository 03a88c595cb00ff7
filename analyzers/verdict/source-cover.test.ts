/** What a change has to be for a pass to speak of it: compiled by some configuration, in a function that is called. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseFiles } from '../patch/diff.ts';
import { Coverage } from '../protocol/coverage.ts';
import { readUnit, UnitCache } from '../protocol/units.ts';
import { changedUncovered } from './source-cover.ts';

const path = 'arch/powerpc/kernel/one.c';
const source = [
  'int called(void)',
  '{',
  '\treturn 1;',
  '}',
  'int idle(void)',
  '{',
  '\treturn 2;',
  '}',
  '#ifdef CONFIG_SOME',
  'int some(void) { return 3; }',
  '#endif',
  '#ifdef CONFIG_NONE',
  'int none(void) { return 4; }',
  '#define NONE 4',
  '#endif',
];

/** With and without CONFIG_SOME. */
function coverageOf(lines: readonly string[], names: readonly string[]): Coverage {
  const coverage = new Coverage();
  for (const defines of [new Map<string, string>(), new Map([['CONFIG_SOME', '1']])]) {
    const text = `${lines.join('\n')}\n`;
    const read = readUnit({ file: path, text, resolve: () => null, defines, longBits: 64 }, new UnitCache());
    coverage.add([read], new Set(read.unit.functions.filter(({ name }) => names.includes(name))));
  }
  return coverage;
}

interface Change {
  readonly at: number;
  readonly text: string | null;
  readonly file?: string;
  /** After the change; called() and some() before it. */
  readonly called?: readonly string[];
}

/** Line `at` is replaced by `text`, or taken away. */
function check(
  what: string,
  { at, text, file = path, called = ['called', 'some'] }: Change,
  expected: string | null,
): void {
  test(what, () => {
    const after = [...source.slice(0, at - 1), ...(text === null ? [] : [text]), ...source.slice(at)];
    const added = text === null ? '' : `+${text}\n`;
    const diff = `--- a/${file}\n+++ b/${file}\n@@ -${at},1 +${at},${text === null ? 0 : 1} @@\n-${source[at - 1]}\n${added}`;
    const { files } = parseFiles(diff.split('\n').slice(0, -1), 1);
    assert.equal(files[0]?.hunks.length, 1);
    assert.equal(
      changedUncovered(files, {
        before: coverageOf(source, ['called', 'some']),
        after: coverageOf(after, called),
      }),
      expected,
    );
  });
}

check('in a function that is called', { at: 3, text: '\treturn 5;' }, null);
check('in one that nothing calls any more', { at: 3, text: '\treturn 5;', called: ['some'] }, null);
check('in one that nothing calls', { at: 7, text: '\treturn 5;' }, 'idle(), which no run calls');
check('a comment in it', { at: 7, text: '\treturn 2; /* two */' }, 'idle(), which no run calls');
check('a line taken from it', { at: 7, text: null }, 'idle(), which no run calls');
check('where one configuration compiles it', { at: 10, text: 'int some(void) { return 5; }' }, null);
check(
  'where none does',
  { at: 13, text: 'int none(void) { return 5; }' },
  `${path}:13, which no configuration that was run compiles`,
);
check(
  'a macro where none does',
  { at: 14, text: '#define NONE 5' },
  `${path}:14, which no configuration that was run compiles`,
);
check('a comment where none does', { at: 14, text: '/* four */' }, null);
check('the last line', { at: 15, text: '#endif /* NONE */' }, null);
check(
  'in a file that nothing reads',
  { at: 3, text: '\treturn 5;', file: 'arch/powerpc/kernel/two.c' },
  'arch/powerpc/kernel/two.c, which no run reads',
);
check('in a file that is no C', { at: 3, text: '\treturn 5;', file: 'arch/powerpc/kernel/two.S' }, null);
