/**
 * A process that analyses threads, so that what one costs, or breaks, is that thread's: a thread with what was said of it is
 * the task; progress and its outcomes are what it tells.
 */
import { defaults } from '../../analyzers/explore/explore.ts';
import { readMessage } from '../mail/message.ts';
import type { Said } from '../reply/since.ts';
import type { Settings } from '../settings/schema.ts';
import { cacheFolder } from '../sources/cache-folder.ts';
import { githubHistory } from '../sources/github/history.ts';
import { openTree, type Tree } from '../sources/tree.ts';
import type { KeptVerdict } from '../verdicts/ask-once.ts';
import { VerdictList } from '../verdicts/verdict-list.ts';
import { serveTasks } from '../workers/serve-tasks.ts';
import { analyse, type SeriesOutcome } from './analyse.ts';
import { type Tried, tryPatch } from './trial.ts';

export interface AnalysisTask {
  /** The thread's mails as they came, base64. */
  readonly mails: readonly string[];
  readonly said: Readonly<Record<string, readonly Said[]>>;
  /** Mails of ours that went out in it, base64. */
  readonly own: readonly string[];
  /** Works, by keyText(). */
  readonly asked: readonly string[];
  readonly disputed: Readonly<Record<string, readonly string[]>>;
  /** Those of the settings among them. */
  readonly optedOut: readonly string[];
  /** On GitHub, where the base is looked for in place of that of the settings. */
  readonly repository?: string;
  readonly nowMs: number;
  /** What was judged before of its patches. */
  readonly verdicts?: readonly KeptVerdict[];
  /** A patch to be tried on the series that begins with `first`, in place of all else. */
  readonly trial?: { readonly first: string; readonly mail: string };
}
export type AnalysisTold =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly SeriesOutcome[] }
  | { readonly kind: 'tried'; readonly tried: Tried }
  /** Of a patch, as soon as there is one. */
  | { readonly kind: 'verdict'; readonly from: 'judged' | 'found'; readonly kept: KeptVerdict };

const settings: Settings = JSON.parse(process.argv[2] ?? '');
const trees: readonly Tree[] = settings.trees.map((spec) => {
  const { tree, problem } = openTree(spec);
  if (tree === null) throw new Error(problem ?? spec);
  return tree;
});

const readAll = (mails: readonly string[]) =>
  Promise.all(mails.map((mail) => readMessage(Buffer.from(mail, 'base64'))));

serveTasks<AnalysisTask, AnalysisTold>(async (task, tell) => {
  const { mails, said, own, asked, disputed, optedOut, nowMs, trial } = task;
  const progress = (text: string) => void tell({ kind: 'progress', text });
  const { repository, api } = { ...settings.github, ...(task.repository && { repository: task.repository }) };
  const token = process.env.GITHUB_TOKEN || null;
  const histories =
    repository === null ? [] : [githubHistory({ repository, api, token, cache: cacheFolder('github') }, progress)];
  const verdicts = new VerdictList(task.verdicts ?? [], (kept, from) => void tell({ kind: 'verdict', from, kept }));
  const common = { trees, histories, verdicts, progress, limits: defaults, now: new Date(nowMs) };
  const messages = await readAll(mails);
  if (trial !== undefined) {
    const message = await readMessage(Buffer.from(trial.mail, 'base64'));
    const tried = tryPatch(messages, { first: trial.first, message }, { ...common, settings });
    await tell({ kind: 'tried', tried });
    return;
  }
  const outcomes = analyse(messages, {
    ...common,
    ...{ settings: { ...settings, optedOut: [...optedOut] } },
    said: new Map(Object.entries(said)),
    own: new Map((await readAll(own)).map((mail) => [mail.id, mail])),
    asked: new Set(asked),
    disputed: new Map(Object.entries(disputed)),
  });
  await tell({ kind: 'outcomes', outcomes });
});
