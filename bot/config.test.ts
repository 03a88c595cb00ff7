/**
 * The operator's settings: what is refused, and in which words.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { loadConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
after(() => rmSync(folder, { recursive: true }));
const defaults = readFileSync(join(import.meta.dirname, '../config/defaults.yaml'), 'utf8');

/** @param expected null where the text is taken */
function check(name: string, text: string, expected: RegExp | null) {
  test(name, () => {
    const file = join(folder, 'settings');
    writeFileSync(file, text);
    if (expected === null) assert.equal(loadConfig(file).passTrailer, 'Emulation-reviewed-by');
    else assert.throws(() => loadConfig(file), expected);
  });
}

check('the defaults', defaults, null);
check('an unknown key', `${defaults}\nlevel: stale\n`, /settings: the file: Unrecognized key: "level"/);
check('a value of another kind', defaults.replace(/^domain:.*/m, 'domain: [a]'), /settings: domain: /);
check("a kernel's .config", 'CONFIG_PPC64=y\n# CONFIG_SMP is not set\n', /is a kernel's \.config.*use --config/);
check('a .config of comments', '#\n# Automatically generated\n# CONFIG_SMP is not set\n', /use --config/);
check('a mail', 'From mboxrd@z Thu Jan  1\nFrom: Ada <ada@example.org>\nTo: list\n', /settings is no YAML: /);
test('a file that is missing', () => {
  assert.throws(() => loadConfig(join(folder, 'nosuch')), /nosuch cannot be read \(ENOENT\); give settings/);
});
