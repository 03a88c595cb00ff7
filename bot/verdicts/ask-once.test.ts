/** Whatever is asked in whatever order, what is found is what would have been judged; and what is the same is judged once. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseFiles } from '../../analyzers/patch/diff.ts';
import { splitBody } from '../../analyzers/patch/split.ts';
import type { PatchVerdict } from '../../analyzers/verdict/verdict.ts';
import { askOnce, type ReadSides } from './ask-once.ts';
import { addressOf, type PatchQuestion, patchId, questionId, textId } from './question.ts';
import { VerdictList } from './verdict-list.ts';

const diff = ['diff --git a/a.c b/a.c', '--- a/a.c', '+++ b/a.c', '@@ -1,2 +1,2 @@', ' one', '-two', '+three', ''];
const questionAt = (ahead: number): PatchQuestion => {
  const body = splitBody([...Array(ahead).fill('text'), '---', ...diff].join('\n'));
  const mailLine = body.diffStart + 6;
  return {
    files: parseFiles(body.diff, body.diffStart).files,
    touched: ['a.c'],
    how: 'tree',
    doubt: null,
    partial: false,
    contextOnly: new Set(['f']),
    renamed: new Map([['g', 'f']]),
    origins: new Map([['a.c', new Map([[2, { mailLine, op: '+' as const }]])]]),
    changes: [{ file: 'a.c', op: '+', line: 2, baseLine: null, mailLine }],
    misfits: new Map(),
    problems: [],
    kernel: null,
    level: 'stale',
    limits: { tasks: 2, cpus: 2, statesMax: 100 },
  };
};
const question = questionAt(3);

test('the same diff further down in its mail is the same question', () => {
  assert.notDeepEqual(questionAt(9), question);
  assert.equal(questionId('c', questionAt(9)), questionId('c', question));
  assert.equal(patchId('c', questionAt(9).files), patchId('c', question.files));
});

/** Every value that differs from another in one place of it, as deep as it goes. */
function* others(value: unknown): Generator<unknown> {
  if (value === null) yield 'x';
  else if (typeof value === 'string') yield `${value}x`;
  else if (typeof value === 'number') yield value + 1;
  else if (typeof value === 'boolean') yield !value;
  else if (value instanceof Set) yield new Set([...value, 'x']);
  else if (value instanceof Map) {
    yield new Map([...value, ['x', new Map()]]);
    for (const [key, one] of value) for (const other of others(one)) yield new Map([...value, [key, other]]);
  } else if (Array.isArray(value)) {
    yield [...value, 'x'];
    for (const [at, one] of value.entries()) for (const other of others(one)) yield value.with(at, other);
  } else if (typeof value === 'object')
    for (const [key, one] of Object.entries(value)) for (const other of others(one)) yield { ...value, [key]: other };
}

test('whatever is another in a question, or the program, makes it another', () => {
  const ids = new Set([questionId('c', question), questionId('d', question)]);
  let count = 2;
  for (const other of others(question) as Generator<PatchQuestion>) {
    // All lines are counted from this one: that it alone is another moves all the others.
    ids.add(questionId('c', other));
    count++;
  }
  assert.ok(count > 40);
  assert.equal(ids.size, count);
});

const sidesOf = (before: Readonly<Record<string, string>>, after = before) => ({
  before: (path: string) => before[path] ?? null,
  after: (path: string) => after[path] ?? null,
  unreadable: () => [],
});

test('whatever is another in what was read makes another address', () => {
  const text = fc.constantFrom('', 'a', 'ab', 'none', 'text ');
  const tree = fc.dictionary(fc.constantFrom('a', 'b', 'c'), text);
  const read = fc.record({ paths: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')), before: tree, after: tree });
  fc.assert(
    fc.property(read, read, (one, other) => {
      const seen = ({ paths, before, after }: typeof one) =>
        JSON.stringify(paths.map((path) => [path, before[path] ?? null, after[path] ?? null]));
      const address = ({ paths, before, after }: typeof one) =>
        addressOf(
          'q',
          paths.map((path) => textId(path, sidesOf(before, after))),
        );
      assert.equal(address(one) === address(other), seen(one) === seen(other));
    }),
  );
});

/** Says what is read of it. */
const told = (sides: ReturnType<typeof sidesOf>, read: Set<string>): typeof sides => ({
  ...sides,
  before: (path) => sides.before(read.add(path) && path),
  after: (path) => sides.after(read.add(path) && path),
});

/** Goes from path to path as each text says, and tells where it went: which files are read is seen only when they are read. */
function walk({ level, files }: PatchQuestion, { before, after }: ReadSides): PatchVerdict {
  const seen: string[] = [];
  for (let path = 'a'; seen.length < 6; ) {
    const [old, fresh] = [before(path), after(path)];
    seen.push(`${path}=${old}/${fresh}`);
    if (fresh === null) break;
    path = fresh;
  }
  const spot = { file: 'a.c', line: 2, fn: 'f', mailLine: (files[0]?.mailLine ?? 0) + 6 };
  const finding = { ...spot, alsoAt: [spot], sources: [spot], repair: { before: spot } };
  return {
    ...{ answer: 'finding', why: `${level} ${seen.join(' ')}`, runs: [], notes: [], assumptions: [], problems: [] },
    findings: [finding as unknown as PatchVerdict['findings'][number]],
  };
}

test('what is found is what would have been judged, whatever was asked before', () => {
  const path = fc.constantFrom('a', 'b', 'c', 'd');
  const tree = fc.dictionary(path, path);
  const asked = fc.record({
    ahead: fc.nat(3),
    level: fc.constantFrom('stale', 'preemption'),
    before: tree,
    after: tree,
  });
  fc.assert(
    fc.property(fc.array(asked, { minLength: 2, maxLength: 30 }), (all) => {
      const verdicts = new VerdictList([], () => {});
      for (const { ahead, level, before, after } of all) {
        const one = { ...questionAt(ahead), level: level as PatchQuestion['level'] };
        const plain = sidesOf(before, after);
        const needed = new Set<string>();
        const alone = askOnce(one, { sides: told(plain, needed), verdicts: null, paths: new Set() }, walk);
        // The second time it is there.
        for (const isNew of [true, false]) {
          let judged = 0;
          const read = new Set<string>();
          const got = askOnce(one, { sides: told(plain, read), verdicts, paths: new Set() }, (...args) => {
            judged++;
            return walk(...args);
          });
          assert.deepEqual(got, alone);
          assert.ok(isNew || judged === 0);
          assert.deepEqual(read, needed, 'what is read beyond may cost a request, or not be readable');
        }
      }
    }),
  );
});

/** @param kept how often it is judged when it is asked twice */
function checkKept(name: string, expected: number, more: { misfit?: string; unreadable?: string }): void {
  test(name, () => {
    const { misfit, unreadable } = more;
    const misfits = new Map(misfit === undefined ? [] : [[misfit, { kind: 'reject', text: 'x' }]]);
    const sides = {
      ...sidesOf({ a: 'b', b: 'c' }),
      unreadable: () => (unreadable === undefined ? [] : [{ kind: 'unreadable-file', text: unreadable }]),
    };
    const verdicts = new VerdictList([], () => {});
    let judged = 0;
    for (let times = 0; times < 2; times++)
      askOnce({ ...question, misfits }, { sides, verdicts, paths: new Set() }, (...args) => {
        judged++;
        return walk(...args);
      });
    assert.equal(judged, expected);
  });
}
checkKept('what is in order is judged once', 1, {});
checkKept('a file without a change of the series, which is not read, is no matter', 1, { misfit: 'z' });
checkKept('one that is read makes an answer that is not kept', 2, { misfit: 'b' });
checkKept('nor is one kept where a file could not be read', 2, { unreadable: 'c' });

test('what cannot be opened is judged again', () => {
  const kept: string[] = [];
  const first = new VerdictList([], (one) => kept.push(JSON.stringify(one)));
  const asking = { sides: sidesOf({ a: 'b' }), paths: new Set<string>() };
  const verdict = askOnce(question, { ...asking, verdicts: first }, walk);
  const damaged = kept.map((text) => ({ ...JSON.parse(text), content: 'AAAA' }));
  const from: string[] = [];
  const second = new VerdictList(damaged, (_, how) => from.push(how));
  assert.deepEqual(askOnce(question, { ...asking, verdicts: second }, walk), verdict);
  assert.deepEqual(from, ['judged']);
});
