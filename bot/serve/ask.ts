/**
 * An operator's order, carried out where it can be: in the store, when nobody has it; by the daemon that has it, over HTTP.
 */
import { readFileSync } from 'node:fs';
import type { OrderAnswer } from '../http/orders.ts';
import type { Settings } from '../settings/schema.ts';
import { Queue } from '../store/queue.ts';
import { openStore } from '../store/store.ts';
import { placeOfStore, tokenFile } from './daemon.ts';
import { type OrderName, runOrder } from './orders.ts';

const timeoutMs = 30_000;

/** Never throws. */
export async function ask(settings: Settings, name: OrderName, args: unknown): Promise<OrderAnswer> {
  const { store, problem } = await openStore(placeOfStore(settings), { holder: name });
  if (store === null) return problem.kind === 'store-in-use' ? askDaemon(settings, name, args) : none(problem.text);
  try {
    const queue = await Queue.open(store, () => {});
    try {
      return await runOrder(name, args, { store, queue, settings, now: () => new Date() });
    } finally {
      await queue.stop(0);
    }
  } catch (error) {
    return none((error as Error).message);
  } finally {
    await store.close();
  }
}

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
