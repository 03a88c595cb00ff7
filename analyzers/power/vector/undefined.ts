/**
 * Which bits of a result the ISA leaves undefined, one row for each reason. An implementation may put anything there, so
 * that nothing which depends on them can be compared.
 *
 * Example: `mulhw r3,r4,r5` leaves r3[0:31] undefined on a 64-bit processor; `mulhw.` CR0's LT, GT and EQ as well.
 */
import type { Instruction } from '../code.ts';
import type { Mode, Registers } from '../processor.ts';
import type { Fields } from '../row.ts';

type Bits = readonly (readonly [register: string, mask: bigint])[];

interface Rule {
  readonly mnemonics: readonly string[];
  readonly bits: (fields: Fields, before: Registers, mode: Mode) => Bits;
}

const all = (1n << 64n) - 1n;
const upperWord = 0xffffffffn << 32n;
const ltGtEq = 0xe0000000n;

/** A result and what a record form makes of it. */
const result = ({ RT, Rc }: Fields, mask: bigint): Bits => [
  [`r${RT}`, mask],
  ...(Rc === 1 ? ([['cr', ltGtEq]] as const) : []),
];

const rules: readonly Rule[] = [
  // Book I 3.3.9: "RT[0:31] are undefined"; CR0 bits 0:2 are then undefined in 64-bit mode.
  {
    mnemonics: ['mulhw', 'mulhwu', 'divw', 'divwu', 'divwe', 'divweu', 'modsw', 'moduw'],
    bits: (fields, _, { bits }) => (bits === 64 ? result(fields, upperWord) : []),
  },
  // Book I 3.3.9: a quotient that does not fit, or does not exist.
  ...([32, 64] as const).flatMap((width): Rule[] => {
    const letter = width === 32 ? 'w' : 'd';
    const over =
      (signed: boolean, extended: boolean): Rule['bits'] =>
      (fields, { gpr }) => {
        const read = signed ? BigInt.asIntN : BigInt.asUintN;
        const [dividend, divisor] = [read(width, gpr[fields.RA] ?? 0n), read(width, gpr[fields.RB] ?? 0n)];
        const quotient = divisor === 0n ? null : (extended ? dividend << BigInt(width) : dividend) / divisor;
        return quotient === null || quotient !== read(width, quotient) ? result(fields, all) : [];
      };
    return [
      { mnemonics: [`div${letter}`, `mods${letter}`], bits: over(true, false) },
      { mnemonics: [`div${letter}u`, `modu${letter}`], bits: over(false, false) },
      { mnemonics: [`div${letter}e`], bits: over(true, true) },
      { mnemonics: [`div${letter}eu`], bits: over(false, true) },
    ];
  }),
  // Book I 3.3.17: the fields that are not named.
  {
    mnemonics: ['mfocrf'],
    bits: ({ RT, FXM }) => [[`r${RT}`, all & ~(0xfn << BigInt(4 * Math.log2(FXM)))]],
  },
  // Book I 3.2.2: OV32 and CA32 are reserved before ISA 3.0, which no 32-bit implementation follows.
  {
    mnemonics: ['mtspr'],
    bits: ({ SPR, RS }, { gpr }, { bits }) =>
      bits === 32 && SPR === 1 ? [['xer', (gpr[RS] ?? 0n) & 0x000c0000n]] : [],
  },
  // Book I 3.3.7: a string of no bytes.
  { mnemonics: ['lswx'], bits: ({ RT }, { xer }) => ((xer & 0x7f) === 0 ? [[`r${RT}`, all]] : []) },
];

const rulesOf = new Map(
  rules
    .flatMap(({ mnemonics }) => mnemonics)
    .map((mnemonic) => [mnemonic, rules.filter(({ mnemonics }) => mnemonics.includes(mnemonic))]),
);

/** @param before the registers before it is executed */
export function undefinedBits({ row, fields }: Instruction, before: Registers, mode: Mode): Map<string, bigint> {
  const found = new Map<string, bigint>();
  for (const { bits } of rulesOf.get(row.mnemonic) ?? [])
    for (const [register, mask] of bits(fields, before, mode)) {
      if (mask !== 0n) found.set(register, (found.get(register) ?? 0n) | mask);
    }
  return found;
}
