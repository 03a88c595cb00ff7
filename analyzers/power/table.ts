/**
 * The instruction table: what call sites, stubs, tracer entry and exit, and a small traced function execute. Rows stand in
 * the order of the ISA's chapters (Power ISA 3.1B Book I 2.4, 3.3, Book II 4, Book III 4, 5); a word that no row matches
 * is unknown, never another instruction. Reserved fields are literal zeros: a set reserved bit is not this instruction.
 */
import { type Cpu, type Effect, type Fields, type Row, row } from './row.ts';

const u32 = (value: bigint) => BigInt.asUintN(32, value);
const s32 = (value: bigint) => BigInt.asIntN(32, value);
/** (RA|0) of Book I 1.3.2. */
const base = (cpu: Cpu, RA: number) => (RA === 0 ? 0n : cpu.get(RA));
const reg = (cpu: Cpu, register: number | undefined) => cpu.get(register ?? 0);
const num = (f: Fields, name: string) => BigInt(f[name] ?? 0);
const of = (f: Fields, name: string) => f[name] ?? 0;

/** CR0 from a result, with SO copied from XER (Book I 2.3.1). */
function record(cpu: Cpu, value: bigint): void {
  const signed = BigInt.asIntN(cpu.bits, value);
  setField(cpu, 0, signed < 0n ? 8 : signed > 0n ? 4 : 2);
}
function setField(cpu: Cpu, field: number, bits: number): void {
  const shift = 28 - 4 * field;
  const so = (cpu.xer >>> 31) & 1;
  cpu.cr = ((cpu.cr & ~(0xf << shift)) | ((bits | so) << shift)) >>> 0;
}
function compare(cpu: Cpu, field: number, a: bigint, b: bigint): void {
  setField(cpu, field, a < b ? 8 : a > b ? 4 : 2);
}

const loads =
  (bytes: 1 | 2 | 4 | 8, extend: (value: bigint) => bigint = (value) => value): Effect =>
  (cpu, f) =>
    cpu.set(of(f, 'RT'), extend(cpu.load(base(cpu, of(f, 'RA')) + num(f, 'D'), bytes)));
const loadsUpdate =
  (bytes: 1 | 2 | 4 | 8): Effect =>
  (cpu, f) => {
    const address = reg(cpu, f.RA) + num(f, 'D');
    cpu.set(of(f, 'RT'), cpu.load(address, bytes));
    cpu.set(of(f, 'RA'), address);
  };
const stores =
  (bytes: 1 | 2 | 4 | 8): Effect =>
  (cpu, f) =>
    cpu.store(base(cpu, of(f, 'RA')) + num(f, 'D'), bytes, reg(cpu, f.RS));
const storesUpdate =
  (bytes: 1 | 2 | 4 | 8): Effect =>
  (cpu, f) => {
    const address = reg(cpu, f.RA) + num(f, 'D');
    cpu.store(address, bytes, reg(cpu, f.RS));
    cpu.set(of(f, 'RA'), address);
  };
const logical =
  (combine: (a: bigint, b: bigint) => bigint): Effect =>
  (cpu, f) =>
    cpu.set(of(f, 'RA'), combine(reg(cpu, f.RS), reg(cpu, f.RB)));
const immediate =
  (combine: (a: bigint, b: bigint) => bigint, shift: bigint): Effect =>
  (cpu, f) =>
    cpu.set(of(f, 'RA'), combine(reg(cpu, f.RS), num(f, 'UI') << shift));

/** BO and BI of Book I 2.4: decrements CTR where BO says so. */
function taken(cpu: Cpu, f: Fields): boolean {
  const BO = of(f, 'BO');
  let counts = true;
  if ((BO & 4) === 0) {
    cpu.ctr = BigInt.asUintN(cpu.bits, cpu.ctr - 1n);
    counts = (cpu.ctr !== 0n) !== ((BO & 2) !== 0);
  }
  const bit = (cpu.cr >>> (31 - of(f, 'BI'))) & 1;
  return counts && ((BO & 16) !== 0 || bit === ((BO >> 3) & 1));
}
function branch(cpu: Cpu, f: Fields, displacement: bigint): void {
  if (of(f, 'LK') === 1) cpu.lr = BigInt.asUintN(cpu.bits, cpu.cia + 4n);
  cpu.nia = BigInt.asUintN(cpu.bits, of(f, 'AA') === 1 ? displacement : cpu.cia + displacement);
}
const toRegister =
  (target: (cpu: Cpu) => bigint): Effect =>
  (cpu, f) => {
    const to = target(cpu) & ~3n;
    const go = taken(cpu, f);
    if (of(f, 'LK') === 1) cpu.lr = BigInt.asUintN(cpu.bits, cpu.cia + 4n);
    if (go) cpu.nia = to;
  };
/** TO of Book I 3.3.11: lt gt eq ltu gtu, most significant first. */
function trapIf(cpu: Cpu, TO: number, a: bigint, b: bigint, bits: number): void {
  const [x, y, ux, uy] = [
    BigInt.asIntN(bits, a),
    BigInt.asIntN(bits, b),
    BigInt.asUintN(bits, a),
    BigInt.asUintN(bits, b),
  ];
  const met =
    (TO & 16 && x < y) || (TO & 8 && x > y) || (TO & 4 && x === y) || (TO & 2 && ux < uy) || (TO & 1 && ux > uy);
  if (met) cpu.signal('trap');
}
const synchronize: Effect = (cpu) => cpu.signal('context-synchronize');
const nothing: Effect = () => undefined;

export const table: readonly Row[] = [
  // Branch instructions, Book I 2.4. `target` operands print as addresses.
  row('b LI', '010010 LI:s24 AA:1 LK:1', (cpu, f) => branch(cpu, f, num(f, 'LI') << 2n)),
  row('bc BO,BI,BD', '010000 BO:5 BI:5 BD:s14 AA:1 LK:1', (cpu, f) => {
    if (taken(cpu, f)) branch(cpu, f, num(f, 'BD') << 2n);
    else if (of(f, 'LK') === 1) cpu.lr = BigInt.asUintN(cpu.bits, cpu.cia + 4n);
  }),
  row(
    'bclr BO,BI,BH',
    '010011 BO:5 BI:5 000 BH:2 0000010000 LK:1',
    toRegister((cpu) => cpu.lr),
  ),
  row(
    'bcctr BO,BI,BH',
    '010011 BO:5 BI:5 000 BH:2 1000010000 LK:1',
    toRegister((cpu) => cpu.ctr),
  ),
  // Condition register instructions, 2.5.
  row('mcrf BF,BFA', '010011 BF:3 00 BFA:3 00 00000 0000000000 0', (cpu, f) => {
    const bits = (cpu.cr >>> (28 - 4 * of(f, 'BFA'))) & 0xf;
    const shift = 28 - 4 * of(f, 'BF');
    cpu.cr = ((cpu.cr & ~(0xf << shift)) | (bits << shift)) >>> 0;
  }),
  // System call, 2.6.
  row('sc LEV', '010001 00000 00000 0000 LEV:7 000 1 0', (cpu) => cpu.signal('system-call')),
  // Fixed-point loads and stores, 3.3.2 and 3.3.3.
  row('lbz RT,D(RA)', '100010 RT:5 RA:5 D:s16', loads(1)),
  row('lhz RT,D(RA)', '101000 RT:5 RA:5 D:s16', loads(2)),
  row(
    'lha RT,D(RA)',
    '101010 RT:5 RA:5 D:s16',
    loads(2, (value) => BigInt.asIntN(16, value)),
  ),
  row('lwz RT,D(RA)', '100000 RT:5 RA:5 D:s16', loads(4)),
  row('lwzu RT,D(RA)', '100001 RT:5 RA:5 D:s16', loadsUpdate(4)),
  row('ld RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 00', (cpu, f) =>
    cpu.set(of(f, 'RT'), cpu.load(base(cpu, of(f, 'RA')) + num(f, 'DS') * 4n, 8)),
  ),
  row('ldu RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 01', (cpu, f) => {
    const address = reg(cpu, f.RA) + num(f, 'DS') * 4n;
    cpu.set(of(f, 'RT'), cpu.load(address, 8));
    cpu.set(of(f, 'RA'), address);
  }),
  row('lwa RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 10', (cpu, f) =>
    cpu.set(of(f, 'RT'), s32(cpu.load(base(cpu, of(f, 'RA')) + num(f, 'DS') * 4n, 4))),
  ),
  row('ldx RT,RA,RB', '011111 RT:5 RA:5 RB:5 0000010101 0', (cpu, f) =>
    cpu.set(of(f, 'RT'), cpu.load(base(cpu, of(f, 'RA')) + reg(cpu, f.RB), 8)),
  ),
  row('lwzx RT,RA,RB', '011111 RT:5 RA:5 RB:5 0000010111 0', (cpu, f) =>
    cpu.set(of(f, 'RT'), cpu.load(base(cpu, of(f, 'RA')) + reg(cpu, f.RB), 4)),
  ),
  row('stb RS,D(RA)', '100110 RS:5 RA:5 D:s16', stores(1)),
  row('sth RS,D(RA)', '101100 RS:5 RA:5 D:s16', stores(2)),
  row('stw RS,D(RA)', '100100 RS:5 RA:5 D:s16', stores(4)),
  row('stwu RS,D(RA)', '100101 RS:5 RA:5 D:s16', storesUpdate(4)),
  row('std RS,DS(RA)', '111110 RS:5 RA:5 DS:s14 00', (cpu, f) =>
    cpu.store(base(cpu, of(f, 'RA')) + num(f, 'DS') * 4n, 8, reg(cpu, f.RS)),
  ),
  row('stdu RS,DS(RA)', '111110 RS:5 RA:5 DS:s14 01', (cpu, f) => {
    const address = reg(cpu, f.RA) + num(f, 'DS') * 4n;
    cpu.store(address, 8, reg(cpu, f.RS));
    cpu.set(of(f, 'RA'), address);
  }),
  row('stdx RS,RA,RB', '011111 RS:5 RA:5 RB:5 0010010101 0', (cpu, f) =>
    cpu.store(base(cpu, of(f, 'RA')) + reg(cpu, f.RB), 8, reg(cpu, f.RS)),
  ),
  // Fixed-point arithmetic, 3.3.9.
  row('addi RT,RA,SI', '001110 RT:5 RA:5 SI:s16', (cpu, f) =>
    cpu.set(of(f, 'RT'), base(cpu, of(f, 'RA')) + num(f, 'SI')),
  ),
  row('addis RT,RA,SI', '001111 RT:5 RA:5 SI:s16', (cpu, f) =>
    cpu.set(of(f, 'RT'), base(cpu, of(f, 'RA')) + (num(f, 'SI') << 16n)),
  ),
  row('add RT,RA,RB', '011111 RT:5 RA:5 RB:5 0 100001010 Rc:1', (cpu, f) => {
    cpu.set(of(f, 'RT'), reg(cpu, f.RA) + reg(cpu, f.RB));
    if (of(f, 'Rc') === 1) record(cpu, reg(cpu, f.RT));
  }),
  row('subf RT,RA,RB', '011111 RT:5 RA:5 RB:5 0 000101000 Rc:1', (cpu, f) => {
    cpu.set(of(f, 'RT'), reg(cpu, f.RB) - reg(cpu, f.RA));
    if (of(f, 'Rc') === 1) record(cpu, reg(cpu, f.RT));
  }),
  row('neg RT,RA', '011111 RT:5 RA:5 00000 0 001101000 Rc:1', (cpu, f) => {
    cpu.set(of(f, 'RT'), -reg(cpu, f.RA));
    if (of(f, 'Rc') === 1) record(cpu, reg(cpu, f.RT));
  }),
  row('mulli RT,RA,SI', '000111 RT:5 RA:5 SI:s16', (cpu, f) => cpu.set(of(f, 'RT'), reg(cpu, f.RA) * num(f, 'SI'))),
  // Compare, 3.3.10. L=1 compares doublewords.
  row('cmpi BF,L,RA,SI', '001011 BF:3 0 L:1 RA:5 SI:s16', (cpu, f) => {
    const bits = of(f, 'L') === 1 ? 64 : 32;
    compare(cpu, of(f, 'BF'), BigInt.asIntN(bits, reg(cpu, f.RA)), num(f, 'SI'));
  }),
  row('cmpli BF,L,RA,UI', '001010 BF:3 0 L:1 RA:5 UI:16', (cpu, f) => {
    const bits = of(f, 'L') === 1 ? 64 : 32;
    compare(cpu, of(f, 'BF'), BigInt.asUintN(bits, reg(cpu, f.RA)), num(f, 'UI'));
  }),
  row('cmp BF,L,RA,RB', '011111 BF:3 0 L:1 RA:5 RB:5 0000000000 0', (cpu, f) => {
    const bits = of(f, 'L') === 1 ? 64 : 32;
    compare(cpu, of(f, 'BF'), BigInt.asIntN(bits, reg(cpu, f.RA)), BigInt.asIntN(bits, reg(cpu, f.RB)));
  }),
  row('cmpl BF,L,RA,RB', '011111 BF:3 0 L:1 RA:5 RB:5 0000100000 0', (cpu, f) => {
    const bits = of(f, 'L') === 1 ? 64 : 32;
    compare(cpu, of(f, 'BF'), BigInt.asUintN(bits, reg(cpu, f.RA)), BigInt.asUintN(bits, reg(cpu, f.RB)));
  }),
  // Trap, 3.3.11.
  row('twi TO,RA,SI', '000011 TO:5 RA:5 SI:s16', (cpu, f) =>
    trapIf(cpu, of(f, 'TO'), reg(cpu, f.RA), num(f, 'SI'), 32),
  ),
  row('tdi TO,RA,SI', '000010 TO:5 RA:5 SI:s16', (cpu, f) =>
    trapIf(cpu, of(f, 'TO'), reg(cpu, f.RA), num(f, 'SI'), 64),
  ),
  row('tw TO,RA,RB', '011111 TO:5 RA:5 RB:5 0000000100 0', (cpu, f) =>
    trapIf(cpu, of(f, 'TO'), reg(cpu, f.RA), reg(cpu, f.RB), 32),
  ),
  row('td TO,RA,RB', '011111 TO:5 RA:5 RB:5 0001000100 0', (cpu, f) =>
    trapIf(cpu, of(f, 'TO'), reg(cpu, f.RA), reg(cpu, f.RB), 64),
  ),
  // Logical, 3.3.13.
  row('andi. RA,RS,UI', '011100 RS:5 RA:5 UI:16', (cpu, f) => {
    cpu.set(of(f, 'RA'), reg(cpu, f.RS) & num(f, 'UI'));
    record(cpu, reg(cpu, f.RA));
  }),
  row('andis. RA,RS,UI', '011101 RS:5 RA:5 UI:16', (cpu, f) => {
    cpu.set(of(f, 'RA'), reg(cpu, f.RS) & (num(f, 'UI') << 16n));
    record(cpu, reg(cpu, f.RA));
  }),
  row(
    'ori RA,RS,UI',
    '011000 RS:5 RA:5 UI:16',
    immediate((a, b) => a | b, 0n),
  ),
  row(
    'oris RA,RS,UI',
    '011001 RS:5 RA:5 UI:16',
    immediate((a, b) => a | b, 16n),
  ),
  row(
    'xori RA,RS,UI',
    '011010 RS:5 RA:5 UI:16',
    immediate((a, b) => a ^ b, 0n),
  ),
  row(
    'xoris RA,RS,UI',
    '011011 RS:5 RA:5 UI:16',
    immediate((a, b) => a ^ b, 16n),
  ),
  row(
    'and RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0000011100 0',
    logical((a, b) => a & b),
  ),
  row(
    'or RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0110111100 0',
    logical((a, b) => a | b),
  ),
  row(
    'xor RA,RS,RB',
    '011111 RS:5 RA:5 RB:5 0100111100 0',
    logical((a, b) => a ^ b),
  ),
  row('extsw RA,RS', '011111 RS:5 RA:5 00000 1111011010 0', (cpu, f) => cpu.set(of(f, 'RA'), s32(reg(cpu, f.RS)))),
  // Rotate, 3.3.14: the 32-bit form that clears or shifts words.
  row('rlwinm RA,RS,SH,MB,ME', '010101 RS:5 RA:5 SH:5 MB:5 ME:5 0', (cpu, f) => {
    const word = u32(reg(cpu, f.RS));
    const shift = num(f, 'SH');
    const rotated = u32((word << shift) | (word >> (32n - shift)));
    const from = (1n << (32n - num(f, 'MB'))) - 1n;
    const below = (1n << (31n - num(f, 'ME'))) - 1n;
    const mask = of(f, 'MB') <= of(f, 'ME') ? from & ~below : from | u32(~below);
    // The rotated word fills both halves in 64-bit mode; a wrapping mask then keeps the upper half (Book I 3.3.14).
    const wide = of(f, 'MB') <= of(f, 'ME') ? rotated : rotated | (rotated << 32n);
    cpu.set(of(f, 'RA'), wide & (of(f, 'MB') <= of(f, 'ME') ? mask : mask | (0xffffffffn << 32n)));
  }),
  // Special purpose registers, 3.3.17. The SPR field's halves are swapped in the word: spr 8 is 01000 00000.
  row('mfxer RT', '011111 RT:5 00001 00000 0101010011 0', (cpu, f) => cpu.set(of(f, 'RT'), BigInt(cpu.xer))),
  row('mflr RT', '011111 RT:5 01000 00000 0101010011 0', (cpu, f) => cpu.set(of(f, 'RT'), cpu.lr)),
  row('mfctr RT', '011111 RT:5 01001 00000 0101010011 0', (cpu, f) => cpu.set(of(f, 'RT'), cpu.ctr)),
  row('mtlr RS', '011111 RS:5 01000 00000 0111010011 0', (cpu, f) => {
    cpu.lr = reg(cpu, f.RS);
  }),
  row('mtctr RS', '011111 RS:5 01001 00000 0111010011 0', (cpu, f) => {
    cpu.ctr = reg(cpu, f.RS);
  }),
  row('mfcr RT', '011111 RT:5 0 00000000 0 0000010011 0', (cpu, f) => cpu.set(of(f, 'RT'), BigInt(cpu.cr))),
  row('mtcrf FXM,RS', '011111 RS:5 0 FXM:8 0 0010010000 0', (cpu, f) => {
    let mask = 0;
    for (let i = 0; i < 8; i++) if ((of(f, 'FXM') >> (7 - i)) & 1) mask |= 0xf << (28 - 4 * i);
    cpu.cr = ((cpu.cr & ~mask) | (Number(u32(reg(cpu, f.RS))) & mask)) >>> 0;
  }),
  // Storage control, Book II 4.
  row('dcbst RA,RB', '011111 00000 RA:5 RB:5 0000110110 0', nothing),
  row('icbi RA,RB', '011111 00000 RA:5 RB:5 1111010110 0', nothing),
  row('isync', '010011 00000 00000 00000 0010010110 0', synchronize),
  row('sync', '011111 00000 00000 00000 1001010110 0', nothing),
  row('lwsync', '011111 00001 00000 00000 1001010110 0', nothing),
  row('ptesync', '011111 00010 00000 00000 1001010110 0', nothing),
  row('eieio', '011111 00000 00000 00000 1101010110 0', nothing),
  // Return from interrupt, Book III 4.3.1.
  row('rfid', '010011 00000 00000 00000 0000010010 0', (cpu) => cpu.signal('return-from-interrupt')),
  row('hrfid', '010011 00000 00000 00000 0100010010 0', (cpu) => cpu.signal('return-from-interrupt')),
  // Prefixed, Book I 3.3.9 and 3.3.2 (ISA 3.1): R=1 is relative to the instruction's own address.
  row('paddi RT,RA,SI,R', '000001 10 0 00 R:1 00 SI:s18 | 001110 RT:5 RA:5 SI:16', (cpu, f) =>
    cpu.set(of(f, 'RT'), (of(f, 'R') === 1 ? cpu.cia : base(cpu, of(f, 'RA'))) + num(f, 'SI')),
  ),
  row('pld RT,D(RA),R', '000001 00 0 00 R:1 00 D:s18 | 111001 RT:5 RA:5 D:16', (cpu, f) =>
    cpu.set(of(f, 'RT'), cpu.load((of(f, 'R') === 1 ? cpu.cia : base(cpu, of(f, 'RA'))) + num(f, 'D'), 8)),
  ),
];
