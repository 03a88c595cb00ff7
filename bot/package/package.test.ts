/**
 * The package, as a stranger has it: packed by npm, unpacked below a node_modules where Node strips no types, with the packages
 * that it names and none of those that developing needs. Nothing of the network is asked; a whole `npm install` is the guides'.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { after, before } from 'node:test';
import { promisify } from 'node:util';
import { fixtureMails } from '../serve/testing/model-tree.ts';
import { codeFiles } from '../verdicts/code-id.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'package-'));
after(() => rmSync(folder, { recursive: true }));
/** Where an installation puts it. */
const installed = join(folder, 'prefix/node_modules/scenario-bot');
const command = join(folder, 'prefix/node_modules/.bin/scenario-bot');
/** A directory that has nothing of ours. */
const empty = join(folder, 'empty');
const fixture = (file: string) => join(root, 'fixtures/threads/mflr-in-ipi', file);

before(async () => {
  // What packing writes beside the sources is written beside a copy of them.
  const copy = join(folder, 'copy');
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const file of [
    'package.json',
    'package-lock.json',
    'README.md',
    'LICENSE',
    'bot',
    'analyzers',
    'config',
    'templates',
    ...files,
  ])
    if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: copy });
  mkdirSync(installed, { recursive: true });
  mkdirSync(empty);
  await run('tar', ['-xzf', globSync('*.tgz', { cwd: folder })[0] ?? '', '-C', installed, '--strip-components=1'], {
    cwd: folder,
  });
  const lock: { packages: Record<string, { dev?: boolean }> } = JSON.parse(
    readFileSync(join(installed, 'npm-shrinkwrap.json'), 'utf8'),
  );
  for (const [path, { dev }] of Object.entries(lock.packages)) {
    if (dev === true || !/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, 'prefix', path)), { recursive: true });
    symlinkSync(join(root, path), join(folder, 'prefix', path));
  }
  mkdirSync(dirname(command));
  symlinkSync('../scenario-bot/bot/scenario-bot', command);
});

/** Status, standard output, standard error; the Node on PATH is whichever a user has, and is not asked. */
const bot = (...words: string[]) =>
  run(command, words, { cwd: empty, env: { PATH: '/usr/bin:/bin', HOME: empty } }).then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ status: code, stdout, stderr }),
  );

test('the package reviews a thread: the reply of the clone, byte for byte', async () => {
  const { status, stdout } = await bot('review', '--no-github', fixture('thread.mbox'));
  const today = /^Date: .*$/m;
  assert.match(stdout, today);
  const date = today.exec(readFileSync(fixture('reply.txt'), 'utf8'))?.[0] ?? '';
  assert.equal(stdout.replace(today, date), readFileSync(fixture('reply.txt'), 'utf8'));
  assert.equal(status, 0);
});

test('what b4 is told to run is a command of the package', async () => {
  const asked = run(command, ['b4-check'], { cwd: empty, env: { PATH: '/usr/bin:/bin', HOME: empty } });
  asked.child.stdin?.end(fixtureMails('mflr-in-ipi')[0]);
  const [{ details }] = JSON.parse((await asked).stdout);
  assert.match(details, /^ {2}scenario-bot replay 'r0\./m);
});

test('the package writes settings, and takes them', async () => {
  assert.equal((await bot('init')).status, 0);
  assert.deepEqual(await bot('check-config', 'scenario-bot.yaml').then(({ status, stderr }) => [status, stderr]), [
    0,
    '',
  ]);
});

test('a package of development that is not installed is needed by nothing in it', async () => {
  assert.equal(existsSync(join(installed, '../esbuild')), false);
  // Loaded by a daemon alone: rooms of HTTP, mail, stores; the script of the pages; processes that are run by their path.
  const loads = ['serve-command', 'serve/ask', 'import-command', 'sources/github/history', 'bundle'].map(
    (name) => `await import(${JSON.stringify(join(installed, `dist/bot/${name}.js`))});`,
  );
  const script = `${loads.join('\n')} console.log((await (await import(${JSON.stringify(join(installed, 'dist/bot/bundle.js'))})).browserScript()).gzipBytes)`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: empty });
  assert.ok(Number(stdout) > 10_000, stdout);
});

test('the package names no file that it has not', () => {
  const files = globSync('dist/**/*.js', { cwd: installed });
  assert.ok(files.length > 300, String(files.length));
  const wrong = files.flatMap((file) => {
    const text = readFileSync(join(installed, file), 'utf8');
    const named = [
      ...text.matchAll(/(?:\bfrom |\bimport |\bimport\(|import\.meta\.dirname, )"(\.{0,2}[^"\n]*\.[jt]s)"/g),
    ];
    return named.map(([, path = '']) => join(dirname(file), path)).filter((path) => !existsSync(join(installed, path)));
  });
  assert.deepEqual(wrong, ['dist/bot/browser/main.js'], 'but what the ready-made script is made of');
  for (const file of ['LICENSE', 'README.md', 'config/scenario-bot.service', 'dist/templates/reply.liquid'])
    assert.ok(existsSync(join(installed, file)), file);
  assert.ok((statSync(join(installed, 'bot/scenario-bot')).mode & 0o111) === 0o111);
});

test('the manual has a page of every command, and knows where', () => {
  const { man } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.deepEqual(globSync('dist/man/*', { cwd: installed }).sort(), [...man].sort(), 'man of package.json');
});

test('what judges is found in it, to be told from what judged before', async () => {
  const codeId = await import(join(installed, 'dist/bot/verdicts/code-id.js'));
  const sources = codeFiles('bot/review').map((file) => file.replace(/\.ts$/, '.js'));
  const packed: readonly string[] = codeId.codeFiles('bot/review');
  assert.deepEqual(
    packed.filter((file) => !sources.includes(file)),
    [],
  );
  // Imports of types are gone.
  assert.ok(packed.length > sources.length * 0.8, `${packed.length} of ${sources.length}`);
});

test('where npm brings no Node, one that is too old is told so', async () => {
  const alone = join(folder, 'alone/bot');
  cpSync(join(installed, 'bot'), alone, { recursive: true });
  const old = join(folder, 'old');
  mkdirSync(old);
  writeFileSync(join(old, 'node'), '#!/bin/sh\necho v20.20.2\n', { mode: 0o755 });
  await assert.rejects(run(join(alone, 'scenario-bot'), [], { env: { PATH: `${old}:/usr/bin:/bin` } }), {
    code: 2,
    stderr: /needs Node 24 or newer/,
  });
});
