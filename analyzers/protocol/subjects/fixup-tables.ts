/**
 * The tables of feature fixups, which the linker puts together: where each lies, and the calls of the driver that fill it.
 * The one idea: an entry holds offsets from itself, as the kernel's macros make it.
 *
 * Example: `__start___rfi_flush_fixup` has a word for A and a word for B; all other tables end where they start.
 */
import { call } from '../entry-points.ts';
import type { Action } from '../image.ts';
import type { CallSite } from '../protocol.ts';
import type { Site, Text } from '../world.ts';
import type { Alternative } from './fixup-alternatives.ts';
import { driver, tables } from './fixup-driver.ts';
import type { Section } from './fixup-sections.ts';

export interface Table {
  /** Behind `__start__`. */
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly entries: readonly Action[];
}

interface Places {
  readonly sites: readonly Site[];
  /** null: the alternatives count. */
  readonly section: Section | null;
  readonly alternatives: readonly Alternative[];
  /** By site, where the alternatives stand. */
  readonly elsewhere: readonly (readonly Text[])[];
}

/** The feature that alternatives are about: of A the stretch is for processors that have it, of B for those that have not. */
export const feature = 1n;

const tableBytes = 0x200;
export const tablesBytes = tables.length * tableBytes;

/** Where 32 bits reach the text. */
const firstTable = (siteKind: CallSite['kind'], bits: 32 | 64) =>
  siteKind === 'module'
    ? bits === 64
      ? 0xc008000000040000n
      : 0xc8040000n
    : bits === 64
      ? 0xc000000003005000n
      : 0xc3005000n;

export function tablesOf(places: Places, siteKind: CallSite['kind'], bits: 32 | 64): readonly Table[] {
  return tables.map((name, index) => {
    const start = firstTable(siteKind, bits) + BigInt(index * tableBytes);
    const entries: Action[] = [];
    let end = start;
    for (const { bytes, make } of entriesOf(places, name, bits)) {
      entries.push(make(end));
      end += bytes;
    }
    return { name, start, end, entries };
  });
}

interface Entry {
  readonly bytes: bigint;
  readonly make: (at: bigint) => Action;
}

function entriesOf({ sites, section, alternatives, elsewhere }: Places, table: string, bits: 32 | 64): Entry[] {
  const long = BigInt(bits / 8);
  return sites.flatMap(({ entry }, site): Entry[] => {
    const stretch = (one: { readonly at: number; readonly words: number }) => {
      const start = entry + BigInt(one.at);
      return [start, start + BigInt(4 * one.words)] as const;
    };
    if (section !== null) {
      if (section.table !== table) return [];
      const [start, end] = stretch(section);
      return section.id === 'btb-flush'
        ? [{ bytes: 2n * long, make: (at) => call(driver.stretch, at, start, end) }]
        : [{ bytes: long, make: (at) => call(driver.place, at, start) }];
    }
    return alternatives.flatMap((one, index): Entry[] => {
      const text = elsewhere[site]?.[index];
      if (one.table !== table || text === undefined) return [];
      const wanted = site === 0 ? feature : 0n;
      const end = text.address + BigInt(4 * text.words.length);
      const make = (at: bigint) => call(driver.alternative, at, feature, wanted, ...stretch(one), text.address, end);
      return [{ bytes: 6n * long, make }];
    });
  });
}
