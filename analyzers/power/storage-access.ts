/**
 * Fixed-point loads and stores: Power ISA 3.1B Book I 3.3.2, 3.3.3; `pld` is prefixed (1.6.3).
 */
import { base } from './effect.ts';
import { type Cpu, type Effect, type Fields, type Row, row } from './row.ts';

type Bytes = 1 | 2 | 4 | 8;
/** The effective address of a form. */
type Address = (cpu: Cpu, fields: Fields) => bigint;

const byD: Address = (cpu, { RA, D }) => base(cpu, RA) + BigInt(D);
const byDS: Address = (cpu, { RA, DS }) => base(cpu, RA) + BigInt(DS * 4);
const byX: Address = (cpu, { RA, RB }) => base(cpu, RA) + cpu.get(RB);
/** R=1: relative to the instruction itself. */
const byPrefix: Address = (cpu, { RA, D, R }) => (R === 1 ? cpu.cia : base(cpu, RA)) + BigInt(D);

const load =
  (bytes: Bytes, at: Address): Effect =>
  (cpu, fields) =>
    cpu.set(fields.RT, cpu.load(at(cpu, fields), bytes));
const loadAlgebraic =
  (bytes: Bytes, at: Address): Effect =>
  (cpu, fields) =>
    cpu.set(fields.RT, BigInt.asIntN(8 * bytes, cpu.load(at(cpu, fields), bytes)));
const store =
  (bytes: Bytes, at: Address): Effect =>
  (cpu, fields) =>
    cpu.store(at(cpu, fields), bytes, cpu.get(fields.RS));
/** The update form of a load or store: the address is left in RA. */
const update =
  (access: Effect, at: Address): Effect =>
  (cpu, fields) => {
    const address = at(cpu, fields);
    access(cpu, fields);
    cpu.set(fields.RA, address);
  };

/** Update forms need a base register, and a load must not write it twice. */
const noBase = ({ RA }: Fields) => RA === 0;
const noBaseOrSame = ({ RA, RT }: Fields) => RA === 0 || RA === RT;

export const storageAccessRows: readonly Row[] = [
  row('lbz RT,D(RA)', '100010 RT:5 RA:5 D:s16', load(1, byD)),
  row('lhz RT,D(RA)', '101000 RT:5 RA:5 D:s16', load(2, byD)),
  row('lha RT,D(RA)', '101010 RT:5 RA:5 D:s16', loadAlgebraic(2, byD)),
  row('lwz RT,D(RA)', '100000 RT:5 RA:5 D:s16', load(4, byD)),
  row('lwzu RT,D(RA)', '100001 RT:5 RA:5 D:s16', update(load(4, byD), byD), noBaseOrSame),
  row('lwa RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 10', loadAlgebraic(4, byDS)),
  row('ld RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 00', load(8, byDS)),
  row('ldu RT,DS(RA)', '111010 RT:5 RA:5 DS:s14 01', update(load(8, byDS), byDS), noBaseOrSame),
  row('lwzx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 0000010111 0', load(4, byX)),
  row('ldx RT,RA|0,RB', '011111 RT:5 RA:5 RB:5 0000010101 0', load(8, byX)),
  row('stb RS,D(RA)', '100110 RS:5 RA:5 D:s16', store(1, byD)),
  row('sth RS,D(RA)', '101100 RS:5 RA:5 D:s16', store(2, byD)),
  row('stw RS,D(RA)', '100100 RS:5 RA:5 D:s16', store(4, byD)),
  row('stwu RS,D(RA)', '100101 RS:5 RA:5 D:s16', update(store(4, byD), byD), noBase),
  row('std RS,DS(RA)', '111110 RS:5 RA:5 DS:s14 00', store(8, byDS)),
  row('stdu RS,DS(RA)', '111110 RS:5 RA:5 DS:s14 01', update(store(8, byDS), byDS), noBase),
  row('stwx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0010010111 0', store(4, byX)),
  row('stdx RS,RA|0,RB', '011111 RS:5 RA:5 RB:5 0010010101 0', store(8, byX)),
  row(
    'pld RT,D(RA),R',
    '000001 00 0 00 R:1 00 D:s18 | 111001 RT:5 RA:5 D:16',
    load(8, byPrefix),
    ({ R, RA }) => R === 1 && RA !== 0,
  ),
];
