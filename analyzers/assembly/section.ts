/**
 * A section being written: bytes, and for every byte the places it came from. The one idea: sizes are known as they are
 * written, so there is one pass and an offset once given never changes.
 *
 * Example: `.section __bug_table,"aw"` … `.previous` writes there and comes back; `.pushsection` nests.
 */
import type { Place } from '../source/place.ts';

/** Bytes from `offset` up to the next span, and where they were written: the line of the file first, then macro lines. */
export interface Span {
  readonly offset: number;
  readonly origin: readonly Place[];
}

export class SectionBuilder {
  readonly name: string;
  /** Letters of the flags: a allocated, w written, x executed, M merged, S strings. */
  readonly flags: string;
  readonly type: string;
  align = 1;
  size = 0;
  readonly spans: Span[] = [];
  #room = new Uint8Array(256);

  constructor(name: string, flags: string, type: string) {
    this.name = name;
    this.flags = flags;
    this.type = type;
  }

  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.size);
  }

  append(bytes: Uint8Array, origin: readonly Place[]): void {
    this.#reserve(bytes.length, origin);
    this.#room.set(bytes, this.size);
    this.size += bytes.length;
  }

  fill(count: number, byte: number, origin: readonly Place[]): void {
    this.#reserve(count, origin);
    this.#room.fill(byte, this.size, this.size + count);
    this.size += count;
  }

  #reserve(count: number, origin: readonly Place[]): void {
    if (this.size + count > this.#room.length) {
      const room = new Uint8Array(Math.max(2 * this.#room.length, this.size + count));
      room.set(this.bytes);
      this.#room = room;
    }
    if (count > 0) this.spans.push({ offset: this.size, origin });
  }
}

/** What sections are by their name, or by what it begins with up to a second dot (elf.c of BFD, special_sections). */
const special: Readonly<Record<string, readonly [flags: string, type: string]>> = {
  '.text': ['ax', '@progbits'],
  '.init': ['ax', '@progbits'],
  '.data': ['aw', '@progbits'],
  '.bss': ['aw', '@nobits'],
  '.rodata': ['a', '@progbits'],
};

export class Sections {
  readonly all = new Map<string, SectionBuilder>();
  current: SectionBuilder;
  #previous: SectionBuilder;
  readonly #stack: (readonly [SectionBuilder, SectionBuilder])[] = [];

  constructor() {
    for (const name of ['.text', '.data', '.bss']) this.named(name, null);
    this.current = this.#previous = this.named('.text', null);
  }

  /** The section of that name; its first mention says what it is. */
  named(name: string, given: { readonly flags: string; readonly type: string } | null): SectionBuilder {
    let section = this.all.get(name);
    if (section === undefined) {
      const [flags, type] = special[/^\.[a-z]+(?=\.|$)/.exec(name)?.[0] ?? ''] ?? ['', '@progbits'];
      // Flags that say less than the name says are completed, others stand as they are given.
      const completes = given === null || [...given.flags].every((letter) => flags.includes(letter));
      section = new SectionBuilder(name, completes ? flags : given.flags, given?.type ?? type);
      this.all.set(name, section);
    }
    return section;
  }

  switchTo(section: SectionBuilder): void {
    this.#previous = this.current;
    this.current = section;
  }

  /** `.previous` exchanges the two. */
  back(): void {
    this.switchTo(this.#previous);
  }

  push(section: SectionBuilder): void {
    this.#stack.push([this.current, this.#previous]);
    this.switchTo(section);
  }

  /** @returns false where nothing was pushed */
  pop(): boolean {
    const top = this.#stack.pop();
    if (top !== undefined) [this.current, this.#previous] = top;
    return top !== undefined;
  }

  get depth(): number {
    return this.#stack.length;
  }
}
