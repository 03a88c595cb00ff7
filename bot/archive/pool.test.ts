/** A worker that dies or does not end costs its own thread a row, and no other. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { reviewThreads } from './pool.ts';
import type { Row } from './row.ts';

const patch = (id: string) => ({ id, subject: '', sentMs: 0, paths: [], damage: null });

/** The program of the worker sees `ids`, the patches of its thread, and has `row(id)` and `done()`. */
function check(program: string, expected: readonly string[]): void {
  test(program, async () => {
    const rows: Row[] = [];
    const worker = `
      const row = (messageId) => process.send({ kind: 'told', told: { messageId, answer: 'silence' } });
      const done = () => process.send({ kind: 'done' });
      process.on('disconnect', () => process.exit());
      process.on('message', ({ task: { patches } }) => { const ids = patches.map(({ id }) => id); ${program} });`;
    await reviewThreads(
      [
        { mails: [], patches: [patch('1/1')] },
        { mails: [], patches: [patch('2/1'), patch('2/2')] },
        { mails: [], patches: [patch('3/1')] },
      ],
      {
        ...{ jobs: 2, threadSecondsMax: 0, signal: new AbortController().signal },
        start: () => spawn(process.execPath, ['-e', worker], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
        onRow: (row) => rows.push(row),
      },
    );
    assert.deepEqual(rows.map(({ messageId, answer }) => `${messageId} ${answer}`).sort(), expected);
  });
}

check('ids.forEach(row); done()', ['1/1 silence', '2/1 silence', '2/2 silence', '3/1 silence']);
check("if (ids[0] === '2/1') { row('2/1'); process.exit(3); } ids.forEach(row); done()", [
  '1/1 silence',
  '2/1 silence',
  '2/2 crash',
  '3/1 silence',
]);
check("if (ids[0] === '2/1') for (;;); ids.forEach(row); done()", [
  '1/1 silence',
  '2/1 limit',
  '2/2 limit',
  '3/1 silence',
]);
