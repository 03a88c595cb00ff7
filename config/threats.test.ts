/** Every row of the table of threats in ARCHITECTURE.md names tests that there are. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..');
const [, section = ''] = /^## Threats\n([\s\S]*?)^## /m.exec(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')) ?? [];
const [, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'));

test('there are threats', () => assert.ok(rows.length >= 20, `${rows.length}`));
for (const row of rows) {
  const [, who = '', , , shown = ''] = row.split('|').map((cell) => cell.trim());
  test(who, () => {
    const named = [...shown.matchAll(/`([^`]+)` "([^"]+)"/g)];
    assert.ok(named.length > 0, `"${shown}" names no test`);
    for (const [, path = '', words = ''] of named) {
      assert.ok(existsSync(join(root, path)), path);
      assert.ok(readFileSync(join(root, path), 'utf8').includes(words), `${path} has no "${words}"`);
    }
  });
}
