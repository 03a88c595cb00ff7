/**
 * The examples of the playground: most of them are litmus tests, so that their verdicts are known.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import { parseLitmus } from '../../analyzers/explore/litmus.ts';
import { formatModel } from '../../analyzers/machine/notation.ts';
import { exampleModels } from './examples.ts';

test('each example is a litmus test', () => {
  const folder = join(import.meta.dirname, '../../fixtures/litmus');
  const known = new Set(
    globSync('*.yaml', { cwd: folder }).map((file) =>
      formatModel(parseLitmus(parse(readFileSync(join(folder, file), 'utf8')), 'full')),
    ),
  );
  for (const { group, name, model } of exampleModels) assert.ok(known.has(model), `${group}, ${name}: ${model}`);
});
