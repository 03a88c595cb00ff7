/** Mails by Message-ID out of an archive as public-inbox keeps it: a commit a mail, the mail as file `m`. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readMessage } from '../mail/message.ts';
import { mailsBeside } from './at-hand.ts';
import { Clone, gitAbsent } from './clone.ts';
import { openInbox } from './inbox.ts';

const skip = gitAbsent;
const mail = (id: string, subject: string, answers?: string) =>
  `From: Ada <ada@example.org>\nMessage-ID: <${id}>\nDate: Tue, 3 Mar 2026 09:00:00 +0000\nSubject: ${subject}\n${answers === undefined ? '' : `References: <${answers}>\n`}\ntext\n`;

function fill(clone: Clone): void {
  for (const text of [
    mail('other@x', '[PATCH] other'),
    mail('cover@x', '[PATCH 0/2] base'),
    mail('one@x', '[PATCH 1/2] first', 'cover@x'),
    mail('aside@x', '[PATCH] aside'),
    mail('two@x', '[PATCH 2/2] second', 'cover@x'),
  ])
    clone.commit({ m: text });
}
const found = async (clone: Clone, id: string, before: Date | null = null) => {
  const { inbox, problem } = openInbox(clone.folder);
  assert.equal(problem, null);
  const mails = await inbox!.find(new Set([id]), before, () => {});
  return mails.map((message) => message.id).sort();
};

test('a mail comes with its series', { skip }, () =>
  Clone.use(async (clone) => {
    fill(clone);
    assert.deepEqual(await found(clone, 'two@x'), ['cover@x', 'one@x', 'two@x']);
    assert.deepEqual(await found(clone, 'cover@x'), ['cover@x', 'one@x', 'two@x']);
    assert.deepEqual(await found(clone, 'aside@x'), ['aside@x']);
    assert.deepEqual(await found(clone, 'none@x'), []);
    assert.deepEqual(await found(clone, 'aside@x', new Date('2026-02-01')), [], 'sent later than what names it');
  }),
);

test('what is no archive', () => {
  assert.match(openInbox('/nowhere').problem ?? '', /^--archive \/nowhere: there is no directory/);
});

test('what a thread names is looked for in mboxes and the archive', { skip }, () =>
  Clone.use(async (clone) => {
    fill(clone);
    const mbox = join(clone.folder, 'also.mbox');
    writeFileSync(mbox, `From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail('in-mbox@x', '[PATCH] in an mbox')}`);
    const own = await readMessage(Buffer.from(`${mail('own@x', '[PATCH] own')}Depends-on: <one@x>\n`));
    const beside = await mailsBeside([own], { also: [mbox], archive: clone.folder }, () => {});
    assert.equal(beside.problem, null);
    assert.deepEqual(beside.mails.map(({ id }) => id).sort(), ['cover@x', 'in-mbox@x', 'one@x', 'two@x']);
    const missing = await mailsBeside([own], { also: ['/nowhere.mbox'], archive: null }, () => {});
    assert.match(missing.problem ?? '', /--also \/nowhere.mbox: cannot be read \(ENOENT\)/);
  }),
);
