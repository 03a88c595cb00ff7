/**
 * Where what was fetched or unpacked is kept between runs, as the XDG base directory specification says. It may be deleted
 * at any time: it only costs doing it again.
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** @param name of what is kept; @returns the path of its directory, which may not exist yet */
export function cacheFolder(name: string): string {
  const set = process.env.XDG_CACHE_HOME ?? '';
  // The specification has relative paths ignored.
  return join(isAbsolute(set) ? set : join(homedir(), '.cache'), 'scenario-bot', name);
}
