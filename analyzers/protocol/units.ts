/**
 * Source files to a linked program, for one set of Kconfig symbols. The one idea: a unit depends on the texts it read and
 * on the symbols it asked for, nothing else; so a unit read once serves every profile, and the unpatched and the patched
 * tree, wherever those are the same.
 *
 * Example: gcc 5 and gcc 6 share all units; ELFv1 and ELFv2 share none, for the word size and the ABI are asked everywhere.
 */
import { KconfigCache } from '../kconfig/kconfig.ts';
import type { FunctionDefinition, Unit } from '../source/ast.ts';
import { defaultPreprocessLimits, type PreprocessLimits } from '../source/budget.ts';
import { Lexer } from '../source/lex.ts';
import { type ParsedUnit, parseUnit } from '../source/parse.ts';
import type { Problem } from '../source/place.ts';
import { preprocess } from '../source/preprocess.ts';
import { link, type Program } from '../source/program.ts';
import type { Resolve } from '../source/reading.ts';
import type { Token } from '../source/token.ts';
import { type EntryRequest, type ReadEntry, readEntryCode } from './entry-code.ts';
import type { EntryRun } from './entry-points.ts';
import type { FailedRun } from './faults.ts';
import type { SourceText } from './headers.ts';
import type { Image, Played } from './image.ts';
import { prelude } from './prelude.ts';
import type { Protocol } from './protocol.ts';

export interface UnitRequest {
  readonly file: string;
  readonly text: string;
  readonly resolve: Resolve;
  readonly defines: ReadonlyMap<string, string>;
  readonly longBits: 32 | 64;
  /** Read between our prelude and the file. */
  readonly ahead?: readonly SourceText[];
  readonly limits?: PreprocessLimits;
}

export interface ReadUnit {
  /** Of its tokens; equal only for the same unit parsed once. */
  readonly id: number;
  readonly unit: ParsedUnit;
  readonly askedSymbols: ReadonlySet<string>;
  /** Of every file that was read, the lines in branches that were not. */
  readonly passedOver: ReadonlyMap<string, ReadonlySet<number>>;
  readonly problems: readonly Problem[];
}

interface Entry extends ReadUnit {
  readonly text: string;
  /** Every question asked of `resolve`, with its answer. */
  readonly resolved: readonly Resolution[];
  readonly target: string;
  readonly symbols: Symbols;
}
type Symbols = ReadonlyMap<string, string | undefined>;
interface Resolution {
  readonly path: string;
  readonly form: 'quoted' | 'system';
  readonly from: string;
  readonly text: string | null;
}

/** Units already read, for any number of reviews. Of each file the newest readings are kept; of runs, all. */
export class UnitCache {
  /** What running linked units gave, by their identities: the base of a patch is what the patch before it made. */
  readonly runs = new Map<string, Runs>();
  /** What running them did, where it is told of more than one entry code. */
  readonly plays = new Map<string, Plays>();
  readonly kconfigs = new KconfigCache();
  readonly #entries = new Map<string, Entry[]>();
  readonly #entryCode = new Map<string, EntryReading[]>();
  readonly #parsed = new Map<string, Parsed>();
  readonly #isOn: boolean;
  readonly #lexer = new Lexer();
  #made = 0;

  /** @param shortcuts `none`: nothing is found, everything is read again */
  constructor(shortcuts: 'all' | 'none' = 'all') {
    this.#isOn = shortcuts === 'all';
  }

  get lexer(): Lexer {
    return this.#isOn ? this.#lexer : new Lexer();
  }

  find(request: UnitRequest): ReadUnit | null {
    const target = targetOf(request.defines);
    const text = textOf(request);
    const candidates = this.#entries.get(request.file) ?? [];
    const found = candidates.find(
      (entry) =>
        entry.target === target &&
        entry.text === text &&
        [...entry.symbols].every(([symbol, value]) => request.defines.get(symbol) === value) &&
        entry.resolved.every(
          ({ path, form, from, text }) => (request.resolve(path, form, from)?.text ?? null) === text,
        ),
    );
    if (found !== undefined) keepLast(candidates, found);
    return found ?? null;
  }

  /** A profile's entry code, assembled anew only where a text it was made from is another. */
  entry(request: EntryRequest): ReadEntry {
    const { profile, defines, read } = request;
    const { bits, littleEndian, abi, contract, objects } = profile;
    const key = [bits, littleEndian, abi, contract, objects, targetOf(defines)].join(' ');
    const readings = this.#entryCode.get(key) ?? [];
    this.#entryCode.set(key, readings);
    const known = readings.find(
      ({ texts, symbols }) =>
        [...symbols].every(([symbol, value]) => defines.get(symbol) === value) &&
        [...texts].every(([path, text]) => read(path) === text),
    );
    if (known !== undefined) {
      keepLast(readings, known);
      return known.result;
    }
    const texts = new Map<string, string | null>();
    const noting = (path: string) => {
      const text = read(path);
      texts.set(path, text);
      return text;
    };
    const result = readEntryCode({ ...request, read: noting, lexer: this.lexer });
    if (this.#isOn) readings.push({ texts, symbols: valuesOf(result.askedSymbols, defines), result });
    if (readings.length > readingsMax) readings.shift();
    return result;
  }

  /** What tokens are as a unit; those of the file's reading before are not parsed again. */
  parse(file: string, tokens: readonly Token[], longBits: 32 | 64): Parsed {
    const last = this.#parsed.get(file);
    const isSame = last !== undefined && last.longBits === longBits && areEqual(last.tokens, tokens);
    if (isSame && this.#isOn) return last;
    const id = isSame ? last.id : this.#made++;
    const parsed = { id, unit: parseUnit(file, tokens, { longBits }), tokens, longBits };
    this.#parsed.set(file, parsed);
    return parsed;
  }

  keep(file: string, entry: Entry): void {
    const entries = this.#entries.get(file) ?? [];
    this.#entries.set(file, entries);
    if (this.#isOn) entries.push(entry);
    if (entries.length > readingsMax) entries.shift();
  }
}
/** What was used last is dropped last: the base that many patches have. */
function keepLast<Item>(items: Item[], used: Item): void {
  items.push(...items.splice(items.indexOf(used), 1));
}

/** What running a program gave. */
export interface Runs {
  readonly protocols: readonly Protocol[];
  /** The functions that were called. */
  readonly entered: ReadonlySet<FunctionDefinition>;
  /** What no compiler takes, and was met while it ran. */
  readonly problems: readonly Problem[];
}
export interface PlayedRun {
  readonly image: Image;
  readonly run: EntryRun;
  readonly played: Played;
  readonly failed: readonly FailedRun[];
}
/** Every run of a program, with the functions that were called and what no compiler takes. */
export interface Plays extends Pick<Runs, 'entered' | 'problems'> {
  readonly played: readonly PlayedRun[];
}
interface Parsed {
  readonly id: number;
  readonly unit: ParsedUnit;
  readonly tokens: readonly Token[];
  readonly longBits: 32 | 64;
}
interface EntryReading {
  /** Every text asked for, with the answer. */
  readonly texts: ReadonlyMap<string, string | null>;
  readonly symbols: Symbols;
  readonly result: ReadEntry;
}
/** Of one file: what a patch and its base need for every target; older ones are of patches before. */
const readingsMax = 16;

/** Preprocesses and parses a unit, or finds it in the cache. */
export function readUnit(request: UnitRequest, cache: UnitCache): ReadUnit {
  const known = cache.find(request);
  if (known !== null) return known;
  const resolved: Resolution[] = [];
  const resolve: Resolve = (path, form, from) => {
    const found = request.resolve(path, form, from);
    resolved.push({ path, form, from, text: found?.text ?? null });
    return found;
  };
  const { file, text, defines, longBits } = request;
  const limits = request.limits ?? defaultPreprocessLimits;
  const { lexer } = cache;
  const preludes = [prelude, ...(request.ahead ?? [])];
  const tokens = preprocess({ file, text, resolve, defines, limits, preludes, lexer });
  const { id, unit } = cache.parse(file, tokens.tokens, longBits);
  const { askedSymbols } = tokens;
  const entry: Entry = {
    id,
    unit,
    askedSymbols,
    passedOver: tokens.passedOver,
    problems: [...tokens.problems, ...unit.problems],
    text: textOf(request),
    resolved,
    target: targetOf(defines),
    symbols: valuesOf(askedSymbols, defines),
  };
  cache.keep(file, entry);
  return entry;
}

const valuesOf = (asked: ReadonlySet<string>, defines: ReadonlyMap<string, string>): Symbols =>
  new Map([...asked].map((symbol) => [symbol, defines.get(symbol)]));

/** The same tokens from the same places: what is parsed from them is the same. */
function areEqual(before: readonly Token[], after: readonly Token[]): boolean {
  if (before.length !== after.length) return false;
  return after.every((token, index) => {
    const other = before[index]!;
    return (
      other === token ||
      (other.text === token.text &&
        other.line === token.line &&
        other.kind === token.kind &&
        other.file === token.file &&
        other.spaceBefore === token.spaceBefore &&
        other.atLineStart === token.atLineStart &&
        other.macros.length === token.macros.length &&
        other.macros.every((name, at) => name === token.macros[at]))
    );
  });
}

const textOf = ({ text, ahead = [] }: UnitRequest) => [...ahead.map((one) => one.text), text].join('\n');

/** What is predefined besides Kconfig symbols: word size, ABI, addresses. */
function targetOf(defines: ReadonlyMap<string, string>): string {
  return [...defines]
    .filter(([name]) => !name.startsWith('CONFIG_'))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** A unit whose functions yield to those of the same name anywhere else. */
export function asStandIn(unit: Unit): Unit {
  return { ...unit, functions: unit.functions.map((definition) => ({ ...definition, storage: 'none', weak: true })) };
}

export function linkUnits(units: readonly Unit[], bits: 32 | 64, littleEndian: boolean): Program {
  return link(units, { pointerBytes: bits === 64 ? 8 : 4, littleEndian });
}
