/** A job `github`: one row is claimed, made so on GitHub, and what came of it is kept. */
import type { Log } from '../serve/log.ts';
import { claimItem, endItem, type GithubItem, type ItemEnd } from '../store/github-items.ts';
import type { Queue } from '../store/queue.ts';
import type { Store } from '../store/store.ts';
import { readSwitch } from '../store/switches.ts';
import type { WantedIssue } from './issue.ts';
import { currentMark, mailAwaited } from './keep-marks.ts';
import type { Account, Opened } from './login.ts';
import { settleMark } from './mark.ts';
import { type Judge, settleReview, wantedReview } from './pull.ts';
import { type Settled, settleIssue } from './settle.ts';
import { wantedMark } from './wanted-mark.ts';

export interface Writing {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly open: () => Promise<Opened>;
  readonly judge: Judge;
  /** Of the mirror: those that have a series each. */
  readonly branches: readonly string[];
  /** Its name, under what it writes. */
  readonly bot: string;
  readonly log: Log;
  readonly now: () => Date;
}

const stoppedMs = 5 * 60_000;
const retryMs = 60_000;
const retryMostMs = 6 * 3_600_000;

/** @throws where the store fails: the job comes again */
export async function writeItem(itemId: number, writing: Writing): Promise<void> {
  const { store, queue, open, log, now } = writing;
  // The kill switch: it is looked at again, for nobody says when it is off.
  if ((await readSwitch(store.db, 'posting-stopped')) !== null) {
    await queue.enqueue(store.db, 'github', { itemId }, new Date(now().getTime() + stoppedMs));
    return;
  }
  // Before it is claimed: a moderator may take days, and none of them is a try.
  const awaited = await mailAwaited(store.db, itemId, now());
  if (awaited !== null) {
    await queue.enqueue(store.db, 'github', { itemId }, awaited);
    return;
  }
  const item = await claimItem(store.db, itemId, now());
  if (item === null) return;
  if (item === 'taken') {
    await queue.enqueue(store.db, 'github', { itemId }, new Date(now().getTime() + retryMs));
    return;
  }
  const { account, problem } = await open();
  const end: ItemEnd =
    account === null
      ? { ...kept(item), state: 'due', why: problem, notBefore: backOff(item, now()) }
      : await settled(item, account, writing);
  const { key, repository } = item;
  if (end.state === 'due' || end.state === 'parked')
    log.warn({ key, repository, why: end.why }, 'GitHub is not written');
  else log.info({ key, repository, state: end.state, url: end.url, why: end.why }, 'GitHub is as it should be');
  await store.db.transaction().execute(async (tx) => {
    const again = await endItem(tx, item, end, now());
    if (again !== null) await queue.enqueue(tx, 'github', { itemId }, again);
  });
}

const kept = ({ number, url, unsure_at }: GithubItem) => ({ number, url, unsureAt: unsure_at });

async function settled(item: GithubItem, account: Account, writing: Writing): Promise<ItemEnd> {
  const { now } = writing;
  const { state, ...end } = await settlers[item.kind](item, account, writing);
  if (state !== 'later') return { ...end, state };
  return { ...end, state: 'due', notBefore: end.notBefore ?? backOff(item, now()) };
}

type Settler = (
  item: GithubItem,
  account: Account,
  writing: Writing,
) => Promise<Omit<Settled, 'state'> & { readonly state: Settled['state'] | 'dry' }>;
const settlers: Readonly<Record<GithubItem['kind'], Settler>> = {
  issue: (item, account, { now }) =>
    settleIssue({ ...kept(item), wanted: item.wanted as WantedIssue }, account.tracker(item.repository), now),
  review: (item, account, { judge, bot, now }) =>
    settleReview(
      { ...kept(item), wanted: wantedReview.parse(item.wanted) },
      { account, judge, repository: item.repository, bot, now },
    ),
  mark: async (item, account, { store, branches, now }) => {
    const { wanted, isSuperseded } = await currentMark(store.db, wantedMark.parse(item.wanted));
    // What was wrong on an old version stays wrong there, and is put right; what was not said need not be said any more.
    if (isSuperseded && item.url === null)
      return { ...kept(item), unsureAt: null, state: 'written', why: 'there is a newer version', notBefore: null };
    const { repository, attempts } = item;
    return settleMark({ ...kept(item), wanted, attempts }, { account, repository, branches, now });
  },
};

/** Twice as long each time. */
const backOff = ({ attempts }: GithubItem, now: Date) =>
  new Date(now.getTime() + Math.min(retryMostMs, retryMs * 2 ** Math.min(attempts, 10)));
