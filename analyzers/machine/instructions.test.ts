/**
 * fixtures/instructions: words and their text, and effects worked out by hand.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import { decode } from '../power/code.ts';
import { assemble, disassemble } from '../power/text.ts';
import { type Context, execute } from './processor.ts';

const read = (name: string) =>
  parse(readFileSync(join(import.meta.dirname, '../../fixtures/instructions', name), 'utf8'), { intAsBigInt: true });

const encodings: readonly (readonly [unknown, string | null])[] = parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/instructions/encodings.yaml'), 'utf8'),
  { schema: 'failsafe' },
).map(([words, text]: [string, string]) => [words, text === 'null' ? null : text]);

for (const [given, text] of encodings) {
  test(`${given} is ${text ?? 'no instruction'}`, () => {
    const words = String(given)
      .split(' ')
      .map((word) => Number.parseInt(word, 16));
    const [word = 0, suffix] = words;
    if (text === null) assert.equal(decode(word, suffix), null);
    else {
      assert.equal(disassemble(word, 0x1000n, suffix), text);
      assert.deepEqual(assemble(text, 0x1000n), words);
    }
  });
}

interface Effect {
  readonly instruction: string;
  readonly bits: bigint;
  readonly before?: Readonly<Record<string, bigint>>;
  readonly after?: Readonly<Record<string, bigint>>;
  /** Bytes as they lie, by address. */
  readonly memory?: Readonly<Record<string, string>>;
  readonly stop?: string;
  readonly synchronized?: boolean;
}

for (const { instruction, bits, before = {}, after = {}, memory = {}, stop, synchronized } of read(
  'effects.yaml',
) as Effect[]) {
  test(`${instruction} in ${bits}-bit mode`, () => {
    const mode = { bits: bits === 32n ? 32 : 64, littleEndian: bits === 64n } as const;
    const [word = 0, suffix] = assemble(instruction, 0x1000n) ?? [];
    const decoded = decode(word, suffix);
    assert.ok(decoded, 'it assembles');
    const from = contextOf(before);
    const done = execute(from, decoded, mode);
    assert.equal(done.stop, stop ?? null);
    assert.equal(done.synchronized, synchronized ?? false);
    if (stop !== undefined) return;
    assert.deepEqual(
      flat(done.context),
      flat(contextOf({ ...before, nia: 0x1000n + BigInt(decoded.bytes), ...after })),
    );
    const expected = Object.entries(memory).flatMap(([address, bytes]) =>
      [...Buffer.from(bytes, 'hex')].map((byte, i) => [Number(address) + i, byte] as const),
    );
    assert.deepEqual(new Map([...done.context.memory].sort((a, b) => a[0] - b[0])), new Map(expected));
  });
}

test('a reservation is kept from step to step, for one store', () => {
  const mode = { bits: 64, littleEndian: true } as const;
  let context = contextOf({ r1: 0x7fffe00n, r3: 5n });
  for (const [line, eq] of [
    ['lwarx r4,0,r1', 0],
    ['stwcx. r3,0,r1', 0x20000000],
    ['stwcx. r3,0,r1', 0],
  ] as const) {
    const instruction = decode(assemble(line, 0n)?.[0] ?? 0);
    assert.ok(instruction);
    ({ context } = execute(context, instruction, mode));
    assert.equal(context.cr, eq, line);
  }
  assert.equal(context.memory.get(0x7fffe00), 5);
  assert.equal(context.reservation, undefined);
});

function contextOf(registers: Readonly<Record<string, bigint>>): Context {
  const { nia = 0x1000n, lr = 0n, ctr = 0n, cr = 0n, xer = 0n, msr } = registers;
  const gpr = Array.from({ length: 32 }, (_, register) => registers[`r${register}`] ?? 0n);
  const all = { executed: 0, nia: Number(nia), lr, ctr, cr: Number(cr), xer: Number(xer), gpr, memory: new Map() };
  return msr === undefined ? all : { ...all, msr };
}

const flat = ({ memory: _, executed: __, ...registers }: Context) => registers;
