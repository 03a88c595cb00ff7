/**
 * Who may change what becomes of a series: its author, and whoever the settings name. Anybody can send patches into any thread:
 * who did is the author of his own series, and a thread is somebody's only while all patches in it are.
 */
import type { Kysely } from 'kysely';
import type { Settings } from '../settings/schema.ts';
import { sendersOfPatches } from '../store/mails.ts';
import type { Tables } from '../store/tables.ts';
import type { About } from './about.ts';

type Asked = Pick<Settings, 'maintainers' | 'moderators'>;

const isConfigured = ({ maintainers, moderators }: Asked, address: string) =>
  [...maintainers, ...moderators].some((one) => one.toLowerCase() === address);

/** @param address in lower case, proved */
export async function hasStanding(
  db: Kysely<Tables>,
  { about, address, settings }: { readonly about: About; readonly address: string; readonly settings: Asked },
): Promise<boolean> {
  if (isConfigured(settings, address)) return true;
  // One that was never judged has no row yet.
  return about.series === null ? isAllHis(db, about, address) : about.series.author === address;
}

/** May he close a whole thread? Then each series in it is his. */
export async function ownsThread(
  db: Kysely<Tables>,
  { about, address, settings }: { readonly about: About; readonly address: string; readonly settings: Asked },
): Promise<boolean> {
  return isConfigured(settings, address) || isAllHis(db, about, address);
}

async function isAllHis(db: Kysely<Tables>, { threadId }: About, address: string): Promise<boolean> {
  const senders = await sendersOfPatches(db, threadId);
  return senders.length > 0 && senders.every((one) => one === address);
}
