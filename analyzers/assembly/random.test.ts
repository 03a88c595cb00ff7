/**
 * Random texts in the kernel's style: what our assembler takes without a problem GNU as takes too, and makes the same of it.
 * RANDOM_TEXTS says how many; each run has a seed of its own, which a failure prints.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { differences } from '../../bot/entry/compare.ts';
import { gnuAbsent, gnuAssemble } from '../../bot/entry/gnu-as.ts';
import { assembleSource } from './assemble.ts';

const skip = gnuAbsent !== null && `not installed: ${gnuAbsent}`;
const numRuns = Number(process.env.RANDOM_TEXTS ?? 60);

const targets = [
  { bits: 64, littleEndian: true },
  { bits: 64, littleEndian: false },
  { bits: 32, littleEndian: false },
] as const;

const { oneof, tuple } = fc;
/** One of some words, written with blanks between them. */
const word = (words: string) => fc.constantFrom(...words.split(' '));
/** One of some lines. */
const lineOf = (lines: string) => fc.constantFrom(...lines.trim().split(/\n\s*/));
const joined = (parts: readonly string[]) => parts.join('');

const label = word('f g x .Ly 1f 1b 2f 2b . .+8');
const number = word('0 1 -1 8 0x7fff 0x12345678 010 (4*3) ~7 1<<4 3&1 -8/3 2>1 k k+1');
const operator = word('+ - * << >> & | ^ == < && / %');
const expression = oneof(
  number,
  label,
  tuple(number, operator, number).map(joined),
  tuple(label, word('+ -'), oneof(label, number)).map(joined),
  tuple(number, operator, number, operator, number).map((parts) => parts.join(' ')),
);
const suffix = fc.constantFrom('', '', '', '@l', '@ha', '@h', '@toc@l', '@toc@ha', '@got', '@high');
const register = word('0 3 12 31 %r1 %r4 %r13 %r31');

const plain = oneof(
  tuple(fc.constantFrom('b ', 'bl ', 'beq ', 'bne- ', 'bdnz ', 'ba ', 'bc 12,2,'), label).map(joined),
  tuple(word('addi addis ori andi.'), register, register, expression, suffix).map(
    ([op, a, b, value, part]) => `${op} ${a},${b},${value}${part}`,
  ),
  tuple(word('lis li cmpdi'), register, expression, suffix).map(([op, a, value, part]) => `${op} ${a},${value}${part}`),
  tuple(word('lwz stw ld std stdu lbz lhz'), register, expression, suffix, register).map(
    ([op, a, value, part, base]) => `${op} ${a}, ${value}${part}(${base})`,
  ),
  tuple(word('.long .quad .short .byte .4byte .8byte'), fc.array(expression, { minLength: 1, maxLength: 3 })).map(
    ([op, values]) => `${op} ${values.join(', ')}`,
  ),
  tuple(fc.constantFrom('.set k,', 'k = ', '.set z,'), number, operator, number).map(joined),
  tuple(word('.align .p2align .balign'), word('0 1 2 4 2,1 4,,2')).map((parts) => parts.join(' ')),
  lineOf(`.space 4
    .globl f
    .weak g
    .type f,@function
    1:
    2:
    1: .long 1b-.
    .org .+8
    . = . + 4
    .asciz "a;b#c"
    .ascii "x\\n\\101" "y"
    nop ; nop # comment`),
);
/** Lines for the body of a macro with parameters p and q, and for calls. */
const inMacro = lineOf(`.long \\p
  .long \\q
  .long 1, \\p + \\q
  li %r3,\\p
  l\\@: nop
  l\\@x\\(): .long l\\@x\\()-.
  .exitm
  .asciz "\\p \\q"
  .if \\p == 5
  .endif
  .ifc \\p,5
  .endif
  .ifb \\q
  .endif`);
const call = word('5 5,6 p=5 q=6,p=7 5,\t6 (1+2),4 "5",6 ,5');

const section = word('.s,"a" .p,"aw" .text.x,"ax" .d,"aw",@progbits .m,"aMS",@progbits,1 .rodata,"a"');
const { block } = fc.letrec<{ lines: string[]; block: string[] }>((tie) => {
  const lines = tie('lines');
  const around = (opens: fc.Arbitrary<string>, inner: fc.Arbitrary<string[]>, closes: string) =>
    tuple(opens, inner).map(([open, within]) => [open, ...within, closes]);
  const halves = tuple(lines, lines).map(([yes, no]) => [...yes, '.else', ...no]);
  const body = tuple(lines, fc.array(inMacro, { minLength: 1, maxLength: 3 })).map(([some, uses]) => [
    ...some,
    ...uses,
  ]);
  return {
    lines: fc
      .array(
        oneof(
          { depthSize: 'small' },
          plain.map((line) => [line]),
          tie('block'),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((list) => list.flat()),
    block: oneof(
      { depthSize: 'small' },
      plain.map((line) => [line]),
      around(
        section.map((name) => `.section ${name}`),
        lines,
        '.previous',
      ),
      around(
        section.map((name) => `.pushsection ${name}`),
        lines,
        '.popsection',
      ),
      around(
        tuple(word('.if .ifeq .ifgt'), number).map((parts) => parts.join(' ')),
        halves,
        '.endif',
      ),
      around(lineOf('.ifdef f\n.ifndef k\n.ifc a,a\n.ifnc a b,a'), lines, '.endif'),
      around(lineOf('.rept 2\n.rept 3-k\n.irp i,1,2\n.irpc i,34'), lines, '.endr'),
      tuple(lineOf('.macro m p, q=3\n.macro m p:req q:vararg\n.macro m p=1,q=2'), body, call).map(
        ([head, within, given]) => [head, ...within, '.endm', `m ${given}`, '.purgem m'],
      ),
    ),
  };
});
const program = fc.record({
  lines: fc
    .array(block, { minLength: 1, maxLength: 5 })
    .map((list) => ['k=1', '1:', '2:', ...list.flat(), '1: 2: x: .Ly:']),
  target: fc.constantFrom(...targets),
});

test('what is taken without a problem is what GNU as makes of it', { skip }, (t) => {
  let taken = 0;
  fc.assert(
    fc.property(program, ({ lines, target }) => {
      const source = `${lines.join('\n')}\n`;
      const nothing = { resolve: () => null, defines: new Map(), offsets: new Map() };
      const ours = assembleSource({ file: 'in.s', text: source, ...nothing, ...target });
      if (ours.problems.length > 0) return;
      const theirs = gnuAssemble(source, target);
      if (typeof theirs === 'string') assert.fail(`GNU as refuses: ${theirs}`);
      taken++;
      assert.deepEqual(differences(ours, theirs), []);
    }),
    { numRuns },
  );
  t.diagnostic(`${taken} of ${numRuns} texts were taken, and equal`);
});
