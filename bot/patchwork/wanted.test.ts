/** Which check is wanted of a verdict: a row for each way that a patch, its lists and what was said before can be. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { loadSettings } from '../settings/settings.ts';
import { type Circumstances, type Wanted, wantedCheck } from './wanted.ts';

type Patch = Parameters<typeof wantedCheck>[0];
const finding: Patch = {
  ...{ messageId: 'p1@example.org', subject: 'x', title: 'x', changes: null, answer: 'finding' },
  ...{ why: 'one finding', fingerprints: ['f1'] },
  ...{ findings: [], levels: ['stale', 'preemption'], base: { how: 'tree', ref: 'v6.1', doubt: null } },
};
const question: Patch = { ...finding, answer: 'question', why: 'one finding, from the diff alone' };
const pass: Patch = { ...finding, answer: 'pass', why: 'holds in 212 runs', fingerprints: [], levels: [] };
const silence: Patch = { ...pass, answer: 'silence', why: 'no entry point could be run' };
const reply = { id: 7, messageId: 'r1@bot.example.org' };
const settings = loadSettings();
const post: Circumstances = {
  settings,
  patchwork: { findings: 'warning' },
  mode: 'post',
  told: ['f1'],
  reply,
  said: null,
};
const said = (result: 'success' | 'warning' | 'fail', state: 'dry' | 'due' | 'posted' | 'parked' = 'posted') => ({
  said: { result, state, reply_id: 7 },
});

const textOf = (wanted: Wanted) =>
  wanted.kind === 'nothing' ? wanted.why : `${wanted.result} ${wanted.state}${wanted.why ? `: ${wanted.why}` : ''}`;

function check(name: string, patch: Patch, circumstances: Partial<Circumstances>, expected: string | RegExp): void {
  test(name, () => {
    const text = textOf(wantedCheck(patch, { ...post, ...circumstances }));
    if (typeof expected === 'string') assert.equal(text, expected);
    else assert.match(text, expected);
  });
}

check('a finding', finding, {}, 'warning due');
check('a finding that is to fail', finding, { patchwork: { findings: 'fail' } }, 'fail due');
check('a question never fails', question, { patchwork: { findings: 'fail' } }, 'warning due');
check('a pass', pass, {}, 'success due');
check('a pass that is mailed to nobody', pass, { reply: null }, 'success due');
check('silence', silence, {}, 'no entry point could be run');
check('a finding that is mailed to nobody', finding, { reply: null }, 'no mail tells of it');
check('no list of ours', finding, { mode: null }, /no list/);
check('a list that is off', pass, { mode: 'off' }, /no list/);
check('a finding that is disputed', finding, { told: [] }, 'what was found is disputed');
check('a dry run', finding, { mode: 'dry-run' }, 'warning dry');
check('a finding that is moderated waits for its mail', finding, { mode: 'moderate' }, 'warning due');
check('a pass that no moderator sees', pass, { mode: 'moderate', reply: null }, /^success dry: no mail of it/);

check('the same finding in the same mail', finding, said('warning'), /^the same/);
check('the same, which could not be posted', finding, said('warning', 'parked'), /^the same/);
check('another mail of a finding', finding, { ...said('warning'), reply: { ...reply, id: 8 } }, 'warning due');
check('a second pass', pass, { ...said('success'), reply: null }, /^the same/);
check('a dry run that is meant now', finding, said('warning', 'dry'), 'warning due');
check('a dry run once more', finding, { ...said('warning', 'dry'), mode: 'dry-run' }, /^the same/);
check('what was posted is not tried dry', finding, { ...said('warning'), mode: 'dry-run' }, /^the same/);
check('a finding put right', pass, said('warning'), 'success due');
const elsewhere = { ...pass, base: { how: 'tree', ref: 'v6.1', doubt: 'another blob' } };
check('a pass that proves nothing', elsewhere, said('warning'), /proves nothing/);
check('a pass on another base', elsewhere, {}, 'success due');
check('a pass that turns out a finding', finding, said('success'), 'warning due');

function describe(
  name: string,
  patch: Patch,
  expected: string | RegExp,
  circumstances: Partial<Circumstances> = {},
): void {
  test(`${name} in words`, () => {
    const wanted = wantedCheck(patch, { ...post, ...circumstances });
    assert.ok(wanted.kind === 'check');
    if (typeof expected === 'string') assert.equal(wanted.description, expected);
    else assert.match(wanted.description, expected);
    assert.ok(wanted.description.length <= 255 && !/[\p{Cc}]/u.test(wanted.description));
  });
}
describe(
  'a finding',
  finding,
  'Goes wrong where a task is interrupted, preempted or just delayed (one finding). The scenario is in the mail.',
);
describe('a question', question, /^A question: can it go wrong where .* \(one finding, from the diff alone\.\) The/);
describe(
  'a pass',
  pass,
  'Run on v6.1 up to the level architecture: it holds in 212 runs. No more than these runs is claimed.',
);
describe('what a patch wrote', { ...question, why: `x\n\tX-Evil: 1\0 ${'é'.repeat(300)}` }, /\(x X-Evil: 1 é+…$/);

/** @param expected null: patchwork would not take it */
function checkUrl(name: string, archive: string, expected: string | null): void {
  test(name, () => {
    const wanted = wantedCheck(finding, { ...post, settings: { ...settings, archive } });
    assert.equal(wanted.kind === 'check' ? wanted.targetUrl : '', expected);
  });
}
checkUrl('the mail in the archive', settings.archive, 'https://lore.kernel.org/linuxppc-dev/r1@bot.example.org/');
checkUrl('an archive with long names', `https://x.example.org/${'a'.repeat(170)}/{msgid}`, null);
checkUrl('no URL', '{msgid}', null);
