/**
 * Data storage: what a load finds outside the stack. Data words (an ops pointer, a field of the paca, an entry of the TOC)
 * and text read as data, byte by byte, always in the newest version: unlike a fetch, a load is coherent.
 *
 * Example: `ld r11,-16(r12)` of the call-ops tracer finds the pointer that was published last; before that there is none.
 */
import { type Mode, storeValue } from '../power/processor.ts';
import { layout } from './layout.ts';
import type { DataWord } from './model.ts';
import type { Point, Timeline } from './timeline.ts';

/** Why a load finds nothing it may use. */
export type DataFault = 'uninitialised-data' | 'freed-data' | 'unknown-data';

/** A byte's value, or why there is none; `changing`: it has versions, and which one was not said. */
type Found = number | DataFault | 'changing';

/** A data word in its place. */
interface Cell {
  readonly word: DataWord;
  /** Index of the changing datum; -1 for one that never changes. */
  readonly changing: number;
}

export class DataStorage {
  /** By the doubleword that they lie in: none crosses one. */
  readonly #cells = new Map<number, Cell[]>();
  readonly #text: ReadonlyMap<number, number>;
  readonly #modified: ReadonlyMap<number, number>;
  readonly #timeline: Timeline;
  readonly #littleEndian: boolean;
  readonly #freeable: ReadonlySet<number>;

  /** @param text the words of text before any modification, by address */
  constructor(data: readonly DataWord[], text: ReadonlyMap<number, number>, timeline: Timeline, mode: Mode) {
    this.#text = text;
    this.#timeline = timeline;
    this.#littleEndian = mode.littleEndian;
    this.#modified = new Map(timeline.addresses.map((address, index) => [address, index]));
    this.#freeable = new Set(timeline.end.freed.map(textBlock));
    for (const word of data) {
      const changing = timeline.data.findIndex((datum) => datum.word === word);
      const cell = { word, changing };
      const beside = this.#cells.get(doubleword(word.address));
      if (beside === undefined) this.#cells.set(doubleword(word.address), [cell]);
      else beside.push(cell);
    }
  }

  /** Is there data or text, of nobody's own? */
  has(address: number): boolean {
    const cell = this.#cellAt(address);
    return cell === undefined ? this.#text.has(wordAddress(address)) : !cell.word.private;
  }

  /** Is it a byte of which each task has its own? */
  isPrivate(address: number): boolean {
    return this.#cellAt(address)?.word.private === true;
  }

  /** The byte as it is at a point of the timeline; null: at any. */
  read(address: number, now: Point | null): Found {
    const cell = this.#cellAt(address);
    return cell === undefined ? this.#readText(address, now) : this.#readData(cell, address, now);
  }

  #cellAt(address: number): Cell | undefined {
    const cells = this.#cells.get(doubleword(address));
    return cells?.findLast(({ word }) => address >= word.address && address < word.address + word.bytes);
  }

  #readData({ word, changing }: Cell, address: number, now: Point | null): Found {
    if (changing >= 0 && now === null) return 'changing';
    if (changing >= 0 && now?.freedData.includes(changing)) return 'freed-data';
    const datum = this.#timeline.data[changing];
    const value = datum === undefined ? word.value : (datum.versions[now?.data[changing] ?? 0]?.value ?? null);
    const byte = address - word.address;
    const shift = 8 * (this.#littleEndian ? byte : word.bytes - 1 - byte);
    return value === null ? 'uninitialised-data' : Number((value >> BigInt(shift)) & 0xffn);
  }

  #readText(address: number, now: Point | null): Found {
    const at = wordAddress(address);
    const index = this.#modified.get(at);
    if (now === null && (index !== undefined || this.#freeable.has(textBlock(at)))) return 'changing';
    if (now?.freed.some((freed) => textBlock(freed) === textBlock(at))) return 'freed-data';
    const version = index === undefined ? undefined : this.#timeline.versions[index]?.[now?.newest[index] ?? 0];
    const word = version?.value ?? this.#text.get(at) ?? 0;
    const byte = address - at;
    return (word >>> (8 * (this.#littleEndian ? byte : 3 - byte))) & 0xff;
  }
}

/** The bytes that each task has of its own, as they are when it calls the function. */
export function privateBytes(data: readonly DataWord[], mode: Mode): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>();
  const memory = {
    has: () => true,
    read: () => 0,
    write: (address: number, byte: number) => bytes.set(address, byte),
  };
  for (const { private: own, address, bytes: length, value } of data)
    if (own && value !== null) storeValue(memory, address, length, { ...mode, value });
  return bytes;
}

const doubleword = (address: number) => address - (address % 8);
const wordAddress = (address: number) => address - (address % 4);
/** Texts lie in blocks of their own, and are freed as a whole. */
const textBlock = (address: number) => address - (address % layout.gap);
