/**
 * The catalogue as a whole: enough rows of enough kinds on each style of tree, and none told twice.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Style } from '../row.ts';
import { catalogue } from './catalogue.ts';

const styles: readonly Style[] = ['two-word', 'patchable', 'out-of-line'];
/** A row on a tree of each of its styles. */
const mutants = catalogue.flatMap((row) => row.styles.map((style) => ({ row, style })));

test('ids are unique', () => {
  assert.equal(new Set(catalogue.map(({ id }) => id)).size, catalogue.length);
});

for (const harmful of [true, false]) {
  const all = mutants.filter(({ row }) => row.harmful === harmful);
  const counts = new Map<string, number>();
  for (const { row } of all) counts.set(row.kind, (counts.get(row.kind) ?? 0) + 1);
  test(`${harmful ? 'harmful' : 'harmless'} mutants on one tree of each style`, () => {
    assert.ok(all.length >= 100, `${all.length}`);
    assert.ok(counts.size >= (harmful ? 12 : 8));
    for (const [kind, count] of counts) assert.ok(count <= (kind === 'comment' ? 5 : 15), `${kind}: ${count}`);
    for (const style of styles) assert.ok(all.filter((one) => one.style === style).length >= 30, style);
  });
}
