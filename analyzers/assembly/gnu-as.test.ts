/**
 * Small texts in the kernel's style, against GNU as: sections, bytes, relocations and symbols are the same, or both refuse.
 * Skips, saying so, where binutils or gcc are not installed.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { differences } from '../../bot/entry/compare.ts';
import { gnuAbsent, gnuAssemble } from '../../bot/entry/gnu-as.ts';
import { assembleSource } from './assemble.ts';

const skip = gnuAbsent !== null && `not installed: ${gnuAbsent}`;

const targets = {
  le64: { bits: 64, littleEndian: true },
  be64: { bits: 64, littleEndian: false },
  be32: { bits: 32, littleEndian: false },
} as const;
type Name = keyof typeof targets;

function assemble(text: string, name: Name) {
  const nothing = { resolve: () => null, defines: new Map(), offsets: new Map() };
  return assembleSource({ file: 'in.s', text, ...nothing, ...targets[name] });
}

/** Ours is what GNU as makes of it. */
function same(text: string, names: readonly Name[] = ['le64', 'be64', 'be32']): void {
  for (const name of names) {
    const theirs = gnuAssemble(text, targets[name]);
    if (typeof theirs === 'string') assert.fail(`${name}: GNU as refuses\n${text}\n${theirs}`);
    assert.deepEqual(differences(assemble(text, name), theirs), [], `${name}\n${text}`);
  }
}

/** Neither takes it. */
function refused(text: string, kind: string, name: Name = 'le64'): void {
  const theirs = gnuAssemble(text, targets[name]);
  assert.equal(typeof theirs, 'string', `GNU as takes\n${text}`);
  assert.equal(assemble(text, name).problems[0]?.kind, kind, text);
}

test('labels, branches and what is left to the linker', { skip }, () => {
  same('f:\tbl f\n\tbeq f\n\tb 1f\n1:\tb 1b\n2: b 2b; b .; b .+8; b $-4');
  same('bne- 0,.+8; beq+ f', ['le64', 'be64']);
  same('.globl f\nf: bl f; bl g; beq g; bl 1f\n.section x,"ax"\n1: b f');
  same('1: nop\n1: b 1b; b 1f\n1: nop\n01: b 1b');
  same('bdnz 0f\n0: bcl 20,31,$+4; b 0b; bc 12,4*1+eq,0b; crclr 6; crset 4*7+so');
  same('mtcrf 0x80,3; mtcrf 0x81,3; mtcrf 255,3; mtocrf 1,3; mtcr 3');
});

test('parts of addresses', { skip }, () => {
  same('lis 3,x@ha; addi 3,3,x@l; lis 4,x@h; ori 4,4,x@l; lwz 5,x@l(3); lwz 5,x+8@l(3)');
  same('lis 3,x-0xc0000000@h; lis 3,(x-0xc0000000)@ha; addi 3,3,x-8@l');
  same('.data\ny: .long 1\n.text\n lis 3,y@ha\n addi 3,3,y@l');
  same('lis 3,0x12348765@ha; addi 3,3,0x12348765@l; lis 4,0x89abcdef@h; ori 4,4,0x89abcdef@l');
  same('addis 3,2,x@toc@ha; addi 3,3,x@toc@l; ld 4,x@toc@l(3); ld 5,x@got(2)', ['le64', 'be64']);
  same('lis 3,x@highest; ori 3,3,x@higher; sldi 3,3,32; oris 3,3,x@high; ori 3,3,x@l', ['le64', 'be64']);
  same('bcl 20,31,$+4\n0: mflr 3; addis 3,3,(x-0b)@ha; addi 3,3,(x-0b)@l');
  same('pla 3,x@pcrel; pld 4,x@got@pcrel; bl x@notoc', ['le64']);
  same('.rept 15; nop; .endr; pla 3,1f@pcrel; 1: nop', ['le64']);
});

test('numbers', { skip }, () => {
  same('.long 1+2*3, 7&3+1, 1<<2+3, 0x10|1, ~0, -1>>60, !5, 10%4, -7/2, 010, 0b101');
  same('.long 1==1, 2<1, 1<>2, 3>=3, 1&&2, 0||0, (1+2)*3, 5^1');
  same(".byte 'a, 'b', 1, 255, -1\n.short 1, 0xffff\n.4byte 1f-., .-4\n1: .8byte 1b-., 5", ['le64', 'be64']);
  same('.set a,5\nb=a+1\n.long a,b\na=b*2\n.long a\n.equ c,a\n.long c');
  same('.long k+1; .set k,4; .long k; .set k,5; .long k\n.data\nk2=f; .long k2; k2=g; .long k2');
  same('li 3,2f-1f\n1: nop\n2: nop\n .if 2b-1b == 4\n li 4,1\n .else\n li 4,2\n .endif');
});

test('sections', { skip }, () => {
  same('nop\n.data\n.long 1\n.previous\nnop\n.pushsection .x,"aw",@progbits\n.long 2\n.popsection\nnop');
  same('.section .init.x,"ax"; nop; .section .y,"a"; .byte 1; .previous; nop; .text; .bss; .space 8');
  same('.pushsection .a,"a"; .pushsection .b,"a"; .byte 1; .popsection; .byte 2; .previous; nop; .popsection; nop');
  same('1: nop\n.section __bug_table,"aw"\n2: .4byte 1b-., 3f-.\n.short 7,1\n.org 2b+16\n.previous\n3: nop');
});

test('filling', { skip }, () => {
  same('nop\n.align 3\nnop\n.balign 16\nnop\n.data\n.byte 1\n.align 2\n.byte 2\n.p2align 3,5\n.byte 3');
  same('.data\n.space 3\n.skip 2,9\n.zero 1\n.ascii "a" "b\\0", "c\\n"\n.asciz "d\\"e" "f"\n.string "\\x41\\101"');
});

test('gaps in code', { skip }, () => {
  same(
    'nop\n.p2align 4\nnop\n.p2align 5\nnop\n.p2align 6\n.byte 1\n.p2align 3\nnop\n.byte 1,2\n.p2align 6\nnop\n.balign 8,7',
  );
  same('nop\n.p2align 6,,4\nnop\n.balign 8,,8\n. = 0x20\nnop\n. = . + 8\n.org 0x40,1\nnop');
});

test('symbols', { skip }, () => {
  same(
    '.globl f\n.type f,@function\nf: nop\n.size f,.-f\n.weak w\nw: nop\nbl w\n.type d, @object\nd: nop\n.type n STT_FUNC\nn: nop\n.type o,"object"\no: subi 3,3,4',
  );
  same('.globl f\n.type f,@function\nf:\n0: addis 2,12,(.TOC.-0b)@ha; addi 2,2,(.TOC.-0b)@l; .localentry f,.-f; bl f', [
    'le64',
  ]);
  same('.globl .f\n.pushsection ".opd","aw"\nf: .quad .f, .TOC.@tocbase, 0\n.popsection\n.f: bl g; blr', ['be64']);
  same('.section .toc,"aw"\n.byte 1\n.tc d[TC],d\n.data\nd: .long 1\n.text\nld 3,d@got(2)\naddis 3,2,d@toc@ha', [
    'le64',
    'be64',
  ]);
  same('.section .s,"aMS",@progbits,1\ns: .asciz "x"\n.data\n.long s, s+1, s-.');
  same('.stabs "f:F-1",36,0,0,f\n.globl f\nf: blr\n.stabs "g:F-1",36,0,0,g\ng: blr', ['be32']);
});

test('macros', { skip }, () => {
  same('.macro m a, b=2, c:req\n.long \\a, \\b, \\c\n.endm\nm 1,,3\nm a=4,c=5\n m 6 7 8\n m c=(1 + 2), b=1, a=9');
  same('.macro m a:vararg\n.long \\a\n.endm\nm 1, 2, 3');
  same('.macro lab n\n l\\n\\()x: .long \\@\n.endm\nlab 1\nlab 2\n LAB 3');
  same(
    '.macro op o, w, from, to, base, off\n.Lr=\\from\n.rept (\\to - \\from + 1)\n \\o .Lr, \\off + \\w * .Lr(\\base)\n.Lr=.Lr+1\n.endr\n.endm\nop std, 8, 3, 10, %r1, 112',
    ['le64', 'be64'],
  );
  same('.macro s t\n.asciz "\\t"\n.endm\ns "a;b # c"\n s d');
  same(
    '.macro q x\n.ifc \\x,a\n.long 1\n.exitm\n.endif\n.long 2\n.endm\nq a\nq b\n.irp i,1,2,3\n.long \\i\n.endr\n.irpc i,45\n.byte \\i\n.endr',
  );
  same(
    '.macro r x, n\n.if (\\n) >= 0x8000 || (\\n) < -0x8000\n lis \\x,(\\n)@h\n.if (\\n) & 0xffff != 0\n ori \\x,\\x,(\\n)@l\n.endif\n.else\n li \\x,(\\n)@l\n.endif\n.endm\nr 3,0x12345678; r 4,-5; r 5,0x50000; r 6,-0x12345678',
    ['be64'],
  );
  same(
    '.macro out\n.macro in v\n.long \\v\n.endm\n.endm\nout\nin 7\n.purgem in\n.macro in v\n.long \\v+1\n.endm\nin 7',
  );
});

test('conditionals', { skip }, () => {
  same('.if 0\n nonsense here (\n.elseif 1\n nop\n.else\n.if 1\n.endif\n trap\n.endif');
  same(
    '.ifdef x\n.long 1\n.endif\nx=1\n.ifdef x\n.long 2\n.endif\n.ifndef y\n.long 3\n.endif\n.ifgt 2-1\n.long 4\n.endif',
  );
  same(
    '.ifc a b,a b\n.long 1\n.endif\n.ifnc a,b\n.long 2\n.endif\n.ifb \n.long 3\n.endif\n.ifnb x\n.long 4\n.endif\n.ifeq 0\n.long 5\n.endif',
  );
});

test('refused by both', { skip }, () => {
  refused('nonsense 3,4', 'instruction');
  refused('.nonsense', 'directive');
  refused('b 1f', 'symbol');
  refused('.if x\n.endif', 'condition');
  refused('f: nop\nf: nop', 'symbol');
  refused('.macro m a:req\n.endm\nm', 'macro');
  refused('.macro m\n.endm\nm 1', 'macro');
  refused('x=y-z', 'symbol');
  refused('.quad x', 'fixup', 'be32');
  refused('lmw 13,0(1)', 'instruction');
  refused('.rept x\n.endr', 'repetition');
  refused('.error "no"', 'error-directive');
  refused('ld 3,2(1)', 'instruction');
});
