/**
 * What readMessage makes of a raw mail: a row a rule, with the fields that the rule is about. The people are invented; their
 * mails stand here as they would come over the wire.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Message, readMessage } from './message.ts';

type Shown = Partial<Omit<Message, 'problems' | 'headers'>> & { readonly problems?: readonly string[] };

/** Only the expected fields are compared; problems are always, by kind. */
function check(rule: string, raw: string | Buffer, { problems = [], ...expected }: Shown): void {
  test(rule, async () => {
    const message = await readMessage(typeof raw === 'string' ? Buffer.from(raw) : raw);
    const fields = Object.keys(expected) as (keyof typeof expected)[];
    assert.deepEqual(Object.fromEntries(fields.map((field) => [field, message[field]])), expected);
    assert.deepEqual(
      message.problems.map(({ kind }) => kind),
      problems,
    );
  });
}

const diff = 'diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -1,2 +1,2 @@\n int x;\n-long é = 1;\n+long é = 2;\n';
const mail = (headers: string, body: string) => `From: Ada <ada@example.org>\nSubject: [PATCH] x\n${headers}\n${body}`;
const typed = (type: string, encoding: string, body: string) =>
  mail(`Content-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n`, body);
const quotedPrintable = diff.replaceAll('=', '=3D').replaceAll('é', '=C3=A9').replace('int x;', 'in=\nt x;');
const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n');

// Transfer encodings and charset labels: the diff comes out the same.
check('8bit', typed('text/plain; charset=utf-8', '8bit', diff), { body: diff });
check('no label at all', mail('', diff), { body: diff });
check('quoted-printable', typed('text/plain; charset=utf-8', 'quoted-printable', quotedPrintable), { body: diff });
check('base64', typed('text/plain; charset=utf-8', 'base64', base64(diff)), { body: diff });
check('base64 of CRLF lines', typed('text/plain; charset=utf-8', 'base64', base64(diff.replaceAll('\n', '\r\n'))), {
  body: diff,
});
check('CRLF on the wire', typed('text/plain; charset=utf-8', '8bit', diff).replaceAll('\n', '\r\n'), { body: diff });
check('latin1', Buffer.from(typed('text/plain; charset=iso-8859-1', '8bit', diff), 'latin1'), { body: diff });
check('UTF-8 labelled us-ascii', typed('text/plain; charset=us-ascii', '8bit', diff), { body: diff });
check('UTF-8 labelled 7bit', typed('text/plain; charset=us-ascii', '7bit', diff), { body: diff });
check('an unknown charset', typed('text/plain; charset=x-nonesuch', '8bit', diff), { body: diff });
check(
  'latin1 labelled UTF-8 loses the letter, not the line',
  Buffer.from(typed('text/plain', '8bit', diff), 'latin1'),
  {
    body: diff.replaceAll('é', '\ufffd'),
  },
);
check('bad quoted-printable stays', typed('text/plain', 'quoted-printable', 'a=ZZb =3D\n'), { body: 'a=ZZb =\n' });

// format=flowed: lines are read as they stand.
const flowed = 'int x; \n-\tsmp_wmb();\n';
check('flowed', typed('text/plain; charset=utf-8; format=flowed', '8bit', flowed), {
  body: flowed,
  problems: ['flowed'],
});
check('flowed on a folded header line', typed('text/plain;\n\tFormat="Flowed"; delsp=yes', '8bit', flowed), {
  body: flowed,
  problems: ['flowed'],
});
const parts = (...bodies: string[]) =>
  mail('Content-Type: multipart/mixed; boundary="b"\n', `${bodies.map((body) => `--b\n${body}\n`).join('')}--b--\n`);
check('flowed in a part', parts(`Content-Type: text/plain; format=flowed\n\n${flowed}`), {
  body: flowed,
  problems: ['flowed'],
});
check('fixed', typed('text/plain; format=fixed', '8bit', flowed), { body: flowed });
check('flowed in another header means nothing', `Subject: format=flowed\n\n${flowed}`, {
  subject: 'format=flowed',
  body: flowed,
});

// Parts and attachments.
const patchPart = (disposition: string) =>
  `Content-Type: text/x-patch; name="0001.patch"\nContent-Disposition: ${disposition}\n\n${diff}`;
check(
  'a list footer follows the text',
  parts(`Content-Type: text/plain\n\n${diff}`, 'Content-Type: text/plain\n\nfoot'),
  {
    body: `${diff}\nfoot`,
  },
);
check('an attached patch is named', parts('\nsee there', patchPart('attachment; filename="0001.patch"')), {
  body: diff,
  problems: ['attached-patch'],
});
check('an attachment that is no patch is left alone', parts('\nsee there', 'Content-Type: image/png\n\nx'), {
  body: 'see there',
});
check('the text wins where it holds a diff', parts(`\n${diff}`, patchPart('attachment; filename="other.patch"')), {
  body: diff,
});
check('of text and HTML the text', parts(`Content-Type: text/plain\n\n${diff}`).replace('/mixed', '/alternative'), {
  body: diff,
});
check('HTML alone is named', typed('text/html', '7bit', '<pre>diff --git a/x b/x</pre>'), {
  body: '',
  problems: ['html-only'],
});
check(
  'PGP/MIME',
  parts(`Content-Type: text/plain\n\n${diff}`, 'Content-Type: application/pgp-signature\n\n-----BEGIN').replace(
    'mixed;',
    'signed; protocol="application/pgp-signature";',
  ),
  { body: diff },
);
const armour = (text: string) =>
  `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n`;
check('inline PGP: dashes get unescaped', mail('', armour(diff.replace(/^-/gm, '- -'))), { body: armour(diff) });
check('"- -" without PGP stays', mail('', '- -x\n'), { body: '- -x\n' });
