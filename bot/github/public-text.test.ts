/** What strangers wrote, and how it stands in public. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { archiveLink, codeBlock, idInCode, inCode, oneLine, ownBlock } from './public-text.ts';

test('mailboxes lose their domain, whatever stands around them', () => {
  assert.equal(oneLine('Ada <ada@example.org>, bob.x+y@mail.example.co.uk'), 'Ada <ada@…>, bob.x+y@…');
  assert.equal(oneLine('mailto:ada@exämple.org'), 'mailto:ada@…');
  assert.equal(oneLine('a @ b, @name, x@localhost'), 'a @ b, @name, x@…');
});

test('nothing of a line can leave its code span', () => {
  assert.equal(inCode('[PATCH] @ada `x` #12 <b>'), '``[PATCH] @ada `x` #12 <b>``');
  assert.equal(inCode('`x`'), '`` `x` ``');
  assert.equal(inCode('a\n\n# b\u202e\u0007'), '`a # b`');
  assert.equal(inCode(''), '`  `');
});

test('nor of a block its fence', () => {
  assert.equal(codeBlock(['a', '```', '@ada <ada@example.org>']), '````\na\n```\n@ada <ada@…>\n````');
  assert.equal(codeBlock(['\ta\u0000b\r'], 'text'), '```text\n\tab\n\n```');
  assert.ok(codeBlock(['x'.repeat(50_000)]).length < 13_000);
  assert.equal(ownBlock('npm run replay'), '```\nnpm run replay\n```');
});

test('a Message-ID stays whole, and leads where it says', () => {
  assert.equal(idInCode('a.b@example.org'), '`<a.b@example.org>`');
  assert.equal(
    archiveLink('https://lore.example.org/{msgid}/', 'a/b>)(@x$&'),
    '<https://lore.example.org/a%2Fb%3E%29%28@x%24%26/>',
  );
});

test('a title is one line of bounded length', () => {
  assert.equal(oneLine('a\n b'), 'a b');
  assert.equal(oneLine('x'.repeat(300)).length, 200);
});
