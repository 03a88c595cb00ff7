/**
 * Damage to a mail, at random from a seed: bytes, headers, MIME structure, diff. A row each; some are what networks and clients do,
 * some what somebody does who wants to be taken for another, or to write into a header of ours.
 */
import { pick, type Random } from '../qemu/random.ts';

/** Text is latin1: a character a byte. */
type Mutation = (mail: string, random: Random) => string;

/** Put where a value is: what ends a line, an address or a word early, and what is long. */
const hostile: readonly ((random: Random) => string)[] = [
  () => '\r\nBcc: eve@example.net',
  () => '\n\nBcc: eve@example.net',
  () => '\rBcc: eve@example.net',
  () => '=?utf-8?Q?x=0D=0ABcc:_eve@example.net?=',
  () => '=?utf-8?B?DQpCY2M6IGV2ZUBleGFtcGxlLm5ldA==?=',
  () => '=?utf-16?B?AA0ACgBCAGMAYwA6?=',
  () => '=?utf-8?Q?a=00b=1B[31m=E2=80=AE=E2=80=A8?=',
  () => `=?utf-8?Q?${'=?utf-8?Q?'.repeat(50)}?=`,
  () => '"a\\" <eve@example.net>, \\"b" <ada@example.org>',
  () => 'a, b <c@d>, <e@f>; g: h@i, "j',
  () => 'group: a@example.org, b@example.org;',
  () => '<"a b"@example.org>, <ada@[127.0.0.1]>, <@route:ada@example.org>, ada@example.org (c (d) \\))',
  () => 'ada@example.org\u00adb, \xc3\xbc@\xc3\xbc.example, \xff\xfe@x',
  () => '<a\tb@example.org> <a b@example.org> <>',
  (random) => 'x'.repeat(1 + random(5_000)),
  (random) => '<a@b> '.repeat(1 + random(3_000)),
  (random) => '('.repeat(1 + random(3_000)),
  (random) => '"'.repeat(1 + random(99)),
  (random) => ' \r\n '.repeat(1 + random(50)),
  () => '',
  () => 'Fri, 99 Zzz 999999 99:99:99 +9999',
  () => '[PATCH v999999999999999 0/0] x',
  () => '[PATCH 2/1] [PATCH [[]] x',
  () => 'Re: Re: [PATCH] \xe2\x80\xaex',
  () => "1.0\" ; x*0=a; x*1=b; charset*=utf-7''%0d%0a",
];
const names = [
  ...['From', 'To', 'Cc', 'Subject', 'Date', 'Message-ID', 'In-Reply-To', 'References', 'Reply-To', 'Sender'],
  ...['Content-Type', 'Content-Transfer-Encoding', 'MIME-Version', 'X-Original-From', 'Auto-Submitted', 'List-Id'],
];
const sequences = [
  '\0',
  '\r',
  '\n',
  '\r\n\r\n',
  '\n\n',
  '=\n',
  '\xff\xfe',
  '\xc3',
  '\xe2\x80\xa8',
  '\x1b[2J',
  '\x0c',
  '-- \n',
  '\nFrom x\n',
];

const at = (text: string, random: Random) => random(text.length + 1);
function range(text: string, random: Random): readonly [number, number] {
  const from = at(text, random);
  return [from, Math.min(text.length, from + random(random(4) === 0 ? 2_000 : 20))];
}

const bytes: readonly Mutation[] = [
  (mail, random) => {
    const i = at(mail, random);
    return mail.slice(0, i) + String.fromCharCode(random(256)) + mail.slice(i + 1);
  },
  (mail, random) => {
    const [from, to] = range(mail, random);
    return mail.slice(0, from) + mail.slice(to);
  },
  (mail, random) => {
    const [from, to] = range(mail, random);
    return mail.slice(0, to) + mail.slice(from, to).repeat(1 + random(9)) + mail.slice(to);
  },
  (mail, random) => {
    const i = at(mail, random);
    return mail.slice(0, i) + pick(random, sequences).repeat(1 + random(9)) + mail.slice(i);
  },
  (mail, random) => mail.slice(0, at(mail, random)),
  (mail, random) => mail.slice(at(mail, random)),
  (mail) => mail.replaceAll('\n', '\r\n'),
  (mail) => mail.replaceAll('\n', '\r'),
  (mail, random) => {
    const i = at(mail, random);
    return mail.slice(0, i) + 'y'.repeat(random(100_000)) + mail.slice(i);
  },
  (mail, random) => Array.from({ length: random(4_000) }, () => String.fromCharCode(random(256))).join('') + mail,
];

const split = (mail: string): readonly [string, string] => {
  const end = mail.search(/\r?\n\r?\n/);
  return end < 0 ? [mail, ''] : [mail.slice(0, end), mail.slice(end)];
};
/** Of the header block, its headers with what they are folded over. */
const headersIn = (head: string) => head.split(/\n(?![ \t])/);

function inHeaders(change: (headers: string[], random: Random) => void): Mutation {
  return (mail, random) => {
    const [head, rest] = split(mail);
    const headers = headersIn(head);
    change(headers, random);
    return headers.join('\n') + rest;
  };
}
const headers: readonly Mutation[] = [
  inHeaders((all, random) => {
    all.splice(random(all.length + 1), 0, `${pick(random, names)}: ${pick(random, hostile)(random)}`);
  }),
  inHeaders((all, random) => {
    const i = random(all.length);
    all[i] = (all[i] ?? '').replace(/:.*/s, () => `: ${pick(random, hostile)(random)}`);
  }),
  inHeaders((all, random) => {
    const i = random(all.length);
    all[i] += pick(random, hostile)(random);
  }),
  inHeaders((all, random) => {
    const name = pick(random, names);
    const i = all.findIndex((header) => header.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    const value = pick(random, hostile)(random);
    if (i < 0) all.push(`${name}: ${value}`);
    else all[i] = random(2) === 0 ? `${name}: ${value}` : (all[i] ?? '').replace(/: ?/, () => `: ${value} `);
  }),
  inHeaders((all, random) => void all.splice(random(all.length), 1)),
  inHeaders((all, random) => void all.splice(random(all.length), 0, all[random(all.length)] ?? '')),
  inHeaders((all, random) => {
    const i = random(all.length);
    all[i] = (all[i] ?? '').replaceAll(' ', pick(random, ['\n ', '\r\n\t', '  ', '\0']));
  }),
  inHeaders((all, random) => {
    all.push(`References: ${Array.from({ length: random(6_000) }, (_, i) => `<${i}@example.org>`).join('\n ')}`);
  }),
];

const withType = (mail: string, lines: readonly string[], body: (text: string) => string): string => {
  const [head, rest] = split(mail);
  const kept = headersIn(head).filter((header) => !/^(content-|mime-)/i.test(header));
  return `${[...kept, 'MIME-Version: 1.0', ...lines].join('\n')}\n\n${body(rest.replace(/^\r?\n\r?\n/, ''))}`;
};
const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64').replace(/.{76}/g, '$&\n');
const quoted = (text: string) =>
  text.replace(/[=\x80-\xff]/g, (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
const mime: readonly Mutation[] = [
  (mail) => withType(mail, ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64'], base64),
  (mail) => withType(mail, ['Content-Type: text/plain', 'Content-Transfer-Encoding: quoted-printable'], quoted),
  (mail, random) =>
    withType(
      mail,
      [
        `Content-Type: ${pick(random, ['text/plain', 'text/html', 'application/octet-stream', 'message/rfc822', 'x'])}; charset=${pick(random, ['utf-7', 'utf-16', 'gb18030', 'iso-2022-jp', 'nosuch', '"\\"'])}`,
        `Content-Transfer-Encoding: ${pick(random, ['base64', 'quoted-printable', 'binary', 'uuencode', '8bit'])}`,
      ],
      (text) => text,
    ),
  (mail) => withType(mail, ['Content-Type: text/plain; format=flowed; delsp=yes'], (text) => text),
  (mail, random) => {
    const deep = 1 + random(random(5) === 0 ? 200 : 3);
    const open = Array.from({ length: deep }, (_, i) => `--b${i}\nContent-Type: multipart/mixed; boundary=b${i + 1}\n`);
    return withType(
      mail,
      ['Content-Type: multipart/mixed; boundary=b0'],
      (text) => `${open.join('\n')}\n--b${deep}\n\n${text}`,
    );
  },
  (mail, random) =>
    withType(
      mail,
      [
        `Content-Type: multipart/${pick(random, ['mixed', 'alternative', 'signed', 'digest'])}; boundary="${pick(random, ['b', '', 'b b', '-- '])}"`,
      ],
      (text) =>
        `--b\nContent-Type: ${pick(random, ['text/plain', 'message/rfc822', 'text/x-patch; name="../../x"'])}\nContent-Disposition: attachment; filename*=utf-8''%2e%2e%2f%00\n\n${text}\n--b\n\n${text.slice(0, at(text, random))}\n--b--`,
    ),
  (mail) => `${mail}\n${mail}`,
];

function inLines(pattern: RegExp, change: (line: string, random: Random) => string): Mutation {
  return (mail, random) => {
    const lines = mail.split('\n');
    const found = lines.flatMap((line, i) => (pattern.test(line) ? [i] : []));
    if (found.length === 0) return mail;
    const i = pick(random, found);
    lines[i] = change(lines[i] ?? '', random);
    return lines.join('\n');
  };
}
const counts = ['0', '1', '999999999', '99999999999999999999', '-1', ''];
const paths = [
  '/dev/null',
  '../../../etc/passwd',
  'arch/powerpc/kernel/trace/ftrace.c',
  '"a\\303\\274\\n\\000"',
  '',
  'a b\tc',
  '__proto__',
  'constructor',
];
const diff: readonly Mutation[] = [
  inLines(/^@@ /, (line, random) =>
    line.replace(/\d+/g, (number) => (random(2) === 0 ? pick(random, counts) : number)),
  ),
  inLines(/^@@ /, (line, random) => `${line}${pick(random, hostile)(random)}`),
  inLines(/^(--- |\+\+\+ |diff --git )/, (line, random) =>
    line.replace(/ .*/, () => ` a/${pick(random, paths)} b/${pick(random, paths)}`),
  ),
  inLines(/^(--- |\+\+\+ )/, (line, random) => `${line.slice(0, 4)}${pick(random, paths)}`),
  inLines(/^[-+ ]/, (line, random) => pick(random, ['-', '+', ' ', '\\', '@', '']) + line.slice(1)),
  inLines(/^[-+ ]/, (line, random) => Array.from({ length: random(2_000) }, () => line).join('\n')),
  inLines(/^[-+ ]/, () => '-- \n2.0'),
  inLines(/^[-+ ]/, (line) => `${line}\r`),
  inLines(/^[-+ ]/, (_, random) =>
    `+${pick(random, ['(', '{', '#define A(x) A(x A(', '/*', '"', '\\'])}`.repeat(1 + random(500)),
  ),
  inLines(/^diff /, (_, random) =>
    pick(random, [
      'GIT binary patch\nliteral 9999999\nzc',
      'rename from a\nrename to ../b',
      'index 0..0 999999',
      'From: Eve <eve@example.net>\n',
      '---\n',
    ]),
  ),
  inLines(/^[-+ ]/, (line) => `${line}\nFrom: =?utf-8?Q?x=0D=0ABcc:_eve@example.net?= <a\nb@c>\n---`),
  (mail) => mail.replace(/\n\n/, '\n\nFrom: "a\\" <eve@example.net>, \\"b" <x@example.org\r\nBcc: y@example.net>\n\n'),
];

const kinds = { bytes, headers, mime, diff } as const;
export type Kind = keyof typeof kinds;

/** One mail of many, damaged one to four times. @returns also how, a kind each */
export function mutated(
  mails: readonly Buffer[],
  random: Random,
): { readonly mail: Buffer; readonly how: readonly Kind[] } {
  let text = pick(random, mails).toString('latin1');
  const how = Array.from({ length: 1 + random(4) }, () => pick(random, Object.keys(kinds) as Kind[]));
  for (const kind of how) text = pick(random, kinds[kind])(text, random);
  return { mail: Buffer.from(text.slice(0, 4 << 20), 'latin1'), how };
}
