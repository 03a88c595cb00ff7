/**
 * The words that are shown: of each text that something is done to, or that tasks pass, with all versions of those that change.
 */
import { type ExecutionStep, placeName, wordText } from '../../analyzers/explore/execution.ts';
import { layout } from '../../analyzers/machine/layout.ts';
import type { Model } from '../../analyzers/machine/model.ts';
import type { Timeline } from '../../analyzers/machine/timeline.ts';
import { leftover, toc } from '../../analyzers/machine/tracer.ts';
import type { Source } from './steps.ts';

interface Version {
  readonly word: number;
  readonly text: string;
  /** The step of the model that stores it; -1: it is there from the start. */
  readonly step: number;
  readonly source: Source | null;
}

export interface Word {
  readonly address: number;
  readonly place: string;
  /** The text it is in. */
  readonly of: string;
  /** Its index in the timeline; -1: it never changes. */
  readonly index: number;
  /** Oldest first; one where it never changes. */
  readonly versions: readonly Version[];
}

/** Of a text that nothing is done to, and longer than this, only what is executed. */
const wholeMax = 16;
const wordsMax = 120;

export function shownWords(
  model: Model,
  { addresses, versions }: Timeline,
  { execution, sources }: { execution: readonly ExecutionStep[]; sources: readonly (Source | null)[] },
): readonly Word[] {
  const executed = new Set(execution.flatMap((step) => (step.kind === 'instruction' ? [step.fetch.address] : [])));
  const words = model.texts.flatMap((text, i) => {
    const all = text.words.map((word, k) => ({ word, behind: text.words[k + 1] ?? 0, address: text.address + 4 * k }));
    const passed = all.filter(({ address }) => executed.has(address) || addresses.includes(address));
    const whole = text.words.length <= wholeMax && (i === 0 || passed.length > 0);
    return (whole ? all : passed).map(({ word, behind, address }): Word => {
      const index = addresses.indexOf(address);
      const stored = index < 0 ? [{ value: word, step: -1 }] : (versions[index] ?? []);
      return {
        address,
        place: placeName(model, address),
        of: i === 0 ? 'func' : text.name,
        index,
        versions: stored.map(({ value, step }) => ({
          word: value,
          text: wordText(model, { address, word: value, suffix: behind }),
          step,
          source: sources[step] ?? null,
        })),
      };
    });
  });
  return words.slice(0, wordsMax);
}

/** What a register holds, by its name where it has one. */
export function valueText(model: Model, value: bigint): string {
  const known = names.get(value);
  if (known !== undefined) return known;
  if (value >= BigInt(layout.site - layout.gap) && value <= BigInt(layout.wild)) {
    const name = placeName(model, Number(value));
    if (!name.startsWith('0x')) return name;
  }
  return value.toString(16);
}

const names: ReadonlyMap<bigint, string> = new Map([
  [toc.kernel, 'kernel TOC'],
  [toc.module, 'module TOC'],
  [leftover.r0, 'left over'],
  [leftover.slot, 'left over'],
]);
