/**
 * The kernels that are run: with which answers to Kconfig's questions, and by which compilers. What follows from them is
 * found in the tree; what stands here besides counts where a tree does not say.
 *
 * Example: ppc64le with gcc 14 is -mprofile-kernel up to v6.5, two nops up to v6.12, one nop and a stub since.
 */

/** A kernel before its tree is looked at. */
export interface Base {
  readonly id: string;
  readonly compiler: { readonly kind: 'gcc' | 'clang' /** 120200 is 12.2.0. */; readonly version: number };
  /** Answers besides `common`: what a tree refuses of them, it cannot be. */
  readonly answers: Readonly<Record<string, string>>;
}

const ppc64le = { PPC64: 'y', PPC_BOOK3S_64: 'y', CPU_LITTLE_ENDIAN: 'y' };
const ppc32 = { PPC64: 'n', PPC_BOOK3S_32: 'y' };

/** In the order in which they are told; of two that come to the same, the first counts. */
export const bases: readonly Base[] = [
  { id: 'ppc64le gcc 12', compiler: { kind: 'gcc', version: 120200 }, answers: ppc64le },
  { id: 'ppc64le gcc 5', compiler: { kind: 'gcc', version: 50500 }, answers: ppc64le },
  { id: 'ppc64le gcc 14', compiler: { kind: 'gcc', version: 140200 }, answers: ppc64le },
  {
    id: 'ppc64 gcc 12',
    compiler: { kind: 'gcc', version: 120200 },
    // Since v6.6 only experts are asked for the old ABI.
    answers: { PPC64: 'y', PPC_BOOK3S_64: 'y', CPU_BIG_ENDIAN: 'y', EXPERT: 'y', PPC64_BIG_ENDIAN_ELF_ABI_V2: 'n' },
  },
  { id: 'ppc64le clang 17', compiler: { kind: 'clang', version: 170000 }, answers: ppc64le },
  { id: 'ppc32 gcc 7', compiler: { kind: 'gcc', version: 70500 }, answers: ppc32 },
  { id: 'ppc32 gcc 12', compiler: { kind: 'gcc', version: 120200 }, answers: ppc32 },
];

/** Answers of all of them. */
export const common: Readonly<Record<string, string>> = {
  ...{
    SMP: 'y',
    MODULES: 'y',
    KALLSYMS: 'y',
    KALLSYMS_ALL: 'y',
    PRINTK: 'y',
    BUG: 'y',
    DEBUG_BUGVERBOSE: 'y',
    SYSFS: 'y',
  },
  ...{ DEBUG_KERNEL: 'y', FTRACE: 'y', FUNCTION_TRACER: 'y', FUNCTION_GRAPH_TRACER: 'y', DYNAMIC_FTRACE: 'y' },
  ...{ KPROBES: 'y', JUMP_LABEL: 'y', LIVEPATCH: 'y' },
  // Text is modified in place: the second mapping that is modified through otherwise is not in the model.
  ...{ STRICT_KERNEL_RWX: 'n', STRICT_MODULE_RWX: 'n' },
  // Kernels that only show that they compile.
  ...{ COMPILE_TEST: 'n', HIBERNATION: 'n', EXPERT: 'n', LD_IS_BFD: 'y' },
};

/** A way to preempt tasks in the kernel: whether tasks can be preempted there, and what it is called in Kconfig. */
export interface Preempting {
  readonly id: 'full' | 'none' | 'voluntary' | 'lazy';
  readonly kind: 'full' | 'none';
  readonly symbol: string;
}
export const preempting: readonly Preempting[] = [
  { id: 'full', kind: 'full', symbol: 'PREEMPT' },
  { id: 'none', kind: 'none', symbol: 'PREEMPT_NONE' },
  // To a task both are the same as the one before: it may be preempted anywhere, or nowhere.
  { id: 'voluntary', kind: 'none', symbol: 'PREEMPT_VOLUNTARY' },
  { id: 'lazy', kind: 'full', symbol: 'PREEMPT_LAZY' },
];

/** The oldest gcc a kernel can be compiled with, by the version since which; of scripts/min-tool-version.sh where a tree has it. */
export const oldestGcc: readonly { readonly since: number; readonly gcc: number }[] = [
  { since: 0, gcc: 40600 },
  { since: 508, gcc: 40800 },
  { since: 509, gcc: 40900 },
  { since: 515, gcc: 50100 },
  { since: 616, gcc: 80100 },
];

/** Symbols that the code of call sites asks for; one that is not here counts as n, unless a patch names it. */
export const asked: readonly string[] = (
  '40x 44x 4xx 64BIT 6xx ARCH_USING_PATCHABLE_FUNCTION_ENTRY BOOKE BOOKE_OR_40x BRANCH_TRACER BUG BUILDTIME_MCOUNT_SORT ' +
  'CC_IS_CLANG CC_IS_GCC CLANG_VERSION CODE_PATCHING_SELFTEST CPU_BIG_ENDIAN CPU_LITTLE_ENDIAN DEBUG_BUGVERBOSE ' +
  'DEBUG_BUGVERBOSE_DETAILED DEBUG_ENTRY DYNAMIC_FTRACE DYNAMIC_FTRACE_WITH_ARGS DYNAMIC_FTRACE_WITH_CALL_OPS ' +
  'DYNAMIC_FTRACE_WITH_DIRECT_CALLS DYNAMIC_FTRACE_WITH_JMP DYNAMIC_FTRACE_WITH_REGS EVENT_TRACING EXECMEM ' +
  'FTRACE_MCOUNT_RECORD FTRACE_STARTUP_TEST FTRACE_SYSCALLS FUNCTION_GRAPH_RETADDR FUNCTION_GRAPH_RETVAL ' +
  'FUNCTION_GRAPH_TRACER FUNCTION_PROFILER FUNCTION_TRACER FUNCTION_TRACE_ARGS GCC_VERSION GENERIC_BUG ' +
  'GENERIC_BUG_RELATIVE_POINTERS HAVE_ARCH_JUMP_LABEL HAVE_ARCH_JUMP_LABEL_RELATIVE HAVE_ARCH_PREL32_RELOCATIONS HAVE_DYNAMIC_FTRACE HAVE_DYNAMIC_FTRACE_WITH_ARGS ' +
  'HAVE_DYNAMIC_FTRACE_WITH_CALL_OPS HAVE_DYNAMIC_FTRACE_WITH_DIRECT_CALLS HAVE_DYNAMIC_FTRACE_WITH_REGS ' +
  'HAVE_FTRACE_MCOUNT_RECORD HAVE_FTRACE_REGS_HAVING_PT_REGS HAVE_FUNCTION_GRAPH_FREGS HAVE_FUNCTION_GRAPH_RETVAL ' +
  'HAVE_LIVEPATCH HAVE_REGS_AND_STACK_ACCESS_API HAVE_SINGLE_FTRACE_DIRECT_OPS HAVE_STATIC_CALL ' +
  'HAVE_STATIC_CALL_INLINE IRQSOFF_TRACER JUMP_LABEL KALLSYMS KPROBES KPROBES_ON_FTRACE LIVEPATCH LIVEPATCH_64 ' +
  'MODULES MODVERSIONS MPROFILE_KERNEL NONSTATIC_KERNEL OPTPROBES PERF_EVENTS PPC PPC32 PPC64 PPC64_ELF_ABI_V1 ' +
  'PPC64_ELF_ABI_V2 PPC_8xx PPC_BOOK3E PPC_BOOK3E_64 PPC_BOOK3S PPC_BOOK3S_32 PPC_BOOK3S_64 PPC_E500 ' +
  'PPC_FTRACE_OUT_OF_LINE PPC_KERNEL_PCREL PPC_TRANSACTIONAL_MEM PREEMPT PREEMPTION PREEMPT_COUNT PREEMPT_LAZY ' +
  'PREEMPT_NONE PREEMPT_RCU PREEMPT_TRACER PREEMPT_VOLUNTARY PRINTK RELOCATABLE SMP STACKTRACE STACK_TRACER ' +
  'STRICT_KERNEL_RWX STRICT_MODULE_RWX TASKS_RCU THREAD_INFO_IN_TASK THREAD_SHIFT TRACING TRACER_MAX_TRACE ' +
  'TRACER_SNAPSHOT TRACE_PREEMPT_TOGGLE VIRT_CPU_ACCOUNTING_NATIVE VMAP_STACK'
).split(' ');

/** Kconfig files that say something of the symbols which the code of call sites asks for. */
export const kconfigFiles: readonly string[] = [
  'Kconfig',
  'init/Kconfig',
  'kernel/Kconfig.preempt',
  'kernel/rcu/Kconfig',
  'kernel/module/Kconfig',
  'kernel/livepatch/Kconfig',
  'kernel/trace/Kconfig',
  'arch/Kconfig',
  'arch/powerpc/Kconfig',
  'arch/powerpc/Kconfig.debug',
  'arch/powerpc/platforms/Kconfig',
  'arch/powerpc/platforms/Kconfig.cputype',
  'lib/Kconfig.debug',
];

/** What a Kconfig file comes to for us, where a tree lacks it; `since` counts as 613 for v6.13. The newest that fits counts. */
export const standIns: readonly { readonly file: string; readonly since: number; readonly text: string }[] = [
  {
    file: 'kernel/trace/Kconfig',
    since: 0,
    text: `
config FUNCTION_TRACER
	bool "traced functions"
	depends on HAVE_FUNCTION_TRACER
config FUNCTION_GRAPH_TRACER
	bool "their graph"
	depends on FUNCTION_TRACER && HAVE_FUNCTION_GRAPH_TRACER
config DYNAMIC_FTRACE
	bool "modified call sites"
	depends on FUNCTION_TRACER && HAVE_DYNAMIC_FTRACE
config DYNAMIC_FTRACE_WITH_REGS
	def_bool DYNAMIC_FTRACE && HAVE_DYNAMIC_FTRACE_WITH_REGS
config DYNAMIC_FTRACE_WITH_ARGS
	def_bool DYNAMIC_FTRACE && HAVE_DYNAMIC_FTRACE_WITH_ARGS
config DYNAMIC_FTRACE_WITH_CALL_OPS
	def_bool DYNAMIC_FTRACE && HAVE_DYNAMIC_FTRACE_WITH_CALL_OPS
config DYNAMIC_FTRACE_WITH_DIRECT_CALLS
	def_bool HAVE_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
	depends on DYNAMIC_FTRACE_WITH_REGS || DYNAMIC_FTRACE_WITH_ARGS
config FTRACE_MCOUNT_RECORD
	def_bool DYNAMIC_FTRACE
config TRACING
	def_bool FUNCTION_TRACER
config EVENT_TRACING
	def_bool TRACING
`,
  },
  {
    file: 'kernel/Kconfig.preempt',
    since: 0,
    text: `
choice
	prompt "preemption"
	default PREEMPT_NONE
config PREEMPT_NONE
	bool "none"
config PREEMPT_VOLUNTARY
	bool "voluntary"
config PREEMPT
	bool "full"
	select PREEMPTION
endchoice
config PREEMPTION
	bool
	select PREEMPT_COUNT
config PREEMPT_COUNT
	bool
config ARCH_HAS_PREEMPT_LAZY
	bool
`,
  },
  {
    file: 'kernel/Kconfig.preempt',
    since: 613,
    text: `
choice
	prompt "preemption"
config PREEMPT_NONE
	bool "none"
config PREEMPT_VOLUNTARY
	bool "voluntary"
config PREEMPT
	bool "full"
	select PREEMPTION
config PREEMPT_LAZY
	bool "lazy"
	depends on ARCH_HAS_PREEMPT_LAZY
	select PREEMPTION
endchoice
config PREEMPTION
	bool
	select PREEMPT_COUNT
config PREEMPT_COUNT
	bool
config ARCH_HAS_PREEMPT_LAZY
	bool
`,
  },
  {
    file: 'kernel/Kconfig.preempt',
    since: 700,
    text: `
choice
	prompt "preemption"
config PREEMPT_NONE
	bool "none"
	depends on ARCH_NO_PREEMPT || !ARCH_HAS_PREEMPT_LAZY
config PREEMPT_VOLUNTARY
	bool "voluntary"
	depends on !ARCH_HAS_PREEMPT_LAZY
config PREEMPT
	bool "full"
	select PREEMPTION
config PREEMPT_LAZY
	bool "lazy"
	depends on ARCH_HAS_PREEMPT_LAZY
	select PREEMPTION
endchoice
config PREEMPTION
	bool
	select PREEMPT_COUNT
config PREEMPT_COUNT
	bool
config ARCH_HAS_PREEMPT_LAZY
	bool
config ARCH_NO_PREEMPT
	bool
`,
  },
  {
    file: 'kernel/rcu/Kconfig',
    since: 0,
    text: `
config PREEMPT_RCU
	def_bool PREEMPTION
config TASKS_RCU
	def_bool PREEMPTION
`,
  },
  {
    file: 'kernel/livepatch/Kconfig',
    since: 0,
    text: `
config HAVE_LIVEPATCH
	bool
config LIVEPATCH
	bool "livepatch"
	depends on HAVE_LIVEPATCH && MODULES && (DYNAMIC_FTRACE_WITH_REGS || DYNAMIC_FTRACE_WITH_ARGS)
`,
  },
  {
    file: 'arch/Kconfig',
    since: 0,
    text: `
config KPROBES
	bool "kprobes"
	depends on HAVE_KPROBES
config OPTPROBES
	def_bool KPROBES && HAVE_OPTPROBES
config KPROBES_ON_FTRACE
	def_bool KPROBES && HAVE_KPROBES_ON_FTRACE && DYNAMIC_FTRACE_WITH_REGS
config JUMP_LABEL
	bool "jump labels"
	depends on HAVE_ARCH_JUMP_LABEL
config STRICT_KERNEL_RWX
	bool "text is not writable" if ARCH_OPTIONAL_KERNEL_RWX
	default !ARCH_OPTIONAL_KERNEL_RWX || ARCH_OPTIONAL_KERNEL_RWX_DEFAULT
	depends on ARCH_HAS_STRICT_KERNEL_RWX
config STRICT_MODULE_RWX
	bool "nor is that of modules" if ARCH_OPTIONAL_KERNEL_RWX
	default !ARCH_OPTIONAL_KERNEL_RWX || ARCH_OPTIONAL_KERNEL_RWX_DEFAULT
	depends on ARCH_HAS_STRICT_MODULE_RWX && MODULES
`,
  },
];

const everywhere =
  'PPC SMP MODULES EXECMEM JUMP_LABEL HAVE_ARCH_JUMP_LABEL KPROBES FUNCTION_TRACER DYNAMIC_FTRACE FTRACE_MCOUNT_RECORD HAVE_FTRACE_MCOUNT_RECORD HAVE_DYNAMIC_FTRACE ' +
  'FUNCTION_GRAPH_TRACER KALLSYMS PRINTK BUG GENERIC_BUG DEBUG_BUGVERBOSE';
const of64 = `${everywhere} PPC64 64BIT PPC_BOOK3S_64 PPC_BOOK3S`;
const elfv2 = `${of64} PPC64_ELF_ABI_V2 CPU_LITTLE_ENDIAN`;
const regs = 'DYNAMIC_FTRACE_WITH_REGS HAVE_DYNAMIC_FTRACE_WITH_REGS LIVEPATCH LIVEPATCH_64 HAVE_LIVEPATCH';
const mprofile = `${elfv2} ${regs} MPROFILE_KERNEL`;

/** A kernel of which neither Kconfig nor a Makefile is at hand, by what its code says. */
export interface Row {
  readonly base: string;
  /** Flags of the compiler for traced functions. */
  readonly flags: string;
  readonly symbols: readonly string[];
  /** Of this the code has to speak. */
  readonly speaksOf: readonly string[];
  /** Of this it may not. */
  readonly notOf?: string;
}

const row = (base: string, flags: string, symbols: string, speaksOf: string, notOf?: string): Row => ({
  ...{ base, flags, symbols: symbols.split(' '), speaksOf: speaksOf.split(' ').filter((one) => one !== '') },
  ...(notOf !== undefined && { notOf }),
});
const of32 = `${everywhere} PPC32 CPU_BIG_ENDIAN PPC_BOOK3S_32 PPC_BOOK3S`;
const callOps =
  'DYNAMIC_FTRACE_WITH_CALL_OPS HAVE_DYNAMIC_FTRACE_WITH_CALL_OPS ' +
  'DYNAMIC_FTRACE_WITH_DIRECT_CALLS HAVE_DYNAMIC_FTRACE_WITH_DIRECT_CALLS';
const outOfLine = `PPC_FTRACE_OUT_OF_LINE ${callOps}`;
const patchable = 'ARCH_USING_PATCHABLE_FUNCTION_ENTRY';

export const rows: readonly Row[] = [
  row('ppc64le gcc 12', '-pg -mprofile-kernel', mprofile, 'MPROFILE_KERNEL'),
  row('ppc64le gcc 5', '-pg -mprofile-kernel', mprofile, 'MPROFILE_KERNEL'),
  row(
    'ppc64le gcc 14',
    '-fpatchable-function-entry=2',
    `${mprofile} ${patchable}`,
    patchable,
    'PPC_FTRACE_OUT_OF_LINE',
  ),
  row(
    'ppc64le gcc 14',
    '-fpatchable-function-entry=1',
    `${mprofile} ${patchable} ${outOfLine}`,
    `${patchable} PPC_FTRACE_OUT_OF_LINE`,
  ),
  row('ppc64 gcc 12', '-pg', `${of64} PPC64_ELF_ABI_V1 CPU_BIG_ENDIAN`, ''),
  row('ppc64le clang 17', '-pg', elfv2, ''),
  row('ppc32 gcc 7', '-pg', of32, ''),
  row(
    'ppc32 gcc 12',
    '-fpatchable-function-entry=2',
    `${of32} ${patchable}`,
    `${patchable} DYNAMIC_FTRACE_WITH_ARGS`,
    'DYNAMIC_FTRACE_WITH_CALL_OPS',
  ),
  row(
    'ppc32 gcc 12',
    '-fpatchable-function-entry=3,1',
    `${of32} ${patchable} ${callOps}`,
    `${patchable} DYNAMIC_FTRACE_WITH_CALL_OPS`,
  ),
];
/** Set besides, where the code speaks of them; on ppc32 the first came with the second. */
export const withArguments = {
  symbols: ['DYNAMIC_FTRACE_WITH_ARGS', 'HAVE_DYNAMIC_FTRACE_WITH_ARGS'],
  on32: ['DYNAMIC_FTRACE_WITH_REGS', 'HAVE_DYNAMIC_FTRACE_WITH_REGS'],
} as const;
/** What each way to preempt sets, where no Kconfig says it. */
export const preemptingSymbols: Readonly<Record<'full' | 'none', readonly string[]>> = {
  full: ['PREEMPT', 'PREEMPTION', 'PREEMPT_COUNT', 'PREEMPT_RCU', 'TASKS_RCU'],
  none: ['PREEMPT_NONE'],
};
