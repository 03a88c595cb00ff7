/**
 * Asked right before a mail leaves, of the store as it is gives: may it still? Rows in the order of their weight; the first that
 * holds says so, and the mail is withdrawn with its reason, or waits.
 */
import type { ReplyKind } from '../reply/since.ts';

/** What is known of a reply's surroundings at this moment. */
export interface Surroundings {
  readonly kind: ReplyKind;
  readonly version: number;
  readonly fingerprints: readonly string[];
  /** Somebody has stopped all posting. */
  readonly isKilled: boolean;
  /** The thread was closed by an ignore command. */
  readonly isIgnored: boolean;
  /** The author of the work has opted out. */
  readonly isOptedOut: boolean;
  /** The author took the series back, in the thread. */
  readonly isRetracted: boolean;
  /** The highest version of this work in the thread or on its lists. */
  readonly newestVersion: number;
  /** Mails of ours in this thread that went out in the last day, this one not among them. */
  readonly ownOfLastDay: number;
  /** Fingerprints of findings of this work that somebody says are none. */
  readonly disputed: readonly string[];
  /** Fingerprints of what was mailed of this version. */
  readonly said: readonly string[];
  /** Where it would go was opted out or taken off since it was rendered: what is left. */
  readonly recipients: readonly string[];
}

export type Clearance =
  | { readonly kind: 'send' }
  /** Asked again later; nothing is lost. */
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'withdraw'; readonly why: string };

interface Row {
  readonly holds: (now: Surroundings) => boolean;
  readonly gives: Clearance;
}

const withdraw = (why: string): Clearance => ({ kind: 'withdraw', why });
const rows: readonly Row[] = [
  { holds: ({ isKilled }) => isKilled, gives: { kind: 'wait', why: 'posting is stopped' } },
  { holds: ({ isIgnored }) => isIgnored, gives: withdraw('the thread was closed to the bot') },
  { holds: ({ isOptedOut }) => isOptedOut, gives: withdraw('the author wants no mail of ours') },
  { holds: ({ isRetracted }) => isRetracted, gives: withdraw('the author has taken the patch back') },
  {
    holds: ({ newestVersion, version, kind }) => newestVersion > version && kind !== 'correction',
    gives: withdraw('there is a newer version'),
  },
  { holds: (now) => tellsOnly(now, now.said), gives: withdraw('the same was said already') },
  { holds: (now) => tellsOnly(now, now.disputed), gives: withdraw('what it tells of is disputed') },
  { holds: ({ recipients }) => recipients.length === 0, gives: withdraw('nobody is left to write to') },
  // MAIL.md section 1: no second mail to a thread within a day, but a correction.
  {
    holds: ({ ownOfLastDay, kind }) => ownOfLastDay > 0 && kind !== 'correction',
    gives: { kind: 'wait', why: 'the thread got a mail of ours less than a day ago' },
  },
];

const tellsOnly = ({ kind, fingerprints }: Surroundings, of: readonly string[]) =>
  kind !== 'correction' && fingerprints.length > 0 && fingerprints.every((one) => of.includes(one));

export const lastCheck = (now: Surroundings): Clearance =>
  rows.find(({ holds }) => holds(now))?.gives ?? { kind: 'send' };
