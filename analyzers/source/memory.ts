/**
 * The interpreted kernel's memory: a flat 64-bit space of pages, each byte known or unknown. Reading what is not mapped is
 * a fault. A snapshot shares pages until one side writes.
 *
 * Regions name what lies where, so that a store into text can be told apart from a store into data. A page may be seen at
 * a second address, its alias, for as long as it is mapped there.
 */

export interface Region {
  readonly name: string;
  readonly from: bigint;
  readonly bytes: number;
  readonly kind: 'text' | 'data' | 'stack' | 'function' | 'string';
}

const pageBits = 12n;
const pageBytes = 4096;
const pageMask = 4095n;

interface Page {
  readonly bytes: Uint8Array;
  readonly known: Uint8Array;
  /** The memory that may write to it; others copy first. */
  owner: object;
}

/** What every page is until it is written to. */
const untouched: Page = { bytes: new Uint8Array(pageBytes), known: new Uint8Array(pageBytes), owner: {} };

/** Reading or writing where nothing is; caught by the interpreter, which ends the run as a fault. */
export class MemoryFault extends Error {}
/** More memory was asked for than the limit allows. */
export class MemoryLimit extends Error {}

export class Memory {
  #pages: Map<bigint, Page>;
  #token: object = {};
  readonly #bytesMax: number;
  readonly littleEndian: boolean;
  regions: Region[];
  /** Page of an alias → the page it shows. */
  #aliases = new Map<bigint, bigint>();

  constructor(options: { readonly littleEndian: boolean; readonly bytesMax: number }) {
    this.#pages = new Map();
    this.regions = [];
    this.littleEndian = options.littleEndian;
    this.#bytesMax = options.bytesMax;
  }

  map(region: Region): void {
    this.regions.push(region);
    const last = region.from + BigInt(Math.max(1, region.bytes) - 1);
    for (let page = region.from >> pageBits; page <= last >> pageBits; page++) {
      if (this.#pages.has(page)) continue;
      if ((this.#pages.size + 1) * pageBytes > this.#bytesMax)
        throw new MemoryLimit(`more than ${this.#bytesMax} bytes of memory`);
      this.#pages.set(page, untouched);
    }
  }

  /** Shows the page of `target` at the page of `address`, too. */
  alias(address: bigint, target: bigint): void {
    this.#aliases.set(address >> pageBits, target >> pageBits);
  }

  unalias(address: bigint): void {
    this.#aliases.delete(address >> pageBits);
  }

  /** Where an address leads: itself, or what its alias shows. */
  resolve(address: bigint): bigint {
    if (this.#aliases.size === 0) return address;
    const page = this.#aliases.get(address >> pageBits);
    return page === undefined ? address : (page << pageBits) | (address & pageMask);
  }

  regionOf(address: bigint): Region | null {
    for (let i = this.regions.length - 1; i >= 0; i--) {
      const region = this.regions[i];
      if (region !== undefined && address >= region.from && address < region.from + BigInt(region.bytes)) return region;
    }
    return null;
  }

  /** `null` where a byte of it is unknown. Unsigned. */
  readInteger(address: bigint, bytes: number): bigint | null {
    let value = 0n;
    let part = 0; // of at most four bytes, so that it stays exact as a number
    for (let i = 0; i < bytes; i++) {
      const at = address + BigInt(this.littleEndian ? bytes - 1 - i : i);
      const page = this.#page(at);
      const offset = Number(at & pageMask);
      if (page.known[offset] === 0) return null;
      part = part * 256 + (page.bytes[offset] ?? 0);
      if (i % 4 === 3) {
        value = (value << 32n) | BigInt(part);
        part = 0;
      }
    }
    const rest = bytes % 4;
    return rest === 0 ? value : (value << BigInt(8 * rest)) | BigInt(part);
  }

  writeInteger(address: bigint, bytes: number, value: bigint): void {
    const out = new Uint8Array(bytes);
    let rest = BigInt.asUintN(8 * bytes, value);
    for (let i = 0; i < bytes; i++) {
      out[this.littleEndian ? i : bytes - 1 - i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    this.write(address, out);
  }

  read(address: bigint, bytes: number): { bytes: Uint8Array; known: Uint8Array } {
    const result = { bytes: new Uint8Array(bytes), known: new Uint8Array(bytes) };
    for (const { at, from, to } of this.#chunks(address, bytes)) {
      const page = this.#page(at);
      const offset = Number(at & pageMask);
      result.bytes.set(page.bytes.subarray(offset, offset + to - from), from);
      result.known.set(page.known.subarray(offset, offset + to - from), from);
    }
    return result;
  }

  write(address: bigint, bytes: Uint8Array, known: Uint8Array | null = null): void {
    for (const { at, from, to } of this.#chunks(address, bytes.length)) {
      const page = this.#writable(at);
      const offset = Number(at & pageMask);
      page.bytes.set(bytes.subarray(from, to), offset);
      if (known === null) page.known.fill(1, offset, offset + to - from);
      else page.known.set(known.subarray(from, to), offset);
    }
  }

  /** A range page by page: `from` and `to` count from its start. */
  *#chunks(address: bigint, bytes: number): Generator<{ at: bigint; from: number; to: number }> {
    for (let from = 0; from < bytes; ) {
      const at = address + BigInt(from);
      const to = Math.min(bytes, from + pageBytes - Number(at & pageMask));
      yield { at, from, to };
      from = to;
    }
  }

  forget(address: bigint, bytes: number): void {
    this.write(address, new Uint8Array(bytes), new Uint8Array(bytes));
  }

  isMapped(address: bigint): boolean {
    return this.#pages.has(this.resolve(address) >> pageBits);
  }

  /** A copy that shares pages; both sides go on independently. */
  snapshot(): MemorySnapshot {
    const pages = new Map(this.#pages);
    this.#token = {}; // from now on every page is copied before it is written
    return { pages, regions: [...this.regions], aliases: new Map(this.#aliases) };
  }

  restore(snapshot: MemorySnapshot): void {
    this.#pages = new Map(snapshot.pages);
    this.regions = [...snapshot.regions];
    this.#aliases = new Map(snapshot.aliases);
    this.#token = {};
  }

  #page(address: bigint): Page {
    const page = this.#pages.get(this.resolve(address) >> pageBits);
    if (page === undefined) throw new MemoryFault(`address 0x${address.toString(16)} is not mapped`);
    return page;
  }

  #writable(address: bigint): Page {
    const page = this.#page(address);
    if (page.owner === this.#token) return page;
    const copy: Page = { bytes: page.bytes.slice(), known: page.known.slice(), owner: this.#token };
    this.#pages.set(this.resolve(address) >> pageBits, copy);
    return copy;
  }
}

export interface MemorySnapshot {
  readonly pages: Map<bigint, Page>;
  readonly regions: readonly Region[];
  readonly aliases: ReadonlyMap<bigint, bigint>;
}
