/**
 * A maildir as a source: the files of new/ and cur/, by polling. A mail keeps the name it was delivered under, up to the ":"
 * that its flags stand behind, so that one that is moved from new to cur is the same mail. Nothing is moved or changed here.
 *
 * The position is the time at which the newest file came to where it is (its ctime, which no tool sets), and its name. At a
 * start the files of the hour before that are handed over again, for clocks that were set back; the store knows them.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../../analyzers/source/place.ts';
import type { RawMail } from '../intake/raw-mail.ts';
import type { MaildirSettings } from './settings.ts';
import { limitsOf, type SourceContext, type SourceLimits, systemProblem, tooLarge } from './source.ts';

const overlapMs = 3_600_000;

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly cameMs: number;
}

export async function* maildirSource(settings: MaildirSettings, context: SourceContext): AsyncGenerator<RawMail> {
  const { signal, onState, follow, sleep } = context;
  const pollMs = settings.pollSeconds * 1000;
  const since = sinceOf(context, settings.path) - overlapMs;
  let seen = new Set<string>();
  while (!signal.aborted) {
    try {
      const files = await filesOf(settings.path);
      seen = new Set([...seen].filter((name) => files.has(name)));
      const entries = await entriesOf(files, seen);
      for (const [done, { name, path, cameMs }] of entries.entries()) {
        if (signal.aborted) break;
        const read = cameMs < since ? null : await readMail(path, limitsOf(context));
        if (read !== null) {
          onState({ kind: 'reading', place: settings.path, done, total: entries.length });
          const position = { kind: 'file', path: settings.path, at: `${cameMs} ${name}` } as const;
          yield { ...read, source: settings.name, position };
        } else if (cameMs >= since) continue; // moved meanwhile: the next look finds it
        seen.add(name);
      }
      if (!follow || signal.aborted) break;
      onState({ kind: 'waiting' });
    } catch (error) {
      if (signal.aborted) break;
      onState({ kind: 'failed', problem: systemProblem(error, settings.path), retryMs: follow ? pollMs : 0 });
      if (!follow) break;
    }
    await sleep(pollMs, signal);
  }
  onState({ kind: 'ended' });
}

const sinceOf = ({ from }: SourceContext, path: string) => {
  const kept = from.find((position) => position.kind === 'file' && position.path === path);
  return kept?.kind === 'file' ? Number.parseInt(kept.at, 10) || 0 : 0;
};

/** Name → path. new/ first: a mail that is moved between the two looks is then met twice, and not missed. */
async function filesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const part of ['new', 'cur'])
    for (const file of await readdir(join(folder, part)))
      if (!file.startsWith('.')) files.set(file.replace(/:.*$/s, ''), join(folder, part, file));
  return files;
}

/** What is not seen yet, in the order it came. */
async function entriesOf(files: ReadonlyMap<string, string>, seen: ReadonlySet<string>): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const [name, path] of files) {
    if (seen.has(name)) continue;
    const status = await stat(path).catch(ifGone);
    if (status?.isFile()) entries.push({ name, path, cameMs: Math.floor(status.ctimeMs) });
  }
  return entries.sort((a, b) => a.cameMs - b.cameMs || (a.name < b.name ? -1 : 1));
}

async function readMail(
  path: string,
  limits: SourceLimits,
): Promise<{ readonly raw: Buffer; readonly problem: Problem | null } | null> {
  const file = await open(path).catch(ifGone);
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    if (size <= limits.mailBytesMax) return { raw: await file.readFile(), problem: null };
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limits.beginningBytes), 0, limits.beginningBytes, 0);
    return { raw: buffer.subarray(0, bytesRead), problem: tooLarge(size, limits) };
  } finally {
    await file.close();
  }
}

function ifGone(error: NodeJS.ErrnoException): null {
  if (error.code !== 'ENOENT') throw error;
  return null;
}
