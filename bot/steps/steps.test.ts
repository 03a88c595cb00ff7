/**
 * Schedules as steps: who does what, what each CPU may still fetch, where tasks stand, which fetch is the guilty one. Each
 * expected value was worked out by hand from the rules of storage.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { mailText } from './mail-text.ts';
import { stepsPageHtml } from './page-html.ts';
import { endingText } from './sentence.ts';
import { type Source, type Steps, stepsOf } from './steps.ts';
import { svgOf } from './svg.ts';
import { valueText } from './words.ts';

/** nop, nop become mflr, bl with an IPI between. */
const enable = 'r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1000:7c0802a6,i,s1004:48006ffd';
/** mflr, bl become nop, nop, the bl first, with nothing between. */
const disable = 'r0.64.full.live/f@1000=7c0802a6,48006ffd,4e800020/ftrace_caller/s1004:60000000,s1000:60000000';
const source: Source = {
  file: 'arch/powerpc/kernel/trace/ftrace.c',
  line: 64,
  fn: 'modify',
  text: 'return patch(<ip>);',
};

function steps(text: string, sources: readonly (Source | null)[] = []): Steps {
  const made = stepsOf(text, { sources });
  assert.equal(made.problem, null);
  return made.steps as Steps;
}

const whoAndWhere = ({ rows }: Steps, count: number) =>
  rows.slice(0, count).map(({ who, where, what }) => {
    const by = who.kind === 'task' ? `T${who.task}@${who.cpu}` : who.kind === 'cpu' ? `CPU${who.cpu}` : 'patcher';
    return `${by} ${where} ${what}`.replace(/ +/g, ' ');
  });

test('a task that is delayed between two words while both change', () => {
  const told = steps(`${enable}/preemption.1.1/d00-s0v0-m-m-m-m-s0v1`, [source, null, source]);
  assert.deepEqual(whoAndWhere(told, 8), [
    'T0@0 calls the function',
    'T0@0 f nop',
    'patcher f nop → mflr r0',
    'patcher f is made consistent',
    'patcher IPI to every other CPU, isync there, waited for',
    'patcher f+4 nop → bl ftrace_caller',
    'T0@0 f+4 bl ftrace_caller',
    'T0@0 ftrace_caller stdu r1,-64(r1)',
  ]);
  assert.equal(told.guilty, 6, 'the fetch of the bl');
  assert.equal(told.broken?.check, 'return-address');
  assert.deepEqual(
    told.rows.slice(0, 7).map(({ choice }) => choice),
    [0, 1, 2, 3, 4, 5, 6],
  );
  assert.equal(told.rows[7]?.choice, 6, 'words that never change belong to the choice before them');
  assert.deepEqual(
    told.rows.slice(0, 7).map(({ tasks }) => tasks[0]?.nia),
    [0x1000, 0x1004, 0x1004, 0x1004, 0x1004, 0x1004, 0x8000],
  );
  const called = told.rows[6]?.tasks[0];
  assert.deepEqual(called?.changed, ['lr']);
  assert.equal(valueText(told.schedule.model, called?.registers.get('lr') ?? 0n), 'f+8');
  assert.equal(valueText(told.schedule.model, told.rows[0]?.tasks[0]?.registers.get('lr') ?? 0n), 'caller');
  assert.deepEqual(
    told.rows.slice(0, 7).map((row) => row.source?.line ?? null),
    [null, null, 64, null, null, 64, null],
    'the line of a modification, once',
  );
  assert.deepEqual(
    told.words.map(({ place, versions }) => [place, ...versions.map(({ text }) => text)]),
    [
      ['f', 'nop', 'mflr r0'],
      ['f+4', 'nop', 'bl ftrace_caller'],
      ['f+8', 'blr'],
    ],
  );
});

test('a CPU that may still hold an old word', () => {
  // The new nop in place of mflr, then the old bl.
  const told = steps(`${disable}/stale.1.1/m-m-m-d00-s0v1-s0v0`);
  const may = (row: number) => told.rows[row]?.words.map(({ mayFetch }) => mayFetch[0]);
  assert.deepEqual(may(0), [[0], [0, 1]], 'stored: the old bl or the new nop');
  assert.deepEqual(may(2), [
    [0, 1],
    [0, 1],
  ]);
  assert.deepEqual(
    told.rows.slice(0, 3).map(({ words }) => words.map(({ newest, consistent }) => [newest, consistent])),
    [
      [
        [0, 0],
        [1, 0],
      ],
      [
        [0, 0],
        [1, 1],
      ],
      [
        [1, 0],
        [1, 1],
      ],
    ],
  );
  assert.equal(told.rows[told.guilty ?? 0]?.what, 'bl ftrace_caller');
  assert.equal(told.rows[told.guilty ?? 0]?.note, 'the old word: this CPU may still hold it');
});

test('an interrupt synchronizes: what is consistent is all that may be fetched', () => {
  const told = steps(`${disable}/stale.1.1/d00-m-m-p0-r00`);
  const may = told.rows.map(({ words }) => words[1]?.mayFetch[0]);
  assert.deepEqual(may, [[0], [0, 1], [0, 1], [1], [1]]);
  assert.deepEqual(
    told.rows.map(({ tasks }) => tasks[0]?.state),
    ['running', 'running', 'running', 'preempted', 'running'],
  );
  assert.equal(told.broken, null);
  assert.equal(endingText(told), 'Nothing breaks in these steps.');
});

test('the sequential level: all is stored, then one task comes by', () => {
  const told = steps('r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1004:48006ffd/sequential.1.1/');
  assert.deepEqual(whoAndWhere(told, 5), [
    'patcher f+4 nop → bl ftrace_caller',
    'patcher f+4 is made consistent',
    'T0@0 calls the function',
    'T0@0 f nop',
    'T0@0 f+4 bl ftrace_caller',
  ]);
  assert.deepEqual(told.rows[0]?.words, [{ newest: 1, consistent: 0, mayFetch: [[1]] }]);
  assert.equal(told.guilty, 4);
});

test('a choice that is not possible is named, and what came before it is shown', () => {
  const told = steps(`${enable}/preemption.1.1/d00-r00`);
  assert.equal(told.problem, 'choice 2 (resume) is not possible there');
  assert.equal(told.rows.length, 1);
});

function refused(name: string, text: string, problem: RegExp): void {
  test(`refused: ${name}`, () => assert.match(stepsOf(text).problem ?? '', problem));
}
refused('garbage', '<script>alert(1)</script>', /six parts/);
refused('nothing', '', /six parts/);
refused('one that was cut', `${enable}/preemption.1.1`, /six parts/);
refused('more choices than a page can show', `${enable}/preemption.1.1/${'m-'.repeat(1200)}m`, /more than 400 choices/);
refused('more tasks', `${enable}/preemption.9.1/d00`, /more than 8 tasks or CPUs/);
refused('too many characters', 'x'.repeat(70_000), /at most 65536 characters/);

test('one that takes too long ends where its time is over', () => {
  const made = stepsOf(`${enable}/preemption.1.1/d00-s0v0-m-m-m-m-s0v1`, { mayGoOn: () => false });
  assert.equal(made.steps?.problem, 'it takes too long to follow here');
  assert.equal(made.steps?.rows.length, 1);
});

test('text for a mail: a tab in front, no line over 75 columns', () => {
  const text = mailText(steps(`${enable}/preemption.1.1/d00-s0v0-m-m-m-m-s0v1`, [source, null, source]));
  for (const line of text.trimEnd().split('\n')) {
    assert.ok(line === '' || line.startsWith('\t'), line);
    assert.ok(line.replace(/^\t/, ' '.repeat(8)).length <= 75, line);
  }
  assert.match(text, /\t {2}3 {2}modifies {8}f {5}nop -> mflr r0\n\t +\(modify\(\), ftrace\.c:64\)\n/);
  assert.match(text, /\t {2}7 {2}task 0, CPU 0 {3}f\+4 {3}bl ftrace_caller\n\t +<-- the guilty fetch\n/);
  assert.match(text, /ftrace_caller to f\+8: 11 instructions/);
});

test('what is in a schedule or a source is escaped', () => {
  const hostile: Source = { file: '"><script>', line: 1, fn: '<b>', text: "'<img src=x>" };
  const told = steps(`${enable}/preemption.1.1/d00-s0v0-m-m-m-m-s0v1`, [hostile, hostile, hostile]);
  const html = stepsPageHtml({
    ...{ steps: told, at: 2, sources: [hostile], link: (at) => `?a="${at}&b` },
    exports: { svg: '"', text: '"' },
  });
  for (const text of [html, svgOf(told)]) assert.doesNotMatch(text, /<script|<img|<b>|"">|\?a="\d/);
});

test('the page has each step with an anchor, and one that is guilty', () => {
  const told = steps(`${enable}/preemption.1.1/d00-s0v0-m-m-m-m-s0v1`);
  const html = stepsPageHtml({
    ...{ steps: told, at: 6, sources: [], link: (at) => `?at=${at + 1}` },
    exports: { svg: 'a', text: 'b' },
  });
  assert.equal(html.match(/<tr id="step-\d+"/g)?.length, told.rows.length);
  assert.equal(html.match(/<strong class="steps-mark">/g)?.length, 1);
  assert.match(html, /id="step-7" data-step="6" class="steps-instruction steps-guilty"/);
});
