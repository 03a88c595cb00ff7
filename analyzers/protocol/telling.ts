/**
 * A run as a protocol: the sites' words and the reachable text as they were when it began, and what happened. The one
 * idea: text is told as far as a task can come to it: what the sites' words branch to, before or after a modification.
 *
 * Example: a module's protocol tells `stub to ftrace_caller` once a site branches to it, and `stub to _mcount` at load time.
 */
import { disassemble } from '../power/text.ts';
import { driver } from './driver.ts';
import { type EntryRun, rangeOf } from './entry-points.ts';
import type { Image, Played, State } from './image.ts';
import type { Profile } from './profiles.ts';
import type {
  Assumption,
  CallSite,
  EntryCode,
  Failure,
  Preemption,
  Protocol,
  Step,
  SubjectId,
  TextSymbol,
} from './protocol.ts';
import { dataTold } from './telling-data.ts';
import { trampolineTold } from './trampoline.ts';
import type { Site, Text, World } from './world.ts';

export interface Told {
  readonly image: Image;
  readonly subject: SubjectId;
  readonly profile: Profile;
  readonly run: EntryRun;
  readonly played: Played;
  readonly evidence: 'tree' | 'diff';
  readonly fault: Failure | null;
  readonly call: Protocol['scenario']['call'] | null;
  readonly entry: EntryCode | null;
  /** Assumptions made before anything ran. */
  readonly assumptions: readonly Assumption[];
}

export function protocolOf(told: Told, preemption: Preemption): Protocol {
  const { image, subject, profile, run, played, evidence, fault, call, entry } = told;
  const { world } = image;
  const words = image.wordsIn(run.from);
  const { entryPoint, plan, live } = run;
  const moved = played.steps.map((step) => beside(world, step));
  const texts = [
    ...reachableTexts(image, run.from, moved),
    ...tracerTexts(world, { words, kept: run.exit === 'graph' }, moved),
  ];
  const { data, steps } = dataTold({ image, run, entry: call === null ? entry : null }, texts, moved);
  const scenario = {
    subject,
    profile: profile.id,
    preemption,
    entryPoint,
    siteKind: world.siteKind,
    plan,
    ...(fault !== null && { fault }),
    ...(call != null && { call }),
  };
  return {
    scenario,
    evidence,
    contract: profile.contract,
    bits: profile.bits,
    live,
    exit: call?.exit ?? run.exit ?? 'normal',
    steps,
    sites: world.sites.map((site, index) => siteOf(told, { site, words, traced: run.traced[index] ?? null })),
    texts,
    data,
    entry,
    symbols: world.told,
    outcome: played.kind,
    why: played.why,
    ...(played.error !== undefined && { error: played.error }),
    trail: played.trail,
    ...(played.unknownFunctions.length > 0 && { unknownFunctions: played.unknownFunctions }),
    assumptions: [
      ...told.assumptions,
      ...played.assumptions.map(({ text, at, decisive }) => ({
        text,
        file: at?.file ?? null,
        line: at?.line ?? null,
        decisive,
      })),
    ],
  };
}

interface SiteState {
  readonly site: Site;
  readonly words: ReadonlyMap<bigint, number>;
  readonly traced: boolean | null;
}

function siteOf({ image, run }: Told, { site, words, traced }: SiteState): CallSite {
  const own = new Map<number, number>();
  for (const index of site.text.words.keys()) {
    const address = site.text.address + BigInt(4 * index);
    own.set(Number(address - site.entry), words.get(address) ?? 0);
  }
  const recorded = recordedOffset(image, run, site);
  const { original, own: ownWords } = site;
  const goal = run.goal ?? site.goal;
  return {
    ...{ id: site.id, kind: image.world.siteKind, address: site.entry, words: own, recorded, traced },
    ...(site.symbol !== 0 && { symbol: site.symbol }),
    ...(goal !== undefined && { goal }),
    ...(original !== undefined && { original }),
    ...(ownWords !== undefined && { own: ownWords }),
  };
}

/** rec->ip once there is a record, which ftrace_call_adjust() may have moved; until then what the compiler recorded. */
function recordedOffset(image: Image, run: EntryRun, site: Site): number {
  if (!image.has(driver.recorded)) return site.compiled;
  const ip = image.ask(run.from, driver.recorded, rangeOf(site));
  return ip === null || ip === 0n ? site.compiled : Number(ip - site.entry);
}

/** Text that the sites' words lead to, transitively. */
function reachableTexts(image: Image, from: State, steps: readonly Step[]): TextSymbol[] {
  const { world } = image;
  const words = image.wordsIn(from);
  const modified = steps.flatMap(modifications);
  const found = new Map<string, TextSymbol>();
  for (const text of world.texts)
    if (text.of !== undefined)
      found.set(text.name, { name: text.name, address: text.address, words: imageOf(image, from, text), of: text.of });
  const pending: (readonly [bigint, number])[] = world.sites.flatMap(({ text }) =>
    text.words.map((_, index): readonly [bigint, number] => {
      const address = text.address + BigInt(4 * index);
      return [address, words.get(address) ?? 0];
    }),
  );
  pending.push(
    ...modified.filter(([address]) =>
      world.sites.some(({ entry }) => address >= entry - 16n && address < entry + 0xe0n),
    ),
  );
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const target = targetOf(...next);
    const text = target === null ? undefined : world.texts.find((candidate) => holds(candidate, target));
    if (text === undefined || found.has(text.name)) continue;
    const told = imageOf(image, from, text);
    found.set(text.name, { name: text.name, address: text.address, words: told });
    pending.push(
      ...[...told].map(([offset, word]): readonly [bigint, number] => [text.address + BigInt(offset), word]),
    );
    pending.push(...modified.filter(([address]) => holds(text, address)));
  }
  return [...found.values()];
}

/** Words inside the tracer's entry code that steps modify; with `kept` those that were modified before as well. */
function tracerTexts(
  world: World,
  { words, kept }: { readonly words: ReadonlyMap<bigint, number>; readonly kept: boolean },
  steps: readonly Step[],
): TextSymbol[] {
  const modified = new Set(steps.flatMap(modifications).map(([address]) => address));
  return world.texts.flatMap(({ name, address, words: [first = 0] }) => {
    const told = world.told.get(name);
    const word = words.get(address) ?? first;
    if (told === undefined || !(modified.has(told) || (kept && word !== first))) return [];
    return [{ name, address: told, words: new Map([[0, word]]) }];
  });
}

/** A step as if the tracer were where it is told to be: beside a module's stubs. What it branches to moves with it. */
function beside(world: World, step: Step): Step {
  if (step.kind === 'ipi' || step.kind === 'stopMachine')
    return { ...step, effects: step.effects.map((effect) => beside(world, effect)) };
  if (step.kind !== 'modify') return step;
  const told = world.entries.get(step.word.symbol) === step.word.address ? world.told.get(step.word.symbol) : undefined;
  return told === undefined ? step : { ...step, word: { ...step.word, address: told } };
}

const holds = (text: Text, address: bigint) =>
  address >= text.address && address < text.address + BigInt(4 * text.words.length);

function imageOf(image: Image, from: State, text: Text): ReadonlyMap<number, number> {
  const words = image.wordsIn(from);
  const own = text.words.map((word, index) => words.get(text.address + BigInt(4 * index)) ?? word);
  const told = text.isTrampoline === true ? trampolineOf(image, from, { ...text, words: own }) : (text.runsAs ?? own);
  return new Map(told.map((word, index) => [4 * index, word ?? own[index] ?? 0]));
}

function trampolineOf(image: Image, from: State, { address, words }: Text): readonly number[] {
  const { bits, littleEndian, kernelToc } = image.world;
  const offset = image.has(driver.tocOffset) ? (image.ask(from, driver.tocOffset, []) ?? 0n) : 0n;
  const toc = { value: kernelToc, offset: Number(offset) };
  return trampolineTold({ address, words, mode: { bits, littleEndian }, toc });
}

/** Where an I-form branch goes; null for any other word. */
function targetOf(address: bigint, word: number): bigint | null {
  if (word >>> 26 !== 18) return null;
  const match = /0x([0-9a-f]+)$/.exec(disassemble(word, address));
  return match?.[1] === undefined ? null : BigInt(`0x${match[1]}`);
}

function modifications(step: Step): (readonly [bigint, number])[] {
  if (step.kind === 'ipi' || step.kind === 'stopMachine') return step.effects.flatMap(modifications);
  if (step.kind !== 'modify') return [];
  const first = [step.word.address, step.new] as const;
  return step.newSuffix === undefined ? [first] : [first, [step.word.address + 4n, step.newSuffix]];
}
