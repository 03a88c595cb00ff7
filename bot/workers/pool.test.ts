/**
 * How tasks end, a row each: the program of the worker sees `task` (a number from 1), has `tell(value)` and `done()`, and the
 * row says for each task what was told and how it ended.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import test from 'node:test';
import { WorkerPool } from './pool.ts';

const start = (program: string): ChildProcess =>
  spawn(
    process.execPath,
    [
      '-e',
      `const tell = (told) => process.send({ kind: 'told', told });
       const done = () => process.send({ kind: 'done' });
       process.on('disconnect', () => process.exit());
       process.on('message', ({ task }) => { ${program} });`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
  );

interface Row {
  readonly limits?: { readonly wallSecondsMax?: number; readonly megabytesMax?: number };
  readonly expected: readonly string[];
}

function check(program: string, { limits = {}, expected }: Row): void {
  test(program, async () => {
    const started: ChildProcess[] = [];
    const pool = new WorkerPool<number, string>({
      jobs: 2,
      start: () => {
        const worker = start(program);
        started.push(worker);
        return worker;
      },
      limits: { cpuSecondsMax: 0.3, ...limits },
      signal: new AbortController().signal,
    });
    const outcomes = await Promise.all(
      [1, 2, 3].map(async (task) => {
        const told: string[] = [];
        const ended = await pool.run(task, (one) => told.push(one));
        return [task, ...told, ended.kind, ...('why' in ended ? [ended.why.split('\n')[0]] : [])].join(' ');
      }),
    );
    pool.close();
    assert.deepEqual(outcomes, expected);
    await Promise.all(
      started.map((worker) => worker.exitCode ?? worker.signalCode ?? new Promise((r) => worker.once('exit', r))),
    );
  });
}

check("tell('a' + task); tell('b' + task); done()", { expected: ['1 a1 b1 done', '2 a2 b2 done', '3 a3 b3 done'] });
check('if (task === 2) { tell("half"); setTimeout(() => process.exit(3), 50); } else done()', {
  expected: ['1 done', '2 half died its process ended with status 3', '3 done'],
});
check('if (task === 2) process.kill(process.pid, "SIGSEGV"); else done()', {
  expected: ['1 done', '2 died its process ended with SIGSEGV', '3 done'],
});
check('if (task === 2) for (;;); else done()', {
  expected: ['1 done', '2 limit it took more than 0.3 s of CPU', '3 done'],
});
check('if (task !== 2) done()', {
  limits: { wallSecondsMax: 1 },
  expected: ['1 done', '2 limit it took more than 1 s', '3 done'],
});
check('if (task === 2) globalThis.kept = Buffer.alloc(200 << 20, 1); else done()', {
  limits: { megabytesMax: 150 },
  expected: ['1 done', '2 limit it took more than 150 MiB of memory', '3 done'],
});

test('what a process printed last is told as the reason', async () => {
  const pool = new WorkerPool<number, string>({
    jobs: 1,
    start: () => start('throw new Error("no such tree")'),
    limits: { cpuSecondsMax: 10 },
    signal: new AbortController().signal,
  });
  const ended = await pool.run(1, () => {});
  assert.equal(ended.kind, 'died');
  assert.match('why' in ended ? ended.why : '', /ended with status 1: .*no such tree/s);
});

test('a signal ends what runs, and begins nothing', async () => {
  const stop = new AbortController();
  let count = 0;
  const pool = new WorkerPool<number, string>({
    jobs: 1,
    start: () => {
      count++;
      return start('tell("begun")');
    },
    limits: { cpuSecondsMax: 10 },
    signal: stop.signal,
  });
  const ended = await Promise.all([1, 2].map((task) => pool.run(task, () => stop.abort())));
  assert.deepEqual(ended, [{ kind: 'stopped' }, { kind: 'stopped' }]);
  assert.equal(count, 1);
});
