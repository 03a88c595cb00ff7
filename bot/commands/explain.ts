/**
 * The full reasoning on a series, as its last review keeps it: each patch with its base, every run before and after, what was found,
 * noted and taken for granted. The document is one of another time maybe: what it has not is left out.
 */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Settings } from '../settings/schema.ts';
import { lastReview } from '../store/reviews.ts';
import type { Tables } from '../store/tables.ts';
import type { About } from './about.ts';
import type { Said } from './answer.ts';

const levels = z.record(z.string(), z.string());
const text = z.string().catch('');
const listOf = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).catch([]);
const patchSchema = z.object({
  subject: text,
  answer: text,
  why: text,
  base: z.object({ how: text, ref: text, doubt: text }).catch({ how: '', ref: '', doubt: '' }),
  runs: listOf(
    z.object({
      subject: text,
      entryPoint: text,
      profile: text,
      before: levels,
      after: levels,
      bounds: z.object({ states: z.number() }),
    }),
  ),
  findings: listOf(
    z.object({
      level: text,
      check: text,
      entryPoint: text,
      file: text,
      line: z.number().catch(0),
      fn: text,
      schedule: text,
    }),
  ),
  notes: listOf(z.string()),
  assumptions: listOf(z.object({ text })),
  problems: listOf(z.object({ text })),
});
const documentSchema = z.object({ patches: listOf(patchSchema) });
type Patch = z.infer<typeof patchSchema>;

export async function explainText(db: Kysely<Tables>, { series }: About, settings: Settings): Promise<Said> {
  const review = series === null ? null : await lastReview(db, series.id);
  if (series === null || review === null) return { prose: ['It was not judged yet.'], lines: [] };
  const { patches } = documentSchema.catch({ patches: [] }).parse(review.document);
  return {
    prose: [
      `v${series.version} as it was judged on ${review.created_at.toISOString().slice(0, 10)}. Of each run the levels sequential, preemption, stale and architecture, before the patch and after it.`,
    ],
    lines: patches.flatMap((patch) => linesOf(patch, settings)),
  };
}

function linesOf(patch: Patch, { replay }: Settings): readonly string[] {
  const { subject, answer, why, base, runs, findings, notes, assumptions, problems } = patch;
  return [
    subject,
    `    ${answer}: ${why}`,
    `    read from ${base.how === 'tree' ? base.ref : "the diff's own lines"}${base.doubt === '' ? '' : `; in doubt, as ${base.doubt}`}`,
    ...findings.map(
      ({ level, check, entryPoint, file, line, fn }) =>
        `    found: ${check} at level ${level}, ${entryPoint}, in ${fn}() (${file}:${line})`,
    ),
    ...findings.flatMap(({ schedule }) => (schedule === '' ? [] : [`    ${replay.replace('{schedule}', schedule)}`])),
    ...notes.map((note) => `    noted: ${note}`),
    ...[...new Set(assumptions.map((one) => one.text))].map((one) => `    assumed: ${one}`),
    ...problems.map((problem) => `    not understood: ${problem.text}`),
    '',
    ...runs.map(
      ({ subject: what, entryPoint, profile, before, after, bounds }) =>
        `    ${what} ${entryPoint} ${profile}: ${levelsText(before)} -> ${levelsText(after)}, ${bounds.states} states`,
    ),
    '',
  ];
}

const levelsText = (one: Readonly<Record<string, string>>) =>
  ['sequential', 'preemption', 'stale', 'architecture'].map((level) => one[level] ?? '-').join(' ');
