/**
 * The end of an assembly: open fields become numbers where everything is known, relocations where the linker must help.
 * The one idea: what GNU as leaves to the linker, we leave: every reference to a global symbol but a distance within a
 * section, and a local one of another section as that section plus an offset.
 *
 * Example: `bl ftrace_stub`, global, stays R_PPC64_REL24 even though it stands in the same section; `beq 1f` does not.
 */
import type { Assembly, Fixup } from './assembly.ts';
import { partOf, putField, readField, relocationName, relocationOffset, writeField } from './fixup.ts';
import type { SectionBuilder } from './section.ts';
import { evaluate, type Linear, positionOf } from './value.ts';

export interface Relocation {
  /** In the section. */
  readonly offset: number;
  /** R_PPC64_REL24 and so on. */
  readonly kind: string;
  /** A symbol or a section; '' is none. */
  readonly symbol: string;
  readonly addend: bigint;
}

export type Relocations = Map<SectionBuilder, Relocation[]>;

export function settleFixups(assembly: Assembly): Relocations {
  const relocations: Relocations = new Map();
  for (const fixup of assembly.fixups) {
    const outcome = settle(assembly, fixup);
    if (typeof outcome === 'string') assembly.purse.report('fixup', outcome, fixup.origin);
    else if (typeof outcome === 'bigint') put(assembly, fixup, outcome);
    else {
      const list = relocations.get(fixup.section) ?? [];
      relocations.set(fixup.section, list);
      list.push(outcome);
    }
  }
  for (const list of relocations.values()) list.sort((a, b) => a.offset - b.offset);
  return relocations;
}

/** The field's number, or its relocation, or a reason in words. */
function settle(assembly: Assembly, fixup: Fixup): bigint | Relocation | string {
  const value = evaluate(fixup.expression);
  if (value === null) return 'an expression that no field can hold';
  const { section, offset, field, suffix } = fixup;
  const { constant, plus, minus } = value;
  const isRelative = field.startsWith('branch') || suffix.of === 'pcrel';
  if (plus === null && minus === null) {
    if (suffix.of !== '') return `a number with @${suffix.of}`;
    return partOf(constant, suffix.part);
  }
  if (plus === null) return 'a symbol that is only taken away';
  if (plus.name === '' && plus.position === null) return 'a label that is not there';
  if (isRelative && minus === null) {
    const to = plus.binding === 'local' && plus.localEntry === null ? positionOf(plus) : null;
    if (to !== null && to.section === section && ['', 'pcrel'].includes(suffix.of)) {
      return BigInt(to.offset - offset) + constant;
    }
  }
  return relocation(assembly, fixup, { constant, plus, minus });
}

function relocation({ target }: Assembly, fixup: Fixup, value: Linear): Relocation | string {
  const { constant, plus, minus } = value;
  const { section, offset, field, suffix } = fixup;
  const at = offset + relocationOffset(field, target.littleEndian);
  let addend = constant;
  const to = plus?.binding === 'local' ? positionOf(plus) : null;
  if (minus !== null) {
    const from = positionOf(minus);
    if (from === null || from.section !== section) return 'a distance from a symbol of another section';
    addend += BigInt(at - from.offset);
  }
  if (minus !== null && suffix.of !== '') return 'a distance has no place in the TOC or the GOT';
  const kind = relocationName(field, suffix, minus !== null, target.bits);
  if (kind === null || plus === null) return `no relocation for @${suffix.of} ${suffix.part} in this field`;
  if (suffix.of === 'tocbase') return { offset: at, kind, symbol: '', addend };
  // GNU as writes the distance into the field as well; nobody reads it there, and nobody writes such a branch.
  if (fixup.hinted && (to !== null || addend !== 0n)) return 'a branch with a hint to a place of another section';
  const named = keepsName(fixup, value);
  if (named && plus.name === '') return 'a place without a name';
  const [symbol, offsetIn] = to === null || named ? [plus.name, 0] : [to.section.name, to.offset];
  return { offset: at, kind, symbol, addend: BigInt.asIntN(target.bits, addend + BigInt(offsetIn)) };
}

/** A local symbol is said as its section and an offset, but where the linker must know which one is meant. */
function keepsName({ suffix }: Fixup, { constant, plus, minus }: Linear): boolean {
  if (plus === null) return false;
  // It makes the entries of the GOT, and may merge strings: a place behind or before one is said with its name.
  const isMerged = positionOf(plus)?.section.flags.includes('M') === true;
  return suffix.of.startsWith('got') || (isMerged && (constant !== 0n || minus !== null));
}

function put({ target, purse }: Assembly, fixup: Fixup, value: bigint): void {
  const { section, offset, field, range, suffix, origin } = fixup;
  const { littleEndian } = target;
  const word = readField(section.bytes, offset, field, littleEndian);
  const isWhole = field === 'half' && suffix.part === 'all';
  const isOut = isWhole && ((range === 'signed' && value > 0x7fffn) || (range === 'unsigned' && value < 0n));
  const made = isOut ? `${value} does not fit in 16 bits as it is meant` : putField(field, word, value);
  if (typeof made === 'string') purse.report('overflow', made, origin);
  else writeField(section.bytes, offset, field, littleEndian, made);
}
