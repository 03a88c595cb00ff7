/**
 * The Kconfig files of a tree as one whole: which entries a symbol has, which choices there are, what selects what. The one
 * idea: only the files that can say something of the symbols that are asked for are read, and a symbol that none of them
 * defines is not n but unknown, unless every file was read.
 *
 * Example: of a tree that holds arch/powerpc alone, MPROFILE_KERNEL has an entry and PREEMPTION has none.
 */
import type { Problem } from '../source/place.ts';
import { and, type Expression, yes } from './expression.ts';
import { type Entry, type ParsedFile, parseKconfig } from './parse.ts';

/** Text of a path of the tree, null where the tree does not hold it. */
type Read = (path: string) => string | null;

export interface Kconfig {
  readonly symbols: ReadonlyMap<string, readonly Entry[]>;
  readonly choices: ReadonlyMap<string, Choice>;
  /** By what is selected, or implied. */
  readonly selects: ReadonlyMap<string, readonly Selection[]>;
  readonly implies: ReadonlyMap<string, readonly Selection[]>;
  /** Every file that is sourced was read: a symbol without an entry does not exist. */
  readonly complete: boolean;
  /** Files that the tree lacks: others stand in for them. */
  readonly standIns: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}
export interface Choice {
  readonly entry: Entry;
  readonly members: readonly string[];
}
export interface Selection {
  readonly by: string;
  readonly condition: Expression;
}

export interface KconfigRequest {
  readonly read: Read;
  /** Files that are read where the tree has them; null: all that are sourced. */
  readonly wanted: readonly string[] | null;
  /** Text in place of that of a wanted file which the tree lacks. */
  readonly standIn?: (path: string) => string | null;
  /** `$(SRCARCH)` in the paths of files. */
  readonly architecture: string;
}

/** Files parsed before, by path; a file is parsed anew when its text is another. */
export class KconfigCache {
  readonly #files = new Map<string, { readonly text: string; readonly parsed: ParsedFile }[]>();
  readonly #wholes: { readonly files: readonly ParsedFile[]; readonly kconfig: Kconfig }[] = [];

  file(path: string, text: string): ParsedFile {
    const known = this.#files.get(path) ?? [];
    this.#files.set(path, known);
    const found = known.find((one) => one.text === text);
    if (found !== undefined) return found.parsed;
    const parsed = parseKconfig(path, text);
    known.push({ text, parsed });
    if (known.length > keptMax) known.shift();
    return parsed;
  }

  /** The same whole for the same files. */
  whole(files: readonly ParsedFile[], make: () => Kconfig): Kconfig {
    const same = (other: readonly ParsedFile[]) =>
      other.length === files.length && other.every((file, index) => file === files[index]);
    const found = this.#wholes.find((one) => same(one.files));
    if (found !== undefined) return found.kconfig;
    const kconfig = make();
    this.#wholes.push({ files, kconfig });
    if (this.#wholes.length > keptMax) this.#wholes.shift();
    return kconfig;
  }
}
/** A patch and its base, and the patch before it. */
const keptMax = 4;

/** Of a tree; the kernel has some 1700. */
const filesMax = 5000;

/** How deep files may stand in each other. */
const depthMax = 32;

export function readKconfig({ read, wanted, standIn, architecture }: KconfigRequest, cache: KconfigCache): Kconfig {
  const files = new Map<string, ParsedFile>();
  const entries: Entry[] = [];
  const standIns = new Set<string>();
  let complete = true;
  const isWanted = (path: string) => wanted === null || wanted.includes(path);
  const load = (path: string, condition: Expression, depth: number): void => {
    if (path === macros || files.has(path)) return;
    const readable = files.size < filesMax && depth < depthMax && isWanted(path);
    const own = readable ? read(path) : null;
    const text = own ?? (readable ? (standIn?.(path) ?? null) : null);
    if (own === null) complete = false;
    if (text === null) return;
    if (own === null) standIns.add(path);
    const parsed = cache.file(path, text);
    files.set(path, parsed);
    for (const item of parsed.items) {
      if ('path' in item)
        load(item.path.replaceAll(/\$\(?SRCARCH\)?/g, architecture), and(condition, item.condition), depth + 1);
      else entries.push(within(item, condition));
    }
  };
  // As Kconfig goes: what is sourced stands where it is sourced. Files that nothing leads to come last.
  load(root, yes, 0);
  for (const path of wanted ?? []) load(path, yes, 0);
  return cache.whole([...files.values()], () => ({
    ...assemble(entries),
    ...{ complete, standIns },
    problems: [...files.values()].flatMap(({ problems }) => problems),
  }));
}
const root = 'Kconfig';
/** It defines macros alone, and no symbol; what they stand for is not found by running anything. */
const macros = 'scripts/Kconfig.include';

function assemble(entries: readonly Entry[]): Pick<Kconfig, 'symbols' | 'choices' | 'selects' | 'implies'> {
  const symbols = new Map<string, Entry[]>();
  const choices = new Map<string, { entry: Entry; members: string[] }>();
  const [selects, implies] = [new Map<string, Selection[]>(), new Map<string, Selection[]>()];
  for (const entry of entries) {
    if (entry.isChoice) choices.set(entry.name, { entry, members: [] });
    else put(symbols, entry.name, entry);
    if (entry.choice !== null) choices.get(entry.choice)?.members.push(entry.name);
    for (const { value, condition } of entry.selects) put(selects, nameOf(value), { by: entry.name, condition });
    for (const { value, condition } of entry.implies) put(implies, nameOf(value), { by: entry.name, condition });
  }
  return { symbols, choices, selects, implies };
}
const nameOf = (value: Expression) => (value.kind === 'symbol' ? value.name : '');

function put<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** An entry of a file that is sourced under a condition. */
function within(entry: Entry, condition: Expression): Entry {
  if (condition === yes) return entry;
  const all = (list: Entry['defaults']) => list.map((one) => ({ ...one, condition: and(condition, one.condition) }));
  return {
    ...entry,
    depends: and(condition, entry.depends),
    prompts: entry.prompts.map((one) => and(condition, one)),
    defaults: all(entry.defaults),
    selects: all(entry.selects),
    implies: all(entry.implies),
  };
}
