/**
 * The table that `replay` prints: what each kind of step looks like to the person who follows it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { explore } from '../analyzers/explore/explore.ts';
import { type Litmus, parseLitmus } from '../analyzers/explore/litmus.ts';
import { formatReplay } from './replay.ts';

/** The replay of the simplest break at level preemption: all of it, with runs of blanks as one. */
function replayOf(litmus: Litmus, exceptions = false): string {
  const options = { level: 'preemption', tasks: 1, cpus: 1, statesMax: 100_000, exceptions } as const;
  const found = explore(parseLitmus(litmus, 'none'), options).break;
  assert.ok(found);
  return formatReplay(found.schedule).text.replace(/ +/g, ' ');
}

function check(name: string, text: string, expected: readonly string[]): void {
  test(name, () => {
    for (const line of expected) assert.ok(text.includes(line), `${line}\n\n${text}`);
  });
}

const site = ['nop', 'blr'];
const reader = { tramp: ['lis r11,3', 'ld r11,0(r11)', 'b f+4'] };

check(
  'data: what it holds, what becomes of it, who reads it too early',
  replayOf({ contract: 'r0', site, texts: reader, data: { ops: 'none', sp: 'own 0x10' }, steps: ['f+0 = b tramp'] }),
  [
    'ops 8 bytes of data: not initialised',
    'sp 8 bytes of data: 10, each task’s own',
    '0 0 tramp+4 e96b0000 ld r11,0(r11)',
    'BREAK uninitialised-data: a data word is used before it is initialised',
  ],
);
check(
  'data that is published and freed',
  replayOf({
    contract: 'r0',
    site: ['b tramp', 'blr'],
    texts: reader,
    data: { ops: '0x20' },
    steps: ['publish plain ops = 0x30', 'free ops'],
  }),
  ['data: ops becomes 30 (a plain store)', 'data: ops is freed', 'BREAK freed-data'],
);
check(
  'a second patcher',
  replayOf({
    contract: 'ool',
    site,
    texts: { stub: ['mflr r0', 'bl ftrace_caller', 'mtlr r0', 'b f+4'] },
    steps: ['f+0 = b stub'],
    other: ['stub+0 = nop'],
  }),
  ['- - f 48001000 is stored', '2nd - stub 60000000 is stored'],
);
check(
  'an exception of the modifying CPU',
  replayOf(
    { contract: 'r0', site: ['nop', 'nop', 'blr'], steps: ['stop_machine f+4 = bl ftrace_caller; f+0 = mflr r0'] },
    true,
  ),
  [
    '(what the modifying CPU runs in an exception)',
    'stop_machine(): every CPU is in the stopper',
    'BREAK return-address',
  ],
);
check(
  'a torn instruction',
  replayOf({
    contract: 'r0',
    site: ['paddi r12,0,65552,0', 'blr'],
    steps: ['f+0 = .long 0x06000002', 'f+4 = .long 0x39800020'],
  }),
  ['0 0 f 06000002 ', 'BREAK torn-instruction: a prefixed instruction'],
);
