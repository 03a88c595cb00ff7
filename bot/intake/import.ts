/**
 * Many mails at once, as of a whole archive: batches, each a transaction with the position behind its last mail. Stopped at any
 * moment, the next import goes on behind the last batch; memory holds one batch, whatever the archive.
 */
import { setImmediate } from 'node:timers/promises';
import { isBeingRead } from '../store/reading.ts';
import { maintain } from '../store/store.ts';
import type { RawMail } from './raw-mail.ts';
import { type Intake, type Taken, takeMails } from './take.ts';

const batch = { mails: 200, bytes: 4 << 20 } as const;
/** While somebody reads: a batch holds him up, and takes half as long again for each mail. */
const readMails = 16;
/** PGlite plans its queries by what was last counted. */
const countedEvery = 10_000;

export type ImportFigures = Readonly<Record<Taken['kind'] | 'relevant' | 'damaged', number>>;

export interface ImportOptions {
  readonly now: () => Date;
  /** After every batch. */
  readonly onProgress: (figures: ImportFigures) => void;
}

/** @returns what the mails of this run were */
export async function importMails(
  intake: Intake,
  source: AsyncIterable<RawMail>,
  { now, onProgress }: ImportOptions,
): Promise<ImportFigures> {
  const figures = { new: 0, known: 0, reused: 0, relevant: 0, damaged: 0 };
  let waiting: RawMail[] = [];
  let bytes = 0;
  let uncounted = 0;
  const flush = async () => {
    for (const { kind, relevant, damage } of await takeMails(intake, waiting, now())) {
      figures[kind]++;
      if (kind !== 'new') continue;
      uncounted++;
      if (relevant) figures.relevant++;
      if (damage !== null) figures.damaged++;
    }
    [waiting, bytes] = [[], 0];
    onProgress(figures);
    // Mails and queries leave no room for whoever asks meanwhile.
    await setImmediate();
    if (uncounted < countedEvery) return;
    await maintain(intake.store);
    uncounted = 0;
  };
  for await (const mail of source) {
    waiting.push(mail);
    bytes += mail.raw.length;
    const most = isBeingRead(intake.store) ? readMails : batch.mails;
    if (waiting.length >= most || bytes >= batch.bytes) await flush();
  }
  if (waiting.length > 0) await flush();
  if (uncounted > 0) await maintain(intake.store);
  return figures;
}
