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
function coverageOf(lines: readonly string[], names: readonly string[], file = path): Coverage {
  const coverage = new Coverage();
  for (const defines of [new Map<string, string>(), new Map([['CONFIG_SOME', '1']])]) {
    const text = `${lines.join('\n')}\n`;
    const read = readUnit({ file, text, resolve: () => null, defines, longBits: 64 }, new UnitCache());
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

/** A file line by line: `+` is added, `-` taken out, what is neither stands on both sides. */
function checkFile(
  what: string,
  lines: readonly string[],
  { called, oldPath = path, newPath = path }: { called: readonly string[]; oldPath?: string; newPath?: string },
  expected: string | null,
): void {
  test(what, () => {
    const [old, fresh] = ['+', '-'].map((other) =>
      lines.filter((line) => !line.startsWith(other)).map((line) => line.replace(/^[-+]/, '')),
    );
    assert.ok(old !== undefined && fresh !== undefined);
    const hunk = lines.map((line) => (/^[-+]/.test(line) ? line : ` ${line}`));
    const head = [`@@ -${old.length === 0 ? 0 : 1},${old.length} +1,${fresh.length} @@`, ...hunk];
    const made = oldPath === '/dev/null' ? oldPath : `a/${oldPath}`;
    const { files, problems } = parseFiles([`--- ${made}`, `+++ b/${newPath}`, ...head], 1);
    assert.deepEqual([problems, files[0]?.hunks.length], [[], 1]);
    const before = coverageOf(old, ['one', 'gone'], oldPath);
    assert.equal(changedUncovered(files, { before, after: coverageOf(fresh, called, newPath) }), expected);
  });
}

// Functions of three lines that follow one another: each line is in one of them.
const fn = (name: string, body: string) => [`int ${name}(void) {`, body, '}'];
const whole = [...fn('one', '\treturn 1;'), ...fn('two', '\treturn 2;'), ...fn('three', '\treturn 3;')];
const edited = (edits: Readonly<Record<number, readonly string[]>>) =>
  whole.flatMap((line, index) => edits[index + 1] ?? [line]);
const ofOne = { called: ['one'] };
checkFile('nothing but context', [...whole, '+/* and */'], ofOne, null);
checkFile(
  'the first line of a function',
  edited({ 4: ['-int two(void) {', '+long two(void) {'] }),
  ofOne,
  'two(), which no run calls',
);
checkFile('its last line', edited({ 6: ['-}', '+} /* two */'] }), ofOne, 'two(), which no run calls');
checkFile('the last line of the one before it', edited({ 3: ['-}', '+} /* one */'] }), ofOne, null);
checkFile(
  'the first line of the one behind it',
  edited({ 7: ['-int three(void) {', '+long three(void) {'] }),
  { called: ['one', 'three'] },
  null,
);
checkFile(
  'lines are counted on either side',
  edited({ 2: ['+\tint i = 1;', '+\tint j = 1;', '+\tint k = 1;', '\treturn 1;'], 5: ['-\treturn 2;'] }),
  ofOne,
  'two(), which no run calls',
);
checkFile('a line taken out below others', edited({ 8: ['-\treturn 3;'] }), ofOne, 'three(), which no run calls');
checkFile(
  'a line taken out below others that are',
  edited({ 2: ['-\tint i = 1;', '-\tint j = 1;', '-\tint k = 1;', '\treturn 1;'], 5: ['-\treturn 2;'] }),
  ofOne,
  'two(), which no run calls',
);
checkFile('a line in no function', edited({ 4: ['+int count;', 'int two(void) {'] }), ofOne, null);
checkFile(
  'a line taken out where another function stands now',
  [...edited({ 2: ['-\tint i = 1;', '-\tint j = 1;', '-\tint k = 1;', '-\tint l = 1;', '\treturn 1;'] })],
  ofOne,
  null,
);
checkFile(
  'a line added where another function stood',
  edited({ 2: ['+\tint i = 1;', '+\tint j = 1;', '+\tint k = 1;', '+\tint l = 1;', '\treturn 1;'] }),
  ofOne,
  null,
);
checkFile('blank lines', edited({ 5: ['+', '\treturn 2;', '+\t '], 8: ['-', '\treturn 3;'] }), ofOne, null);
const none = ['#ifdef CONFIG_NONE', 'int none;', '#endif'];
checkFile(
  'a line taken out, whose number is that of one that is not compiled',
  [
    ...fn('one', '\treturn 1;').toSpliced(1, 0, '-\tint i = 1;', '-\tint j = 1;', '-\tint k = 1;', '-\tint l = 1;'),
    ...none,
  ],
  ofOne,
  null,
);
const moved = { called: ['one'], newPath: 'arch/powerpc/kernel/new.c' };
checkFile(
  'a function that was called, in a file that has moved',
  [...fn('one', '\treturn 1;'), ...fn('gone', '-\treturn 2;').toSpliced(2, 0, '+\treturn 3;')],
  moved,
  null,
);
checkFile(
  'a new file',
  [...fn('one', '\treturn 1;'), ...fn('two', '\treturn 2;')].map((line) => `+${line}`),
  { ...moved, oldPath: '/dev/null' },
  'two(), which no run calls',
);
checkFile(
  'a new file of which all is called',
  fn('one', '\treturn 1;').map((line) => `+${line}`),
  { ...moved, oldPath: '/dev/null' },
  null,
);
checkFile(
  'a file that is no C',
  ['-int two(void) {', '+long two(void) {', '}'],
  { called: [], newPath: 'arch/powerpc/one.cfg', oldPath: 'arch/powerpc/one.cfg' },
  null,
);
test('a file that is taken away', () => {
  const { files } = parseFiles([`--- a/${path}`, '+++ /dev/null', '@@ -1,2 +0,0 @@', '-int two(void) {', '-}'], 1);
  assert.equal(files.length, 1);
  assert.equal(changedUncovered(files, { before: coverageOf(source, []), after: new Coverage() }), null);
});
