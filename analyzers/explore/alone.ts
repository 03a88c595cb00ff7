/**
 * The sequential level: all steps of the model, then one task through the function. Most models break nowhere, and then the
 * way is all that is asked for; where one does, it is gone again and told.
 */
import { checkTraced } from '../checks/checks.ts';
import { Emulation } from '../machine/emulation.ts';
import { inTracer, layout } from '../machine/layout.ts';
import type { Model } from '../machine/model.ts';
import type { Scratch } from '../machine/processor.ts';
import { isPrefix } from '../power/code.ts';
import type { ExecutionStep, Fetch } from './execution.ts';
import { type Replayed, tellMicro } from './replay.ts';
import { brokenStep, type Fetched, walk } from './walk.ts';

/**
 * Told in full.
 * @param expected is the task to reach the tracer? null expects nothing
 */
export function runAlone(
  model: Model,
  expected: boolean | null,
  emulation = new Emulation(model),
): Replayed & { readonly traced: boolean } {
  const { end } = emulation.timeline;
  const execution = tellSteps(emulation);
  const fetches: Fetch[] = [];
  execution.push({ kind: 'dispatch', task: 0, cpu: 0 });
  let reachedFreed: number | null = null;
  const fetch = (nia: number) => {
    if (!isFreed(emulation, nia)) return newest(emulation, nia);
    reachedFreed = nia;
    return 'stop';
  };
  const walked = walk(
    { emulation, task: 0, cpu: 0, fetch, now: () => end, breaks: null, execution, fetches },
    emulation.caller(),
  );
  if (reachedFreed !== null) execution.push(brokenStep(0, 'freed-target', reachedFreed));
  const traced = execution.some((step) => step.kind === 'instruction' && inTracer(step.fetch.address));
  const broken = reachedFreed === null ? walked : 'freed-target';
  const check = broken ?? checkTraced(expected, traced);
  if (broken === null && check !== null) execution.push(brokenStep(0, check, layout.caller));
  return { execution, check, task: 0, fetches, problem: null, traced };
}

interface Passed {
  /** The addresses executed, in order. */
  readonly path: readonly number[];
  readonly traced: boolean;
  /** What runAlone() would tell. */
  readonly steps: number;
}

/** The same, not told; null where it breaks. */
export function passAlone(emulation: Emulation, expected: boolean | null): Passed | null {
  const { end } = emulation.timeline;
  const path: number[] = [];
  const scratch: Scratch = { memory: null };
  let context = emulation.caller();
  let byReturn = false;
  let arrival = emulation.arrive(context, byReturn);
  for (; arrival === null; arrival = emulation.arrive(context, byReturn)) {
    const { nia } = context;
    if (isFreed(emulation, nia)) return null;
    const fetched = newest(emulation, nia);
    const word = fetched?.value ?? emulation.word(nia) ?? 0;
    const next = emulation.one(context, word, { suffix: fetched?.suffix?.value, now: end, scratch });
    if (next.check !== null) return null;
    path.push(nia);
    ({ context, byReturn } = next);
  }
  const traced = path.some(inTracer);
  if (arrival.check !== null || checkTraced(expected, traced) !== null) return null;
  // It is dispatched, and returns.
  return { path, traced, steps: tellSteps(emulation).length + path.length + 2 };
}

const tellSteps = ({ timeline }: Emulation): ExecutionStep[] =>
  timeline.lines.flatMap((line) => [...line.micro.keys()].flatMap((point) => tellMicro(timeline, line, point)));

/** The word at an address once all steps are done; null: it never changes. */
function newest(emulation: Emulation, nia: number): Fetched | null {
  const [word, suffix] = [last(emulation, nia), last(emulation, nia + 4)];
  const value = word?.value ?? emulation.word(nia) ?? 0;
  if (!isPrefix(value)) return word;
  return suffix === null ? word : { value, step: word?.step ?? -1, newest: true, suffix };
}

function last({ timeline: { addresses, versions } }: Emulation, address: number): Fetched | null {
  const version = versions[addresses.indexOf(address)]?.at(-1);
  return version === undefined ? null : { ...version, newest: true, suffix: null };
}

const isFreed = ({ timeline }: Emulation, nia: number) =>
  timeline.end.freed.some((freed) => freed - (freed % layout.gap) === nia - (nia % layout.gap));
