/**
 * Text that is meant to break the assembler, or merely is broken: it ends within the limits, with a problem that names what
 * is wrong and where, and never throws.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { assembleSource } from './assemble.ts';
import { layOut, link } from './link.ts';

function assemble(text: string) {
  return assembleSource({
    ...{ file: 'a.S', text, bits: 64, littleEndian: true },
    ...{ resolve: () => null, defines: new Map(), offsets: new Map() },
  });
}

/** The first problem, by its kind, what its text holds, and its line. */
function check(text: string, kind: string, words: string, line: number): void {
  const [problem] = assemble(text).problems;
  assert.equal(problem?.kind, kind, text.slice(0, 200));
  assert.ok(problem?.text.includes(words), problem?.text);
  assert.equal(problem?.at?.line, line, problem?.text);
}

test('macros and repetitions without an end', () => {
  check('.macro m\nm\n.endm\nm', 'limit', 'macroDepthMax', 4);
  check('.macro m x\nm \\x\\x\n.endm\nm a', 'limit', 'charactersMax', 4);
  check('.macro m x\n.long 0\nm \\x\\x\n.endm\nm ab', 'limit', 'charactersMax', 5);
  check('.macro m x:vararg\n.irp i,1,2,3,4,5,6,7,8\nm \\x,\\i\n.endr\n.endm\nm a', 'limit', '', 6);
  check('.rept 1000000000\nnop\n.endr', 'limit', 'statementsMax', 2);
  check('.rept 0x7fffffffffffffff\n.rept 0x7fffffffffffffff\n.endr\n.endr', 'limit', 'statementsMax', 2);
  check(`.macro m x\n.rept 100000\n.asciz "\\x"\n.endr\n.endm\nm ${'x'.repeat(1000)}`, 'limit', 'bytesMax', 6);
  check(
    '.macro d n\nd1 \\n,\\n,\\n,\\n,\\n,\\n,\\n,\\n\n.endm\n.macro d1 n:vararg\nd \\n\n.endm\nd 1',
    'macro',
    'takes 1',
    7,
  );
});

test('long text, run often', () => {
  check(`.rept 100000\n.if 0${'+0'.repeat(400)}\n.endif\n.endr`, 'limit', 'charactersMax', 2);
  check(`.rept 100000\n.ascii ${'"a"'.repeat(10_000)}\n.endr`, 'limit', 'charactersMax', 2);
  check(`.ascii ${'"abcd"'.repeat(1_100_000)}`, 'limit', 'bytesMax', 1);
});

test('space without an end', () => {
  check('.space 0x7fffffff', 'limit', 'bytesMax', 1);
  check('.space -1', 'operands', '', 1);
  check('.rept 100\n.space 1000000\n.endr', 'limit', 'bytesMax', 2);
  check('.balign 0x100000000', 'operands', 'alignment', 1);
  check('nop\n.org 0', 'operands', 'back', 2);
  check('.org 0x7fffffff', 'limit', 'bytesMax', 1);
});

test('what is opened and not closed, or closed and not opened', () => {
  check('nop\n.if 1\nnop', 'unterminated', '.if', 2);
  check('.macro m\n.if 1\n.endm\nnop\nm', 'unterminated', 'conditional', 5);
  check('.endif', 'stray-conditional', '.endif', 1);
  check('.if 1\n.else\n.else\n.endif', 'stray-conditional', '.else', 3);
  check('.macro m\nnop', 'unterminated', '.macro', 1);
  check('nop\n.rept 2\nnop', 'unterminated', '.rept', 2);
  check('.endr', 'repetition', '.endr', 1);
  check('.endm', 'macro', '.endm', 1);
  check('.popsection', 'directive', '.popsection', 1);
  check('.pushsection .x,"a"', 'unterminated', '.pushsection', 1);
  check('.ascii "abc', 'operands', '', 1);
});

test('expressions that explode', () => {
  check(`.long ${'('.repeat(5000)}1`, 'operands', 'levels', 1);
  check(`.long ${'-'.repeat(5000)}1`, 'operands', 'levels', 1);
  check('.set a,b\n.set b,a\n.long a', 'symbol', 'b is set equal', 2);
  const doubling = Array.from({ length: 60 }, (_, i) => `.set a${i},a${i + 1}+a${i + 1}`).join('\n');
  check(`${doubling}\n.long a0`, 'symbol', 'is set equal', 2);
  check('.long 1/0', 'fixup', '', 1);
  check(`.long ${'9'.repeat(100_000)}`, 'operands', 'digits', 1);
  assert.deepEqual(assemble(`.long ${'1+'.repeat(400)}1`).problems, []);
});

test('a header that is not there is a problem', () => {
  check('nop\n#include <asm/ppc_asm.h>\nnop', 'include', 'asm/ppc_asm.h', 2);
});

test('an error of the preprocessor is a problem', () => {
  check('#if 1\nnop', 'unterminated-conditional', '', 1);
  check('#define m m1 m1\n#error no', 'error-directive', 'no', 2);
});

/** Pieces that lead deep into the assembler, in any order. */
const pieces = [
  ...['.macro m x, y=2', '.endm', 'm 1', 'm', '.if \\x', '.if 1', '.else', '.elseif 0', '.endif', '.rept 3', '.endr'],
  ...[
    '.irp i,1,2',
    '1:',
    'b 1b',
    'b 1f',
    'x:',
    '.set x,x+1',
    'y=y',
    '.long \\x',
    '.long x-.',
    '.quad x@toc@ha',
    '.section',
  ],
  ...[
    '.section "a","aw"',
    '.previous',
    '.pushsection .b',
    '.popsection',
    '.org .+4',
    '.align 3',
    'lis 3,x@ha',
    'ld 3,x@l(4)',
  ],
  ...[
    '"',
    ';',
    '#',
    '\\',
    '(',
    '@',
    ',',
    '.exitm',
    '.ascii "a\\',
    '.type x,',
    '.size x,.-x',
    '.localentry x,.-x',
    '.stabs "a",1,2,3,x',
  ],
];

test('no text makes it throw, and what it gives can be linked', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 40 }),
      fc.constantFrom('\n', ' ', ';'),
      (lines, joint) => {
        const assembled = assemble(lines.join(joint));
        link(assembled, { sections: layOut(assembled, 0n), toc: 0n, addressOf: () => 0n });
        for (const { bytes } of assembled.sections) assert.ok(bytes.length <= 5_000_000);
      },
    ),
    { numRuns: 3000 },
  );
});
