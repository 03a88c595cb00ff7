/**
 * How a mail client puts mails into threads, by Jamie Zawinski's rules (https://www.jwz.org/doc/threading.html), from their
 * headers alone: References first, In-Reply-To where there are none, a place kept for what is missing. Steps 1 to 4; grouping
 * by subject (step 5) is for mails that name no parent, of which ours is never one.
 */
export interface Headers {
  readonly id: string;
  readonly references: readonly string[];
  readonly inReplyTo: string | null;
}

interface Container {
  readonly id: string;
  isThere: boolean;
  parent: Container | null;
}

/** Of each mail the one that it is shown under; null for one that begins a thread. */
export function parentsByReferences(mails: readonly Headers[]): ReadonlyMap<string, string | null> {
  const table = new Map<string, Container>();
  const containerOf = (id: string): Container => {
    const found = table.get(id) ?? { id, isThere: false, parent: null };
    table.set(id, found);
    return found;
  };
  for (const { id, references, inReplyTo } of mails) {
    const chain = references.length > 0 ? references : inReplyTo === null ? [] : [inReplyTo];
    let before: Container | null = null;
    for (const reference of chain) {
      const container = containerOf(reference);
      // Links that are there already are not changed, and none that would make a loop is made.
      if (before !== null && container.parent === null && !isUnder(before, container)) container.parent = before;
      before = container;
    }
    const own = containerOf(id);
    own.isThere = true;
    // The mail's own word counts more than what others' references made of it.
    own.parent = before !== null && !isUnder(before, own) ? before : null;
  }
  return new Map(mails.map(({ id }) => [id, shownUnder(containerOf(id))]));
}

function isUnder(one: Container, other: Container): boolean {
  for (let at: Container | null = one; at !== null; at = at.parent) if (at === other) return true;
  return false;
}

/** Empty containers are pruned: what is under one is shown under the next that is there. */
function shownUnder({ parent }: Container): string | null {
  let at = parent;
  while (at !== null && !at.isThere) at = at.parent;
  return at?.id ?? null;
}
