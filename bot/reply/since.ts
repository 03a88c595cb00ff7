/**
 * From version to version: what was said of an earlier version of a series, and what has become of it. Findings are known again
 * by their fingerprints (outbox/fingerprint.ts), whatever lines and names have done meanwhile.
 */

export type ReplyKind = 'finding' | 'question' | 'pass' | 'correction';

/** A mail of ours about a version of a series. */
export interface Said {
  readonly version: number;
  readonly messageId: string;
  readonly kind: ReplyKind;
  readonly fingerprints: readonly string[];
  /** It has left; else it waits, or is kept as a dry run. */
  readonly isSent: boolean;
  /** Nobody has been told by it, nor will be: the last check or a later analysis took it back, or a moderator said no. */
  readonly ended: 'withdrawn' | 'rejected' | null;
}

/** What became of the findings of an earlier version, by fingerprint. */
export interface SinceThen {
  readonly version: number;
  readonly fixed: readonly string[];
  readonly still: readonly string[];
  readonly added: readonly string[];
}

export const isAccusing = ({ kind }: Pick<Said, 'kind'>) => kind === 'finding' || kind === 'question';

/** The newest earlier version of which findings were mailed, held against this one; null where there is none. */
export function sinceThen(
  now: { readonly version: number; readonly fingerprints: readonly string[] },
  said: readonly Said[],
): SinceThen | null {
  const last = said
    .filter((one) => isAccusing(one) && one.isSent && one.version < now.version && one.fingerprints.length > 0)
    .reduce<Said | null>((a, b) => (a === null || b.version >= a.version ? b : a), null);
  if (last === null) return null;
  const [before, after] = [new Set(last.fingerprints), new Set(now.fingerprints)];
  return {
    version: last.version,
    fixed: [...before].filter((one) => !after.has(one)),
    still: [...after].filter((one) => before.has(one)),
    added: [...after].filter((one) => !before.has(one)),
  };
}

/** `Of what was found in v1, one is fixed and one is still there; one is new.` */
export function sinceText({ version, fixed, still, added }: SinceThen): string {
  const parts = [
    ...(fixed.length > 0 ? [`${counted(fixed.length)} fixed`] : []),
    ...(still.length > 0 ? [`${counted(still.length)} still there`] : []),
  ];
  const fresh = added.length > 0 ? `; ${counted(added.length)} new` : '';
  return `Of what was found in v${version}, ${parts.join(' and ')}${fresh}.`;
}

const words = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const counted = (count: number) => `${words[count] ?? count} ${count === 1 ? 'is' : 'are'}`;
