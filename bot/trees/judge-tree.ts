/**
 * A kernel tree judged against itself: everything that a review would run on it, as it is. The one idea: a kernel that boots
 * and traces is right, so whatever is guessed, unknown, refused or broken here is a mistake of ours, or a bug of that kernel
 * that is known by name.
 *
 * Example: linux-source-6.1 as ppc64-mprofile-gcc6 is 190 runs with no guess, none refused, none broken.
 */

import { Emulations } from '../../analyzers/machine/emulations.ts';
import { extract } from '../../analyzers/protocol/extract.ts';
import type { Protocol, SubjectId } from '../../analyzers/protocol/protocol.ts';
import { subjectsOf } from '../../analyzers/protocol/subjects/table.ts';
import { UnitCache } from '../../analyzers/protocol/units.ts';
import { type ExplorationCache, type ExploreLimits, runProtocol } from '../../analyzers/verdict/protocol-run.ts';

/** What one profile of a tree comes to. */
export interface TreeRow {
  readonly profile: string;
  /** Is the code that pokes text interpreted, too? */
  readonly deep: boolean;
  readonly runs: number;
  /** Runs in which a value or a branch rests on what the sources do not say. */
  readonly guesses: number;
  readonly unknownFunctions: readonly string[];
  readonly refused: number;
  readonly broken: number;
  readonly limits: number;
  readonly states: number;
  readonly seconds: number;
  /** What is not as it should be, in words, each once. */
  readonly wrong: readonly string[];
}

export interface TreeOptions {
  readonly read: (path: string) => string | null;
  readonly limits: ExploreLimits;
  readonly cache: ExplorationCache;
  readonly subject: SubjectId;
  /** Only these; all that the tree can have by default. */
  readonly profiles?: readonly string[];
  /** In seconds, from any start. */
  readonly clock: () => number;
}

export function* judgeTree(options: TreeOptions): Generator<TreeRow> {
  const { read, clock } = options;
  const source = { read, touched: [], evidence: 'tree', subjects: [options.subject] } as const;
  const known = subjectsOf(source).flatMap((subject) => subject.profiles(source).map(({ id }) => id));
  const units = new UnitCache();
  for (const profile of known.filter((id) => options.profiles?.includes(id) ?? true)) {
    for (const deep of [false, true]) {
      const from = clock();
      const { protocols, problems } = extract({ ...source, profiles: [profile], deep, cache: units });
      const wrong = new Set(problems.map(({ text, at }) => `not read: ${text} (${at?.file}:${at?.line})`));
      const row = countAll(protocols, options, wrong);
      yield { profile, deep, ...row, seconds: clock() - from, wrong: [...wrong] };
    }
  }
}

function countAll(protocols: readonly Protocol[], { limits, cache }: TreeOptions, wrong: Set<string>) {
  const unknown = new Set<string>();
  const emulations = new Emulations();
  const count = { runs: protocols.length, guesses: 0, refused: 0, broken: 0, limits: 0, states: 0 };
  for (const protocol of protocols) {
    const { levels, sightings, states } = runProtocol({
      protocol,
      highest: 'architecture',
      limits,
      cache,
      emulations,
      mailLineOf: () => null,
    });
    count.states += states;
    const say = (what: string) => wrong.add(`${nameOf(protocol)}: ${what}`);
    const decisive = protocol.assumptions.filter((one) => one.decisive);
    if (decisive.length > 0 || protocol.outcome === 'unread') {
      count.guesses++;
      say(decisive[0]?.text ?? protocol.why);
    }
    for (const { text } of protocol.assumptions) {
      const name = /^function (\w+)\(\) is not in the sources/.exec(text)?.[1];
      if (name !== undefined) unknown.add(name);
    }
    const outcomes = [levels.sequential, levels.preemption, levels.stale];
    if (protocol.outcome === 'limit' || outcomes.includes('limit')) {
      count.limits++;
      say(`a bound was reached: ${protocol.why}`);
    } else if (protocol.outcome === 'refused') {
      count.refused++;
      say(`refused: ${protocol.why}`);
    } else if (outcomes.includes('broken')) {
      count.broken++;
      const [first] = sightings;
      say(`broken: ${first?.level} ${first?.check} at ${first?.spot.file}:${first?.spot.line}`);
    } else if (outcomes.includes('unread') && protocol.outcome === 'ok') {
      count.guesses++;
      say('a run reads data that is not in the model');
    }
  }
  for (const name of unknown) wrong.add(`function ${name}() is called, and nobody has it`);
  return { ...count, unknownFunctions: [...unknown] };
}

/** Plans and preemption left out, so that the same thing is said once. */
function nameOf({ scenario: { entryPoint, siteKind, call, fault } }: Protocol): string {
  const exit = call === undefined ? '' : ` through ${call.tracer}, exit ${call.exit}`;
  return `${entryPoint}${exit}${fault === undefined ? '' : ` with ${fault.primitive}() failing`} (${siteKind})`;
}
