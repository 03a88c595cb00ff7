/**
 * What a task may execute next: of the word it stands at, each version its CPU may see; a prefix with each version of its
 * suffix that may be fetched with it.
 *
 * Example: a task that stands at a word that is nop, then bl, on a CPU that may still hold the nop, has two ways on.
 */
import { isPrefix } from '../power/code.ts';
import type { Contexts, Reached } from './contexts.ts';
import type { Span } from './prefixed.ts';
import type { Point, Timeline } from './timeline.ts';
import { type Departure, Windows } from './window.ts';

/** Which versions of a word a CPU may fetch. */
export type SpanOf = (word: number) => Span;
/** `version` and `suffix`: what was fetched, 0 for words that never change. */
export type Take = (version: number, suffix: number, reached: Reached) => void;

export class Fetches {
  /** The worst window met so far, at the architecture level. */
  departure: Departure = 0;
  readonly #contexts: Contexts;
  readonly #timeline: Timeline;
  readonly #windows: Windows;
  /** By context: the index of the modified word it stands at, -1 for none. */
  readonly #wordOf: number[] = [];

  constructor(contexts: Contexts) {
    this.#contexts = contexts;
    this.#timeline = contexts.emulation.timeline;
    this.#windows = new Windows(this.#timeline.versions);
  }

  /** The index of the modified word at a context, or of the one behind it; -1: that word never changes. */
  wordAt(context: number, behind = 0): number {
    const { addresses } = this.#timeline;
    if (behind > 0) return addresses.indexOf(this.#contexts.context(context).nia + behind);
    const word = this.#wordOf[context] ?? addresses.indexOf(this.#contexts.context(context).nia);
    this.#wordOf[context] = word;
    return word;
  }

  /** All ways on from a context. */
  from(context: number, now: Point, spanOf: SpanOf, take: Take): void {
    const word = this.wordAt(context);
    const { nia } = this.#contexts.context(context);
    const { prefixed } = this.#contexts.emulation;
    const pairs = prefixed.has(nia);
    if (pairs) this.#pairs(context, now, spanOf, take);
    if (word < 0) {
      if (!pairs) take(0, 0, this.#contexts.step(context, this.#contexts.emulation.word(nia) ?? 0, now));
      return;
    }
    for (const version of this.#window(word, spanOf(word))) {
      const value = this.#timeline.versions[word]?.[version]?.value ?? 0;
      if (isPrefix(value)) continue;
      const reached = this.#contexts.step(context, value, now);
      take(version, 0, prefixed.isHalf(nia, value) ? torn(reached) : reached);
    }
  }

  /** Of a word by itself, oldest first. */
  versionsIn(word: number, { floor, newest }: Span): readonly number[] {
    return this.#windows.of(word, floor, newest).versions;
  }

  #pairs(context: number, now: Point, spanOf: SpanOf, take: Take): void {
    const { prefixed } = this.#contexts.emulation;
    const { nia } = this.#contexts.context(context);
    const [word, behind] = [this.wordAt(context), this.wordAt(context, 4)];
    const of = (index: number) => (index < 0 ? always : spanOf(index));
    const [first, second] = [of(word), of(behind)];
    if (behind >= 0) this.#window(behind, second);
    for (const [version, suffix] of prefixed.window(nia, first, second)) {
      const [value, other] = [prefixed.value(nia, version), prefixed.value(nia + 4, suffix)];
      const reached = this.#contexts.step(context, value, now, other);
      take(version, suffix, prefixed.isTorn(nia, value, other) ? torn(reached) : reached);
    }
  }

  #window(word: number, { floor, newest }: Span): readonly number[] {
    const window = this.#windows.of(word, floor, newest);
    if (window.departure > this.departure) this.departure = window.departure;
    return window.versions;
  }
}

/** Of a word that never changes. */
const always: Span = { floor: 0, newest: 0 };
const torn = (reached: Reached): Reached => ({ ...reached, check: 'torn-instruction' });
