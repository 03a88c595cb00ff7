/**
 * A choice of the machine as a number: which transition of a state is taken. A schedule is a list of them.
 */

const kinds = ['modify', 'dispatch', 'step', 'preempt', 'resume', 'deliver'] as const;
export type ActionKind = (typeof kinds)[number];
export interface Action {
  readonly kind: ActionKind;
  /** Of `modify`: which patcher goes on, 0 or 1. */
  readonly task: number;
  readonly cpu: number;
  /** Of a step: the versions it fetched of the word, and of the suffix where that changes too, as indexes. */
  readonly version: number;
  readonly suffix: number;
}
export const packAction = ({
  kind,
  task = 0,
  cpu = 0,
  version = 0,
  suffix = 0,
}: Partial<Action> & { kind: ActionKind }) =>
  kinds.indexOf(kind) | (task << 3) | (cpu << 7) | (version << 11) | (suffix << 21);
export const unpackAction = (code: number): Action => ({
  kind: kinds[code & 7] ?? 'modify',
  task: (code >> 3) & 15,
  cpu: (code >> 7) & 15,
  version: (code >> 11) & 1023,
  suffix: (code >> 21) & 1023,
});

/** Versions have 10 bits in an action. */
export const versionsMax = 1023;
