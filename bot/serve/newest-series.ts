/** What of a stored thread is to be judged: the mails of others in it, and the newest version of each series among them. */
import type { Kysely } from 'kysely';
import { type Message, readMessage } from '../mail/message.ts';
import { mailsOfThread } from '../store/mails.ts';
import { saveSeries, supersede, versionsOf } from '../store/series.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { newest, readSeries, type Series } from '../thread/series.ts';
import { firstIdOf, seriesKey } from '../thread/work.ts';

interface ThreadRead {
  /** As they came. */
  readonly mails: readonly Buffer[];
  readonly series: readonly Series[];
  /** All versions in the thread, each with its own patches alone. */
  readonly versions: readonly Series[];
}

export async function readNewest({ db }: Pick<Store, 'db'>, threadId: number): Promise<ThreadRead> {
  const mails = (await mailsOfThread(db, threadId)).filter(({ own }) => !own).map(({ raw }) => raw);
  const messages: Message[] = [];
  for (const raw of mails) messages.push(await readMessage(raw));
  const versions = readSeries(messages);
  return { mails, series: newest(versions), versions };
}

/** So that they are known of before they are judged, and the older ones though they are not. */
export async function keepVersions(tx: Kysely<Tables>, threadId: number, versions: readonly Series[]): Promise<void> {
  for (const series of versions) {
    const { author, name } = seriesKey(series);
    const { version, total, patches } = series;
    const id = await saveSeries(tx, {
      ...{ threadId, name, author, version, total, changeId: null, firstMessageId: firstIdOf(series) },
      patches: patches.map(({ message }) => message.id),
    });
    const older = (await versionsOf(tx, { author, name, changeId: null })).filter((one) => one.version < version);
    await supersede(
      tx,
      older.map((one) => one.id),
      id,
    );
  }
}
