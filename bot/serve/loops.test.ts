/**
 * What could make mail go round: two bots on one list, programs that answer them, bounces, a list that sends what it sent
 * under another From or twice. Each patch gets one answer of each bot, and nothing else gets any.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { simpleParser } from 'mailparser';
import { fixtureFolder } from '../fixture.ts';
import { postReply } from '../outbox/post.ts';
import type { Settings } from '../settings/schema.ts';
import { loadSettings } from '../settings/settings.ts';
import { repliesIn } from '../store/replies.ts';
import { saveSeries } from '../store/series.ts';
import { newDirectory, onPglite } from '../store/testing/engines.ts';
import { insertThreads } from '../store/threads.ts';
import { listAddress, MailSystem, mailSystemAbsent } from './testing/mail-system.ts';
import { fixtureMails } from './testing/model-tree.ts';
import { Running } from './testing/running.ts';
import { Scene } from './testing/scene.ts';

const defaults = loadSettings();
const [patch, second] = ['20260413.label-plain@example.org', 'second@example.org'];
const fromOfOther = { name: 'other bot', address: 'other-bot@example.net' };
const bots = [
  { from: defaults.from, domain: defaults.domain },
  { from: fromOfOther, domain: 'other-bot.example.net' },
] as const;

test('two bots, those who answer them, and a list that says things twice', {
  ...{ skip: mailSystemAbsent, timeout: 180_000 },
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'loops-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const list = await MailSystem.start();
  t.after(() => list.stop());
  const daemons: Running[] = [];
  t.after(() => Promise.all(daemons.map((daemon) => daemon.stop())));
  for (const bot of bots) {
    const directory = join(folder, bot.domain);
    await newDirectory(directory);
    const settings: Settings = {
      ...{ ...defaults, ...list.settings, ...bot, http: null, settleMinutes: 0.01, store: { directory, url: null } },
      lists: [{ address: listAddress, mode: 'post', passes: true }],
      ...{ trees: [join(fixtureFolder, '../tree')], github: { ...defaults.github, repository: null } },
      analysis: { ...defaults.analysis, level: 'stale' },
    };
    daemons.push(await Running.start(settings));
  }
  const answersTo = async (id: string) => {
    const mails = await Promise.all((await list.mails()).map((mail) => simpleParser(mail)));
    return mails.filter(({ headers, inReplyTo }) => headers.has('x-scenario-bot') && inReplyTo === `<${id}>`);
  };
  /** Until every daemon has read so many mails of bots, under whatever header says so. */
  const untilAnswered = (count: number) => Promise.all(daemons.map((daemon) => daemon.until(isOfBot, count)));

  const [mail] = fixtureMails('label-plain-store');
  const raw = mail!.toString('utf8');
  await list.send(raw);
  await untilAnswered(2);
  const answers = await answersTo(patch);
  assert.equal(answers.length, 2);
  for (const mail of [raw, munged(raw)]) await list.send(mail);
  for (const { messageId = '', text = '' } of answers)
    for (const mail of [vacation, silentVacation, bounce].map((row) =>
      row({ id: messageId, quoted: `${text}\n${raw}` }),
    )) {
      await list.send(mail);
      await list.send(mail);
    }
  // What came before it has been looked at when this one is answered.
  await list.send(raw.replace(patch, second).replace('Store the nop directly', 'Store another'));
  await untilAnswered(4);
  for (const id of [patch, second]) assert.equal((await answersTo(id)).length, 2, id);
  const own = (await list.mails()).filter((mail) => /^X-Scenario-Bot:/m.test(mail.toString('latin1')));
  assert.equal(own.length, 4);
});

const isOfBot = ({ msg, messageId, kind }: Readonly<Record<string, unknown>>) =>
  msg === 'a mail is taken in' && kind === 'new' && bots.some(({ domain }) => `${messageId}`.endsWith(`@${domain}`));

/** As a list does for the sake of DMARC: another From, and a footer. */
const munged = (raw: string) =>
  raw
    .replace(/^From: (.*) <(.*)>$/m, `From: $1 via Linuxppc-dev <${listAddress}>\nReply-To: $1 <$2>`)
    .concat('_______________________________________________\nLinuxppc-dev mailing list\n');

interface Answered {
  /** With its angle brackets. */
  readonly id: string;
  readonly quoted: string;
}
const answer = (by: string, { id, quoted }: Answered, headers: string) =>
  `From: ${by}\nTo: ${listAddress}\nSubject: [PATCH] powerpc/jump_label: I am away\nMessage-ID: <${by.split('@')[0]}.${id.replace(/[<>]/g, '').replace('@', '.')}@example.org>\nIn-Reply-To: ${id}\n${headers}\n${quoted}\n`;
const vacation = (to: Answered) => answer('away@example.org', to, 'Auto-Submitted: auto-replied\n');
/** One that says nowhere that it is a program, and has the whole mail in its answer. */
const silentVacation = (to: Answered) =>
  answer('gone@example.org', to, '').replace('Subject: [PATCH]', 'Subject: Re: [PATCH]');
const bounce = (to: Answered) => answer('mailer-daemon@example.org', to, 'Return-Path: <>\n');

onPglite((bench) => {
  test('many patches in an hour: the caps hold, and nothing is dropped', async () => {
    const scene = new Scene(bench().store);
    const { db } = scene.store;
    const many = 100;
    const { perHour } = scene.settings.caps;
    scene.settings = { ...scene.settings, caps: { ...scene.settings.caps, perDay: 10_000, perRecipient: 1000 } };
    const due: { readonly id: number; readonly at: number }[] = [];
    for (let i = 0; i < many; i++) {
      const threadId = 2000 + i;
      const time = scene.time;
      await insertThreads(db, [{ id: threadId, root: `p${i}`, touched_at: time, settles_at: time, state: 'analysed' }]);
      const series = { name: `work ${i}`, changeId: null, author: 'ada@example.org', threadId };
      const seriesId = await saveSeries(db, { ...series, version: 1, total: 1, firstMessageId: `p${i}`, patches: [] });
      const id = await scene.add({
        ...{ message_id: `r${i}@bot.example.org`, thread_id: threadId, series_id: seriesId, state: 'due' },
      });
      due.push({ id, at: time.getTime() + (i * 3_600_000) / many });
    }
    // And a minute, for what comes in at its end.
    const end = scene.time.getTime() + 3_660_000;
    const left: number[] = [];
    for (;;) {
      due.sort((a, b) => a.at - b.at);
      const next = due.shift();
      if (next === undefined || next.at > end) break;
      scene.time = new Date(Math.max(next.at, scene.time.getTime()));
      await postReply(next.id, {
        ...scene,
        now: scene.now,
        send: async () => {
          left.push(scene.time.getTime());
          return { kind: 'sent', response: '250', rejected: [] };
        },
        readSince: () => null,
      });
      for (const { data, at } of scene.jobs.splice(0))
        if ('replyId' in data) due.push({ id: data.replyId, at: at.getTime() });
    }
    // A bucket that was full gives what is in it, and what comes in meanwhile.
    assert.equal(left.length, 2 * perHour);
    const counts = await Promise.all([repliesIn(db, ['sent']), repliesIn(db, ['due'])]);
    assert.deepEqual(
      counts.map(({ length }) => length),
      [2 * perHour, many - 2 * perHour],
    );
  });
});
