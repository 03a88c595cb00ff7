/**
 * A mark on a commit of a mirror: a check run where an app writes, a commit status where a token does. One of ours is
 * looked for before it is set, so that a lost answer makes no second one; what others have set is theirs. Nothing is
 * stored here.
 */
import { z } from 'zod';
import { type Answered, answered, failed, type Trouble } from './answer.ts';
import { type GithubClient, placeOf } from './client.ts';
import type { Account } from './login.ts';
import type { MirrorCommit } from './mirror.ts';
import { codeBlock } from './public-text.ts';
import { type IssueTask, lagMs, type Settled, stopped } from './settle.ts';
import type { WantedMark } from './wanted-mark.ts';

export interface MarkTask extends Pick<IssueTask, 'number' | 'url' | 'unsureAt'> {
  readonly wanted: WantedMark;
  /** How often its commit was looked for. */
  readonly attempts: number;
}
export interface MarkContext {
  readonly account: Account;
  readonly repository: string;
  readonly branches: readonly string[];
  readonly now: () => Date;
}

/** GitHub's limit of a status. */
const textCharsMax = 140;
/** Two days, as write.ts waits: what is on no branch by then will not come. */
const lookedForMax = 16;
/** The same patch on several bases; above that it is no series any more. */
const commitsMax = 5;
const perPage = 100;
const pagesMax = 10;

/** Green over a finding would be untrue, red is for those who asked for it: a status then stays undecided. */
export function stateOf({ says, findings }: Pick<WantedMark, 'says' | 'findings'>): 'success' | 'failure' | 'pending' {
  if (says === 'pass' || says === 'taken back') return 'success';
  return says === 'finding' && findings === 'failure' ? 'failure' : 'pending';
}

/** A question never fails. */
export function conclusionOf({
  says,
  findings,
}: Pick<WantedMark, 'says' | 'findings'>): 'success' | 'failure' | 'neutral' {
  if (says === 'pass') return 'success';
  return says === 'finding' ? findings : 'neutral';
}

export async function settleMark(task: MarkTask, context: MarkContext): Promise<Settled> {
  const { wanted, url, unsureAt, attempts } = task;
  const { account, repository, branches, now } = context;
  const common = { number: null, url, unsureAt, why: null, notBefore: null } as const;
  if (wanted.as === 'check' && !account.isApp)
    return { ...common, state: 'parked', why: 'check runs are for apps alone: github.auth names a token' };
  const login = await account.login();
  if (login.trouble !== null) return stopped(login.trouble, common);
  const found = await account.mirror(repository).commitsOf(wanted, branches);
  if (found.trouble !== null) return stopped(found.trouble, common);
  if (found.data.length === 0) {
    if (wanted.says === 'taken back')
      return { ...common, unsureAt: null, state: 'written', why: 'no commit of it is on a branch' };
    const why = `no commit on ${branches.join(', ')} of ${repository} is this patch`;
    if (attempts + 1 >= lookedForMax)
      return { ...common, state: 'parked', why: `${why}; it was looked for ${attempts + 1} times` };
    return { ...common, state: 'later', why: `${why}, or not yet` };
  }
  if (found.data.length > commitsMax)
    return { ...common, state: 'parked', why: `it is on ${found.data.length} commits of ${repository}` };
  const believedAt = unsureAt === null ? null : new Date(unsureAt.getTime() + lagMs);
  const isUnsure = believedAt !== null && now() < believedAt;
  for (const commit of found.data) {
    const set = await setters[wanted.as](wanted, { ...context, commit, login: login.data, isUnsure });
    if (set.trouble?.kind === 'unsure')
      return { ...common, state: 'later', why: 'one may have been set just now', notBefore: believedAt };
    // Only of what makes one is it of weight that the answer was lost; of what was looked for nothing was made.
    if (set.trouble?.kind === 'lost' && set.isMaking)
      return { ...stopped(set.trouble, common), unsureAt: now(), notBefore: new Date(now().getTime() + lagMs) };
    if (set.trouble !== null) return stopped(set.trouble, common);
  }
  const why = wanted.says === 'taken back' ? wanted.text : null;
  return { ...common, url: found.data[0]?.url ?? null, unsureAt: null, state: 'written', why };
}

interface Place extends Pick<MarkContext, 'account' | 'repository'> {
  readonly commit: MirrorCommit;
  readonly login: string;
  /** One that was made a moment ago may not be listed yet. */
  readonly isUnsure: boolean;
}
type Set =
  | { readonly trouble: null; readonly isMaking: false }
  | { readonly trouble: { readonly kind: 'unsure' } | Trouble; readonly isMaking: boolean };
const there: Set = { trouble: null, isMaking: false };
const unsure: Set = { trouble: { kind: 'unsure' }, isMaking: false };
const asked = ({ trouble }: Answered<unknown>, isMaking: boolean): Set =>
  trouble === null ? there : { trouble, isMaking };

const isSame = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase();

const status = z.object({
  ...{ state: z.string(), context: z.string(), description: z.string().nullable(), target_url: z.string().nullable() },
  creator: z.object({ login: z.string() }).nullable(),
});

async function setStatus(wanted: WantedMark, place: Place): Promise<Set> {
  const { account, commit, login, isUnsure } = place;
  const { context, url: target_url } = wanted;
  const state = stateOf(wanted);
  const description = shortText(wanted);
  const found = await newestStatus(
    account.client,
    place,
    (one) => one.context === context && isSame(one.creator?.login, login),
  );
  if (found.trouble !== null) return asked(found, false);
  const is = found.data;
  if (is?.state === state && is.description === description && is.target_url === target_url) return there;
  if (isUnsure) return unsure;
  if (is === null && wanted.says === 'taken back') return there;
  const made = { ...placeOf(place.repository), sha: commit.sha, state, description, target_url, context };
  return asked(await account.client.write('POST /repos/{owner}/{repo}/statuses/{sha}', made, z.unknown()), true);
}

/** Of statuses with one context the newest counts, and GitHub lists it first. */
async function newestStatus(
  client: GithubClient,
  place: Place,
  isOurs: (one: z.infer<typeof status>) => boolean,
): Promise<Answered<z.infer<typeof status> | null>> {
  for (let page = 1; page <= pagesMax; page++) {
    const listed = await client.read(
      'GET /repos/{owner}/{repo}/commits/{ref}/statuses',
      { ...placeOf(place.repository), ref: place.commit.sha, per_page: perPage, page },
      z.array(status),
    );
    if (listed.trouble !== null) return listed;
    const found = listed.data.find(isOurs);
    if (found !== undefined || listed.data.length < perPage) return answered(found ?? null);
  }
  return failed({ kind: 'invalid', why: `over ${pagesMax * perPage} statuses are not looked through` });
}

const run = z.object({
  ...{ id: z.int(), external_id: z.string().nullable(), conclusion: z.string().nullable() },
  ...{ details_url: z.string().nullable(), output: z.object({ title: z.string().nullable() }) },
  app: z.object({ slug: z.string().optional() }).nullable(),
});

async function setCheckRun(wanted: WantedMark, place: Place): Promise<Set> {
  const { account, commit, login, isUnsure } = place;
  const { context: name, messageId, url } = wanted;
  const conclusion = conclusionOf(wanted);
  const title = shortText(wanted);
  const home = placeOf(place.repository);
  const listed = await account.client.read(
    'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
    { ...home, ref: commit.sha, check_name: name, filter: 'all', per_page: perPage },
    z.object({ check_runs: z.array(run) }),
  );
  if (listed.trouble !== null) return asked(listed, false);
  const found = listed.data.check_runs.find(
    ({ external_id, app }) => external_id === messageId && isSame(`${app?.slug}[bot]`, login),
  );
  const summary = codeBlock([wanted.text]);
  const details = url === null ? {} : { details_url: url };
  const values = { status: 'completed', conclusion, output: { title, summary }, ...details };
  if (found === undefined) {
    if (isUnsure) return unsure;
    if (wanted.says === 'taken back') return there;
    const made = { ...home, name, head_sha: commit.sha, external_id: messageId, ...values };
    return asked(await account.client.write('POST /repos/{owner}/{repo}/check-runs', made, z.unknown()), true);
  }
  const isThere =
    found.conclusion === conclusion && found.output.title === title && (url === null || found.details_url === url);
  if (isThere) return there;
  const route = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
  return asked(await account.client.write(route, { ...home, check_run_id: found.id, ...values }, z.unknown()), false);
}

const shortText = ({ text }: WantedMark): string =>
  (text.length <= textCharsMax ? text : `${text.slice(0, textCharsMax - 1)}…`).toWellFormed();

const setters = { status: setStatus, check: setCheckRun } as const;
