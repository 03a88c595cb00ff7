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
const [patch, second, third] = ['20260413.label-plain@example.org', 'second@example.org', 'third@example.org'];
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
      caps: { ...defaults.caps, perHour: 2 },
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
  // Two have left within the hour.
  await list.send(raw.replace(patch, third).replace('Store the nop directly', 'Store a third'));
  await Promise.all(daemons.map((daemon) => daemon.until(({ msg }) => msg === 'a cap holds a reply back')));
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
  test('a thousand patches within an hour: no span holds more than a cap, and each is answered once', async () => {
    const scene = new Scene(bench().store);
    const { db } = scene.store;
    const [many, hourMs] = [1000, 3_600_000];
    const caps = { perHour: 400, perDay: 800, perThread: 2, perRecipient: 300 };
    scene.settings = { ...scene.settings, caps };
    const start = scene.time.getTime();
    const due: { readonly id: number; readonly at: number }[] = [];
    const recipients = (i: number) => [i % 3 === 0 ? 'Ada@example.org' : `author${i % 5}@example.org`];
    const ids = Array.from({ length: many }, (_, i) => i);
    const time = scene.time;
    await insertThreads(
      db,
      ids.map((i) => ({ id: 2000 + i, root: `p${i}`, touched_at: time, settles_at: time, state: 'analysed' })),
    );
    await db.transaction().execute(async (tx) => {
      for (const i of ids) {
        const work = { name: `work ${i}`, changeId: null, author: 'ada@example.org', threadId: 2000 + i };
        const seriesId = await saveSeries(tx, { ...work, version: 1, total: 1, firstMessageId: `p${i}`, patches: [] });
        const row = { message_id: `r${i}@bot.example.org`, thread_id: 2000 + i, series_id: seriesId };
        const id = await scene.add({ ...row, state: 'due', recipients: recipients(i) }, tx);
        due.push({ id, at: start + (i * hourMs) / many });
      }
    });
    const left: { readonly at: number; readonly to: readonly string[] }[] = [];
    let asked = 0;
    while (due.length > 0) {
      const at = Math.min(...due.map((one) => one.at));
      const [next] = due.splice(
        due.findIndex((one) => one.at === at),
        1,
      );
      asked++;
      // A job comes late by this or that, and a server takes its time.
      scene.time = new Date(Math.max(at, scene.time.getTime()) + (asked % 10 === 0 ? 700 : 0));
      await postReply(next!.id, {
        ...scene,
        now: scene.now,
        send: async ({ recipients: to }) => {
          scene.pass(asked % 10 === 5 ? 900 : 0);
          left.push({ at: scene.time.getTime(), to });
          return { kind: 'sent', response: '250', rejected: [] };
        },
        readSince: async () => null,
        check: async () => {},
      });
      for (const { data, at } of scene.jobs.splice(0))
        if ('replyId' in data) due.push({ id: data.replyId, at: at.getTime() });
    }
    assert.equal((await repliesIn(db, ['sent'])).length, many);
    assert.equal(left.length, many);
    const all = left.map(({ at }) => at);
    assert.ok(mostWithin(all, hourMs) <= caps.perHour);
    assert.ok(mostWithin(all, 24 * hourMs) <= caps.perDay);
    for (const one of new Set(left.flatMap(({ to }) => to)))
      assert.ok(
        mostWithin(
          left.filter(({ to }) => to.includes(one)).map(({ at }) => at),
          24 * hourMs,
        ) <= caps.perRecipient,
      );
    // As fast as the caps let them, and nobody is woken in vain again and again.
    assert.ok((all.at(-1)! - start) / hourMs < 25, `${(all.at(-1)! - start) / hourMs} hours`);
    assert.ok(asked < 3 * many, `${asked} tries`);
  });
});

/** How many of the times are in one span, at most. */
function mostWithin(times: readonly number[], spanMs: number): number {
  let [most, first] = [0, 0];
  for (const [index, at] of times.entries()) {
    while (at - times[first]! >= spanMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
