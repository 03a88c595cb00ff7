/**
 * `bless`: writes the answers of the fixture threads anew. Read the difference before you commit it. What is expected of a
 * fixture (expected.json) is written by hand and never here.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, fixtureFolder, fixtureNames, reviewFixture } from './fixture.ts';

for (const name of fixtureNames()) {
  const answer = answerOf(await reviewFixture(name, null));
  const file = join(fixtureFolder, name, answer.file);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : null;
  for (const other of ['reply.txt', 'silence.txt']) {
    if (other !== answer.file) rmSync(join(fixtureFolder, name, other), { force: true });
  }
  if (before === answer.text) continue;
  writeFileSync(file, answer.text);
  console.log(`${before === null ? 'wrote' : 'changed'} fixtures/threads/${name}/${answer.file}`);
}
