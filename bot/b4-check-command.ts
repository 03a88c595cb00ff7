/**
 * `b4-check`: a mail on standard input, what was found of it on standard output, as `b4 review` (0.15 and later) asks a command of
 * `b4.review-perpatch-check-cmd` (b4, docs/maintainer/review.rst, "Writing an external check script"): a JSON array of
 * `{ tool, status, summary, url, details }`, status `pass`, `warn` or `fail`; `[]` where there is nothing to say; another exit
 * status than 0 and no JSON where it failed.
 *
 * A daemon that has judged the mail is asked first. Else the patch is judged here, alone: one that stands on others of its series
 * may not fit the tree then, and that is what is said.
 */
import { z } from 'zod';
import { defaults } from '../analyzers/explore/explore.ts';
import { parseBody } from '../analyzers/patch/diff.ts';
import { relevantFiles } from '../analyzers/patch/relevant.ts';
import { documentOf } from './document.ts';
import { escapeMessageId } from './http/message-id.ts';
import { type Message, readMessage } from './mail/message.ts';
import { review } from './review.ts';
import { openTree, type Tree } from './sources/tree.ts';
import { readSubject } from './thread/subject.ts';
import { called } from './usage/called.ts';

interface B4Check {
  readonly mail: Buffer;
  /** Where a daemon answers; null for none. */
  readonly url: string | null;
  readonly trees: readonly string[];
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const timeoutMs = 10_000;

const verdict = z.object({
  answer: z.enum(['finding', 'question', 'pass', 'silence']),
  why: z.string(),
  runs: z.array(z.unknown()),
  findings: z.array(
    z.object({
      level: z.string(),
      check: z.string(),
      entryPoint: z.string(),
      file: z.string(),
      line: z.int(),
      fn: z.string(),
      schedule: z.string(),
    }),
  ),
});
type Verdict = Readonly<Pick<z.infer<typeof verdict>, 'answer' | 'why'>> & {
  readonly runs: readonly unknown[];
  readonly findings: readonly z.infer<typeof verdict>['findings'][number][];
};

/** @returns the exit status: 0 answered, 2 not */
export async function b4CheckCommand({ mail, url, trees, out, err }: B4Check): Promise<number> {
  const message = await readMessage(mail);
  const opened: Tree[] = [];
  for (const spec of trees) {
    const { tree, problem } = openTree(spec);
    if (tree === null) {
      err(`b4-check: ${problem}\n`);
      return 2;
    }
    opened.push(tree);
  }
  const told = isConcerned(message) ? await checkOf(message, { url, trees: opened, err }) : null;
  out(`${JSON.stringify(told === null ? [] : [told], null, 2)}\n`);
  return 0;
}

/** Is it a patch of what modifies kernel text? */
function isConcerned({ subject, body }: Message): boolean {
  if (readSubject(subject).isReply) return false;
  return relevantFiles(parseBody(body).files).length > 0;
}

interface Ways {
  readonly url: string | null;
  readonly trees: readonly Tree[];
  readonly err: (text: string) => void;
}

async function checkOf(message: Message, { url, trees, err }: Ways) {
  const known = url === null ? null : await askDaemon(message.id, url, err);
  if (known !== null && url !== null) return rowOf(known, `${url}/${escapeMessageId(message.id)}/verdict`);
  const { series } = review([message], {
    ...{ trees, level: 'architecture', patch: null, limits: defaults },
    progress: (text) => err(`reading ${text}\n`),
  });
  const [patch] = documentOf(series).patches;
  return patch === undefined ? null : rowOf(patch, '');
}

/** Null where it has not judged the mail, or does not answer. */
async function askDaemon(id: string, url: string, err: (text: string) => void): Promise<Verdict | null> {
  try {
    const response = await fetch(`${url}/api/verdicts/${escapeMessageId(id)}`, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.status === 404 ? null : verdict.parse(await response.json());
  } catch (error) {
    err(`b4-check: ${url} does not answer (${(error as Error).message.split('\n')[0]}); the patch is judged here\n`);
    return null;
  }
}

const statuses = { finding: 'fail', question: 'warn', pass: 'pass' } as const;

function rowOf({ answer, why, runs, findings }: Verdict, url: string) {
  const tool = 'scenario-bot';
  // What was run and is the same before and after is no reason for a look; what could not be judged is one.
  if (answer === 'silence')
    return runs.length > 0
      ? { tool, status: 'pass', summary: why, url, details: '' }
      : { tool, status: 'warn', summary: `not judged: ${why}`, url, details: '' };
  const places = findings.map(
    ({ file, line, fn, check, entryPoint, level }) =>
      `${file}:${line}${fn === '' ? '' : ` in ${fn}()`}: ${check}, entry point ${entryPoint}, level ${level}`,
  );
  const details = findings.flatMap(({ schedule }, index) => [
    places[index] ?? '',
    ...(schedule === '' ? [] : [`  ${called('replay')} '${schedule}'`]),
  ]);
  return { tool, status: statuses[answer], summary: places[0] ?? why, url, details: details.join('\n') };
}
