/**
 * Numbers in the words of a state: what is packed is unpacked as it was, next to other states, in as few words as hold it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { bitsFor, Packing } from './packing.ts';

const shapes: readonly (readonly [widths: readonly number[], words: number])[] = [
  [[1], 1],
  [[32], 1],
  [[8, 8, 8, 8], 1],
  [[8, 8, 8, 8, 1], 2],
  [[3, 2, 2, 8, 8, 8, 8], 2],
  [[32, 32], 2],
  [[1, 32, 1], 3],
  // None is across two words.
  [[20, 20, 12, 20], 3],
];
for (const [widths, words] of shapes)
  test(`numbers of ${widths.join(', ')} bits take ${words} words`, () => {
    const packing = new Packing(widths);
    assert.equal(packing.stride, words);
    const largest = widths.map((width) => 2 ** width - 1);
    for (const [i] of widths.entries()) {
      const numbers = [
        largest.map((number, other) => (other === i ? number : 0)),
        largest.map((number, other) => (other === i ? 0 : number)),
        largest.map((number) => number - (number >> 1)),
      ].map((row) => Int32Array.from(row));
      // Three states behind each other, over what was there.
      const packed = new Int32Array(3 * words).fill(-1);
      for (const [at, row] of numbers.entries()) packing.pack(row, packed, at * words);
      for (const [at, row] of numbers.entries()) {
        const back = new Int32Array(widths.length);
        packing.unpack(packed, at * words, back);
        assert.deepEqual(back, row);
      }
    }
  });

test('bits for so many numbers from 0', () => {
  const counts = [1, 2, 3, 4, 5, 8, 9, 256, 257, 65_536, 65_537];
  assert.deepEqual(counts.map(bitsFor), [1, 1, 2, 2, 3, 3, 4, 8, 9, 16, 17]);
});
