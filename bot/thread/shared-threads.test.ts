/** Real threads, read where they lie outside the repository: the shape of every series. Without them it skips. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parseFiles } from '../../analyzers/patch/diff.ts';
import { splitBody } from '../../analyzers/patch/split.ts';
import { readMbox } from '../mail/mbox.ts';
import { readMessage } from '../mail/message.ts';
import { readSeries } from './series.ts';

const folder = join(import.meta.dirname, '../../../shared/threads');

interface Shape {
  readonly mails: number;
  readonly version: number;
  readonly patches: number;
  readonly cover: boolean;
  readonly trees?: readonly string[];
}

function check(name: string, { mails, version, patches, cover, trees = [] }: Shape): void {
  const file = join(folder, `${name}.mbox`);
  const skip = existsSync(file) ? false : `${file} is not here`;
  test(`thread ${name}`, { skip }, async () => {
    const mbox = readMbox(readFileSync(file));
    assert.deepEqual([mbox.mails.length, mbox.problems], [mails, []]);
    const series = readSeries(await Promise.all(mbox.mails.map(readMessage)));
    assert.deepEqual(
      series.map(({ stableTree }) => stableTree),
      trees.length > 0 ? trees : [null],
    );
    for (const one of series) {
      assert.deepEqual([one.version, one.total, one.cover !== null, one.problems], [version, patches, cover, []]);
      const numbers = one.patches.map(({ subject }) => subject.index ?? 1);
      assert.deepEqual(
        numbers,
        Array.from({ length: patches }, (_, at) => at + 1),
      );
      for (const { message, silence } of one.patches) {
        assert.deepEqual([message.problems, silence], [[], null]);
        const { diff, diffStart } = splitBody(message.body);
        const { files, problems } = parseFiles(diff, diffStart);
        assert.ok(files.length > 0 && files.every(({ hunks, damaged }) => hunks.length > 0 && !damaged));
        assert.deepEqual(problems, []);
      }
    }
  });
}

check('20190518-rfc', { mails: 12, version: 1, patches: 4, cover: true });
check('20190618-v1', { mails: 23, version: 1, patches: 7, cover: true });
check('20190627-seed-v2', { mails: 21, version: 2, patches: 7, cover: true });
check('20200423-printk-formats', { mails: 5, version: 1, patches: 3, cover: true });
check('20220627-stable-backports', {
  mails: 5,
  version: 1,
  patches: 1,
  cover: false,
  trees: ['v5.10', 'v5.15', 'v5.18', 'v5.4'],
});
check('20230621-dummy-stackframe', { mails: 2, version: 1, patches: 1, cover: false });
check('20231130-no-trace-teardown', { mails: 2, version: 1, patches: 1, cover: false });
check('20240610-withdrawn-claim', { mails: 16, version: 2, patches: 5, cover: true });
