/**
 * The instruction table against GNU binutils: what our disassembler prints is what objdump -Mpower10 prints, what our
 * assembler reads is what GNU as reads, and a word that objdump does not know is none of ours.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { decode, encode } from './code.ts';
import { type Fields, noFields, type Row } from './row.ts';
import { table } from './table.ts';
import { assemble, disassemble } from './text.ts';

const tool = (name: string) => `powerpc64le-linux-gnu-${name}`;
const absent = spawnSync(tool('objdump'), ['--version']).error !== undefined;
const skip = absent && 'binutils-powerpc64le-linux-gnu is not installed';

/** Numerical Recipes' generator: the same cases in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Words of a row: all fields 0, all ones, then small and random values; invalid forms left out. */
function samples(row: Row, random: (below: number) => number): (readonly number[])[] {
  const words: (readonly number[])[] = [];
  for (let i = 0; i < 300; i++) {
    const fields: Record<keyof Fields, number> = { ...noFields };
    for (const [name, { width }] of row.fields)
      fields[name] = i === 0 ? 0 : i === 1 ? 2 ** width - 1 : random(4) === 0 ? random(3) : random(2 ** width);
    const encoded = encode(row, fields);
    if (decode(encoded[0] ?? 0, encoded[1])?.row === row) words.push(encoded);
  }
  return words;
}

/** What objdump prints for each pair of words, at address 8 × index. */
function objdump(pairs: readonly (readonly [number, number])[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'objdump-'));
  try {
    const image = Buffer.alloc(8 * pairs.length);
    for (const [i, [word, next]] of pairs.entries()) {
      image.writeUInt32LE(word, 8 * i);
      image.writeUInt32LE(next, 8 * i + 4);
    }
    writeFileSync(join(folder, 'words'), image);
    const options = ['-D', '-z', '-b', 'binary', '-m', 'powerpc:common64', '-EL', '-Mpower10', join(folder, 'words')];
    const { stdout } = spawnSync(tool('objdump'), options, { encoding: 'utf8', maxBuffer: 2 ** 28 });
    const lines = new Map(
      [...stdout.matchAll(/^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/gm)].map(([, at = '', text = '']) => [
        Number.parseInt(at, 16),
        text
          .replace(/\s*[#<].*$/, '')
          .replace(/\s+/g, ' ')
          .trim(),
      ]),
    );
    return pairs.map((_, i) => lines.get(8 * i) ?? '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The image GNU as makes of lines that stand at addresses 0, 8, 16, …; null with its complaint where it refuses. */
function gnuAs(lines: readonly string[]): Buffer | string {
  const folder = mkdtempSync(join(tmpdir(), 'as-'));
  const file = (name: string) => join(folder, name);
  try {
    // Each line in 8 bytes: a short instruction is followed by a nop, a prefixed one by nothing.
    writeFileSync(file('in.s'), lines.map((line, i) => `.org ${8 * i},0\n${line}\n`).join(''));
    const assembled = spawnSync(tool('as'), [
      '-mpower10',
      '-mregnames',
      '-mbig', // lmw is refused when little-endian
      '-a64',
      '-o',
      file('out.o'),
      file('in.s'),
    ]);
    if (assembled.status !== 0) return assembled.stderr.toString();
    spawnSync(tool('objcopy'), ['-O', 'binary', '-j', '.text', file('out.o'), file('out')]);
    return readFileSync(file('out'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const nop = 0x60000000;

test('every row disassembles as objdump does, and is assembled back', { skip }, () => {
  const random = generator(1);
  const words = table.flatMap((row) => samples(row, random));
  const theirs = objdump(words.map(([word = 0, next = nop]) => [word, next]));
  for (const [i, encoded] of words.entries()) {
    const [word = 0, next = nop] = encoded;
    const ours = disassemble(word, BigInt(8 * i), next);
    assert.equal(ours, theirs[i], `${word.toString(16)} ${next.toString(16)}`);
    assert.deepEqual(assemble(ours, BigInt(8 * i)), encoded, ours);
  }
});

test('every row has samples: none is shadowed by another', () => {
  const random = generator(2);
  for (const row of table) assert.ok(samples(row, random).length >= 1, row.syntax);
});

test('a random word is what objdump says or unknown', { skip }, () => {
  const random = generator(3);
  // Half of them in the opcodes that have many rows, where a wrong row is most likely.
  const opcodes = [16, 18, 19, 31, 31, 31, 58, 62];
  const words = Array.from({ length: 60_000 }, (_, i) => {
    const word = random(2 ** 16) * 2 ** 16 + random(2 ** 16);
    return i % 2 === 0 ? word : ((word & 0x03ffffff) | ((opcodes[i % 8] ?? 0) << 26)) >>> 0;
  });
  const theirs = objdump(words.map((word) => [word, nop]));
  let known = 0;
  for (const [i, word] of words.entries()) {
    const ours = disassemble(word, BigInt(8 * i), nop);
    if (ours.startsWith('.long')) continue;
    known++;
    assert.equal(ours, theirs[i], word.toString(16));
  }
  assert.ok(known > 10_000, `only ${known} of the words are known`);
});

test('GNU as makes the same words of what we print', { skip }, () => {
  const random = generator(4);
  const lines: string[] = [];
  const expected: number[][] = [];
  for (const row of table) {
    for (const encoded of samples(row, random).slice(0, 40)) {
      // Targets of random displacement lie outside the section (the first test covers them), and GNU as makes mtocrf of
      // an mtcrf of one field.
      if (row.fields.has('LI') || row.fields.has('BD') || row.mnemonic === 'mtcrf') continue;
      const at = BigInt(8 * lines.length);
      lines.push(disassemble(encoded[0] ?? 0, at, encoded[1]));
      expected.push([...encoded]);
    }
  }
  const image = gnuAs(lines);
  if (typeof image === 'string') assert.fail(image.slice(0, 2000));
  for (const [i, encoded] of expected.entries())
    for (const [j, word] of encoded.entries())
      assert.equal(image.readUInt32BE(8 * i + 4 * j).toString(16), word.toString(16), lines[i]);
});
