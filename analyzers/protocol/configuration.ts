/**
 * The kernels of config/profiles.ts on a tree: what its Kconfig and its Makefiles make of each. The one idea: a base that the
 * tree refuses (a compiler that is too old, an ABI it no longer has, no tracer with that compiler) is no kernel of it.
 *
 * Example: on v7.3 ppc32 with gcc 7 is refused, for that kernel wants gcc 8.1; with gcc 12 it has three nops, one ahead.
 */
import {
  asked,
  type Base,
  bases,
  common,
  kconfigFiles,
  oldestGcc,
  type Preempting,
  preempting,
  standIns,
} from '../../config/profiles.ts';
import { expandFor } from '../kconfig/compiler.ts';
import { type By, Evaluation } from '../kconfig/evaluate.ts';
import { type Kconfig, type KconfigCache, readKconfig } from '../kconfig/kconfig.ts';
import { runMakefile, type Variables } from '../kconfig/makefile.ts';
import type { Read } from './headers.ts';
import type { KernelConfig } from './kernel-config.ts';

/** A kernel, settled. */
export interface Configuration {
  readonly base: Base;
  /** y, m, n or text by symbol; what nobody decides is not in it. */
  readonly values: ReadonlyMap<string, string>;
  /** Who decided it. */
  readonly decided: ReadonlyMap<string, By>;
  /** Flags of the compiler for traced functions, and who says so. */
  readonly flags: string;
  readonly flagsBy: 'makefile' | 'table';
  /** Objects made of arch/powerpc/kernel/trace; null where the tree does not say. */
  readonly objects: readonly string[] | null;
  readonly preemptions: readonly Preemptible[];
}
/** One way to preempt that the kernel has, and what it sets of the symbols that are asked for. */
export interface Preemptible extends Pick<Preempting, 'id' | 'kind'> {
  readonly values: ReadonlyMap<string, string>;
}

export interface ConfigurationRequest {
  readonly read: Read;
  readonly kconfigs: KconfigCache;
  /** Symbols besides those that are always asked for. */
  readonly alsoAsked?: readonly string[];
  /** Answers that count before those of the table. */
  readonly answers?: ReadonlyMap<string, string>;
}

const architecture = 'powerpc';
const makefiles = { flags: 'arch/powerpc/Makefile', objects: 'arch/powerpc/kernel/trace/Makefile' } as const;

/** Kernels of a tree; null where its Kconfig is not at hand. */
export function configurationsOf(request: ConfigurationRequest): readonly Configuration[] | null {
  const { read, kconfigs } = request;
  const version = versionOf(read);
  const kconfig = kconfigOf(read, kconfigs, version);
  if (kconfig === null) return null;
  return bases.flatMap((base) => settle(base, kconfig, { ...request, version }) ?? []);
}

/** null where the tree's is not at hand. */
function kconfigOf(read: Read, kconfigs: KconfigCache, version: number): Kconfig | null {
  const standIn = (path: string) =>
    standIns.findLast(({ file, since }) => file === path && since <= version)?.text ?? null;
  const kconfig = readKconfig({ read, wanted: kconfigFiles, standIn, architecture }, kconfigs);
  // A tree of which only single files are at hand may have a Kconfig that says nothing of what kernels there are.
  return kconfig.symbols.has('PPC64') && read('arch/powerpc/Kconfig') !== null ? kconfig : null;
}

/** A kernel of this base; null where the tree has none. */
function settle(
  base: Base,
  kconfig: Kconfig,
  request: ConfigurationRequest & { readonly version: number },
): Configuration | null {
  const { read, alsoAsked = [], answers = new Map() } = request;
  if (base.compiler.kind === 'gcc' && base.compiler.version < oldestGccOf(read, request.version)) return null;
  const given = new Map([...Object.entries({ ...common, ...compilerAnswers(base), ...base.answers }), ...answers]);
  const expand = expandFor(base.compiler);
  const names = [...new Set([...asked, ...alsoAsked])];
  const evaluations = preempting.flatMap((way) => {
    const own = preempting.map(({ symbol }) => [symbol, symbol === way.symbol ? 'y' : 'n'] as const);
    const evaluation = new Evaluation(kconfig, { answers: new Map([...given, ...own]), expand });
    // A way that the tree does not know of is none.
    const { text, by } = evaluation.value(way.symbol);
    return text === 'y' && by !== 'answer' ? [{ way, evaluation }] : [];
  });
  const [first] = evaluations;
  if (first === undefined) return null;
  const { evaluation } = first;
  for (const [symbol, answer] of Object.entries({ ...base.answers, FUNCTION_TRACER: 'y', DYNAMIC_FTRACE: 'y' })) {
    const { text } = evaluation.value(symbol);
    if (text !== answer && !(text === '' && answer === 'n')) return null;
  }
  const values = valuesOf(evaluation, names);
  const flags = flagsOf(read, base, values);
  return {
    base,
    values,
    decided: new Map(names.map((name) => [name, evaluation.value(name).by])),
    ...flags,
    objects: objectsOf(read, base, values),
    preemptions: evaluations.map(({ way, evaluation: one }) => ({
      ...{ id: way.id, kind: way.kind },
      values: one === evaluation ? values : valuesOf(one, names),
    })),
  };
}

/** The kernel of a .config on a tree, as `make olddefconfig` leaves it, and what it changes of the file for that. */
export function configurationOf(
  kernel: KernelConfig,
  request: Omit<ConfigurationRequest, 'answers'>,
): { readonly configuration: Configuration; readonly changed: readonly string[] } {
  const { read, kconfigs, alsoAsked = [] } = request;
  const kconfig = kconfigOf(read, kconfigs, versionOf(read));
  const names = [...new Set([...asked, ...alsoAsked, ...kernel.values.keys()])];
  const evaluation =
    kconfig === null ? null : new Evaluation(kconfig, { answers: kernel.values, expand: expandFor(kernel.compiler) });
  const values = new Map<string, string>();
  const decided = new Map<string, By>();
  const changed: string[] = [];
  for (const name of names) {
    const own = kernel.values.get(name) ?? 'n';
    const found = evaluation?.value(name);
    const told = found?.by === 'kconfig' && /^[ymn]$/.test(found.text ?? '') ? found.text : null;
    if (told !== null && told !== own && asked.includes(name))
      changed.push(
        `CONFIG_${name} is ${own === 'n' ? 'not set' : own}, and ${told === 'n' ? 'not set' : told} in that kernel`,
      );
    const value = told ?? own;
    if (value !== 'n') values.set(name, value);
    decided.set(name, told === own ? 'kconfig' : 'answer');
  }
  const base: Base = { id: kernel.file, compiler: kernel.compiler, answers: {} };
  const objects = objectsOf(read, base, values);
  const preemptions = [{ ...kernel.preemption, values }];
  return { configuration: { base, values, decided, ...flagsOf(read, base, values), objects, preemptions }, changed };
}

function valuesOf(evaluation: Evaluation, names: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const name of names) {
    const { text } = evaluation.value(name);
    if (text !== null && text !== 'n' && text !== '') values.set(name, text);
  }
  return values;
}

function compilerAnswers({ compiler }: Base): Record<string, string> {
  const { kind, version } = compiler;
  const [gcc, clang] = kind === 'gcc' ? [version, 0] : [0, version];
  return {
    ...{ CC_IS_GCC: kind === 'gcc' ? 'y' : 'n', CC_IS_CLANG: kind === 'clang' ? 'y' : 'n' },
    ...{ GCC_VERSION: `${gcc}`, CLANG_VERSION: `${clang}` },
  };
}

/** The tree's Makefile, or else what the symbols are for. */
function flagsOf(
  read: Read,
  base: Base,
  values: ReadonlyMap<string, string>,
): Pick<Configuration, 'flags' | 'flagsBy'> {
  // The kernel's own Makefile sets -pg before the architecture's is read.
  const made =
    runMade(read(makefiles.flags), base, values, [['CC_FLAGS_FTRACE', '-pg']])?.get('CC_FLAGS_FTRACE') ?? null;
  if (made !== null) return { flags: made, flagsBy: 'makefile' };
  const has = (symbol: string) => values.get(symbol) === 'y';
  const entry = has('PPC_FTRACE_OUT_OF_LINE') ? '1' : has('DYNAMIC_FTRACE_WITH_CALL_OPS') ? '3,1' : '2';
  const patchable = has('ARCH_USING_PATCHABLE_FUNCTION_ENTRY');
  const flags = patchable
    ? `-fpatchable-function-entry=${entry}`
    : `-pg${has('MPROFILE_KERNEL') ? ' -mprofile-kernel' : ''}`;
  return { flags, flagsBy: 'table' };
}

function objectsOf(read: Read, base: Base, values: ReadonlyMap<string, string>): readonly string[] | null {
  const made = runMade(read(makefiles.objects), base, values, [])?.get('obj-y') ?? null;
  return made === null ? null : [...new Set(made.split(/\s+/).filter((name) => name.endsWith('.o')))];
}

function runMade(
  text: string | null,
  base: Base,
  values: ReadonlyMap<string, string>,
  before: readonly (readonly [string, string])[],
): Variables | null {
  if (text === null) return null;
  const symbols = [...values].map(([name, value]) => [`CONFIG_${name}`, value] as const);
  return runMakefile(text, { variables: new Map([...symbols, ...before]), compiler: base.compiler });
}

/** VERSION and PATCHLEVEL of the tree's Makefile: 613 for v6.13; 0 where the tree does not say. */
function versionOf(read: Read): number {
  const text = read('Makefile') ?? '';
  const number = (name: string) => Number(new RegExp(`^${name} = (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return number('VERSION') * 100 + number('PATCHLEVEL');
}

function oldestGccOf(read: Read, version: number): number {
  const told = /^gcc\)\s+(?:if [^\n]*\n[^\n]*\n\s*else\s+)?echo (\d+)\.(\d+)\.(\d+)/m.exec(
    read('scripts/min-tool-version.sh') ?? '',
  );
  if (told !== null) return Number(told[1]) * 10_000 + Number(told[2]) * 100 + Number(told[3]);
  return oldestGcc.findLast(({ since }) => since <= version)?.gcc ?? 0;
}
