/** Which patches a series stands on, by what its mails name: a row each, over the same mails at hand. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { splitBody } from '../../analyzers/patch/split.ts';
import { type Message, readMessage } from '../mail/message.ts';
import { readSeries } from '../thread/series.ts';
import { patchIdOf } from './patch-id.ts';
import { MailsAtHand } from './prerequisites.ts';

const diff = (word: string) =>
  `diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1,2 +1,2 @@\n one\n-two\n+${word}\n-- \n2.39\n`;

interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly body: string;
  readonly answers?: string;
}
const mail = ({ id, subject, body, answers }: Mail): Promise<Message> =>
  readMessage(
    Buffer.from(
      `From: Ada <ada@example.org>\nMessage-ID: <${id}>\nSubject: ${subject}\n${answers === undefined ? '' : `In-Reply-To: <${answers}>\n`}\n${body}`,
    ),
  );

const atHand: readonly Mail[] = [
  { id: 'cover@x', subject: '[PATCH 0/2] base', body: 'text\n---\nchange-id: 2026-base-abc\n' },
  { id: 'one@x', subject: '[PATCH 1/2] first', body: `text\n---\n${diff('first')}`, answers: 'cover@x' },
  { id: 'two@x', subject: '[PATCH 2/2] second', body: `text\n---\n${diff('second')}`, answers: 'cover@x' },
  { id: 'v2@x', subject: '[PATCH v2] newer', body: `text\n---\nchange-id: 2026-base-abc\n${diff('newer')}` },
  { id: 'alone@x', subject: '[PATCH] alone', body: `text\n---\n${diff('alone')}` },
];
const idOf = (word: string) => patchIdOf(splitBody(`text\n---\n${diff(word)}`).diff);

/** @param expected titles of the patches, and `?ID` for what is missing */
function check(name: string, named: string, ...expected: readonly string[]): void {
  test(name, async () => {
    const messages = await Promise.all(atHand.map(mail));
    const own = await mail({ id: 'own@x', subject: '[PATCH] own', body: `text\n---\n${named}\n${diff('own')}` });
    const [series] = readSeries([own]);
    const { patches, missing } = new MailsAtHand([own, ...messages]).prerequisitesOf(series!);
    assert.deepEqual([...patches.map(({ title }) => title), ...missing.map(({ id }) => `?${id}`)], expected);
    assert.ok(patches.every(({ files }) => files.length === 1));
  });
}

check('none', 'nothing');
check('a patch alone', 'Depends-on: <alone@x>', 'alone');
check('a cover letter stands for its series', 'prerequisite-message-id: <cover@x>', 'first', 'second');
check('and so does a patch of it', 'prerequisite-message-id: <one@x>', 'first', 'second');
check('by patch-id, one patch', `prerequisite-patch-id: ${idOf('second')}`, 'second');
check('by change-id, the newest version', 'prerequisite-change-id: 2026-base-abc', 'newer');
check('by change-id and version', 'prerequisite-change-id: 2026-base-abc:v1', 'first', 'second');
check('each once', `Depends-on: <cover@x>\nprerequisite-patch-id: ${idOf('first')}`, 'first', 'second');
check('in their order', 'Depends-on: <alone@x>\nDepends-on: <one@x>', 'alone', 'first', 'second');
check('not at hand', 'Depends-on: <gone@x>\nDepends-on: <alone@x>', 'alone', '?gone@x');
check('a patch-id not at hand', `prerequisite-patch-id: ${idOf('other')}`, `?${idOf('other')}`);
check('a version not at hand', 'prerequisite-change-id: 2026-base-abc:v9', '?2026-base-abc:v9');
check('itself', 'Depends-on: <own@x>');
