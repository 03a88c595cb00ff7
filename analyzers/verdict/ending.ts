/**
 * What is wrong with how an entry point ends, whichever task comes by later: the kernel complains, a word of text is not made
 * consistent, another value is left in a word that belongs to the program.
 *
 * Example: `*addr = nop` without dcbst; sync; icbi; sync; isync: some CPU goes on executing the branch, for any time.
 */
import type { CheckId } from '../checks/checks.ts';
import type { CallSite, Protocol, Step } from '../protocol/protocol.ts';
import { profileName, type Sighting } from './cause.ts';
import { type MailLineOf, nowhere, spotOf, trailSpot } from './spot.ts';

interface EndingInput {
  readonly protocol: Protocol;
  readonly mailLineOf: MailLineOf;
}

/**
 * ftrace_bug() and BUG() met while the steps ran. A WARN is the kernel's own remark and no break; of what is not ftrace it is
 * all that tells of a failure.
 */
export function complaints({ protocol, mailLineOf }: EndingInput): Sighting[] {
  const isFtrace = protocol.scenario.subject === 'ftrace';
  const bug = protocol.steps.find(
    (step): step is Step & { kind: 'bug' } => step.kind === 'bug' && (step.what !== 'WARN' || !isFtrace),
  );
  const common = commonOf(protocol);
  if (bug !== undefined) {
    const check = isFtrace ? 'ftrace-bug' : 'kernel-bug';
    return [{ ...common, level: 'sequential', check, guilty: bug, spot: spotOf(bug, null, mailLineOf) }];
  }
  // From a mail alone an error may be that of a function it leaves out.
  if (protocol.outcome !== 'refused' || protocol.evidence === 'diff') return [];
  const spot = trailSpot(protocol.trail, mailLineOf) ?? nowhere;
  return [{ ...common, level: 'sequential', check: isFtrace ? 'ftrace-disabled' : 'kernel-bug', guilty: null, spot }];
}

/** Words that are left wrong. */
export function leftBehind({ protocol, mailLineOf }: EndingInput): Sighting[] {
  return wrongText(protocol).map(({ check, level, step }) => ({
    ...commonOf(protocol),
    ...{ check, level, guilty: step, spot: spotOf(step, null, mailLineOf) },
  }));
}

const commonOf = (protocol: Protocol) =>
  ({ pattern: '', protocol, profile: profileName(protocol), model: null, origin: [], break: null }) as const;

interface LeftBehind {
  readonly check: CheckId;
  readonly level: 'sequential' | 'stale';
  readonly step: Step;
}

function wrongText({ steps, sites, texts, outcome }: Protocol): readonly LeftBehind[] {
  if (outcome !== 'ok') return [];
  const stored = new Map<bigint, Stored>();
  for (const step of steps) note(step, stored);
  const foreign = [...stored].find(([address, { word }]) => sites.some((site) => isForeign(site, address, word)));
  // What nothing leads to yet has not been fetched: the trampolines that ftrace_dyn_arch_init() fills without a flush.
  const raw = [...stored].find(
    ([address, { changed }]) =>
      changed && [...sites, ...texts].some((text) => text.words.has(Number(address - text.address))),
  )?.[1];
  return [
    ...(foreign === undefined ? [] : [{ check: 'foreign-word', level: 'sequential', step: foreign[1].step } as const]),
    ...(raw === undefined ? [] : [{ check: 'not-consistent', level: 'stale', step: raw.step } as const]),
  ];
}

/** The word that is recorded for a site, once all steps are done. */
export function recordedWord({ address, recorded, words }: CallSite, steps: readonly Step[]): number | undefined {
  const stored = new Map<bigint, Stored>();
  for (const step of steps) note(step, stored);
  return stored.get(address + BigInt(recorded))?.word ?? words.get(recorded);
}

/** The last store of a word. */
interface Stored {
  readonly word: number;
  /** It is another value than one that was made consistent, and was not made so itself. */
  readonly changed: boolean;
  /** There was no instruction when the run began: nobody can have fetched what was there. */
  readonly fresh: boolean;
  readonly step: Step;
}

function note(step: Step, stored: Map<bigint, Stored>): void {
  switch (step.kind) {
    case 'ipi':
    case 'stopMachine':
      for (const effect of step.effects) note(effect, stored);
      return;
    case 'flush':
      for (const [address, store] of stored)
        if (address >= step.from && address < step.to) stored.set(address, { ...store, changed: false });
      return;
    case 'modify': {
      const store = (address: bigint, old: number, word: number) => {
        const known = stored.get(address);
        const fresh = known?.fresh ?? old === 0;
        const changed = step.consistent !== 'patch' && !fresh && (old !== word || known?.changed === true);
        stored.set(address, { word, changed, fresh, step });
      };
      store(step.word.address, step.old, step.new);
      if (step.newSuffix !== undefined) store(step.word.address + 4n, step.oldSuffix ?? 0, step.newSuffix);
    }
  }
}

function isForeign({ own, address, words }: CallSite, at: bigint, word: number): boolean {
  const offset = Number(at - address);
  const before = words.get(offset);
  return own !== undefined && before !== undefined && !own.includes(offset) && before !== word;
}
