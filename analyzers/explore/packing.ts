/**
 * Where the numbers of a state stand in its 32-bit words: one behind the other, none across two words.
 *
 * Example: widths 3, 2, 2, 8, 8, 8, 8 are two words, the last number alone in the second… but for what fits the first.
 */
export class Packing {
  /** Words of a state. */
  readonly stride: number;
  /** Per number: its word, and how far up in it. */
  readonly words: Int32Array;
  readonly shifts: Int32Array;
  readonly #masks: Int32Array;

  /** @param widths in bits, each at most 32 */
  constructor(widths: readonly number[]) {
    this.words = new Int32Array(widths.length);
    this.shifts = new Int32Array(widths.length);
    this.#masks = Int32Array.from(widths, (width) => 2 ** width - 1);
    let word = 0;
    let used = 0;
    for (const [i, width] of widths.entries()) {
      if (used + width > 32) {
        word++;
        used = 0;
      }
      this.words[i] = word;
      this.shifts[i] = used;
      used += width;
    }
    this.stride = word + 1;
  }

  unpack(from: Int32Array, at: number, to: Int32Array): void {
    const { words, shifts } = this;
    const masks = this.#masks;
    for (let i = 0; i < to.length; i++) to[i] = (from[at + words[i]!]! >>> shifts[i]!) & masks[i]!;
  }

  pack(from: Int32Array, to: Int32Array, at: number): void {
    const { words, shifts } = this;
    for (let word = 0; word < this.stride; word++) to[at + word] = 0;
    for (let i = 0; i < from.length; i++) to[at + words[i]!]! |= from[i]! << shifts[i]!;
  }
}

/** The bits that so many different numbers from 0 take. */
export const bitsFor = (count: number): number => Math.max(1, 32 - Math.clz32(count - 1));
