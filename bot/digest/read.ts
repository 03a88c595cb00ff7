/** The digest of any window, for whoever asks: what is stored, read and composed. Nothing is written. */
import type { Kysely } from 'kysely';
import type { Settings } from '../settings/schema.ts';
import type { Tables } from '../store/tables.ts';
import { collect, type Window } from './collect.ts';
import { composeDigest } from './compose.ts';
import type { Digest, RankedFinding } from './digest.ts';
import { type IsMerged, mergedIn } from './merged.ts';
import { pointsOf, ranked } from './risk.ts';

export type Group = Settings['digest']['groups'][number];
/** Of whoever asks without naming one: everything. */
export const everything: Pick<Group, 'name' | 'sentTo' | 'subjects' | 'levels'> = {
  ...{ name: 'everything', sentTo: [], subjects: [], levels: [] },
};

export interface Asked extends Window {
  readonly group: Pick<Group, 'name' | 'sentTo' | 'subjects' | 'levels'>;
  readonly settings: Pick<Settings, 'optedOut' | 'digest' | 'trees'>;
  readonly week: string | null;
  readonly weeks: number;
  /** When the digest before it was made, and when this one is; null where nobody made one: the window itself. */
  readonly judged: Window | null;
}

export async function readDigest(
  db: Kysely<Tables>,
  { group, settings, week, weeks, since, until, judged }: Asked,
): Promise<Digest> {
  const works = await collect(db, { since, until }, { settings, sentTo: group.sentTo });
  const { name, subjects, levels } = group;
  const digest = composeDigest(works, {
    ...{ group: name, week, weeks, since, until, zone: settings.digest.zone, filter: { subjects, levels } },
    judged: judged ?? { since, until },
  });
  const isMerged = mergedIn(settings.trees);
  return {
    ...digest,
    findings: ranked(await withMerged(digest.findings, isMerged)),
    waiting: ranked(await withMerged(digest.waiting, isMerged)),
  };
}

/** One after the other: each walks a history. */
async function withMerged(findings: readonly RankedFinding[], isMerged: IsMerged): Promise<readonly RankedFinding[]> {
  const known = new Map<string, boolean | null>();
  const all: RankedFinding[] = [];
  for (const one of findings) {
    const key = `${one.about.messageId}\n${one.finding.file}`;
    if (!known.has(key)) known.set(key, await isMerged(one));
    const facts = { ...one.facts, isMerged: known.get(key) ?? null };
    all.push({ ...one, facts, points: pointsOf(facts) });
  }
  return all;
}
