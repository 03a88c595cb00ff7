/**
 * The output of `git cat-file --batch`, cut into blobs as it comes: `ID blob SIZE`, the bytes, a newline; or `NAME missing`.
 * Of a blob beyond the limit only the beginning is kept, and the rest passes by.
 */
export interface Blob {
  /** null where git has no such object. */
  readonly bytes: Buffer | null;
  readonly size: number;
}

export class BatchReader {
  readonly #limits: { readonly bytesMax: number; readonly beginningBytes: number };
  /** Of a line that is not whole yet. */
  #line = '';
  #size = -1;
  #seen = 0;
  #kept = 0;
  #parts: Buffer[] = [];

  constructor(limits: { readonly bytesMax: number; readonly beginningBytes: number }) {
    this.#limits = limits;
  }

  /** @returns the blobs that are whole with this chunk */
  *push(chunk: Buffer): Generator<Blob> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#size < 0) {
        const end = chunk.indexOf(0x0a, at);
        this.#line += chunk.toString('latin1', at, end < 0 ? chunk.length : end);
        if (end < 0) return;
        at = end + 1;
        const size = / (\d+)$/.exec(this.#line);
        if (size === null) yield { bytes: null, size: 0 };
        else this.#size = Number(size[1]);
        this.#line = '';
        continue;
      }
      // The blob and the newline behind it.
      const part = chunk.subarray(at, at + this.#size + 1 - this.#seen);
      this.#keep(part);
      this.#seen += part.length;
      at += part.length;
      if (this.#seen <= this.#size) continue;
      const bytes = Buffer.concat(this.#parts);
      yield { bytes, size: this.#size };
      [this.#size, this.#seen, this.#kept, this.#parts] = [-1, 0, 0, []];
    }
  }

  #keep(part: Buffer): void {
    const { bytesMax, beginningBytes } = this.#limits;
    const wanted = (this.#size > bytesMax ? beginningBytes : this.#size) - this.#kept;
    if (wanted <= 0) return;
    const kept = part.subarray(0, wanted);
    this.#parts.push(kept);
    this.#kept += kept.length;
  }
}
