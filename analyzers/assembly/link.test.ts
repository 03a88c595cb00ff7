/**
 * Relocations put in, against GNU ld: the same text assembled and linked at the same addresses gives the same bytes.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { gnuAbsent, gnuLink } from '../../bot/entry/gnu-as.ts';
import { assembleSource } from './assemble.ts';
import { layOut, link, wordsOf } from './link.ts';

const skip = gnuAbsent !== null && `not installed: ${gnuAbsent}`;

const targets = {
  le64: { bits: 64, littleEndian: true, at: 0xc000000000010000n, toc: 0xc000000001238000n },
  be64: { bits: 64, littleEndian: false, at: 0xc000000000010000n, toc: 0xc000000001238000n },
  be32: { bits: 32, littleEndian: false, at: 0xc0010000n, toc: null },
} as const;
type Name = keyof typeof targets;

function assemble(text: string, name: Name) {
  const nothing = { resolve: () => null, defines: new Map(), offsets: new Map() };
  return assembleSource({ file: 'in.s', text, ...nothing, ...targets[name] });
}

/** `near` and `far` are symbols of other files, the one in reach of a branch. */
function same(text: string, names: readonly Name[] = ['le64', 'be64', 'be32']): void {
  for (const name of names) {
    const { at, toc, ...target } = targets[name];
    const symbols = new Map([
      ['near', at + 0x2340n],
      ['far', at + 0x3456788n],
      ...(toc === null ? [] : [['.TOC.', toc] as const]),
    ]);
    const assembled = assemble(text, name);
    const sections = layOut(assembled, at);
    const theirs = gnuLink(text, { ...target, sections, symbols });
    if (typeof theirs === 'string') assert.fail(`${name}: GNU refuses\n${text}\n${theirs}`);
    const ours = link(assembled, { sections, toc, addressOf: (wanted) => symbols.get(wanted) ?? null });
    assert.deepEqual([...assembled.problems, ...ours.problems], []);
    for (const section of ours.sections) {
      if (section.bytes.length === 0) continue;
      assert.deepEqual(
        Buffer.from(section.bytes).toString('hex'),
        Buffer.from(theirs.get(section.name) ?? []).toString('hex'),
        `${name} ${section.name}\n${text}`,
      );
    }
  }
}

test('branches', { skip }, () => {
  same('.globl f\nf: bl f; bl near; b near+8; beq near; bl 1f\n.section .x,"ax"\n1: b f; bl near');
});

test('parts of addresses', { skip }, () => {
  same('lis 3,far@ha; addi 3,3,far@l; lis 4,far@h; ori 4,4,far@l; lwz 5,far@l(3)', ['be32']);
  same('0: mflr 3; addis 3,3,(far-0b)@ha; addi 3,3,(far-0b)@l; .data; x: .long far-x+4');
  same('lis 3,far@highest; ori 3,3,far@higher; oris 3,3,far@high; ori 3,3,far@l; lis 3,far@higha; lis 3,far@highesta', [
    'le64',
    'be64',
  ]);
  same('addis 3,2,far@toc@ha; addi 3,3,far@toc@l; ld 4,far@toc@l(3); lwz 4,far@toc@l(3)', ['le64', 'be64']);
  same('pla 3,far@pcrel; plwz 4,near@pcrel; pla 5,1f@pcrel; .data; 1: .quad 1b, far, far-.', ['le64']);
});

test('functions with two entries, and with descriptors', { skip }, () => {
  same(
    '.globl f\n.type f,@function\nf:\n0: addis 2,12,(.TOC.-0b)@ha; addi 2,2,(.TOC.-0b)@l; .localentry f,.-f; bl f; nop; .data; .quad f',
    ['le64'],
  );
  const { at } = targets.be64;
  const text =
    '.globl f\n.globl .f\n.pushsection ".opd","aw"\nf: .quad .f, .TOC.@tocbase, 0\n.popsection\n nop\n.f: bl f; blr; .data; .quad f';
  const assembled = assemble(text, 'be64');
  const { sections, symbols, problems, littleEndian } = link(assembled, {
    sections: layOut(assembled, at),
    toc: 0x8000n,
    addressOf: () => null,
  });
  assert.deepEqual(problems, []);
  const words = (name: string) =>
    sections.filter((one) => one.name === name).flatMap((one) => wordsOf(one, littleEndian).map(({ word }) => word));
  assert.deepEqual(words('.text'), [0x60000000, 0x48000001, 0x4e800020], 'the call enters at .f');
  assert.deepEqual(words('.data'), [0xc0000000, 0x00010014], 'the pointer is that of the descriptor');
  assert.deepEqual(words('.opd'), [0xc0000000, 0x00010004, 0, 0x8000, 0, 0]);
  assert.deepEqual(symbols.get('f'), { address: at + 0x14n, call: at + 4n });
});

test('what cannot be linked is named with its line', () => {
  const problems = (text: string, name: Name = 'le64') => {
    const assembled = assemble(text, name);
    const addressOf = (wanted: string) => (wanted === 'away' ? 0x10000000n : null);
    return link(assembled, { sections: layOut(assembled, 0n), toc: null, addressOf }).problems.map(
      ({ text, at }) => `${text} (${at?.line})`,
    );
  };
  assert.deepEqual(problems('nop\nbl nowhere'), ['R_PPC64_REL24 nowhere: not to be found (2)']);
  assert.deepEqual(problems('bl away'), ['R_PPC64_REL24 away: 268435456 does not fit in 26 bits (1)']);
  assert.deepEqual(problems('addis 3,2,away@toc@ha'), ['R_PPC64_TOC16_HA away: there is no TOC (1)']);
});

test('a word knows the line of the file, and behind it the lines of macros', () => {
  const assembled = assemble('.macro m\n nop\n trap\n.endm\nnop\n m\n', 'be32');
  const { sections } = link(assembled, { sections: layOut(assembled, 0n), toc: null, addressOf: () => null });
  const origins = sections
    .flatMap((section) => wordsOf(section, false))
    .map(({ origin }) => origin.map(({ line }) => line));
  assert.deepEqual(origins, [[5], [6, 2], [6, 3]]);
});
