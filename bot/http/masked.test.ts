/** Which texts of an answer lose what: a row each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { masked, whole } from './masked.ts';

function check(value: unknown, expected: unknown): void {
  test(JSON.stringify(value), () => {
    assert.deepEqual(masked(value), expected);
    assert.deepEqual(whole(value), JSON.parse(JSON.stringify(value)));
  });
}

check({ by: 'ada@example.org' }, { by: 'ada@…' });
check(
  { why: 'Ada <ada@example.org>, "Bob" <bob.b+c@sub.example.org>;eve@x' },
  { why: 'Ada <ada@…>, "Bob" <bob.b+c@…>;eve@…' },
);
check({ why: 'a@b.example/d@e.example' }, { why: 'a@…/d@…' });
check({ why: 'jörg@grüße.example, mailto:x@y.example.' }, { why: 'jörg@…, mailto:x@….' });
check({ by: 'ada;@example.org' }, { by: 'ada;@…' });
check({ why: '"ada, b"@example.org, ada@[192.0.2.1]' }, { why: '"ada, b"@…, ada@…' });
check({ messageId: '1@host.example' }, { messageId: '1@host.example' });
check(
  { why: 'of <1@host.example> by <2@host.example>', thread: '1@host.example' },
  {
    why: 'of <1@host.example> by <2@…>',
    thread: '1@host.example',
  },
);
check(
  { why: 'see https://lore.kernel.org/all/1@host.example/ or ask ada@example.org' },
  {
    why: 'see https://lore.kernel.org/all/1@host.example/ or ask ada@…',
  },
);
check([{ a: { b: ['x@y.example', 1, null, true] } }], [{ a: { b: ['x@…', 1, null, true] } }]);
check({ at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' });
check({ why: `${'x'.repeat(100)}@example.org` }, { why: `${'x'.repeat(100)}@…` });

test('what is long takes no longer than it is', () => {
  for (const text of ['x'.repeat(1 << 20), '@'.repeat(1 << 20), 'x@'.repeat(1 << 19), `x@${'a.'.repeat(1 << 19)}`]) {
    const started = performance.now();
    masked({ text });
    assert.ok(performance.now() - started < 5_000);
  }
});
