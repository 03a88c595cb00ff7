/**
 * Prefixed fixed-point instructions: Power ISA 3.1B Book I 1.6.3, 3.3.2, 3.3.3, 3.3.9. The displacement has 34 bits, and
 * R=1 makes it relative to the instruction. Prefix type 10 extends a word instruction (MLS), type 00 has suffixes of its
 * own (8LS).
 */

import { base, littleEndian } from '../effect.ts';
import { type Bytes, type Effect, type Fields, type Row, row } from '../row.ts';
import { byPrefix, relativeWithBase } from './address.ts';

const load =
  (bytes: Bytes): Effect =>
  (cpu, fields) =>
    cpu.set(fields.RT, cpu.load(byPrefix(cpu, fields), bytes));
const loadAlgebraic =
  (bytes: Bytes): Effect =>
  (cpu, fields) =>
    cpu.set(fields.RT, BigInt.asIntN(8 * bytes, cpu.load(byPrefix(cpu, fields), bytes)));
const store =
  (bytes: Bytes): Effect =>
  (cpu, fields) =>
    cpu.store(byPrefix(cpu, fields), bytes, cpu.get(fields.RS));

/** Unlike lq and stq, the even register is the doubleword at the lower address in either byte order. */
const loadQuadword: Effect = (cpu, fields) => {
  const value = cpu.load(byPrefix(cpu, fields), 16);
  const [low, high] = littleEndian(cpu) ? [value, value >> 64n] : [value >> 64n, value];
  cpu.set(fields.RT, low);
  cpu.set(fields.RT + 1, high);
};
const storeQuadword: Effect = (cpu, fields) => {
  const [low, high] = [cpu.get(fields.RS), cpu.get(fields.RS + 1)];
  cpu.store(byPrefix(cpu, fields), 16, littleEndian(cpu) ? (high << 64n) | low : (low << 64n) | high);
};

const restrictions = { invalid: relativeWithBase, doubleword: true };
/** The register that is loaded must not be the base; objdump compares all five bits of it. */
const loadPair = {
  ...restrictions,
  invalid: (fields: Fields) => relativeWithBase(fields) || fields.RT + fields['/'] === fields.RA,
};
const mls = '000001 10 0 00 R:1 00 D:s18 |';
const eightLS = '000001 00 0 00 R:1 00 D:s18 |';

export const prefixedRows: readonly Row[] = [
  row(
    'paddi RT,RA|0,SI34,R',
    '000001 10 0 00 R:1 00 SI:s18 | 001110 RT:5 RA:5 SI:16',
    (cpu, { RT, RA, SI, R }) => cpu.set(RT, (R === 1 ? cpu.cia : base(cpu, RA)) + BigInt(SI)),
    restrictions,
  ),
  row('plbz RT,D34(RA),R', `${mls} 100010 RT:5 RA:5 D:16`, load(1), restrictions),
  row('plhz RT,D34(RA),R', `${mls} 101000 RT:5 RA:5 D:16`, load(2), restrictions),
  row('plha RT,D34(RA),R', `${mls} 101010 RT:5 RA:5 D:16`, loadAlgebraic(2), restrictions),
  row('plwz RT,D34(RA),R', `${mls} 100000 RT:5 RA:5 D:16`, load(4), restrictions),
  row('plwa RT,D34(RA),R', `${eightLS} 101001 RT:5 RA:5 D:16`, loadAlgebraic(4), restrictions),
  row('pld RT,D34(RA),R', `${eightLS} 111001 RT:5 RA:5 D:16`, load(8), restrictions),
  row('plq RT,D34(RA),R', `${eightLS} 111000 RT:4@1 / RA:5 D:16`, loadQuadword, loadPair),
  row('pstb RS,D34(RA),R', `${mls} 100110 RS:5 RA:5 D:16`, store(1), restrictions),
  row('psth RS,D34(RA),R', `${mls} 101100 RS:5 RA:5 D:16`, store(2), restrictions),
  row('pstw RS,D34(RA),R', `${mls} 100100 RS:5 RA:5 D:16`, store(4), restrictions),
  row('pstd RS,D34(RA),R', `${eightLS} 111101 RS:5 RA:5 D:16`, store(8), restrictions),
  row('pstq RS,D34(RA),R', `${eightLS} 111100 RS:4@1 / RA:5 D:16`, storeQuadword, restrictions),
  // The suffix may be almost any word, and is not executed; the assembler makes it 0, and objdump knows no other.
  row(`pnop`, `000001 11 0 00 0 000000000000000000 00 | ${'0'.repeat(32)}`, () => undefined),
];
