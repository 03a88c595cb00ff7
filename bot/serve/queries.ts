/**
 * What somebody asks of a mail: what is known of it, from the store; where the mail is not there its thread is fetched, and where
 * its series was never judged it is judged, in the background. Whoever asks again meanwhile is told how it goes.
 *
 * Example: of a mail of 2019 that a clone of the archive has, the first answer is `running`, and so are others for some seconds;
 * then one is `known`, and the thread is in the store, with what would have been said as a dry run.
 */
import { known } from '../ask/known.ts';
import { type Intake, takeMails } from '../intake/take.ts';
import { readMessage } from '../mail/message.ts';
import { leftStates, repliesOfThread } from '../store/replies.ts';
import { threadsOfIds } from '../store/threads.ts';
import { readSubject } from '../thread/subject.ts';
import { type Analysing, analyseQuiet } from './analyse-thread.ts';
import { findThread } from './find-thread.ts';
import { keepVersions, readNewest } from './newest-series.ts';

interface Querying extends Analysing {
  readonly signal: AbortSignal;
}

export interface Query {
  readonly messageId: string;
  /** Mails in base64, to be kept first. */
  readonly thread: readonly string[] | null;
  /** Judge what was never judged. */
  readonly analyse: boolean;
}

export type QueryAnswer =
  | { readonly kind: 'running'; readonly progress: string }
  | {
      readonly kind: 'known';
      readonly known: NonNullable<Awaited<ReturnType<typeof known>>>;
      /** Our mails in its thread as they went out or would: for an operator alone. */
      readonly texts: readonly { readonly messageId: string; readonly isSent: boolean; readonly raw: string }[];
    };

interface Run {
  progress: string;
  /** Undefined while it runs; in words why there is no answer. */
  problem: string | null | undefined;
  /** When it ended: nobody may have waited for it. */
  endedMs: number;
}

/** A run that ended longer ago than this was another's. */
const keptMs = 60_000;
/** What is no older may still come by its list, and is then answered as any other. */
const newsMs = 2 * 24 * 60 * 60_000;

export class Queries {
  readonly #querying: Querying;
  readonly #runs = new Map<string, Run>();
  readonly #running = new Set<Promise<void>>();

  constructor(querying: Querying) {
    this.#querying = querying;
  }

  /** @throws Error where nothing can be told, and why */
  async answer(query: Query): Promise<QueryAnswer> {
    const { now } = this.#querying;
    const run = this.#runs.get(query.messageId);
    if (run !== undefined && run.problem === undefined) return { kind: 'running', progress: run.progress };
    this.#runs.delete(query.messageId);
    if (run !== undefined && now().getTime() - run.endedMs < keptMs) {
      if (run.problem != null) throw new Error(run.problem);
      return this.#known(query.messageId);
    }
    if (query.thread === null && !(await this.#isToDo(query))) return this.#known(query.messageId);
    const begun: Run = { progress: 'begun', problem: undefined, endedMs: 0 };
    this.#runs.set(query.messageId, begun);
    const end = (problem: string | null) => void Object.assign(begun, { problem, endedMs: now().getTime() });
    const running = this.#run(query, begun).then(end, (error: Error) => end(error.message));
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
    return { kind: 'running', progress: begun.progress };
  }

  /** When nothing runs any more, such as after a stop: the store can be closed. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #isToDo({ messageId, analyse }: Query): Promise<boolean> {
    const found = await known(this.#querying.store.db, messageId);
    if (found === null || (found.mail === null && found.replies.every((reply) => reply.messageId !== messageId)))
      return true;
    const version = found.series === null ? null : (found.versions[found.series] ?? null);
    return analyse && found.thread.state === 'quiet' && version !== null && version.review === null;
  }

  async #run(query: Query, run: Run): Promise<string | null> {
    const { store, settings, signal } = this.#querying;
    const { messageId } = query;
    const progress = (text: string) => {
      run.progress = text;
    };
    const found = await known(store.db, messageId);
    // A file may hold what was never sent.
    if (query.thread !== null)
      await this.#take(
        query.thread.map((mail) => Buffer.from(mail, 'base64')),
        null,
      );
    else if (found === null || found.mail === null) {
      const { mails, asked } = await findThread(settings.sources, messageId, { signal, progress });
      if (mails.length === 0 && found === null) return notFound(messageId, asked);
      await this.#take(mails, await this.#lookAt(mails));
    }
    const threadId = (await threadsOfIds(store.db, [messageId])).get(messageId);
    if (threadId === undefined) return `the thread that was given does not hold <${messageId}>`;
    // Other versions are found by what is kept of them.
    const { versions } = await readNewest(store, threadId);
    await store.db.transaction().execute((tx) => keepVersions(tx, threadId, versions));
    if (!query.analyse || !(await this.#isToDo(query))) return null;
    progress('analysing');
    return analyseQuiet(threadId, this.#querying, (text) => progress(`analysing: ${text}`));
  }

  /** Where it is read from has no position of a source: that one goes on where it was. */
  async #take(mails: readonly Buffer[], look: Intake['look']): Promise<void> {
    const { store, now } = this.#querying;
    const raws = mails.map((raw) => ({ raw, source: 'query', position: { kind: 'id' as const }, problem: null }));
    await takeMails({ store, look }, raws, now());
  }

  /** Told by the patches: somebody may answer one after years, or have a wrong clock. */
  async #lookAt(mails: readonly Buffer[]): Promise<Intake['look']> {
    const { queue, settings, now } = this.#querying;
    const at = now().getTime();
    let isNews = false;
    for (const raw of mails) {
      const { subject, date } = await readMessage(raw);
      const { isPatch, isReply } = readSubject(subject);
      isNews ||= isPatch && !isReply && date !== null && Math.abs(at - date.getTime()) < newsMs;
    }
    const settleMs = settings.settleMinutes * 60_000;
    return isNews ? { queue, settleMs, soonMs: settleMs } : null;
  }

  async #known(messageId: string): Promise<QueryAnswer> {
    const { db } = this.#querying.store;
    const found = await known(db, messageId);
    if (found === null) throw new Error(`nothing is known of <${messageId}>`);
    const ids = new Set(found.replies.map((reply) => reply.messageId));
    const threads = await threadsOfIds(db, [found.thread.root, ...found.versions.map((version) => version.messageId)]);
    const rows = [];
    for (const threadId of new Set(threads.values())) rows.push(...(await repliesOfThread(db, threadId)));
    return {
      ...{ kind: 'known', known: found },
      texts: rows
        .filter(({ message_id }) => ids.has(message_id))
        .map(({ message_id, state, raw }) => ({
          ...{ messageId: message_id, isSent: leftStates.has(state), raw: raw.toString('utf8') },
        })),
    };
  }
}

const notFound = (messageId: string, asked: readonly string[]) =>
  [
    `no mail <${messageId}> has come in, and ${asked.length === 0 ? 'no source of the settings can be asked for it' : 'none of the sources that can be asked has it'}; give its thread by --thread FILE, or name a source of kind git or web in the settings`,
    ...asked,
  ].join('\n  ');
