/**
 * One thread of an archive → a row for each of its relevant patches, each as soon as it is there. Every version is judged, as a
 * bot on the list would have: each on its own base, with the patches of its own series under it.
 */
import { defaults } from '../../analyzers/explore/explore.ts';
import { newCache } from '../../analyzers/verdict/protocol-run.ts';
import type { Level } from '../../analyzers/verdict/verdict.ts';
import { Kept } from '../kept.ts';
import type { Message } from '../mail/message.ts';
import { reviewPatches } from '../review.ts';
import { MailsAtHand } from '../sources/prerequisites.ts';
import type { Tree } from '../sources/tree.ts';
import { everyVersion, readSeries } from '../thread/series.ts';
import type { PatchPlace } from './catalogue.ts';
import { type Row, type RowStart, reviewedRow, unreviewedRow } from './row.ts';

interface ThreadOptions {
  readonly trees: readonly Tree[];
  readonly level: Level;
  readonly cpuSeconds: () => number;
}

export const rowStart = ({ id, subject, sentMs }: PatchPlace): RowStart => ({
  messageId: id,
  subject,
  date: new Date(sentMs).toISOString().slice(0, 10),
});

/** Whatever happens to one patch, the others get their rows. */
export function* reviewThread(
  messages: readonly Message[],
  patches: readonly PatchPlace[],
  options: ThreadOptions,
): Generator<Row> {
  const open = new Map(patches.map((patch) => [patch.id, patch]));
  for (const { id, damage } of patches) {
    if (damage === null) continue;
    yield unreviewedRow(rowStart(open.get(id)!), 'damaged', damage);
    open.delete(id);
  }
  const own = readSeries(messages);
  const cache = newCache();
  const atHand = new MailsAtHand(messages);
  for (const [index, series] of everyVersion(own).entries()) {
    const ids = new Set(own[index]?.patches.map(({ message }) => message.id));
    const wanted = [...open.keys()].filter((id) => ids.has(id));
    if (wanted.length === 0) continue;
    let started = options.cpuSeconds();
    try {
      const { trees, level } = options;
      const reviews = reviewPatches(series, {
        ...{ trees, level, kept: new Kept(cache), limits: defaults, atHand, progress: () => {} },
        wanted: ({ message }) => open.has(message.id) && ids.has(message.id),
      });
      for (const review of reviews) {
        const { id } = review.patch.message;
        const now = options.cpuSeconds();
        yield reviewedRow(rowStart(open.get(id)!), review, now - started);
        started = now;
        open.delete(id);
      }
    } catch (error) {
      const told = error instanceof Error ? `${error.message}${placeOf(error)}` : String(error);
      for (const id of wanted.filter((one) => open.has(one))) {
        yield unreviewedRow(rowStart(open.get(id)!), 'crash', told);
        open.delete(id);
      }
    }
  }
  for (const patch of open.values())
    yield unreviewedRow(rowStart(patch), 'silence', 'another mail of its series has its number and came later');
}

const placeOf = ({ stack = '' }: Error) => / at .*?([\w./-]+\.ts:\d+)/.exec(stack)?.[0] ?? '';
