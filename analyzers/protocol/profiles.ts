/**
 * Kernel code as configured and compiled: which Kconfig symbols are set, what the compiler leaves at the start of a
 * function, which word is recorded, and what the tracer's entry code expects. The one idea: the kernels of
 * config/profiles.ts are put to the tree, whose Kconfig and Makefiles say what they come to; a tree without them is taken
 * by what its code speaks of. A configuration that a kernel cannot have looks like a finding.
 *
 * Example: in ppc64-mprofile-gcc6 a function starts `mflr r0; bl _mcount`, the second word is recorded, and only trees
 * whose Kconfig makes MPROFILE_KERNEL y for some compiler have it.
 */
import { type Base, bases, preemptingSymbols, type Row, rows, withArguments } from '../../config/profiles.ts';
import type { By } from '../kconfig/evaluate.ts';
import { KconfigCache } from '../kconfig/kconfig.ts';
import { type Abi, type CallShape, callShapeOf } from './call-shape.ts';
import { type Configuration, configurationOf, configurationsOf, type Preemptible } from './configuration.ts';
import type { Read } from './headers.ts';
import type { KernelConfig } from './kernel-config.ts';
import type { CallSite, Contract, Preemption, ProfileId } from './protocol.ts';

export interface Profile extends Omit<CallShape, 'kind'> {
  readonly id: ProfileId;
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** Function pointers are addresses of descriptors (ELFv1), of text with one or two entries (ELFv2), or of text. */
  readonly abi: Abi;
  /** Path of the subject's own unit; of the tracer's, the one that holds ftrace_make_call(). */
  readonly unit: string;
  /** Objects that the kernel has of arch/powerpc/kernel/trace; null where the tree does not say. */
  readonly objects: readonly string[] | null;
  readonly contract: Contract;
  /** Kconfig symbols that are set whatever preempts, without CONFIG_. */
  readonly symbols: readonly string[];
  /** Ways to preempt that the kernel has. */
  readonly preemptions: readonly Preemptible[];
  /** ELFv2: what sets up the TOC of a function called from elsewhere, between its symbol and its local entry. */
  readonly setUp?: { readonly kernel: readonly string[]; readonly module: readonly string[] };
  /** Site kinds worth running; a tree that refuses one on its own drops out by that. */
  readonly siteKinds: readonly CallSite['kind'][];
  /** What the kernel is before a tree is looked at: equal before and after a patch, whatever that changes. */
  readonly base: string;
  readonly derived: Derived;
}

/** Who decided what: the tree, or config/profiles.ts. */
interface Derived {
  /** Flags of the compiler for traced functions. */
  readonly flags: string;
  readonly flagsBy: 'makefile' | 'table';
  /** Symbols by who decided how they are set. */
  readonly symbols: Readonly<Record<By | 'table', readonly string[]>>;
}

const mainUnit = 'arch/powerpc/kernel/trace/ftrace.c';
/** The unit of -pg where it is one of its own. */
const pgUnits = ['arch/powerpc/kernel/trace/ftrace_64_pg.c', 'arch/powerpc/kernel/trace/ftrace_pg.c'];
/** Where the unit was before v4.13. */
const oldUnit = 'arch/powerpc/kernel/ftrace.c';

export interface ProfilesRequest {
  readonly read: Read;
  /** Only the kernel of this .config; null and by default those of the table. */
  readonly config?: KernelConfig | null;
  /** Symbols besides those that are always asked for. */
  readonly alsoAsked?: readonly string[];
  /** Answers that count before those of the table. */
  readonly answers?: ReadonlyMap<string, string>;
  readonly kconfigs?: KconfigCache;
}

/** The profiles a tree can have, in the order they are told; of two kernels that come to the same the first counts. */
export function profilesOf(request: ProfilesRequest): readonly Profile[] {
  if (request.config != null)
    return profileOf(kernelOf({ ...request, config: request.config }).configuration, request.read);
  const configurations = configurationsOf({ kconfigs: new KconfigCache(), ...request });
  const profiles =
    configurations === null
      ? profilesByCode(request)
      : configurations.flatMap((kernel) => profileOf(kernel, request.read));
  return profiles.filter(({ id }, index) => profiles.findIndex((other) => other.id === id) === index);
}

/** Of a tree without Kconfig, or a mail: kernels by what the code speaks of. */
export function profilesByCode({ read, config = null, answers = new Map() }: ProfilesRequest): readonly Profile[] {
  if (config !== null) return profileOf(kernelOf({ read: () => null, config }).configuration, read);
  return rowsOf(read).flatMap((row) => profileOfRow(row, read, answers));
}

/** Flags of the compiler for traced functions by base; null where the tree's Makefile does not say them of every kernel. */
export function flagsByBase({ config, ...request }: ProfilesRequest): ReadonlyMap<string, string> | null {
  const own = { kconfigs: new KconfigCache(), ...request };
  const kernels = config == null ? configurationsOf(own) : [configurationOf(config, own).configuration];
  if (kernels === null || kernels.some(({ flagsBy }) => flagsBy !== 'makefile')) return null;
  return new Map(kernels.map(({ base, flags }) => [base.id, flags]));
}

/** Why the kernel of a .config is none of a tree; null where it is one. */
export function misfitOfConfig(request: ProfilesRequest & { readonly config: KernelConfig }): string | null {
  const { configuration, changed } = kernelOf(request);
  const [first] = changed;
  const others = changed.length > 1 ? ` (and ${changed.length - 1} more)` : '';
  if (first !== undefined) return `it is not of this tree, \`make olddefconfig\` changes it: ${first}${others}`;
  const none = profileOf(configuration, request.read).length === 0;
  return none ? `its functions are compiled with \`${configuration.flags}\`, which is not known here` : null;
}

const kernelOf = ({ config, ...request }: ProfilesRequest & { readonly config: KernelConfig }) =>
  configurationOf(config, { kconfigs: new KconfigCache(), ...request });

interface Settled {
  readonly base: Base;
  readonly has: (symbol: string) => boolean;
  readonly flags: string;
  readonly objects: readonly string[] | null;
}

/** What flags, symbols and objects come to; null where the flags are none that are known. */
function shaped({ base, has, flags, objects }: Settled, read: Read) {
  const bits = has('PPC64') ? 64 : 32;
  const littleEndian = has('CPU_LITTLE_ENDIAN');
  const abi: Abi = bits === 32 ? 'ppc32' : isElfV1({ has, littleEndian }, read) ? 'elfv1' : 'elfv2';
  const outOfLine = has('PPC_FTRACE_OUT_OF_LINE');
  const shape = callShapeOf(flags, { abi, compiler: base.compiler, outOfLine });
  if (shape === null) return null;
  const { kind, ...own } = shape;
  const contract: Contract =
    kind === 'pg' && bits === 64
      ? 'pg64'
      : kind === 'pg' && tracerReadsStack(read, objects)
        ? 'pg32'
        : outOfLine
          ? 'ool'
          : 'r0';
  const unit = unitOf(read, { objects, isPg: kind === 'pg' && bits === 64 });
  // Before v4.20 kernel text was within a branch's reach of the tracer, or the kernel did not boot with it.
  const isNear = objects !== null && !(read(unit)?.includes('ftrace_tramp_text') ?? true);
  const siteKinds: Profile['siteKinds'] = isNear ? ['near', 'module'] : ['near', 'far', 'module'];
  return { ...own, bits, littleEndian, abi, contract, unit, objects, siteKinds, base: base.id } as const;
}

/** Before v5.19 no symbol says which ABI it is: a Makefile then has both, and big endian has the older. */
function isElfV1({ has, littleEndian }: Pick<Settled, 'has'> & { littleEndian: boolean }, read: Read): boolean {
  if (has('PPC64_ELF_ABI_V1') || has('PPC64_ELF_ABI_V2') || littleEndian) return has('PPC64_ELF_ABI_V1');
  return read('arch/powerpc/Makefile')?.includes('-mabi=elfv1') ?? true;
}

function profileOf(kernel: Configuration, read: Read): Profile[] {
  const { base, values, decided, flags, flagsBy, objects, preemptions } = kernel;
  const shape = shaped({ base, has: (symbol) => values.get(symbol) === 'y', flags, objects }, read);
  if (shape === null) return [];
  const always = [...values.keys()].filter((name) =>
    preemptions.every((way) => way.values.get(name) === values.get(name)),
  );
  const by = (who: By) => [...decided].flatMap(([name, decider]) => (decider === who ? [name] : []));
  const symbols = {
    ...{ kconfig: by('kconfig'), 'stand-in': by('stand-in'), answer: by('answer'), nobody: by('nobody') },
    table: [],
  };
  return [{ ...shape, symbols: always, preemptions, derived: { flags, flagsBy, symbols } }];
}

function profileOfRow(
  { base: id, flags, symbols: named }: Row,
  read: Read,
  answers: ReadonlyMap<string, string>,
): Profile[] {
  const base = bases.find((one) => one.id === id);
  if (base === undefined) return [];
  const more = speaks(read, 'DYNAMIC_FTRACE_WITH_ARGS') ? argumentsOf(named) : [];
  const answered = [...answers].flatMap(([name, value]) => (value === 'y' ? [name] : []));
  const symbols = [...named, ...more, ...answered];
  const shape = shaped({ base, has: (symbol) => symbols.includes(symbol), flags, objects: null }, read);
  if (shape === null) return [];
  const preemptions = (['full', 'none'] as const).map((kind) => ({
    ...{ id: kind, kind },
    values: new Map([...symbols, ...preemptingSymbols[kind]].map((name) => [name, 'y'])),
  }));
  const nobody = { kconfig: [], 'stand-in': [], answer: [], nobody: [] };
  const derived: Derived = { flags, flagsBy: 'table', symbols: { ...nobody, table: symbols } };
  return [{ ...shape, symbols, preemptions, derived }];
}

const argumentsOf = (named: readonly string[]) =>
  named.includes('PPC32')
    ? [...withArguments.symbols, ...withArguments.on32]
    : named.includes('MPROFILE_KERNEL')
      ? withArguments.symbols
      : [];

/** Rows of the table that fit what the code speaks of. */
const rowsOf = (read: Read) =>
  rows.filter(
    ({ speaksOf, notOf }) =>
      speaksOf.every((word) => speaks(read, word)) && (notOf === undefined || !speaks(read, notOf)),
  );

/** Is the word in the tracer's C or in its header? */
const speaks = (read: Read, word: string) =>
  [mainUnit, oldUnit, 'arch/powerpc/include/asm/ftrace.h'].some((path) => read(path)?.includes(word) ?? false);

/** Until v5.17 the tracer of ppc32 read the return address from the frame; now it is that of -mprofile-kernel (FACTS section 3). */
function tracerReadsStack(read: Read, objects: readonly string[] | null): boolean {
  if (objects !== null) return objects.includes('ftrace_32.o');
  const header = read('arch/powerpc/include/asm/ftrace.h') ?? '';
  return (
    read('arch/powerpc/kernel/trace/ftrace_32.S') !== null ||
    header.includes('MCOUNT_SAVE_FRAME') ||
    !speaks(read, 'DYNAMIC_FTRACE_WITH_ARGS')
  );
}

function unitOf(read: Read, { objects, isPg }: { objects: readonly string[] | null; isPg: boolean }): string {
  const made = (path: string) =>
    objects === null || objects.includes(`${path.split('/').at(-1)?.replace(/\.c$/, '.o')}`);
  const pg = isPg ? pgUnits.find((path) => read(path) !== null && made(path)) : undefined;
  return pg ?? mainUnit;
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
  preemption: Preemption | Preemptible['id'],
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
  const way = profile.preemptions.find(({ id, kind }) => id === preemption || kind === preemption);
  for (const [symbol, value] of way?.values ?? []) define(defines, symbol, value);
  for (const symbol of extra) define(defines, symbol, 'y');
  return defines;
}

/** As include/generated/autoconf.h has it. */
function define(defines: Map<string, string>, symbol: string, value: string): void {
  if (value === 'y') defines.set(`CONFIG_${symbol}`, '1');
  else if (value === 'm') defines.set(`CONFIG_${symbol}_MODULE`, '1');
  else if (/^(-?\d+|0x[0-9a-f]+)$/i.test(value)) defines.set(`CONFIG_${symbol}`, value);
  else if (value !== 'n') defines.set(`CONFIG_${symbol}`, JSON.stringify(value));
}
