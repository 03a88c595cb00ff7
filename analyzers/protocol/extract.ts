/**
 * Source text → protocols: for every configuration that the tree can have, every kind of call site, entry point and plan,
 * what the kernel's own C does. The one idea: nothing is recognised, everything is run; what a patch changes shows in the
 * steps, and what the tree does not support shows as refused.
 *
 * Example: on the files of v5.2, `disable` of ppc64-mprofile-gcc6 with near sites and plan `all` is two modify steps,
 * bl → nop of A and of B.
 */
import { defaultLimits, type InterpreterLimits } from '../source/interpreter.ts';
import type { Problem } from '../source/place.ts';
import type { Program } from '../source/program.ts';
import { driverText } from './driver.ts';
import { entryRuns, faultable } from './entry-points.ts';
import { type Read, resolverOf } from './headers.ts';
import { Image } from './image.ts';
import { coreModel, modelText } from './core-model.ts';
import { definesOf, factsOf, type Profile, profilesOf } from './profiles.ts';
import type { Assumption, Preemption, ProfileId, Protocol } from './protocol.ts';
import { protocolOf } from './telling.ts';
import { linkUnits, readUnit, UnitCache } from './units.ts';
import { buildWorld } from './world.ts';

export interface ExtractInput {
  /** Text of a file of the tree (patched or not) by its path; null where the tree does not hold it. */
  readonly read: Read;
  /** Paths that the patch touches or creates; the same list for the unpatched and the patched tree. */
  readonly touched: readonly string[];
  readonly evidence: 'tree' | 'diff';
  /** Only these profiles, where the tree has them; all by default. */
  readonly profiles?: readonly ProfileId[];
  /** Kconfig symbols (without CONFIG_) that the patch introduces: each is tried set, too. */
  readonly introduced?: readonly string[];
  /** Also runs in which one primitive fails once; off by default. */
  readonly faults?: boolean;
  readonly limits?: InterpreterLimits;
  /** Units read before, of this tree or of its unpatched twin. */
  readonly cache?: UnitCache;
}

export interface Extracted {
  readonly protocols: readonly Protocol[];
  readonly problems: readonly Problem[];
}

const corePath = 'kernel/trace/ftrace.c';
const patchingPath = 'arch/powerpc/lib/code-patching.c';

/** Never throws over what the texts say; what could not be read is in `problems`, what could not be decided is `unread`. */
export function extract(input: ExtractInput): Extracted {
  const problems = new Map<string, Problem>();
  const protocols: Protocol[] = [];
  const cache = input.cache ?? new UnitCache();
  const profiles = profilesOf(factsOf(input.read)).filter(({ id }) => input.profiles?.includes(id) ?? true);
  for (const profile of profiles) {
    for (const extra of [[], ...(input.introduced ?? []).map((symbol) => [symbol])]) {
      const id = [profile.id, ...extra].join('+');
      protocols.push(...extractProfile({ ...input, cache }, { ...profile, id }, { extra, problems }));
    }
  }
  return { protocols, problems: [...problems.values()] };
}

interface Variation {
  /** Kconfig symbols set on top of the profile's. */
  readonly extra: readonly string[];
  readonly problems: Map<string, Problem>;
}

function extractProfile(input: ExtractInput & { cache: UnitCache }, profile: Profile, { extra, problems }: Variation): Protocol[] {
  const full = build(input, profile, { preemption: 'full', extra });
  for (const problem of full.problems) problems.set(`${problem.at?.file}:${problem.at?.line} ${problem.text}`, problem);
  const asFull = runAll(input, profile, full);
  if (!full.asksPreemption) return [...asFull('full'), ...asFull('none')];
  return [...asFull('full'), ...runAll(input, profile, build(input, profile, { preemption: 'none', extra }))('none')];
}

interface Built {
  readonly program: Program;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
  readonly asksPreemption: boolean;
}

/** Reads and links the units of a configuration. */
function build(input: ExtractInput & { cache: UnitCache }, profile: Profile, { preemption, extra }: { preemption: Preemption; extra: readonly string[] }): Built {
  const { read, cache } = input;
  const touched = new Set(input.touched);
  const inTree = resolverOf(read, touched);
  const assumptions: Assumption[] = [];
  const assume = (text: string) => assumptions.push({ text, file: null, line: null, decisive: false });
  const core = read(corePath);
  if (core === null) assume(`${corePath} is not at hand: our model of the generic core runs in its place`);
  const coreText = core ?? coreModel.text;
  const driver = { file: 'the driver of entry points', text: driverText(coreText) };
  const resolve: typeof inTree = (path, form, from) => (path === driverPath ? driver : (inTree(path, form, from) ?? modelText(path)));
  const files = [
    { file: profile.unit, text: read(profile.unit) },
    { file: patchingPath, text: read(patchingPath) },
    { file: core === null ? coreModel.file : corePath, text: `${coreText}\n#include "${driverPath}"\n` },
  ];
  const defines = definesOf(profile, preemption, extra);
  const units = files.flatMap(({ file, text }) => {
    if (text !== null) return [readUnit({ file, text, resolve, defines, longBits: profile.bits }, cache)];
    assume(`${file} is not at hand`);
    return [];
  });
  const askedHere = units.filter(({ unit }) => unit.file !== corePath || touched.has(corePath));
  return {
    program: linkUnits(units.map(({ unit }) => unit), profile.bits, profile.littleEndian),
    assumptions,
    problems: units.flatMap((unit) => unit.problems),
    asksPreemption: askedHere.some(({ askedSymbols }) => preemptionSymbols.some((symbol) => askedSymbols.has(symbol))),
  };
}
const driverPath = 'scenario-driver.h';
const preemptionSymbols = ['CONFIG_PREEMPT', 'CONFIG_PREEMPTION', 'CONFIG_PREEMPT_RCU', 'CONFIG_TASKS_RCU', 'CONFIG_PREEMPT_COUNT'];

/** Runs everything once; the result is told for either preemption. */
function runAll(input: ExtractInput, profile: Profile, built: Built): (preemption: Preemption) => Protocol[] {
  const tellers: ((preemption: Preemption) => Protocol)[] = [];
  const without = new Set(input.touched.includes(patchingPath) ? built.program.functions.keys() : []);
  for (const siteKind of profile.siteKinds) {
    const world = buildWorld(profile, siteKind);
    const image = new Image(built.program, world, { limits: input.limits ?? defaultLimits, without });
    const regs = profile.symbols.includes('DYNAMIC_FTRACE_WITH_REGS');
    for (const run of entryRuns(image, { regs })) {
      const played = image.play(run.from, run.actions);
      const told = { image, profile, run, evidence: input.evidence, assumptions: built.assumptions };
      tellers.push((preemption) => protocolOf({ ...told, played, fault: null }, preemption));
      if (input.faults !== true || !faultable.has(run.entryPoint)) continue;
      for (const [primitive, times] of played.calls) {
        for (let nth = 1; nth <= times && nth <= faultsMax; nth++) {
          const fault = { primitive, nth };
          const failed = image.play(run.from, run.actions, fault);
          tellers.push((preemption) => protocolOf({ ...told, played: failed, fault }, preemption));
        }
      }
    }
  }
  return (preemption) => tellers.map((tell) => tell(preemption));
}
/** Of one primitive in one entry point. */
const faultsMax = 8;
