/**
 * Feature sections, applied as the kernel does at boot (arch/powerpc/lib/feature-fixups.c): code between BEGIN_FTR_SECTION
 * and its end stays where the processor's features say so, else its alternative takes its place, and nops what is left of
 * it. The one idea: the tables that say all this are sections of the linked file, read here as the kernel reads them.
 *
 * Example: on a processor without CPU_FTR_X, what stands before END_FTR_SECTION_IFSET(CPU_FTR_X) are nops.
 */
import { defaultPreprocessLimits } from '../source/budget.ts';
import { evaluateCondition } from '../source/condition.ts';
import type { Place, Problem } from '../source/place.ts';
import { preprocess } from '../source/preprocess.ts';
import type { Resolve } from '../source/reading.ts';
import type { Token } from '../source/token.ts';
import { fromBytes, toBytes } from './fixup.ts';
import type { Linked, LinkedSection } from './link.ts';
import type { Span } from './section.ts';

/** Bits as in asm/cputable.h, asm/mmu.h and asm/firmware.h. */
export interface Features {
  readonly cpu: bigint;
  readonly mmu: bigint;
  readonly firmware: bigint;
}

/** Tables of feature sections, each judged by its own features. */
const tables: Readonly<Record<string, keyof Features>> = {
  __ftr_fixup: 'cpu',
  __mmu_ftr_fixup: 'mmu',
  __fw_ftr_fixup: 'firmware',
};

/** The same file with all feature sections settled; other fixups of the boot are problems, for they are not made here. */
export function applyFeatures(linked: Linked, features: Features, bits: 32 | 64): Linked {
  const problems: Problem[] = [...linked.problems];
  const sections = linked.sections.map((section) => ({ ...section, bytes: section.bytes.slice() }));
  for (const table of sections) {
    if (table.bytes.length === 0 || !table.name.endsWith('_fixup')) continue;
    const kind = tables[table.name];
    if (kind === undefined) {
      problems.push({ kind: 'features', text: `what ${table.name} changes at boot is not known here` });
      continue;
    }
    for (const entry of entriesOf(table, bits, linked.littleEndian)) {
      if ((features[kind] & entry.mask) === entry.value) continue;
      const reason = replace(sections, entry, linked.littleEndian);
      if (reason !== null) problems.push({ kind: 'features', text: `${table.name}: ${reason}` });
    }
  }
  return { ...linked, sections, problems };
}

interface Entry {
  readonly mask: bigint;
  readonly value: bigint;
  readonly start: bigint;
  readonly end: bigint;
  readonly alternative: bigint;
  readonly alternativeEnd: bigint;
}

/** struct fixup_entry: mask, value, and four distances from the entry itself. */
function entriesOf({ address, bytes }: LinkedSection, bits: 32 | 64, littleEndian: boolean): Entry[] {
  const size = bits / 8;
  const entries: Entry[] = [];
  for (let at = 0; at + 6 * size <= bytes.length; at += 6 * size) {
    const field = (index: number) => fromBytes(bytes, at + index * size, size, littleEndian);
    const place = (index: number) => BigInt.asUintN(bits, address + BigInt(at) + field(index));
    entries.push({
      ...{ mask: field(0), value: field(1), start: place(2), end: place(3) },
      ...{ alternative: place(4), alternativeEnd: place(5) },
    });
  }
  return entries;
}

type Patched = LinkedSection & { spans: readonly Span[] };

function replace(sections: Patched[], entry: Entry, littleEndian: boolean): string | null {
  const { start, end, alternative, alternativeEnd } = entry;
  const section = sectionAt(sections, start, end);
  const other = sectionAt(sections, alternative, alternativeEnd);
  if (section === null || other === null) return 'a feature section is not placed';
  if (alternativeEnd - alternative > end - start) return 'an alternative is longer than what it replaces';
  const spans: Span[] = [];
  for (let address = start; address < end; address += 4n) {
    const from = alternative + (address - start);
    const at = Number(address - section.address);
    let word = 0x60000000;
    if (from < alternativeEnd) {
      const copied = Number(fromBytes(other.bytes, Number(from - other.address), 4, littleEndian));
      const moved = translate(copied, from, address, entry);
      if (moved === null) return 'a branch of an alternative does not reach';
      word = moved;
      spans.push({ offset: at, origin: originAt(other.spans, Number(from - other.address)) });
    } else spans.push({ offset: at, origin: originAt(section.spans, at) });
    section.bytes.set(toBytes(BigInt(word), 4, littleEndian), at);
  }
  const [first, behind] = [Number(start - section.address), Number(end - section.address)];
  section.spans = [
    ...section.spans.filter(({ offset }) => offset < first),
    ...spans,
    { offset: behind, origin: originAt(section.spans, behind) },
    ...section.spans.filter(({ offset }) => offset > behind),
  ];
  return null;
}

const sectionAt = (sections: Patched[], from: bigint, to: bigint) =>
  sections.find(({ address, bytes }) => from >= address && to >= from && to <= address + BigInt(bytes.length)) ?? null;

const originAt = (spans: readonly Span[], offset: number): readonly Place[] =>
  spans.findLast((span) => span.offset <= offset)?.origin ?? [];

/** A relative branch out of the alternative still goes where it went; null where it cannot. */
function translate(word: number, from: bigint, to: bigint, { alternative, alternativeEnd }: Entry): number | null {
  const opcode = word >>> 26;
  const width = opcode === 18 ? 26 : opcode === 16 ? 16 : 0;
  if (width === 0 || (word & 2) !== 0) return word;
  const mask = 2 ** width - 4;
  const target = from + BigInt.asIntN(width, BigInt(word & mask));
  if (target >= alternative && target <= alternativeEnd) return word;
  const displacement = target - to;
  if (BigInt.asIntN(width, displacement) !== displacement) return null;
  return ((word & ~mask) | Number(BigInt.asUintN(width, displacement))) >>> 0;
}

/** Processors and what firmware lends them, the newest first: the first one the tree's headers know is taken. */
const processors = {
  64: ['POWER10', 'POWER9', 'POWER8'],
  32: ['7447A', '74XX', '750'],
} as const;

export interface FeatureOptions {
  readonly resolve: Resolve;
  readonly defines: ReadonlyMap<string, string>;
  readonly bits: 32 | 64;
}

/** Features of a processor of today on bare metal, by the tree's own headers; a header that is missing gives none. */
export function currentFeatures({ resolve, defines, bits }: FeatureOptions): Features {
  // 32-bit Book3S has no macro for what its MMU can do; cputable.c names these two for the processors above.
  const none = bits === 64 ? '0' : 'MMU_FTR_HPTE_TABLE | MMU_FTR_USE_HIGH_BATS';
  const choice = (prefix: string, otherwise: string) => [
    ...processors[bits].map((name, at) => `#${at === 0 ? '' : 'el'}if defined(${prefix}${name})\n${prefix}${name}`),
    `#else\n${otherwise}\n#endif`,
  ];
  const text = [
    '#include <asm/cputable.h>\n#include <asm/mmu.h>\n#include <asm/firmware.h>',
    ...['features_of:', ...choice('CPU_FTRS_', '0'), 'features_of:', ...choice('MMU_FTRS_', none)],
    ...['features_of:', bits === 64 ? 'FW_FEATURE_OPAL\n' : '0\n'],
  ].join('\n');
  const { tokens } = preprocess({
    ...{ file: 'features', text, defines, limits: defaultPreprocessLimits },
    resolve: (path, form, from) => (headers.has(path) ? resolve(path, form, from) : null),
  });
  const [cpu, mmu, firmware] = valuesOf(tokens);
  return { cpu: cpu ?? 0n, mmu: mmu ?? 0n, firmware: firmware ?? 0n };
}

const headers: ReadonlySet<string> = new Set([
  ...['asm/cputable.h', 'asm/mmu.h', 'asm/firmware.h', 'asm/asm-const.h', 'uapi/asm/cputable.h'],
]);

/** The expressions behind each `features_of:`. */
function valuesOf(tokens: readonly Token[]): bigint[] {
  const starts = tokens.flatMap(({ text }, at) => (text === 'features_of' ? [at] : []));
  return starts.map((start, index) => {
    const condition = evaluateCondition(tokens.slice(start + 2, starts[index + 1]));
    return 'value' in condition ? BigInt.asUintN(64, condition.value) : 0n;
  });
}
