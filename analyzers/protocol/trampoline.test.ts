/** What a trampoline comes to: where it branches, and what it spoils on the way. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assemble, disassemble } from '../power/text.ts';
import { trampolineTold } from './trampoline.ts';

const at = 0xc000000001900000n;
const toc = { value: 0xc000000001408000n, offset: 32 };

/** @param expected the words told; a branch to the tracer at 0xc000000000010200 is `b tracer` */
function check(name: string, lines: readonly string[], expected: readonly string[], littleEndian = true): void {
  test(name, () => {
    const words = lines.map((line, index) => assemble(line, at + BigInt(4 * index))?.[0] ?? 0);
    const told = trampolineTold({ address: at, words, mode: { bits: 64, littleEndian }, toc });
    const texts = told.map((word, index) =>
      disassemble(word, at + BigInt(4 * index))
        .replace(/\s+/g, ' ')
        .replace('0xc000000000010200', 'tracer'),
    );
    assert.deepEqual(texts, expected);
  });
}

/** The tracer is 0x13f7e00 below the TOC. */
const load = 'ld r12,32(r13)';
const halves = ['addis r12,r12,-319', 'addi r12,r12,-32256'];
const go = ['mtctr r12', 'bctr'];

check('the way of the kernel', [load, ...halves, ...go], ['b tracer']);
check('big-endian', [load, ...halves, ...go], ['b tracer'], false);
check('without its lower half', [load, halves[0] ?? '', ...go], ['b 0xc000000000018000']);
check(
  'another register is spoiled',
  [load.replace('r12', 'r3'), 'mr r12,r3', ...halves, ...go],
  ['li r3,-1', 'b tracer'],
);
check('the link register is spoiled', [load, ...halves, 'mtlr r12', ...go], ['mtlr r12', 'b tracer']);
check('another field of the paca is read', ['ld r12,40(r13)', ...halves, ...go], ['.long 0x0']);
check('nobody has written it', ['nothing'], ['.long 0x0']);
