/**
 * A review that finds its own base on GitHub: the command as it is run, a mail whose `index` line names a blob, and a server
 * that has it. What is read there gives the same answer as the same files given with --tree.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { archModel } from '../analyzers/protocol/arch-model.ts';
import { fixtureFolder } from './fixture.ts';
import { Clone, gitAbsent } from './sources/clone.ts';
import { blobId } from './sources/file.ts';
import { fakeGithub } from './sources/github/fake-github.ts';

const ftrace = 'arch/powerpc/kernel/trace/ftrace.c';

test('without --tree the base is the commit on GitHub that has the blob of the mail', { skip: gitAbsent }, () =>
  Clone.use(async (clone) => {
    cpSync(join(fixtureFolder, '../tree'), clone.folder, { recursive: true });
    const commit = clone.commit({ [ftrace]: archModel.text });
    clone.commit({ [ftrace]: `${archModel.text}\n/* later */\n` });
    const defaults = readFileSync(join(import.meta.dirname, '../config/defaults.yaml'), 'utf8');
    const [settings, mbox] = [join(clone.folder, 'settings.yaml'), join(clone.folder, 'thread.mbox')];
    const thread = readFileSync(join(fixtureFolder, 'mflr-in-ipi/thread.mbox'), 'utf8');
    writeFileSync(mbox, thread.replace(/^index [0-9a-f]+/gm, `index ${blobId(archModel.text).slice(0, 12)}`));
    const github = await fakeGithub(clone.folder);
    try {
      writeFileSync(
        settings,
        defaults.replace('torvalds/linux', 'example/linux').replace(/api: .*/, `api: ${github.api}`),
      );
      const review = (...args: string[]) =>
        spawnSync(
          process.execPath,
          [join(import.meta.dirname, 'main.ts'), 'review', mbox, '--settings', settings, ...args],
          {
            encoding: 'utf8',
            env: { ...process.env, XDG_CACHE_HOME: join(clone.folder, 'cache') },
          },
        );
      const found = review();
      assert.match(found.stdout, new RegExp(`run on commit ${commit.slice(0, 12)}`));
      const given = review('--tree', `${clone.folder}@${commit}`);
      // The name of the base is all that differs, and where lines are broken by it.
      const bodyOf = (mail: string, name: string) =>
        mail
          .replace(/^[\s\S]*?\n\n/, '')
          .replace(/\s+/g, ' ')
          .replace(name, 'BASE');
      assert.equal(bodyOf(found.stdout, `commit ${commit.slice(0, 12)}`), bodyOf(given.stdout, commit));
      assert.equal(found.status, 1);
    } finally {
      github.close();
    }
  }),
);
