/**
 * `npm run vectors`: what passes, what fails and how that is said, what is no vector file. Values worked out by hand.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { vectorsCommand } from './vectors-command.ts';

const fixtures = join(import.meta.dirname, '../fixtures/instructions');
const header = 'id\tclass\tasm\twords\tbefore\tmem_before\tstatus\tpc_after\tafter_changed\tmem_after\tundef';
const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
after(() => rmSync(folder, { recursive: true }));

function check(
  name: string,
  given: { text: string; options?: string[] },
  expected: { status: number; out: RegExp; err?: RegExp },
) {
  test(name, () => {
    const file = join(folder, 'file.tsv');
    writeFileSync(file, given.text);
    const [out, err]: [string[], string[]] = [[], []];
    const status = vectorsCommand([file, ...(given.options ?? [])], {
      out: (text) => out.push(text),
      err: (text) => err.push(text),
    });
    assert.match(out.join(''), expected.out);
    assert.match(err.join(''), expected.err ?? /^$/);
    assert.equal(status, expected.status);
  });
}

/** One vector from its cells after id, class and asm. */
const vector = (...cells: string[]) => `${header}\n1\tx\ttext\t${cells.join('\t')}\n`;
const zeros = '00'.repeat(64);
const one = (first: string) => first + zeros.slice(first.length);
const passes = { status: 0, out: /^1 passed, 0 failed\n$/ };
const fails = (what: RegExp) => ({ status: 1, out: new RegExp(`^1 text: ${what.source}\n0 passed, 1 failed\n$`) });

// addi r3,r3,-1
check(
  'a register',
  { text: vector('3863ffff', 'r3=0', '-', 'ok', '11000204', 'r3=ffffffffffffffff', '=', '-') },
  passes,
);
check(
  'upper case, 0x, and the options',
  { text: vector('0x3863FFFF', 'R3=0x1', '=', 'ok', '0x11000204', 'r3=0', '=', '-'), options: ['-be'] },
  passes,
);
check(
  '32 bits',
  { text: vector('3863ffff', 'r3=0', '-', 'ok', '11000204', 'r3=ffffffff', '=', '-'), options: ['-32'] },
  passes,
);
check(
  'a wrong register',
  { text: vector('3863ffff', 'r3=5', '-', 'ok', '11000204', 'r3=6', '=', '-') },
  fails(/r3 is 4, expected 6/),
);
check(
  'a register that should not change',
  { text: vector('3863ffff', 'r3=5', '-', 'ok', '11000204', '-', '=', '-') },
  fails(/r3 is 4, expected 5/),
);
check(
  'bits that do not count',
  { text: vector('3863ffff', 'r3=5', '-', 'ok', '11000204', 'r3=f6', '=', 'r3:f2') },
  passes,
);
check(
  'too few bits that do not count',
  { text: vector('3863ffff', 'r3=5', '-', 'ok', '11000204', 'r3=f6', '=', 'r3:f0') },
  fails(/r3 is 4, expected f6/),
);
// stw r3,0(r4): address order, so that byte orders differ
check(
  'memory, little-endian',
  { text: vector('90640000', 'r3=11223344,r4=30000100', '-', 'ok', '11000204', '-', one('44332211'), '-') },
  passes,
);
check(
  'memory, big-endian',
  {
    text: vector('90640000', 'r3=11223344,r4=30000100', '-', 'ok', '11000204', '-', one('11223344'), '-'),
    options: ['-be'],
  },
  passes,
);
check(
  'wrong memory',
  { text: vector('90640000', 'r3=11,r4=30000102', zeros, 'ok', '11000204', '-', one('000011000001'), '-') },
  fails(/memory\+5 is 0, expected 1/),
);
check(
  'memory that does not count',
  {
    text: vector(
      '90640000',
      'r3=11,r4=30000102',
      zeros,
      'ok',
      '11000204',
      '-',
      one('000011000001'),
      `mem:${one('0000000000ff')}`,
    ),
  },
  passes,
);
// lwz r3,0(r4); nothing is mapped at 0
check('no access', { text: vector('80640000', 'r3=7', '-', 'SIGSEGV', '11000200', '-', '=', '-') }, passes);
check(
  'a base is not updated where there is no access',
  { text: vector('84640004', 'r3=7,r4=8', '-', 'SIGSEGV', '11000200', '-', '=', '-') },
  passes,
);
check('no instruction', { text: vector('60000000 00000000', '-', '-', 'SIGILL', '11000204', '-', '=', '-') }, passes);
check('a trap', { text: vector('7fe00008', '-', '-', 'SIGTRAP', '11000200', '-', '=', '-') }, passes);
check('rfid in problem state', { text: vector('4c000024', '-', '-', 'SIGILL', '11000200', '-', '=', '-') }, passes);
check(
  'a wrong signal',
  { text: vector('7fe00008', '-', '-', 'SIGBUS', '11000200', '-', '=', '-') },
  fails(/status is SIGTRAP, expected SIGBUS/),
);
// b +8; addi r3,r3,1; blr to an address outside
check('branches', { text: vector('48000008 38630001 4e800020', 'lr=1234', '-', 'ok', '1234', '-', '=', '-') }, passes);
check(
  'a wrong PC',
  { text: vector('48000008 38630001', '-', '-', 'ok', '11000204', '-', '=', '-') },
  fails(/pc is 11000208, expected 11000204/),
);
check('a PC that is not given', { text: vector('48000008 38630001', '-', '-', 'ok', '-', '-', '=', '-') }, passes);
check(
  'a sequence without end',
  { text: vector('48000000', '-', '-', 'ok', '11000200', '-', '=', '-') },
  fails(/status is endless, expected ok/),
);
check(
  'columns in another order, no class',
  {
    text: 'asm\tid\twords\tpc_after\tstatus\tmem_after\tmem_before\tafter_changed\tbefore\nnop\t1\t60000000\t11000204\tok\t=\t-\t-\t-\n',
  },
  passes,
);
check(
  'an empty line, the other line ends',
  { text: vector('60000000', '-', '-', 'ok', '11000204', '-', '=', '-').replaceAll('\n', '\r\n') },
  passes,
);

// What qemu cannot show, by hand (bot/qemu/exclusions.ts says why it cannot).
for (const [name, option] of [
  ['beyond-qemu-le.tsv', '-le'],
  ['beyond-qemu-32.tsv', '-32'],
] as const)
  check(
    name,
    { text: readFileSync(join(fixtures, name), 'utf8'), options: [option] },
    { status: 0, out: /^\d{2} passed, 0 failed\n$/ },
  );

check(
  'comments, and a header in capitals',
  {
    text: `# from elsewhere\n${vector('60000000', '-', '-', 'ok', '11000204', '-', '=', '-').replace(header, `${header.toUpperCase()}\n# here`)}`,
  },
  passes,
);

const off = (err: RegExp, out = /^0 passed, 0 failed\n$/) => ({ status: 2, out, err });
check('no header', { text: '1\tx\tnop\t60000000\n' }, off(/:1: this is no header of a vector file/));
check('an empty file', { text: '' }, off(/:1: this is no header/));
check('no vector', { text: `${header}\n` }, off(/there is no vector in it/));
check(
  'a line that is off, beside one that is not',
  { text: `${vector('60000000', '-', '-', 'ok', '11000204', '-', '=', '-')}2\tx\n` },
  off(/:3: it has 2 columns, the header 11/, /^1 passed, 0 failed\n$/),
);
for (const [name, cells, err] of [
  ['words', ['600', '-', '-', 'ok', '0', '-', '=', '-'], /:2: words: 600 is not/],
  ['register', ['60000000', 'r32=1', '-', 'ok', '0', '-', '=', '-'], /:2: before: r32=1: no such register/],
  ['value', ['60000000', 'r3=xyz', '-', 'ok', '0', '-', '=', '-'], /:2: before: r3=xyz: no value/],
  ['CR of 64 bits', ['60000000', 'cr=100000000', '-', 'ok', '0', '-', '=', '-'], /no value of that register/],
  ['memory', ['60000000', '-', '00', 'ok', '0', '-', '=', '-'], /mem_before: not 64 bytes/],
  ['memory after', ['60000000', '-', '-', 'ok', '0', '-', 'zz', '-'], /mem_after: neither/],
  ['status', ['60000000', '-', '-', 'fine', '0', '-', '=', '-'], /status: fine is neither/],
  ['PC', ['60000000', '-', '-', 'ok', 'here', '-', '=', '-'], /pc_after: here is no address/],
  ['undefined bits', ['60000000', '-', '-', 'ok', '0', '-', '=', 'r99:1'], /undef: r99:1: no such register/],
  ['mask', ['60000000', '-', '-', 'ok', '0', '-', '=', 'r1:'], /undef: r1:: no mask/],
] as const)
  check(`bad ${name}`, { text: vector(...cells) }, off(err));

test('words that are off', () => {
  const streams = { out: () => undefined, err: () => undefined };
  for (const words of [[], ['a', 'b'], ['a', '-le', '-be'], ['a', '-64'], [join(folder, 'nowhere')]])
    assert.equal(vectorsCommand(words, streams), 2, words.join(' '));
});
