/** What is known of a patch, for whoever asks by mail: the versions of its work, each with its answer, and what was said of them. */
import type { Known } from '../ask/known.ts';
import { leftStates } from '../store/replies.ts';
import type { ThreadState } from '../store/tables.ts';
import type { Said } from './answer.ts';

const threadStates: Readonly<Record<ThreadState, string>> = {
  quiet: 'Nothing in its thread is for the bot to judge.',
  waiting: 'Its thread is judged when it has settled.',
  analysing: 'Its thread is being judged.',
  analysed: 'Its thread has been judged.',
  parked: 'Its analysis failed, and waits for a person.',
  ignored: 'The bot stays out of its thread.',
};

type Version = Known['versions'][number];

/** @param linkTo where the archive has a mail */
export function statusText({ thread, versions, replies }: Known, linkTo: (id: string) => string): Said {
  const left = replies.filter(({ state }) => leftStates.has(state));
  return {
    prose: [threadStates[thread.state]],
    lines: versions.flatMap((version) => [
      version.subject === '' ? `v${version.version} of ${version.name}` : version.subject,
      `    ${answerOf(version)}`,
      `    ${linkTo(version.messageId)}`,
      ...left
        .filter((reply) => reply.version === version.version)
        .flatMap(({ kind, sentAt, messageId }) => [
          `    mailed on ${dayOf(sentAt)}: a ${kind}`,
          `    ${linkTo(messageId)}`,
        ]),
    ]),
  };
}

function answerOf({ review, state }: Version): string {
  if (review === null) return state === 'parked' ? 'its analysis failed' : 'not judged';
  const findings = review.patches.flatMap((patch) => patch.findings);
  const counts = [
    ...(findings.length === 0 ? [] : [`${findings.length} found`]),
    ...(['still', 'again', 'new'] as const).flatMap((since) => {
      const count = findings.filter((finding) => finding.since === since).length;
      return count === 0 || count === findings.length ? [] : [`${count} ${since === 'still' ? 'still there' : since}`];
    }),
    ...(review.fixed.length === 0 ? [] : [`${review.fixed.length} fixed since the version before`]),
  ];
  const disputed = findings.filter(({ isDisputed }) => isDisputed).length;
  if (disputed > 0) counts.push(`${disputed} disputed`);
  return `judged on ${dayOf(review.at)} (${review.answer})${counts.length === 0 ? '' : `; ${counts.join(', ')}`}`;
}

const dayOf = (at: Date | null) => at?.toISOString().slice(0, 10) ?? 'an unknown day';
