/** Which versions of a word a fetch may see, and how far that is outside what Book II 1.8 (Power ISA 2.03: 1.8.1) defines. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Windows } from './window.ts';

/** N is the preferred nop, B and C are branches (patch class), A and M are other instructions: `add` and `mflr r0`. */
const words = { N: 0x60000000, B: 0x48000008, C: 0x4800000c, A: 0x7c221a14, M: 0x7c0802a6 } as const;
const versionsOf = (letters: string) =>
  [...letters].map((letter, step) => ({ value: words[letter as keyof typeof words], step }));

const rows: readonly (readonly [of: string, floor: number, newest: number, versions: string, departure: number])[] = [
  ['N', 0, 0, '0', 0],
  ['A', 0, 0, '0', 0],
  ['NB', 0, 1, '0 1', 0],
  ['BC', 0, 1, '0 1', 0],
  ['NBC', 1, 2, '1 2', 0],
  ['NBC', 1, 1, '1', 0],
  // One instruction of another class, with the preferred nop and nothing else.
  ['NA', 0, 1, '0 1', 1],
  ['AN', 0, 1, '0 1', 1],
  ['NAN', 0, 2, '1 2', 1],
  ['BA', 0, 1, '0 1', 2],
  ['NBA', 0, 2, '0 1 2', 2],
  ['AM', 0, 1, '0 1', 2],
  ['NAM', 0, 2, '0 1 2', 2],
  ['NAM', 1, 2, '1 2', 2],
  ['NAM', 0, 1, '0 1', 1],
  // Of equal ones the newest, in its place.
  ['NBN', 0, 2, '1 2', 0],
  ['AA', 0, 1, '1', 0],
  ['ANA', 0, 2, '1 2', 1],
];
test('windows', () => {
  for (const [of, floor, newest, versions, departure] of rows) {
    const windows = new Windows([versionsOf('M'), versionsOf(of)]);
    for (const _ of ['worked out', 'known']) {
      const found = windows.of(1, floor, newest);
      assert.equal(found.versions.join(' '), versions, `${of} ${floor} ${newest}`);
      assert.equal(found.departure, departure, `${of} ${floor} ${newest}`);
    }
    assert.deepEqual(windows.of(0, 0, 0), { versions: [0], departure: 0 }, 'each word has its own');
  }
});

test('windows of many versions and words are not taken for each other', () => {
  const many = Array.from({ length: 3 }, (_, word) =>
    Array.from({ length: 1023 }, (_, step) => ({ value: 1024 * word + step, step })),
  );
  const windows = new Windows(many);
  for (const [word, floor, newest] of [
    ...[[0, 0, 1] as const, [0, 1, 1] as const, [0, 1, 2] as const, [1, 0, 1] as const, [1, 0, 0] as const],
    ...[[0, 1022, 1022] as const, [1, 1021, 1022] as const, [2, 0, 1022] as const],
  ])
    assert.equal(windows.of(word, floor, newest).versions.length, newest - floor + 1, `${word} ${floor} ${newest}`);
});
