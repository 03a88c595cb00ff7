/**
 * One processor as Book I shows it: registers, and the effect of an instruction on them and on storage. It knows byte order
 * and width; what storage there is, and where instructions come from, is its user's affair.
 *
 * Example: new Processor(mode, storage, registers).execute(decode(0x38630001)) adds 1 to r3 and moves `nia` on by 4.
 */
import type { Instruction } from './code.ts';
import type { Bytes, Cpu, Signal } from './row.ts';

/** How the processor runs: MSR[SF] and MSR[LE]. */
export interface Mode {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
}

/** Storage, byte by byte, in address order. */
export interface Storage {
  /** Can these bytes be accessed? Where not, an access stops the processor. */
  has(address: number, bytes: number): boolean;
  read(address: number): number;
  write(address: number, byte: number): void;
}

/** Unsigned values, as wide as the mode; CR and XER as 32 bits. */
export interface Registers {
  readonly nia: bigint;
  readonly lr: bigint;
  readonly ctr: bigint;
  readonly cr: number;
  readonly xer: number;
  readonly gpr: readonly bigint[];
  /** By default supervisor state, in the mode's width and byte order. */
  readonly msr?: bigint;
  /** Special purpose registers by number; an access to any other stops the processor as `illegal`. */
  readonly special?: ReadonlyMap<number, bigint>;
  readonly reservation?: Reservation | null;
}

/** What larx reserves and stcx. stores to. */
export interface Reservation {
  readonly address: number;
  readonly bytes: number;
}

export type Stop = Exclude<Signal, 'context-synchronize'> | 'bad-access';

export class Processor implements Cpu {
  readonly bits: 32 | 64;
  readonly gpr: bigint[];
  cia: bigint;
  nia: bigint;
  lr: bigint;
  ctr: bigint;
  cr: number;
  xer: number;
  msr: bigint;
  special: ReadonlyMap<number, bigint>;
  reservation: Reservation | null;
  /** Why the last instruction was not completed. Registers and storage then have no further meaning. */
  stop: Stop | null = null;
  /** An `isync` was executed: the processor's context is synchronized. */
  synchronized = false;
  readonly #mode: Mode;
  readonly #storage: Storage;

  constructor(mode: Mode, storage: Storage, registers: Registers) {
    const { nia, lr, ctr, cr, xer, gpr, msr, special, reservation } = registers;
    this.bits = mode.bits;
    this.gpr = [...gpr];
    this.cia = nia;
    this.nia = nia;
    this.lr = lr;
    this.ctr = ctr;
    this.cr = cr;
    this.xer = xer;
    this.msr = msr ?? initialMsr(mode);
    this.special = special ?? new Map();
    this.reservation = reservation ?? null;
    this.#mode = mode;
    this.#storage = storage;
  }

  /** Executes one instruction, the one at `nia`. */
  execute({ row, fields, bytes }: Instruction): void {
    this.cia = this.nia;
    this.nia = BigInt.asUintN(this.bits, this.cia + BigInt(bytes));
    row.effect(this, fields);
    this.lr = BigInt.asUintN(this.bits, this.lr);
    this.ctr = BigInt.asUintN(this.bits, this.ctr);
  }

  get(register: number): bigint {
    return this.gpr[register] ?? 0n;
  }

  set(register: number, value: bigint): void {
    this.gpr[register] = BigInt.asUintN(this.bits, value);
  }

  load(at: bigint, bytes: Bytes): bigint {
    const address = this.#reach(at, bytes);
    return address === null ? 0n : loadValue(this.#storage, address, bytes, this.#mode);
  }

  store(at: bigint, bytes: Bytes, value: bigint): void {
    const address = this.#reach(at, bytes);
    if (address !== null) storeValue(this.#storage, address, bytes, { ...this.#mode, value });
  }

  getSpecial(spr: number): bigint {
    const value = this.special.get(spr);
    if (value === undefined) this.signal('illegal');
    return value ?? 0n;
  }

  setSpecial(spr: number, value: bigint): void {
    if (!this.special.has(spr)) this.signal('illegal');
    this.special = new Map(this.special).set(spr, BigInt.asUintN(this.bits, value));
  }

  reserve(at: bigint, bytes: Bytes): void {
    this.reservation = { address: Number(BigInt.asUintN(this.bits, at)), bytes };
  }

  storeReserved(at: bigint, bytes: Bytes, value: bigint): boolean {
    const reserved = this.reservation;
    this.reservation = null;
    if (reserved?.address !== Number(BigInt.asUintN(this.bits, at)) || reserved.bytes !== bytes) return false;
    this.store(at, bytes, value);
    return true;
  }

  signal(what: Signal): void {
    if (what === 'context-synchronize') this.synchronized = true;
    else this.stop ??= what;
  }

  #reach(at: bigint, bytes: number): number | null {
    const address = Number(BigInt.asUintN(this.bits, at));
    if (this.#storage.has(address, bytes)) return address;
    this.stop ??= 'bad-access';
    return null;
  }
}

/** Supervisor state: SF and LE as the mode says, all else 0. */
export const initialMsr = ({ bits, littleEndian }: Mode) => (bits === 64 ? 1n << 63n : 0n) | (littleEndian ? 1n : 0n);

function loadValue(storage: Storage, address: number, bytes: number, { littleEndian }: Mode): bigint {
  let value = 0n;
  for (let i = 0; i < bytes; i++)
    value = (value << 8n) | BigInt(storage.read(littleEndian ? address + bytes - 1 - i : address + i));
  return value;
}

/** Stores the low bytes of a value in the mode's byte order. */
export function storeValue(
  storage: Storage,
  address: number,
  bytes: number,
  { littleEndian, value }: Mode & { readonly value: bigint },
): void {
  for (let i = 0; i < bytes; i++) {
    const byte = Number((value >> BigInt(8 * i)) & 0xffn);
    storage.write(littleEndian ? address + i : address + bytes - 1 - i, byte);
  }
}
