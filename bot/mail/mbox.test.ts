/** How a file of mails is cut, a row each: the mails' texts without blank ends, and the kinds of the problems. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readMbox } from './mbox.ts';

function check(rule: string, file: string, expected: { mails: readonly string[]; problems?: readonly string[] }): void {
  test(rule, () => {
    const { mails, problems } = readMbox(Buffer.from(file, 'latin1'));
    assert.deepEqual(
      mails.map((mail) => mail.toString('latin1').trim()),
      expected.mails,
    );
    assert.deepEqual(
      problems.map(({ kind }) => kind),
      expected.problems ?? [],
    );
  });
}

const at = 'Thu Jun 27 12:00:00 2019';
const a = 'Subject: a\n\none';
const b = 'Subject: b\n\ntwo';

check('one mail', `From ada@example.org ${at}\n${a}\n`, { mails: [a] });
check('two mails', `From ada@example.org ${at}\n${a}\n\nFrom bob@example.org ${at}\n${b}\n`, { mails: [a, b] });
check('the separator of public-inbox', `From mboxrd@z Thu Jan  1 00:00:00 1970\n${a}\n`, { mails: [a] });
check('the separator of git format-patch', `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001\n${a}\n`, { mails: [a] });
check('a separator of a list archive', `From ada at example.org  ${at}\n${a}\n`, { mails: [a] });
check('a separator with a zone', `From ada@example.org Thu Jun 27 12:00:00 +0200 2019\n${a}\n`, { mails: [a] });
check('a separator of a bounce', `From MAILER-DAEMON ${at}\n${a}\n`, { mails: [a] });
check('CRLF', `From ada@example.org ${at}\r\nSubject: a\r\n\r\none\r\n\r\nFrom b@example.org ${at}\r\n${b}\r\n`, {
  mails: ['Subject: a\r\n\r\none', b],
});
check('blank lines before the first separator', `\n\nFrom ada@example.org ${at}\n${a}\n`, { mails: [a] });
check('a mail alone needs no separator', `${a}\n`, { mails: [a] });
check('a mail without a final newline', `From ada@example.org ${at}\n${a}`, { mails: [a] });

check('a ">" before From is taken away', `From a@example.org ${at}\n${a}\n\n>From here\n`, {
  mails: [`${a}\n\nFrom here`],
});
check('of several ">" one is taken away', `From a@example.org ${at}\n${a}\n>>From x\n>>>From y\n`, {
  mails: [`${a}\n>From x\n>>From y`],
});
check('a ">" before other words stays', `From a@example.org ${at}\n${a}\n>from x\n> From y\n>Frommage\n`, {
  mails: [`${a}\n>from x\n> From y\n>Frommage`],
});
check('every mail is unquoted', `From a@example.org ${at}\n${a}\n\n>From x\n\nFrom b@example.org ${at}\n\n>From y\n`, {
  mails: [`${a}\n\nFrom x`, 'From y'],
});
check('a mail alone keeps its ">"', `${a}\n>From x\n`, { mails: [`${a}\n>From x`] });

check('a line in a paragraph is no separator', `From a@example.org ${at}\n${a}\nFrom b@example.org ${at}\n`, {
  mails: [`${a}\nFrom b@example.org ${at}`],
});
check('a sentence is no separator', `From a@example.org ${at}\n${a}\n\nFrom 2019 on, and in 2020, it runs.\n`, {
  mails: [`${a}\n\nFrom 2019 on, and in 2020, it runs.`],
});
check('a sentence in a mail alone is no separator', `${a}\n\nFrom v5.2 of 2019\n`, {
  mails: [`${a}\n\nFrom v5.2 of 2019`],
});

check('an empty file', '', { mails: [], problems: ['empty'] });
check('a blank file', '\n \n\n', { mails: [], problems: ['empty'] });
check('a file that starts in a mail', `+rest of a diff\n\nFrom b@example.org ${at}\n${b}\n`, {
  mails: [b],
  problems: ['truncated-mbox'],
});
check('a file cut in a mail keeps what is there', `From a@example.org ${at}\n${a}\n\nFrom b@example.org ${at}\nSubj`, {
  mails: [a, 'Subj'],
});
check('a file cut at a separator', `From a@example.org ${at}\n${a}\n\nFrom b@example.org ${at}\n`, {
  mails: [a],
  problems: ['truncated-mbox'],
});
check('a file cut in a separator', `From a@example.org ${at}\n${a}\n\nFrom b@exam`, {
  mails: [`${a}\n\nFrom b@exam`],
});

test('bytes are not decoded', () => {
  const bytes = Buffer.from([...Buffer.from(`From a@example.org ${at}\n\n>From `), 0xff, 0x00, 0xc3, 0x0a]);
  assert.deepEqual([...(readMbox(bytes).mails[0] ?? [])], [0x0a, ...Buffer.from('From '), 0xff, 0x00, 0xc3, 0x0a]);
});

test('no more than 100,000 mails are read, and it says so', () => {
  const { mails, problems } = readMbox(Buffer.from(`From a@example.org ${at}\nx\n\n`.repeat(100_001)));
  assert.equal(mails.length, 100_000);
  assert.deepEqual(problems, [{ kind: 'too-many-mails', text: 'only the first 100000 of 100001 mails are read' }]);
});

test('a hostile file takes linear time', () => {
  // Of the processor: other tests run at the same time.
  const started = process.cpuUsage();
  for (const unit of ['From ', '\n\nFrom ', '\n\nFrom 0:00', '\n>From ', '>'])
    readMbox(Buffer.from(unit.repeat((4 << 20) / unit.length)));
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 5_000_000);
});
