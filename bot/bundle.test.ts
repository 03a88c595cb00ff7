/**
 * The script of the pages: small, and nothing in it that a browser does not have.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { browserScript } from './bundle.ts';

test('the script of the step-through is one file of less than 60 kB, made once', async () => {
  const script = await browserScript();
  assert.equal(await browserScript(), script);
  assert.match(script.path, /^\/assets\/steps\.[0-9a-f]{12}\.js$/);
  assert.ok(script.gzipBytes < 60_000, `${script.gzipBytes} bytes`);
  assert.doesNotMatch(script.text, /\bnode:|\brequire\(|\bprocess\.|from\s*["']|\bimport\(|\beval\(|new Function/);
});
