/**
 * Words and texts to compare, made at random: words as such, words of each row of the instruction table with fields and
 * bits at random, and lines of assembly with operands at the edges of what fits.
 */
import { encode } from '../../analyzers/power/code.ts';
import { textOnly } from '../../analyzers/power/facilities/facilities.ts';
import { type Fields, noFields, type Row } from '../../analyzers/power/row.ts';
import { table } from '../../analyzers/power/table.ts';
import { formsRead } from '../../analyzers/power/text.ts';
import { pick, type Random } from '../qemu/random.ts';
import type { Pair } from './tools.ts';

const word = (random: Random) => random(2 ** 16) * 2 ** 16 + random(2 ** 16);

/** Half of them in the primary opcodes that hold many instructions, where a wrong row is most likely; some are prefixes. */
const opcodes = [4, 16, 17, 18, 19, 19, 30, 31, 31, 31, 31, 46, 56, 58, 62];

function randomPair(random: Random): Pair {
  const next = word(random);
  if (random(2) === 0) return [word(random), next];
  if (random(8) > 0) return [((word(random) & 0x03ffffff) | (pick(random, opcodes) << 26)) >>> 0, next];
  // Prefix types and the reserved bits behind them, mostly zero.
  return [
    (0x04000000 | (random(4) << 24) | (random(3) === 0 ? random(64) << 18 : random(2) << 20) | random(2 ** 18)) >>> 0,
    next,
  ];
}

/** All fields 0, all ones, or each small or any; every second word has one bit turned. */
export function pairOfRow(row: Row, random: Random): Pair {
  const fields: Record<keyof Fields, number> = { ...noFields };
  const kind = random(16);
  for (const [name, { width }] of row.fields) {
    const any = random(4) === 0 ? random(3) : Math.floor(random(2 ** 24) * 2 ** (width - 24));
    fields[name] = kind === 0 ? 0 : kind === 1 ? 2 ** width - 1 : any;
  }
  const [first = 0, suffix = word(random)] = encode(row, fields);
  return [random(2) === 0 ? first : (first ^ (1 << random(26))) >>> 0, suffix];
}

const inTurn = (rows: readonly Row[], i: number) => rows[i % rows.length] as Row;

/** Half of the words at random, a quarter each of the rows that are executed and of those that have a text only, in turn. */
export function pairs(count: number, random: Random): Pair[] {
  return Array.from({ length: count }, (_, i) =>
    i % 2 === 0 ? randomPair(random) : pairOfRow(inTurn(i % 4 === 1 ? table : textOnly, i >> 2), random),
  );
}

const edges = [
  ...[0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 20, 24, 25, 28, 30, 31, 32, 33, 48, 62, 63, 64, 65, 128],
  ...[255, 256, 268, 815, 1023, 1024, 0x7ff0, 0x7fff, 0x8000, 0xff00, 0xfff8, 0xffff, 0x10000, 0x1fffffc, 0x2000000],
  ...[0x7fffffff, 0x80000000, 0xff0000ff, 0xfffffffc, 0xffffffff, 0x1ffffffff, 0x200000000],
  ...[-1, -2, -4, -16, -32767, -32768, -32769, -65535, -65536, -0x2000000, -0x2000004, -0x200000000],
];
const names = ['cr0', 'cr7', 'eq', '4*cr1+eq', '4*cr7+un', 'r3', 'r31', '.+8', '$-4', '0x10', '1+2'];

/** Mostly something of the operand's kind; whether it fits is another matter. */
function operand(kind: string, random: Random): string {
  const any = random(24);
  const number = random(2) === 0 ? pick(random, edges) : random(32);
  if (any === 0) return pick(random, names);
  if (any === 1) return String(pick(random, edges));
  if (kind.includes('(RA)')) return `${number}(${random(random(8) === 0 ? 33 : 32)})`;
  return String(kind === 'LI' || kind === 'BD' ? 4 * (random(64) - 32) : number);
}

/** Lines for every mnemonic that is read; now and then there is an operand too many or too few. */
export function lines(perForm: number, random: Random): string[] {
  return formsRead.flatMap(({ mnemonic, operands }) =>
    Array.from({ length: perForm }, () => {
      const given = operands.map((kind) => operand(kind, random));
      if (random(6) === 0 || operands.some((kind) => kind.includes('?') && random(2) === 0)) given.pop();
      if (random(16) === 0) given.push(String(random(32)));
      return `${mnemonic} ${given.join()}`.trim();
    }),
  );
}
