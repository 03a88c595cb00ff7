/**
 * A pull request at one head: its commits are read, judged as a series, and answered with one review, or with silence. Once a
 * head: a review of ours that names it is looked for before one is made.
 */
import { z } from 'zod';
import { type Answered, answered, failed, type Trouble } from './answer.ts';
import { type GithubClient, placeOf } from './client.ts';
import type { Account } from './login.ts';
import { idOfCommit, type PullCommit, pullMails } from './pull-mails.ts';
import {
  type PullFile,
  type PullFinding,
  type PullReview,
  pullReview,
  reviewMark,
  withoutLines,
} from './pull-review.ts';
import { type IssueTask, lagMs, type Settled, stopped } from './settle.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/);
export const wantedReview = z.object({ number: z.int(), head: sha, isPosted: z.boolean() });
export type WantedReview = z.infer<typeof wantedReview>;

/** What a judge says of one commit. */
export interface JudgedCommit {
  readonly messageId: string;
  readonly findings: readonly Omit<PullFinding, 'commit'>[];
}
/** @throws where it stops: it is judged after the next start */
export type Judge = (
  mails: readonly string[],
  repository: string,
) => Promise<readonly JudgedCommit[] | { readonly why: string }>;

export interface PullContext {
  readonly account: Account;
  readonly judge: Judge;
  readonly repository: string;
  readonly bot: string;
  readonly now: () => Date;
}

const limits = { commits: 30, diffChars: 1 << 20, pages: 10 } as const;
const perPage = 100;

export const pullShape = z.object({
  number: z.int(),
  draft: z.boolean().optional(),
  state: z.string(),
  head: z.object({ sha }),
});
const commitShape = z.object({ sha, parents: z.array(z.object({ sha })) });
const fileShape = z.object({ filename: z.string(), patch: z.string().optional() });
const reviewShape = z.object({
  id: z.int(),
  html_url: z.string(),
  body: z.string(),
  user: z.object({ login: z.string() }).nullable(),
});

/** Open ones that are not drafts, those that changed last first. */
export async function openPulls(
  client: GithubClient,
  repository: string,
): Promise<Answered<readonly { readonly number: number; readonly head: string }[]>> {
  const answer = await client.read(
    'GET /repos/{owner}/{repo}/pulls',
    { ...placeOf(repository), state: 'open', sort: 'updated', direction: 'desc', per_page: perPage },
    z.array(pullShape),
  );
  if (answer.trouble !== null) return answer;
  const data = answer.data
    .filter(({ draft }) => draft !== true)
    .map(({ number, head }) => ({ number, head: head.sha }));
  return { ...answer, data };
}

type ReviewTask = Pick<IssueTask, 'number' | 'url' | 'unsureAt'> & { readonly wanted: WantedReview };
type ReviewSettled = Omit<Settled, 'state'> & { readonly state: Settled['state'] | 'dry' };

export async function settleReview(task: ReviewTask, context: PullContext): Promise<ReviewSettled> {
  const { account, judge, repository, bot, now } = context;
  const { head, number, isPosted } = task.wanted;
  const place = { ...placeOf(repository), pull_number: number };
  const common = { ...task, why: null, notBefore: null, unsureAt: null } as const;
  const later = (trouble: Trouble) => stopped(trouble, { ...common, unsureAt: task.unsureAt });
  const silent = (why: string): ReviewSettled => ({ ...common, state: 'written', why });
  const pull = await account.client.read('GET /repos/{owner}/{repo}/pulls/{pull_number}', place, pullShape);
  if (pull.trouble !== null) return later(pull.trouble);
  if (pull.data.head.sha !== head) return silent('it has another head now');
  if (pull.data.state !== 'open') return silent('it is closed');
  const said = await sayings(account, place, head);
  if (said.trouble !== null) return later(said.trouble);
  if (said.data !== null) return { ...common, number: said.data.id, url: said.data.html_url, state: 'written' };
  const believedAt = task.unsureAt === null ? null : new Date(task.unsureAt.getTime() + lagMs);
  if (believedAt !== null && now() < believedAt)
    return {
      ...common,
      unsureAt: task.unsureAt,
      state: 'later',
      why: 'one may have been made just now',
      notBefore: believedAt,
    };
  const commits = await commitsOf(account.client, place);
  if (commits.trouble !== null) return later(commits.trouble);
  if ('why' in commits.data) return silent(commits.data.why);
  const judged = await judge(pullMails(commits.data.commits, now()), repository);
  if ('why' in judged) return { ...common, state: 'parked', why: judged.why };
  const findings = commits.data.commits.flatMap((commit) =>
    judged
      .filter(({ messageId }) => messageId === idOfCommit(commit))
      .flatMap((one) => one.findings.map((finding) => ({ ...finding, commit: commit.id }))),
  );
  if (findings.length === 0) return silent('there is nothing to say');
  const files = await filesOf(account.client, place);
  if (files.trouble !== null) return later(files.trouble);
  const options = { findings, bot, files: files.data };
  const review = pullReview(head, options);
  if (review === null || !isPosted) return { ...common, state: 'dry', why: JSON.stringify(review) };
  let made = await post(account.client, place, review);
  // A line that GitHub does not count to the diff.
  if (made.trouble?.kind === 'invalid') made = await post(account.client, place, withoutLines(head, options) ?? review);
  if (made.trouble?.kind === 'lost')
    return { ...later(made.trouble), unsureAt: now(), notBefore: new Date(now().getTime() + lagMs) };
  if (made.trouble !== null) return { ...later(made.trouble), unsureAt: null };
  return { ...common, number: made.data.id, url: made.data.html_url, state: 'written' };
}

type Place = Readonly<Record<string, unknown>>;

const post = (client: GithubClient, place: Place, review: PullReview) =>
  client.write('POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews', { ...place, ...review }, reviewShape);

/** Ours about this head; null where there is none. */
async function sayings(
  account: Account,
  place: Place,
  head: string,
): Promise<Answered<z.infer<typeof reviewShape> | null>> {
  const login = await account.login();
  if (login.trouble !== null) return login;
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews';
  const all = await pagesOf(account.client, { route, place, shape: reviewShape });
  if (all.trouble !== null) return all;
  const own = all.data.find(
    ({ user, body }) => user?.login.toLowerCase() === login.data.toLowerCase() && body.includes(reviewMark(head)),
  );
  return answered(own ?? null);
}

async function commitsOf(
  client: GithubClient,
  place: Place,
): Promise<Answered<{ readonly commits: readonly PullCommit[] } | { readonly why: string }>> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits';
  const listed = await pagesOf(client, { route, place, shape: commitShape });
  if (listed.trouble !== null) return listed;
  if (listed.data.length > limits.commits) return answered({ why: `it has over ${limits.commits} commits` });
  if (listed.data.some(({ parents }) => parents.length !== 1)) return answered({ why: 'it holds a merge' });
  const commits: PullCommit[] = [];
  for (const { sha: id, parents } of listed.data) {
    const diff = await client.read(
      'GET /repos/{owner}/{repo}/commits/{ref}',
      { owner: place.owner, repo: place.repo, ref: id, mediaType: { format: 'diff' } },
      z.string(),
    );
    if (diff.trouble !== null) return diff;
    if (diff.data.length > limits.diffChars) return answered({ why: 'a commit of it is too large' });
    commits.push({ id, parents: parents.map((parent) => parent.sha), diff: diff.data });
  }
  return answered({ commits });
}

async function filesOf(client: GithubClient, place: Place): Promise<Answered<readonly PullFile[]>> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files';
  const files = await pagesOf(client, { route, place, shape: fileShape });
  if (files.trouble !== null) return files;
  return { ...files, data: files.data.map(({ filename, patch = '' }) => ({ path: filename, patch })) };
}

async function pagesOf<T>(
  client: GithubClient,
  { route, place, shape }: { readonly route: string; readonly place: Place; readonly shape: z.ZodType<T> },
): Promise<Answered<readonly T[]>> {
  const all: T[] = [];
  for (let page = 1; page <= limits.pages; page++) {
    const listed = await client.read(route, { ...place, per_page: perPage, page }, z.array(shape));
    if (listed.trouble !== null) return listed;
    all.push(...listed.data);
    if (listed.data.length < perPage) return answered(all);
  }
  return failed({ kind: 'invalid', why: `${route.split('/').at(-1)} go over ${limits.pages * perPage}` });
}
