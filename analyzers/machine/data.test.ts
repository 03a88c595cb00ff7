/**
 * What a load finds outside the stack, byte by byte: data words and text, in either byte order, as they are at a point of the
 * timeline, or at any, where nothing of it ever changes.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { DataStorage, privateBytes } from './data.ts';
import { parseModel } from './notation.ts';
import { Timeline } from './timeline.ts';

/** The storage of a model with this text, data and steps, and its points; all of it hexadecimal. */
function storageOf(texts: string, { steps = '', littleEndian = true } = {}) {
  const { model, problem } = parseModel(`r0.64.full.live/${texts}//${steps}`);
  assert.ok(model !== null, problem ?? '');
  const words = new Map(
    model.texts.flatMap((text) => text.words.map((word, i) => [text.address + 4 * i, word] as const)),
  );
  const timeline = new Timeline(model, (address) => words.get(address) ?? 0);
  const mode = { bits: 64, littleEndian } as const;
  const storage = new DataStorage(model.data, words, timeline, mode);
  const bytes = (from: number, count: number, point: number | null = null) =>
    Array.from({ length: count }, (_, i) => {
      const found = storage.read(from + i, point === null ? null : timeline.at(point));
      return typeof found === 'number' ? found.toString(16) : found;
    }).join(' ');
  return { storage, bytes, own: privateBytes(model.data, mode) };
}

test('bytes lie in the order of the mode', () => {
  const text = 'f@1000=11223344,aabbccdd+ops@30000:8=102030405060708';
  const [little, big] = [true, false].map((littleEndian) => storageOf(text, { littleEndian }).bytes);
  assert.equal(little?.(0x30000, 8), '8 7 6 5 4 3 2 1');
  assert.equal(big?.(0x30000, 8), '1 2 3 4 5 6 7 8');
  assert.equal(little?.(0x1000, 8), '44 33 22 11 dd cc bb aa');
  assert.equal(big?.(0x1000, 8), '11 22 33 44 aa bb cc dd');
});

test('words of any size lie side by side, and nothing is between them', () => {
  const { storage, bytes } = storageOf('f@1000=0+a@30000:1=a1+b@30002:2=b2b1+c@30004:4=c4c3c2c1+d@30008:1=d1');
  assert.equal(bytes(0x30000, 1), 'a1');
  assert.equal(bytes(0x30002, 7), 'b1 b2 c1 c2 c3 c4 d1');
  const has = Array.from({ length: 12 }, (_, i) => (storage.has(0x2fffe + i) ? 'x' : '-')).join('');
  assert.equal(has, '--x-xxxxxxx-');
});

test('of two data words in one place the one told last is there', () => {
  assert.equal(storageOf('f@1000=0+a@30000:4=1+b@30000:4=2').bytes(0x30000, 4), '2 0 0 0');
});

test('data of a task’s own is nobody else’s', () => {
  const { storage, own } = storageOf('f@1000=0+sp@30000:4t=12345678+spare@30008:8t+ops@30010:8=5');
  for (const [address, has, isPrivate] of [
    [0x30000, false, true],
    [0x30003, false, true],
    [0x30004, false, false],
    [0x30008, false, true],
    [0x30010, true, false],
    [0x1003, true, false],
    [0x1004, false, false],
    [0xffc, false, false],
  ] as const) {
    assert.equal(storage.has(address), has, address.toString(16));
    assert.equal(storage.isPrivate(address), isPrivate, address.toString(16));
  }
  // What is not initialised, or everybody's, no task brings along.
  assert.deepEqual(
    [...own].sort(),
    [0x78, 0x56, 0x34, 0x12].map((byte, i) => [0x30000 + i, byte]),
  );
});

test('data that changes is there as it was published last', () => {
  const { bytes } = storageOf('f@1000=0+ops@30000:8+ops@30008:8=1+next@30010:8=2', {
    steps: 'p30000:a1,p30000:a2,x30008,p30000:a3',
  });
  assert.equal(bytes(0x30000, 1, 0), 'uninitialised-data');
  assert.equal(bytes(0x30000, 2, 1), 'a1 0');
  assert.equal(bytes(0x30000, 2, 2), 'a2 0');
  assert.equal(bytes(0x30008, 2, 2), '1 0');
  assert.equal(bytes(0x30000, 1, 3), 'freed-data', 'an object is freed as a whole');
  assert.equal(bytes(0x30008, 1, 3), 'freed-data');
  assert.equal(bytes(0x30010, 1, 3), '2', 'and no other with it');
  assert.equal(bytes(0x30000, 1, 4), 'a3', 'what is published after that is there again');
  assert.equal(bytes(0x30008, 1, 4), 'freed-data');
  // At a point that was not told, only what never changes is known.
  assert.equal(bytes(0x30000, 1), 'changing');
  assert.equal(bytes(0x30008, 1), 'changing');
  assert.equal(bytes(0x30010, 1), '2');
});

test('text is read in its newest version', () => {
  const { bytes } = storageOf('f@1000=11111111,22222222', { steps: 'u1004:33333333,u1004:44444444' });
  assert.deepEqual(
    [0, 1, 2].map((point) => bytes(0x1004, 1, point)),
    ['22', '33', '44'],
  );
  assert.equal(bytes(0x1000, 4, 2), '11 11 11 11');
  assert.equal(bytes(0x1000, 4), '11 11 11 11', 'a word that never changes, at any point');
  assert.equal(bytes(0x1004, 1), 'changing');
  assert.equal(bytes(0x1007, 1), 'changing');
});

test('text is freed as a whole', () => {
  const { bytes } = storageOf('f@1000=11111111+t@2000=22222222,33333333+u@2100=44444444', { steps: 'x2004' });
  assert.equal(bytes(0x2000, 1, 0), '22');
  assert.equal(bytes(0x2000, 1, 1), 'freed-data');
  assert.equal(bytes(0x2007, 1, 1), 'freed-data');
  assert.equal(bytes(0x2100, 1, 1), '44');
  assert.equal(bytes(0x1000, 1, 1), '11');
  assert.equal(bytes(0x2000, 1), 'changing');
  assert.equal(bytes(0x2100, 1), '44');
});
