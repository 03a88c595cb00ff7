/** Golden digests of weeks made of our fixtures, through the real analysis, and what holds of every mail among them. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { digestFolder, makeGoldens } from './testing/goldens.ts';

test('weeks: a busy one, a quiet one, one with disputes, one after an outage', async () => {
  const goldens = await makeGoldens();
  for (const { file, text } of goldens) {
    const path = join(digestFolder, file);
    assert.equal(text, existsSync(path) ? readFileSync(path, 'utf8') : '', `${file}: npm run bless -- digests`);
  }
  const files = globSync('*/*', { cwd: digestFolder }).sort();
  assert.deepEqual(goldens.map(({ file }) => file).sort(), files);
});

const mails = globSync('*/{mail,subscriber}.txt', { cwd: digestFolder });
for (const file of mails) {
  const [head = '', ...rest] = readFileSync(join(digestFolder, file), 'utf8').split('\n\n');
  const body = rest.join('\n\n');
  const said = body.split('\n-- \n')[0] ?? '';

  test(`${file}: short lines`, () => {
    const long = body.split('\n').filter((line) => line.length > 72 && /\s/.test(line.trim()));
    assert.deepEqual(long, []);
  });

  test(`${file}: b4 takes nothing as a trailer`, () => {
    // As b4 reads a mail: what it joins, then what it takes.
    const joined = said.replace(/^(\S+:\s+[^<]+)\n(<[^>]+>)$/gm, '$1 $2');
    assert.deepEqual(joined.match(/^\s*\w\S+:\s+\S.*$/gm) ?? [], []);
  });

  test(`${file}: no mailbox of a stranger`, () => {
    const text = said.replace(/^\s*(<\S+>|https:\/\/\S+)$/gm, '');
    assert.doesNotMatch(text, /\S@[\w-]/);
  });

  test(`${file}: headers of a list of its own`, () => {
    const unfolded = head.replace(/\n /g, ' ');
    for (const line of [
      'Auto-Submitted: auto-generated',
      'X-Patchwork-Hint: ignore',
      'List-Post: NO',
      'List-Help: <mailto:ftrace-bot@example.org?subject=%23scenario%20help>',
      'List-Unsubscribe: <mailto:ftrace-bot@example.org?subject=%23scenario%20digest%20off>',
    ])
      assert.ok(unfolded.split('\n').includes(line), line);
    assert.match(unfolded, /^List-Id: .*<weekly\.digest\.ftrace-bot\.example\.org>$/m);
    assert.match(unfolded, /^List-Archive: <https:/m);
    // Neither https nor a key: RFC 8058 asks for both.
    assert.doesNotMatch(unfolded, /^List-Unsubscribe-Post:|^In-Reply-To:/m);
  });
}
