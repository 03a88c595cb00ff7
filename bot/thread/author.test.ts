/** Who made a change, a row each: the headers, the first line of the body, and the author. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readMessage } from '../mail/message.ts';
import { readSeries } from './series.ts';

function check(rule: string, headers: string, body: string, expected: string): void {
  test(rule, async () => {
    const mail = await readMessage(
      Buffer.from(`Message-ID: <1@example.org>\nSubject: [PATCH] x\n${headers}\n\n${body}\n`),
    );
    const author = readSeries([mail])[0]?.patches[0]?.author;
    assert.equal(`${author?.name} <${author?.address}>`, expected);
  });
}

const sender = 'From: Ada <ada@example.org>';
const relayed = 'From: Ada via Some-list <list@example.org>';

check('the sender', sender, 'text', 'Ada <ada@example.org>');
check('From in the body', sender, 'From: Bob <bob@example.org>\n\ntext', 'Bob <bob@example.org>');
check('behind blank lines', sender, '\n\nFrom: Bob <bob@example.org>\n\ntext', 'Bob <bob@example.org>');
check('with a quoted name', sender, 'From: "Doe, Jane (TI)" <jane@example.org>\n', 'Doe, Jane (TI) <jane@example.org>');
check('not further down', sender, 'text\nFrom: Bob <bob@example.org>\n', 'Ada <ada@example.org>');
check('not without a mailbox', sender, 'From: what Bob said\n', 'Ada <ada@example.org>');
check('X-Original-From', `${relayed}\nX-Original-From: Bob <bob@example.org>`, 'text', 'Bob <bob@example.org>');
check(
  'X-Original-From before Mailman',
  `${relayed}\nX-Mailman-Original-From: Eve <eve@example.org>\nX-Original-From: Bob <bob@example.org>`,
  'text',
  'Bob <bob@example.org>',
);
check('Mailman', `${relayed}\nX-Mailman-Original-From: Eve <eve@example.org>`, 'text', 'Eve <eve@example.org>');
check(
  'the body before X-Original-From',
  `${sender}\nX-Original-From: Eve <eve@example.org>`,
  'From: Bob <bob@example.org>\n',
  'Bob <bob@example.org>',
);
check('Reply-To of a relayed mail', `${relayed}\nReply-To: Ada <ada@example.org>`, 'text', 'Ada <ada@example.org>');
check(
  'Reply-To of the web endpoint',
  'From: Ada <devnull+ada.example.org@kernel.org>\nReply-To: Ada <ada@example.org>',
  'text',
  'Ada <ada@example.org>',
);
check('Reply-To of others means nothing', `${sender}\nReply-To: list@example.org`, 'text', 'Ada <ada@example.org>');

test('hostile first lines take linear time', async () => {
  const started = performance.now();
  for (const body of [`From:${' '.repeat(4 << 20)}`, `From: ${'<'.repeat(4 << 20)}`, '\n'.repeat(4 << 20)]) {
    const mail = await readMessage(Buffer.from(`${sender}\nSubject: [PATCH] x\n\n${body}\nx`));
    assert.equal(readSeries([mail])[0]?.patches[0]?.author.address, 'ada@example.org');
  }
  assert.ok(performance.now() - started < 5_000);
});
