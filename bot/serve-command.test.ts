/** How `serve` ends where it cannot start, and what the units make of it: what may be otherwise the next time is tried again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { freePort } from './servers/server.ts';
import { loadSettings } from './settings/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'serve-'));
after(() => rmSync(folder, { recursive: true }));

function serve(settings: object, ...words: readonly string[]) {
  const file = join(folder, 'bot.yaml');
  writeFileSync(file, JSON.stringify(settings));
  const program = join(import.meta.dirname, 'main.ts');
  const { status, stderr } = spawnSync(process.execPath, [program, 'serve', '--settings', file, ...words], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stderr };
}

test('wrong settings and words end it for good, a database that is away does not', async () => {
  const away = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
  const settings = { ...loadSettings(), store: { directory: folder, url: away } };
  const own = { ...settings, store: { directory: folder, url: null } };
  const ends = [
    serve({ ...settings, nonsense: 1 }),
    serve(settings, '--role', 'nonsense'),
    serve(own, '--role', 'post'),
    serve(settings),
  ];
  assert.deepEqual(
    ends.map(({ status }) => status),
    [2, 2, 2, 3],
    ends.map(({ stderr }) => stderr).join(''),
  );
  for (const unit of ['scenario-bot', 'scenario-bot@']) {
    const text = readFileSync(join(import.meta.dirname, `../config/${unit}.service`), 'utf8');
    assert.match(text, /^Restart=on-failure$/m);
    assert.match(text, /^RestartPreventExitStatus=2$/m);
  }
});
