/**
 * A step as a sentence: what a page says of it aloud, and what stands above the words.
 */
import type { Steps, Who } from './steps.ts';

export function sentenceOf(steps: Steps, at: number): string {
  const row = steps.rows[at];
  if (row === undefined) return 'Nothing happens.';
  const { step, where, what, note } = row;
  const by = whoText(row.who);
  switch (step.kind) {
    case 'instruction':
      return `${by} executes ${what} at ${where}${note === '' ? '' : ` – ${note}`}${at === steps.guilty ? '. This is the guilty fetch' : ''}.`;
    case 'modify':
      return `${by} stores at ${where}: ${what}.`;
    case 'consistent':
      return `${by} makes ${where} consistent: ${note}.`;
    case 'break':
      return `${by} breaks: ${note}.`;
    default:
      return `${by}: ${what}.`;
  }
}

function whoText(who: Who): string {
  if (who.kind === 'patcher') return who.second ? 'The second patcher' : 'The modifying CPU';
  return who.kind === 'cpu' ? `CPU ${who.cpu}` : `Task ${who.task} on CPU ${who.cpu}`;
}

/** What it comes to, and within which bounds. */
export function endingText({ broken, guilty, problem, rows }: Steps): string {
  if (broken !== null) {
    const at = guilty === null ? '' : ` by what it fetches in step ${guilty + 1}`;
    return `Task ${broken.task} breaks${at}: ${broken.text}.`;
  }
  return problem === null
    ? 'Nothing breaks in these steps.'
    : `It goes no further than step ${rows.length}: ${problem}.`;
}

const levels = {
  sequential: 'All is modified, then one task runs the function',
  preemption: 'Each fetch sees the newest word; tasks are interrupted and delayed anywhere',
  stale: 'A fetch sees any word that its CPU may still hold',
} as const;

export function settingText({ schedule }: Steps): string {
  const { level, model, tasks, cpus, idle, exceptions } = schedule;
  const preemption = `${model.preemption === 'full' ? 'with' : 'without'} preemption`;
  const counts =
    level === 'sequential'
      ? ''
      : `, up to ${tasks} task${tasks > 1 ? 's' : ''} on ${cpus} CPU${cpus > 1 ? 's' : ''}, ${preemption}`;
  const special = exceptions
    ? ' The task is what the modifying CPU runs in an exception.'
    : idle
      ? ' Task 0 is an idle task that RCU does not watch.'
      : '';
  return `Level ${level}: ${levels[level].replace(/^./, (letter) => letter.toLowerCase())}${counts}.${special}`;
}
