/**
 * Before against after → the verdict on one patch. What the unpatched source itself refuses does not count; what it broke
 * already is not the patch's doing; what is new is a finding, once per cause; what is gone is said.
 */

import { checks } from '../checks/checks.ts';
import { Emulations } from '../machine/emulations.ts';
import type { ChangedLine } from '../patch/changed.ts';
import { compare } from '../protocol/compare.ts';
import type { Assumption, Protocol } from '../protocol/protocol.ts';
import type { Problem } from '../source/place.ts';
import { blame, isCall, sameEntryCode } from './blame.ts';
import { comesBefore, groupByCause, levelRank, profileName, type Sighting } from './cause.ts';
import { changedUnrun } from './entry-cover.ts';
import { judgeFailing } from './failing.ts';
import { isLost, lostAside, withLost } from './lost.ts';
import { pokeAside } from './poke-aside.ts';
import {
  type ExplorationCache,
  type ExploreLimits,
  type ProtocolRun,
  type RunInput,
  runProtocol,
} from './protocol-run.ts';
import { findRepair } from './repair.ts';
import { type MailLineOf, stepSpot } from './spot.ts';
import { strangersOf } from './strangers.ts';
import type { Architecture, Finding, Level, Levels, Note, Outcome, PatchVerdict, Run } from './verdict.ts';

export interface JudgeInput {
  readonly before: readonly Protocol[];
  readonly after: readonly Protocol[];
  readonly evidence: 'tree' | 'diff';
  /** Why the tree is known not to be the one that the patch was made on; null where it may be. */
  readonly doubt: string | null;
  /** From the diff alone: parts of functions on the way were not in it. */
  readonly partial: boolean;
  readonly highest: Level;
  readonly limits: ExploreLimits;
  readonly cache: ExplorationCache;
  readonly mailLineOf: MailLineOf;
  readonly changes: readonly ChangedLine[];
  readonly problems: readonly Problem[];
  /** Names of files that the patch changes and nothing here judges. */
  readonly unjudged: readonly string[];
  /** What is changed in C that no run comes to, in words; null for nothing. */
  readonly uncovered: () => string | null;
}

interface Pair {
  readonly before: Protocol | null;
  readonly after: Protocol;
  readonly same: boolean;
  readonly runBefore: ProtocolRun | null;
  readonly runAfter: ProtocolRun;
}

export function judge(input: JudgeInput): PatchVerdict {
  const running: Running = { ...input, emulations: new Emulations() };
  const pairs = pairUp(running);
  const whole = withoutConsequences(freshSightings(pairs, input));
  const failing = failingOf(pairs, running);
  // What breaks without any failure is told first, and alone.
  const seen = whole.length > 0 ? whole : failing.sightings;
  const strangers = strangersOf(input, configurationOf);
  const fresh = seen.filter(({ protocol }) => !strangers.has(configurationOf(protocol)));
  const doubtful = seen.find((one) => !fresh.includes(one))?.protocol;
  const stranger = doubtful === undefined ? null : (strangers.get(configurationOf(doubtful)) ?? null);
  const findings = groupByCause(fresh).map((group) => findingOf(group, input));
  const notes = notesOf(pairs, input);
  const assumptions = uniqueAssumptions(pairs);
  const { answer, why } = answerOf(pairs, { findings, unreported: failing.unreported, stranger }, input);
  return { answer, why, runs: runsOf(pairs, input.limits), findings, notes, assumptions, problems: input.problems };
}

type Running = JudgeInput & Pick<RunInput, 'emulations'>;

function pairUp(input: Running): Pair[] {
  const inOrder = input.before.filter(({ scenario }) => scenario.fault === undefined);
  const before = new Map(inOrder.map((protocol) => [scenarioKey(protocol), protocol]));
  const known = new Set(input.before.map(configurationOf));
  const pairs: Pair[] = [];
  for (const after of input.after) {
    if (after.scenario.fault !== undefined) continue;
    const base = before.get(scenarioKey(after)) ?? null;
    // The base must succeed in a scenario for it to count; a profile the base does not have at all is new code.
    if (base === null ? known.has(configurationOf(after)) : base.outcome === 'refused') continue;
    const same = base !== null && compare(base, after).same;
    const run = (protocol: Protocol, mailLineOf: MailLineOf) => runProtocol({ ...input, protocol, mailLineOf });
    const alone = run(after, input.mailLineOf);
    const runBefore = same ? alone : base === null ? null : run(base, () => null);
    const runAfter = same ? alone : withLost({ runBefore, runAfter: alone }, { ...input, protocol: after });
    pairs.push({ before: base, after, same, runAfter, runBefore });
  }
  return pairs;
}

/** What of a kernel a base has or has not. */
const configurationOf = ({ scenario: { subject, profile } }: Protocol) => `${subject} ${profile}`;

/** What happens where something fails counts in the runs that are in order where nothing does. */
function failingOf(pairs: readonly Pair[], input: Running): ReturnType<typeof judgeFailing> {
  const isInOrder = ({ before, after, runBefore, runAfter }: Pair) =>
    [before, after].every((one) => one?.outcome === 'ok') &&
    [runBefore, runAfter].every((one) => one?.sightings.length === 0);
  const ordered = new Set(pairs.filter(isInOrder).map(({ after }) => scenarioKey(after)));
  return judgeFailing({
    ...input,
    inOrder: (key) => ordered.has(key),
    keyOf: scenarioKey,
    run: (protocol, mailLineOf) => runProtocol({ ...input, protocol, mailLineOf }),
  });
}

/** Runs in which something fails have the key of the one in which nothing does. */
function scenarioKey({ scenario }: Protocol): string {
  const { subject, profile, preemption, entryPoint, siteKind, plan, call } = scenario;
  const called = call === undefined ? '' : `${call.tracer}:${call.exit}`;
  return [subject, profile, preemption, entryPoint, siteKind, plan, called].join(' ');
}

/** Sightings that the unpatched source did not have at that level or a lower one. */
function newSightings({ before, after, runBefore, runAfter }: Pair): readonly Sighting[] {
  if (before !== null && (before.outcome === 'unread' || before.outcome === 'limit')) return [];
  if (unknownOf(after) !== null) return [];
  return runAfter.sightings.filter(
    (sighting) => !runBefore?.sightings.some((other) => levelRank[other.level] <= levelRank[sighting.level]),
  );
}

/** What is new, laid to lines of the mail. A call through entry code that is as it was only shows what was written before. */
function freshSightings(pairs: readonly Pair[], { changes }: JudgeInput): readonly Sighting[] {
  const found = pairs.flatMap((pair) => newSightings(pair).map((sighting) => ({ sighting, pair })));
  const written = new Set(found.filter(({ pair }) => !isCall(pair)).map(({ sighting }) => sighting.profile));
  return found
    .filter(({ sighting, pair }) => !isCall(pair) || !sameEntryCode(pair) || !written.has(sighting.profile))
    .map(({ sighting, pair }) => blame(sighting, pair, { pairs, changes }));
}

/**
 * What breaks whenever a traced function is called is not told again of every way to trace it; what breaks whenever sites
 * are first looked at, at boot or when their module is loaded, is not told again of what comes after.
 */
function withoutConsequences(sightings: readonly Sighting[]): readonly Sighting[] {
  const ofCall = ({ protocol }: Sighting) => protocol.scenario.entryPoint === 'call';
  const calls = new Set(
    sightings.filter((one) => ofCall(one) && isOrdinary(one.protocol)).map(({ profile }) => profile),
  );
  // Of a rare exit that is so of the runs that have it.
  const rare = new Set(sightings.filter(ofCall).map(({ profile, protocol }) => `${profile} ${protocol.exit}`));
  const isCalls = ({ profile, protocol: { exit } }: Sighting) =>
    calls.has(profile) || (exit !== 'normal' && rare.has(`${profile} ${exit}`));
  const kin = ({ profile, protocol: { scenario } }: Sighting) => `${scenario.subject} ${profile} ${scenario.siteKind}`;
  const isFirst = ({ level, protocol }: Sighting) =>
    level === 'sequential' &&
    (protocol.scenario.entryPoint === 'boot' || protocol.scenario.entryPoint === 'module-load');
  const broken = new Set(sightings.filter(isFirst).map(kin));
  // Beside the tracer, what is done to a site begins as what was done to it before has left it.
  const isLater = (one: Sighting) =>
    one.protocol.scenario.subject !== 'ftrace' &&
    sightings.some((other) => other.level === 'sequential' && kin(other) === kin(one) && comesBefore(other, one));
  // What was wrong before the first step is told of the run that made it so.
  const own = new Set(sightings.filter((one) => !isInherited(one)).map(kin));
  // What a call no longer does is told where nothing goes wrong for its caller.
  const wrong = new Set(sightings.filter((one) => ofCall(one) && !isLost(one)).map(({ profile }) => profile));
  const told = sightings.filter((one) => !isLost(one) || !wrong.has(one.profile));
  return told.filter(
    (one) =>
      ofCall(one) ||
      (!isCalls(one) &&
        (isFirst(one) || !broken.has(kin(one))) &&
        !isLater(one) &&
        !(isInherited(one) && own.has(kin(one)))),
  );
}

/** Does it rest on nothing that was done in its run? */
const isInherited = ({ break: found, check, protocol }: Sighting) =>
  found !== null &&
  !check.startsWith('freed-') &&
  found.fetches.every(({ step }) => step < 0) &&
  !protocol.steps.some(({ kind }) => kind === 'publish');

/** What any kernel does that uses the subject: not a rare exit of the tracer, nor a probe on a prefixed instruction. */
const isOrdinary = ({ scenario: { call, profile } }: Protocol) =>
  (call === undefined || call.exit === 'normal') && !/-prefixed\b/.test(profile);

function findingOf(group: readonly Sighting[], input: JudgeInput): Finding {
  const first = group[0]!;
  const also = new Map<string, Finding['alsoAt'][number]>();
  for (const { spot, protocol, level } of group.slice(1)) {
    const { subject, entryPoint, siteKind, call } = protocol.scenario;
    const key = `${spot.file}:${spot.line} ${entryPoint} ${call?.tracer} ${call?.exit}`;
    const own =
      spot.file === first.spot.file &&
      spot.line === first.spot.line &&
      entryPoint === first.protocol.scenario.entryPoint &&
      call?.tracer === first.protocol.scenario.call?.tracer;
    if (!own && !also.has(key)) also.set(key, { ...spot, level, subject, entryPoint, siteKind, ...(call && { call }) });
  }
  return {
    ...first.spot,
    level: first.level,
    evidence: input.evidence,
    check: first.check,
    entryPoint: first.protocol.scenario.entryPoint,
    profiles: [...new Set(group.map((sighting) => sighting.profile))],
    alsoAt: [...also.values()],
    schedule: first.break?.schedule ?? '',
    repair: findRepair(first, input.limits, input.mailLineOf),
    protocol: first.protocol,
    model: first.model,
    sources: first.origin.map((step) => stepSpot(first.protocol, step, input.mailLineOf)),
    break: first.break,
  };
}

function notesOf(pairs: readonly Pair[], input: JudgeInput): Note[] {
  const notes: Note[] = [];
  const wider = pairs.filter(({ runBefore, runAfter }) => isOutside(runAfter.levels) && !isOutside(runBefore?.levels));
  if (wider.length > 0) {
    const worst = wider.some((pair) => pair.runAfter.levels.architecture === 'undefined') ? 'undefined' : 'quasi';
    notes.push({ id: 'outside-cmodx', text: worst });
  }
  for (const [what, id] of remarks)
    if (pairs.some(({ runBefore, runAfter }) => runAfter[what] && !runBefore?.[what])) notes.push({ id, text: '' });
  const gone = pairs.filter(
    (pair) =>
      (pair.runBefore?.levels.sequential !== 'broken' || !isOrdinary(pair.after)) &&
      (pair.runBefore?.sightings.length ?? 0) > 0 &&
      pair.runAfter.sightings.length === 0,
  );
  const first = gone[0]?.runBefore?.sightings[0];
  if (first !== undefined)
    notes.push({
      id: 'pre-existing-gone',
      text: `${entryText(first.protocol)}: ${checks.get(first.check)?.text ?? first.check}`,
    });
  const still = pairs.find((pair) => (pair.runBefore?.sightings.length ?? 0) > 0 && pair.runAfter.sightings.length > 0);
  if (still !== undefined && newSightings(still).length === 0)
    notes.push({ id: 'pre-existing', text: still.runAfter.sightings[0]!.check });
  const [assembly, other] = [true, false].map((isS) => input.unjudged.filter((path) => path.endsWith('.S') === isS));
  if (assembly?.length) notes.push({ id: 'assembly-unread', text: assembly.join(', ') });
  if (other?.length) notes.push({ id: 'unjudged', text: other.join(', ') });
  if (input.evidence === 'diff') notes.push({ id: 'diff-only', text: '' });
  return notes;
}

const isOutside = (levels: Levels | undefined) =>
  levels?.architecture === 'quasi' || levels?.architecture === 'undefined';

/** What a run may show that is no break. */
const remarks = [
  ['idleBreaks', 'idle-task'],
  ['exceptionBreaks', 'own-exception'],
  ['staleFreed', 'stale-freed'],
  ['unordered', 'unordered-publish'],
] as const;

interface Judged {
  readonly findings: readonly Finding[];
  /** A failure that is no longer reported. */
  readonly unreported: Protocol | null;
  /** A function that nobody knows, on which a finding would rest. */
  readonly stranger: string | null;
}

function answerOf(
  pairs: readonly Pair[],
  { findings, unreported, stranger }: Judged,
  input: JudgeInput,
): { answer: PatchVerdict['answer']; why: string } {
  if (findings.length > 0) {
    const count = findings.length === 1 ? 'one finding' : `${findings.length} findings`;
    if (input.evidence === 'diff') return { answer: 'question', why: `${count}, from the diff alone` };
    if (input.doubt !== null) return { answer: 'question', why: `${count}, on another base: ${input.doubt}` };
    return { answer: 'finding', why: count };
  }
  const silence = (why: string) => ({ answer: 'silence' as const, why });
  if (pairs.length === 0) return silence(input.problems[0]?.text ?? 'no entry point could be run on this source');
  if (stranger !== null)
    return silence(`what it changes goes wrong unless ${stranger}() sees to it, which is not in the sources`);
  const changed = pairs.filter((pair) => !pair.same);
  const [unjudged] = input.unjudged;
  // That it was applied some lines off hinders nothing; nor, on a tree, what does not fit in a file that nothing reads.
  const harmless = ['offset', 'fuzz', 'other-blob', ...(input.evidence === 'tree' ? ['reject', 'earlier-patch'] : [])];
  const hindrance = input.problems.find(({ kind }) => !harmless.includes(kind));
  if (changed.length === 0 && unjudged !== undefined)
    return silence(`${unjudged} is not judged${hindrance === undefined ? '' : `: ${hindrance.text}`}`);
  if (changed.length === 0) return silence(pokeAside(pairs) ?? unchangedText(pairs));
  const open = pairs.find(({ after }) => after.outcome === 'unread');
  if (open !== undefined) return silence(`${describe(open.after)} could not be read: ${open.after.why}`);
  const poked = pokeAside(pairs);
  if (poked !== null) return silence(poked);
  const doubt = pairs.map(doubtOf).find((why) => why !== null);
  if (doubt !== undefined) return silence(doubt);
  if (unreported !== null)
    return silence(
      `${describe(unreported)}: an error of ${unreported.scenario.fault?.primitive}() that the unpatched source reports is ignored`,
    );
  const gone = goneCall(input);
  if (gone !== null) return silence(`${describe(gone)}: the unpatched source has this exit, the patched one does not`);
  const aside = entryAside(pairs, input.mailLineOf);
  if (aside !== null) return silence(`it changes ${aside}, which no run executes`);
  const uncovered = input.evidence === 'tree' ? input.uncovered() : null;
  if (uncovered !== null) return silence(`it changes ${uncovered}`);
  if (input.partial)
    return silence(
      'nothing breaks in what the diff shows, but parts of the functions on the way are not in it: give the source with --tree for an answer',
    );
  return { answer: 'pass', why: `holds in ${pairs.length} runs` };
}

/** A call of a traced function that is not asked of the patched source: its entry code does not have that exit. */
function goneCall({ before, after }: JudgeInput): Protocol | null {
  const asked = new Set(after.map(scenarioKey));
  const isGone = (one: Protocol) => one.scenario.call !== undefined && !asked.has(scenarioKey(one));
  return before.find(isGone) ?? null;
}

/** Why a pair is no ground for a pass; null where it is. */
function doubtOf({ before, after, same, runBefore, runAfter }: Pair): string | null {
  const where = describe(after);
  if (Object.values(runAfter.levels).includes('limit'))
    return `a bound was reached in ${where}: ${after.why || 'the exploration is not complete'}`;
  if (same) return null;
  const unknown = unknownOf(after);
  if (unknown !== null) return `what happens in ${where} depends on what the sources do not say: ${unknown}`;
  if (runAfter.levels.sequential === 'unread')
    return `${where} could not be read: ${after.why || checks.get('unknown-data')!.text}`;
  if (before !== null && before.outcome !== 'ok') return `${where} could not be read before the patch: ${before.why}`;
  if (after.outcome === 'refused' && runAfter.sightings.length === 0) return `${where} ends in an error: ${after.why}`;
  if (runAfter.sightings.length > 0)
    return `${where} breaks before the patch and after it: ${runAfter.sightings[0]?.check}`;
  // A kernel in use does not break whenever it is used: then it is the reading that is off. Rare exits of the tracer can.
  if (runBefore?.levels.sequential === 'broken' && isOrdinary(after))
    return `${where} seems to break by itself before the patch, which is not believed: ${runBefore.sightings[0]?.check}`;
  const lost = lostAside({ runBefore, runAfter });
  if (lost !== null) return `in ${where} ${lost}, which is not judged`;
  const rest = runBefore?.atRest.findIndex((was, site) => was !== runAfter.atRest[site]) ?? -1;
  if (rest >= 0)
    return `once ${where} is done a task executes “${runAfter.atRest[rest]}” where it executed “${runBefore?.atRest[rest]}”, which is not judged`;
  const aside = before === null ? undefined : changedAside(before, after);
  return aside === undefined ? null : `it changes the words of ${aside}, which no run executes`;
}

/** What is changed in entry code and not executed. */
function entryAside(pairs: readonly Pair[], mailLineOf: MailLineOf): string | null {
  const calls = pairs.flatMap(({ runBefore, runAfter }) =>
    runAfter.entry === null ? [] : [{ before: runBefore?.entry ?? null, after: runAfter.entry }],
  );
  return changedUnrun(calls, mailLineOf);
}

/** What the run rests on that nobody knows, with its place; null for nothing. From a mail alone much is left open by design. */
function unknownOf({ evidence, assumptions }: Protocol): string | null {
  const found = evidence === 'tree' ? assumptions.find(({ decisive }) => decisive) : undefined;
  return found === undefined ? null : `${found.text}${found.file === null ? '' : ` (${found.file}:${found.line})`}`;
}

/** Text that is written differently than before and that no site leads to. */
function changedAside(before: Protocol, after: Protocol): string | undefined {
  const run = new Set([...after.sites.map(({ id }) => id), ...after.texts.map(({ name }) => name)]);
  const words = ({ steps }: Protocol) =>
    new Map(
      steps.flatMap((step) => (step.kind === 'modify' ? [[`${step.word.address} ${step.new}`, step.word.symbol]] : [])),
    );
  const [old, fresh] = [words(before), words(after)];
  return [...fresh].find(([key, symbol]) => !old.has(key) && !run.has(symbol))?.[1];
}

function unchangedText(pairs: readonly Pair[]): string {
  const read = pairs.filter(({ after }) => after.outcome !== 'unread' && after.outcome !== 'limit');
  const first = pairs.find((pair) => !read.includes(pair))?.after;
  if (read.length === 0) return `no run could be read: ${first?.why}`;
  const rest =
    read.length === pairs.length ? '' : `; ${pairs.length - read.length} runs could not be read: ${first?.why}`;
  return `no instruction changes: the steps are the same before and after in ${read.length} runs${rest}`;
}

/** `enable`; of a call, how it leaves the tracer. */
const entryText = ({ scenario: { entryPoint, call } }: Protocol) =>
  call === undefined ? entryPoint : `${entryPoint} through ${call.tracer}, exit ${call.exit}`;

function describe(protocol: Protocol): string {
  const { subject, siteKind, plan } = protocol.scenario;
  return `${subject === 'ftrace' ? '' : `${subject}: `}${entryText(protocol)} in ${profileName(protocol)} (${siteKind}, ${plan})`;
}

function runsOf(pairs: readonly Pair[], limits: ExploreLimits): Run[] {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const { subject, entryPoint } = pair.after.scenario;
    const key = `${subject} ${entryPoint} ${profileName(pair.after)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pair]);
    else group.push(pair);
  }
  return [...groups.values()].map((group) => {
    const first = group[0]!;
    const before = group.flatMap((pair) => (pair.runBefore === null ? [] : [pair.runBefore.levels]));
    return {
      entryPoint: first.after.scenario.entryPoint,
      subject: first.after.scenario.subject,
      profile: profileName(first.after),
      live: first.after.live,
      calls: group.flatMap(({ after }) => after.scenario.call ?? []),
      before: worstOf(before),
      after: worstOf(group.map((pair) => pair.runAfter.levels)),
      bounds: {
        cpus: limits.cpus,
        tasks: limits.tasks,
        states: group.reduce((sum, pair) => sum + pair.runAfter.states, 0),
        schedules: group.reduce((sum, pair) => sum + pair.runAfter.transitions, 0),
      },
    };
  });
}

const outcomeRank: readonly Outcome[] = ['held', 'unread', 'limit', 'broken'];
const architectureRank: readonly Architecture[] = ['defined', 'unread', 'quasi', 'undefined'];

function worstOf(levels: readonly Levels[]): Levels {
  if (levels.length === 0)
    return { sequential: 'unread', preemption: 'unread', stale: 'unread', architecture: 'unread' };
  const worst = <Value>(rank: readonly Value[], pick: (level: Levels) => Value): Value =>
    rank[Math.max(...levels.map((level) => rank.indexOf(pick(level))))] ?? pick(levels[0]!);
  return {
    sequential: worst(outcomeRank, (level) => level.sequential),
    preemption: worst(outcomeRank, (level) => level.preemption),
    stale: worst(outcomeRank, (level) => level.stale),
    architecture: worst(architectureRank, (level) => level.architecture),
  };
}

function uniqueAssumptions(pairs: readonly Pair[]): Assumption[] {
  const all = pairs.flatMap(({ after }) => after.assumptions);
  const same = Map.groupBy(all, ({ text, file, line }) => `${text} ${file}:${line}`);
  // What decides in any run decides.
  return [...same.values()].map((ones) => ones.find(({ decisive }) => decisive) ?? ones[0]!);
}
