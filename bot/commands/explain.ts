/**
 * The full reasoning on a series, as its last review keeps it: each patch with its base, every run before and after, what was found,
 * noted and taken for granted.
 */
import type { Known } from '../ask/known.ts';
import type { Said } from './answer.ts';

type Patch = NonNullable<Known['versions'][number]['review']>['patches'][number];

const levels = ['sequential', 'preemption', 'stale', 'architecture'] as const;

/** @param replay a command with {schedule} in it */
export function explainText({ series, versions }: Known, replay: string): Said {
  const version = series === null ? undefined : versions[series];
  if (version?.review == null) return { prose: ['It was not judged yet.'], lines: [] };
  const { at, bounds, patches } = version.review;
  return {
    prose: [
      `v${version.version} as it was judged on ${at.toISOString().slice(0, 10)}: ${bounds.pairs} pairs of entry point and profile, ${bounds.unfinished} of them not completed, ${bounds.states} states, ${bounds.tasks} tasks on ${bounds.cpus} CPUs. Of each pair the levels ${levels.join(', ')}, before the patch and after it.`,
    ],
    lines: patches.flatMap((patch) => linesOf(patch, replay)),
  };
}

function linesOf(patch: Patch, replay: string): readonly string[] {
  const { subject, answer, why, base, runs, findings, notes, assumptions, problems } = patch;
  const doubt = base?.doubt == null ? '' : `; in doubt, as ${base.doubt}`;
  return [
    subject,
    `    ${answer}: ${why}`,
    `    read from ${base?.how === 'tree' ? base.ref : "the diff's own lines"}${doubt}`,
    ...findings.flatMap((finding) => findingLines(finding, replay)),
    ...notes.map((note) => `    noted: ${note}`),
    ...[...new Set(assumptions.map(({ text }) => text))].map((text) => `    assumed: ${text}`),
    ...problems.map(({ text }) => `    not understood: ${text}`),
    '',
    ...runs.map(
      (run) =>
        `    ${run.subject} ${run.entryPoint} ${run.profile}: ${levelsText(run.before)} -> ${levelsText(run.after)}, ${run.bounds.states} states`,
    ),
    '',
  ];
}

function findingLines(finding: Patch['findings'][number], replay: string): readonly string[] {
  const { level, check, subject, entryPoint, file, line, fn, since, isDisputed, schedule, profiles } = finding;
  const place = file === '' ? '' : `, in ${fn}() (${file}:${line})`;
  return [
    `    found: ${check} at level ${level}, ${subject} ${entryPoint}${place}; ${since}${isDisputed ? ', disputed' : ''}`,
    `        for ${profiles.join(', ')}`,
    ...(schedule === '' ? [] : [`        ${replay.replace('{schedule}', schedule)}`]),
  ];
}

const levelsText = (of: Patch['runs'][number]['before']) => levels.map((level) => of[level]).join(' ');
