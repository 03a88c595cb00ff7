/**
 * `bench pages`: what it takes until the first byte of each page, with many series stored on PGlite, while nothing else happens
 * and while mails are imported by the same process; how fast those are taken in meanwhile; the size of the step-through's script.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browserScript } from '../bundle.ts';
import { documentOf } from '../document.ts';
import { fixtureFolder, modelTree, reviewThread } from '../fixture.ts';
import { serveHttp } from '../http/server.ts';
import { importMails } from '../intake/import.ts';
import type { RawMail } from '../intake/raw-mail.ts';
import { pagesOf } from '../pages/pages.ts';
import { openLog } from '../serve/log.ts';
import { loadSettings } from '../settings/settings.ts';
import { maintain, openStore, type Store } from '../store/store.ts';
import { mailingList } from './mailing-list.ts';
import { layManySeries, messageIdOf, type ReviewSample } from './many-series.ts';
import type { Asked, Asking } from './pages-client.ts';
import { printRow } from './table.ts';

const widths = [44, 9, 9, 9];
const goalMs = 50;

export interface PagesBench {
  readonly series: number;
  readonly rounds: number;
}

/** @returns the exit status: 1 where a page is slower than it should be */
export async function pagesBench({ series, rounds }: PagesBench): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pages-bench-'));
  const { store, problem } = await openStore({ kind: 'directory', path: join(folder, 'data') }, { holder: 'bench' });
  if (store === null) {
    console.error(`bench: ${problem.text}`);
    return 2;
  }
  try {
    const samples = await reviewed(['mflr-in-nothing', 'mflr-in-ipi', 'mflr-out-ipi', 'printk-only']);
    await layManySeries(store.db, series, samples);
    await maintain(store);
    return await measure(store, { series, rounds });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Documents of fixtures, judged on their tree. */
async function reviewed(names: readonly string[]): Promise<readonly ReviewSample[]> {
  const samples: ReviewSample[] = [];
  for (const name of names) {
    const { series } = await reviewThread(readFileSync(join(fixtureFolder, name, 'thread.mbox')), {
      trees: [modelTree],
    });
    const document = documentOf(series);
    samples.push({ document, answer: document.patches[0]?.answer ?? 'silence' });
  }
  return samples;
}

async function measure(store: Store, { series, rounds }: PagesBench): Promise<number> {
  const [settings, log] = [loadSettings(), openLog('error')];
  const server = await serveHttp({
    ...{ host: '127.0.0.1', port: 0, connections: 64, requestsPerMinute: 1_000_000, proxies: [], tokens: [] },
    ...{ log, now: () => new Date(), orders: null, notReady: async () => [] },
    metrics: async () => ({ text: '', type: 'text/plain' }),
    api: null,
    feed: null,
    webhook: null,
    pages: pagesOf({ store, settings, log }),
  });
  const middle = `/${messageIdOf(Math.trunc(series / 6) * 3 + 1)}/`;
  const paths = ['/', '/?q=trampoline', '/?answer=finding&state=analysed', middle, `${middle}verdict`];
  const asking = {
    ...{ base: `http://127.0.0.1:${server.port}`, rounds },
    paths: [...paths, '/disputed', '/parked', '/sent', '/help'],
  };
  console.log(`${series} series on PGlite; milliseconds to the first byte, of ${rounds} requests, one each 100 ms\n`);
  await ask({ ...asking, rounds: 3 });
  const idle = await ask(asking);
  const stop = new AbortController();
  const started = performance.now();
  let imported = 0;
  const running = importMails({ store, look: null }, endless(stop.signal), {
    now: () => new Date(),
    onProgress: (figures) => {
      imported = figures.new + figures.known + figures.reused;
    },
  });
  const busy = await ask(asking);
  const seconds = (performance.now() - started) / 1000;
  const rate = imported / seconds;
  stop.abort();
  await running;
  await server.close();
  const isGood = print(idle, busy);
  console.log(`\nmeanwhile ${imported} mails were imported, ${rate.toFixed(0)} a second`);
  const { gzipBytes } = await browserScript();
  console.log(`script of the step-through, compressed: ${(gzipBytes / 1000).toFixed(1)} kB`);
  return isGood ? 0 : 1;
}

async function ask(asking: Asking): Promise<Asked> {
  const client = fork(join(import.meta.dirname, 'pages-client.ts'));
  client.send(asking);
  const [taken] = await once(client, 'message');
  return taken;
}

async function* endless(signal: AbortSignal): AsyncGenerator<RawMail> {
  for (const raw of mailingList(1, Number.POSITIVE_INFINITY)) {
    if (signal.aborted) return;
    yield { raw, source: 'bench', position: { kind: 'id' }, problem: null };
  }
}

/** @returns whether every page is as quick as it should be */
function print(idle: Asked, busy: Asked): boolean {
  console.log(printRow(widths, ['', 'idle', 'importing', 'importing']));
  console.log(printRow(widths, ['page', 'median', 'median', '95th']));
  const shown = Object.keys(busy).map((path) => {
    const [alone = [], beside = []] = [idle[path], busy[path]];
    const figures = [quantile(alone, 0.5), quantile(beside, 0.5), quantile(beside, 0.95)];
    console.log(printRow(widths, [path, ...figures.map((figure) => figure.toFixed(1))]));
    return quantile(beside, 0.5);
  });
  return shown.every((median) => median < goalMs);
}

const quantile = (figures: readonly number[], part: number) =>
  figures.toSorted((a, b) => a - b)[Math.min(figures.length - 1, Math.floor(part * figures.length))] ?? 0;
