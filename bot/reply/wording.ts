/**
 * What the bot says of each kind of finding, repair and note: one row each, statements for what was run on the
 * author's tree, questions for what was read from a mail alone or run on another. Never "safe", never an accusation.
 */
import { checks } from '../../analyzers/checks/checks.ts';
import { wordText } from '../../analyzers/explore/execution.ts';
import type { Break } from '../../analyzers/explore/explore.ts';
import { datumAt, type Model } from '../../analyzers/machine/model.ts';
import { isTocRestore } from '../../analyzers/power/code.ts';
import type { Finding, Note, PatchVerdict, Repair } from '../../analyzers/verdict/verdict.ts';

/** The sentence above the scenario: of what is certain, and of what may only look so from here. */
export function leadOf({ level, check }: Pick<Finding, 'level' | 'check'>, answer: PatchVerdict['answer']): string {
  const lead = ownLeads[check] ?? leads[level];
  return answer === 'finding' ? lead.finding : lead.question;
}
interface Lead {
  readonly finding: string;
  readonly question: string;
}
/** Of what is wrong whichever task comes by. */
const ownLeads: Readonly<Record<string, Lead>> = {
  'ftrace-bug': {
    finding: 'This ends in ftrace_bug() every time, with nobody else running.',
    question: 'Can this end in ftrace_bug(), with nobody else running?',
  },
  'ftrace-disabled': {
    finding: 'ftrace fails here every time, with nobody else running.',
    question: 'Can ftrace fail here, with nobody else running?',
  },
  'not-consistent': {
    finding:
      'The word stored here is not made consistent: nothing after the store invalidates what instruction caches hold.',
    question:
      'Is the word stored here made consistent? Nothing after the store seems to invalidate instruction caches.',
  },
  'foreign-word': {
    finding: 'This modifies a word of the program every time, with nobody else running.',
    question: 'Can this modify a word of the program, with nobody else running?',
  },
  'kernel-bug': {
    finding: 'This fails every time, with nobody else running.',
    question: 'Can this fail, with nobody else running?',
  },
};
const leads: Readonly<Record<Finding['level'], Lead>> = {
  sequential: {
    finding: 'This breaks every time, without any concurrency.',
    question: 'Can this break even without any concurrency?',
  },
  preemption: {
    finding: 'A task that is interrupted, preempted or just delayed here breaks.',
    question: 'Can a task that is interrupted, preempted or just delayed here break?',
  },
  stale: {
    finding: 'A CPU that may still hold an old word here breaks: nothing makes it synchronize its context in between.',
    question:
      'Can a CPU that still holds an old word here break? Nothing seems to make it synchronize its context in between.',
  },
};

/** Why what the scenario ends in is wrong, and when it crashes. */
export function consequenceOf({ check, break: found, model }: Finding): string {
  const ran = found?.execution.filter((step) => step.kind === 'instruction' && step.task === found.task) ?? [];
  const words = ran.map((step) => (step.kind === 'instruction' ? step.fetch.word : 0));
  const end = found?.execution.findLast((step) => step.kind === 'break');
  const via = end?.kind === 'break' ? end.via : null;
  const tracer = model === null || found === null ? 'the tracer' : enteredTracer(model, found);
  if (check === 'return-address' && via === 'r0' && !words.includes(mflrR0)) {
    return (
      `The task enters ${tracer} without a return address in r0: it has not executed an mflr r0 since it called the function. ` +
      `What ${tracer} saves and puts back as the return address is whatever r0 held, and the blr of <func> goes there: that is where it crashes.`
    );
  }
  if (check === 'return-address' && via === 'stack') {
    return (
      `The task enters ${tracer} without its return address in the stack slot that ${tracer} reads. ` +
      'The blr of <func> goes to whatever was there: that is where it crashes.'
    );
  }
  if (check === 'toc' && words.some(isTocRestore)) {
    return (
      'The task loads r2 from a slot in which nothing has saved it: the stub that does so was not called. ' +
      'It goes on with the wrong TOC in r2: the first access through r2 goes astray.'
    );
  }
  if (check === 'toc') {
    return (
      'The task comes back from the tracer to the place of the load that restores its TOC pointer, and the load is not there. ' +
      'It goes on with the wrong TOC in r2: the first access through r2 goes astray.'
    );
  }
  if (check === 'trap' && model?.contract === 'probe')
    return 'The handler of the trap finds no probe here whose slot holds a copy of the instruction: nobody handles the trap, and the kernel oopses.';
  if (check === 'uninitialised-data') return `On its way the task reads ${dataOf(model)} before it has been set.`;
  if (check === 'freed-data') return `On its way the task reads ${dataOf(model)}, which has been freed.`;
  return `What goes wrong: ${checks.get(check)?.text ?? check}.`;
}

/** The data that change, by name. */
function dataOf(model: Model | null): string {
  const steps = model === null ? [] : [...model.steps, ...model.other];
  const names = steps.flatMap((step) =>
    model !== null && (step.kind === 'publish' || step.kind === 'free')
      ? (datumAt(model, step.address)?.name ?? [])
      : [],
  );
  return [...new Set(names)].join(' or ') || 'data';
}

const mflrR0 = 0x7c0802a6;

/** The function behind the last branch that the task took to a tracer, through a stub or not. */
function enteredTracer(model: Model, { execution, task }: Break): string {
  const names = new Set(model.tracers);
  const places = execution.flatMap((step) =>
    step.kind === 'instruction' && step.task === task ? [wordText(model, step.fetch).replace(/^b\S*\s+/, '')] : [],
  );
  return places.findLast((place) => names.has(place)) ?? model.tracers[0] ?? 'the tracer';
}

/**
 * What would close it, confirmed by the same exploration.
 * @param line the line of the mail that the remedy goes before, as it stands there; '' where it is the one quoted above
 */
export function repairOf(repair: Repair, line: string): string {
  const where = placeOf(repair, line);
  const remedy = remedies[repair.kind](where);
  if (!repair.perRecord) return `${remedy} With that, the same exploration holds.`;
  return (
    `${perRecord[repair.kind] ?? remedy} With that, the same exploration holds. It cannot go between the two writes as they stand: ` +
    `${repair.before.fn}() runs once for each call site, and at boot with interrupts off. So rather two passes: ` +
    'write the first word of all sites, synchronize once, then write the second word of all sites.'
  );
}

/** Never inside a loop over the sites: ahead of it. */
function placeOf({ before, inWalk }: Repair, line: string): string {
  if (before.fn === '') return 'before this';
  const place = line === '' ? `this line of ${before.fn}()` : `"${line}" in ${before.fn}()`;
  return inWalk ? `before the walk over the sites that ${place} is in` : `before ${place}`;
}
const remedies: Readonly<Record<Repair['kind'], (where: string) => string>> = {
  ipi: (where) => `An IPI that runs isync on every other CPU, waited for, ${where} would close it.`,
  swap: () => 'The two modifications in the other order would close it.',
  'branch-over': () =>
    'A branch over the load in place of the two nops (b .+8, and the load stays) would close it: the task then finds its load where it returns to.',
  'grace-period': (where) => `synchronize_rcu_tasks() ${where} would close it.`,
  'ipi-and-grace-period': (where) =>
    `An IPI that runs isync on every other CPU, waited for, and synchronize_rcu_tasks() ${where} would close it.`,
  'rude-and-tasks': (where) =>
    `An IPI, then synchronize_rcu_tasks_rude() and synchronize_rcu_tasks() ${where} would close it.`,
};
const perRecord: Readonly<Partial<Record<Repair['kind'], string>>> = {
  ipi: 'An IPI that runs isync on every other CPU, waited for, between the two writes would close it.',
  'grace-period': 'synchronize_rcu_tasks() between the two writes would close it.',
  'ipi-and-grace-period':
    'An IPI that runs isync on every other CPU, waited for, and synchronize_rcu_tasks() between the two writes would close it.',
};

/** A note as a paragraph; '' for what only the document carries. */
export function noteText({ id, text }: Note): string {
  switch (id) {
    case 'outside-cmodx':
      return text === 'quasi'
        ? 'Outside CMODX: a word that is not of the patch class of the ISA is modified while it may run. One side of each such modification is the preferred nop; the runs take it as if that were allowed.'
        : 'Outside CMODX: a word that is not of the patch class of the ISA is modified while it may run, and neither side is the preferred nop. What a CPU then executes is not defined; the runs take it as the old word or the new one.';
    case 'idle-task':
      return 'An idle task that RCU does not watch is not waited for by the grace period here: interrupted in the function, it would break. That is noted, and changes nothing above.';
    case 'own-exception':
      return 'The CPU that runs the stop_machine() handler is not stopped itself: if it takes an exception between two of its stores (a hash fault on what it writes to, for one) and comes through the function there, it breaks. That is noted, and changes nothing above.';
    case 'stale-freed':
      return 'Text that is freed is reached by a stale fetch after the grace period only.';
    case 'unjudged':
      return `Its change to ${text} is not covered: no run executes it.`;
    case 'unordered-publish':
      return 'Data that the entry code reads is stored without an ordering barrier before the modification that leads to it.';
    case 'assembly-unread':
      return `Its change to ${text} is not covered: it is assembly that no run executes.`;
    case 'pre-existing-gone':
      return `The unpatched source breaks (${text}); with the patch that is gone.`;
    case 'pre-existing':
    case 'diff-only':
      return '';
  }
}

/** What is called for each flavour of grace period. */
export const graceCalls = {
  rcu: 'synchronize_rcu()',
  sched: 'synchronize_sched()',
  tasks: 'synchronize_rcu_tasks()',
  'tasks-rude': 'synchronize_rcu_tasks_rude()',
  'tasks-trace': 'synchronize_rcu_tasks_trace()',
} as const;
