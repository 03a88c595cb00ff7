/** The units and the container file: what a machine can say of them without running them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('the unit of a role has what the unit of all roles has', () => {
  const settings = (file: string) => read(file).split(/^(?=\[Unit\])/m)[1] ?? '';
  const one = settings('config/scenario-bot@.service')
    .replace(': %i\n', '\n')
    .replace(' --role %i\n', '\n')
    .replace('Conflicts=scenario-bot.service\n', '');
  assert.equal(one, settings('config/scenario-bot.service'));
});

test('systemd takes both units, and calls their exposure low', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) return t.skip('there is no systemd-analyze here');
  const folder = mkdtempSync(join(tmpdir(), 'units-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [unit, instance] of [
    ['scenario-bot.service', 'scenario-bot.service'],
    ['scenario-bot@.service', 'scenario-bot@post.service'],
  ] as const) {
    const file = join(folder, instance);
    writeFileSync(file, read(`config/${unit}`).replace('/opt/scenario-bot/bin/', `${root}/bot/`));
    const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    assert.deepEqual([verified.status, verified.stderr], [0, '']);
    const words = ['security', '--offline=true', '--threshold=20', '--no-pager', file];
    const security = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
    assert.equal(security.status, 0, security.stdout);
  }
});

test('the container is of a named base, and runs as an ordinary user what the package has', () => {
  const lines = read('Containerfile').split('\n');
  const bases = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
  assert.equal(new Set(bases).size, 1);
  assert.match(bases[0] ?? '', /:\d+\.\d+-slim$/);
  assert.ok(lines.includes('USER 10001:10001'));
  assert.ok(lines.includes('VOLUME /var/lib/scenario-bot'));
  const { bin } = JSON.parse(read('package.json'));
  assert.ok(lines.includes(`ENTRYPOINT ["${Object.keys(bin)[0]}"]`));
  assert.ok(lines.some((line) => /^HEALTHCHECK .*\/healthz/.test(line)));
  // What is not of the sources is not sent to whoever builds it.
  for (const name of ['.git', 'node_modules']) assert.ok(read('.dockerignore').split('\n').includes(name));
  assert.ok(existsSync(join(root, bin['scenario-bot'])));
});
