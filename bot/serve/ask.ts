/**
 * An operator's order, carried out where it can be: in the store, when nobody has it; by the daemon that has it, over HTTP.
 */
import { readFileSync } from 'node:fs';
import type { OrderAnswer } from '../http/orders.ts';
import { sleep } from '../inbox/source.ts';
import type { Settings } from '../settings/schema.ts';
import { Queue } from '../store/queue.ts';
import { openStore, type Store } from '../store/store.ts';
import { analysisPool } from './analysis-pool.ts';
import { placeOfStore } from './daemon.ts';
import { tokenFile } from './listen.ts';
import { openLog } from './log.ts';
import { newMetrics } from './metrics.ts';
import { type OrderName, runOrder } from './orders.ts';
import { Queries, type Query, type QueryAnswer } from './queries.ts';

const timeoutMs = 30_000;
const pollMs = 500;

type Give = (args: unknown) => Promise<OrderAnswer>;

/** Never throws. */
export const ask = (settings: Settings, name: OrderName, args: unknown): Promise<OrderAnswer> =>
  withStore(settings, name, (give) => give(args));

export interface Waiting {
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** A query to its end, however long it takes. Never throws. */
export const askQuery = (settings: Settings, query: Query, { signal, progress }: Waiting): Promise<OrderAnswer> =>
  withStore(
    settings,
    'query',
    async (give) => {
      for (let asked = query; !signal.aborted; asked = { ...query, thread: null }) {
        const answer = await give(asked);
        const value = answer.value as QueryAnswer | null;
        if (value?.kind !== 'running') return answer;
        progress(value.progress);
        await sleep(pollMs, signal);
      }
      return none('stopped; what was begun by a daemon goes on there');
    },
    signal,
  );

async function withStore(
  settings: Settings,
  name: OrderName,
  use: (give: Give) => Promise<OrderAnswer>,
  signal?: AbortSignal,
): Promise<OrderAnswer> {
  const { store, problem } = await openStore(placeOfStore(settings), { holder: name });
  if (store === null)
    return problem.kind === 'store-in-use' ? use((args) => askDaemon(settings, name, args)) : none(problem.text);
  try {
    const queue = await Queue.open(store, () => {});
    const own = signal === undefined ? null : queriesOf({ store, queue, settings, signal });
    try {
      const context = { store, queue, settings, queries: own?.queries ?? null, now: () => new Date() };
      return await use(async (args) => asDaemonSays(await runOrder(name, args, context)));
    } finally {
      await own?.end();
      await queue.stop(0);
    }
  } catch (error) {
    return none((error as Error).message);
  } finally {
    await store.close();
  }
}

interface Parts {
  readonly store: Store;
  readonly queue: Queue;
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/** As the daemon has them, with nobody to read a log. */
function queriesOf({ store, queue, settings, signal }: Parts) {
  const pool = analysisPool(settings, signal);
  const log = openLog('error', { write: () => {} });
  const parts = { store, queue, settings, pool, log, metrics: newMetrics(), now: () => new Date(), signal };
  const queries = new Queries(parts);
  const end = async () => {
    await queries.ended();
    pool.close();
  };
  return { queries, end };
}

/** Times as text, as they come by HTTP. */
const asDaemonSays = (answer: OrderAnswer): OrderAnswer => JSON.parse(JSON.stringify(answer));

const none = (problem: string): OrderAnswer => ({ value: null, problem });
async function askDaemon({ http, store }: Settings, name: OrderName, args: unknown): Promise<OrderAnswer> {
  if (http === null)
    return none('the daemon has the store, and http is null in the settings: set a port, or stop the daemon first');
  const url = `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${http.port}/orders/${name}`;
  try {
    const token = readFileSync(tokenFile(store.directory), 'utf8').trim();
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return response.ok ? { value: JSON.parse(text), problem: null } : none(text.trim());
  } catch (error) {
    return none(`the daemon that has the store does not answer at ${url} (${(error as Error).message})`);
  }
}
