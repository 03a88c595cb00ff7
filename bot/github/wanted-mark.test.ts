/** Which mark is wanted of a verdict: a row for each way that a patch, its lists and what was said before can be. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { SeriesOutcome } from '../analysis/analyse.ts';
import { loadSettings } from '../settings/settings.ts';
import { decideMark, type MarkCircumstances, takenBack, type WantedMark } from './wanted-mark.ts';

type Patch = SeriesOutcome['patches'][number];
const finding: Patch = {
  ...{ messageId: 'p2@example.org', subject: '[PATCH 2/2] x', title: 'x', changes: 'c2', answer: 'finding' },
  ...{ why: 'one finding', fingerprints: ['f1'], findings: [], levels: ['stale'] },
  base: { how: 'tree', ref: 'v6.1', doubt: null },
};
const question: Patch = { ...finding, answer: 'question' };
const pass: Patch = { ...finding, answer: 'pass', why: 'holds in 212 runs', fingerprints: [], levels: [] };
const silence: Patch = { ...pass, answer: 'silence', why: 'no entry point could be run' };
const onDiff: Patch = { ...pass, base: { how: 'diff', ref: 'the diff', doubt: null } };
const seriesOf = (patch: Patch): SeriesOutcome => ({
  ...{ name: 'x', author: 'ada@example.org', version: 1, total: 2, first: 'p1@example.org', answer: patch.answer },
  patches: [{ ...silence, messageId: 'p1@example.org', title: 'one', changes: 'c1' }, patch],
  ...{ told: patch.fingerprints, document: {}, reply: null, decision: { kind: 'nothing', why: '', withdraws: [] } },
  mode: 'post',
});

const circumstances: MarkCircumstances = {
  settings: loadSettings(),
  marks: {
    ...{ repository: 'example/linux', mode: 'post', branches: ['series/**'], as: 'status', context: 'bot' },
    ...{ answers: ['finding', 'question', 'pass'], findings: 'neutral' },
  },
  ...{ seriesId: 3, reply: { id: 7, messageId: 'r/1@bot.example.org' }, before: null },
};
const markOf = (patch: Patch): WantedMark => {
  const decision = decideMark(seriesOf(patch), 1, circumstances);
  return decision.kind === 'mark' ? decision.wanted : assert.fail(decision.why);
};
const said = { before: markOf(finding) };

interface Row extends Partial<MarkCircumstances> {
  readonly series?: Partial<SeriesOutcome>;
}
function check(what: string, patch: Patch, { series = {}, ...set }: Row, expected: string): void {
  test(what, () => {
    const decision = decideMark({ ...seriesOf(patch), ...series }, 1, { ...circumstances, ...set });
    const text =
      decision.kind === 'nothing' ? decision.why : `${decision.wanted.says}${decision.isPosted ? '' : ', dry'}`;
    assert.equal(text, expected);
  });
}

check('a finding', finding, {}, 'finding');
check('a question', question, {}, 'question');
check('a pass', pass, {}, 'pass');
check('a pass that is mailed to nobody', pass, { reply: null }, 'pass');
check('silence', silence, said, 'no entry point could be run');
check('a finding that is mailed to nobody', finding, { reply: null }, 'no mail tells of it');
check('no list of ours', finding, { series: { mode: null } }, 'no list that it went to wants it, or not its author');
check('a list that is off', pass, { series: { mode: 'off' } }, 'no list that it went to wants it, or not its author');
check('a dry run of the list', finding, { series: { mode: 'dry-run' } }, 'finding, dry');
check('a dry run of marks', finding, { marks: { ...circumstances.marks, mode: 'dry-run' } }, 'finding, dry');
check('a finding that is moderated waits for its mail', finding, { series: { mode: 'moderate' } }, 'finding');
check('a pass that no moderator sees', pass, { series: { mode: 'moderate' }, reply: null }, 'pass, dry');
check('a dispute of what was never said', finding, { series: { told: [] } }, 'what was found is disputed');
check('a dispute of what was said', finding, { series: { told: [] }, ...said }, 'taken back');
check('it holds now', pass, said, 'pass');
const proof = 'it held on a base that proves nothing against what was said before';
check('it holds now, on the diff alone', onDiff, said, proof);
check('on the diff alone, and nothing was said', onDiff, {}, 'pass');
const some = (...answers: ('finding' | 'question' | 'pass')[]) => ({ marks: { ...circumstances.marks, answers } });
check('an answer that is not asked for', pass, some('finding'), 'github.marks.answers has no pass');
check('that takes the place of one that was', pass, { ...some('finding'), ...said }, 'taken back');
check('a diff that cannot be found', { ...pass, changes: null }, {}, 'its diff cannot be told from others');

test('what it is found by, and where it leads', () => {
  const { before, url, replyId, text } = markOf(finding);
  assert.deepEqual(before, [{ title: 'one', changes: 'c1' }]);
  assert.equal(replyId, 7);
  assert.ok(url?.endsWith('r%2F1@bot.example.org/'), String(url));
  assert.match(text, /^Goes wrong where a CPU may still hold an old instruction/);
  const missing = decideMark({ ...seriesOf(pass), total: 3 }, 1, circumstances);
  assert.equal(missing.kind === 'mark' && missing.wanted.before, null);
});

test('taken back twice is taken back once', () => {
  const once = takenBack(markOf(finding), 'x');
  assert.deepEqual(takenBack(once, 'x'), once);
});
