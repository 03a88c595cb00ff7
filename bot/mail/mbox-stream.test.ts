/** An mbox in pieces of any size gives the mails that it gives as a whole. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { readMbox } from './mbox.ts';
import { type MboxMail, MboxSplitter } from './mbox-stream.ts';

const roomy = { mailBytesMax: 1 << 20, beginningBytes: 1 << 10 };

function cut(file: string, step: number, limits = roomy): readonly MboxMail[] {
  const splitter = new MboxSplitter(limits);
  const bytes = Buffer.from(file, 'latin1');
  const mails: MboxMail[] = [];
  for (let at = 0; at < bytes.length; at += step) mails.push(...splitter.push(bytes.subarray(at, at + step)));
  return [...mails, ...splitter.end()];
}

const at = 'Thu Jun 27 12:00:00 2019';
const line = fc.constantFrom(
  ...['', '', 'one', '>From x', '>>From y', 'From 2019 on', `From ada@example.org ${at}`, `From b@example.org ${at}`],
  ...['From mboxrd@z Thu Jan  1 00:00:00 1970', 'Subject: a', 'x'.repeat(5000), '\r', 'F', 'From '],
);

test('as in memory, whatever the pieces', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 14 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      (lines, newline, ended, step) => {
        const file = lines.join(newline) + (ended ? newline : '');
        const whole = readMbox(Buffer.from(file, 'latin1'));
        const texts = (mails: readonly Buffer[]) =>
          mails.map((mail) => mail.toString('latin1').trimEnd()).filter((text) => text !== '');
        const pieces = cut(file, step);
        // In memory, what stands before the first separator is left out.
        const separated = pieces.filter((mail) => mail.separated);
        const mails = separated.length > 0 ? separated : pieces;
        assert.deepEqual(texts(mails.map(({ bytes }) => bytes)), texts(whole.mails));
      },
    ),
    { numRuns: 2000, seed: 1 },
  );
});

test('a mail ends where a reader can go on', () => {
  const file = `From a@example.org ${at}\nSubject: 1\n\none\n\nFrom b@example.org ${at}\nSubject: 2\n\ntwo\n`;
  const [first, second] = cut(file, 7);
  assert.equal(first!.bytes.toString(), 'Subject: 1\n\none\n', 'without the empty line of the next separator');
  assert.equal(second!.bytes.toString(), 'Subject: 2\n\ntwo\n');
  assert.equal(file.slice(first!.end, first!.end + 6), 'From b');
  assert.equal(second!.end, file.length);
});

test('of a mail beyond the limit the beginning is kept, and the next is whole', () => {
  const mail = (body: string) => `From a@example.org ${at}\n${body}\n\n`;
  const file = mail('x'.repeat(99)) + mail('y'.repeat(101)) + mail('line\n'.repeat(100)) + mail('z');
  for (const step of [1, 10, 1000])
    assert.deepEqual(
      cut(file, step, { mailBytesMax: 101, beginningBytes: 10 }).map(({ bytes, size }) => [bytes.toString(), size]),
      [
        ['x'.repeat(99).concat('\n'), 101],
        ['y'.repeat(10), 103],
        ['line\nline\n', 502],
        ['z\n', 3],
      ],
    );
});
