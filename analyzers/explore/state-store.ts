/**
 * All states of a search, each once. States lie one after the other in the order they were found, in one typed array; a hash
 * table holds them a second time and finds them again. No object per state.
 *
 * The one idea: states come in batches. A batch is hashed, then every slot is looked at once without waiting for what is in it,
 * then each state is found or entered: so the processor fetches many slots from memory at a time, and a large table costs a
 * fraction of what it does when each lookup waits for its own.
 */

/** Slots in use, of all: at most. */
const loadMax = 0.75;

/** States to be looked up together, in order. */
export class Batch {
  readonly stride: number;
  words: Int32Array;
  count = 0;

  constructor(stride: number, capacity: number) {
    this.stride = stride;
    this.words = new Int32Array(stride * capacity);
  }

  /** Makes room for so many states more. */
  reserve(more: number): void {
    const length = (this.count + more) * this.stride;
    if (length > this.words.length) this.words = larger(this.words, length);
  }
}

export class StateStore {
  readonly stride: number;
  /** The states as found, `stride` numbers each; the first number of a state is never 0. */
  words: Int32Array;
  size = 0;
  /** States by hash, `stride` numbers a slot; 0 in the first: free. */
  #table: Int32Array;
  #slots: Int32Array = new Int32Array(256);
  /** What was looked at: for its sake the compiler keeps the looking. */
  touched = 0;

  constructor(stride: number) {
    this.stride = stride;
    // Most searches meet a hundred states or less.
    this.words = new Int32Array(stride * 256);
    this.#table = new Int32Array(stride * 512);
  }

  /** Enters the states of a batch that are new, in their order, and empties the batch. */
  add(batch: Batch): void {
    const { count } = batch;
    const length = (this.size + count) * this.stride;
    while (length > loadMax * this.#table.length) this.#grow();
    this.words = larger(this.words, length);
    this.#slots = larger(this.#slots, count);
    this.#enter(batch.words, 0, count);
    batch.count = 0;
  }

  /** Where the search for each state begins. */
  #locate(words: Int32Array, from: number, count: number): void {
    const { stride } = this;
    const table = this.#table;
    const slots = this.#slots;
    const mask = table.length / stride - 1;
    for (let i = 0, at = from; i < count; i++) {
      let hash = 0;
      for (let end = at + stride; at < end; at++) {
        hash = Math.imul(hash ^ words[at]!, 0x9e3779b1);
        hash ^= hash >>> 15;
      }
      hash = Math.imul(hash, 0x85ebca6b);
      slots[i] = ((hash ^ (hash >>> 13)) & mask) * stride;
    }
    let seen = 0;
    for (let i = 0; i < count; i++) seen ^= table[slots[i]!]!;
    this.touched ^= seen;
  }

  /** Enters those of `count` states that are new, from this one of `words` on. */
  #enter(words: Int32Array, from: number, count: number): void {
    this.#locate(words, from * this.stride, count);
    const { stride, words: found } = this;
    const table = this.#table;
    const slots = this.#slots;
    const { length } = table;
    let end = this.size * stride;
    for (let i = 0, at = from * stride; i < count; i++, at += stride) {
      const first = words[at]!;
      let slot = slots[i]!;
      for (;;) {
        const other = table[slot]!;
        if (other === first) {
          let same = 1;
          while (same < stride && table[slot + same] === words[at + same]) same++;
          if (same === stride) break;
        } else if (other === 0) {
          for (let word = 0; word < stride; word++) {
            table[slot + word] = words[at + word]!;
            found[end++] = words[at + word]!;
          }
          break;
        }
        slot += stride;
        if (slot === length) slot = 0;
      }
    }
    this.size = end / stride;
  }

  /** All states are entered again, into a larger table; each is written where it stands already. */
  #grow(): void {
    const { size } = this;
    this.#table = new Int32Array(2 * this.#table.length);
    this.size = 0;
    const most = this.#slots.length;
    for (let left = size; left > 0; left -= most) this.#enter(this.words, size - left, Math.min(most, left));
  }
}

/** These numbers, with room for so many. */
function larger(numbers: Int32Array, least: number): Int32Array {
  let { length } = numbers;
  while (length < least) length *= 2;
  if (length === numbers.length) return numbers;
  const grown = new Int32Array(length);
  grown.set(numbers);
  return grown;
}
