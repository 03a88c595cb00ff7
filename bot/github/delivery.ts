/**
 * What GitHub tells of by itself, so that a pull request need not wait until it is looked for. It is believed in nothing but
 * number and head, and comes to the same row and job as what the look finds: what was not delivered is found by the next look.
 */
import { z } from 'zod';
import type { Settings } from '../settings/schema.ts';
import { recordDelivery } from '../store/github-deliveries.ts';
import { wantItem } from '../store/github-items.ts';
import type { Queue } from '../store/queue.ts';
import type { Store } from '../store/store.ts';
import { pullShape, type WantedReview } from './pull.ts';

export interface Wanting {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
  readonly pulls: NonNullable<Settings['github']['pulls']>;
}
interface Taken {
  readonly how: 'taken' | 'known' | 'ignored' | 'garbage';
  readonly why: string;
}

const payloadShape = z.object({ repository: z.object({ full_name: z.string() }) });
const eventShape = payloadShape.extend({ action: z.string(), pull_request: pullShape });
/** Those by which there is a head to review. */
const actions = new Set(['opened', 'synchronize', 'reopened']);

/** @throws where the store fails: nothing of it is kept then */
export async function takeDelivery(
  { id, event, payload }: { readonly id: string; readonly event: string; readonly payload: unknown },
  wanting: Wanting,
): Promise<Taken> {
  const ignored = (why: string): Taken => ({ how: 'ignored', why });
  const garbage = { how: 'garbage', why: `it is no ${event} as GitHub describes it` } as const;
  if (event !== 'ping' && event !== 'pull_request') return ignored('only pull_request is of use');
  const about = payloadShape.safeParse(payload);
  // That of an organization is of no repository.
  if (event === 'ping' && !about.success) return { how: 'taken', why: 'it arrives' };
  if (!about.success) return garbage;
  const { full_name: name } = about.data.repository;
  const { repository } = wanting.pulls;
  if (name.toLowerCase() !== repository.toLowerCase()) return ignored(`only ${repository} is looked at`);
  if (event === 'ping') return { how: 'taken', why: 'it arrives' };
  const told = eventShape.safeParse(payload);
  if (!told.success) return garbage;
  const { action, pull_request: pull } = told.data;
  if (!actions.has(action)) return ignored('it changes no commits');
  if (pull.state !== 'open' || pull.draft === true) return ignored('it is closed, or a draft');
  return wantReview({ number: pull.number, head: pull.head.sha }, wanting, id);
}

/**
 * Once a head: the row is there, and stays.
 * @param delivery that told of it; null where it was found by looking
 */
export async function wantReview(
  { number, head }: { readonly number: number; readonly head: string },
  { store, queue, now, pulls: { repository, mode } }: Wanting,
  delivery: string | null,
): Promise<Taken> {
  const wanted: WantedReview = { number, head, isPosted: mode === 'post' };
  return store.db.transaction().execute(async (tx) => {
    if (delivery !== null && !(await recordDelivery(tx, delivery, now())))
      return { how: 'known', why: 'it was delivered before' };
    const key = `pull ${number} ${head}`;
    const row = await wantItem(tx, { kind: 'review', repository, key, work: null, wanted, isPosted: true }, now());
    if (!row.isDue) return { how: 'known', why: 'its head is known' };
    await queue.enqueue(tx, 'github', { itemId: row.id }, now());
    return { how: 'taken', why: `#${number} is reviewed at ${head.slice(0, 12)}` };
  });
}
