/**
 * Subjects of patch mails. Bracket groups say what a mail is: `[PATCH v2 4/7]`, `[RFC PATCH]`, `[PATCHv2 net-next 1/3]`,
 * `[v4 PATCH]`, `[PATCH v5.10]`. `vX.Y` and `X.Y` are stable trees, never revisions.
 */

export interface Subject {
  readonly isReply: boolean;
  readonly isPatch: boolean;
  /** 1 where none is named. */
  readonly version: number;
  /** null for a patch that is not numbered. 0 is the cover letter. */
  readonly index: number | null;
  readonly total: number | null;
  readonly rfc: boolean;
  readonly resend: boolean;
  /** `v5.10` where the mail is for a stable tree. */
  readonly stableTree: string | null;
  /** A mail by a stable maintainer's machinery, which is no submission. */
  readonly machinery: string | null;
  /** Without prefixes. */
  readonly title: string;
}

export function readSubject(subject: string): Subject {
  const machinery = machineryOf(subject);
  const isReply = /^\s*(re|aw|sv|antw|fwd?)(\[\d+\])?\s*:/i.test(subject);
  let rest = subject.replace(/^\s*((re|aw|sv|antw|fwd?)(\[\d+\])?\s*:\s*)+/i, '');
  const words: string[] = [];
  for (
    let group = /^\s*\[([^\]]{0,200})\]\s*/.exec(rest);
    group !== null;
    group = /^\s*\[([^\]]{0,200})\]\s*/.exec(rest)
  ) {
    words.push(...(group[1] ?? '').split(/[\s,]+|(?<=[a-z])\/(?=[a-z])/i).filter((word) => word !== ''));
    rest = rest.slice(group[0].length);
  }
  let [isPatch, rfc, resend] = [false, false, false];
  let version = 1;
  let index: number | null = null;
  let total: number | null = null;
  let stableTree: string | null = null;
  for (const word of words) {
    const tagged = /^PATCH[-_]?(?:v(\d+))?(?:(\d+)\/(\d+))?$/i.exec(word);
    const revision = /^v(\d{1,3})$/i.exec(word);
    const count = /^(\d{1,4})\/(\d{1,4})$/.exec(word);
    if (tagged !== null) {
      isPatch = true;
      if (tagged[1] !== undefined) version = Number(tagged[1]);
      if (tagged[2] !== undefined) [index, total] = [Number(tagged[2]), Number(tagged[3])];
    } else if (revision !== null) version = Number(revision[1]);
    else if (count !== null) [index, total] = [Number(count[1]), Number(count[2])];
    else if (/^v?\d+\.\d+(\.\d+)?(\.y)?$/i.test(word) || /^(stable|linux)-?\d+\.\d+/i.test(word)) stableTree = word;
    else if (/^RFC(v?\d+)?$/i.test(word)) {
      rfc = true;
      isPatch = true;
      const number = /\d+/.exec(word);
      if (number !== null) version = Number(number[0]);
    } else if (/^(RESEND|REPOST)$/i.test(word)) resend = true;
  }
  return {
    isReply,
    isPatch: isPatch && machinery === null,
    version,
    index,
    total,
    rfc,
    resend,
    stableTree,
    machinery,
    title: rest.trim(),
  };
}

function machineryOf(subject: string): string | null {
  if (/\[[^[\]]{0,200}\bAUTOSEL\b/.test(subject)) return 'AUTOSEL';
  if (/^Patch ".*" has been (added|queued)/i.test(subject)) return 'stable queue';
  return /^FAILED: patch/i.test(subject) ? 'stable failure' : null;
}
