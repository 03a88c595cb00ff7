/**
 * Which kernels a tree can have: trees of our own with a Kconfig and a Makefile as those of an age, and what becomes of the
 * kernels of config/profiles.ts on them.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { extract } from './extract.ts';
import { profilesOf } from './profiles.ts';

const kconfig = `
config PPC64
	bool "64 bits"
config PPC32
	def_bool !PPC64
config PPC
	def_bool y
	select HAVE_FUNCTION_TRACER if PPC64 || (PPC32 && CC_IS_GCC)
	select HAVE_DYNAMIC_FTRACE
	select HAVE_DYNAMIC_FTRACE_WITH_ARGS if ARCH_USING_PATCHABLE_FUNCTION_ENTRY || MPROFILE_KERNEL || PPC32
	select HAVE_DYNAMIC_FTRACE_WITH_CALL_OPS if PPC_FTRACE_OUT_OF_LINE || (PPC32 && ARCH_USING_PATCHABLE_FUNCTION_ENTRY)
	select HAVE_DYNAMIC_FTRACE_WITH_DIRECT_CALLS if HAVE_DYNAMIC_FTRACE_WITH_CALL_OPS
	select HAVE_DYNAMIC_FTRACE_WITH_REGS if ARCH_USING_PATCHABLE_FUNCTION_ENTRY || MPROFILE_KERNEL || PPC32
choice
	prompt "byte order"
config CPU_BIG_ENDIAN
	bool "big"
config CPU_LITTLE_ENDIAN
	bool "little"
	depends on PPC64
endchoice
config PPC64_BIG_ENDIAN_ELF_ABI_V2
	prompt "newer ABI" if LD_IS_BFD && EXPERT
	def_bool y
	depends on PPC64 && CPU_BIG_ENDIAN
config PPC64_ELF_ABI_V1
	def_bool PPC64 && CPU_BIG_ENDIAN && !PPC64_BIG_ENDIAN_ELF_ABI_V2
config PPC64_ELF_ABI_V2
	def_bool PPC64 && !PPC64_ELF_ABI_V1
config MPROFILE_KERNEL
	depends on PPC64_ELF_ABI_V2 && FUNCTION_TRACER
	def_bool $(success,$(srctree)/arch/powerpc/tools/gcc-check-mprofile-kernel.sh $(CC))
config ARCH_USING_PATCHABLE_FUNCTION_ENTRY
	depends on FUNCTION_TRACER && (PPC32 || PPC64_ELF_ABI_V2)
	depends on $(cc-option,-fpatchable-function-entry=2)
	def_bool y if PPC32
	def_bool $(success,$(srctree)/arch/powerpc/tools/check-fpatchable-function-entry.sh $(CC)) if PPC64
config PPC_FTRACE_OUT_OF_LINE
	def_bool PPC64 && ARCH_USING_PATCHABLE_FUNCTION_ENTRY
`;
const makefile = `
ifdef CONFIG_FUNCTION_TRACER
ifdef CONFIG_ARCH_USING_PATCHABLE_FUNCTION_ENTRY
ifdef CONFIG_PPC_FTRACE_OUT_OF_LINE
CC_FLAGS_FTRACE := -fpatchable-function-entry=1
else
ifdef CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS # PPC32 only
CC_FLAGS_FTRACE := -fpatchable-function-entry=3,1
else
CC_FLAGS_FTRACE := -fpatchable-function-entry=2
endif
endif
else
CC_FLAGS_FTRACE := -pg
ifdef CONFIG_MPROFILE_KERNEL
CC_FLAGS_FTRACE += -mprofile-kernel
endif
endif
endif
`;
const version = (major: number, minor: number) => `VERSION = ${major}\nPATCHLEVEL = ${minor}\n`;
const without = (text: string, ...names: readonly string[]) =>
  names.reduce((left, name) => left.replace(new RegExp(`^.*\\b${name}\\b.*\n(\tdef_bool.*\n)?`, 'gm'), ''), text);

interface Tree {
  readonly version?: string;
  readonly kconfig?: string;
  readonly makefile?: string;
  readonly more?: Readonly<Record<string, string>>;
}
const tree = ({ version: made = version(6, 14), kconfig: asks = kconfig, makefile: flags = makefile, more }: Tree) => {
  const files: Readonly<Record<string, string>> = {
    Makefile: made,
    'arch/powerpc/Kconfig': asks,
    'arch/powerpc/Makefile': flags,
    ...more,
  };
  return (path: string) => files[path] ?? null;
};

/** @param expected `profile flags preemption`, in the order told */
function check(name: string, given: Tree, expected: readonly string[]) {
  test(name, () => {
    const told = profilesOf({ read: tree(given) }).map(
      ({ id, derived, preemptions }) =>
        `${id}: ${derived.flags.replace('-fpatchable-function-entry', 'entry')} by ${derived.flagsBy}, ${preemptions.map((way) => way.id).join(' ')}`,
    );
    assert.deepEqual(told, expected);
  });
}

const any = 'full none voluntary';
check('since v6.13', {}, [
  `ppc64-mprofile-gcc6: -pg -mprofile-kernel by makefile, ${any}`,
  `ppc64-mprofile-gcc5: -pg -mprofile-kernel by makefile, ${any}`,
  `ppc64-out-of-line: entry=1 by makefile, ${any}`,
  `ppc64-pg-elfv1: -pg by makefile, ${any}`,
  `ppc64-pg-elfv2: -pg by makefile, ${any}`,
  `ppc32-pg: -pg by makefile, ${any}`,
  `ppc32-call-ops: entry=3,1 by makefile, ${any}`,
]);
check('before stubs and call-ops', { kconfig: without(kconfig, 'PPC_FTRACE_OUT_OF_LINE') }, [
  `ppc64-mprofile-gcc6: -pg -mprofile-kernel by makefile, ${any}`,
  `ppc64-mprofile-gcc5: -pg -mprofile-kernel by makefile, ${any}`,
  `ppc64-patchable: entry=2 by makefile, ${any}`,
  `ppc64-pg-elfv1: -pg by makefile, ${any}`,
  `ppc64-pg-elfv2: -pg by makefile, ${any}`,
  `ppc32-pg: -pg by makefile, ${any}`,
  `ppc32-patchable: entry=2 by makefile, ${any}`,
]);
const since70 = [
  'ppc64-mprofile-gcc6: -pg -mprofile-kernel by makefile, full lazy',
  'ppc64-out-of-line: entry=1 by makefile, full lazy',
  'ppc64-pg-elfv1: -pg by makefile, full lazy',
  'ppc64-pg-elfv2: -pg by makefile, full lazy',
  'ppc32-call-ops: entry=3,1 by makefile, full lazy',
];
const lazy = kconfig.replace(
  'select HAVE_DYNAMIC_FTRACE\n',
  'select HAVE_DYNAMIC_FTRACE\n\tselect ARCH_HAS_PREEMPT_LAZY\n',
);
check(
  'since v7.0 everything preempts, and no gcc below 8.1 will do',
  { version: version(7, 0), kconfig: lazy },
  since70,
);
check('lazily before v7.0', { version: version(6, 18), kconfig: lazy }, [
  ...since70.map((line) => line.replace('full lazy', 'full none voluntary lazy')),
]);
check(
  'the oldest gcc is the tree’s own to say',
  { more: { 'scripts/min-tool-version.sh': 'case "$1" in\ngcc)\n\techo 13.1.0\n\t;;\n' } },
  [`ppc64-out-of-line: entry=1 by makefile, ${any}`, `ppc64-pg-elfv2: -pg by makefile, ${any}`],
);
check(
  'no expert is asked for the old ABI',
  { kconfig: kconfig.replace('prompt "newer ABI" if LD_IS_BFD && EXPERT\n', '') },
  [
    `ppc64-mprofile-gcc6: -pg -mprofile-kernel by makefile, ${any}`,
    `ppc64-mprofile-gcc5: -pg -mprofile-kernel by makefile, ${any}`,
    `ppc64-out-of-line: entry=1 by makefile, ${any}`,
    `ppc64-pg-elfv2: -pg by makefile, ${any}`,
    `ppc32-pg: -pg by makefile, ${any}`,
    `ppc32-call-ops: entry=3,1 by makefile, ${any}`,
  ],
);
check('a Makefile that only a shell can read', { makefile: 'CC_FLAGS_FTRACE := $(shell cat flags)\n' }, [
  `ppc64-mprofile-gcc6: -pg -mprofile-kernel by table, ${any}`,
  `ppc64-mprofile-gcc5: -pg -mprofile-kernel by table, ${any}`,
  `ppc64-out-of-line: entry=1 by table, ${any}`,
  `ppc64-pg-elfv1: -pg by table, ${any}`,
  `ppc64-pg-elfv2: -pg by table, ${any}`,
  `ppc32-pg: -pg by table, ${any}`,
  `ppc32-call-ops: entry=3,1 by table, ${any}`,
]);
check('flags that are none', { makefile: 'CC_FLAGS_FTRACE := -fentry\n' }, []);
check('other nops than any kernel has had', { makefile: 'CC_FLAGS_FTRACE := -fpatchable-function-entry=4,2\n' }, [
  `ppc64-patchable-4,2: entry=4,2 by makefile, ${any}`,
  `ppc64-out-of-line-4,2: entry=4,2 by makefile, ${any}`,
  `ppc32-patchable-4,2: entry=4,2 by makefile, ${any}`,
]);
check('a tracer for nobody', { kconfig: without(kconfig, 'HAVE_FUNCTION_TRACER') }, []);

test('words and record of three nops, one ahead', () => {
  const [profile] = profilesOf({ read: tree({}) }).filter(({ id }) => id === 'ppc32-call-ops');
  const { before, function: words, recorded, contract, unit, derived } = profile ?? assert.fail();
  assert.deepEqual([before, words.slice(0, 2), recorded, contract], [['nop'], ['nop', 'nop'], -1, 'r0']);
  assert.equal(unit, 'arch/powerpc/kernel/trace/ftrace.c');
  assert.ok(derived.symbols.kconfig.includes('ARCH_USING_PATCHABLE_FUNCTION_ENTRY'));
  assert.ok(derived.symbols['stand-in'].includes('PREEMPTION'));
});

test('objects of the trace folder decide the unit', () => {
  const more = {
    'arch/powerpc/kernel/trace/Makefile': `
ifeq ($(CONFIG_MPROFILE_KERNEL)$(CONFIG_ARCH_USING_PATCHABLE_FUNCTION_ENTRY),)
obj64-y += ftrace_64_pg.o ftrace_64_pg_entry.o
else
obj64-y += ftrace.o ftrace_entry.o
endif
obj-$(CONFIG_PPC64) += $(obj64-y)
`,
    'arch/powerpc/kernel/trace/ftrace_64_pg.c': '',
  };
  const units = profilesOf({ read: tree({ more }) }).map(({ id, unit }) => `${id} ${unit.split('/').at(-1)}`);
  assert.deepEqual(units.slice(0, 5), [
    ...['ppc64-mprofile-gcc6 ftrace.c', 'ppc64-mprofile-gcc5 ftrace.c', 'ppc64-out-of-line ftrace.c'],
    ...['ppc64-pg-elfv1 ftrace_64_pg.c', 'ppc64-pg-elfv2 ftrace_64_pg.c'],
  ]);
});

test('what a patch introduces is tried the other way, as far as its Kconfig lets it', () => {
  const introduced = `
config NEW_ON_PPC32
	bool "a"
	depends on PPC32
config NEW_BY_DEFAULT
	bool "b"
	default y
	depends on PPC64_ELF_ABI_V1
config NEW_FOR_NOBODY
	def_bool PPC64
`;
  const more = { 'arch/powerpc/kernel/trace/ftrace.c': '#ifdef CONFIG_NEW_FOR_NOBODY\nint x;\n#endif\n' };
  const read = tree({ kconfig: `${kconfig}${introduced}`, more });
  const names = ['NEW_ON_PPC32', 'NEW_BY_DEFAULT', 'NEW_FOR_NOBODY'];
  const { protocols } = extract({ read, touched: Object.keys(more), evidence: 'tree', introduced: names });
  const ids = new Set(protocols.map(({ scenario }) => scenario.profile));
  assert.deepEqual(
    [...ids].filter((id) => id.includes('NEW')),
    ['ppc32-pg+NEW_ON_PPC32', 'ppc32-call-ops+NEW_ON_PPC32', 'ppc64-pg-elfv1+no-NEW_BY_DEFAULT'],
  );
});
