/**
 * An execution as values: everything that happened, in order, instruction by instruction, for people to follow. The one
 * idea: it is complete by itself; who shows it needs the model only for the names of addresses.
 *
 * Example: dispatch task 0 · task 0 fetches nop at f+0 · modify f+0 · modify f+4 · task 0 fetches bl at f+4 · … · break.
 */
import type { CheckId } from '../checks/checks.ts';
import { layout } from '../machine/layout.ts';
import { datumAt, type Model } from '../machine/model.ts';
import { disassemble } from '../power/text.ts';

/** A word as a task fetched it. `step`: the model step that stored this version, -1 for the initial image. */
export interface Fetch {
  readonly address: number;
  readonly word: number;
  readonly step: number;
  readonly newest: boolean;
}

export interface InstructionStep {
  readonly kind: 'instruction';
  readonly task: number;
  readonly cpu: number;
  readonly fetch: Fetch;
  /** The word behind it, with which a prefixed instruction ends. */
  readonly suffix: number;
  readonly changed: readonly (readonly [register: string, value: bigint])[];
  /** True for words that never change in this model. */
  readonly fixed: boolean;
}

export type ExecutionStep =
  | InstructionStep
  | {
      readonly kind: 'modify' | 'consistent';
      readonly step: number;
      readonly address: number;
      readonly old: number;
      readonly new: number;
    }
  | {
      readonly kind: 'flush' | 'ipi' | 'begin' | 'end' | 'stopMachine' | 'publish' | 'reachable' | 'free';
      readonly step: number;
    }
  | { readonly kind: 'dispatch' | 'preempt' | 'resume' | 'return'; readonly task: number; readonly cpu: number }
  | { readonly kind: 'deliver'; readonly cpu: number }
  | {
      readonly kind: 'break';
      readonly task: number;
      readonly check: CheckId;
      readonly nia: number;
      /** Of a wrong return address: what it was taken from, by the value that was left there for this. */
      readonly via: 'r0' | 'stack' | null;
    };

/** `f+4`, `ftrace_caller`, `caller`; a bare number where nothing is. Offsets are hexadecimal. */
export function placeName(model: Model, address: number): string {
  const named = (name: string, offset: number) => {
    if (offset > 0) return `${name}+${offset.toString(16)}`;
    return offset === 0 ? name : `${name}${offset.toString(16)}`;
  };
  for (const [i, { name, address: from, words }] of model.texts.entries()) {
    // The function may have words before its entry; other texts begin where they are entered.
    if (address >= from && address < from + 4 * words.length)
      return named(name, address - (i === 0 ? layout.site : from));
  }
  for (const [i, name] of model.tracers.entries()) {
    const offset = address - layout.tracer - i * layout.gap;
    if (offset >= 0 && offset < layout.gap) return named(name, offset);
  }
  const datum = datumAt(model, address);
  // Words of one name are one object.
  if (datum !== null)
    return named(datum.name, address - (model.data.find(({ name }) => name === datum.name) ?? datum).address);
  return address === layout.caller ? 'caller' : `0x${address.toString(16)}`;
}

/** The text that an address is in, by its name. */
export const textName = (model: Model, address: number) => placeName(model, address).replace(/\+.*/, '');

/** What was executed, as wordText() has it. */
export const instructionText = (model: Model, { fetch, suffix }: InstructionStep) =>
  wordText(model, { ...fetch, suffix });

/** A word as objdump prints it where it lies, with names for the targets of branches. */
export function wordText(model: Model, at: { address: number; word: number; suffix?: number }): string {
  const text = disassemble(at.word, BigInt(at.address), at.suffix);
  return text.startsWith('b') ? text.replace(/0x.*/, (target) => placeName(model, Number(target))) : text;
}
