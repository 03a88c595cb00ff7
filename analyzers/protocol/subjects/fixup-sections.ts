/**
 * The kinds of places that arch/powerpc/lib/feature-fixups.c rewrites, one row each: what stands there before, what surrounds
 * it here, what it can be set to. The one idea: the words of a place are as the kernel's macros lay them
 * (asm/feature-fixups.h, asm/exception-64s.h, asm/barrier.h, asm/synch.h); what surrounds it is of ours, and shows by a
 * register, by LR or by where the task comes out that a place is half done.
 *
 * Example: the entry flush is three nops, then `mflr r10; bl entry_flush_fallback; mtlr r10`, in code that needs its LR.
 */
import type { Contract, EntryPoint } from '../protocol.ts';

/** Something a place can be set to at run time. */
export interface Setting {
  readonly entryPoint: EntryPoint;
  /** The C that sets it. */
  readonly call: string;
  /** Does the task come to the section's goal then? */
  readonly reached: boolean;
}

export interface Section {
  /** Of the profile's name. */
  readonly id: string;
  /** Is it one of this tree's? Asked of the unit's text. */
  readonly in: RegExp;
  readonly kernels: 'all' | '64' | 'e500';
  /** The linker's table of such places: its name behind `__start__`. */
  readonly table: string;
  readonly contract: Contract;
  /** Lines; `to fallback` branches to the text below. */
  readonly function: readonly string[];
  /** Byte offset of the place, and how many words it has. */
  readonly at: number;
  readonly words: number;
  /** What it can lead to out of line: the symbol's name, and a stand-in for what is there. */
  readonly fallback?: { readonly name: string; readonly lines: readonly string[] };
  /** Where a task comes by when it is set so that it `reached` it. */
  readonly goal?: number | string;
  /** Nobody can be interrupted in it, and go on later: interrupts are off or masked there. */
  readonly masked: boolean;
  /** Of a module's text as well. */
  readonly inModules: boolean;
  /** The first is what it is when the kernel starts; none of what is rewritten at boot only. */
  readonly settings: readonly Setting[];
}

const nops = (count: number) => Array<string>(count).fill('nop');
/** What is lost where the place is left in the wrong direction: a register of the caller's. */
const around = (lines: readonly string[]) => ['addi r14,r14,1', ...lines, 'addi r14,r14,-1', 'blr'];

function settingsOf(
  name: string,
  kinds: readonly (readonly [EntryPoint, string])[],
  reached: readonly EntryPoint[],
): readonly Setting[] {
  return kinds.map(([entryPoint, kind]) => ({
    ...{ entryPoint, call: `${name}(${kind})`, reached: reached.includes(entryPoint) },
  }));
}

const barriers = [
  ['mitigation-off', 'STF_BARRIER_NONE'],
  ['mitigation-fallback', 'STF_BARRIER_FALLBACK'],
  ['mitigation-eieio', 'STF_BARRIER_EIEIO'],
  ['mitigation-sync', 'STF_BARRIER_SYNC_ORI'],
] as const;
/** As firmware asks for them: pseries offers the fallback beside whatever else there is (arch/powerpc/platforms/pseries/setup.c). */
const flushes = [
  ['mitigation-off', 'L1D_FLUSH_NONE'],
  ['mitigation-fallback', 'L1D_FLUSH_FALLBACK'],
  ['mitigation-ori', 'L1D_FLUSH_ORI'],
  ['mitigation-trigger', 'L1D_FLUSH_MTTRIG'],
  ['mitigation-all', 'L1D_FLUSH_FALLBACK | L1D_FLUSH_ORI | L1D_FLUSH_MTTRIG'],
] as const;
const switched = [
  ['mitigation-off', 'false'],
  ['mitigation-on', 'true'],
] as const;

const stf = 'do_stf_barrier_fixups';
const slot = { contract: 'system', kernels: '64', at: 4, words: 3, masked: true, inModules: false } as const;
const ofSlot = (fallback: string, lines: readonly string[]) =>
  ({ function: around(nops(3)), fallback: { name: fallback, lines }, goal: fallback }) as const;

/** Places of mitigations. */
export const mitigations: readonly Section[] = [
  {
    ...{ ...slot, id: 'stf-entry', in: /\bdo_stf_barrier_fixups\b/, table: '_stf_entry_barrier_fixup' },
    ...ofSlot('stf_barrier_fallback', ['sync', 'blr']),
    settings: settingsOf(stf, barriers, ['mitigation-fallback']),
  },
  {
    ...{ ...slot, id: 'stf-exit', in: /\bdo_stf_barrier_fixups\b/, table: '_stf_exit_barrier_fixup', words: 6 },
    function: around(nops(6)),
    settings: settingsOf(stf, barriers, []),
  },
  {
    ...{ ...slot, id: 'entry-flush', in: /\bdo_entry_flush_fixups\b/, table: '_entry_flush_fixup' },
    ...ofSlot('entry_flush_fallback', ['sync', 'blr']),
    settings: settingsOf('do_entry_flush_fixups', flushes, ['mitigation-fallback']),
  },
  {
    // It clobbers r10, so what comes back in LR is lost; scv has no use for it.
    ...{
      ...slot,
      id: 'scv-entry-flush',
      in: /\b__start___scv_entry_flush_fixup\b/,
      table: '_scv_entry_flush_fixup',
      at: 8,
    },
    ...ofSlot('scv_entry_flush_fallback', ['li r10,2', 'blr']),
    function: ['mflr r0', 'std r0,16(r1)', ...nops(3), 'ld r0,16(r1)', 'mtlr r0', 'blr'],
    settings: settingsOf('do_entry_flush_fixups', flushes, ['mitigation-fallback']),
  },
  {
    // The blr stands for rfid, and that of the fallback as well.
    ...{ ...slot, id: 'rfi-flush', in: /\bdo_rfi_flush_fixups\b/, table: '_rfi_flush_fixup', at: 0 },
    ...ofSlot('rfi_flush_fallback', ['sync', 'blr']),
    function: [...nops(3), 'blr', 'b fallback', 'trap'],
    settings: settingsOf('do_rfi_flush_fixups', flushes, ['mitigation-fallback']),
  },
  {
    ...{
      ...slot,
      id: 'uaccess-flush',
      in: /\bdo_uaccess_flush_fixups\b/,
      table: '_uaccess_flush_fixup',
      at: 0,
      words: 4,
    },
    function: [...nops(3), 'blr', 'li r10,0', 'mtctr r10', 'blr'],
    ...{ goal: 16, masked: false },
    settings: settingsOf('do_uaccess_flush_fixups', flushes, ['mitigation-fallback']),
  },
  {
    ...{ ...slot, id: 'barrier-nospec', in: /\bdo_barrier_nospec_fixups\b/, table: '_barrier_nospec_fixup', words: 1 },
    ...{ function: around(nops(1)), contract: 'plain', masked: false, inModules: true },
    settings: settingsOf('do_barrier_nospec_fixups', switched, []),
  },
  {
    ...{
      ...slot,
      id: 'barrier-nospec',
      in: /\bCONFIG_PPC_(FSL_BOOK3E|E500)\b/,
      table: '_barrier_nospec_fixup',
      words: 2,
    },
    ...{ function: around(nops(2)), contract: 'plain', kernels: 'e500', masked: false },
    settings: settingsOf('do_barrier_nospec_fixups', switched, []),
  },
];

/** What is rewritten by itself at boot and when a module is loaded, and then left alone. */
export const onceOnly: readonly Section[] = [
  {
    // PPC_ACQUIRE_BARRIER
    ...{ ...slot, id: 'lwsync', in: /\bdo_lwsync_fixups\b/, table: '_lwsync_fixup', words: 1 },
    ...{ function: around(['isync']), contract: 'plain', kernels: 'all', masked: false, inModules: true },
    settings: [],
  },
  {
    // BTB_FLUSH
    ...{ ...slot, id: 'btb-flush', in: /\bdo_btb_flush_fixups\b/, table: 'btb_flush_fixup' },
    ...{ function: around(['li r10,513', 'mtspr 1013,r10', 'isync']), kernels: 'e500', masked: false },
    settings: [],
  },
];
