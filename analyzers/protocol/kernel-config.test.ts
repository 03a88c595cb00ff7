/**
 * A .config → the one kernel it is, or why it is none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { kernelOfConfig } from './kernel-config.ts';

const usual = [
  ...['PPC=y', 'PPC64=y', 'CPU_LITTLE_ENDIAN=y', 'PPC64_ELF_ABI_V2=y', 'FUNCTION_TRACER=y', 'DYNAMIC_FTRACE=y'],
  ...['MPROFILE_KERNEL=y', 'CC_IS_GCC=y', 'GCC_VERSION=120200', 'CLANG_VERSION=0', 'PREEMPT_NONE=y'],
  'CC_VERSION_TEXT="powerpc64le-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0"',
];

/** The usual one with some lines more, and without some symbols. */
function textOf(more: readonly string[], without: readonly string[]): string {
  const kept = usual.filter((line) => !without.some((name) => line.startsWith(`${name}=`)));
  return [...kept, ...more].map((line) => `CONFIG_${line}\n`).join('');
}

/** @param expected compiler and preemption, or what is wrong */
function check(name: string, given: { more?: readonly string[]; without?: readonly string[] }, ...expected: string[]) {
  test(name, () => {
    const { kernel, wrong } = kernelOfConfig('c', textOf(given.more ?? [], given.without ?? []));
    const found =
      kernel === undefined
        ? wrong
        : [`${kernel.compiler.kind} ${kernel.compiler.version}`, `${kernel.preemption.id} ${kernel.preemption.kind}`];
    assert.deepEqual(found, expected);
  });
}

const none = ['PREEMPT_NONE'];
check('as it is', {}, 'gcc 120200', 'none none');
check('voluntary', { more: ['PREEMPT_VOLUNTARY=y'], without: none }, 'gcc 120200', 'voluntary none');
check('full', { more: ['PREEMPT=y', 'PREEMPTION=y'], without: none }, 'gcc 120200', 'full full');
check('lazy', { more: ['PREEMPT_LAZY=y', 'PREEMPTION=y'], without: none }, 'gcc 120200', 'lazy full');
check('real-time', { more: ['PREEMPT_RT=y', 'PREEMPT=y'], without: none }, 'gcc 120200', 'full full');
check('told at boot', { more: ['PREEMPT_DYNAMIC=y', 'PREEMPTION=y'] }, 'gcc 120200', 'full full');
check('none is said', { without: none }, 'gcc 120200', 'none none');
const gcc = ['CC_IS_GCC', 'GCC_VERSION', 'CC_VERSION_TEXT', 'CLANG_VERSION'];
check('clang', { more: ['CC_IS_CLANG=y', 'CLANG_VERSION=170006'], without: gcc }, 'clang 170006', 'none none');
check('by its text alone', { without: ['CC_IS_GCC', 'GCC_VERSION'] }, 'gcc 120200', 'none none');
check('by its number alone', { without: ['CC_IS_GCC', 'CC_VERSION_TEXT'] }, 'gcc 120200', 'none none');

check(
  'another architecture',
  { more: ['ARM64=y'], without: ['PPC'] },
  'c: it is of no powerpc kernel: CONFIG_PPC is not set, CONFIG_ARM64 is',
);
check('no tracer', { without: ['FUNCTION_TRACER'] }, 'c: nothing is traced in it: CONFIG_FUNCTION_TRACER is not set');
check(
  'no compiler',
  { without: gcc },
  'c: it does not say by which compiler it is made: CONFIG_GCC_VERSION or CONFIG_CLANG_VERSION',
);
check(
  'two compilers',
  { more: ['CC_IS_CLANG=y'] },
  'c: CONFIG_CC_IS_GCC and CONFIG_CC_IS_CLANG exclude each other, and so do their versions',
);
check(
  'another text',
  { more: ['CC_VERSION_TEXT="clang version 17.0.6"'], without: ['CC_VERSION_TEXT'] },
  'c: CONFIG_CC_VERSION_TEXT is of clang, and CONFIG_GCC_VERSION of gcc',
);
check(
  'another version',
  { more: ['GCC_VERSION=130100'], without: ['GCC_VERSION'] },
  'c: CONFIG_CC_VERSION_TEXT is of version 12.2.0, and CONFIG_GCC_VERSION is 130100',
);
check(
  'no version',
  { more: ['GCC_VERSION=12'], without: ['GCC_VERSION', 'CC_VERSION_TEXT'] },
  'c: the version of gcc is missing: CONFIG_GCC_VERSION',
);
check(
  'both word sizes',
  { more: ['PPC32=y'] },
  'c: CONFIG_PPC64 and CONFIG_PPC32 exclude each other',
  'c: little-endian with 32 bits is not known here',
);
check(
  'no byte order',
  { without: ['CPU_LITTLE_ENDIAN'] },
  'c: one of CONFIG_CPU_LITTLE_ENDIAN and CONFIG_CPU_BIG_ENDIAN has to be set',
);
check(
  'stubs without nops',
  { more: ['PPC_FTRACE_OUT_OF_LINE=y'] },
  'c: CONFIG_PPC_FTRACE_OUT_OF_LINE cannot be set without CONFIG_ARCH_USING_PATCHABLE_FUNCTION_ENTRY',
);
check('two ways to preempt', { more: ['PREEMPT=y'] }, 'c: CONFIG_PREEMPT_NONE and CONFIG_PREEMPT exclude each other');
check(
  'a module where there is none',
  { more: ['PPC=m'], without: ['PPC'] },
  'c: it is of no powerpc kernel: CONFIG_PPC is not set',
);
check('a line that is none', { more: ['X'] }, 'c:13: "CONFIG_X" is no line of a .config');
