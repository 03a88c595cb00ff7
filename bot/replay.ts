/**
 * `replay`: an execution as a table a person can follow with a finger. One line a step; what the modifying side does stands
 * between the tasks' instructions, where it happened.
 */
import { checks } from '../analyzers/checks/checks.ts';
import { type ExecutionStep, instructionText, placeName, wordText } from '../analyzers/explore/execution.ts';
import { replaySchedule } from '../analyzers/explore/replay-schedule.ts';
import { layout, type Model } from '../analyzers/machine/model.ts';
import { eventText } from './steps/telling.ts';

/** @returns the table, and in words what is wrong with the schedule if anything is */
export function formatReplay(text: string): { readonly text: string; readonly problem: string | null } {
  const replayed = replaySchedule(text);
  if (replayed.schedule === null) return { text: '', problem: replayed.problem };
  const { model, level, tasks, cpus, idle, exceptions } = replayed.schedule;
  const heading = [
    `level ${level}, ${tasks} task(s)${idle ? ' (task 0 is an idle task RCU does not watch)' : ''}${exceptions ? ' (what the modifying CPU runs in an exception)' : ''}, ${cpus} CPU(s), ${model.preemption === 'full' ? 'with' : 'without'} preemption, ${model.bits}-bit`,
    '',
    ...model.texts.flatMap((one) => [
      `<${one.name}>:`,
      ...one.words.map(
        (word, i) =>
          `  ${placeName(model, one.address + 4 * i).padEnd(10)} ${hex(word)}  ${wordText(model, { address: one.address + 4 * i, word: word })}`,
      ),
    ]),
    ...model.data.map(
      ({ address, bytes, value, private: own }) =>
        `  ${placeName(model, address).padEnd(10)} ${bytes} bytes of data: ${value === null ? 'not initialised' : value.toString(16)}${own ? ', each task’s own' : ''}`,
    ),
    '',
    `${'step'.padStart(4)}  ${'CPU'.padEnd(3)}  ${'task'.padEnd(4)}  ${'where'.padEnd(20)}  ${'word'.padEnd(8)}  what`,
  ];
  const lines = replayed.execution.map((step, i) => `${String(i + 1).padStart(4)}  ${lineOf(model, step)}`);
  return { text: `${[...heading, ...lines].join('\n')}\n`, problem: replayed.problem };
}

function lineOf(model: Model, step: ExecutionStep): string {
  const row = (cpu: string, task: string, where: string, word: string, what: string) =>
    `${cpu.padEnd(3)}  ${task.padEnd(4)}  ${where.padEnd(20)}  ${word.padEnd(8)}  ${what}`.trimEnd();
  // What the first patcher does has no number; with a second one, that one's steps say so.
  const who = 'step' in step && step.step >= model.steps.length ? '2nd' : '-';
  switch (step.kind) {
    case 'instruction': {
      const changed = step.changed.map(([register, value]) => `${register}=${value.toString(16)}`).join(' ');
      const age = step.fixed ? '' : step.fetch.newest ? ' [newest]' : ' [STALE: not the newest]';
      return row(
        String(step.cpu),
        String(step.task),
        placeName(model, step.fetch.address),
        hex(step.fetch.word),
        `${instructionText(model, step)}${age}${changed === '' ? '' : `  ${changed}`}`,
      );
    }
    case 'modify':
      return row(
        who,
        '-',
        placeName(model, step.address),
        hex(step.new),
        `is stored: ${wordText(model, { address: step.address, word: step.old })} -> ${wordText(model, { address: step.address, word: step.new })}`,
      );
    case 'consistent':
      return row(
        who,
        '-',
        placeName(model, step.address),
        '',
        'is made consistent (dcbst; sync; icbi; sync; isync here)',
      );
    case 'dispatch':
      return row(String(step.cpu), String(step.task), placeName(model, layout.site), '', eventText(model, step));
    case 'preempt':
    case 'resume':
    case 'return':
      return row(String(step.cpu), String(step.task), '', '', eventText(model, step));
    case 'deliver':
      return row(String(step.cpu), '-', '', '', eventText(model, step));
    case 'break':
      return row(
        '',
        String(step.task),
        placeName(model, step.nia),
        '',
        `BREAK ${step.check}: ${checks.get(step.check)?.text ?? ''}`,
      );
    case 'ipi':
    case 'begin':
    case 'end':
    case 'flush':
    case 'stopMachine':
    case 'publish':
    case 'reachable':
    case 'free':
      return row(who, '-', '', '', eventText(model, step));
  }
}

const hex = (word: number) => word.toString(16).padStart(8, '0');
