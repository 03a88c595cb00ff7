/**
 * Which version of each word is stored, which is consistent, and which each CPU may still fetch, after each step.
 */
import type { ExecutionStep } from '../../analyzers/explore/execution.ts';
import type { Moment } from '../../analyzers/explore/replay.ts';
import type { System } from '../../analyzers/machine/system.ts';
import type { Timeline } from '../../analyzers/machine/timeline.ts';

/** Of one word that changes; versions are indexes, the oldest is 0. */
export interface WordState {
  readonly newest: number;
  readonly consistent: number;
  /** By CPU that takes part: what it may fetch, oldest first. */
  readonly mayFetch: readonly (readonly number[])[];
}

interface Followed {
  readonly system: System;
  readonly moments: readonly Moment[];
  /** Of each step, the moment it belongs to. */
  readonly choices: readonly number[];
  readonly cpus: readonly number[];
}

/** By step, then by word. Steps of one choice share what holds after it: nobody sees what is between them. */
export function statesOf({ system, moments, choices, cpus }: Followed): readonly (readonly WordState[])[] {
  const byMoment = moments.map(({ state }) => {
    const { newest, consistent } = system.point(state);
    return [...system.timeline.addresses.keys()].map((word) => ({
      newest: newest[word] ?? 0,
      consistent: consistent[word] ?? 0,
      mayFetch: cpus.map((cpu) => system.mayFetch(state, cpu, word)),
    }));
  });
  return choices.map((choice) => byMoment[choice] ?? []);
}

/** At the sequential level, where all is done before the one task comes by. */
export function aloneStates(
  execution: readonly ExecutionStep[],
  { addresses }: Timeline,
): readonly (readonly WordState[])[] {
  const newest = addresses.map(() => 0);
  const consistent = addresses.map(() => 0);
  return execution.map((step) => {
    const word = 'address' in step ? addresses.indexOf(step.address) : -1;
    if (step.kind === 'modify' && word >= 0) newest[word] = (newest[word] ?? 0) + 1;
    if (step.kind === 'consistent' && word >= 0) consistent[word] = newest[word] ?? 0;
    return addresses.map((_, i) => ({
      newest: newest[i] ?? 0,
      consistent: consistent[i] ?? 0,
      mayFetch: [[newest[i] ?? 0]],
    }));
  });
}
