/** Patterns against mailboxes, a row each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { matchesPattern } from './mailbox-pattern.ts';

function check(pattern: string, delimiter: string, yes: readonly string[], no: readonly string[]): void {
  test(`${pattern} with ${delimiter}`, () => {
    for (const path of yes) assert.ok(matchesPattern(path, pattern, delimiter), path);
    for (const path of no) assert.ok(!matchesPattern(path, pattern, delimiter), path);
  });
}

check(
  'org.example.list.*',
  '.',
  ['org.example.list.0', 'org.example.list.10', 'org.example.list.a.b'],
  ['org.example.list', 'org_example.list.0'],
);
check('lists.%', '.', ['lists.a', 'lists.'], ['lists.a.b', 'Lists.a', 'xlists.a']);
check('%', '/', ['INBOX', 'a.b'], ['a/b']);
check('%', '\\', ['INBOX', 'a/b'], ['a\\b']);
check('*', '/', ['INBOX', 'a/b', 'a\nb'], []);
check('a[b]+*', '/', ['a[b]+', 'a[b]+c'], ['ab', 'abb']);
