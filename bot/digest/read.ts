/** The digest of any window, for whoever asks: what is stored, read and composed. Nothing is written. */
import type { Kysely } from 'kysely';
import type { Settings } from '../settings/schema.ts';
import type { Tables } from '../store/tables.ts';
import { collect, type Window } from './collect.ts';
import { composeDigest } from './compose.ts';
import type { Digest } from './digest.ts';

export type Group = Settings['digest']['groups'][number];
/** Of whoever asks without naming one: everything. */
export const everything: Pick<Group, 'name' | 'sentTo' | 'subjects' | 'levels'> = {
  ...{ name: 'everything', sentTo: [], subjects: [], levels: [] },
};

export interface Asked extends Window {
  readonly group: Pick<Group, 'name' | 'sentTo' | 'subjects' | 'levels'>;
  readonly settings: Pick<Settings, 'optedOut' | 'digest'>;
  readonly week: string | null;
  readonly weeks: number;
}

export async function readDigest(
  db: Kysely<Tables>,
  { group, settings, week, weeks, since, until }: Asked,
): Promise<Digest> {
  const works = await collect(db, { since, until }, { settings, sentTo: group.sentTo });
  const { name, subjects, levels } = group;
  return composeDigest(works, {
    ...{ group: name, week, weeks, since, until, zone: settings.digest.zone, filter: { subjects, levels } },
  });
}
