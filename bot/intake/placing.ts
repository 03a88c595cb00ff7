/**
 * Which mails of a batch are new, and which thread each belongs to: decided from values alone. The one idea: a thread is
 * everything that any id joins, so that the order in which its mails come does not matter. Threads that a mail joins become
 * the oldest of them.
 */
import type { Arrival } from './arrival.ts';

/** What the store holds that may have to do with the batch. */
export interface Surroundings {
  readonly mails: readonly { readonly id: number; readonly message_id: string; readonly content: string }[];
  /** Thread by Message-ID, of every id that a mail of the batch is or names. */
  readonly threadOf: ReadonlyMap<string, number>;
  readonly loose: readonly LoosePatch[];
}

interface LoosePatch {
  readonly from_address: string;
  readonly version: number | null;
  readonly total: number | null;
  readonly sent_at: Date | null;
  readonly received_at: Date;
  readonly thread_id: number;
}

/** In the order of the batch. */
export type Placed =
  | { readonly kind: 'new' | 'reused'; readonly arrival: Arrival }
  /** The mail is here already; its row, or null for one that came in the same batch. */
  | { readonly kind: 'known'; readonly arrival: Arrival; readonly id: number | null };

/** One thread after the batch. */
export interface Joined {
  /** Threads that it was until now, oldest first; none for a new one. */
  readonly threads: readonly number[];
  /** The new mails in it, reused Message-IDs among them. */
  readonly arrivals: readonly Arrival[];
  /** Ids that it gains. */
  readonly ids: readonly string[];
}

/** The mails of an unthreaded series are this close to each other (patchwork's rule, as in bot/thread/series.ts). */
const unthreadedMs = 20 * 60_000;

export function placeMails(
  arrivals: readonly Arrival[],
  { mails, threadOf, loose }: Surroundings,
  now: Date,
): { readonly placed: readonly Placed[]; readonly joined: readonly Joined[] } {
  const contents = new Map(
    mails.map(({ id, message_id, content }) => [`${message_id}\n${content}`, id as number | null]),
  );
  const taken = new Set(mails.map(({ message_id }) => message_id));
  const placed = arrivals.map((arrival): Placed => {
    const key = `${arrival.messageId}\n${arrival.content}`;
    const id = contents.get(key);
    if (id !== undefined) return { kind: 'known', arrival, id };
    const kind = taken.has(arrival.messageId) ? 'reused' : 'new';
    contents.set(key, null);
    taken.add(arrival.messageId);
    return { kind, arrival };
  });

  const sets = new Sets();
  for (const [id, thread] of threadOf) sets.join(`id ${id}`, `thread ${thread}`);
  const fresh = placed.filter(({ kind }) => kind !== 'known');
  // Whoever reuses an id must not join threads with what else he names.
  for (const { kind, arrival } of fresh)
    for (const id of idsOf(arrival, kind)) sets.join(`id ${arrival.messageId}`, `id ${id}`);
  const others: (Omit<LoosePatch, 'thread_id'> & { readonly node: string })[] = loose.map((patch) => ({
    ...patch,
    node: `thread ${patch.thread_id}`,
  }));
  for (const { kind, arrival } of fresh) {
    if (kind !== 'new' || !arrival.loose) continue;
    const patch = looseOf(arrival, now);
    for (const other of others) if (isOneSeries(patch, other)) sets.join(patch.node, other.node);
    others.push(patch);
  }
  return { placed, joined: joinedOf(fresh, threadOf, loose, sets) };
}

const idsOf = ({ messageId, parents }: Arrival, kind: Placed['kind']) =>
  kind === 'reused' ? [messageId] : [messageId, ...parents];

const looseOf = ({ messageId, fromAddress, sentAt, patch }: Arrival, now: Date) => ({
  ...{ from_address: fromAddress, version: patch?.version ?? null, total: patch?.total ?? null },
  ...{ sent_at: sentAt, received_at: now, node: `id ${messageId}` },
});

type Timed = Omit<LoosePatch, 'thread_id'>;

const isOneSeries = (a: Timed, b: Timed) =>
  a.from_address === b.from_address &&
  a.version === b.version &&
  a.total === b.total &&
  Math.abs((a.sent_at ?? a.received_at).getTime() - (b.sent_at ?? b.received_at).getTime()) <= unthreadedMs;

function joinedOf(
  fresh: readonly Placed[],
  threadOf: ReadonlyMap<string, number>,
  loose: readonly LoosePatch[],
  sets: Sets,
): readonly Joined[] {
  const bySet = new Map<string, { threads: Set<number>; arrivals: Arrival[]; ids: Set<string> }>();
  for (const { kind, arrival } of fresh) {
    const root = sets.find(`id ${arrival.messageId}`);
    const one = bySet.get(root) ?? { threads: new Set(), arrivals: [], ids: new Set() };
    bySet.set(root, one);
    one.arrivals.push(arrival);
    for (const id of idsOf(arrival, kind)) if (!threadOf.has(id)) one.ids.add(id);
  }
  for (const thread of new Set([...threadOf.values(), ...loose.map(({ thread_id }) => thread_id)]))
    bySet.get(sets.find(`thread ${thread}`))?.threads.add(thread);
  return [...bySet.values()].map(({ threads, arrivals, ids }) => ({
    threads: [...threads].sort((a, b) => a - b),
    arrivals,
    ids: [...ids],
  }));
}

/** Which names are of one set: a forest in which every tree is one. */
class Sets {
  readonly #parent = new Map<string, string>();

  find(of: string): string {
    let root = of;
    for (let up = this.#parent.get(root); up !== undefined; up = this.#parent.get(root)) root = up;
    for (let at = of; at !== root; ) {
      const next = this.#parent.get(at) ?? root;
      this.#parent.set(at, root);
      at = next;
    }
    return root;
  }

  join(a: string, b: string): void {
    const [one, other] = [this.find(a), this.find(b)];
    if (one !== other) this.#parent.set(one, other);
  }
}
