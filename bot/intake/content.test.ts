/** Which mails have one content: what lists do to a mail, a row each, and what another mail would have. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readMessage } from '../mail/message.ts';
import { contentOf } from './content.ts';

const text =
  'Änder it.\n\nSigned-off-by: Ada <ada@example.org>\n---\n x.c | 2 +-\n\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n-- \n2.39\n';
const mail = ({
  subject = '[PATCH v2 1/3] x: Do',
  from = 'Ada <ada@example.org>',
  more = '',
  body = text,
  tail = '',
}) =>
  `From: ${from}\nSubject: ${subject}\nMessage-ID: <1@example.org>\nContent-Type: text/plain; charset=utf-8\n${more}\n${body}${tail}`;
const original = mail({});

function check(expected: 'same' | 'other', what: string, raw: string | Buffer): void {
  test(`${expected}: ${what}`, async () => {
    const content = async (bytes: Buffer) => contentOf(await readMessage(bytes), bytes);
    const [one, other] = [await content(Buffer.from(original)), await content(Buffer.from(raw))];
    assert.equal(one === other ? 'same' : 'other', expected);
  });
}

const mailman = `${'_'.repeat(47)}\nppc mailing list -- ppc@lists.example.org\nTo unsubscribe send an email to ppc-leave@lists.example.org\n`;
const mailman2 = `${'_'.repeat(47)}\nppc mailing list\nppc@lists.example.org\nhttps://lists.example.org/listinfo/ppc\n`;
const majordomo =
  '--\nTo unsubscribe from this list: send the line "unsubscribe ppc" in\nthe body of a message to m@example.org\n';
const encoded = (encoding: string, body: string) => mail({ more: `Content-Transfer-Encoding: ${encoding}\n`, body });
const base64 = Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\n');

check('same', 'the mail itself', original);
check('same', 'a footer of Mailman 3', mail({ tail: mailman }));
check('same', 'a footer of Mailman 2', mail({ tail: mailman2 }));
check('same', 'a footer of Majordomo', mail({ tail: majordomo }));
check(
  'same',
  'a footer of ezmlm',
  mail({ tail: `\n${'-'.repeat(69)}\nTo unsubscribe, e-mail: ppc-leave@example.org\n` }),
);
check('same', 'two footers', mail({ tail: `\n${mailman}\n${majordomo}` }));
check(
  'same',
  'a footer in a part of its own',
  `${mail({ body: '' }).replace(/Content-Type.*\n\n?/, '')}Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

${base64}

--b
Content-Type: text/plain; charset=us-ascii

${mailman2}
--b--
`,
);
check('same', 'a prefix of the list', mail({ subject: '[ppc] [PATCH v2 1/3] x: Do' }));
check('same', 'a prefix of the list behind Re:', mail({ subject: 'Re: [ppc] [PATCH v2 1/3] x: Do' }));
check('same', 'a prefix of the list before Re:', mail({ subject: '[ppc] Re: [PATCH v2 1/3] x: Do' }));
check('same', 'a folded subject', mail({ subject: '[PATCH v2\n 1/3] x:\n Do' }));
check(
  'same',
  'From of the list',
  mail({ from: 'Ada via ppc <ppc@lists.example.org>', more: 'Reply-To: ada@example.org\n' }),
);
check('same', 'other headers', mail({ more: 'List-Id: <ppc.lists.example.org>\nReceived: from a\n' }));
check('same', 'base64', encoded('base64', base64));
check('same', 'quoted-printable', encoded('quoted-printable', text.replaceAll('=', '=3D').replaceAll('Ä', '=C3=84')));
check('same', 'CRLF', original.replaceAll('\n', '\r\n'));
check('same', 'blanks at the ends of lines', mail({ body: text.replaceAll('\n', ' \n') }));
check('same', 'blank lines at the end', mail({ tail: '\n\n' }));

check('other', 'another title', mail({ subject: '[PATCH v2 1/3] x: Do more' }));
check('other', 'another line', mail({ body: text.replace('+b', '+c') }));
check('other', 'another first blank of a line', mail({ body: text.replace(' x.c', '\tx.c') }));
check('other', 'a line more', mail({ tail: 'P.S.\n' }));
check('other', 'a signature more', mail({ tail: '-- \nAda\n' }));
check('other', 'a drawn line and what is below', mail({ tail: `${'_'.repeat(47)}\nNot the end.\n` }));
check('other', 'words of a list in the text', mail({ body: `The mailing list.\n${text}` }));

test('a ">" before From is what an archive puts there', async () => {
  const [plain, quoted] = ['From here on\n', '>From here on\n'].map((body) => Buffer.from(mail({ body })));
  assert.equal(contentOf(await readMessage(plain!), plain!), contentOf(await readMessage(quoted!), quoted!));
});

test('mails without text are told apart by their bytes', async () => {
  const of = async (html: string) => {
    const raw = Buffer.from(`Subject: x\nContent-Type: text/html\n\n${html}`);
    return contentOf(await readMessage(raw), raw);
  };
  assert.equal(await of('<b>a</b>'), await of('<b>a</b>'));
  assert.notEqual(await of('<b>a</b>'), await of('<b>b</b>'));
});
