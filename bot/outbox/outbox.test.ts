/** What is decided, and what is let through right before it leaves: a row each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Said, sinceText, sinceThen } from '../reply/since.ts';
import { freeFrom } from '../store/slots.ts';
import { type Decision, decide, type Judged, type ListPolicy } from './decide.ts';
import { lastCheck, type Surroundings } from './last-check.ts';

const ppc = 'ppc@lists.example.org';
const trace = 'trace@lists.example.org';
const list = (address: string, mode: ListPolicy['mode'], passes = false): ListPolicy => ({ address, mode, passes });
const judged: Judged = {
  version: 2,
  answer: 'finding',
  why: 'it breaks',
  fingerprints: ['f1'],
  recipients: ['Bob@example.org', 'PPC@lists.example.org'],
  isAsked: false,
  isProof: true,
  isOptedOut: false,
  disputed: [],
};
const told = (version: number, kind: Said['kind'], ...fingerprints: readonly string[]): Said => ({
  version,
  kind,
  fingerprints,
  messageId: `${kind}-v${version}@bot`,
  isSent: true,
  ended: null,
});

const waiting = (said: Said): Said => ({ ...said, isSent: false });
const shown = (decision: Decision) =>
  (decision.kind === 'nothing'
    ? decision.why
    : `${decision.reply} ${decision.mode}${decision.corrects === null ? '' : ` to ${decision.corrects}`}`) +
  decision.withdraws.map((id) => `, not ${id}`).join('');

interface Row {
  readonly judged?: Partial<Judged>;
  readonly lists?: readonly ListPolicy[];
  readonly said?: readonly Said[];
}
function check(name: string, row: Row, expected: string): void {
  test(name, () => {
    assert.equal(
      shown(decide({ ...judged, ...row.judged }, row.lists ?? [list(ppc, 'post')], row.said ?? [])),
      expected,
    );
  });
}

check('a finding', {}, 'finding post');
check('a question', { judged: { answer: 'question' } }, 'question post');
check('silence', { judged: { answer: 'silence', why: 'unread' } }, 'unread');
check('no list of ours', { lists: [list(trace, 'post')] }, 'it went to no list that the bot answers on');
check('a list that is off', { lists: [list(ppc, 'off')] }, 'a list it went to is off');
const both = { recipients: [ppc, trace] };
check(
  'the most careful list counts',
  { judged: both, lists: [list(ppc, 'post'), list(trace, 'moderate')] },
  'finding moderate',
);
check('in any order', { judged: both, lists: [list(ppc, 'dry-run'), list(trace, 'post')] }, 'finding dry-run');
check(
  'off is the most careful',
  { judged: both, lists: [list(ppc, 'off'), list(trace, 'post')] },
  'a list it went to is off',
);
const pass: Partial<Judged> = { answer: 'pass', fingerprints: [] };
check('a pass nobody wants', { judged: pass }, 'it held, and nobody asked to be told');
check('a pass that the list wants', { judged: pass, lists: [list(ppc, 'moderate', true)] }, 'pass moderate');
check('a pass that the author wants', { judged: { ...pass, isAsked: true } }, 'pass post');
check(
  'a pass told twice',
  { judged: { ...pass, isAsked: true }, said: [told(2, 'pass')] },
  'this version has been answered',
);
check('the same finding again', { said: [told(2, 'finding', 'f1', 'f2')] }, 'the same was said of this version');
check('another finding of the same version', { said: [told(2, 'finding', 'f0')] }, 'finding post');
check('the same finding in the next version', { said: [told(1, 'finding', 'f1')] }, 'finding post');
check(
  'a finding that does not stand',
  { judged: pass, said: [told(2, 'finding', 'f1')] },
  'correction post to finding-v2@bot',
);
check(
  'a correction is given once',
  { judged: pass, said: [told(2, 'finding', 'f1'), told(2, 'correction')] },
  'this version has been answered',
);
check(
  'silence corrects nothing',
  { judged: { answer: 'silence', why: 'unread' }, said: [told(2, 'finding', 'f1')] },
  'unread',
);

const held = [waiting(told(2, 'finding', 'f1'))];
check(
  'a finding that waits and does not stand',
  { judged: pass, said: held },
  'it held, and nobody asked to be told, not finding-v2@bot',
);
check(
  'nor on another base',
  { judged: { ...pass, isProof: false }, said: held },
  'it held on a base that proves nothing against the earlier answer',
);
const ended = (how: 'withdrawn' | 'rejected', ...args: Parameters<typeof told>): Said => ({
  ...waiting(told(...args)),
  ended: how,
});
check(
  'a finding that was withdrawn and is found again',
  { said: [ended('withdrawn', 2, 'finding', 'f1')] },
  'finding post',
);
const no = 'a moderator has rejected the same';
check('one that was rejected', { said: [ended('rejected', 2, 'finding', 'f1', 'f2')] }, no);
check('another than was rejected', { said: [ended('rejected', 2, 'finding', 'f2')] }, 'finding post');
check('what was rejected of an earlier version', { said: [ended('rejected', 1, 'finding', 'f1')] }, 'finding post');
check('a pass that was rejected', { judged: { ...pass, isAsked: true }, said: [ended('rejected', 2, 'pass')] }, no);
check(
  'a correction that was rejected',
  { judged: pass, said: [told(2, 'finding', 'f1'), ended('rejected', 2, 'correction')] },
  no,
);
check('a finding that waits and is found again', { said: held }, 'the same was said of this version');
check('another one in its place', { judged: { fingerprints: ['f2'] }, said: held }, 'finding post, not finding-v2@bot');

check('an author who opted out', { judged: { isOptedOut: true } }, 'the author wants no mail of ours');
const allDisputed = { fingerprints: [], disputed: ['f1'] };
const untold = 'a finding that is disputed is not told again: f1';
check('all that was found is disputed', { judged: allDisputed }, untold);
check('and another patch of the series held', { judged: { ...allDisputed, answer: 'pass', isAsked: true } }, untold);
check('what waits to tell of it', { judged: allDisputed, said: held }, `${untold}, not finding-v2@bot`);
check('what has told of it stands', { judged: allDisputed, said: [told(2, 'finding', 'f1')] }, untold);
check('a part of it is disputed', { judged: { disputed: ['f1'], fingerprints: ['f2'] } }, 'finding post');

test('why a part is not told is said', () => {
  const { why } = decide({ ...judged, fingerprints: ['f2'], disputed: ['f0', 'f1'] }, [list(ppc, 'post')], []);
  assert.equal(why, 'it breaks; findings that are disputed are not told again: f0, f1');
});

test('what became of what was said before', () => {
  const since = (fingerprints: readonly string[], ...said: readonly Said[]) =>
    sinceThen({ version: 3, fingerprints }, said);
  assert.deepEqual(since(['b', 'c'], told(1, 'finding', 'x'), told(2, 'question', 'a', 'b')), {
    version: 2,
    fixed: ['a'],
    still: ['b'],
    added: ['c'],
  });
  assert.deepEqual(since([], told(1, 'finding', 'x'), told(2, 'pass')), {
    version: 1,
    fixed: ['x'],
    still: [],
    added: [],
  });
  assert.equal(since(['a']), null);
  assert.equal(since(['a'], told(2, 'finding')), null, 'all of it was disputed since');
  assert.equal(since(['a'], told(3, 'finding', 'a')), null);
});

test('in words', () => {
  const text = (fixed: readonly string[], still: readonly string[], added: readonly string[]) =>
    sinceText({ version: 2, fixed, still, added });
  assert.equal(
    text(['a'], ['b', 'c'], ['d']),
    'Of what was found in v2, one is fixed and two are still there; one is new.',
  );
  assert.equal(text(['a'], [], []), 'Of what was found in v2, one is fixed.');
  assert.equal(text([], ['b'], []), 'Of what was found in v2, one is still there.');
});

const quiet: Surroundings = {
  kind: 'finding',
  version: 2,
  fingerprints: ['f1'],
  isKilled: false,
  isIgnored: false,
  isRetracted: false,
  isOptedOut: false,
  disputed: [],
  newestVersion: 2,
  ownOfLastDay: 0,
  said: [],
  recipients: ['ada@example.org'],
};
function checkLast(now: Partial<Surroundings>, expected: string): void {
  test(`right before it leaves: ${JSON.stringify(now)}`, () => {
    const cleared = lastCheck({ ...quiet, ...now });
    assert.equal(cleared.kind === 'send' ? 'send' : `${cleared.kind}: ${cleared.why}`, expected);
  });
}
checkLast({}, 'send');
checkLast({ isKilled: true, newestVersion: 3 }, 'wait: posting is stopped');
checkLast({ isIgnored: true }, 'withdraw: the thread was closed to the bot');
checkLast({ isRetracted: true }, 'withdraw: the author has taken the patch back');
checkLast({ isOptedOut: true }, 'withdraw: the author wants no mail of ours');
checkLast({ disputed: ['f1', 'f2'] }, 'withdraw: what it tells of is disputed');
checkLast({ disputed: ['f2'] }, 'send');
checkLast({ disputed: ['f1'], kind: 'correction' }, 'send');
checkLast({ newestVersion: 3 }, 'withdraw: there is a newer version');
checkLast({ newestVersion: 3, kind: 'correction' }, 'send');
checkLast({ said: ['f1', 'f2'] }, 'withdraw: the same was said already');
checkLast({ said: ['f2'] }, 'send');
checkLast({ kind: 'pass', fingerprints: [] }, 'send');
checkLast({ recipients: [] }, 'withdraw: nobody is left to write to');
checkLast({ ownOfLastDay: 1 }, 'wait: the thread got a mail of ours less than a day ago');
checkLast({ ownOfLastDay: 1, kind: 'correction' }, 'send');

test('the first free slot: no span that ends in it holds more', () => {
  const cap = { most: 2, perMs: 10 };
  const rows: readonly (readonly [readonly number[], number, number])[] = [
    [[], 5, 5],
    [[1], 5, 5],
    [[1, 4], 5, 11],
    [[1, 4], 11, 11],
    [[1, 1, 4, 9], 5, 14],
    [[1, 4, 11, 14], 5, 21],
    [[1, 4, 30], 5, 11],
    [[40, 40], 5, 5],
  ];
  for (const [taken, from, free] of rows) assert.equal(freeFrom(taken, cap, from), free, `${taken} from ${from}`);
});
