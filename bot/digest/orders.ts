/** What an operator may ask of digests: the one of any window, as mail, issue or value. Nothing is sent by it. */
import { z } from 'zod';
import type { Settings } from '../settings/schema.ts';
import type { Store } from '../store/store.ts';
import type { Digest } from './digest.ts';
import { issueOf } from './issue.ts';
import { digestText } from './mail.ts';
import { everything, readDigest } from './read.ts';

interface OrderContext {
  readonly store: Store;
  readonly settings: Settings;
}

export interface DigestAnswer {
  readonly digest: Digest;
  readonly mail: string;
  readonly issue: { readonly title: string; readonly body: string };
}

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

export const digestOrder = {
  schema: z
    .strictObject({ since: moment, until: moment, group: z.string().nullable() })
    .refine(({ since, until }) => since < until, 'the window ends before it begins'),
  run: async (
    { since, until, group }: { readonly since: Date; readonly until: Date; readonly group: string | null },
    { store, settings }: OrderContext,
  ): Promise<DigestAnswer> => {
    const named = group === null ? everything : settings.digest.groups.find(({ name }) => name === group);
    if (named === undefined) throw new Error(`there is no group ${group} in digest.groups`);
    const digest = await readDigest(store.db, {
      since,
      until,
      settings,
      group: named,
      week: null,
      weeks: 1,
      judged: null,
    });
    const { title, body } = issueOf(digest, { labels: [], archive: settings.archive, bot: settings.from.name });
    return { digest, mail: digestText(digest, settings), issue: { title, body } };
  },
};
