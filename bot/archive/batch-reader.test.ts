/** What git prints, in pieces of every size, gives the same blobs. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { BatchReader } from './batch-reader.ts';

const id = 'a'.repeat(40);

function check(output: string, expected: readonly (readonly [string | null, number])[]): void {
  test(`${JSON.stringify(output.replaceAll(id, 'ID'))}`, () => {
    for (const step of [1, 2, 3, 7, output.length]) {
      const reader = new BatchReader({ bytesMax: 9, beginningBytes: 4 });
      const blobs = [];
      for (let at = 0; at < output.length; at += step)
        blobs.push(...reader.push(Buffer.from(output.slice(at, at + step))));
      assert.deepEqual(
        blobs.map(({ bytes, size }) => [bytes?.toString() ?? null, size]),
        expected,
        `in pieces of ${step}`,
      );
    }
  });
}

check(`${id} blob 3\none\n`, [['one', 3]]);
check(`${id} blob 0\n\n${id} blob 5\nt\nwo\n\n`, [
  ['', 0],
  ['t\nwo\n', 5],
]);
check(`${id}:m missing\n${id} blob 1\n1\n`, [
  [null, 0],
  ['1', 1],
]);
check(`${id} blob 10\n0123456789\n${id} blob 9\n012345678\n`, [
  ['0123', 10],
  ['012345678', 9],
]);
check(`${id} blob 5\ncut`, []);
