/** What was tried, in words: the bounds that an answer holds within. */
import type { Run } from '../../analyzers/verdict/verdict.ts';
import { subjectWords } from './subjects.ts';

/** What of a patch's verdict the bounds are made from. */
interface Bounded {
  readonly verdict: { readonly runs: readonly BoundedRun[] };
}
type BoundedRun = Pick<Run, 'subject' | 'entryPoint' | 'profile' | 'calls' | 'after' | 'bounds'>;

/** @param verb what the sentence begins with: `Tried` or `Run` */
export function boundsText(rows: readonly Bounded[], verb: string): string {
  const runs = rows.flatMap(({ verdict }) => verdict.runs);
  const calls = runs.flatMap((run) => run.calls);
  const called =
    calls.length === 0
      ? ''
      : `; calls through ${listed(calls.map(({ tracer }) => tracer))}, left by the exits ${listed(calls.map(({ exit }) => exit))}`;
  const states = runs.reduce((sum, { bounds }) => sum + bounds.states, 0);
  const { cpus = 0, tasks = 0 } = runs[0]?.bounds ?? {};
  const unread = runs.filter(({ after }) => after.sequential === 'unread' || after.sequential === 'limit').length;
  const gaps =
    unread === 0
      ? ''
      : ` For ${unread} of the ${runs.length} pairs of entry point and profile some of this could not be completed; that counts for nothing.`;
  const reach = reachesStale(rows)
    ? 'every interleaving and every fetch the storage rules allow'
    : 'with the newest words only, as the level asked for has it';
  return `${verb}, before and after the patch: ${triedTexts(runs).join('; ')}${called}; ${tasks} tasks on ${cpus} CPUs, ${reach}: ${states} states.${gaps}`;
}

/** For each subject the entry points, the profiles, what was varied. */
function triedTexts(runs: readonly BoundedRun[]): string[] {
  return [...new Set(runs.map(({ subject }) => subject))].map((subject) => {
    const { name, varied } = subjectWords[subject];
    const tried = entriesByProfiles(runs.filter((run) => run.subject === subject));
    return `${name === '' ? '' : `${name}: `}${tried.join('; ')}; ${varied}`;
  });
}

/** First the entry points that every profile ran, then those that only some have: no product of the two is claimed. */
function entriesByProfiles(runs: readonly BoundedRun[]): string[] {
  const profileOf = ({ profile }: BoundedRun) => profile.split('/')[0] ?? profile;
  const all = unique(runs.map(profileOf));
  const groups = Map.groupBy(unique(runs.map(({ entryPoint }) => entryPoint)), (entry) => {
    const own = runs.filter(({ entryPoint }) => entryPoint === entry).map(profileOf);
    return all.filter((profile) => own.includes(profile)).join(' ');
  });
  return [...groups]
    .map(([profiles, entries]) => ({ profiles: profiles.split(' '), entries }))
    .sort((a, b) => b.profiles.length - a.profiles.length)
    .map(({ profiles, entries }) =>
      profiles.length === all.length
        ? `${entries.join(', ')}; for ${all.join(', ')}`
        : `${listed(entries)} for ${listed(profiles)} alone`,
    );
}

/** `a, b and c`, each once. */
function listed(names: readonly string[]): string {
  const all = unique(names);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** Was the level run at which CPUs may hold old words? */
export const reachesStale = (rows: readonly Bounded[]) =>
  rows.some(({ verdict }) => verdict.runs.some(({ after }) => after.stale !== 'unread'));

/** Each once, without empty ones. */
export const unique = (texts: readonly string[]) => [...new Set(texts.filter((text) => text !== ''))];
