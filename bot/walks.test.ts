/**
 * The walks of docs/developer.md are true: each diff applies to the tree as it is, and the tests that the guide runs fail with the
 * diff's tests alone, and pass with all of it.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..');
/** What the tests that the walks name read. */
const rooms = ['analyzers', 'config', 'fixtures/instructions', 'fixtures/tree', 'bot/binutils', 'package.json'];
const isTest = ['*.test.ts', 'fixtures/*'];

interface Walk {
  readonly diff: string;
  readonly pattern: string;
  readonly file: string;
  /** As printed before and after. */
  readonly told: readonly (readonly string[])[];
}

function walksOf(guide: string): readonly Walk[] {
  return guide
    .split('\n### ')
    .slice(1)
    .map((section) => {
      const [, diff = ''] = /```diff\n([\s\S]*?\n)```/.exec(section) ?? [];
      const runs = [
        ...section.matchAll(/^ {4}\$ npx node --test --test-name-pattern='(.*)' (\S+)\n((?: {4}[✔✖] .*\n)+)/gm),
      ];
      const [[, pattern = '', file = ''] = []] = runs;
      assert.equal(runs.length, 2, `two runs in ${section.slice(0, 30)}`);
      const told = runs.map(([, , , lines = '']) => lines.trim().split(/\n\s*/));
      return { diff, pattern, file, told };
    });
}

/** Its tests with `✔` or `✖`, as the reporter prints them. */
function run({ pattern, file }: Walk, folder: string): Promise<readonly string[]> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const words = ['--test', '--test-reporter=./config/test-reporter.ts', `--test-name-pattern=${pattern}`, file];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: folder, env, timeout: 60_000 }, (_error, out) => {
      const [first = ''] = out.split('✖ failing tests');
      resolve([...first.matchAll(/^([✔✖] .*) \([\d.]+ms\)$/gm)].map(([, line = '']) => line));
    });
  });
}

test('the walks of the developer’s guide', async () => {
  const walks = walksOf(readFileSync(join(root, 'docs/developer.md'), 'utf8'));
  assert.equal(walks.length, 4);
  const folder = mkdtempSync(join(tmpdir(), 'walks-'));
  try {
    for (const name of rooms) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const [index, part] of (['include', 'exclude'] as const).entries()) {
      for (const [nth, { diff }] of walks.entries()) {
        writeFileSync(join(folder, `${nth}.diff`), diff);
        const which = isTest.map((pattern) => `--${part}=${pattern}`);
        // The copy is in no repository, whatever is around it.
        const env = { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() };
        execFileSync('git', ['apply', ...which, `${nth}.diff`], { cwd: folder, env, stdio: 'pipe' });
      }
      const told = await Promise.all(walks.map((walk) => run(walk, folder)));
      assert.deepEqual(
        told,
        walks.map((walk) => walk.told[index]),
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
