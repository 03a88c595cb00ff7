/** What a daemon says of itself by HTTP, its data directory on a small file system of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { freePort } from '../servers/server.ts';
import type { Settings } from '../settings/schema.ts';
import { loadSettings } from '../settings/settings.ts';
import { newDirectory } from '../store/testing/engines.ts';
import { poster } from './poster.ts';
import { Running } from './testing/running.ts';

test('not ready on a full disk, and ready again when there is room', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'full-'));
  let daemon: Running | null = null;
  t.after(async () => {
    await daemon?.stop();
    spawnSync('umount', ['--lazy', disk]);
    rmSync(folder, { recursive: true });
  });
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0) return t.skip(`a file system of its own needs root: ${mounted.stderr}`);
  const directory = join(disk, 'data');
  await newDirectory(directory);
  const port = await freePort();
  const defaults = loadSettings();
  const settings: Settings = {
    ...{ ...defaults, store: { directory, url: null }, http: { ...defaults.http!, port } },
    github: { ...defaults.github, repository: null },
  };
  daemon = await Running.start(settings);
  const ready = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    return `${answer.status} ${await answer.text()}`;
  };
  await daemon.until(({ msg, singleton }) => msg === 'what one process does is held' && singleton === poster);

  assert.equal(await ready(), '200 ready\n');
  const filler = join(disk, 'filler');
  fill(filler);
  assert.match(await ready(), new RegExp(`^503 ${directory} keeps nothing: could not extend file .*: No space left`));
  rmSync(filler);
  assert.equal(await ready(), '200 ready\n');
});

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
}
