/**
 * An archive → the threads that hold a relevant patch. The one idea: mails are joined by every id they name, so that a thread
 * is whole with its versions, its fix-ups and its whole series even where the mails between are missing; which mails make a
 * series is decided later, by bot/thread/, from the decoded mails.
 */
import { type MailPlace, mailBytesMax, type StoredMail } from './epochs.ts';
import { type Heading, pathsTouched, readHeading } from './heading.ts';

export interface PatchPlace {
  readonly id: string;
  readonly subject: string;
  readonly sentMs: number;
  /** The relevant ones. */
  readonly paths: readonly string[];
  /** Why it can only be a row, and no patch to review; null where it can. */
  readonly damage: string | null;
}

export interface ArchiveThread {
  /** In the order they came. */
  readonly mails: readonly MailPlace[];
  /** The relevant ones. */
  readonly patches: readonly PatchPlace[];
}

export interface Catalogue {
  readonly threads: readonly ArchiveThread[];
  readonly mails: number;
  /** Mails that are no whole mail, whatever they were about. */
  readonly damaged: number;
}

interface Entry {
  readonly place: MailPlace;
  readonly heading: Heading;
  readonly sentMs: number;
  readonly patch: PatchPlace | null;
}

/** Mails of one thread that are decoded; of a longer one those nearest to its patches. */
const threadMailsMax = 3000;
/** Patches that answer no mail are one series where they come within this time (as in bot/thread/series.ts). */
const unthreadedMs = 20 * 60_000;

export class Cataloguer {
  readonly #entries: Entry[] = [];
  readonly #seen = new Set<string>();
  #damaged = 0;
  #mails = 0;

  async add(mail: StoredMail): Promise<void> {
    this.#mails++;
    const heading = readHeading(mail.bytes);
    const damage = damageOf(mail, heading);
    if (damage !== null) this.#damaged++;
    // The same mail often comes twice, by way of another list.
    if (heading.id !== '' && this.#seen.has(heading.id)) return;
    this.#seen.add(heading.id);
    const { epoch, commit, sentMs } = mail;
    const paths = await pathsTouched(mail.bytes, heading);
    const unreadable = paths?.length === 0 ? 'it names a file that matters, but its diff cannot be read' : null;
    const id = heading.id === '' ? `commit ${commit}` : heading.id;
    const patch = paths && { id, subject: heading.subject, sentMs, paths, damage: damage ?? unreadable };
    this.#entries.push({ place: { epoch, commit }, heading, sentMs, patch });
  }

  finish(): Catalogue {
    const sets = new DisjointSets(this.#entries.length);
    const byId = new Map<string, number>();
    const loose = new Map<string, number>();
    this.#entries.forEach(({ heading, sentMs }, index) => {
      for (const id of [heading.id, ...heading.parents].filter((one) => one !== '')) {
        const other = byId.get(id);
        if (other === undefined) byId.set(id, index);
        else sets.join(index, other);
      }
      const { isPatch, isReply, total, version } = heading.read;
      if (!isPatch || isReply || total === null || heading.parents.length > 0) return;
      const kin = `${heading.from} ${version} ${total}`;
      const host = loose.get(kin);
      if (host !== undefined && Math.abs(sentMs - this.#entries[host]!.sentMs) <= unthreadedMs) sets.join(index, host);
      else loose.set(kin, index);
    });
    return { threads: this.#threads(sets), mails: this.#mails, damaged: this.#damaged };
  }

  #threads(sets: DisjointSets): readonly ArchiveThread[] {
    const wanted = new Map<number, Entry[]>();
    this.#entries.forEach(({ patch }, index) => {
      if (patch !== null) wanted.set(sets.find(index), []);
    });
    this.#entries.forEach((entry, index) => {
      wanted.get(sets.find(index))?.push(entry);
    });
    return [...wanted.values()].map((entries) => ({
      mails: nearest(entries).map(({ place }) => place),
      patches: entries.flatMap(({ patch }) => (patch === null ? [] : [patch])),
    }));
  }
}

/** All of a thread; of one beyond the limit, what stands around its relevant patches. */
function nearest(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length <= threadMailsMax) return entries;
  const patches = entries.flatMap(({ patch }, index) => (patch === null ? [] : [index]));
  const each = Math.max(1, Math.floor(threadMailsMax / patches.length / 2));
  const kept = new Set(
    patches.flatMap((at) => Array.from({ length: 2 * each + 1 }, (_, i) => at - each + i)).filter((at) => at >= 0),
  );
  return entries.filter((_, index) => kept.has(index));
}

function damageOf({ size }: StoredMail, { id, subject, from }: Heading): string | null {
  if (size > mailBytesMax) return `the mail has ${size} bytes; at most ${mailBytesMax} are read`;
  if (id === '') return 'the mail has no Message-ID';
  return subject === '' && from === '' ? 'the mail has neither author nor subject' : null;
}

/** Which mails are in one thread: a forest in which every tree is a thread. */
class DisjointSets {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  find(of: number): number {
    let root = of;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    for (let at = of; at !== root; ) {
      const next = this.#parent[at]!;
      this.#parent[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [one, other] = [this.find(a), this.find(b)];
    this.#parent[Math.max(one, other)] = Math.min(one, other);
  }
}
