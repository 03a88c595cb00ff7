/**
 * What is not compared with qemu, one row for each reason: rows that a target lacks or cannot show, and single cases in
 * which qemu (7.2) is wrong. Everything else of the table is compared, on every target.
 */
import type { Fields } from '../../analyzers/power/row.ts';
import type { Execution } from '../../analyzers/power/vector/case.ts';
import { type Form, forms } from './form.ts';
import type { Target } from './harness.ts';

interface Exclusion {
  readonly reason: string;
  readonly targets: readonly Target['name'][];
  /** The rows, by their whole mnemonic. */
  readonly matches: RegExp;
  /** Only forms with these fields (with a `when`, this only says which to name). */
  readonly form?: (fixed: Partial<Fields>) => boolean;
  /** Only where it meets these registers; the row, or form, is compared otherwise. */
  readonly when?: (execution: Execution, earlier: readonly Execution[]) => boolean;
}

const widths: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, d: 8, q: 16 };
const everywhere = ['ppc64le', 'ppc64', 'ppc32'] as const;

export const exclusions: readonly Exclusion[] = [
  { reason: 'calls the kernel, which user mode emulates', targets: everywhere, matches: /^scv?$/ },
  { reason: 'is random', targets: everywhere, matches: /^darn$/ },
  { reason: 'waits for an interrupt, of which user mode has none', targets: everywhere, matches: /^wait$/ },
  {
    reason: "registers that a case does not have, or whose value is the emulator's own (time, version, performance)",
    targets: everywhere,
    matches: /^m[ft]spr$/,
    form: ({ SPR }) => SPR === undefined,
    when: ({ instruction: { fields } }) => !isCompared(fields.SPR),
  },
  {
    reason: 'VRSAVE is there or not, by the model',
    targets: ['ppc32'],
    matches: /^m[ft]spr$/,
    form: ({ SPR }) => SPR === 256,
  },
  {
    reason: 'r0 is loaded and RA is 0: an invalid form (Book I 3.3.7), which qemu takes for none',
    targets: everywhere,
    matches: /^lswx$/,
    when: ({ instruction: { fields }, before: { xer } }) =>
      fields.RA === 0 && fields.RT + Math.ceil((xer & 0x7f) / 4) > 32,
  },
  {
    reason: 'a reservation for another number of bytes: whether it stores is undefined (Book II 4.6.2)',
    targets: everywhere,
    matches: /^st[bhwdq]cx\.$/,
    when: ({ instruction, before: { reservation } }) =>
      reservation?.bytes !== widths[instruction.row.mnemonic.charAt(2)] &&
      reservation !== null &&
      reservation !== undefined,
  },
  {
    reason: 'lqarx makes no reservation in qemu 7.2, so that stqcx. never stores',
    targets: ['ppc64le', 'ppc64'],
    matches: /^stqcx\.$/,
    when: ({ before: { reservation } }) => reservation?.bytes === 16,
  },
  {
    reason: 'its own store after the reservation, over which qemu loses it: it compares the value that was loaded',
    targets: everywhere,
    matches: /^st[bhwdq]cx\.$/,
    when: (_, earlier) => {
      const mnemonics = earlier.map(({ instruction }) => instruction.row.mnemonic);
      const reserved = mnemonics.findLastIndex((mnemonic) => /^l.arx$/.test(mnemonic));
      return reserved >= 0 && mnemonics.slice(reserved).some((mnemonic) => /^(p?st|l[wd]at|dcbz)/.test(mnemonic));
    },
  },
  {
    reason: 'an address of all ones, which is what qemu has for no reservation',
    targets: everywhere,
    matches: /^st[bhwdq]cx\.$/,
    when: ({ instruction: { fields }, before: { gpr } }) => {
      const address = (fields.RA === 0 ? 0n : (gpr[fields.RA] ?? 0n)) + (gpr[fields.RB] ?? 0n);
      return BigInt.asIntN(32, address) === -1n;
    },
  },
  { reason: 'qemu 7.2 does not have it', targets: everywhere, matches: /^(copy|paste\.|icbt)$/ },
  {
    reason: 'qemu 7.2 has the L and SC of before ISA 3.1 only',
    targets: everywhere,
    matches: /^(sync|dcbf)$/,
    form: ({ L = 0, SC = 0 }) => L > 2 || SC > 0,
  },
  {
    reason: 'of ISA 3.0 and 3.1, which no 32-bit processor follows',
    targets: ['ppc32'],
    matches: /^(addex|addpcis|br[hw]|cmprb|cnttzw|cpabort|mod[su]w|pnop|setn?bc?r?)$/,
  },
  {
    reason: 'of ISA 2.02 to 2.07, and no 32-bit CPU of qemu has it',
    targets: ['ppc32'],
    matches: /^(popcnt[bw]|prtyw|cmpb|divweu?|l[bh]arx|st[bh]cx\.)$/,
  },
  { reason: 'the 7447A lacks it; compared on the e500mc', targets: ['ppc32'], matches: /^isel$/ },
  {
    reason: 'an invalid form on 32-bit processors (L=1), which the 7447A takes for L=0',
    targets: ['ppc32'],
    matches: /^cmpl?i?$/,
    form: ({ L }) => L === 1,
  },
  {
    reason: 'signed least and greatest of words: qemu 7.2 compares them zero-extended',
    targets: ['ppc64le', 'ppc64'],
    matches: /^(lwat|stwat)$/,
    form: ({ FC }) => FC === 5 || FC === 7,
  },
  {
    reason: 'the value that says that a bound was met: qemu 7.2 has -2^31 for 2^31 and for 2^63',
    targets: ['ppc64le', 'ppc64'],
    matches: /^l[wd]at$/,
    form: ({ FC = 0 }) => FC >= 24,
  },
  {
    reason: 'gets an alignment interrupt in little-endian mode, over which user mode ends itself',
    targets: ['ppc64le'],
    matches: /^(l|st)(mw|sw[ix])$/,
  },
  {
    reason: 'crosses a 64-byte boundary: an alignment interrupt, over which user mode ends itself',
    targets: ['ppc64le', 'ppc64'],
    matches: /^(p(l|st)[a-z]+|paddi|pnop)$/,
    when: ({ instruction, before }) => instruction.bytes === 8 && before.nia % 64n === 60n,
  },
  {
    reason: 'OV where the quotient needs 64 bits without a sign: qemu does not set it',
    targets: ['ppc64le', 'ppc64'],
    matches: /^divde$/,
    when: ({ instruction: { fields }, before: { gpr } }) => {
      const [dividend, divisor] = [fields.RA, fields.RB].map((register) => BigInt.asIntN(64, gpr[register] ?? 0n));
      if (fields.OE === 0 || dividend === undefined || divisor === undefined || divisor === 0n) return false;
      const quotient = (dividend << 64n) / divisor;
      return quotient >> 63n === 1n || quotient >> 63n === -2n;
    },
  },
];

/** XER, LR, CTR, VRSAVE, TAR; of those of supervisor state (bit 4 of the number) all but time base and version. */
function isCompared(spr: number): boolean {
  return [1, 8, 9, 256, 815].includes(spr) || ((spr & 0x10) !== 0 && (spr < 284 || spr > 287));
}

/** What is left out on a target: the forms, or of which only some cases, by reason. */
export function leftOut(target: Target): { reason: string; forms: readonly string[]; some: boolean }[] {
  if (target.only !== undefined) return [];
  const names = (among: readonly Form[]) => among.map(({ name }) => name);
  return exclusions
    .filter(({ targets }) => targets.includes(target.name))
    .map(({ reason, matches, form = () => true, when }) => ({
      reason,
      forms: names(forms.filter(({ row, fixed }) => matches.test(row.mnemonic) && form(fixed))),
      some: when !== undefined,
    }));
}

/** @returns the reason why a form is never compared, null where it is */
export function exclusionOf({ row: { mnemonic }, fixed }: Form, { name, only }: Target): string | null {
  if (only !== undefined) return only.test(mnemonic) ? null : 'is compared on another CPU';
  const found = exclusions.find(
    ({ targets, matches, form = () => true, when }) =>
      when === undefined && form(fixed) && targets.includes(name) && matches.test(mnemonic),
  );
  return found?.reason ?? null;
}

/** Is this one of the cases that are not compared, of a form that is? */
export function isExcluded(execution: Execution, earlier: readonly Execution[], { name }: Target): boolean {
  const { mnemonic } = execution.instruction.row;
  return exclusions.some(
    ({ targets, matches, when }) =>
      targets.includes(name) && matches.test(mnemonic) && when?.(execution, earlier) === true,
  );
}
