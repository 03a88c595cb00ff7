/**
 * Real threads about the tracer's entry code, read where they lie in ../shared/threads, on the kernel's own source: Debian's
 * linux-source-6.1 has both patches, so they are taken back one after the other. Skips, saying so, what is not there.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { debianSourceAbsent, reviewPaths, withDebianSource } from './entry/debian-source.ts';
import { reviewThread } from './fixture.ts';
import type { PatchReview } from './review.ts';
import { openTree } from './sources/tree.ts';

const threads = join(import.meta.dirname, '../../shared/threads');
const skip =
  (!existsSync(threads) && 'no ../shared/threads') ||
  (debianSourceAbsent !== null && `not installed: ${debianSourceAbsent}`);

/** The file has had this name since v6.6; 6.1 has it under the older one. */
const read = (name: string) =>
  readFileSync(join(threads, `${name}.mbox`), 'latin1').replaceAll('ftrace_entry.S', 'ftrace_mprofile.S');

async function reviewOn(folder: string, text: string): Promise<PatchReview> {
  const { tree } = openTree(folder);
  const { series } = await reviewThread(Buffer.from(text, 'latin1'), { trees: tree === null ? [] : [tree] });
  const [first] = series.flatMap(({ patches }) => patches);
  assert.ok(first !== undefined);
  return first;
}

/** Takes the first patch of a thread back. */
function revert(folder: string, text: string): void {
  const diff = `${text.slice(text.indexOf('\ndiff --git') + 1, text.indexOf('\n-- \n'))}\n`;
  const { status, stderr } = spawnSync('git', ['apply', '-R', '-'], { cwd: folder, input: diff });
  assert.equal(status, 0, stderr.toString());
}

test('a frame that one exit forgets, and its fix', { skip }, () =>
  withDebianSource(reviewPaths, async (folder) => {
    const [frame, fix] = [read('20230621-dummy-stackframe'), read('20231130-no-trace-teardown')];
    revert(folder, fix);
    const fixed = await reviewOn(folder, fix);
    assert.equal(fixed.verdict.answer, 'pass', fixed.verdict.why);
    assert.deepEqual(
      fixed.verdict.notes.map(({ id }) => id),
      ['pre-existing-gone'],
    );

    revert(folder, frame);
    const { patch, verdict } = await reviewOn(folder, frame);
    const found = verdict.findings.map(({ level, check, entryPoint, protocol, profiles }) => ({
      ...{ level, check, entryPoint, exit: protocol.scenario.call?.exit },
      profiles: [...new Set(profiles.map((profile) => profile.split('/')[0]))],
    }));
    assert.deepEqual(found, [
      {
        ...{ level: 'sequential', check: 'stack-pointer', entryPoint: 'call', exit: 'no-trace' },
        profiles: ['ppc64-mprofile-gcc6', 'ppc64-mprofile-gcc5'],
      },
    ]);
    const line = patch.message.body.split('\n')[(verdict.findings[0]?.mailLine ?? 0) - 1] ?? '';
    assert.match(line, /^\+.*STLU.*-STACK_FRAME_MIN_SIZE/);
  }),
);
