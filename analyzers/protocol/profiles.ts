/**
 * Kernel code as configured and compiled, as a table: which Kconfig symbols are set, what the compiler leaves at the start
 * of a function, which word is recorded, and what the tracer's entry code expects. The one idea: a profile applies to a
 * tree only where the tree's own files say so, for a configuration that a kernel cannot have looks like a finding.
 *
 * Example: in ppc64-mprofile-gcc6 a function starts `mflr r0; bl _mcount`, the second word is recorded, and only trees
 * that know CONFIG_MPROFILE_KERNEL have it.
 */
import type { Read } from './headers.ts';
import type { CallSite, Contract, ProfileId } from './protocol.ts';

export interface Profile {
  readonly id: ProfileId;
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** Function pointers are addresses of descriptors (ELFv1), of text with one or two entries (ELFv2), or of text. */
  readonly abi: 'elfv1' | 'elfv2' | 'ppc32';
  /** Path of the unit that holds ftrace_make_call(). */
  readonly unit: string;
  readonly contract: Contract;
  /** Kconfig symbols that are set, without CONFIG_. */
  readonly symbols: readonly string[];
  /**
   * A function as the compiler leaves it, from its local entry on, one instruction a line; `call` stands for the
   * profiling call's word. Words before the entry are in `before`.
   */
  readonly function: readonly string[];
  /** The same in a module, where it differs. */
  readonly moduleFunction?: readonly string[];
  readonly before?: readonly string[];
  /** ELFv2: what sets up the TOC of a function called from elsewhere, between its symbol and its local entry. */
  readonly setUp?: { readonly kernel: readonly string[]; readonly module: readonly string[] };
  /** Index in `function` of the word that the compiler or recordmcount records. */
  readonly recorded: number;
  /** Site kinds worth running; a tree that refuses one on its own drops out by that. */
  readonly siteKinds: readonly CallSite['kind'][];
}

/** What a tree says of itself, each from the text of a file; a file that the tree does not hold says nothing. */
export interface Facts {
  readonly ftrace: string;
  readonly pgUnit: string | null;
  readonly mprofile: boolean;
  readonly ppc32TracerReadsStack: boolean;
  readonly regsOnPpc32: boolean;
  readonly args: boolean;
  readonly patchable: boolean;
  readonly outOfLine: boolean;
}

const mainUnit = 'arch/powerpc/kernel/trace/ftrace.c';
/** The unit of -pg where it is one of its own. */
const pgUnits = ['arch/powerpc/kernel/trace/ftrace_64_pg.c', 'arch/powerpc/kernel/trace/ftrace_pg.c'];
/** Where the unit was before v4.13. */
const oldUnit = 'arch/powerpc/kernel/ftrace.c';

export function factsOf(read: Read): Facts {
  const ftrace = read(mainUnit) ?? read(oldUnit) ?? '';
  const header = read('arch/powerpc/include/asm/ftrace.h') ?? '';
  const kconfig = read('arch/powerpc/Kconfig') ?? '';
  const all = `${ftrace}\n${header}\n${kconfig}`;
  const pgUnit = pgUnits.find((path) => read(path) !== null) ?? null;
  const args = all.includes('DYNAMIC_FTRACE_WITH_ARGS');
  const mentions = (path: string) => read(path) !== null;
  return {
    ftrace,
    pgUnit,
    args,
    mprofile: all.includes('CONFIG_MPROFILE_KERNEL') || /config MPROFILE_KERNEL\b/.test(kconfig),
    // Since v5.17 the tracer of ppc32 is the one of -mprofile-kernel, with r0 and all registers (FACTS section 3).
    ppc32TracerReadsStack:
      mentions('arch/powerpc/kernel/trace/ftrace_32.S') || header.includes('MCOUNT_SAVE_FRAME') || !args,
    regsOnPpc32: args,
    patchable: all.includes('ARCH_USING_PATCHABLE_FUNCTION_ENTRY'),
    outOfLine: all.includes('PPC_FTRACE_OUT_OF_LINE'),
  };
}

const common = [
  'PPC',
  'SMP',
  'MODULES',
  'EXECMEM',
  'FUNCTION_TRACER',
  'DYNAMIC_FTRACE',
  'FTRACE_MCOUNT_RECORD',
  'HAVE_FTRACE_MCOUNT_RECORD',
  'HAVE_DYNAMIC_FTRACE',
  'FUNCTION_GRAPH_TRACER',
  'KALLSYMS',
  'PRINTK',
  'BUG',
];
const ppc64 = [...common, 'PPC64', '64BIT', 'PPC_BOOK3S_64', 'PPC_BOOK3S'];
const elfv2 = ['PPC64_ELF_ABI_V2', 'CPU_LITTLE_ENDIAN'];
const elfv1 = ['PPC64_ELF_ABI_V1', 'CPU_BIG_ENDIAN'];
const ppc32 = [...common, 'PPC32', 'CPU_BIG_ENDIAN', 'PPC_BOOK3S_32', 'PPC_BOOK3S'];
const regs = ['DYNAMIC_FTRACE_WITH_REGS', 'HAVE_DYNAMIC_FTRACE_WITH_REGS'];
const args = ['DYNAMIC_FTRACE_WITH_ARGS', 'HAVE_DYNAMIC_FTRACE_WITH_ARGS'];

/** A function that does nothing: `addi r12,r3,1` stands for its body, which leaves its arguments alone. */
const body = 'addi r12,r3,1';
/** With -pg the call stands behind the prologue. */
const pgFunction = [
  'mflr r0',
  'std r0,16(r1)',
  'stdu r1,-112(r1)',
  'call',
  'nop',
  body,
  'addi r1,r1,112',
  'ld r0,16(r1)',
  'mtlr r0',
  'blr',
];
const pgModuleFunction = (offset: number) => pgFunction.map((line) => (line === 'nop' ? `ld r2,${offset}(r1)` : line));

interface Row extends Profile {
  readonly applies: (facts: Facts) => boolean;
}

/** The profiles a tree can have, in the order they are told. */
export function profilesOf(facts: Facts): readonly Profile[] {
  return rowsOf(facts).flatMap(({ applies, ...profile }) => (applies(facts) ? [profile] : []));
}

function rowsOf(facts: Facts): readonly Row[] {
  const withArgs = facts.args ? args : [];
  // -mprofile-kernel and -pg of 64-bit: since v6.6 the latter has a unit of its own.
  const pg = facts.pgUnit ?? mainUnit;
  const mprofile: Omit<Profile, 'id' | 'function' | 'recorded'> = {
    bits: 64,
    littleEndian: true,
    abi: 'elfv2',
    unit: mainUnit,
    contract: 'r0',
    symbols: [...ppc64, ...elfv2, ...regs, ...withArgs, 'MPROFILE_KERNEL'],
    siteKinds: ['near', 'far', 'module'],
  };
  return [
    {
      ...mprofile,
      id: 'ppc64-mprofile-gcc6',
      function: ['mflr r0', 'call', body, 'blr'],
      recorded: 1,
      applies: (known) => known.mprofile,
    },
    {
      ...mprofile,
      id: 'ppc64-mprofile-gcc5',
      function: ['mflr r0', 'std r0,16(r1)', 'call', body, 'blr'],
      recorded: 2,
      applies: (known) => known.mprofile,
    },
    {
      ...mprofile,
      id: 'ppc64-patchable',
      symbols: [...ppc64, ...elfv2, ...regs, ...withArgs, 'ARCH_USING_PATCHABLE_FUNCTION_ENTRY'],
      function: ['nop', 'nop', body, 'blr'],
      recorded: 0,
      applies: (known) => known.patchable && !known.outOfLine,
    },
    {
      ...mprofile,
      id: 'ppc64-out-of-line',
      contract: 'ool',
      symbols: [
        ...ppc64,
        ...elfv2,
        ...regs,
        ...withArgs,
        'ARCH_USING_PATCHABLE_FUNCTION_ENTRY',
        'PPC_FTRACE_OUT_OF_LINE',
        'DYNAMIC_FTRACE_WITH_CALL_OPS',
        'HAVE_DYNAMIC_FTRACE_WITH_CALL_OPS',
        'DYNAMIC_FTRACE_WITH_DIRECT_CALLS',
        'HAVE_DYNAMIC_FTRACE_WITH_DIRECT_CALLS',
      ],
      function: ['nop', body, 'blr'],
      recorded: 0,
      applies: (known) => known.patchable && known.outOfLine,
    },
    {
      id: 'ppc64-pg-elfv1',
      bits: 64,
      littleEndian: false,
      abi: 'elfv1',
      unit: pg,
      contract: 'pg64',
      symbols: [...ppc64, ...elfv1],
      function: pgFunction,
      moduleFunction: pgModuleFunction(40),
      recorded: 3,
      siteKinds: ['near', 'far', 'module'],
      applies: () => true,
    },
    {
      id: 'ppc64-pg-elfv2',
      bits: 64,
      littleEndian: true,
      abi: 'elfv2',
      unit: pg,
      contract: 'pg64',
      symbols: [...ppc64, ...elfv2],
      function: pgFunction,
      moduleFunction: pgModuleFunction(24),
      recorded: 3,
      siteKinds: ['near', 'far', 'module'],
      applies: () => true,
    },
    {
      id: 'ppc32-pg',
      bits: 32,
      littleEndian: false,
      abi: 'ppc32',
      unit: mainUnit,
      contract: facts.ppc32TracerReadsStack ? 'pg32' : 'r0',
      symbols: [...ppc32, ...(facts.regsOnPpc32 ? [...regs, ...withArgs] : [])],
      function: ['mflr r0', 'stw r0,4(r1)', 'call', body, 'blr'],
      recorded: 2,
      siteKinds: ['near', 'far', 'module'],
      applies: () => true,
    },
  ];
}

/** The same compiler, of a function that uses its TOC (FACTS section 2: global entry point); only ELFv2 has such. */
export function withSetUp(profile: Profile): Profile {
  const relative = ['addis r2,r12,320', 'addi r2,r2,-32768'];
  const setUp = { kernel: relative, module: ['ld r2,-8(r12)', 'add r2,r2,r12'] };
  return profile.abi === 'elfv2' ? { ...profile, setUp } : profile;
}

/** Predefined macros of a profile: its Kconfig symbols and what the compiler says of its target. */
export function definesOf(
  profile: Profile,
  preemption: 'none' | 'full',
  extra: readonly string[],
): Map<string, string> {
  const defines = new Map<string, string>([
    ['__KERNEL__', '1'],
    ['__powerpc__', '1'],
    ['__GNUC__', '12'],
    ['PAGE_OFFSET', profile.bits === 64 ? '0xc000000000000000UL' : '0xc0000000UL'],
  ]);
  if (profile.bits === 64) defines.set('__powerpc64__', '1');
  if (profile.abi === 'elfv2') defines.set('PPC64_ELF_ABI_v2', '1').set('_CALL_ELF', '2');
  if (profile.abi === 'elfv1') defines.set('PPC64_ELF_ABI_v1', '1').set('_CALL_ELF', '1');
  const preempting =
    preemption === 'full' ? ['PREEMPT', 'PREEMPTION', 'PREEMPT_COUNT', 'PREEMPT_RCU', 'TASKS_RCU'] : ['PREEMPT_NONE'];
  for (const symbol of [...profile.symbols, ...preempting, ...extra]) defines.set(`CONFIG_${symbol}`, '1');
  return defines;
}
