/**
 * The README shows a real reply, the blessed one of the fixture that its first command reads; settings that are taken; commands
 * that there are.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { defaultsFile, readSettings } from './settings/settings.ts';

const root = join(import.meta.dirname, '..');

test('the README shows the reply of its command, word for word', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const name = /npm ci && npm run review -- fixtures\/threads\/([\w-]+)\/thread\.mbox/.exec(readme)?.[1] ?? '';
  const reply = readFileSync(join(root, 'fixtures/threads', name, 'reply.txt'), 'utf8');
  const body = reply.slice(reply.indexOf('\n\n') + 2).trimEnd();
  assert.ok(readme.includes(`\`\`\`\n${body}\n\`\`\``));
});

test('the settings that the README shows are taken', () => {
  const shown = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
  const names = [...shown.matchAll(/^(\w+):/gm)].map(([, name]) => name);
  assert.deepEqual(names, ['sources', 'smtp', 'dkim']);
  let text = readFileSync(defaultsFile, 'utf8');
  for (const part of shown.split(/^(?=\w+:)/m)) {
    const [name] = part.split(':');
    text = text.replace(new RegExp(`^${name}: .*\n`, 'm'), () => part);
  }
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  writeFileSync(join(folder, 'bot.yaml'), text);
  const { settings, problems } = readSettings(join(folder, 'bot.yaml'));
  rmSync(folder, { recursive: true });
  assert.deepEqual(problems, []);
  assert.equal(settings?.sources.length, 6);
});

test('every word of npm run that the README and the defaults give is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const file of ['README.md', 'config/defaults.yaml'])
    for (const [, name = ''] of readFileSync(join(root, file), 'utf8').matchAll(
      /\bnpm run (?:--silent )?([a-z][\w-]*)/g,
    ))
      assert.ok(name in scripts, `${file}: npm run ${name}`);
});
