/**
 * Effective addresses of the forms of loads and stores, and the update forms (Power ISA 3.1B Book I 3.3.1).
 */
import { base } from '../effect.ts';
import type { Cpu, Effect, Fields } from '../row.ts';

/** The effective address of a form. */
export type Address = (cpu: Cpu, fields: Fields) => bigint;

export const byD: Address = (cpu, { RA, D }) => base(cpu, RA) + BigInt(D);
export const byDS: Address = (cpu, { RA, DS }) => base(cpu, RA) + BigInt(DS * 4);
export const byDQ: Address = (cpu, { RA, DQ }) => base(cpu, RA) + BigInt(DQ * 16);
export const byX: Address = (cpu, { RA, RB }) => base(cpu, RA) + cpu.get(RB);
/** R=1: relative to the instruction itself. */
export const byPrefix: Address = (cpu, { RA, D, R }) => (R === 1 ? cpu.cia : base(cpu, RA)) + BigInt(D);
/** No displacement and no index: the string instructions. */
export const byRA: Address = (cpu, { RA }) => base(cpu, RA);

/** The update form of a load or store: the address is left in RA. */
export const update =
  (access: Effect, at: Address): Effect =>
  (cpu, fields) => {
    const address = at(cpu, fields);
    access(cpu, fields);
    cpu.set(fields.RA, address);
  };

/** Update forms need a base register, and a load must not write it twice. */
export const noBase = ({ RA }: Fields) => RA === 0;
export const noBaseOrSame = ({ RA, RT }: Fields) => RA === 0 || RA === RT;
/** Relative to the instruction (R=1), a prefixed instruction has no base register. */
export const relativeWithBase = ({ R, RA }: Fields) => R === 1 && RA !== 0;
/** Quadwords are in a register pair, the even one first. */
export const oddPair = ({ RT, RS }: Fields) => ((RT | RS) & 1) === 1;

/** The bytes of a value in opposite order. */
export function reversed(value: bigint, bytes: number): bigint {
  let turned = 0n;
  for (let i = 0; i < bytes; i++) turned = (turned << 8n) | ((value >> BigInt(8 * i)) & 0xffn);
  return turned;
}
