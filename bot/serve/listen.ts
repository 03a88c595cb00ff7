/**
 * The HTTP server of a process: pages, orders, queries, health and gauges, which tell of all processes by what is in the store.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeDelivery } from '../github/delivery.ts';
import type { RunOrder } from '../http/orders.ts';
import { type HttpServer, serveHttp } from '../http/server.ts';
import { pagesOf } from '../pages/pages.ts';
import type { Settings } from '../settings/schema.ts';
import { checksIn } from '../store/patchwork-checks.ts';
import type { Queue } from '../store/queue.ts';
import { repliesIn } from '../store/replies.ts';
import { freeOf } from '../store/singletons.ts';
import { sourceHealth } from '../store/source-states.ts';
import { type Store, whyNothingIsKept } from '../store/store.ts';
import { threadsIn } from '../store/threads.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { runOrder } from './orders.ts';
import { poster } from './poster.ts';
import type { Presence } from './presence.ts';
import type { Queries } from './queries.ts';

interface Parts {
  readonly store: Store;
  readonly queue: Queue;
  readonly settings: Settings;
  readonly queries: Queries;
  readonly metrics: Metrics;
  readonly presence: Presence;
  readonly now: () => Date;
  readonly log: Log;
}

/** Null where the settings have none; in words why it cannot be. */
export async function openHttp(parts: Parts): Promise<HttpServer | null | string> {
  const { store, queue, settings, queries, presence, now, log } = parts;
  const {
    http,
    github: { pulls },
    store: { directory, url },
  } = settings;
  if (http === null) return null;
  const run: RunOrder = (name, args) => runOrder(name, args, { store, queue, settings, queries, now });
  try {
    return await serveHttp({
      ...http,
      ...{ log, now, pages: pagesOf({ store, settings, log }) },
      metrics: async () => {
        await gauge(parts);
        const registry = await presence.registry();
        return { text: await registry.metrics(), type: registry.contentType };
      },
      notReady: () => notReady(parts),
      orders: url === null ? { token: tokenIn(directory), run } : null,
      api: { store, run },
      webhook:
        pulls === null || pulls.webhook === null
          ? null
          : { secret: pulls.webhook, take: (delivery) => takeDelivery(delivery, { store, queue, now, pulls }) },
      feed: { store, domain: settings.domain, name: settings.from.name, url: http.url },
    });
  } catch (error) {
    return `http ${http.host}:${http.port}: ${(error as Error).message}; set another port, or null`;
  }
}

const namesOf = ({ sources }: Settings) => sources.map(({ name }) => name);

async function notReady({ store, settings, presence, now }: Parts): Promise<readonly string[]> {
  const why = await whyNothingIsKept(store);
  // Whatever else is wrong follows from it.
  if (why !== null) return [why];
  const sources = await sourceHealth(store.db, namesOf(settings), now());
  const missing = await presence.missing(['analyse', 'post']);
  const free = await freeOf(store, [poster]);
  return [
    ...sources.flatMap(({ failing }) => failing ?? []),
    ...missing.map((role) => `no process has the role ${role}`),
    ...(free.length === 0 || missing.includes('post') ? [] : ['no process posts; one takes over within a minute']),
  ];
}

async function gauge({ store, queue, settings, metrics, now }: Parts): Promise<void> {
  for (const { name, queuedCount, activeCount } of await queue.counts()) {
    metrics.queue.set({ kind: name, state: 'waiting' }, queuedCount);
    metrics.queue.set({ kind: name, state: 'running' }, activeCount);
  }
  for (const { name, isUp } of await sourceHealth(store.db, namesOf(settings), now()))
    metrics.sourceUp.set({ source: name }, isUp ? 1 : 0);
  metrics.parked.set({ what: 'threads' }, (await threadsIn(store.db, 'parked')).length);
  metrics.parked.set({ what: 'replies' }, (await repliesIn(store.db, ['parked'])).length);
  metrics.parked.set({ what: 'checks' }, (await checksIn(store.db, ['parked'])).length);
  const due = (await threadsIn(store.db, 'waiting')).flatMap(({ settles_at }) =>
    settles_at === null ? [] : [settles_at.getTime()],
  );
  metrics.queueAgeSeconds.set(Math.max(0, (now().getTime() - Math.min(now().getTime(), ...due)) / 1000));
}

/** Who may read the directory may give orders. */
export const tokenFile = (directory: string) => join(directory, '.order-token');

function tokenIn(directory: string): string {
  const file = tokenFile(directory);
  // One that a full disk has cut short is made anew: an empty token would let in anybody.
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (/^[0-9a-f]{64}$/.test(kept)) return kept;
  const token = randomBytes(32).toString('hex');
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}
