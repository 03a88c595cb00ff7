/**
 * A function with feature sections: each is a stretch of it with an alternative elsewhere, which takes its place where the
 * features are not those that the stretch is for (asm/feature-fixups.h: BEGIN_FTR_SECTION, FTR_SECTION_ELSE, …). The one
 * idea: a branch that is not moved as it has to be, a word too few or too many, leads to a trap or loses a register.
 *
 * Example: with all alternatives in place a task comes to A+52, by a conditional branch that was moved; without, never.
 */
import type { Profile } from '../profiles.ts';

export interface Alternative {
  /** The linker's table of such stretches: its name behind `__start__`. */
  readonly table: '_ftr_fixup' | '_mmu_ftr_fixup' | '_fw_ftr_fixup';
  /** Byte offset of the stretch in the function, and its words. */
  readonly at: number;
  readonly words: number;
  /** Lines; `@32` is the function's word at that offset. */
  readonly lines: readonly string[];
}

/** Where a task comes by when the alternatives are in place. */
export const alternativeGoal = 52;

const common = [
  'addi r14,r14,1',
  ...['addi r14,r14,-1', 'b .+16', 'nop', 'nop'], // 4
  'trap',
  'b .+12', // 24
  'trap',
  'addi r14,r14,-1', // 32
  ...['b .+20', 'nop', 'nop'], // 36
  'trap',
  'addi r14,r14,1', // 52
  ...['addi r14,r14,1', 'addi r14,r14,-1', 'nop'], // 56
  ...['b .+12', 'nop'], // 68
  'addi r14,r14,-1', // 76: of what was added at 52
] as const;
const prefixedAt = 4 * common.length;

/** One of its own array for each kind, so that the function tells which alternatives it has. */
export const featuresFunction = {
  plain: [...common, 'blr'],
  prefixed: [...common, 'nop', 'nop', 'nop', 'blr'],
} as const;

const alternatives: readonly Alternative[] = [
  // A branch within, which stays; one that leads out, which is moved; one word less, which becomes a nop.
  { table: '_ftr_fixup', at: 4, words: 4, lines: ['b .+8', 'trap', 'b @32'] },
  { table: '_mmu_ftr_fixup', at: 36, words: 3, lines: ['cmplw r1,r1', `beq @${alternativeGoal}`, 'trap'] },
  // A branch to the end, which stays.
  { table: '_fw_ftr_fixup', at: 56, words: 3, lines: ['nop', 'b .+8', 'trap'] },
  // Goes with the one that adds what is taken off behind it.
  { table: '_mmu_ftr_fixup', at: 68, words: 2, lines: [] },
];
const prefixed: Alternative = {
  ...{ table: '_ftr_fixup', at: prefixedAt, words: 3 },
  lines: ['paddi r14,r14,1,0', 'addi r14,r14,-1'],
};

/** Kernels of 32 bits have no firmware features. */
export function alternativesOf(profile: Profile): readonly Alternative[] {
  const all = profile.function.length === featuresFunction.plain.length ? alternatives : [...alternatives, prefixed];
  return profile.bits === 64
    ? all
    : all.map((one) => (one.table === '_fw_ftr_fixup' ? { ...one, table: '_ftr_fixup' } : one));
}
