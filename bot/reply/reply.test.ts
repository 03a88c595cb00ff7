/**
 * What lists expect of every reply, checked on those of all fixtures: nothing for b4 to collect but the tag of a pass, prose
 * that is not wider than 75 columns, and headers that thread. Then the cases no fixture has.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { defaults } from '../../analyzers/explore/explore.ts';
import { answerOf, fixtureFolder, fixtureNames, reviewFixture } from '../fixture.ts';
import { readMbox } from '../mail/mbox.ts';
import { readMessage } from '../mail/message.ts';
import { review } from '../review.ts';
import { loadSettings } from '../settings/settings.ts';
import { composeCorrection, composeReply } from './reply.ts';

const config = loadSettings();
const date = new Date('2026-04-01T12:00:00Z');

for (const name of fixtureNames()) {
  test(`the reply to ${name} is as lists want it`, async () => {
    const { file, text } = answerOf(await reviewFixture(name, null));
    if (file === 'silence.txt') return;
    const at = text.indexOf('\n\n');
    const [headers, all] = [text.slice(0, at).replace(/\n[ \t]/g, ' '), text.slice(at + 2)];
    const body = all.slice(0, all.indexOf('\n-- \n'));
    const tags = body.split('\n').filter((line) => /^\s*[\w-]+: .*@/.test(line));
    // The source around the patch is not at hand: nothing here stands for it.
    assert.deepEqual(tags, []);
    for (const line of body.split('\n')) assert.ok(/^[>\t]/.test(line) || line.length <= 75, line);
    assert.match(headers, /^From: powerpc ftrace bot /m);
    assert.match(headers, /^Auto-Submitted: auto-replied$/m);
    const parent = /^In-Reply-To: +(<.*>)$/m.exec(headers)?.[1] ?? '';
    assert.ok(/^References: (.*)$/m.exec(headers)?.[1]?.endsWith(parent));
    assert.ok(!headers.includes('linux-kernel@vger.kernel.org'));
  });
}

const mbox = (name: string) => readFileSync(join(fixtureFolder, name, 'thread.mbox'), 'utf8');

async function replyTo(text: string, level: 'preemption' | 'architecture' = 'architecture') {
  const messages = await Promise.all(readMbox(Buffer.from(text)).mails.map(readMessage));
  const { series } = review(messages, { trees: [], level, patch: null, limits: defaults, progress: () => {} });
  const [first] = series;
  return first === undefined ? null : composeReply({ series: first.series, rows: first.patches, config, date });
}
type Composed = Awaited<ReturnType<typeof replyTo>>;
const header = (reply: Composed, name: string) => reply?.headers.find(([own]) => own === name)?.[1] ?? '';

test('below the level of stale fetches a pass has no tag', async () => {
  const reply = await replyTo(mbox('mflr-two-steps'), 'preemption');
  assert.ok(reply?.body.includes('there is no tag'));
  assert.ok(!reply?.body.includes('reviewed-by:'));
});

test('with several guilty patches the cover letter is answered', async () => {
  const [cover = '', first = '', second = ''] = mbox('mflr-two-steps').split(/^(?=From mboxrd@z)/m);
  const guilty = mbox('mflr-in-ipi').replace('[PATCH v2]', '[PATCH v3 1/2]');
  const other = mbox('toc-two-nops').split(/^(?=From mboxrd@z)/m)[0] ?? '';
  const asPart = (mail: string, like: string) => {
    const id = (text: string, name: string) => new RegExp(`^${name}: .*$`, 'm').exec(text)?.[0] ?? '';
    const body = mail.slice(mail.indexOf('\n\n'));
    return `${like.slice(0, like.indexOf('\n\n')).replace(id(like, 'From'), id(first, 'From'))}${body}`;
  };
  const reply = await replyTo([cover, asPart(guilty, first), asPart(other, second)].join(''));
  assert.equal(header(reply, 'In-Reply-To'), '<20260304.two-steps.0@example.org>');
  assert.equal(header(reply, 'Subject'), 'Re: [PATCH v3 0/2] powerpc/ftrace: Leave no mflr behind');
});

test('names and subjects reach the headers encoded, in one line', async () => {
  const text = mbox('mflr-in-ipi')
    .replace(/^Subject: .*$/m, 'Subject: =?utf-8?q?=5BPATCH=5D_na=C3=AFve=0D=0ABcc:_victim@example.org?=')
    .replace(/^From: .*$/m, 'From: "A, B" <a@example.org>');
  const reply = await replyTo(text);
  assert.ok(!/^Bcc:/m.test(reply?.raw ?? 'Bcc:'));
  assert.match(reply?.raw ?? '', /^To: "A, B" <a@example.org>$/m);
  assert.match(reply?.raw ?? '', /^Subject: Re: \[PATCH\] =\?UTF-8\?Q\?na=C3=AFve\?= Bcc: /m);
});

test('lists that have not opted in and people who opted out are left out of Cc', async () => {
  const text = mbox('mflr-in-ipi').replace(
    /^Cc: (.*)$/m,
    'Cc: $1, linux-kernel@vger.kernel.org, Gone <gone@example.org>',
  );
  const messages = await Promise.all(readMbox(Buffer.from(text)).mails.map(readMessage));
  const { series } = review(messages, {
    trees: [],
    level: 'sequential',
    patch: null,
    limits: defaults,
    progress: () => {},
  });
  const found = review(messages, {
    trees: [],
    level: 'preemption',
    patch: null,
    limits: defaults,
    progress: () => {},
  });
  const rows = found.series[0]?.patches ?? [];
  const one = series[0]?.series;
  assert.ok(one !== undefined);
  const reply = composeReply({ series: one, rows, config: { ...config, optedOut: ['gone@example.org'] }, date });
  assert.equal(header(reply, 'Cc'), 'Ben Example <ben@example.org>, linuxppc-dev@lists.ozlabs.org');
});

test('what became of an earlier version is said ahead of what is found now', async () => {
  const messages = await Promise.all(readMbox(Buffer.from(mbox('mflr-in-ipi'))).mails.map(readMessage));
  const { series } = review(messages, {
    ...{ trees: [], level: 'preemption', patch: null },
    limits: defaults,
    progress: () => {},
  });
  const [first] = series;
  const since = { version: 1, fixed: ['a'], still: ['b'], added: [] };
  const reply = composeReply({ series: first!.series, rows: first!.patches, config, date, since });
  assert.match(
    reply?.body ?? '',
    /so this is a question\.\n\nOf what was found in v1, one is fixed and one is still there\.\n\n> diff/,
  );
});

test('a correction answers our own mail, and says so first', async () => {
  const read = (name: string) => Promise.all(readMbox(Buffer.from(mbox(name))).mails.map(readMessage));
  const [wrong, right] = [await replyTo(mbox('mflr-in-ipi')), await read('mflr-two-steps')];
  const own = await readMessage(Buffer.from(wrong?.raw ?? ''));
  const { series } = review(right, {
    ...{ trees: [], level: 'architecture', patch: null },
    limits: defaults,
    progress: () => {},
  });
  const [first] = series;
  const reply = composeCorrection(own, { series: first!.series, rows: first!.patches, config, date });
  assert.match(reply?.body ?? '', /^Correction: the scenario in my mail does not stand\./);
  assert.equal(header(reply, 'In-Reply-To'), `<${own.id}>`);
  assert.equal(header(reply, 'Subject'), header(wrong, 'Subject'));
  assert.ok(header(reply, 'References').endsWith(`<20260303.in-ipi@example.org> <${own.id}>`));
  assert.ok(!header(reply, 'Cc').includes('bot@'));
  assert.match(header(reply, 'To'), /^Ada Example </);
});
