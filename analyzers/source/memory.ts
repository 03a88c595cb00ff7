/**
 * The interpreted kernel's memory: a flat 64-bit space, each byte known or unknown. Reading what is not mapped is a fault.
 * The one idea: states are kept and taken up again all the time, so keeping one costs nothing; what it shares with what
 * goes on is copied when it is first written to, two kilobytes at a time.
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

/** What is copied when it is written to. The number of a chunk is exact as a number: 64 - 11 are 53 bits. */
const chunkBits = 11;
const chunkBytes = 1 << chunkBits;
/** What exists or does not: a page of two chunks. */
const pageBytes = 2 * chunkBytes;
const pageBits = 12n;
const pageMask = 4095n;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly known: Uint8Array;
  /** The memory that may write to it; others copy first. */
  readonly owner: object;
}

/** What every chunk is until it is written to. */
const untouched: Chunk = { bytes: new Uint8Array(chunkBytes), known: new Uint8Array(chunkBytes), owner: {} };

/** Reading or writing where nothing is; caught by the interpreter, which ends the run as a fault. */
export class MemoryFault extends Error {}
/** More memory was asked for than the limit allows. */
export class MemoryLimit extends Error {}

/** One integer as 64 bits and as two halves: arithmetic on BigInts would be most of what an access costs. */
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);
whole[0] = 1n;
const [low, high] = halves[0] === 1 ? [0, 1] : [1, 0];

/** Chunks used last are found by the low bits of their number. */
const slots = 32;
const nowhere = 0xffffffff;

export class Memory {
  readonly littleEndian: boolean;
  readonly #bytesMax: number;
  /** Pages, chunks and regions are shared with snapshots, and copied before they change. */
  #pages = new Set<number>();
  #chunks = new Map<number, Chunk>();
  #regions: Region[] = [];
  /** Page of an alias → the page it shows. */
  #aliases = new Map<bigint, bigint>();
  #isShared = false;
  #token: object = {};
  readonly #slotLow = new Uint32Array(slots).fill(nowhere);
  readonly #slotHigh = new Uint32Array(slots);
  readonly #slotChunk = new Array<Chunk>(slots).fill(untouched);

  constructor(options: { readonly littleEndian: boolean; readonly bytesMax: number }) {
    this.littleEndian = options.littleEndian;
    this.#bytesMax = options.bytesMax;
  }

  map(region: Region): void {
    this.#own();
    this.#regions.push(region);
    const last = pageOf(region.from + BigInt(Math.max(1, region.bytes) - 1));
    for (let page = pageOf(region.from); page <= last; page++) {
      if (this.#pages.has(page)) continue;
      if ((this.#pages.size + 1) * pageBytes > this.#bytesMax)
        throw new MemoryLimit(`more than ${this.#bytesMax} bytes of memory`);
      this.#pages.add(page);
    }
  }

  /** Whole pages from one on up to another: nothing is there any more. */
  unmap(from: bigint, to: bigint): void {
    this.#own();
    this.#regions = this.#regions.filter((region) => region.from < from || region.from >= to);
    for (let page = pageOf(from); page < pageOf(to); page++) this.#pages.delete(page);
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
    const holds = ({ from, bytes }: Region) => address >= from && address < from + BigInt(bytes);
    return this.#regions.findLast(holds) ?? null;
  }

  /** `null` where a byte of it is unknown. Unsigned. */
  readInteger(address: bigint, bytes: number): bigint | null {
    const chunk = this.#chunk(address);
    const offset = halves[low]! & offsetMask;
    if (bytes > 8 || offset + bytes > chunkBytes) return this.#readLong(address, bytes);
    let [first, second] = [0, 0];
    for (let i = 0; i < bytes; i++) {
      if (chunk.known[offset + i] === 0) return null;
      const rank = this.littleEndian ? i : bytes - 1 - i;
      if (rank < 4) first |= chunk.bytes[offset + i]! << (8 * rank);
      else second |= chunk.bytes[offset + i]! << (8 * (rank - 4));
    }
    halves[low] = first;
    halves[high] = second;
    return whole[0]!;
  }

  writeInteger(address: bigint, bytes: number, value: bigint): void {
    const chunk = this.#writable(address);
    const offset = halves[low]! & offsetMask;
    if (bytes > 8 || offset + bytes > chunkBytes) {
      this.#writeLong(address, bytes, value);
      return;
    }
    whole[0] = value;
    const [first, second] = [halves[low]!, halves[high]!];
    for (let i = 0; i < bytes; i++) {
      const rank = this.littleEndian ? i : bytes - 1 - i;
      chunk.bytes[offset + i] = rank < 4 ? first >>> (8 * rank) : second >>> (8 * (rank - 4));
      chunk.known[offset + i] = 1;
    }
  }

  read(address: bigint, bytes: number): { bytes: Uint8Array; known: Uint8Array } {
    const result = { bytes: new Uint8Array(bytes), known: new Uint8Array(bytes) };
    for (let from = 0; from < bytes; ) {
      const chunk = this.#chunk(address + BigInt(from));
      const offset = halves[low]! & offsetMask;
      const count = Math.min(bytes - from, chunkBytes - offset);
      // Mostly a struct of one or two words, where views of arrays would be all that it costs.
      for (let at = 0; at < count; at++) {
        result.bytes[from + at] = chunk.bytes[offset + at]!;
        result.known[from + at] = chunk.known[offset + at]!;
      }
      from += count;
    }
    return result;
  }

  write(address: bigint, bytes: Uint8Array, known: Uint8Array | null = null): void {
    for (let from = 0; from < bytes.length; ) {
      const chunk = this.#writable(address + BigInt(from));
      const offset = halves[low]! & offsetMask;
      const count = Math.min(bytes.length - from, chunkBytes - offset);
      for (let at = 0; at < count; at++) {
        chunk.bytes[offset + at] = bytes[from + at]!;
        chunk.known[offset + at] = known === null ? 1 : known[from + at]!;
      }
      from += count;
    }
  }

  /** From here on nothing is known of the bytes; they are zero to whoever looks all the same. */
  forget(address: bigint, bytes: number): void {
    this.#fill(address, bytes, 0);
  }

  /** Zeros, and known to be. */
  clear(address: bigint, bytes: number): void {
    this.#fill(address, bytes, 1);
  }

  isMapped(address: bigint): boolean {
    return this.#pages.has(pageOf(this.resolve(address)));
  }

  /** The state as it is; both sides go on independently. */
  snapshot(): MemorySnapshot {
    this.#isShared = true;
    this.#token = {}; // from now on every chunk is copied before it is written
    return { pages: this.#pages, chunks: this.#chunks, regions: this.#regions, aliases: new Map(this.#aliases) };
  }

  restore(snapshot: MemorySnapshot): void {
    this.#pages = snapshot.pages;
    this.#chunks = snapshot.chunks;
    this.#regions = snapshot.regions;
    this.#aliases = new Map(snapshot.aliases);
    this.#isShared = true;
    this.#token = {};
    this.#slotLow.fill(nowhere);
  }

  #fill(address: bigint, bytes: number, known: 0 | 1): void {
    for (let from = 0; from < bytes; ) {
      const chunk = this.#writable(from === 0 ? address : address + BigInt(from));
      const offset = halves[low]! & offsetMask;
      const end = Math.min(offset + bytes - from, chunkBytes);
      for (let at = offset; at < end; at++) {
        chunk.bytes[at] = 0;
        chunk.known[at] = known;
      }
      from += end - offset;
    }
  }

  /** Integers of more than eight bytes, and such as lie in two chunks. */
  #readLong(address: bigint, bytes: number): bigint | null {
    const stored = this.read(address, bytes);
    if (stored.known.includes(0)) return null;
    const ordered = this.littleEndian ? stored.bytes.reverse() : stored.bytes;
    return ordered.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  #writeLong(address: bigint, bytes: number, value: bigint): void {
    const out = new Uint8Array(bytes);
    let rest = BigInt.asUintN(8 * bytes, value);
    for (let i = 0; i < bytes; i++) {
      out[this.littleEndian ? i : bytes - 1 - i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    this.write(address, out);
  }

  /** Leaves the address in `halves`: the one that it leads to. */
  #chunk(address: bigint): Chunk {
    whole[0] = this.#aliases.size === 0 ? address : this.resolve(address);
    const lowest = halves[low]! >>> chunkBits;
    const slot = lowest & (slots - 1);
    if (this.#slotLow[slot] === lowest && this.#slotHigh[slot] === halves[high]) return this.#slotChunk[slot]!;
    const number = halves[high]! * 2 ** (32 - chunkBits) + lowest;
    const chunk = this.#chunks.get(number) ?? this.#untouched(number, address);
    this.#keep(slot, lowest, chunk);
    return chunk;
  }

  #untouched(number: number, address: bigint): Chunk {
    if (this.#pages.has(Math.floor(number / 2))) return untouched;
    throw new MemoryFault(`address 0x${address.toString(16)} is not mapped`);
  }

  /** Likewise. */
  #writable(address: bigint): Chunk {
    const chunk = this.#chunk(address);
    if (chunk.owner === this.#token) return chunk;
    const copy: Chunk = { bytes: chunk.bytes.slice(), known: chunk.known.slice(), owner: this.#token };
    this.#own();
    const lowest = halves[low]! >>> chunkBits;
    this.#chunks.set(halves[high]! * 2 ** (32 - chunkBits) + lowest, copy);
    this.#keep(lowest & (slots - 1), lowest, copy);
    return copy;
  }

  #keep(slot: number, lowest: number, chunk: Chunk): void {
    this.#slotLow[slot] = lowest;
    this.#slotHigh[slot] = halves[high]!;
    this.#slotChunk[slot] = chunk;
  }

  /** What is shared is copied before it changes. */
  #own(): void {
    if (!this.#isShared) return;
    this.#pages = new Set(this.#pages);
    this.#chunks = new Map(this.#chunks);
    this.#regions = [...this.#regions];
    this.#isShared = false;
  }
}

const offsetMask = chunkBytes - 1;

function pageOf(address: bigint): number {
  whole[0] = address;
  return Math.floor((halves[high]! * 2 ** (32 - chunkBits) + (halves[low]! >>> chunkBits)) / 2);
}

/** Only Memory looks inside. */
export interface MemorySnapshot {
  readonly pages: Set<number>;
  readonly chunks: Map<number, Chunk>;
  readonly regions: Region[];
  readonly aliases: ReadonlyMap<bigint, bigint>;
}
