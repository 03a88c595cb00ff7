/**
 * A mark on a commit of a mirror: a check run where an app writes, a commit status where a token does. It is looked for before it is
 * set, so that a lost answer makes no second one. Which commit is a patch's is said by its trailers alone: a title is no proof.
 */

import { z } from 'zod';
import { type Answered, failed } from './answer.ts';
import type { GithubClient } from './client.ts';

export interface WantedMark {
  /** Of the patch, without angle brackets. */
  readonly messageId: string;
  /** Of what was said: questions and silence make no mark. */
  readonly said: 'holds' | 'finding';
  /** Ours, without anything that a stranger wrote. */
  readonly text: string;
  readonly url: string;
}

/** GitHub's limit of a status. */
const textCharsMax = 140;
const perPage = 100;

/** @returns whether a trailer of the commit's message holds the Message-ID, whole */
export function isCommitOf(message: string, messageId: string): boolean {
  const trailers =
    message
      .replace(/\r\n?/g, '\n')
      .trim()
      .split(/\n\s*\n/)
      .slice(1)
      .at(-1) ?? '';
  return trailers.split('\n').some((line) => {
    const [, name = '', value = ''] = /^(link|message-id):\s*(\S+)/i.exec(line) ?? [];
    if (name.toLowerCase() === 'message-id') return value.replace(/^<|>$/g, '') === messageId;
    return value
      .split(/[?#]/, 1)
      .join('')
      .split('/')
      .some((part) => decoded(part) === messageId);
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // an address that was cut
  }
}

/** Green over a finding would be untrue, red is for those who asked for it: a status then stays undecided. */
export const stateOf = ({ said }: WantedMark, failing: boolean): 'success' | 'failure' | 'pending' =>
  said === 'holds' ? 'success' : failing ? 'failure' : 'pending';

export const conclusionOf = ({ said }: WantedMark, failing: boolean): 'success' | 'failure' | 'neutral' =>
  said === 'holds' ? 'success' : failing ? 'failure' : 'neutral';

export interface Place {
  readonly client: GithubClient;
  readonly owner: string;
  readonly repo: string;
  readonly sha: string;
  /** Its name: the context, or the name of the check run. */
  readonly bot: string;
  readonly failing: boolean;
}

const status = z.object({
  ...{ state: z.string(), context: z.string() },
  ...{ description: z.string().nullable(), target_url: z.string().nullable() },
});

/** Of statuses with one context the newest counts, and GitHub lists it first. */
export async function setStatus(wanted: WantedMark, place: Place): Promise<Answered<unknown>> {
  const { client, owner, repo, sha, bot: context } = place;
  const state = stateOf(wanted, place.failing);
  const description = wanted.text.slice(0, textCharsMax).toWellFormed();
  for (let page = 1; page <= 10; page++) {
    const listed = await client.read(
      'GET /repos/{owner}/{repo}/commits/{ref}/statuses',
      { owner, repo, ref: sha, per_page: perPage, page },
      z.array(status),
    );
    if (listed.trouble !== null) return listed;
    const found = listed.data.find((one) => one.context === context);
    if (found?.state === state && found.description === description && found.target_url === wanted.url)
      return { data: found, moved: listed.moved, trouble: null };
    if (found !== undefined || listed.data.length < perPage) {
      const made = { owner, repo, sha, state, description, target_url: wanted.url, context };
      return client.write('POST /repos/{owner}/{repo}/statuses/{sha}', made, status);
    }
  }
  return failed({ kind: 'invalid', why: 'over 1000 statuses are not looked through' });
}

const run = z.object({
  ...{ id: z.int(), external_id: z.string().nullable(), conclusion: z.string().nullable() },
  ...{ details_url: z.string().nullable(), output: z.object({ title: z.string().nullable() }) },
});

export async function setCheckRun(wanted: WantedMark, place: Place): Promise<Answered<unknown>> {
  const { client, owner, repo, sha, bot: name } = place;
  const conclusion = conclusionOf(wanted, place.failing);
  const title = wanted.text.slice(0, textCharsMax).toWellFormed();
  const listed = await client.read(
    'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
    { owner, repo, ref: sha, check_name: name, filter: 'all', per_page: perPage },
    z.object({ check_runs: z.array(run) }),
  );
  if (listed.trouble !== null) return listed;
  const found = listed.data.check_runs.find((one) => one.external_id === wanted.messageId);
  const values = { status: 'completed', conclusion, details_url: wanted.url, output: { title, summary: title } };
  if (found === undefined) {
    const made = { owner, repo, name, head_sha: sha, external_id: wanted.messageId, ...values };
    return client.write('POST /repos/{owner}/{repo}/check-runs', made, run);
  }
  if (found.conclusion === conclusion && found.output.title === title && found.details_url === wanted.url)
    return { data: found, moved: listed.moved, trouble: null };
  const route = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
  return client.write(route, { owner, repo, check_run_id: found.id, ...values }, run);
}
