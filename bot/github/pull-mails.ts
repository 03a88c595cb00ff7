/**
 * The commits of a pull request as the mails of a series, so that they come to the same review. Nothing of what its author wrote in
 * words goes with them: neither title nor message, which could name a base, a prerequisite or a version. The base is the parent of
 * the first commit, as GitHub has it.
 */

export interface PullCommit {
  readonly id: string;
  readonly parents: readonly string[];
  /** As GitHub prints its diff. */
  readonly diff: string;
}

const domain = 'pull.invalid';

export const idOfCommit = ({ id }: Pick<PullCommit, 'id'>): string => `${id}@${domain}`;

/** Oldest first. @param at of the pull request: what was committed later is not its base */
export function pullMails(commits: readonly PullCommit[], at: Date): readonly string[] {
  const [first] = commits;
  if (first === undefined) return [];
  return commits.map((commit, index) =>
    [
      `From: pull request <commit@${domain}>`,
      `Subject: [PATCH ${index + 1}/${commits.length}] commit ${commit.id.slice(0, 12)}`,
      `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <${idOfCommit(commit)}>`,
      ...(index === 0 ? [] : [`In-Reply-To: <${idOfCommit(first)}>`, `References: <${idOfCommit(first)}>`]),
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      '---',
      ...(index === 0 ? [`base-commit: ${first.parents[0] ?? ''}`] : []),
      '',
      commit.diff,
    ].join('\n'),
  );
}
