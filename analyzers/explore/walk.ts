/**
 * A task walked through the function, instruction by instruction. What a search takes in one go (words that never change)
 * is told in full here, so that a person sees every instruction.
 */
import type { CheckId } from '../checks/checks.ts';
import type { Emulation } from '../machine/emulation.ts';
import type { Context } from '../machine/processor.ts';
import type { Point } from '../machine/timeline.ts';
import { leftover } from '../machine/tracer.ts';
import type { ExecutionStep, Fetch } from './execution.ts';

/** A word that a fetch got, where it changes in the model. */
export interface Fetched {
  readonly value: number;
  /** The model step that stored it, -1 for the initial image. */
  readonly step: number;
  readonly newest: boolean;
  /** The word behind it, for a prefix whose suffix changes too. */
  readonly suffix: Fetched | null;
}

export interface Walk {
  readonly emulation: Emulation;
  readonly task: number;
  readonly cpu: number;
  /** Asked before each instruction: stop here, or go on with this word; null: the word never changes. */
  readonly fetch: (nia: number) => Fetched | null | 'stop';
  /** Asked before each instruction: what its loads see; null: stop before one that loads what changes. */
  readonly now: () => Point | null;
  /** The first instruction breaks in this way, whatever it would do. */
  readonly breaks: CheckId | null;
  /** Grows by what happens. */
  readonly execution: ExecutionStep[];
  /** Grows by the words that may change. */
  readonly fetches: Fetch[];
}

/** Walks until `fetch` says stop, the task is back at its caller, or something breaks (going round in circles does). */
export function walk(options: Walk, from: Context): CheckId | null {
  const { emulation, task, cpu, execution, fetches } = options;
  let context = from;
  let byReturn = false;
  for (;;) {
    const arrival = emulation.arrive(context, byReturn);
    if (arrival !== null) {
      if (arrival.check === null) execution.push({ kind: 'return', task, cpu });
      else execution.push(brokenStep(task, arrival.check, context.nia));
      return arrival.check;
    }
    const fetched = options.fetch(context.nia);
    if (fetched === 'stop') return null;
    const { nia: address } = context;
    const word = fetched?.value ?? emulation.word(address) ?? 0;
    const fetch = fetchOf(address, fetched ?? { value: word, step: -1, newest: true, suffix: null });
    const next = emulation.one(context, word, { suffix: fetched?.suffix?.value, now: options.now() });
    if (next.changing) return null;
    if (fetched !== null) fetches.push(fetch);
    if (fetched?.suffix) fetches.push(fetchOf(address + 4, fetched.suffix));
    const suffix = fetched?.suffix?.value ?? emulation.word(address + 4) ?? 0;
    const changed = options.breaks === null ? changes(context, next.context) : [];
    execution.push({ kind: 'instruction', task, cpu, fetch, suffix, changed, fixed: fetched === null });
    const check = options.breaks ?? next.check;
    if (check !== null) {
      execution.push(brokenStep(task, check, address));
      return check;
    }
    context = next.context;
    byReturn = next.byReturn;
  }
}

const fetchOf = (address: number, { value, step, newest }: Fetched): Fetch => ({ address, word: value, step, newest });

/** The last step of an execution that breaks. */
export function brokenStep(task: number, check: CheckId, nia: number): ExecutionStep & { kind: 'break' } {
  const via = BigInt(nia) === leftover.r0 ? 'r0' : BigInt(nia) === leftover.slot ? 'stack' : null;
  return { kind: 'break', task, check, nia, via };
}

function changes(before: Context, after: Context): [string, bigint][] {
  const list: [string, bigint][] = [];
  for (const [register, value] of after.gpr.entries())
    if (value !== before.gpr[register]) list.push([`r${register}`, value]);
  if (after.lr !== before.lr) list.push(['lr', after.lr]);
  if (after.ctr !== before.ctr) list.push(['ctr', after.ctr]);
  if (after.cr !== before.cr) list.push(['cr', BigInt(after.cr)]);
  if (after.xer !== before.xer) list.push(['xer', BigInt(after.xer)]);
  return list;
}
