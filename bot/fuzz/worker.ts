/** Mails of a run, one after the other, in a thread of its own: the one that started it sees which mail it is at, and since when. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { fixtureFolder } from '../fixture.ts';
import { readMbox } from '../mail/mbox.ts';
import { randomOf } from '../qemu/random.ts';
import { loadSettings } from '../settings/settings.ts';
import { type Kind, mutated } from './mutate.ts';
import { take } from './taken.ts';

export interface FuzzTask {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** The mail that it is at. */
  readonly place: SharedArrayBuffer;
}
export interface FuzzRow {
  readonly index: number;
  readonly how: readonly Kind[];
  readonly ms: number;
  readonly bytes: number;
  readonly isPatch: boolean;
  readonly isRelevant: boolean;
  readonly replies: number;
  readonly wrong: readonly string[];
  /** Of what was thrown; null where nothing was. */
  readonly crash: string | null;
}

/** All mails of the fixtures' threads. */
export const fixtureMails = (): readonly Buffer[] =>
  readdirSync(fixtureFolder)
    .sort()
    .flatMap((name) => readMbox(readFileSync(join(fixtureFolder, name, 'thread.mbox'))).mails);

export const mailOf = (mails: readonly Buffer[], seed: number, index: number) =>
  mutated(mails, randomOf(Math.imul(seed ^ 0x9e3779b9, index + 1) ^ index));

async function run({ seed, from, to, place }: FuzzTask): Promise<void> {
  const mails = fixtureMails();
  const settings = { ...loadSettings(), moderators: ['mia@example.org'] };
  const now = new Date('2026-01-02T03:04:05Z');
  const at = new Int32Array(place);
  for (let index = from; index < to; index++) {
    const { mail, how } = mailOf(mails, seed, index);
    Atomics.store(at, 0, index);
    const begun = performance.now();
    const nothing = { isPatch: false, isRelevant: false, replies: 0, wrong: [] };
    const taken = await take(mail, { settings, now }).then(
      (one) => ({ ...one, crash: null }),
      (error: Error) => ({ ...nothing, crash: error.stack ?? String(error) }),
    );
    const row: FuzzRow = { index, how, ms: performance.now() - begun, bytes: mail.length, ...taken };
    parentPort?.postMessage(row);
  }
}

if (parentPort !== null && workerData !== null) await run(workerData as FuzzTask);
