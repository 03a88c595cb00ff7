/**
 * `git apply` as the referee: a diff of two texts, put on a third that resembles the first. What we apply, git applies with
 * the same result: as it is where no context was lost, with -C1 (less context will do) where some was. What git refuses we
 * refuse. We refuse more, where git guesses: of several places for a hunk it takes the nearest; a hunk it may put ahead of the
 * one that it followed; and the last line, where it has no end, it finds in the middle, too.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { applyFile } from './apply.ts';
import { parseFiles } from './diff.ts';
import { unified } from './random-diff.ts';

const skip = spawnSync('git', ['--version']).status === 0 ? false : 'not installed: git';

/** What git makes of it; null where it refuses. */
function gitApply(folder: string, base: string, diff: readonly string[], options: readonly string[]): string | null {
  const file = join(folder, 'x');
  writeFileSync(file, base);
  const { status } = spawnSync('git', ['apply', ...options, '-'], { cwd: folder, input: `${diff.join('\n')}\n` });
  return status === 0 ? readFileSync(file, 'utf8') : null;
}

/** Few words, so that a hunk has several places now and then. */
const word = fc.oneof({ weight: 3, arbitrary: fc.nat(60).map((n) => `w${n}`) }, fc.constantFrom('}', '', '\tx;', '{'));
const text = fc.tuple(fc.array(word, { minLength: 1, maxLength: 30 }), fc.boolean());
const edit = fc.record({ at: fc.nat(40), drop: fc.nat(2), add: fc.array(word, { maxLength: 2 }) });

type Edit = { readonly at: number; readonly drop: number; readonly add: readonly string[] };
function edited(words: readonly string[], edits: readonly Edit[]): string[] {
  const out = [...words];
  for (const { at, drop, add } of edits) out.splice(at % (out.length + 1), drop, ...add);
  return out;
}
const textOf = (words: readonly string[], newline: boolean) =>
  words.join('\n') + (newline && words.length > 0 ? '\n' : '');

test('git apply has the same result, or refuses too', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'apply-'));
  try {
    fc.assert(
      fc.property(
        text,
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        fc.array(edit, { maxLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        ([words, newline], change, drift, context) => {
          const [old, fresh] = [textOf(words, newline), textOf(edited(words, change), newline)];
          const base = textOf(edited(words, drift), newline);
          fc.pre(old !== fresh && old !== '' && fresh !== '' && base !== '');
          const diff = ['diff --git a/x b/x', '--- a/x', '+++ b/x', ...unified(old, fresh, context)];
          const { files } = parseFiles(diff, 1);
          const applied = applyFile(base, files[0]!);
          const git = gitApply(folder, base, diff, []);
          const withoutEnd = files[0]!.hunks.some(({ oldNoNewline }) => oldNoNewline);
          if (applied.kind === 'misfit') {
            const guess =
              applied.why.startsWith('fits at more than one place') || files[0]!.hunks.length > 1 || withoutEnd;
            assert.ok(git === null || guess, `git has ${JSON.stringify(git)}`);
          } else if (applied.fuzz === 0) assert.equal(applied.text, git);
          else if (!withoutEnd) {
            assert.equal(git, null);
            assert.equal(applied.text, gitApply(folder, base, diff, ['-C1']));
          }
        },
      ),
      { numRuns: 300 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
