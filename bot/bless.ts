/**
 * `bless`: writes the answers of the fixture threads anew, and the digests of weeks made of them (`bless -- digests`: those alone). Read the difference before you commit it. What is expected of a
 * fixture (expected.json) is written by hand and never here.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestFolder, makeGoldens } from './digest/testing/goldens.ts';
import { answerFiles, answersOf, fixtureFolder, fixtureNames, modelTree, reviewFixture } from './fixture.ts';

const isDigestsAlone = process.argv[2] === 'digests';
for (const name of isDigestsAlone ? [] : fixtureNames()) {
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

const goldens = await makeGoldens();
rmSync(digestFolder, { recursive: true, force: true });
for (const { file, text } of goldens) {
  const path = join(digestFolder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`wrote fixtures/digests/${file}`);
}
