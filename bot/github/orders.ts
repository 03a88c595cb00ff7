/** What an operator may ask about GitHub: what would be written, what was, and to try again what is parked. */
import { z } from 'zod';
import { type GithubItem, itemsIn, retryItem } from '../store/github-items.ts';
import type { Queue } from '../store/queue.ts';
import type { Store } from '../store/store.ts';
import type { GithubState } from '../store/tables.ts';

interface OrderContext {
  readonly store: Store;
  readonly queue: Pick<Queue, 'enqueue'> | null;
  readonly now: () => Date;
}

const all: readonly GithubState[] = ['dry', 'due', 'written', 'parked', 'left'];
const planned: readonly GithubState[] = ['dry', 'due', 'parked'];

export const githubPlan = {
  schema: z.strictObject({ all: z.boolean() }),
  run: async (args: { readonly all: boolean }, { store }: OrderContext) =>
    (await itemsIn(store.db, args.all ? all : planned)).map(lineOf),
};

export const githubRetry = {
  schema: z.strictObject({ key: z.string().max(200) }),
  run: async ({ key }: { readonly key: string }, { store, queue, now }: OrderContext) =>
    store.db.transaction().execute(async (tx) => {
      const id = await retryItem(tx, key);
      if (id === null) throw new Error(`nothing is parked or left under ${key}; github plan --all has the keys`);
      await queue?.enqueue(tx, 'github', { itemId: id }, now());
      return { key, state: 'due' };
    }),
};

const lineOf = ({ kind, repository, key, state, url, why, wanted }: GithubItem) => ({
  ...{ kind, repository, key, state, url, why, wanted },
});
