/**
 * The README shows a real reply: the blessed one of the fixture that its first command reads.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..');

test('the README shows the reply of its command, word for word', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const name = /npm ci && npm run review -- fixtures\/threads\/([\w-]+)\/thread\.mbox/.exec(readme)?.[1] ?? '';
  const reply = readFileSync(join(root, 'fixtures/threads', name, 'reply.txt'), 'utf8');
  const body = reply.slice(reply.indexOf('\n\n') + 2).trimEnd();
  assert.ok(readme.includes(`\`\`\`\n${body}\n\`\`\``));
});
