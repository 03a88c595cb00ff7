/**
 * Source text → protocols: for every configuration that the tree can have, every kind of call site, entry point and plan,
 * what the kernel's own C does. The one idea: nothing is recognised, everything is run; what a patch changes shows in the
 * steps, and what the tree does not support shows as refused.
 *
 * Example: on the files of v5.2, `disable` of ppc64-mprofile-gcc6 with near sites and plan `all` is two modify steps,
 * bl → nop of A and of B.
 */
import type { FunctionDefinition } from '../source/ast.ts';
import { defaultLimits, type InterpreterLimits } from '../source/interpreter.ts';
import type { Problem } from '../source/place.ts';
import type { Program } from '../source/program.ts';
import { Coverage } from './coverage.ts';
import { exitsOf, filesOf, type ReadEntry } from './entry-code.ts';
import type { EntryRun } from './entry-points.ts';
import { failedRuns } from './faults.ts';
import { graphModel } from './graph-model.ts';
import type { Read, SourceText } from './headers.ts';
import { Image } from './image.ts';
import type { KernelConfig } from './kernel-config.ts';
import { pokingModel } from './poking-model.ts';
import { type BootOrder, bootOrderOf, pokingWays } from './poking-setup.ts';
import { definesOf, type Profile, withSetUp } from './profiles.ts';
import type { Assumption, Exit, Preemption, ProfileId, Protocol, SubjectId } from './protocol.ts';
import { corePath, graphPath, patchingPath, type Subject } from './subject.ts';
import { subjectsOf } from './subjects/table.ts';
import { protocolOf } from './telling.ts';
import {
  asStandIn,
  linkUnits,
  type PlayedRun,
  type Plays,
  type ReadUnit,
  type Runs,
  readUnit,
  UnitCache,
} from './units.ts';

export interface ExtractInput {
  /** Text of a file of the tree (patched or not) by its path; null where the tree does not hold it. */
  readonly read: Read;
  /** Paths that the patch touches or creates; the same list for the unpatched and the patched tree. */
  readonly touched: readonly string[];
  readonly evidence: 'tree' | 'diff';
  /** What modifies text: by default whatever the touched files concern, the tracer where they say nothing. */
  readonly subjects?: readonly SubjectId[];
  /** Only these profiles, where the tree has them; all by default. */
  readonly profiles?: readonly ProfileId[];
  /** The kernel of a .config, in place of all that the tree can have. */
  readonly config?: KernelConfig | null;
  /** Kconfig symbols (without CONFIG_) that the patch introduces: each is tried the other way, too. */
  readonly introduced?: readonly string[];
  /** Old names of functions by the names the series gives them, where what does so is not in `read`. */
  readonly renamed?: ReadonlyMap<string, string>;
  /** Functions of which a mail shows only unchanged parts: they yield to those of our models. */
  readonly contextOnly?: ReadonlySet<string>;
  /** Functions have a global entry point, which sets up their TOC, where the ABI has that; by default none has. */
  readonly setUp?: boolean;
  /** Primitives that store into text are interpreted as the tree has them; by default only where the patch touches them. */
  readonly deep?: boolean;
  /** Also runs in which one primitive fails once; off by default. */
  readonly faults?: boolean;
  readonly limits?: InterpreterLimits;
  /** `none`: everything is run as often as it is asked for. The results are the same; for tests and measuring. */
  readonly shortcuts?: 'all' | 'none';
  /** Units read before, of this tree or of its unpatched twin. */
  readonly cache?: UnitCache;
}

export interface Extracted {
  readonly protocols: readonly Protocol[];
  /** Kernels that were run, with who decided what of them. */
  readonly profiles: readonly Profile[];
  /** Files of assembly that were read as the tracer's entry code of some profile. */
  readonly assembly: readonly string[];
  /** What of the sources was compiled and run. */
  readonly coverage: Coverage;
  readonly problems: readonly Problem[];
}

/** Never throws over what the texts say; what could not be read is in `problems`, what could not be decided is `unread`. */
export function extract(input: ExtractInput): Extracted {
  const problems = new Map<string, Problem>();
  const protocols: Protocol[] = [];
  const coverage = new Coverage();
  const cache = input.shortcuts === 'none' ? new UnitCache('none') : (input.cache ?? new UnitCache('all'));
  const profiles: Profile[] = [];
  for (const subject of subjectsOf(input)) {
    const own = { ...input, cache, subject };
    const named = profilesOf(own, new Map()).filter(({ id }) => input.profiles?.includes(id) ?? true);
    const known = ofPoking(input, named);
    profiles.push(...known);
    for (const profile of [...known, ...otherWise(own, known)]) {
      for (const { name, symbols } of pokings(own, profile, known)) {
        const id = [profile.id, ...name].join('+');
        protocols.push(...extractProfile(own, { ...profile, id }, { extra: symbols, problems, coverage }));
      }
    }
  }
  const assembly = new Set(protocols.flatMap(({ entry }) => (entry === null ? [] : filesOf(entry))));
  return { protocols, profiles, assembly: [...assembly], coverage, problems: [...problems.values()] };
}

const isDeep = ({ deep, touched }: ExtractInput) => deep === true || touched.includes(patchingPath);

/** One subject of one tree. */
type SubjectInput = ExtractInput & { readonly cache: UnitCache; readonly subject: Subject };

/** The profiles of a subject, under these answers to Kconfig's questions. */
function profilesOf({ cache, subject, ...input }: SubjectInput, answers: ReadonlyMap<string, string>) {
  const { kconfigs } = cache;
  const alsoAsked = [...namedSymbols(input), ...(input.introduced ?? [])];
  const known = subject.profiles({ ...input, kconfigs, alsoAsked, answers });
  return input.setUp === true ? known.map(withSetUp) : known;
}

/** What touched files ask of Kconfig: more than is asked for otherwise. */
function namedSymbols({ read, touched }: ExtractInput): string[] {
  const texts = touched.map((path) => read(path) ?? '').filter((text) => text.length < textMax);
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/\bCONFIG_(\w+)/g)].map((match) => match[1] ?? '')))];
}
const textMax = 1 << 20;

/** The same kernels with each symbol that the patch introduces set where it is not, and not set where it is: as far as it can be. */
function otherWise(input: SubjectInput, known: readonly Profile[]): Profile[] {
  return (input.introduced ?? []).flatMap((symbol) => {
    const under = new Map(['y', 'n'].map((answer) => [answer, profilesOf(input, new Map([[symbol, answer]]))]));
    return known.flatMap((profile) => {
      const answer = profile.symbols.includes(symbol) ? 'n' : 'y';
      const other = under.get(answer)?.find(({ base }) => base === profile.base);
      // Its own `depends on` forbids it, or nobody is asked.
      if (other === undefined || other.symbols.includes(symbol) !== (answer === 'y')) return [];
      return [{ ...other, id: `${other.id}+${answer === 'y' ? '' : 'no-'}${symbol}` }];
    });
  });
}

/**
 * A patch of the code that pokes text, and of nothing else, is run on the first kernel of each word size and byte order, and
 * of those that poke data as well: that code does not know what a call site looks like.
 */
function ofPoking({ touched }: ExtractInput, profiles: readonly Profile[]): readonly Profile[] {
  if (touched.length === 0 || touched.some((path) => path !== patchingPath)) return profiles;
  const kindOf = ({ bits, littleEndian, contract }: Profile) => `${bits} ${littleEndian} ${contract === 'ool'}`;
  return profiles.filter((profile, at) => profiles.findIndex((other) => kindOf(other) === kindOf(profile)) === at);
}

/** Ways to poke, where they count; the kernel of a .config has its own. */
function pokings(input: SubjectInput, profile: Profile, all: readonly Profile[]) {
  const own = { name: [], symbols: [] };
  if (!isDeep(input) || input.config != null) return [own];
  const [usual = own, ...others] = pokingWays(profile);
  // They are the same for every compiler, and for whoever pokes.
  const first = input.subject.id === 'ftrace' && all.find(({ bits }) => bits === profile.bits)?.id === profile.id;
  return [usual, ...(input.touched.includes(patchingPath) && first ? others : [])];
}

interface Variation {
  /** Kconfig symbols set on top of the profile's. */
  readonly extra: readonly string[];
  readonly problems: Map<string, Problem>;
  readonly coverage: Coverage;
}

function extractProfile(input: SubjectInput, profile: Profile, { extra, problems, coverage }: Variation): Protocol[] {
  const protocols: Protocol[] = [];
  const built: Built[] = [];
  const told = new Set<string>();
  for (const way of profile.preemptions) {
    const defines = definesOf(profile, way.id, extra);
    // A configuration that differs in nothing its code asks for, or makes of it, is the same.
    const known = built.find(({ asked }) => [...asked].every(([name, value]) => defines.get(name) === value));
    const made = known ?? build(input, profile, defines);
    const one = known ?? built.find(({ key }) => key === made.key) ?? null;
    if (one === null) built.push(made);
    for (const problem of [...made.problems, ...problemsOf(made.entry)])
      problems.set(`${problem.at?.file}:${problem.at?.line} ${problem.text}`, problem);
    // What a task meets depends on whether it can be preempted, not on what that is called.
    if (one !== null && told.has(way.kind)) continue;
    const id = told.has(way.kind) ? `${profile.id}+${way.id}` : profile.id;
    told.add(way.kind);
    const runs = runOnce(input, { ...profile, id }, made, way.kind);
    coverage.add(made.units, runs.entered);
    // From a mail alone a callee may be one of our models, which knows another signature.
    for (const problem of input.evidence === 'tree' ? runs.problems : [])
      problems.set(`${problem.at?.file}:${problem.at?.line} ${problem.text}`, problem);
    protocols.push(...runs.protocols);
  }
  return protocols;
}

/** Runs everything, unless the same units were run before; told for either kind of preemption. */
function runOnce(input: SubjectInput, profile: Profile, built: Built, preemption: Preemption): Runs {
  const { runs, plays } = input.cache;
  const boot = bootOf(input, built);
  const order = boot === null ? '' : [...boot.ahead, '/', ...boot.behind].join(' ');
  const program = [input.subject.id, profile.id, built.key, input.evidence, input.faults, input.setUp, order].join(' ');
  const key = `${program} ${built.entry.code?.id}`;
  if (input.shortcuts === 'none' || !runs.has(`${key} ${preemption}`)) {
    const known = input.shortcuts === 'none' ? undefined : plays.get(program);
    const { played, entered, problems } = known ?? playAll(input, profile, { ...built, boot });
    // A patch of assembly leaves the C as it is: what that does is told again, with the other entry code.
    if (known === undefined && isOfAssembly(input)) plays.set(program, { played, entered, problems });
    for (const kind of input.shortcuts === 'none' ? [preemption] : (['full', 'none'] as const)) {
      const protocols = played.flatMap((one) => protocolsOf(input, { profile, built, preemption: kind }, one));
      runs.set(`${key} ${kind}`, { protocols, entered, problems });
    }
  }
  return runs.get(`${key} ${preemption}`)!;
}

const isOfAssembly = ({ touched, shortcuts }: ExtractInput) =>
  shortcuts !== 'none' && touched.length > 0 && touched.every((path) => path.endsWith('.S'));

interface Built {
  /** Equal for the same units, linked in the same way; the entry code has an identity of its own. */
  readonly key: string;
  readonly program: Program;
  readonly units: readonly ReadUnit[];
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
  /** What the units, and the architecture's own above all, ask of Kconfig, with the answers. */
  readonly asked: ReadonlyMap<string, string | undefined>;
  readonly entry: ReadEntry;
}

/** What single files take from the rest of the kernel. */
const aheadOf: ReadonlyMap<string, SourceText> = new Map([
  [patchingPath, pokingModel],
  [graphPath, graphModel],
]);

/** Reads and links the units of a configuration. */
function build(input: SubjectInput, profile: Profile, defines: ReadonlyMap<string, string>): Built {
  const { cache } = input;
  const { units: texts, standIns, resolve, ahead, assumed } = input.subject.sources(input, profile);
  const readAll = (all: readonly SourceText[]) =>
    all.map((text) => {
      const model = aheadOf.get(text.file);
      return readUnit(
        { ...text, resolve, ahead: model === undefined ? ahead : [...ahead, model], defines, longBits: profile.bits },
        cache,
      );
    });
  const units = readAll(texts);
  const lent = readAll(standIns);
  const touched = new Set(input.touched);
  const askedHere = units.filter(({ unit }) => unit.file !== corePath || touched.has(corePath));
  // The core's weak functions come last: a stand-in of the architecture's is meant to be used in their place.
  const parsed = units.map(({ unit }) => unit);
  const [arch, core] = [parsed.slice(0, -1), parsed.slice(-1)];
  const models = lent.map(({ unit }) => asStandIn(unit));
  const yielding = [...(input.contextOnly ?? [])].filter((name) =>
    models.some((unit) => unit.functions.some((fn) => fn.name === name)),
  );
  const shown = arch.map((unit) => ({
    ...unit,
    functions: unit.functions.filter(({ name }) => !yielding.includes(name)),
  }));
  const all = [...shown, ...models, ...core];
  const entry = entryOf(input, profile, defines);
  return {
    key: [[...units, ...lent].map(({ id }) => id), yielding, isDeep(input)].join(' '),
    units,
    program: linkUnits(all, profile.bits, profile.littleEndian),
    assumptions: [...assumed, ...standIn(entry)].map((text) => ({ text, file: null, line: null, decisive: false })),
    entry,
    problems: units.flatMap((unit) => unit.problems),
    asked: new Map(askedHere.flatMap(({ askedSymbols }) => [...askedSymbols].map((name) => [name, defines.get(name)]))),
  };
}

/** From a mail alone there is no entry code: it is never whole there. */
function entryOf(
  { read, evidence, cache, subject }: SubjectInput,
  profile: Profile,
  defines: ReadonlyMap<string, string>,
): ReadEntry {
  return evidence === 'tree' && subject.id === 'ftrace' ? cache.entry({ read, profile, defines }) : noEntry;
}

const noEntry: ReadEntry = { code: null, problem: null, askedSymbols: new Set() };
const problemsOf = ({ problem }: ReadEntry) => (problem === null ? [] : [problem]);
const standIn = ({ problem }: ReadEntry) => {
  if (problem === null) return [];
  const at = problem.at === undefined ? '' : `${problem.at.file}:${problem.at.line}: `;
  return [`the tracer's entry code was not read (${at}${problem.text}): a stand-in of ours runs in its place`];
};

/** Told of by a file that is no unit. */
const bootOf = (input: SubjectInput, { program }: Built): BootOrder | null =>
  isDeep(input) ? bootOrderOf(input.read, (name) => program.functions.has(name)) : null;

/** Runs everything once. */
function playAll(input: SubjectInput, profile: Profile, built: Built & { readonly boot: BootOrder | null }): Plays {
  const entered = new Set<FunctionDefinition>();
  const problems: Problem[] = [];
  const all: PlayedRun[] = [];
  for (const siteKind of profile.siteKinds) {
    const world = input.subject.world(profile, siteKind);
    const image = new Image(built.program, world, {
      limits: input.limits ?? defaultLimits,
      boot: built.boot,
      evidence: input.evidence,
      shortcuts: input.shortcuts ?? 'all',
    });
    for (const run of input.subject.runs(image, profile)) {
      const played = image.play(run.from, run.actions, { traced: run.traced });
      all.push({ image, run, played, failed: input.faults === true ? failedRuns(image, run, played) : [] });
    }
    for (const fn of image.entered) entered.add(fn);
    problems.push(...image.problems);
  }
  return { played: all, entered, problems };
}

interface Telling {
  readonly profile: Profile;
  readonly built: Built;
  readonly preemption: Preemption;
}

/** One run with what comes of it where a primitive fails. */
function protocolsOf(input: SubjectInput, telling: Telling, { image, run, played, failed }: PlayedRun): Protocol[] {
  const { profile, built, preemption } = telling;
  const told = {
    image,
    subject: input.subject.id,
    profile,
    run,
    evidence: input.evidence,
    assumptions: built.assumptions,
    entry: built.entry.code,
  };
  const whole = exitsIn(run, built, profile, input.read).map((exit) => {
    const call = run.tracer === undefined ? null : { tracer: run.tracer, exit };
    return protocolOf({ ...told, played, fault: null, call }, preemption);
  });
  return [...whole, ...failed.map((one) => protocolOf({ ...told, ...one, call: null }, preemption))];
}

/** A run that calls traced functions is told once for each exit of the entry code; without entry code there is nothing to tell. */
function exitsIn({ tracer, exit }: EntryRun, { entry }: Built, profile: Profile, read: Read): readonly Exit[] {
  if (tracer === undefined) return ['normal'];
  if (entry.code !== null && exit !== undefined) return [exit];
  return entry.code === null ? [] : exitsOf(entry.code, read(entry.code.file) ?? '', profile);
}
