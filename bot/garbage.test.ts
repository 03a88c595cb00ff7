/**
 * Bad input, given to the command as a process of its own: a problem with a name, within 10 s of CPU and 500 MB, never a verdict on
 * what is left of a damaged patch, and the other patches of the thread are still answered.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fixtureFolder } from './fixture.ts';

const good = readFileSync(join(fixtureFolder, 'mflr-in-ipi/thread.mbox'), 'utf8');
const other = readFileSync(join(fixtureFolder, 'toc-two-nops/thread.mbox'), 'utf8');
const answered = 'Re: [PATCH] powerpc/ftrace: Call sites of modules can be two nops';

/** The patch with lines put in behind one that holds `anchor`, and the counts of its hunks made right again. */
function withLines(anchor: string, added: readonly string[]): string {
  const lines = good.split('\n');
  const at = lines.findIndex((line) => line.includes(anchor));
  const edited = [...lines.slice(0, at + 1), ...added.map((line) => `+${line}`), ...lines.slice(at + 1)];
  const heading = edited.findLastIndex((line, i) => i <= at && line.startsWith('@@ '));
  edited[heading] = (edited[heading] ?? '').replace(
    /\+(\d+),(\d+)/,
    (_, from, count) => `+${from},${Number(count) + added.length}`,
  );
  return edited.join('\n');
}
const inWalk = (...lines: string[]) => withLines('struct ftrace_rec_iter *iter;', ['\tint x;', ...lines]);

/** Name, the damaged thread, what standard error says of it. */
const rows: readonly (readonly [string, () => string, RegExp])[] = [
  ['a mail cut in a hunk', () => good.slice(0, good.length * 0.7), /damaged-hunk: .*\n[\s\S]*silence: .* is damaged/],
  ['wrong hunk counts', () => good.replace('@@ -46,6 +46,25 @@', '@@ -46,60 +46,250 @@'), /damaged-hunk: /],
  ['a line of 100,000 brackets', () => inWalk(`\t${'('.repeat(100_000)};`), /damaged-hunk: .*longer than/],
  ['a mail of 40 MB', () => good.replace('\n\n', `\n\n${`${'x'.repeat(76)}\n`.repeat(550_000)}`), /mail-too-large: /],
  ['a MIME nest 10,000 deep', nest, /mime-too-deep: /],
  ['C that loops for ever', () => inWalk('\tfor (;;)', '\t\tcpu_relax();'), /silence: .*a bound was reached/],
  ['C that jumps back for ever', () => inWalk('again:', '\tgoto again;'), /silence: .*a bound was reached/],
  ['C that calls itself for ever', () => inWalk('\tftrace_replace_code(mod_flags);'), /silence: .*a bound was reached/],
  [
    'C that allocates for ever',
    () => inWalk('\tfor (;;)', '\t\tkzalloc(1 << 20, GFP_KERNEL);'),
    /silence: .*a bound was reached/,
  ],
  [
    'a thousand branches on unknowns',
    () => inWalk('\tfor (x = 0; x < 1000; x++)', '\t\tif (unknown_thing(x))', '\t\t\tx++;'),
    /silence: .*a bound was reached/,
  ],
  ['C that does not parse', () => inWalk('\t]] (( = {'), /unparsed: .*\n[\s\S]*silence: .* cannot be read: /],
  [
    'a macro that doubles forty times',
    () => withLines('#ifdef CONFIG_MPROFILE_KERNEL', bomb),
    /limit: .*\n[\s\S]*silence: /,
  ],
];
const bomb = [
  '#define A0 x x',
  ...Array.from({ length: 40 }, (_, i) => `#define A${i + 1} A${i} A${i}`),
  'int y = A40;',
];

function nest(): string {
  const layer = (_: unknown, i: number) => `Content-Type: multipart/mixed; boundary="b${i}"\n\n--b${i}\n`;
  const layers = Array.from({ length: 10_000 }, layer).join('');
  const headers = [
    'From mboxrd@z Thu Jan  1 00:00:00 1970',
    'From: Deep Example <deep@example.org>',
    'Subject: [PATCH] deep',
  ];
  return `${headers.join('\n')}\nMessage-ID: <deep@example.org>\nMIME-Version: 1.0\n${layers}Content-Type: text/plain\n\nhello\n\n`;
}

for (const [name, damaged, problem] of rows) {
  test(name, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      // What is needed is bounded, and not what V8 has not got round to collecting.
      ['--max-old-space-size=300', join(import.meta.dirname, 'main.ts'), 'review', '--no-github'],
      {
        input: `${damaged().trimEnd()}\n\n${other}`,
        encoding: 'utf8',
        maxBuffer: 64 << 20,
      },
    );
    assert.equal(status, 0, stderr);
    assert.match(stderr, problem);
    assert.ok(stdout.includes(answered), 'the other patch is answered');
    assert.equal(stdout.match(/^Subject: /gm)?.length, 1, 'and it alone');
    assert.ok(Number(/peak (\d+) MB/.exec(stderr)?.[1]) <= 500, stderr.split('\n').at(-2));
    assert.ok(Number(/\(([\d.]+) s of CPU\)/.exec(stderr)?.[1]) <= 10, stderr.split('\n').at(-2));
  });
}

const run = (input: string) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), 'review', '--no-github'], {
    input,
    encoding: 'utf8',
  });

test('a truncated mbox is read as far as it goes', () => {
  const { status, stdout, stderr } = run(good.slice(0, 300));
  assert.equal(status, 0);
  assert.equal(stdout, '');
  assert.match(stderr, /silence: .*there is no diff in the mail/);
});

test('what is no mail is told so, with status 2', () => {
  const { status, stderr } = run('\u0000\u0001 nothing\n');
  assert.equal(status, 2);
  assert.match(stderr, /there is no patch/);
});
