/** What of a stored thread is to be judged: the mails of others in it, and the newest version of each series among them. */
import { type Message, readMessage } from '../mail/message.ts';
import { mailsOfThread } from '../store/mails.ts';
import type { Store } from '../store/store.ts';
import { newest, readSeries, type Series } from '../thread/series.ts';

interface ThreadRead {
  /** As they came. */
  readonly mails: readonly Buffer[];
  readonly series: readonly Series[];
}

export async function readNewest({ db }: Pick<Store, 'db'>, threadId: number): Promise<ThreadRead> {
  const mails = (await mailsOfThread(db, threadId)).filter(({ own }) => !own).map(({ raw }) => raw);
  const messages: Message[] = [];
  for (const raw of mails) messages.push(await readMessage(raw));
  return { mails, series: newest(readSeries(messages)) };
}
