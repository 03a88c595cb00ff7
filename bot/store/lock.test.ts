/** A data directory has one process: two real ones try. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { databaseIn } from './pglite.ts';
import { openStore, type Place, placeOf } from './store.ts';
import { newDirectory } from './testing/engines.ts';

const root = mkdtempSync(join(tmpdir(), 'lock-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** Opens the store, says so, writes a row a line of its input, and goes on until it is killed. */
const program = `
  import { openStore, placeOf } from ${JSON.stringify(join(import.meta.dirname, 'store.ts'))};
  const { store, problem } = await openStore(placeOf(process.argv[1]), { holder: 'serve' });
  if (problem !== null) { console.log(problem.kind + ': ' + problem.text); process.exit(2); }
  await store.db.insertInto('switches').values({ name: 'kept', at: new Date(), by: '', why: '' }).execute();
  console.log('open');
  setInterval(() => {}, 1000);`;

async function other(
  path: string,
): Promise<{ readonly said: string; readonly kill: () => Promise<void>; readonly pid: number }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const [said] = await once(child.stdout, 'data');
  return {
    said: String(said).trim(),
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

const open = (place: Place) => openStore(place, { holder: 'test' });

test('a second process is told who has it, by whatever path; a kill gives it back, and what was committed is there', async () => {
  const path = join(root, 'data');
  const place = await newDirectory(path);
  const holder = await other(path);
  assert.equal(holder.said, 'open');
  symlinkSync(path, join(root, 'link'));
  for (const way of [path, join(root, 'link'), `${root}/./data/`]) {
    const { problem } = await open(placeOf(way));
    assert.equal(problem?.kind, 'store-in-use');
    assert.match(problem.text, new RegExp(`in use by process ${holder.pid} \\(serve, since 20\\S+\\): stop it first`));
  }
  await holder.kill();
  const { store } = await open(place);
  assert.deepEqual(await store?.db.selectFrom('switches').select('name').execute(), [{ name: 'kept' }]);

  const refused = await other(path);
  assert.match(refused.said, new RegExp(`^store-in-use: .* process ${process.pid} \\(test, since`));
  await refused.kill();
  await store?.close();
  const again = await open(place);
  assert.equal(again.problem, null);
  assert.deepEqual((await open(place)).problem?.kind, 'store-in-use', 'not twice by one process either');
  await again.store?.close();
});

test('what cannot be opened is named, and gives the lock back', async () => {
  const path = join(root, 'broken');
  await newDirectory(path);
  writeFileSync(join(databaseIn(path), 'PG_VERSION'), '9\n');
  for (let attempt = 0; attempt < 2; attempt++)
    assert.equal((await open(placeOf(path))).problem?.kind, 'store-unusable');
  writeFileSync(join(root, 'file'), '');
  assert.match((await open(placeOf(join(root, 'file')))).problem?.text ?? '', /cannot be made \(EEXIST\)/);
});

test('a server that is not there is named, without its password', async () => {
  const { problem } = await open(placeOf('postgres://ada:secret@127.0.0.1:1/mails'));
  assert.equal(problem?.kind, 'store-unusable');
  assert.match(problem.text, /^postgres:\/\/ada@127\.0\.0\.1:1\/mails cannot be used \(.*ECONNREFUSED.*\)/);
  assert.doesNotMatch(problem.text, /secret/);
});
