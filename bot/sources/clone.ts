/**
 * A git repository of our own for tests: files of some kernel versions, one commit each, and what a mail's diff between two
 * of them is. Author and dates are fixed, so that a version has the same commit id wherever it is made.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FilePatch, parseFiles } from '../../analyzers/patch/diff.ts';

/** The reason to skip; false where git is there. */
export const gitAbsent = spawnSync('git', ['--version']).status === 0 ? false : 'not installed: git';

export class Clone {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async use(act: (clone: Clone) => void | Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'clone-'));
    try {
      const clone = new Clone(folder);
      clone.git('init', '--quiet', '--initial-branch=main');
      await act(clone);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** @throws Error with what git says */
  git(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync('git', args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
        ...{ GIT_AUTHOR_NAME: 'Ada Example', GIT_AUTHOR_EMAIL: 'ada@example.org' },
        ...{ GIT_COMMITTER_NAME: 'Ada Example', GIT_COMMITTER_EMAIL: 'ada@example.org' },
        ...{ GIT_AUTHOR_DATE: '2026-03-03T09:00:00Z', GIT_COMMITTER_DATE: '2026-03-03T09:00:00Z' },
      },
    });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  }

  /** Files as they are from now on; @returns the commit */
  commit(files: Readonly<Record<string, string>>): string {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', `has ${Object.keys(files).join(' ')}`);
    return this.git('rev-parse', 'HEAD');
  }

  /** The diff from one commit to another, as a mail shows it. */
  diff(from: string, to: string): readonly FilePatch[] {
    return parseFiles(this.git('diff', from, to).split('\n'), 1).files;
  }
}
