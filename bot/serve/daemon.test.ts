/**
 * The daemon at a list: mails go in by SMTP, a Dovecot keeps them, the daemon reads them by IMAP and answers by SMTP. What it
 * said is then read as others read it: by a mail client's rules of threading, and by b4.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { simpleParser } from 'mailparser';
import { Postgres, postgresAbsent } from '../servers/postgres.ts';
import { missing } from '../servers/server.ts';
import type { Settings } from '../settings/schema.ts';
import { loadSettings } from '../settings/settings.ts';
import { migrate } from '../store/migrate.ts';
import { migrations } from '../store/migrations/all.ts';
import { repliesIn } from '../store/replies.ts';
import { openStore } from '../store/store.ts';
import { newDirectory } from '../store/testing/engines.ts';
import { placeOfStore } from './daemon.ts';
import { type Role, roles } from './roles.ts';
import { listAddress, MailSystem, mailSystemAbsent } from './testing/mail-system.ts';
import { fixtureMails, modelTreeFolder } from './testing/model-tree.ts';
import { Running } from './testing/running.ts';
import { parentsByReferences } from './testing/threading.ts';

const b4Absent = missing({ b4: 'b4' });
const domain = loadSettings().domain;
const [finding, pass] = ['20260303.in-ipi@example.org', '20260304.two-steps.2@example.org'];

check('PGlite', mailSystemAbsent, [roles], async (path) => {
  await newDirectory(path);
  return null;
});
check(
  'PostgreSQL, by processes of one role',
  mailSystemAbsent || postgresAbsent,
  [['fetch'], ['analyse'], ['post']],
  async (_, t) => {
    const postgres = await Postgres.start();
    t.after(() => postgres.stop());
    return postgres.database();
  },
);

/** @param urlOf makes the store there, or says where it is */
function check(
  engine: string,
  skip: string | false,
  processes: readonly (readonly Role[])[],
  urlOf: (directory: string, t: TestContext) => Promise<string | null>,
) {
  test(`threads go in, their replies come out once, on ${engine}`, { skip, timeout: 180_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'daemon-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const tree = modelTreeFolder();
    t.after(tree.remove);
    const list = await MailSystem.start();
    t.after(() => list.stop());
    const directory = join(folder, 'data');
    const settings: Settings = {
      ...{ ...loadSettings(), ...list.settings, trees: [tree.path], http: null, settleMinutes: 0.01 },
      lists: [{ address: listAddress, mode: 'post', passes: true }],
      github: { ...loadSettings().github, repository: null },
      store: { directory, url: await urlOf(directory, t) },
    };
    const daemons: Running[] = [];
    t.after(() => Promise.all(daemons.map((daemon) => daemon.stop())));
    const start = async () => {
      const started: Running[] = [];
      for (const one of processes) {
        const daemon = await Running.start(settings, { roles: new Set(one) });
        daemons.push(daemon);
        started.push(daemon);
      }
      return {
        until: (...asked: Parameters<Running['until']>) => Promise.race(started.map((one) => one.until(...asked))),
        stop: () => Promise.all(started.map((one) => one.stop())),
      };
    };

    const first = await start();
    for (const mail of fixtureMails('mflr-in-ipi')) await list.send(mail);
    await first.until(({ msg, messageId }) => msg === 'a mail is taken in' && messageId === finding);
    await first.stop();

    const second = await start();
    for (const mail of fixtureMails('mflr-two-steps')) await list.send(mail);
    const isOwn = ({ msg, messageId }: Readonly<Record<string, unknown>>) =>
      msg === 'a mail is taken in' && `${messageId}`.endsWith(`@${domain}`);
    await second.until(isOwn, 2);
    await second.stop();
    assert.deepEqual(await statesOf(settings), ['confirmed', 'confirmed']);

    // Another host has a newer program, which says that this one goes on beside it.
    await upgrade(settings);
    // The list brings a mail again, and somebody answers: the thread is looked at once more, and nothing more is said.
    const third = await start();
    for (const mail of fixtureMails('mflr-in-ipi')) await list.send(mail);
    await list.send(answerTo(finding));
    await third.until(({ why }) => why === 'nothing in it is new to be judged');
    await third.stop();
    assert.deepEqual(await statesOf(settings), ['confirmed', 'confirmed']);

    const mails = await list.mails();
    await assertThreads(mails);
    if (b4Absent) t.diagnostic(b4Absent);
    else assertTrailers(mails, folder);
  });
}

async function upgrade(settings: Settings): Promise<void> {
  const { store } = await openStore(placeOfStore(settings), { holder: 'test' });
  const oldest = migrations.at(-1)!.number;
  const statements = ['threads', 'mails', 'replies', 'series', 'reviews'].map(
    (table) => `alter table ${table} add column later text default 'x'`,
  );
  const later = { number: oldest + 1, name: 'later', oldest, statements };
  assert.equal(await migrate(store!.db, new Date(), [...migrations, later]), null);
  await store!.close();
}

async function statesOf(settings: Settings): Promise<readonly string[]> {
  const { store, problem } = await openStore(placeOfStore(settings), { holder: 'test' });
  if (store === null) throw new Error(problem.text);
  const rows = await repliesIn(store.db, ['dry', 'held', 'due', 'sending', 'sent', 'confirmed', 'withdrawn', 'parked']);
  await store.close();
  return rows.map(({ state }) => state);
}

const answerTo = (id: string) =>
  `From: Ben Example <ben@example.org>\nTo: ${listAddress}\nSubject: Re: that\nMessage-ID: <answer.${id}>\nIn-Reply-To: <${id}>\n\nLooks odd.\n`;

/** By a mail client's rules every reply is under the patch that it is about, and there is one of each. */
async function assertThreads(mails: readonly Buffer[]): Promise<void> {
  const parsed = await Promise.all(mails.map((mail) => simpleParser(mail)));
  const bare = (id: string | undefined) => id?.replace(/^<|>$/g, '') ?? '';
  const headers = parsed.map(({ messageId, references, inReplyTo }) => ({
    id: bare(messageId),
    references: [references ?? []].flat().map(bare),
    inReplyTo: inReplyTo === undefined ? null : bare(inReplyTo),
  }));
  const parents = parentsByReferences(headers);
  const own = headers.filter(({ id }) => id.endsWith(`@${domain}`)).map(({ id }) => parents.get(id));
  assert.deepEqual(own.sort(), [finding, pass]);
  assert.equal(parents.get(pass), '20260304.two-steps.0@example.org');
}

/** Of all that we say b4 takes the trailer of the pass, for the patch that passed, and nothing else. */
function assertTrailers(mails: readonly Buffer[], folder: string): void {
  const mbox = join(folder, 'list.mbox');
  const escaped = mails.map((mail) =>
    mail
      .toString('utf8')
      .replace(/\r\n/g, '\n')
      .replace(/^(>*From )/gm, '>$1'),
  );
  writeFileSync(mbox, escaped.map((mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail}\n`).join(''));
  // The name of whoever applies is what b4 asks of git; it asks nothing of the network.
  writeFileSync(join(folder, '.gitconfig'), '[user]\n\tname = Dan Example\n\temail = dan@example.org\n');
  const b4 = (command: string, id: string, file: string): string => {
    execFileSync('b4', [command, '-C', '-m', mbox, '-o', folder, '-n', 'taken', id], {
      ...{ cwd: folder, env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' }, stdio: 'pipe' },
      timeout: 60_000,
    });
    return readFileSync(join(folder, file), 'utf8');
  };
  const trailersOf = (id: string) => {
    const patches = b4('am', id, 'taken.mbx')
      .split(/^From /m)
      .slice(1);
    rmSync(join(folder, 'taken.mbx'));
    return patches.map((patch) => patch.match(/^[\w-]+-by: .*$/gm));
  };
  const signed = 'Signed-off-by: Ada Example <ada@example.org>';
  const { passTrailer, from } = loadSettings();
  assert.deepEqual(trailersOf(finding), [[signed]]);
  assert.deepEqual(trailersOf(pass), [[signed], [signed, `${passTrailer}: ${from.name} <${from.address}>`]]);
  const thread = b4('mbox', finding, 'taken').match(/^Message-ID:\s*<.*>$/gim);
  assert.equal(thread?.length, 3, 'the patch, our reply, and the answer');
}
