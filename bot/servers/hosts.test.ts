/** Hosts in namespaces: what a cut, a killed and a frozen one look like to another, and that nothing of them stays. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf, hostsAbsent, inNamespaces } from './hosts.ts';
import { makeFolder } from './server.ts';

const options = { skip: hostsAbsent(), timeout: 60_000 };
const hosts = JSON.stringify(join(import.meta.dirname, 'hosts.ts'));

function programOf(t: { after(run: () => void): void }, text: string): string {
  const { path, remove } = makeFolder('router');
  t.after(remove);
  const file = join(path, 'router.mjs');
  writeFileSync(file, `import { Network } from ${hosts};\nconst network = new Network();\n${text}`);
  return file;
}

test('a link that is cut is silent, in the direction that is cut; so is a host that was killed', options, async (t) => {
  // Nobody listens: where packets pass, both ways, the connection is refused at once.
  const program = programOf(
    t,
    `import { spawnSync } from 'node:child_process';
const [one, two, three] = [await network.host('one'), await network.host('two'), await network.host('three')];
// A refusal is waited for: a busy machine takes its time.
const connect = (from, to, seconds = 20) => {
  const words = ['timeout', String(seconds), 'bash', '-c', 'exec 3<>/dev/tcp/' + to.address + '/7'];
  const { status } = spawnSync(from.enter[0], [...from.enter.slice(1), ...words]);
  return from.name + ' ' + to.name + ': ' + (status === 124 ? 'silence' : status === 1 ? 'refused' : status);
};
const said = [connect(one, two)];
const heal = two.cutTo(one);
said.push(connect(one, two, 0.7), connect(one, three), connect(three, two));
heal();
const fast = one.slow(64);
said.push(connect(one, two));
fast();
await two.kill();
said.push(connect(one, two, 0.7));
await two.start();
said.push(connect(one, two));
process.stdout.write(said.join('\\n'), () => process.exit(0));`,
  );
  const said: string[] = [];
  const { status, stdout } = await inNamespaces(program, [], (line) => said.push(line));
  assert.equal(status, 0, said.join('\n'));
  assert.deepEqual(stdout.split('\n'), [
    'one two: refused',
    ...['one two: silence', 'one three: refused', 'three two: refused'],
    'one two: refused',
    'one two: silence',
    'one two: refused',
  ]);
});

for (const signal of ['SIGINT', 'SIGKILL'] as const)
  test(`nothing of them is left when whoever began them gets ${signal}`, options, async (t) => {
    const program = programOf(
      t,
      `await network.host('one');\nconsole.error(process.env.TMPDIR);\nsetInterval(() => {}, 1000);`,
    );
    const starter = `import { inNamespaces } from ${hosts};
await inNamespaces(${JSON.stringify(program)}, [], (line) => console.log(line));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', starter], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [folder] = await once(child.stdout, 'data').then(([text]) => String(text).split('\n'));
    t.after(() => rmSync(folder!, { recursive: true, force: true }));
    const begun = below(child.pid!);
    assert.ok(begun.length >= 4, `${begun.length} processes`);
    child.kill(signal);
    await once(child, 'exit');
    for (let tries = 0; begun.some(runs) && tries < 50; tries++) await sleep(100);
    assert.deepEqual(begun.filter(runs), []);
    if (signal === 'SIGINT') assert.ok(!existsSync(folder!));
  });

const below = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...below(child)]);

function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
