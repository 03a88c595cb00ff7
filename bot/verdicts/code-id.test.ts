/** What is hashed is what judges: all of it, and nothing of the pages or of posting. */
import assert from 'node:assert/strict';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { codeFiles, codeId, idOfCode } from './code-id.ts';

const root = join(import.meta.dirname, '../..');

test('the analyzers that a review runs, how a base is made, and tables, are all in it', () => {
  const files = codeFiles('bot/review');
  for (const file of ['bot/judge-patch.ts', 'bot/sources/base.ts', 'config/profiles.ts'])
    assert.ok(files.includes(file));
  for (const room of ['explore', 'machine', 'checks', 'verdict', 'power', 'protocol', 'source', 'patch', 'kconfig']) {
    // A file that nothing of a review imports is there for other commands, and says so by its absence.
    const all = globSync(`analyzers/${room}/*.ts`, { cwd: root }).filter((file) => !file.includes('.test.'));
    assert.ok(all.filter((file) => files.includes(file)).length > all.length / 2, room);
  }
  assert.deepEqual(
    files.filter((file) => /^bot\/(pages|outbox|serve|http)\//.test(file)),
    [],
  );
});

test('every file that such a file names in an import is in it', () => {
  const files = new Set(codeFiles('bot/review'));
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, path = ''] of text.matchAll(/^import .*? from '(\.[^']+)';$|^\} from '(\.[^']+)';$/gm))
      if (path !== '') assert.ok(files.has(join(file, '..', path)), `${file}: ${path}`);
  }
});

test('it is the same in every process, and another for other code', () => {
  assert.equal(codeId(), idOfCode('bot/review'));
  assert.notEqual(codeId(), idOfCode('bot/archive/worker'));
  // What is not where it should be is never the same as anything.
  assert.notEqual(idOfCode('bot/nowhere'), idOfCode('bot/nowhere'));
});

test('a process whose program is replaced while it runs is still of the one that it started with', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'code-'));
  try {
    mkdirSync(join(folder, 'bot/verdicts'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module","dependencies":{}}');
    writeFileSync(join(folder, 'bot/review.ts'), "import './judge.ts';\n");
    writeFileSync(join(folder, 'bot/judge.ts'), '// old\n');
    cpSync(join(import.meta.dirname, 'code-id.ts'), join(folder, 'bot/verdicts/code-id.ts'));
    const started: { codeId: typeof codeId; idOfCode: typeof idOfCode } = await import(
      join(folder, 'bot/verdicts/code-id.ts')
    );
    const old = started.idOfCode('bot/review');
    writeFileSync(join(folder, 'bot/judge.ts'), '// new\n');
    assert.equal(started.codeId(), old);
    assert.notEqual(started.idOfCode('bot/review'), old);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
