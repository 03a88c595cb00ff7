/**
 * `bless`: writes the answers of the fixture threads anew. Read the difference before you commit it. What is expected of a
 * fixture (expected.json) is written by hand and never here.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerFiles, answersOf, fixtureFolder, fixtureNames, modelTree, reviewFixture } from './fixture.ts';

for (const name of fixtureNames()) {
  const answers = answersOf(await reviewFixture(name, null), await reviewFixture(name, modelTree));
  for (const file of answerFiles) {
    const path = join(fixtureFolder, name, file);
    const text = answers.find((answer) => answer.file === file)?.text ?? null;
    const before = existsSync(path) ? readFileSync(path, 'utf8') : null;
    if (before === text) continue;
    if (text === null) rmSync(path);
    else writeFileSync(path, text);
    const done = text === null ? 'removed' : before === null ? 'wrote' : 'changed';
    console.log(`${done} fixtures/threads/${name}/${file}`);
  }
}
