/**
 * A break as people tell it on the list: the words of the function, an arrow where the task stands, the change made
 * meanwhile, and where the task goes on. Only the task that breaks and what is done to the function's words are told.
 *
 * Example:
 *
 *     A task calls the function:
 *
 *             <func>:
 *             nop                     <-- has executed this
 *             nop
 *
 *     First change:
 *
 *             <func>:
 *             mflr    r0
 *             nop
 */
import { type ExecutionStep, placeName, wordText } from '../../analyzers/explore/execution.ts';
import type { Break } from '../../analyzers/explore/explore.ts';
import { datumAt, layout, type Model, type ModelStep, stepAt } from '../../analyzers/machine/model.ts';
import { withNote } from './drawing.ts';
import { graceCalls } from './wording.ts';

/** Lines of the drawing. */
export function drawScenario(model: Model, found: Break): string[] {
  const drawn = drawnText(model);
  const told = found.execution.filter((step) => isTold(step, found.task, drawn));
  const segments = segmentsOf(told);
  const picture = new Picture(model, told, drawn);
  return segments.flatMap((segment, index) =>
    segment.kind === 'run'
      ? drawRun(picture, segment.steps, { last: index === segments.length - 1 })
      : drawChanges(picture, segment.steps),
  );
}

/** What happens to other tasks and outside the function is left out. */
function isTold(step: ExecutionStep, task: number, drawn: Drawn): boolean {
  switch (step.kind) {
    case 'instruction':
      return step.task === task && drawn.has(step.fetch.address);
    case 'preempt':
    case 'resume':
      return step.task === task;
    case 'dispatch':
    case 'return':
    case 'consistent':
    case 'deliver':
    case 'break':
      return false;
    default:
      return true;
  }
}

/** What is drawn, and by which name. */
interface Drawn {
  readonly text: Model['texts'][number] | undefined;
  readonly name: string;
  readonly has: (address: number) => boolean;
}

/** The function; where nothing of it is modified and something of another text is, that text. */
function drawnText({ texts, steps }: Model): Drawn {
  const isModified = (text: Model['texts'][number]) =>
    steps.some(
      (step) => step.kind === 'store' && step.address >= text.address && step.address < text.address + layout.gap,
    );
  const [f] = texts;
  const other = f !== undefined && !isModified(f) && f.address < layout.text ? texts.find(isModified) : undefined;
  if (other === undefined || other.address >= layout.tracer)
    return { text: f, name: 'func', has: (address) => address >= layout.site - layout.gap && address < layout.text };
  const { address: from, name } = other;
  return { text: other, name, has: (address) => address >= from && address < from + layout.gap };
}

type Segment = { readonly kind: 'run' | 'changes'; readonly steps: ExecutionStep[] };

/** Runs of the task and what is done between them, in turn. */
function segmentsOf(steps: readonly ExecutionStep[]): Segment[] {
  const segments: Segment[] = [];
  for (const step of steps) {
    const kind = step.kind === 'instruction' || step.kind === 'preempt' || step.kind === 'resume' ? 'run' : 'changes';
    const last = segments.at(-1);
    if (last?.kind === kind) last.steps.push(step);
    else segments.push({ kind, steps: [step] });
  }
  return segments;
}

/** The words of the call site as they are now. */
class Picture {
  readonly model: Model;
  readonly #words = new Map<number, number>();
  readonly #shown: readonly number[];
  readonly drawn: Drawn;
  changes = 0;
  /** The task has been in the function. */
  ran = false;

  constructor(model: Model, told: readonly ExecutionStep[], drawn: Drawn) {
    this.model = model;
    this.drawn = drawn;
    const { text } = drawn;
    for (const [i, word] of (text?.words ?? []).entries()) this.#words.set((text?.address ?? 0) + 4 * i, word);
    const start = drawn.name === 'func' ? layout.site : (text?.address ?? 0);
    const touched = told.flatMap((step) =>
      step.kind === 'modify' && drawn.has(step.address)
        ? [step.address]
        : step.kind === 'instruction' && !step.fixed
          ? [step.fetch.address]
          : [],
    );
    const [from, to] = [Math.min(start, ...touched), Math.max(...touched)];
    this.#shown = [...this.#words.keys()].filter((address) => address >= from && address <= to).sort((a, b) => a - b);
  }

  apply(step: ExecutionStep): void {
    if (step.kind === 'modify' && this.drawn.has(step.address)) this.#words.set(step.address, step.new);
  }

  /** @param fetched words as the task fetched them; @param notes what stands behind a word */
  lines(fetched: ReadonlyMap<number, number>, notes: ReadonlyMap<number, string>): string[] {
    const rows = this.#shown.map((address) => {
      const word = fetched.get(address) ?? this.#words.get(address) ?? 0;
      const text = wordText(this.model, { address, word }).replace(/\s+/, '\t');
      const note = notes.get(address);
      return note === undefined ? `\t${text}` : withNote(text, note);
    });
    return ['', `\t<${this.drawn.name}>:`, ...rows, ''];
  }
}

function drawRun(picture: Picture, steps: readonly ExecutionStep[], at: { last: boolean }): string[] {
  const fetched = new Map<number, number>();
  const notes = new Map<number, string>();
  const executed = steps.filter((step) => step.kind === 'instruction');
  const preempted = steps.some((step) => step.kind === 'preempt');
  const stale = executed.some((step) => !step.fetch.newest);
  for (const { fetch, fixed } of executed) {
    fetched.set(fetch.address, fetch.word);
    if (!fetch.newest) notes.set(fetch.address, 'the old word: this CPU may still hold it');
    else if (stale && !fixed) notes.set(fetch.address, 'fetched as it is now');
  }
  const stands = executed.findLast((step) => !step.fixed)?.fetch.address;
  if (stands !== undefined && !at.last) {
    const where = preempted ? 'is interrupted here, and preempted' : 'has executed this, and is interrupted';
    notes.set(stands, notes.has(stands) ? `${notes.get(stands)}; ${where}` : where);
  } else if (stands !== undefined && !notes.has(stands)) notes.set(stands, 'executes this');
  if (executed.length === 0) return [preempted ? 'The task is preempted.' : 'The task goes on.', ''];
  const first = picture.drawn.name === 'func' ? 'A task calls the function:' : 'A task comes by:';
  const heading = !picture.ran ? first : 'The task goes on:';
  picture.ran = true;
  return [heading, ...picture.lines(fetched, notes)];
}

const ordinals = ['First', 'Second', 'Third', 'Fourth', 'Fifth', 'Sixth', 'Seventh', 'Eighth'] as const;

function drawChanges(picture: Picture, steps: readonly ExecutionStep[]): string[] {
  const lines: string[] = [];
  for (const step of steps) {
    if (step.kind === 'modify') {
      picture.apply(step);
      if (!picture.drawn.has(step.address)) continue;
      lines.push(`${ordinals[picture.changes++] ?? 'Next'} change:`, ...picture.lines(new Map(), new Map()));
      continue;
    }
    const sentence = sentenceOf(picture.model, step);
    if (sentence !== null && lines.at(-2) !== sentence) lines.push(sentence, '');
  }
  return lines;
}

/** What happens to data, or to text that is freed. */
function storageSentence(model: Model, step: ModelStep | undefined): string | null {
  if (step?.kind === 'publish') {
    const name = placeName(model, step.address);
    return step.value === null ? `${name} is no longer valid.` : `${name} is set.`;
  }
  if (step?.kind !== 'free') return null;
  const datum = datumAt(model, step.address);
  return datum === null ? 'The text it branches to is freed.' : `${datum.name}, which it reads, is freed.`;
}

/** What the modifying side does between its changes, in a sentence; null for what needs none. */
function sentenceOf(model: Model, step: ExecutionStep): string | null {
  if (step.kind === 'reachable') return 'From here on tasks can call the function.';
  if (step.kind === 'stopMachine') return 'stop_machine() runs, and makes its changes.';
  if (step.kind === 'free' || step.kind === 'publish') return storageSentence(model, stepAt(model, step.step));
  if (step.kind === 'flush') return null;
  if (!('step' in step)) return null;
  const done = stepAt(model, step.step);
  if (done?.kind === 'ipi') {
    const what = done.isync ? 'runs isync on every other CPU' : 'interrupts every other CPU';
    return step.kind === 'ipi' || step.kind === 'begin'
      ? `An IPI ${what}${done.wait ? '' : ', and is not waited for'}.`
      : null;
  }
  if (done?.kind === 'gracePeriod' && step.kind === 'end') return `${graceCalls[done.flavour]} returns.`;
  return null;
}
