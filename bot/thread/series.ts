/**
 * Mails → threads → series. A series is one version of a set of patches: same thread, same count, same version, same
 * author; where its mails are not threaded at all, sent within minutes. Replies, bots and covers are told apart from
 * patches; what is missing is named.
 */
import type { Problem } from '../../analyzers/source/place.ts';
import type { Mailbox, Message } from '../mail/message.ts';
import { silenceOf } from './silence.ts';
import { readSubject, type Subject } from './subject.ts';

export interface SeriesPatch {
  readonly message: Message;
  readonly subject: Subject;
  /** The author of the change: in-body From, else the sender. */
  readonly author: Mailbox;
  /** Why it must not be answered; null where it may. */
  readonly silence: string | null;
}

export interface Series {
  readonly version: number;
  readonly total: number;
  /** Message-ID of the thread's first mail. */
  readonly root: string;
  readonly cover: Message | null;
  /** In order of their numbers. */
  readonly patches: readonly SeriesPatch[];
  readonly stableTree: string | null;
  readonly problems: readonly Problem[];
}

interface Group {
  /** What the mails of a series have in common besides the thread. */
  readonly kin: string;
  readonly root: string;
  readonly subject: Subject;
  readonly patches: SeriesPatch[];
  cover: Message | null;
}

/** The mails of an unthreaded series are this close to its first one (patchwork's rule). */
const unthreadedMs = 20 * 60_000;

/** The series of all threads among the mails, oldest first. */
export function readSeries(messages: readonly Message[]): readonly Series[] {
  const rootOf = threadRoots(messages);
  const groups = new Map<string, Group>();
  const seen = new Set<string>();
  for (const message of messages) {
    const subject = readSubject(message.subject);
    if (subject.isReply || (!subject.isPatch && subject.machinery === null)) continue;
    if (!subject.isPatch && !/^diff --git /m.test(message.body)) continue;
    if (message.id !== '' && seen.has(message.id)) continue;
    seen.add(message.id);
    const author = authorOf(message);
    const root = rootOf(message);
    const kin = [
      subject.version,
      subject.total ?? 1,
      subject.stableTree ?? '',
      message.from.address.toLowerCase(),
      subject.total === null ? subject.title : '',
    ].join('\n');
    const key = `${root}\n${kin}`;
    const group = groups.get(key) ?? { kin, root, subject, patches: [], cover: null };
    groups.set(key, group);
    if (subject.index === 0) {
      group.cover ??= message;
      continue;
    }
    const patch: SeriesPatch = { message, subject, author, silence: silenceOf(message) };
    const same = group.patches.findIndex((other) => other.subject.index === subject.index);
    // A patch sent again under its own number takes the place of the first.
    if (same < 0) group.patches.push(patch);
    else group.patches[same] = patch;
  }
  return joinUnthreaded([...groups.values()])
    .filter((group) => group.patches.length > 0)
    .map(seriesOf);
}

/** Numbered patches that answer no mail, each a thread of its own, make one series if sent within minutes. */
function joinUnthreaded(groups: readonly Group[]): readonly Group[] {
  const joined: Group[] = [];
  const hosts = new Map<string, Group>();
  for (const group of groups) {
    const mails = mailsOf(group);
    const loose = group.subject.total !== null && mails.every((mail) => parentsOf(mail).length === 0);
    const host = loose ? hosts.get(group.kin) : undefined;
    if (host !== undefined && isNear(host, group) && !overlap(host, group)) {
      host.patches.push(...group.patches);
      host.cover ??= group.cover;
      continue;
    }
    joined.push(group);
    if (loose) hosts.set(group.kin, group);
  }
  return joined;
}

const mailsOf = ({ cover, patches }: Group) => [
  ...(cover === null ? [] : [cover]),
  ...patches.map(({ message }) => message),
];

function isNear(host: Group, group: Group): boolean {
  const [first, next] = [mailsOf(host)[0]?.date, mailsOf(group)[0]?.date];
  return first != null && next != null && Math.abs(next.getTime() - first.getTime()) <= unthreadedMs;
}

function overlap(a: Group, b: Group): boolean {
  const numbers = new Set(a.patches.map(({ subject }) => subject.index));
  return b.patches.some(({ subject }) => numbers.has(subject.index)) || (a.cover !== null && b.cover !== null);
}

/**
 * The newest version of each thread; of several series of one version (stable backports in one thread) all. A version that
 * was sent again as a thread of its own, with a patch of the same title by the same author, is newer too.
 */
export function newest(series: readonly Series[]): readonly Series[] {
  const chosen = series.filter(
    (one) => one.stableTree === null && !series.some((other) => other.version > one.version && isSameWork(one, other)),
  );
  return chosen.length > 0 ? withReplaced(chosen, series) : series;
}

/** All versions, each with the patches that it takes over from an earlier one. */
export const everyVersion = (series: readonly Series[]): readonly Series[] => withReplaced(series, series);

function isSameWork(one: Series, other: Series): boolean {
  if (other.stableTree !== null) return false;
  if (one.root === other.root) return true;
  const works = new Set(one.patches.map(workOf));
  return other.patches.some((patch) => works.has(workOf(patch)));
}

const workOf = ({ author, subject }: SeriesPatch) => `${author.address.toLowerCase()} ${subject.title}`;

/** `[PATCH v2 3/5]` alone under version 1 replaces one patch: the others still stand, each in its newest version. */
function withReplaced(chosen: readonly Series[], all: readonly Series[]): readonly Series[] {
  return chosen.map((one) => {
    if (one.patches.length === one.total || one.total === 1) return one;
    const earlier = all
      .filter((other) => other.root === one.root && other.total === one.total && other.version < one.version)
      .filter((other) => other.stableTree === null)
      .sort((a, b) => b.version - a.version);
    const patches = [...one.patches];
    const lenders: number[] = [];
    for (const { version, patches: lent } of earlier) {
      const have = new Set(patches.map((patch) => patch.subject.index));
      const kept = lent.filter((patch) => !have.has(patch.subject.index));
      if (kept.length > 0) lenders.push(version);
      patches.push(...kept);
    }
    if (lenders.length === 0) return one;
    const reroll: Problem = {
      kind: 'partial-reroll',
      text: `version ${one.version} holds ${one.patches.length} of ${one.total} patches; the others are those of version ${lenders.join(', ')}`,
    };
    const cover = one.cover ?? earlier.find((other) => other.cover !== null)?.cover ?? null;
    patches.sort(byIndex);
    return { ...one, cover, patches, problems: [...missingOf(patches, one.total), reroll] };
  });
}

function seriesOf(group: Group): Series {
  const patches = [...group.patches].sort(byIndex);
  const total = group.subject.total ?? 1;
  return {
    version: group.subject.version,
    total,
    root: group.root,
    cover: group.cover,
    patches,
    stableTree: group.subject.stableTree,
    problems: group.subject.total === null ? [] : missingOf(patches, total),
  };
}

function missingOf(patches: readonly SeriesPatch[], total: number): Problem[] {
  const numbers = new Set(patches.map((patch) => patch.subject.index));
  const missing = Array.from({ length: Math.min(total, 1000) }, (_, i) => i + 1).filter((at) => !numbers.has(at));
  return missing.length === 0
    ? []
    : [{ kind: 'missing-patches', text: `patch ${missing.join(', ')} of ${total} is not in the thread` }];
}

const byIndex = (a: SeriesPatch, b: SeriesPatch) => (a.subject.index ?? 1) - (b.subject.index ?? 1);

/** From each mail up its parents to the first mail that is here; ids that loop end where they began. */
function threadRoots(messages: readonly Message[]): (message: Message) => string {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const known = new Map<string, string>();
  return (message) => {
    const visited = new Set<string>();
    let at = message;
    let root = at.id === '' ? undefined : known.get(at.id);
    while (root === undefined) {
      visited.add(at.id);
      const parent = parentsOf(at)
        .map((id) => byId.get(id))
        .find((candidate) => candidate !== undefined);
      if (parent === undefined) root = at.references[0] ?? at.inReplyTo ?? at.id;
      else root = known.get(parent.id) ?? (visited.has(parent.id) ? parent.id : undefined);
      at = parent ?? at;
    }
    for (const id of visited) if (id !== '') known.set(id, root);
    return root;
  };
}

/** Nearest first. */
const parentsOf = (message: Message) =>
  [message.inReplyTo, ...[...message.references].reverse()].filter((id) => id !== null);

function authorOf(message: Message): Mailbox {
  const original =
    mailboxIn(/^\s*From:([^\n]*)\n/.exec(message.body)?.[1]) ??
    mailboxIn(message.headers.get('x-original-from')) ??
    mailboxIn(message.headers.get('x-mailman-original-from'));
  if (original !== null) return original;
  const relayed = / via /.test(message.from.name) || /^devnull\+.*@kernel\.org$/.test(message.from.address);
  return relayed ? (message.replyTo[0] ?? message.from) : message.from;
}

function mailboxIn(text: string | undefined): Mailbox | null {
  if (text === undefined || text.length > 1000) return null;
  const match = /^(.*)<([^<>\s]+@[^<>\s]+)>$/.exec(text.trim());
  return match === null ? null : { name: (match[1] ?? '').trim().replace(/^"|"$/g, ''), address: match[2] ?? '' };
}
