/**
 * What a case starts from: registers full of values at which signs, carries, shifts and addresses change, so that most
 * instructions meet something of interest in whatever registers they name.
 */
import type { Mode, Registers } from '../../analyzers/power/processor.ts';
import { places } from '../../analyzers/power/vector/case.ts';
import { pick, type Random } from './random.ts';

export function registersOf(random: Random, mode: Mode): Registers {
  const cut = (value: bigint) => BigInt.asUintN(mode.bits, value);
  const code = () => BigInt(places.code + 4 * random(12));
  return {
    nia: BigInt(places.code),
    gpr: Array.from({ length: 32 }, () => cut(pick(random, kinds)(random))),
    // Where a branch to it stays among the code, and counts that end.
    lr: random(3) > 0 ? code() : cut(pick(random, kinds)(random)),
    ctr: random(2) === 0 ? code() : cut(random(3) > 0 ? BigInt(random(4)) : pick(random, kinds)(random)),
    cr: word(random),
    xer: xerOf(random, mode),
  };
}

export function memoryOf(random: Random): Uint8Array {
  return Uint8Array.from({ length: places.memoryBytes }, () =>
    random(4) === 0 ? pick(random, [0, 0x7f, 0x80, 0xff]) : random(256),
  );
}

/** SO, OV, CA, from ISA 3.0 on OV32 and CA32, and the count of string instructions; what else there is in XER is reserved. */
function xerOf(random: Random, { bits }: Mode): number {
  const since3 = bits === 64 ? random(4) << 18 : 0;
  return ((random(8) << 29) | since3 | (random(2) === 0 ? 0 : random(random(4) === 0 ? 128 : 33))) >>> 0;
}

const word = (random: Random) => ((random(2 ** 16) << 16) | random(2 ** 16)) >>> 0;
const doubleword = (random: Random) => (BigInt(word(random)) << 32n) | BigInt(word(random));
/** As an offset to an address: aligned or not. */
const small = (random: Random) => BigInt(random(2) === 0 ? random(17) - 8 : 4 * (random(9) - 4));
const address = (random: Random) =>
  BigInt(places.memory + (random(2) === 0 ? 8 * random(8) : random(places.memoryBytes)));

const turns = [0n, 1n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn].concat(
  [31n, 32n, 63n].flatMap((bit) => [(1n << bit) - 1n, 1n << bit, (1n << bit) + 1n]),
);

const kinds: readonly ((random: Random) => bigint)[] = [
  ...[address, address, address, small, small, doubleword],
  (random) => (random(2) === 0 ? 1n : -1n) * pick(random, turns),
  (random) => BigInt(random(128)), // counts of shifts
  (random) => BigInt(word(random)),
  (random) => BigInt.asIntN(32, BigInt(word(random))),
  (random) => pick(random, [0n, -1n, 1n << 31n, 1n << 63n]),
];
