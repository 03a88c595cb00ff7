/**
 * What is said of a series that has been judged, and by which way: one decision, as a value with its reason. Deciding sends
 * nothing; whether it may leave is asked again right before it does (last-check.ts).
 *
 * Example: a finding of a patch sent to a list in dry-run and to one in post is kept as a dry run: the most careful list counts.
 */
import { isAccusing, type ReplyKind, type Said } from '../reply/since.ts';
import type { Mode } from '../settings/schema.ts';

export interface ListPolicy {
  readonly address: string;
  readonly mode: Mode;
  /** The list wants to hear of what held. */
  readonly passes: boolean;
}

export interface Judged {
  readonly version: number;
  readonly answer: 'finding' | 'question' | 'pass' | 'silence';
  /** Why, in words. */
  readonly why: string;
  /** Of the findings, by fingerprintOf(). */
  readonly fingerprints: readonly string[];
  /** The tree was at hand and is the author's: enough to say that something said before was wrong. */
  readonly isProof: boolean;
  /** To and Cc of the mail that would be answered. */
  readonly recipients: readonly string[];
  /** The author asked for an answer whatever it is. */
  readonly isAsked: boolean;
  /** The author wants no mail of ours. */
  readonly isOptedOut: boolean;
  /** What was found too, and somebody says of this work that it is none: it is told no more, and in none of the others. */
  readonly disputed: readonly string[];
}

export type Decision = {
  /** Message-IDs of replies that have not left and do not stand any more. */
  readonly withdraws: readonly string[];
  readonly why: string;
} & (
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'reply';
      readonly reply: ReplyKind;
      readonly mode: Exclude<Mode, 'off'>;
      /** Our own mail that a correction answers. */
      readonly corrects: string | null;
    }
);

const careful: Readonly<Record<Mode, number>> = { off: 0, 'dry-run': 1, moderate: 2, post: 3 };

/** @param said of this series before, the newest last */
export function decide(judged: Judged, lists: readonly ListPolicy[], said: readonly Said[]): Decision {
  const nothing = (why: string): Decision => ({ kind: 'nothing', why, withdraws: [] });
  const reached = reachedBy(judged.recipients, lists);
  const mode = mostCareful(reached);
  if (mode === null) return nothing('it went to no list that the bot answers on');
  if (mode === 'off') return nothing('a list it went to is off');
  if (judged.isOptedOut) return nothing('the author wants no mail of ours');
  const all = said.filter(({ version }) => version === judged.version);
  const own = all.filter(({ ended }) => ended === null);
  const rejected = all.filter(({ ended }) => ended === 'rejected');
  const [sent, waiting] = [own.filter((one) => one.isSent), own.filter((one) => !one.isSent)];
  // Of a series with a finding nobody says that it held, whatever is thought of the finding.
  if (judged.disputed.length > 0 && judged.fingerprints.length === 0)
    return {
      ...{ kind: 'nothing', why: disputedText(judged) },
      withdraws: waiting.filter(isAccusing).map(({ messageId }) => messageId),
    };
  if (judged.answer === 'silence') return nothing(judged.why);
  if (judged.answer === 'pass')
    return decidePass(judged, { reached, mode, sent: sent.at(-1) ?? null, waiting, rejected });
  const told = new Set(own.at(-1)?.fingerprints ?? []);
  if (own.length > 0 && judged.fingerprints.every((one) => told.has(one)))
    return nothing('the same was said of this version');
  if (rejected.some((one) => isAccusing(one) && judged.fingerprints.every((each) => one.fingerprints.includes(each))))
    return nothing(sameRejected);
  const withdraws = waiting.map(({ messageId }) => messageId);
  const why = judged.disputed.length === 0 ? judged.why : `${judged.why}; ${disputedText(judged)}`;
  return { kind: 'reply', reply: judged.answer, mode, corrects: null, withdraws, why };
}

const sameRejected = 'a moderator has rejected the same';

/** `a finding that is disputed is not told again: 0123456789abcdef`. */
const disputedText = ({ disputed }: Judged) =>
  `${disputed.length === 1 ? 'a finding that is disputed is' : 'findings that are disputed are'} not told again: ${disputed.join(', ')}`;

/** The most careful of the lists that are reached; null where none is. */
export const modeFor = (recipients: readonly string[], lists: readonly ListPolicy[]): Mode | null =>
  mostCareful(reachedBy(recipients, lists));

const reachedBy = (recipients: readonly string[], lists: readonly ListPolicy[]) =>
  lists.filter(({ address }) => recipients.some((to) => to.toLowerCase() === address.toLowerCase()));
const mostCareful = (reached: readonly ListPolicy[]) =>
  reached.map(({ mode }) => mode).reduce<Mode | null>((a, b) => (a !== null && careful[a] <= careful[b] ? a : b), null);

interface PassInput {
  readonly reached: readonly ListPolicy[];
  readonly mode: Exclude<Mode, 'off'>;
  /** The last mail of this version that left. */
  readonly sent: Said | null;
  readonly waiting: readonly Said[];
  /** What moderators kept from leaving. */
  readonly rejected: readonly Said[];
}

function decidePass(judged: Judged, { reached, mode, sent, waiting, rejected }: PassInput): Decision {
  const accusing = [...waiting.filter(isAccusing), ...(sent !== null && isAccusing(sent) ? [sent] : [])];
  if (accusing.length > 0 && !judged.isProof)
    return { kind: 'nothing', why: 'it held on a base that proves nothing against the earlier answer', withdraws: [] };
  const withdraws = waiting.filter(isAccusing).map(({ messageId }) => messageId);
  // What was mailed of this very version does not stand any more: that is owed whatever the list wants.
  const isRejected = (kind: ReplyKind) => rejected.some((one) => one.kind === kind);
  if (sent !== null && isAccusing(sent)) {
    if (isRejected('correction')) return { kind: 'nothing', why: sameRejected, withdraws };
    return {
      ...{ kind: 'reply', reply: 'correction', mode, withdraws },
      corrects: sent.messageId,
      why: 'an earlier answer was wrong',
    };
  }
  const nothing = (why: string): Decision => ({ kind: 'nothing', why, withdraws });
  if (sent !== null || waiting.some(({ kind }) => kind === 'pass')) return nothing('this version has been answered');
  if (!judged.isAsked && !reached.some(({ passes }) => passes)) return nothing('it held, and nobody asked to be told');
  if (isRejected('pass')) return nothing(sameRejected);
  return { kind: 'reply', reply: 'pass', mode, corrects: null, withdraws, why: 'it held' };
}
