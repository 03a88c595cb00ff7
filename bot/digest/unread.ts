/**
 * Patches without an answer: which of them have none because nothing could be said, and which because there is nothing to say. The
 * second are a table; whatever else is given as a reason was in the way.
 */
import { irrelevant } from '../../analyzers/patch/relevant.ts';
import type { PatchKnown, VersionKnown } from '../ask/versions.ts';

const nothingToSay: readonly RegExp[] = [
  new RegExp(`^${irrelevant}$`),
  /^no instruction changes: /,
  /^a backport to .* that is upstream already$/,
  /^the mail is not to be answered: /,
  /^there is no diff in the mail$/,
];

const isUnread = ({ answer, why }: Pick<PatchKnown, 'answer' | 'why'>): boolean =>
  answer === 'silence' && !nothingToSay.some((row) => row.test(why));

/** Does it change what modifies instructions? */
export const isJudged = ({ answer, why }: Pick<PatchKnown, 'answer' | 'why'>): boolean =>
  answer !== 'silence' || isUnread({ answer, why });

export const unreadIn = ({ review }: VersionKnown): readonly PatchKnown[] => (review?.patches ?? []).filter(isUnread);
