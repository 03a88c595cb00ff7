/**
 * Feature sections of our own, settled as the kernel's boot settles them: kept, taken away, exchanged; with their lines.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { disassemble } from '../power/text.ts';
import { assembleSource } from './assemble.ts';
import { applyFeatures, currentFeatures, type Features } from './features.ts';
import { layOut, link, wordsOf } from './link.ts';

/** Two features of the processor, in the shape of asm/feature-fixups.h. */
const macros = `
#define BEGIN 1:
#define ELSE 2: .pushsection __ftr_alt,"a"; 3:
#define END(mask, value, long) 4: .popsection; .pushsection __ftr_fixup,"a"; \\
  5: long mask, value; long 1b-5b, 2b-5b, 3b-5b, 4b-5b; .popsection
`;

interface Case {
  readonly text: string;
  readonly features?: Partial<Features>;
  readonly bits?: 32 | 64;
}

function settled({ text, features = {}, bits = 64 }: Case) {
  const long = bits === 64 ? '.8byte' : '.long';
  const assembled = assembleSource({
    ...{ file: 'a.S', text: `${macros}#define LONG ${long}\n#line 1\n${text}`, bits, littleEndian: bits === 64 },
    ...{ resolve: () => null, defines: new Map(), offsets: new Map() },
  });
  const linked = link(assembled, { sections: layOut(assembled, 0x1000n), toc: null, addressOf: () => 0x2000n });
  const { sections, problems, littleEndian } = applyFeatures(
    linked,
    { cpu: 0n, mmu: 0n, firmware: 0n, ...features },
    bits,
  );
  assert.deepEqual(assembled.problems, []);
  const words = sections.filter(({ name }) => name === '.text').flatMap((section) => wordsOf(section, littleEndian));
  return { words, problems: problems.map((problem) => problem.text) };
}

/** The instructions of .text, as they are run. */
function check(given: Case, expected: readonly string[]): void {
  const { words, problems } = settled(given);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    words.map(({ address, word }) => disassemble(word, address)),
    expected,
    given.text,
  );
}

const plain = 'BEGIN\nli 3,1\nli 4,1\nELSE\nEND(2, 2, LONG)\nblr';
const either = 'BEGIN\nli 3,1\nli 4,1\nELSE\nli 5,2\nEND(6, 2, LONG)\nblr';

test('kept where the features say so, else taken away or exchanged', () => {
  check({ text: plain, features: { cpu: 2n } }, ['li r3,1', 'li r4,1', 'blr']);
  check({ text: plain }, ['nop', 'nop', 'blr']);
  check({ text: either, features: { cpu: 2n } }, ['li r3,1', 'li r4,1', 'blr']);
  check({ text: either, features: { cpu: 6n } }, ['li r5,2', 'nop', 'blr']);
  check({ text: either, bits: 32 }, ['li r5,2', 'nop', 'blr']);
  check({ text: plain.replaceAll('2,', '0,'), features: { cpu: 2n } }, ['li r3,1', 'li r4,1', 'blr']);
});

test('a branch out of the alternative goes where it went, one inside stays', () => {
  check({ text: 'BEGIN\nnop\nnop\nELSE\nb 9f\nbeq 9f\nEND(2, 2, LONG)\n9: blr' }, ['b 0x1008', 'beq 0x1008', 'blr']);
  check({ text: 'BEGIN\nnop\nnop\nELSE\nb .+4\nbl away\nEND(2, 2, LONG)' }, ['b 0x1004', 'bl 0x2000']);
});

test('the mmu and the firmware have tables of their own', () => {
  for (const [name, table] of [
    ['mmu', '__mmu_ftr_fixup'],
    ['firmware', '__fw_ftr_fixup'],
  ] as const) {
    const text = `#define __ftr_fixup ${table}\n${plain}`;
    check({ text, features: { [name]: 2n } }, ['li r3,1', 'li r4,1', 'blr']);
    check({ text, features: { cpu: 2n } }, ['nop', 'nop', 'blr']);
  }
});

test('what was exchanged has the lines of the alternative', () => {
  const lines = settled({ text: either }).words.map(({ origin }) => origin[0]?.line);
  const first = lines[0] ?? 0;
  assert.deepEqual(
    lines.map((line) => (line ?? 0) - first),
    [0, -2, 2],
    'the nop is where the second li was',
  );
});

test('what cannot be settled is named', () => {
  const { problems } = settled({ text: 'BEGIN\nnop\nELSE\nnop\nnop\nEND(2, 2, LONG)' });
  assert.deepEqual(problems, ['__ftr_fixup: an alternative is longer than what it replaces']);
  const other = settled({ text: '1: nop; .pushsection __lwsync_fixup,"a"; 2: .8byte 1b-2b; .popsection' });
  assert.deepEqual(other.problems, ['what __lwsync_fixup changes at boot is not known here']);
});

test('features of a processor of today come from the headers of the tree', () => {
  const headers: Readonly<Record<string, string>> = {
    'asm/cputable.h':
      '#define A 1UL\n#define CPU_FTRS_POWER9 (A | 8UL)\n#define CPU_FTRS_POWER8 2UL\n#define CPU_FTRS_750 16',
    'asm/mmu.h': '#define MMU_FTRS_POWER9 4 | A\n#define MMU_FTR_HPTE_TABLE 32\n#define MMU_FTR_USE_HIGH_BATS 64',
    'asm/firmware.h': '#define FW_FEATURE_OPAL 0x80',
  };
  const resolve = (path: string) => (headers[path] === undefined ? null : { file: path, text: headers[path] });
  const defines = new Map<string, string>();
  assert.deepEqual(currentFeatures({ resolve, defines, bits: 64 }), { cpu: 9n, mmu: 5n, firmware: 128n });
  assert.deepEqual(currentFeatures({ resolve, defines, bits: 32 }), { cpu: 16n, mmu: 96n, firmware: 0n });
  assert.deepEqual(currentFeatures({ resolve: () => null, defines, bits: 64 }), { cpu: 0n, mmu: 0n, firmware: 0n });
});
