/** Whom a reply goes to and what it answers, of mails whose headers are off: a row each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readMessage } from '../mail/message.ts';
import { loadSettings } from '../settings/settings.ts';
import { formatHeaders, headersOf } from './headers.ts';

const config = loadSettings();
const list = 'linuxppc-dev@lists.ozlabs.org';

/** @param given headers in place of the usual ones @param expected lines of the reply's headers, unfolded */
function check(name: string, given: Readonly<Record<string, string>>, ...expected: readonly RegExp[]): void {
  test(name, async () => {
    const usual = { From: 'Ada <ada@example.org>', To: list, Subject: '[PATCH] x', 'Message-ID': '<p@example.org>' };
    const lines = Object.entries({ ...usual, ...given }).map(([header, value]) => `${header}: ${value}`);
    const parent = await readMessage(Buffer.from(`${lines.join('\n')}\n\ntext\n`));
    const { headers } = headersOf({ config, parent, author: parent.from, date: new Date(0), kind: 'finding' });
    const text = formatHeaders(headers).replace(/\n(?=[ \t])/g, '');
    for (const line of expected) assert.match(text, line);
    assert.ok(
      formatHeaders(headers)
        .split('\n')
        .every((line) => line.length < 998),
    );
  });
}

check(
  'as usual',
  {},
  /^To: Ada <ada@example\.org>\nCc: linuxppc-dev@lists\.ozlabs\.org\nSubject: Re: \[PATCH\] x\n/m,
  /^In-Reply-To: <p@example\.org>\nReferences: <p@example\.org>$/m,
);
check('an author without an address', { From: 'Ada' }, /^To: linuxppc-dev@lists\.ozlabs\.org\nSubject/m);
check('nobody at all', { From: 'Ada', To: 'x' }, /^To: undisclosed-recipients:;\nSubject/m);
check(
  'an address with a blank is not mended into another',
  { Cc: '"a b"@example.org, cy@example.org' },
  /^Cc: cy@example\.org, linuxppc-dev/m,
);
check(
  'an address that needs extensions',
  { Cc: 'ü@example.org, bo@exämple.org, cy@[127.0.0.1]' },
  /^Cc: linuxppc-dev@lists\.ozlabs\.org$/m,
);
check(
  'a mail to a crowd is answered to its author and the lists',
  { Cc: Array.from({ length: 101 }, (_, i) => `p${i}@example.org`).join(', ') },
  /^To: Ada <ada@example\.org>\nCc: linuxppc-dev@lists\.ozlabs\.org\n/m,
);
check(
  'no id to answer',
  { 'Message-ID': 'none' },
  /^Message-ID: <[0-9a-f]{40}@ftrace-bot\.example\.org>\nAuto-Submitted/m,
);
check(
  'ids that are none are left out of the chain',
  { References: `<a@b> <${'x'.repeat(300)}@b> <ü@b> <c@d>` },
  /^References: <a@b> <c@d> <p@example\.org>$/m,
);
check(
  'a chain without end keeps its root and its end',
  { References: Array.from({ length: 900 }, (_, i) => `<${i}@b>`).join('\n ') },
  /^References: <0@b> <801@b> (<\d+@b> )*<899@b> <p@example\.org>$/m,
);
check('a word without end', { Subject: `[PATCH] ${'x'.repeat(2_000)}` }, /^Subject: Re: \[PATCH\] x{788}$/m);
