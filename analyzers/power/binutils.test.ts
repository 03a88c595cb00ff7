/**
 * The instruction table against GNU binutils, with a fresh seed in each run (`BINUTILS_SEED` repeats one): what our
 * disassembler prints is what objdump -Mpower10 prints, what our assembler reads is what GNU as reads, and of what either
 * refuses nothing is made.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import test from 'node:test';
import { compareAll, type Report, tolerated } from '../../bot/binutils/comparison.ts';
import { pairOfRow } from '../../bot/binutils/samples.ts';
import { absent } from '../../bot/binutils/tools.ts';
import { randomOf } from '../../bot/qemu/random.ts';
import { decode, encode } from './code.ts';
import { noFields } from './row.ts';
import { table } from './table.ts';
import { assemble, disassemble } from './text.ts';

const skip = absent ?? false;
const seed = Number(process.env.BINUTILS_SEED ?? randomInt(2 ** 32));
const perTarget = 20_000;

test('words and lines at random are what binutils says', { skip }, (t) => {
  const { words, reading, lines } = compareAll({ seed, words: perTarget, perForm: 5 });
  const check = (title: string, { compared, known, refused, outside, differences }: Report, least: number) => {
    t.diagnostic(`${title}: ${compared} compared, ${known} alike, ${refused} unknown to both; BINUTILS_SEED=${seed}`);
    assert.deepEqual(differences.slice(0, 10), [], `BINUTILS_SEED=${seed}: ${differences.length} differences`);
    assert.deepEqual([...outside.keys()], [], 'objdump knows no instruction that has no row');
    assert.ok(known >= least, `${title}: no more than ${known} are known`);
  };
  for (const report of words) check(report.name, report, perTarget / 2);
  check('texts read back', reading, perTarget / 2);
  check('lines', lines, 3000);
});

test('rows of which objdump prints words that are no instruction', () => {
  assert.deepEqual(tolerated(), [
    ...['addex', 'bc', 'bcctr', 'cmpi', 'cmpli', 'darn', 'dcbz', 'icbt', 'isel', 'ldat', 'lq', 'lswi', 'lwat'],
    ...['paste.', 'plq', 'pstq', 'sc', 'scv', 'stdat', 'stwat', 'wait'],
  ]);
});

test('every row decodes what it encodes: none is shadowed by another', () => {
  const random = randomOf(2);
  for (const row of table) {
    const words = Array.from({ length: 300 }, () => pairOfRow(row, random));
    assert.ok(
      words.some(([word, next]) => decode(word, next)?.row === row),
      row.syntax,
    );
  }
});

test('a row is found by its mnemonic and encodes its fields', () => {
  assert.deepEqual(encode(decode(0x7c6802a6)?.row ?? assert.fail(), { ...noFields, RT: 3, SPR: 8 }), [0x7c6802a6]);
  assert.equal(new Set(table.map(({ mnemonic }) => mnemonic)).size, table.length, 'mnemonics of rows are unique');
});

/** What no sample has: text with blanks and other notations, and what is refused. */
function check(line: string, expected: string | null): void {
  test(`${line} is ${expected ?? 'refused'}`, () => {
    const words = assemble(line, 0x1000n);
    if (expected === null) assert.equal(words, null);
    else assert.equal(words === null ? null : disassemble(words[0] ?? 0, 0x1000n, words[1]), expected);
  });
}

check('  ld  %r3, 0x10 ( r1 )', 'ld r3,16(r1)');
check('bc 20,31,$+4', 'bc 20,4*cr7+so,0x1004');
check('b .', 'b 0x1000');
check('bne- cr7, .-8', 'bne- cr7,0xff8');
check('crset 4*cr7+un', 'crset 4*cr7+so');
check('li 3,0b101', 'li r3,5');
check('li 3,010', 'li r3,8');
check('li 3,-0x8000', 'li r3,-32768');
check('rlwinm 3,4,0,0x1fffffff0', 'clrrwi r3,r4,4');
check('xxspltiw 27,0x1ffffffff', 'xxspltiw vs27,4294967295');
check('xxspltiw 27,-0x100000000', 'xxspltiw vs27,0');
check('xxspltiw 27,0x200000000', null);
check('li 3,0x8000', null);
check('li 3,', null);
check('li 3,1,2', null);
check('li r32,1', null);
check('li cr3,1', null);
check('ld 3,6(1)', null);
check('frobnicate 3', null);
check('', null);
