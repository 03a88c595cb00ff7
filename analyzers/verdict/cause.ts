/**
 * One finding per cause. The same mistake shows in many runs: three disable paths, two compilers, with and without
 * preemption, at every level above the one where it first breaks. Breaks are grouped here; the simplest one speaks for
 * its group and the others are named in `alsoAt`.
 *
 * Two breaks have one cause when they fail the same check on the same pattern of words, and either in the same entry
 * point (three paths of disabling), at the same line or with the same complaint, or one of them in
 * enable-disable-enable, which holds the others. Of several such ties the first named counts.
 */
import type { Break } from '../explore/explore.ts';
import type { Model } from '../machine/model.ts';
import type { EntryPoint, Protocol, Step } from '../protocol/protocol.ts';
import type { Finding, Spot } from './verdict.ts';

/** A break met in one run. `model` and `break` are null where the protocol itself ended in ftrace_bug() or BUG(). */
export interface Sighting {
  readonly level: Finding['level'];
  readonly check: string;
  /** What was executed, as a pattern: offsets and mnemonics of the fetched words. Equal for the same mistake elsewhere. */
  readonly pattern: string;
  readonly protocol: Protocol;
  readonly profile: string;
  readonly guilty: Step | null;
  readonly spot: Spot;
  readonly model: Model | null;
  /** The protocol step that each step of the model is of. */
  readonly origin: readonly number[];
  readonly break: Break | null;
}

/** Levels from the most certain up; the lowest at which a cause breaks is the finding's. */
export const levelRank: Readonly<Record<Finding['level'], number>> = { sequential: 0, preemption: 1, stale: 2 };

/** Entry points from the simplest to tell up. */
const entryRank: Readonly<Record<EntryPoint, number>> = {
  call: -1,
  boot: 0,
  'module-load': 1,
  'module-load-tracing': 2,
  'module-load-enabled': 2,
  'module-unload': 17,
  enable: 3,
  'mitigation-fallback': 3,
  'mitigation-ori': 3,
  'mitigation-trigger': 3,
  'mitigation-eieio': 3,
  'mitigation-sync': 3,
  'mitigation-on': 3,
  'mitigation-all': 3,
  'mitigation-off': 3,
  'second-word': 3.5,
  'call-short': 3,
  'call-long': 3,
  'call-none': 3,
  'call-zero': 3,
  optimize: 3.5,
  unoptimize: 4,
  disable: 4,
  'modify-call': 5,
  'graph-on': 6,
  'graph-off': 7,
  register: 8,
  unregister: 9,
  'tracer-joins': 10,
  'tracer-leaves': 11,
  'livepatch-on': 12,
  'livepatch-off': 13,
  'direct-on': 14,
  'direct-change': 15,
  'direct-off': 16,
  'enable-disable-enable': 20,
};

/** Is it of an entry point at which a tracer comes or goes? */
const isOfTracers = ({ protocol }: Sighting) =>
  entryRank[protocol.scenario.entryPoint] >= entryRank.register &&
  entryRank[protocol.scenario.entryPoint] <= entryRank['direct-off'];

/** What an entry point of a lower stage leaves is what one of a higher begins with. */
export const stageOf = ({ scenario }: Protocol) => entryRank[scenario.entryPoint];

/** Does one of two entry points leave what the other begins with? Of some each begins with what any other leaves. */
export function comesBefore(a: Sighting, b: Sighting): boolean {
  const [own, other] = [a.protocol.scenario.entryPoint, b.protocol.scenario.entryPoint];
  const inTurn = own !== other && entryRank[own] === entryRank[other] && /^(call|mitigation)-/.test(own);
  return entryRank[own] < entryRank[other] || (inTurn && levelRank[a.level] < levelRank[b.level]);
}

/** Near before far before module: the first is what a reader has in mind. */
const siteRank = { near: 0, far: 1, module: 2 } as const;

/** Groups sightings by cause; within a group the one to tell comes first, groups come in the order of their mail lines. */
export function groupByCause(sightings: readonly Sighting[]): readonly (readonly Sighting[])[] {
  const groups: Sighting[][] = [];
  for (const sighting of [...sightings].sort(bySimplicity)) {
    const group = closest(groups, sighting);
    if (group === undefined) groups.push([sighting]);
    else group.push(sighting);
  }
  return groups.sort((a, b) => mailOrder(a[0]) - mailOrder(b[0]));
}

/** The group that a sighting is tied to most closely; undefined where it is of a cause of its own. */
function closest(groups: readonly Sighting[][], sighting: Sighting): Sighting[] | undefined {
  const tied = groups.map((members) => Math.max(...members.map((member) => tie(member, sighting))));
  const strongest = Math.max(0, ...tied);
  return strongest === 0 ? undefined : groups[tied.indexOf(strongest)];
}

/** How closely two breaks belong together; 0: they are of two causes. */
function tie(a: Sighting, b: Sighting): number {
  const sameLine = a.spot.file === b.spot.file && a.spot.line === b.spot.line;
  if (a.protocol.scenario.subject !== b.protocol.scenario.subject) return sameLine && a.spot.file !== '' ? 1 : 0;
  const isComplaint = ({ check }: Sighting) => check === 'ftrace-bug' || check === 'kernel-bug';
  // Beside the tracer a line does one thing to one word.
  if (a.protocol.scenario.subject !== 'ftrace' && sameLine && a.spot.file !== '') return 3;
  if (isComplaint(a) || isComplaint(b))
    return a.check === b.check && (sameLine || (complaintOf(a) !== '' && complaintOf(a) === complaintOf(b))) ? 1 : 0;
  // A schedule carries its model: what two entry points do to a site, and how it breaks, is one and the same.
  if (a.break !== null && a.break.schedule === b.break?.schedule) return 4;
  // Where a tracer comes or goes more than one word may have changed before the guilty one is fetched.
  if (a.pattern !== b.pattern)
    return sameLine && a.check === b.check && (isOfTracers(a) || isOfTracers(b)) && a.spot.file !== '' ? 1 : 0;
  const [entryA, entryB] = [a.protocol.scenario.entryPoint, b.protocol.scenario.entryPoint];
  if (entryA === entryB) return 3;
  if (sameLine) return 2;
  return entryA === 'enable-disable-enable' || entryB === 'enable-disable-enable' ? 1 : 0;
}

/** What the kernel says when it gives up, without the numbers. */
const complaintOf = ({ guilty }: Sighting) =>
  guilty?.kind === 'bug' ? guilty.text.replace(/(0x)?[0-9a-f]{4,}/g, '') : '';

function bySimplicity(a: Sighting, b: Sighting): number {
  return (
    levelRank[a.level] - levelRank[b.level] ||
    entryRank[a.protocol.scenario.entryPoint] - entryRank[b.protocol.scenario.entryPoint] ||
    Number(a.spot.mailLine === null) - Number(b.spot.mailLine === null) ||
    siteRank[a.protocol.scenario.siteKind] - siteRank[b.protocol.scenario.siteKind] ||
    (a.break?.preemptions ?? 0) - (b.break?.preemptions ?? 0) ||
    (a.break?.execution.length ?? 0) - (b.break?.execution.length ?? 0)
  );
}

const mailOrder = (sighting: Sighting | undefined) => sighting?.spot.mailLine ?? Number.MAX_SAFE_INTEGER;

export function profileName({ scenario: { profile, preemption } }: Protocol): string {
  return `${profile}/${preemption === 'full' ? 'preempt' : 'nopreempt'}`;
}
