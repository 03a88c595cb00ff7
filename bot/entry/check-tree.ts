/**
 * The tracer entry files of a kernel tree, assembled by us and by GNU as, for every profile the tree has and several
 * configurations. The one idea: both get the same text, the same defines and the same offsets; equal means equal sections,
 * bytes, relocations and symbols.
 */
import { assembleSource, assemblyDefines } from '../../analyzers/assembly/assemble.ts';
import { offsetsOf } from '../../analyzers/assembly/offsets.ts';
import { treeResolver } from '../../analyzers/protocol/headers.ts';
import { definesOf, type Profile, profilesOf } from '../../analyzers/protocol/profiles.ts';
import { directoryTree } from '../sources/directory.ts';
import { differences } from './compare.ts';
import { gccPreprocess, gnuAssemble } from './gnu-as.ts';

export interface Row {
  readonly file: string;
  readonly profile: string;
  readonly configuration: string;
  /** In all sections, of ours. */
  readonly bytes: number;
  readonly relocations: number;
  /** None is equality. */
  readonly differences: readonly string[];
}

/** Tracer entry code of the versions from v4.19 on. */
const entryFiles: readonly string[] = [
  'ftrace_entry.S',
  'ftrace_mprofile.S',
  'ftrace_64_mprofile.S',
  'ftrace_64_pg_entry.S',
  'ftrace_64_pg.S',
  'ftrace_low.S',
  'ftrace_64.S',
  'ftrace_32.S',
].map((name) => `arch/powerpc/kernel/trace/${name}`);

const kconfigFiles = ['arch/powerpc/Kconfig', 'arch/powerpc/platforms/Kconfig.cputype'];
const generic = ['DEBUG_BUGVERBOSE', 'KPROBES', 'LIVEPATCH'];
const ofArchitecture = ['GENERIC_BUG', 'GENERIC_BUG_RELATIVE_POINTERS', 'THREAD_INFO_IN_TASK'];
const of64Bits = ['LIVEPATCH_64', 'HAVE_ARCH_PREL32_RELOCATIONS'];

/** Kconfig symbols besides those of the profile; of those that the architecture has, the ones its Kconfig names. */
function configurations(kconfig: string, { bits, abi }: Profile): Record<string, readonly string[]> {
  const named = (symbols: readonly string[]) => symbols.filter((symbol) => new RegExp(`\\b${symbol}\\b`).test(kconfig));
  const usual = [...generic, ...named([...ofArchitecture, ...(bits === 64 ? of64Bits : [])])];
  const pcrel = named(['PPC_KERNEL_PCREL']);
  return {
    bare: named(ofArchitecture.slice(0, 2)),
    usual,
    ...(abi === 'elfv2' && pcrel.length > 0 ? { pcrel: [...usual, ...pcrel] } : {}),
  };
}

export function* checkTree(tree: string): Generator<Row> {
  const { read } = directoryTree(tree);
  const offsetsFile = 'arch/powerpc/kernel/asm-offsets.c';
  const kconfig = kconfigFiles.map((path) => read(path) ?? '').join('\n');
  for (const profile of profilesOf({ read })) {
    for (const [configuration, symbols] of Object.entries(configurations(kconfig, profile))) {
      const { bits, littleEndian } = profile;
      const defines = definesOf(profile, 'none', symbols);
      const common = { resolve: treeResolver(read), defines, bits, littleEndian };
      const offsets = offsetsOf({ ...common, file: offsetsFile, text: read(offsetsFile) ?? '' }).values;
      for (const file of entryFiles) {
        const text = isFor(file, bits) ? read(file) : null;
        if (text === null) continue;
        const ours = assembleSource({ ...common, file, text, offsets });
        const all = new Map([...assemblyDefines(profile), ...defines]);
        const preprocessed = gccPreprocess({ tree, file, defines: all, offsets });
        const theirs = 'text' in preprocessed ? gnuAssemble(preprocessed.text, profile, file) : preprocessed.complaint;
        yield {
          ...{ file, profile: profile.id, configuration },
          bytes: ours.sections.reduce((sum, section) => sum + section.bytes.length, 0),
          relocations: ours.sections.reduce((sum, section) => sum + section.relocations.length, 0),
          differences: typeof theirs === 'string' ? [`GNU refuses: ${theirs.trim()}`] : differences(ours, theirs),
        };
      }
    }
  }
}

/** What the tree's Makefile builds for the word size, by the names it gives files. */
const isFor = (file: string, bits: 32 | 64) => !file.includes(bits === 64 ? '_32' : '_64');
