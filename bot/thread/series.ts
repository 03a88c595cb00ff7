/**
 * Mails → threads → series. A series is one version of a set of patches: same thread, same count, same version, same
 * author. Replies, bots and covers are told apart from patches; what is missing is named.
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

/** The series of all threads among the mails, oldest first. */
export function readSeries(messages: readonly Message[]): readonly Series[] {
  const rootOf = threadRoots(messages);
  const groups = new Map<string, { patches: SeriesPatch[]; cover: Message | null; root: string; subject: Subject }>();
  const seen = new Set<string>();
  for (const message of messages) {
    const subject = readSubject(message.subject);
    if (subject.isReply || (!subject.isPatch && subject.machinery === null)) continue;
    if (!subject.isPatch && !/^diff --git /m.test(message.body)) continue;
    if (message.id !== '' && seen.has(message.id)) continue;
    seen.add(message.id);
    const author = authorOf(message);
    const root = rootOf(message);
    const key = [
      root,
      subject.version,
      subject.total ?? 1,
      subject.stableTree ?? '',
      message.from.address.toLowerCase(),
      subject.total === null ? subject.title : '',
    ].join('\n');
    const group = groups.get(key) ?? { patches: [], cover: null, root, subject };
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
  return [...groups.values()].filter((group) => group.patches.length > 0).map(seriesOf);
}

/** The newest version; of several series of one version (stable backports in one thread) all. */
export function newest(series: readonly Series[]): readonly Series[] {
  const version = Math.max(...series.filter((one) => one.stableTree === null).map((one) => one.version), 0);
  const chosen = series.filter((one) => one.stableTree === null && one.version === version);
  return chosen.length > 0 ? withReplaced(chosen, series) : series;
}

/** `[PATCH v2 3/5]` alone under version 1 replaces one patch: the others still stand. */
function withReplaced(chosen: readonly Series[], all: readonly Series[]): readonly Series[] {
  return chosen.map((one) => {
    if (one.patches.length === one.total || one.total === 1) return one;
    const earlier = all
      .filter((other) => other.root === one.root && other.total === one.total && other.version < one.version)
      .at(-1);
    if (earlier === undefined) return one;
    const have = new Set(one.patches.map((patch) => patch.subject.index));
    const kept = earlier.patches.filter((patch) => !have.has(patch.subject.index));
    const patches = [...kept, ...one.patches].sort(byIndex);
    const problems = [...one.problems.filter((problem) => problem.kind !== 'missing-patches')];
    if (kept.length > 0)
      problems.push({
        kind: 'partial-reroll',
        text: `version ${one.version} holds ${one.patches.length} of ${one.total} patches; the others are those of version ${earlier.version}`,
      });
    return { ...one, cover: one.cover ?? earlier.cover, patches, problems };
  });
}

function seriesOf(group: { patches: SeriesPatch[]; cover: Message | null; root: string; subject: Subject }): Series {
  const patches = [...group.patches].sort(byIndex);
  const total = group.subject.total ?? 1;
  const problems: Problem[] = [];
  const numbers = new Set(patches.map((patch) => patch.subject.index));
  const missing = Array.from({ length: Math.min(total, 1000) }, (_, i) => i + 1).filter(
    (number) => group.subject.total !== null && !numbers.has(number),
  );
  if (missing.length > 0)
    problems.push({ kind: 'missing-patches', text: `patch ${missing.join(', ')} of ${total} is not in the thread` });
  return {
    version: group.subject.version,
    total,
    root: group.root,
    cover: group.cover,
    patches,
    stableTree: group.subject.stableTree,
    problems,
  };
}

const byIndex = (a: SeriesPatch, b: SeriesPatch) => (a.subject.index ?? 1) - (b.subject.index ?? 1);

/** From each mail up its parents to the first mail that is here; ids that loop end where they began. */
function threadRoots(messages: readonly Message[]): (message: Message) => string {
  const byId = new Map(messages.map((message) => [message.id, message]));
  return (message) => {
    const visited = new Set<string>();
    let at = message;
    while (!visited.has(at.id)) {
      visited.add(at.id);
      const parents = [at.inReplyTo, ...[...at.references].reverse()].filter((id) => id !== null);
      const parent = parents.map((id) => byId.get(id)).find((candidate) => candidate !== undefined);
      if (parent === undefined) return at.references[0] ?? at.inReplyTo ?? at.id;
      at = parent;
    }
    return at.id;
  };
}

function authorOf(message: Message): Mailbox {
  const inBody = /^\s*From:\s*(.*?)\s*<([^<>\s]+@[^<>\s]+)>\s*\n/.exec(message.body);
  if (inBody !== null) return { name: (inBody[1] ?? '').replace(/^"|"$/g, ''), address: inBody[2] ?? '' };
  for (const name of ['x-original-from', 'x-mailman-original-from']) {
    const original = /^(.*?)\s*<([^<>\s]+@[^<>\s]+)>$/.exec(message.headers.get(name) ?? '');
    if (original !== null) return { name: (original[1] ?? '').replace(/^"|"$/g, ''), address: original[2] ?? '' };
  }
  const relayed = / via /.test(message.from.name) || /^devnull\+.*@kernel\.org$/.test(message.from.address);
  return relayed ? (message.replyTo[0] ?? message.from) : message.from;
}
