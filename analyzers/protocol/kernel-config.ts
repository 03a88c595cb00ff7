/**
 * One kernel from its .config: the compiler it was made for, whether it can be preempted, and why it may be none that is
 * run here. The one idea: exactly one kernel comes out, or words that say which symbols forbid it.
 *
 * Example: CONFIG_PPC64, CPU_LITTLE_ENDIAN, FUNCTION_TRACER, GCC_VERSION=120200 and PREEMPT_VOLUNTARY is ppc64le with gcc
 * 12.2 without preemption.
 */
import type { Preempting } from '../../config/profiles.ts';
import type { Compiler } from '../kconfig/compiler.ts';
import { type DotConfig, parseDotConfig } from '../kconfig/dot-config.ts';

export interface KernelConfig {
  readonly file: string;
  readonly values: ReadonlyMap<string, string>;
  readonly compiler: Compiler;
  readonly preemption: Pick<Preempting, 'id' | 'kind'>;
}

/** @returns the kernel, or in words what is wrong with the file, a line each */
export function kernelOfConfig(
  file: string,
  text: string,
): { readonly kernel: KernelConfig; readonly wrong?: never } | { readonly kernel?: never; readonly wrong: string[] } {
  const config = parseDotConfig(file, text);
  if (config.problems.length > 0) return { wrong: config.problems.map((problem) => problem.text) };
  const is = (name: string) => config.values.get(name) === 'y';
  const compiler = compilerOf(config);
  const preemption = preemptionOf(is);
  const wrong = [
    ...forbidden(config, is),
    ...(typeof compiler === 'string' ? [compiler] : []),
    ...(typeof preemption === 'string' ? [preemption] : []),
  ];
  if (wrong.length > 0 || typeof compiler === 'string' || typeof preemption === 'string')
    return { wrong: wrong.map((why) => `${file}: ${why}`) };
  return { kernel: { file, values: config.values, compiler, preemption } };
}

type Is = (name: string) => boolean;

function forbidden({ values }: DotConfig, is: Is): string[] {
  if (!is('PPC')) {
    const [other] = otherArchitectures.filter(is);
    return [`it is of no powerpc kernel: CONFIG_PPC is not set${other === undefined ? '' : `, CONFIG_${other} is`}`];
  }
  const wrong: string[] = [];
  for (const name of ['FUNCTION_TRACER', 'DYNAMIC_FTRACE'])
    if (!is(name)) wrong.push(`nothing is traced in it: CONFIG_${name} is not set`);
  for (const names of exclusive) {
    const set = names.filter(is);
    if (set.length > 1) wrong.push(`CONFIG_${set[0]} and CONFIG_${set[1]} exclude each other`);
    if (set.length === 0) wrong.push(`one of CONFIG_${names.join(' and CONFIG_')} has to be set`);
  }
  if (is('PPC32') && is('CPU_LITTLE_ENDIAN')) wrong.push('little-endian with 32 bits is not known here');
  for (const [name, needed] of needs)
    if (is(name) && !needed.some(is))
      wrong.push(`CONFIG_${name} cannot be set without CONFIG_${needed.join(' or CONFIG_')}`);
  const odd = mustBeBool.find((name) => !/^[yn]$/.test(values.get(name) ?? 'n'));
  if (odd !== undefined) wrong.push(`CONFIG_${odd} is ${values.get(odd)}: it can be y or not set`);
  return wrong;
}
const otherArchitectures = ['X86', 'ARM64', 'ARM', 'S390', 'RISCV', 'MIPS', 'SPARC', 'LOONGARCH', 'PARISC', 'M68K'];
const exclusive = [
  ['PPC64', 'PPC32'],
  ['CPU_LITTLE_ENDIAN', 'CPU_BIG_ENDIAN'],
] as const;
const needs: readonly (readonly [string, readonly string[]])[] = [
  ['PPC64_ELF_ABI_V1', ['PPC64']],
  ['PPC64_ELF_ABI_V2', ['PPC64']],
  ['MPROFILE_KERNEL', ['PPC64']],
  ['PPC_FTRACE_OUT_OF_LINE', ['ARCH_USING_PATCHABLE_FUNCTION_ENTRY']],
  ['DYNAMIC_FTRACE_WITH_CALL_OPS', ['ARCH_USING_PATCHABLE_FUNCTION_ENTRY']],
  ['DYNAMIC_FTRACE_WITH_DIRECT_CALLS', ['DYNAMIC_FTRACE_WITH_REGS', 'DYNAMIC_FTRACE_WITH_ARGS']],
  ['LIVEPATCH', ['DYNAMIC_FTRACE_WITH_REGS', 'DYNAMIC_FTRACE_WITH_ARGS']],
  ['FUNCTION_GRAPH_TRACER', ['FUNCTION_TRACER']],
];
const mustBeBool = [...new Set([...needs.flatMap(([name, needed]) => [name, ...needed]), ...exclusive.flat(), 'PPC'])];

function compilerOf({ values }: DotConfig): Compiler | string {
  const numbers = { gcc: Number(values.get('GCC_VERSION') ?? 0), clang: Number(values.get('CLANG_VERSION') ?? 0) };
  const told = (['gcc', 'clang'] as const).filter(
    (kind) => values.get(`CC_IS_${kind.toUpperCase()}`) === 'y' || numbers[kind] > 0,
  );
  const text = values.get('CC_VERSION_TEXT') ?? '';
  const named = /\b(\d+)\.(\d+)(?:\.(\d+))?/.exec(text.replace(/\([^)]*\)/g, ''));
  const kindNamed = /clang/.test(text) ? 'clang' : /gcc/.test(text) ? 'gcc' : null;
  const version = named === null ? 0 : Number(named[1]) * 10_000 + Number(named[2]) * 100 + Number(named[3] ?? 0);
  if (told.length > 1) return 'CONFIG_CC_IS_GCC and CONFIG_CC_IS_CLANG exclude each other, and so do their versions';
  const kind = told[0] ?? kindNamed;
  if (kind === null) return 'it does not say by which compiler it is made: CONFIG_GCC_VERSION or CONFIG_CLANG_VERSION';
  if (kindNamed !== null && kindNamed !== kind)
    return `CONFIG_CC_VERSION_TEXT is of ${kindNamed}, and CONFIG_${kind.toUpperCase()}_VERSION of ${kind}`;
  const number = numbers[kind] || version;
  if (number < 10_000) return `the version of ${kind} is missing: CONFIG_${kind.toUpperCase()}_VERSION`;
  if (version > 0 && Math.floor(version / 10_000) !== Math.floor(number / 10_000))
    return `CONFIG_CC_VERSION_TEXT is of version ${named?.[0]}, and CONFIG_${kind.toUpperCase()}_VERSION is ${number}`;
  return { kind, version: number };
}

function preemptionOf(is: Is): KernelConfig['preemption'] | string {
  const models = (['PREEMPT_NONE', 'PREEMPT_VOLUNTARY', 'PREEMPT', 'PREEMPT_LAZY'] as const).filter(is);
  // PREEMPT_RT and PREEMPT_DYNAMIC stand beside one of them; the latter can be told at boot to preempt nothing, or anything.
  if (models.length > 1 && !is('PREEMPT_DYNAMIC') && !is('PREEMPT_RT'))
    return `CONFIG_${models[0]} and CONFIG_${models[1]} exclude each other`;
  const lazy = is('PREEMPT_LAZY') && !is('PREEMPT');
  if (is('PREEMPT') || is('PREEMPT_LAZY') || is('PREEMPT_RT') || is('PREEMPTION'))
    return { id: lazy ? 'lazy' : 'full', kind: 'full' };
  return { id: is('PREEMPT_VOLUNTARY') ? 'voluntary' : 'none', kind: 'none' };
}
