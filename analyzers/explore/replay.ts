/**
 * An execution, instruction by instruction: the same choices on the same machine, told in full. What a search takes in one
 * go (words that never change) is walked through here, so that a person sees every instruction.
 */
import type { CheckId } from '../checks/checks.ts';
import { Contexts } from '../machine/contexts.ts';
import type { Model } from '../machine/model.ts';
import { layout } from '../machine/model.ts';
import type { Context } from '../machine/processor.ts';
import { type Action, type System, unpackAction } from '../machine/system.ts';
import { timelineOf } from '../machine/timeline.ts';
import { disassemble } from '../power/text.ts';

/** A modified word as a task fetched it. `step`: the model step that stored this version, -1 for the initial image. */
export interface Fetch {
  readonly address: number;
  readonly word: number;
  readonly step: number;
  readonly newest: boolean;
}

export type ExecutionStep =
  | {
      readonly kind: 'instruction';
      readonly task: number;
      readonly cpu: number;
      readonly fetch: Fetch;
      readonly text: string;
      readonly changed: readonly (readonly [register: string, value: bigint])[];
      /** True for words that never change in this model. */
      readonly fixed: boolean;
    }
  | {
      readonly kind: 'modify' | 'consistent';
      readonly step: number;
      readonly address: number;
      readonly old: number;
      readonly new: number;
    }
  | { readonly kind: 'flush' | 'ipi' | 'begin' | 'end' | 'stopMachine' | 'reachable' | 'free'; readonly step: number }
  | { readonly kind: 'dispatch' | 'preempt' | 'resume' | 'return'; readonly task: number; readonly cpu: number }
  | { readonly kind: 'deliver'; readonly cpu: number }
  | { readonly kind: 'break'; readonly task: number; readonly check: CheckId; readonly nia: number };

interface Replayed {
  readonly execution: readonly ExecutionStep[];
  readonly check: CheckId | null;
  readonly task: number;
  readonly fetches: readonly Fetch[];
  /** In words, where a choice was not possible; the execution up to there is kept. */
  readonly problem: string | null;
}

/** @param system with symmetry off, so that tasks and CPUs keep their names */
export function replayActions(system: System, actions: readonly number[]): Replayed {
  const execution: ExecutionStep[] = [];
  const fetches = new Map<number, Fetch[]>();
  let state = system.initial();
  for (const [index, code] of actions.entries()) {
    const wanted = unpackAction(code);
    const taken = take(system, state, wanted);
    if (taken === null) {
      return {
        execution,
        check: null,
        task: 0,
        fetches: [],
        problem: `choice ${index + 1} (${wanted.kind}) is not possible there`,
      };
    }
    tell(system, state, taken.action, execution, fetches);
    state = taken.next;
    if (taken.check === null) continue;
    const task = taken.action.task;
    return { execution, check: taken.check, task, fetches: fetches.get(task) ?? [], problem: null };
  }
  return { execution, check: null, task: 0, fetches: [], problem: null };
}

/** All steps of the model, then one task through the function: the sequential level. */
export function runAlone(model: Model): Replayed & { readonly traced: boolean } {
  const contexts = new Contexts(model);
  const timeline = timelineOf(model, (address) => contexts.word(address) ?? 0);
  const execution: ExecutionStep[] = [];
  for (const point of timeline.micro.keys()) execution.push(...tellMicro(timeline, point));
  const fetches: Fetch[] = [];
  execution.push({ kind: 'dispatch', task: 0, cpu: 0 });
  const walked = walk(
    contexts,
    contexts.caller(),
    { task: 0, cpu: 0 },
    (nia) => {
      const word = timeline.addresses.indexOf(nia);
      const newest = word < 0 ? undefined : timeline.versions[word]?.at(-1);
      return newest === undefined ? null : { value: newest.value, step: newest.step, newest: true };
    },
    execution,
    fetches,
    () => true,
  );
  const traced = execution.some(
    (step) => step.kind === 'instruction' && step.fetch.address >= layout.tracer && step.fetch.address < layout.caller,
  );
  return { execution, check: walked, task: 0, fetches, problem: null, traced };
}

function take(
  system: System,
  state: Uint16Array,
  wanted: Action,
): { action: Action; next: Uint16Array; check: CheckId | null } | null {
  let taken: { action: Action; next: Uint16Array; check: CheckId | null } | null = null;
  system.successors(state, (next, code, _cost, check) => {
    const action = unpackAction(code);
    if (taken !== null || action.kind !== wanted.kind) return;
    const needsCpu = action.kind === 'dispatch' || action.kind === 'resume' || action.kind === 'deliver';
    if (needsCpu && action.cpu !== wanted.cpu) return;
    if (action.kind !== 'modify' && action.kind !== 'deliver' && action.task !== wanted.task) return;
    if (action.kind === 'step' && action.version !== wanted.version && system.fetchable(state, action.task) !== null)
      return;
    taken = { action, next: next.slice(), check };
  });
  return taken;
}

function tell(
  system: System,
  state: Uint16Array,
  action: Action,
  execution: ExecutionStep[],
  fetches: Map<number, Fetch[]>,
): void {
  const { task } = action;
  switch (action.kind) {
    case 'modify':
      execution.push(...tellMicro(system.timeline, state[0] ?? 0));
      return;
    case 'deliver':
      execution.push({ kind: 'deliver', cpu: action.cpu });
      return;
    case 'preempt':
    case 'resume':
      execution.push({
        kind: action.kind,
        task,
        cpu: action.kind === 'preempt' ? system.cpuOf(state, task) : action.cpu,
      });
      return;
    case 'dispatch': {
      execution.push({ kind: 'dispatch', task, cpu: action.cpu });
      const list: Fetch[] = [];
      fetches.set(task, list);
      // Up to the first word that may change, which the task's next step fetches.
      walk(
        system.contexts,
        system.contexts.caller(),
        { task, cpu: action.cpu },
        () => null,
        execution,
        list,
        (nia) => !system.contexts.visible.has(nia),
      );
      return;
    }
    case 'step':
      tellStep(system, state, action, execution, fetches);
  }
}

function tellStep(
  system: System,
  state: Uint16Array,
  action: Action,
  execution: ExecutionStep[],
  fetches: Map<number, Fetch[]>,
): void {
  const { task } = action;
  const cpu = system.cpuOf(state, task);
  const context = system.contexts.context(system.contextOf(state, task));
  const choices = system.fetchable(state, task);
  const list = fetches.get(task) ?? [];
  fetches.set(task, list);
  const freed = system.timeline.freed[state[0] ?? 0]?.some(
    (from) => context.nia >= from && context.nia < from + layout.gap,
  );
  if (freed === true) {
    execution.push({ kind: 'break', task, check: 'freed-target', nia: context.nia });
    return;
  }
  let first = true;
  walk(
    system.contexts,
    context,
    { task, cpu },
    () => {
      if (!first || choices === null) return null;
      const version = system.timeline.versions[choices.word]?.[action.version];
      return version === undefined
        ? null
        : { value: version.value, step: version.step, newest: action.version === choices.to };
    },
    execution,
    list,
    (nia) => {
      const go = first || !system.contexts.visible.has(nia);
      first = false;
      return go;
    },
  );
}

type Choice = { readonly value: number; readonly step: number; readonly newest: boolean };

/**
 * Walks a task from a context on, telling each instruction, while `goesOn` says so; ends at the caller or at a break.
 * `goesOn` is asked before each instruction, `choose` for the word at it (null: the word never changes).
 */
function walk(
  contexts: Contexts,
  from: Context,
  who: { task: number; cpu: number },
  choose: (nia: number) => Choice | null,
  execution: ExecutionStep[],
  fetches: Fetch[],
  goesOn: (nia: number) => boolean,
): CheckId | null {
  let context = from;
  let byReturn = false;
  for (let count = 0; count < walkMax; count++) {
    const arrival = contexts.arrive(context, byReturn);
    if (arrival !== null) {
      execution.push(
        arrival.check === null
          ? { kind: 'return', ...who }
          : { kind: 'break', task: who.task, check: arrival.check, nia: context.nia },
      );
      return arrival.check;
    }
    const choice = choose(context.nia);
    if (!goesOn(context.nia)) return null;
    const fetch: Fetch = {
      address: context.nia,
      word: choice?.value ?? contexts.word(context.nia) ?? 0,
      step: choice?.step ?? -1,
      newest: choice?.newest ?? true,
    };
    if (choice !== null) fetches.push(fetch);
    const next = contexts.one(context, fetch.word);
    execution.push({
      kind: 'instruction',
      ...who,
      fetch,
      text: disassemble(fetch.word, BigInt(fetch.address)),
      changed: changes(context, next.context),
      fixed: choice === null,
    });
    if (next.check !== null) {
      execution.push({ kind: 'break', task: who.task, check: next.check, nia: context.nia });
      return next.check;
    }
    context = next.context;
    byReturn = next.byReturn;
  }
  execution.push({ kind: 'break', task: who.task, check: 'endless', nia: context.nia });
  return 'endless';
}

const walkMax = 400;

function tellMicro(timeline: System['timeline'], point: number): ExecutionStep[] {
  const micro = timeline.micro[point];
  if (micro === undefined) return [];
  if (micro.kind === 'store' || micro.kind === 'consistent') {
    const versions = timeline.versions[micro.word] ?? [];
    const at = versions.findIndex((version) => version.step === micro.step);
    const address = timeline.addresses[micro.word] ?? 0;
    const kind = micro.kind === 'store' ? 'modify' : 'consistent';
    return [{ kind, step: micro.step, address, old: versions[at - 1]?.value ?? 0, new: versions[at]?.value ?? 0 }];
  }
  const steps: ExecutionStep[] = [{ kind: micro.kind, step: micro.step }];
  if (micro.kind !== 'stopMachine') return steps;
  for (const [word, versions] of timeline.versions.entries()) {
    for (const [at, version] of versions.entries()) {
      if (version.step === micro.step && at > 0) {
        steps.push({
          kind: 'modify',
          step: micro.step,
          address: timeline.addresses[word] ?? 0,
          old: versions[at - 1]?.value ?? 0,
          new: version.value,
        });
      }
    }
  }
  return steps;
}

function changes(before: Context, after: Context): [string, bigint][] {
  const list: [string, bigint][] = [];
  for (const [register, value] of after.gpr.entries())
    if (value !== before.gpr[register]) list.push([`r${register}`, value]);
  if (after.lr !== before.lr) list.push(['lr', after.lr]);
  if (after.ctr !== before.ctr) list.push(['ctr', after.ctr]);
  if (after.cr !== before.cr) list.push(['cr', BigInt(after.cr)]);
  return list;
}
