/**
 * One protocol at every level: the outcomes and the breaks. Equal models are explored once per review, however many
 * profiles, plans and patches lead to them; the cache is the caller's.
 */
import type { Call } from '../checks/call.ts';
import type { CheckId } from '../checks/checks.ts';
import { followCall } from '../explore/call.ts';
import { type Exploration, type ExploredLevel, explore } from '../explore/explore.ts';
import type { Emulations } from '../machine/emulations.ts';
import { type PlaceEntry, placingOnce } from '../machine/entry.ts';
import { layout, type Model, modelsOf, type SiteModel } from '../machine/model.ts';
import { formatModel, formattingOnce } from '../machine/notation.ts';
import { isOrdered } from '../machine/order.ts';
import { disassemble } from '../power/text.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import { atRest } from './at-rest.ts';
import { profileName, type Sighting } from './cause.ts';
import { complaints, leftBehind, recordedWord } from './ending.ts';
import type { EntryRun } from './entry-cover.ts';
import { type EntryBreak, entrySpot, guiltyRegisters } from './entry-spot.ts';
import { type Ask, isBroken, plainest } from './plainest.ts';
import { guiltyStep, type MailLineOf, nowhere, previousModification, ranSpot, spotOf } from './spot.ts';
import { type Architecture, allLevels, type Level, type Levels, type Outcome } from './verdict.ts';

export interface ExploreLimits {
  readonly tasks: number;
  readonly cpus: number;
  readonly statesMax: number;
}

/** Of models that differ in preemption only: by preemption, level and bounds. */
type Explored = Map<string, Exploration>;

/** Explorations done so far, and what they cost. */
export interface ExplorationCache {
  /** By notation. */
  readonly done: Map<string, Explored>;
  /** The same by model, so that each is written once. */
  readonly known: WeakMap<Model, Explored>;
  readonly formats: ReturnType<typeof formattingOnce>;
  place: PlaceEntry;
  states: number;
  transitions: number;
}
export const newCache = (): ExplorationCache => ({
  done: new Map(),
  known: new WeakMap(),
  formats: formattingOnce(),
  place: placingOnce(),
  states: 0,
  transitions: 0,
});

/** Lets go of what it keeps; what it counts stays. */
export function forget(cache: ExplorationCache): void {
  cache.done.clear();
  cache.place = placingOnce();
}

export interface ProtocolRun {
  readonly levels: Levels;
  readonly sightings: readonly Sighting[];
  /** Breaks only when one of the tasks is an idle task that RCU does not watch. */
  readonly idleBreaks: boolean;
  /** Breaks only when the modifying CPU itself takes an exception between two of its stores. */
  readonly exceptionBreaks: boolean;
  /** Freed text is reached by a stale fetch only, after a grace period of Tasks RCU. */
  readonly staleFreed: boolean;
  /** Data that tasks read is stored before a modification, and nothing orders the two. */
  readonly unordered: boolean;
  readonly states: number;
  readonly transitions: number;
  /** Of a call of a traced function: what of the tracer's entry code was executed. */
  readonly entry: EntryRun | null;
  /** Of a call of a traced function that comes back: where it came by. */
  readonly called: Called | null;
  /** Of feature fixups: what is executed at each place when all is done. */
  readonly atRest: readonly string[];
}

interface Called extends Pick<EntryBreak, 'model' | 'origins'> {
  readonly call: Call;
}

export interface RunInput {
  readonly protocol: Protocol;
  readonly highest: Level;
  readonly limits: ExploreLimits;
  readonly cache: ExplorationCache;
  readonly emulations: Emulations;
  readonly mailLineOf: MailLineOf;
}

const reaches = (highest: Level, level: Level) => allLevels.indexOf(level) <= allLevels.indexOf(highest);

export function runProtocol(input: RunInput): ProtocolRun {
  const { protocol, highest } = input;
  const sites = modelsOf(protocol, input.cache.place);
  const [first] = sites;
  if (protocol.outcome === 'unread' || protocol.outcome === 'limit' || first === undefined) {
    const outcome = protocol.outcome === 'limit' ? 'limit' : 'unread';
    return {
      levels: { sequential: outcome, preemption: outcome, stale: outcome, architecture: 'unread' },
      sightings: [],
      idleBreaks: false,
      exceptionBreaks: false,
      staleFreed: false,
      unordered: false,
      states: 0,
      transitions: 0,
      entry: null,
      called: null,
      atRest: [],
    };
  }
  const sightings: Sighting[] = [];
  let [states, transitions] = [0, 0];
  let staleFreed = false;
  const all = (level: ExploredLevel) => {
    let worst: Outcome = 'held';
    for (const [index, whole] of sites.entries()) {
      const late = level === 'stale' && isFreedLate(input, whole.model);
      staleFreed ||= late;
      const site = late ? withoutFrees(whole) : whole;
      const found = exploreCached(input, site.model, level);
      states += found.states;
      transitions += found.transitions;
      if (found.break?.check === 'unknown-data') {
        if (worst === 'held') worst = 'unread';
        continue;
      }
      const sighting = sightingOf(input, ...shownOf(input, { site, index, level, found }));
      if (sighting !== null) {
        sightings.push(sighting);
        worst = 'broken';
      } else if (found.outcome === 'limit' && worst !== 'broken') worst = 'limit';
    }
    return worst;
  };
  const complained = complaints(input);
  sightings.push(...complained);
  const alone = all('sequential');
  const left = complained.length === 0 && alone === 'held' ? leftBehind(input) : [];
  sightings.push(...left.filter(({ level }) => reaches(highest, level)));
  const isLeft = (level: Level) => left.some((sighting) => sighting.level === level);
  const failed = complained.length > 0 || protocol.outcome === 'refused' || isLeft('sequential');
  const sequential: Outcome = failed ? 'broken' : alone;
  const preemption = reaches(highest, 'preemption') ? all('preemption') : 'unread';
  const interleaved = reaches(highest, 'stale') ? all('stale') : 'unread';
  const stale: Outcome = interleaved === 'held' && isLeft('stale') ? 'broken' : interleaved;
  const architecture = reaches(highest, 'architecture') ? architectureOf(input, sites) : 'unread';
  const held = preemption !== 'broken' && stale !== 'broken' && sequential !== 'broken';
  const idleBreaks = held && reaches(highest, 'preemption') && sites.some((site) => breaksIdle(input, site.model));
  const exceptionBreaks =
    held && reaches(highest, 'preemption') && sites.some((site) => breaksInException(input, site.model));
  const unordered = protocol.live && protocol.steps.some((_, index) => !isOrdered(protocol.steps, index));
  const levels: Levels = { sequential, preemption, stale, architecture };
  return {
    levels,
    sightings,
    idleBreaks,
    exceptionBreaks,
    staleFreed,
    unordered,
    states,
    transitions,
    // The sites of a call differ in nothing but their address: the first one speaks for all.
    entry: entryRunOf(input, first),
    called: calledOf(input, first),
    atRest: sites.map((site) => restOf(input, site)),
  };
}

/** What is shown of a site: a break on the smallest model that has it. */
function shownOf(
  input: RunInput,
  asked: { site: SiteModel; index: number; level: ExploredLevel; found: Exploration },
): [SiteModel, ExploredLevel, Exploration] {
  const { site, index, level, found } = asked;
  if (!isBroken(found) || site.codeOrigins.size === 0) return [site, level, found];
  // None of a call, which is about the entry code.
  const standIn = modelsOf({ ...input.protocol, entry: null })[index];
  const ask: Ask = (model) => exploreCached(input, model, level);
  const shown = plainest({ model: site.model, found }, standIn?.model ?? null, ask);
  // Without the entry code there are no steps that modify it: others come from the steps of the protocol.
  const origin = shown.model === standIn?.model ? standIn.origin : site.origin;
  return [{ ...site, model: shown.model, origin }, level, shown.found];
}

function entryRunOf(input: RunInput, site: SiteModel): EntryRun | null {
  if (input.protocol.scenario.call === undefined) return null;
  const { path } = exploreCached(input, site.model, 'sequential');
  return { model: site.model, executed: new Set(path), origins: site.codeOrigins };
}

function restOf(input: RunInput, site: SiteModel): string {
  if (input.protocol.scenario.subject !== 'feature-fixups') return '';
  return atRest(site, exploreCached(input, site.model, 'sequential').path);
}

function calledOf({ protocol, cache, emulations }: RunInput, site: SiteModel): Called | null {
  const call = followCall(protocol, site, emulations.of(exploredOf(cache, site.model), site.model));
  return call === null ? null : { call, model: site.model, origins: site.codeOrigins };
}

/** Is the break that of a CPU which holds on to an old branch into text that no task was in when it was freed? */
function isFreedLate(input: RunInput, model: Model): boolean {
  const [now, early] = (['stale', 'preemption'] as const).map(
    (level) => exploreCached(input, model, level).break?.check,
  );
  if (now !== 'freed-target' || early === 'freed-target') return false;
  const freed = model.steps.findIndex(({ kind }) => kind === 'free');
  return model.steps.slice(0, freed).some((step) => step.kind === 'gracePeriod' && step.flavour === 'tasks');
}

function withoutFrees({ model, origin, ...site }: SiteModel): SiteModel {
  const isKept = model.steps.map(({ kind }) => kind !== 'free');
  const steps = model.steps.filter((_, index) => isKept[index]);
  return { ...site, model: { ...model, steps }, origin: origin.filter((_, index) => isKept[index]) };
}

/** A task that RCU does not watch matters only where a grace period is what holds the protocol together. */
function breaksIdle(input: RunInput, model: Model): boolean {
  if (!model.steps.some(({ kind }) => kind === 'gracePeriod')) return false;
  return exploreCached(input, model, 'preemption', { idle: true }).outcome === 'broken';
}

/**
 * What the modifying CPU runs in an exception differs from what a task elsewhere runs only while the others are stopped:
 * without stop_machine() the levels have seen it.
 */
function breaksInException(input: RunInput, model: Model): boolean {
  if (!model.steps.some((step) => step.kind === 'stopMachine' && step.stores.length > 1)) return false;
  return exploreCached(input, model, 'preemption', { exceptions: true }).outcome === 'broken';
}

function exploreCached(
  { cache, limits, emulations }: RunInput,
  model: Model,
  level: ExploredLevel,
  { idle = false, exceptions = false }: { readonly idle?: boolean; readonly exceptions?: boolean } = {},
): Exploration {
  const explored = exploredOf(cache, model);
  const key = `${model.preemption} ${level} ${idle} ${exceptions} ${limits.tasks} ${limits.cpus}`;
  let found = explored.get(key);
  if (found === undefined) {
    const emulation = exceptions ? undefined : emulations.of(explored, model);
    found = explore(model, { level, idle, exceptions, emulation, ...limits });
    explored.set(key, found);
    cache.states += found.states;
    cache.transitions += found.transitions;
  }
  return found;
}

function exploredOf({ done, known, formats }: ExplorationCache, model: Model): Explored {
  const own = known.get(model);
  if (own !== undefined) return own;
  const text = formatModel({ ...model, preemption: 'none' }, formats);
  const explored = done.get(text) ?? new Map<string, Exploration>();
  done.set(text, explored);
  known.set(model, explored);
  return explored;
}

function architectureOf(input: RunInput, sites: readonly SiteModel[]): Architecture {
  const found = sites.map((site) => exploreCached(input, site.model, 'stale').architecture);
  return found.includes('undefined') ? 'undefined' : found.includes('quasi') ? 'quasi' : 'defined';
}

function sightingOf(input: RunInput, site: SiteModel, level: ExploredLevel, found: Exploration): Sighting | null {
  const { protocol, mailLineOf } = input;
  const profile = profileName(protocol);
  const common = { level, protocol, profile, model: site.model, origin: site.origin };
  if (found.break !== null && protocol.scenario.call !== undefined) {
    const broken: EntryBreak = { model: site.model, found: found.break, origins: site.codeOrigins };
    const { check } = found.break;
    const pattern = `${protocol.scenario.call.exit} ${guiltyRegisters(broken).join(' ')}`;
    const spot = entrySpot(broken, mailLineOf) ?? nowhere;
    return { ...common, check, pattern, guilty: null, spot, break: found.break };
  }
  if (found.break !== null) {
    const indexes = found.break.fetches.map(({ step }) => site.origin[step] ?? -1);
    const freeing =
      found.break.check === 'freed-target' ? protocol.steps.find(({ kind }) => kind === 'free') : undefined;
    const guilty = freeing ?? guiltyStep(protocol, indexes, mailLineOf) ?? lastModification(protocol);
    const pattern = found.break.fetches
      .map((fetch) => mnemonic(fetch.word))
      .filter((word, i, words) => word !== words[i - 1])
      .join(' ');
    return {
      ...common,
      check: found.break.check,
      pattern,
      guilty,
      spot: guilty === null ? nowhere : spotOf(guilty, previousModification(protocol, guilty), mailLineOf),
      break: found.break,
    };
  }
  const check = level === 'sequential' && protocol.outcome === 'ok' ? wrongGoal(site, protocol, found) : null;
  if (check === null) return null;
  const guilty = lastModification(protocol);
  return {
    ...common,
    model: null,
    check,
    pattern: '',
    guilty,
    spot:
      guilty === null
        ? (ranSpot(protocol.trail, mailLineOf) ?? nowhere)
        : spotOf(guilty, previousModification(protocol, guilty), mailLineOf),
    break: null,
  };
}

/** What is wrong with where a task goes that runs the function alone. */
function wrongGoal(site: SiteModel, protocol: Protocol, found: Exploration): CheckId | null {
  const { traced, goal, original } = site.site;
  if (traced === null) return null;
  const [missed, reached] = goal === undefined && original === undefined ? ftraceGoal : otherGoal;
  if (traced !== isOn(site, protocol, found)) return traced ? missed : reached;
  // It comes to entry code, and from there to a function that does nothing.
  if (traced && found.path.includes(layout.nothing)) return missed;
  const isLost = goal !== undefined && recordedWord(site.site, protocol.steps) === original;
  return isLost ? 'probe-lost' : null;
}

/** Does a task that runs the function alone come to where the site leads when it is on? */
function isOn({ site, model }: SiteModel, { steps }: Protocol, { traced, path }: Exploration): boolean {
  const { goal } = site;
  if (typeof goal === 'number') return path.includes(layout.site + goal);
  const text = model.texts.find(({ name }) => name === goal?.replace(/\W/g, '_'));
  if (goal !== undefined) return text !== undefined && path.includes(text.address);
  return site.original === undefined ? traced : recordedWord(site, steps) !== site.original;
}
const ftraceGoal = ['not-traced', 'still-traced'] as const;
const otherGoal = ['goal-missed', 'goal-reached'] as const;

function lastModification(protocol: Protocol): Step | null {
  return protocol.steps.findLast((step) => step.kind === 'modify') ?? null;
}

/** Operands are left out of a pattern: branches go to other targets, ABIs have other slots. */
const mnemonic = (word: number) => disassemble(word, 0n).replace(/\s.*/, '');
