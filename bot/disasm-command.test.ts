/**
 * `disasm`: lines in, lines out, and what is said of lines that cannot be read. That the texts are objdump's is
 * analyzers/power/binutils.test.ts.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { disasmCommand, disassembled } from './disasm-command.ts';

function check(input: string, lines: readonly string[], { bits = 64, problems = [] as readonly string[] } = {}): void {
  test(`${JSON.stringify(input)} in ${bits} bits`, () => {
    assert.deepEqual(disassembled(input, bits === 32 ? 32 : 64), { lines, problems });
  });
}

check('1000 48000009', ['bl      0x1008']);
check('0X1000 0x48000009\r\n', ['bl      0x1008']);
check('\n# a comment\n  0 60000000  \n\n4 4e800020', ['nop', 'blr']);
check('0 f8010010\n4 7c0002e6\n8 0', ['std     r0,16(r1)', '.long 0x7c0002e6', '.long 0x0']);
check('1000 06100000 38600004\n1004 38600004', ['pla     r3,4\t# 1004', 'li      r3,4']);
check('0 07000000 0\n0 07000000\n0 06100000', ['pnop', '.long 0x7000000', '.long 0x6100000']);
check('0 60000000 06100000', ['nop']);
check('ffffffffffffffff 48000004', ['b       0x3']);
check('0 4bfffffc', ['b       0xfffffffffffffffc']);
check('0 4bfffffc\nfffffffc 48000008\n1fffffffc 48000008', ['b       0xfffffffc', 'b       0x4', 'b       0x4'], {
  bits: 32,
});
check('zz 60000000\n0\n0 60000000 0 0\n0 160000000\n\n0 60000000 -1\n0 60000000', ['', '', '', '', '', 'nop'], {
  problems: [
    'line 1: "zz" is no address in hexadecimal',
    'line 2: no word behind the address',
    'line 3: more than an address, a word and a suffix',
    'line 4: "160000000" is no word of 32 bits in hexadecimal',
    'line 6: "-1" is no word of 32 bits in hexadecimal',
  ],
});
check('', []);

/** Status and the beginnings of what is printed. */
function run(words: readonly string[], status: number, out: RegExp, err: RegExp): void {
  test(`disasm ${words.join(' ')} ends with ${status}`, async () => {
    const told = { out: '', err: '' };
    const streams = { out: (text: string) => (told.out += text), err: (text: string) => (told.err += text) };
    assert.equal(await disasmCommand(words, streams), status);
    assert.match(told.out, out);
    assert.match(told.err, err);
  });
}

run(['-h'], 0, /^Usage: scenario-bot disasm/, /^$/);
run(['--help', 'nowhere'], 0, /^Usage/, /^$/);
run(['nowhere/at-all'], 2, /^$/, /^disasm: ENOENT/);
run(['one', 'two'], 2, /^$/, /^disasm: one file/);
run(['--64'], 2, /^$/, /^disasm: one file/);
