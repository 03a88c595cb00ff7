/**
 * Makes one issue as it should be: looks at it, or for it, says the difference (issue.ts), writes it. It may be stopped anywhere,
 * and any answer may be lost: begun anew it finds what it has done. Nothing is stored here; what is to be kept comes back.
 */
import type { Trouble } from './answer.ts';
import { changeOf, newIssue, type WantedIssue } from './issue.ts';
import type { Tracker } from './tracker.ts';

export interface IssueTask {
  readonly wanted: WantedIssue;
  /** Null where none is known to have been made. */
  readonly number: number | null;
  readonly url: string | null;
  /** When one may have been made of which nothing is known; null where none was. */
  readonly unsureAt: Date | null;
}

/**
 * written: it is as it should be, or as a person wants it. later: something was in the way. parked: a person must look.
 * left: a person took it away, and it stays away.
 */
export interface Settled extends Pick<IssueTask, 'number' | 'url' | 'unsureAt'> {
  readonly state: 'written' | 'later' | 'parked' | 'left';
  /** What was left as a person wants it, or is in the way. */
  readonly why: string | null;
  /** Of `later`: not before; null where it is for the caller to say. */
  readonly notBefore: Date | null;
}

/** GitHub's lists lag behind its writes: only then is "it is not there" believed. */
export const lagMs = 60_000;

export async function settleIssue(task: IssueTask, tracker: Tracker, now: () => Date): Promise<Settled> {
  const common = { ...task, notBefore: null, why: null } as const;
  const { wanted, unsureAt } = task;
  let { number } = task;
  if (number === null) {
    const believedAt = unsureAt === null ? null : new Date(unsureAt.getTime() + lagMs);
    const found = await tracker.find(wanted.key);
    if (found.trouble !== null) return stopped(found.trouble, common);
    if (found.data === null && believedAt !== null && now() < believedAt)
      return { ...common, state: 'later', why: 'one may have been made just now', notBefore: believedAt };
    if (found.data === null) return make(task, tracker, now);
    number = found.data;
  }
  const found = await tracker.read(number);
  const known = { ...common, number, unsureAt: null };
  if (found.trouble?.kind === 'absent') return absent(found.trouble, tracker, known);
  if (found.trouble !== null) return stopped(found.trouble, known);
  if (found.moved) {
    const home = await tracker.home();
    if (home.trouble !== null) return stopped(home.trouble, known);
    if (home.data.name.toLowerCase() !== found.data.repository.toLowerCase())
      return { ...known, state: 'left', why: `a person has moved it to ${found.data.repository}` };
  }
  const { change, left } = changeOf(wanted, found.data);
  const settled = { ...known, url: found.data.url };
  const locked = found.data.locked ? ['its discussion is locked'] : [];
  if (Object.keys(change).length > 0) {
    const changed = await tracker.change(number, change);
    if (changed.trouble?.kind === 'absent') return absent(changed.trouble, tracker, known);
    if (changed.trouble?.kind === 'refused' && found.data.locked)
      return { ...settled, state: 'parked', why: 'its discussion is locked, and we may not change it' };
    if (changed.trouble !== null) return stopped(changed.trouble, settled);
  }
  return { ...settled, state: 'written', why: [...left, ...locked].join('; ') || null };
}

async function make(task: IssueTask, tracker: Tracker, now: () => Date): Promise<Settled> {
  const common = { ...task, notBefore: null, unsureAt: null };
  // What is over already need not begin.
  if (task.wanted.state === 'closed') return { ...common, state: 'written', why: 'it is over before it was opened' };
  const made = await tracker.create(newIssue(task.wanted));
  if (made.trouble?.kind === 'lost')
    return { ...stopped(made.trouble, common), unsureAt: now(), notBefore: new Date(now().getTime() + lagMs) };
  if (made.trouble?.kind === 'absent') return absent(made.trouble, tracker, common);
  if (made.trouble !== null) return stopped(made.trouble, common);
  return { ...common, number: made.data.number, url: made.data.url, state: 'written', why: null };
}

type Common = Omit<Settled, 'state' | 'why'>;

/** 404 or 410: of the issue, or of all of them. */
async function absent(trouble: Trouble, tracker: Tracker, common: Common): Promise<Settled> {
  const home = await tracker.home();
  if (home.trouble?.kind === 'absent')
    return { ...common, state: 'parked', why: `${tracker.repository} is not there, or not for us` };
  if (home.trouble !== null) return stopped(home.trouble, common);
  if (!home.data.hasIssues) return { ...common, state: 'parked', why: `${home.data.name} has its issues turned off` };
  if (common.number === null) return { ...common, state: 'parked', why: trouble.why };
  return { ...common, state: 'left', why: 'a person has deleted it' };
}

export function stopped(trouble: Trouble, common: Common): Settled {
  switch (trouble.kind) {
    case 'limited':
      return { ...common, state: 'later', why: trouble.why, notBefore: trouble.until };
    case 'lost':
    case 'conflict':
    case 'refused':
      return { ...common, state: 'later', why: trouble.why };
    case 'absent':
    case 'invalid':
      return { ...common, state: 'parked', why: trouble.why };
  }
}
