/** Which mutants are made, which tests are run for them, and within which limits. Whatever is left out is here, with its reason. */

export const rooms = ['machine', 'explore', 'checks', 'verdict'] as const;
export type Room = (typeof rooms)[number];

/** Detected mutants of a room, in percent, below which the command fails. */
export const scoreMin = 85;

/** By room, as Stryker's `mutate`. No kind of mutator is left out. */
export const mutated = (room: Room): readonly string[] => [
  `analyzers/${room}/**/*.ts`,
  '!**/*.test.ts',
  // Makes models for tests.
  '!analyzers/explore/random-model.ts',
  // Protocols for tests.
  '!analyzers/verdict/small-protocol.ts',
  // Models as SPIN reads them, for a comparison: it judges nothing, and its test needs SPIN.
  '!analyzers/explore/promela/**',
];

/** By room: a verdict is held by whole threads, too. */
export const testFiles = (room: Room): readonly string[] => [
  'analyzers/{machine,explore,checks,verdict}/*.test.ts',
  ...(room === 'verdict' ? ['bot/fixture.test.ts'] : []),
];

/**
 * Tests that are not run for mutants: of long ones in parts all but the first two, which are the same with other numbers; and the
 * fast search against the plain one on litmus tests, 25 seconds of CPU for what the parts do as well. Leaving out a
 * test can only lower the score, as does each limit below.
 */
export const leftOut = /\((?!1 |2 )\w+ of \d+\)|every state of .*\.yaml/;

/** A test that costs more CPU than this is left out as well; threads may cost more. */
export const testMsMax = (room: Room): number => (room === 'verdict' ? 4_000 : 1_500);

/** A test may take this many times its CPU with a mutant, and so much more: then it is endless, and the mutant detected. */
export const cpuFactor = 10;
export const cpuMsMore = 2_000;

/** What a run is told. */
export interface RunOptions {
  readonly room: Room;
  /** Part of the mutants that is run, 1 for all: which they are follows from the seed. */
  readonly share: number;
  readonly seed: number;
  /** CPU for a mutant: it survives when no test has failed until then. */
  readonly cpuMsMax: number;
}

interface SampledMutant {
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

/** A mutant is drawn by what it is, and neither by its number nor by what else is run. */
export function isInSample(mutant: SampledMutant, { share, seed }: Pick<RunOptions, 'share' | 'seed'>): boolean {
  const { fileName, mutatorName, replacement, location } = mutant;
  const path = fileName.slice(fileName.lastIndexOf('analyzers/'));
  const text = `${seed} ${path} ${location.start.line}:${location.start.column} ${mutatorName} ${replacement ?? ''}`;
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32 < share;
}

/** What is said by the runner of a mutant that was not drawn. */
export const notInSample = 'not in the sample';
