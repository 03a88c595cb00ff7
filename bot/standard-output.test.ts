import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const main = join(import.meta.dirname, 'main.ts');
const schedule =
  'r0.64.full.live/f@1000=60000000,60000000,39830001,4e800020/ftrace_caller/s1000:7c0802a6,i,s1004:48006ffd/preemption.2.2/d00-s0v0-m-m-m-m-s0v1';

async function check(
  words: readonly string[],
  output: 'read' | 'nobody reads' | 'full',
  expected: { status: number; says: RegExp },
) {
  const full = output === 'full' ? openSync('/dev/full', 'w') : null;
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', full ?? 'pipe', 'pipe'] });
  if (full !== null) closeSync(full);
  if (output === 'nobody reads') child.stdout?.destroy();
  else child.stdout?.resume();
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = await text(child.stderr!);
  assert.equal(await ended, expected.status, said);
  assert.match(said, expected.says);
}

test('a command that cannot print ends with neither a trace nor the status of a finding', async () => {
  await check(['replay', schedule], 'nobody reads', { status: 141, says: /^$/ });
  if (existsSync('/dev/full'))
    await check(['replay', schedule], 'full', {
      status: 2,
      says: /^scenario-bot: standard output cannot be written \(ENOSPC\)\n$/,
    });
});

test('a file of a schedule that is missing is named', async () => {
  await check(['replay', '@nosuch'], 'read', { status: 2, says: /^replay: nosuch cannot be read \(ENOENT\)/ });
});
