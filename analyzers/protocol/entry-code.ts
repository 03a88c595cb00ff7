/**
 * The tracer's entry code of a tree: which .S file a profile's kernel is linked with, assembled as that kernel is configured.
 * The one idea: it is the file that defines ftrace_caller for the profile; what it does is for the machine to run.
 *
 * Example: for ppc64-mprofile-gcc6 on v6.4 that is arch/powerpc/kernel/trace/ftrace_mprofile.S, for ppc64-pg-elfv1
 * ftrace_64_pg.S; trees before v4.13 have it elsewhere, and theirs is not read.
 */
import { type Assembled, assembleSource } from '../assembly/assemble.ts';
import { offsetsOf } from '../assembly/offsets.ts';
import type { Lexer } from '../source/lex.ts';
import type { Problem } from '../source/place.ts';
import { type Read, treeResolver } from './headers.ts';
import type { Profile } from './profiles.ts';
import type { EntryCode, Exit } from './protocol.ts';

/** Files by the call they serve, the newest name first. */
const files: Readonly<Record<'mprofile' | 'pg64' | 'ppc32', readonly string[]>> = {
  mprofile: ['ftrace_entry.S', 'ftrace_mprofile.S', 'ftrace_64_mprofile.S'],
  pg64: ['ftrace_64_pg_entry.S', 'ftrace_64_pg.S'],
  ppc32: ['ftrace_entry.S', 'ftrace_mprofile.S', 'ftrace_32.S'],
};
/** Where return_to_handler() is, if it is not in those: of newer kernels, and of ppc64 before. */
const handlerFiles = ['ftrace_low.S', 'ftrace_64.S'] as const;
const folder = 'arch/powerpc/kernel/trace/';
const offsetsPath = 'arch/powerpc/kernel/asm-offsets.c';

export interface EntryRequest {
  readonly read: Read;
  readonly profile: Profile;
  /** As for the profile's C. */
  readonly defines: ReadonlyMap<string, string>;
  readonly lexer?: Lexer;
}

export interface ReadEntry {
  readonly code: EntryCode | null;
  /** Why there is no code; null where there is, or where the tree has no such file. */
  readonly problem: Problem | null;
  /** Kconfig symbols that were asked for; the rest makes no difference. */
  readonly askedSymbols: ReadonlySet<string>;
}

/** Never throws; entry code that is not understood in full is not given. */
export function readEntryCode(request: EntryRequest): ReadEntry {
  const { read, profile } = request;
  const kind = profile.contract === 'pg64' ? 'pg64' : profile.abi === 'ppc32' ? 'ppc32' : 'mprofile';
  const made = ({ objects }: Profile, name: string) => objects?.includes(name.replace(/S$/, 'o')) ?? true;
  const thereOf = (names: readonly string[]) =>
    names
      .filter((name) => made(profile, name))
      .map((name) => folder + name)
      .filter((path) => read(path) !== null);
  const asked = new Set<string>();
  for (const file of thereOf(files[kind])) {
    const { code, problem, askedSymbols } = assembleFile(file, request);
    for (const symbol of askedSymbols) asked.add(symbol);
    if (problem !== null) return { code: null, problem, askedSymbols: asked };
    if (code === null || !defines(code.assembled, 'ftrace_caller')) continue;
    const [handlerFile] = defines(code.assembled, handlerName) ? [] : thereOf(handlerFiles);
    const handler = handlerFile === undefined ? noEntry : assembleFile(handlerFile, request);
    for (const symbol of handler.askedSymbols) asked.add(symbol);
    return { code: withHandler(code, handler), problem: null, askedSymbols: asked };
  }
  return { ...noEntry, askedSymbols: asked };
}

const handlerName = 'return_to_handler';
const noEntry: ReadEntry = { code: null, problem: null, askedSymbols: new Set() };

/** Without it where the file is not understood: then a stand-in of ours is what functions return to. */
function withHandler(code: EntryCode, { code: other }: ReadEntry): EntryCode {
  if (other === null || !defines(other.assembled, handlerName)) return code;
  const { file, assembled, id } = other;
  return { ...code, handler: { file, assembled }, id: `${code.id}\n${id}` };
}

/** `.ftrace_caller` is what ELFv1 calls the code of ftrace_caller. */
const defines = ({ symbols }: Assembled, wanted: string) =>
  symbols.some(({ name, section }) => name.replace(/^\./, '') === wanted && section !== null);

/** The .S files that it is from. */
export const filesOf = ({ file, handler }: EntryCode): readonly string[] =>
  handler === undefined ? [file] : [file, handler.file];

function assembleFile(file: string, { read, profile, defines: given, lexer }: EntryRequest): ReadEntry {
  const own = new Map([...given, ...entryDefines(profile, given)]);
  const resolve = treeResolver(read);
  const { bits, littleEndian } = profile;
  const offsetsText = read(offsetsPath) ?? '';
  const common = { resolve, defines: own, bits, littleEndian, ...(lexer && { lexer }) };
  const known = offsetsOf({ ...common, file: offsetsPath, text: offsetsText });
  const offsets = known.values;
  const assembled = assembleSource({ ...common, file, text: read(file) ?? '', offsets });
  const askedSymbols = new Set([...known.askedSymbols, ...assembled.askedSymbols]);
  const [first] = assembled.problems;
  if (first !== undefined) return { code: null, problem: first, askedSymbols };
  return { code: { file, assembled, offsets, id: idOf(assembled, offsets) }, problem: null, askedSymbols };
}

/** Numbers that only entry code asks for, where the tree's Kconfig has not said them. */
function entryDefines({ bits }: Profile, defines: ReadonlyMap<string, string>): [string, string][] {
  const name = 'CONFIG_THREAD_SHIFT';
  return [
    [name, defines.get(name) ?? (bits === 64 ? '14' : '13')],
    // Room for stubs stands behind the code; how much is no matter here.
    ['CONFIG_PPC_FTRACE_OUT_OF_LINE_NUM_RESERVE', '1'],
  ];
}

function idOf({ sections }: Assembled, offsets: ReadonlyMap<string, bigint>): string {
  const used = ['_NIP', 'GPR0', 'ORIG_GPR3', 'PACA_FTRACE_ENABLED', 'TI_livepatch_sp'].map((name) => offsets.get(name));
  const texts = sections
    // The bug table counts lines, which move with every line above them.
    .filter(({ name, flags }) => flags.includes('a') && name !== '__bug_table')
    .map(
      ({ name, bytes, relocations }) =>
        `${name} ${bytes.join()} ${relocations.map((one) => `${one.offset}${one.kind}${one.symbol}${one.addend}`).join()}`,
    );
  return [...used, ...texts].join('\n');
}

/** The exits that the code has in this configuration. */
export function exitsOf({ assembled }: EntryCode, text: string, profile: Profile): readonly Exit[] {
  const has = (name: string) => assembled.symbols.some((symbol) => symbol.name === name && symbol.section !== null);
  const exits: Exit[] = ['normal'];
  if (profile.bits === 64 && text.includes('PACA_FTRACE_ENABLED')) exits.push('no-trace');
  if (has('livepatch_handler')) exits.push('livepatch');
  if (profile.symbols.includes('DYNAMIC_FTRACE_WITH_DIRECT_CALLS')) {
    exits.push('direct');
    if (text.includes('ORIG_GPR3')) exits.push('direct-by-tracer');
  }
  return exits;
}
