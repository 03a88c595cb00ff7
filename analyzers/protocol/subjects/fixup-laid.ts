/**
 * Does the tree lay its places, and the entries of its tables, as the rows here have them? What lays them is assembly, which
 * is not run; where its macros say otherwise the runs here would be of a kernel that is none.
 *
 * Example: a patch that gives ENTRY_FLUSH_SLOT a fourth nop, and a fourth store to the C, is not judged by a place of three.
 */
import type { Read } from '../headers.ts';
import type { Section } from './fixup-sections.ts';
import { restOf } from './laid.ts';

const include = 'arch/powerpc/include/asm';

/** @param section null for alternatives; a macro that is not at hand is taken to be as it is known */
export function isLaidAsKnown(read: Read, section: Section | null): boolean {
  if (section === null) return isEntryAsKnown(read(`${include}/feature-fixups.h`) ?? '');
  if (section.id === 'barrier-nospec') return isSlotAsKnown(read(`${include}/barrier.h`) ?? '');
  const marker = `${section.table.replace(/^_|_fixup$/g, '').toUpperCase()}_FIXUP_SECTION`;
  const rest = restOf(read(`${include}/exception-64s.h`) ?? '', `\\b${marker};`);
  if (rest === null) return true;
  const words = rest.split(/[\s;\\]+/).filter((word) => word !== '');
  return words.length === section.words && words.every((word) => word === 'nop');
}

/** NOSPEC_BARRIER_SLOT is one nop of book3s, two of e500. */
function isSlotAsKnown(text: string): boolean {
  const laid = [...text.matchAll(/#\s*define\s+NOSPEC_BARRIER_SLOT\b(.*)/g)].map(([, words]) =>
    words?.replace(/\s/g, ''),
  );
  return laid.length === 0 || laid.join() === 'nop,nop;nop';
}

/** MAKE_FTR_SECTION_ENTRY lays mask, value, and four offsets. */
function isEntryAsKnown(text: string): boolean {
  const rest = restOf(text, '#\\s*define\\s+MAKE_FTR_SECTION_ENTRY\\b');
  if (rest === null) return true;
  const laid = [...rest.matchAll(/\bFTR_ENTRY_(LONG|OFFSET)\s+(?:label##)?(\w+)/g)].map(
    ([, kind, what]) => `${kind}${what}`,
  );
  return laid.join() === 'LONGmsk,LONGval,OFFSET1b,OFFSET2b,OFFSET3b,OFFSET4b';
}
