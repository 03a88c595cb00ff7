/**
 * Which line of the mail a break is laid to, on an architecture of our own: a word that is another one stands where it is
 * made, though the line that stores it is old and is shown beside it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaults } from '../explore/explore.ts';
import type { ChangedLine } from '../patch/changed.ts';
import { archModel } from '../protocol/arch-model.ts';
import { extract } from '../protocol/extract.ts';
import { judge } from './judge.ts';
import { newCache } from './protocol-run.ts';

const path = 'arch/powerpc/kernel/trace/ftrace.c';

function protocolsOf(text: string) {
  const read = (file: string) => (file === path ? text : null);
  const profiles = ['ppc64-mprofile-gcc6'];
  return extract({ read, touched: [path], evidence: 'tree', subjects: ['ftrace'], profiles }).protocols;
}
const before = protocolsOf(archModel.text);
const cache = newCache();

/** One line of a function for another, in a mail that shows every line of the file. */
function checkLine(name: string, [fn, from, to]: readonly [string, string, string], expected: string): void {
  test(name, () => {
    const place = archModel.text.indexOf(from, archModel.text.indexOf(`\nint ${fn}(`));
    assert.ok(place >= 0, from);
    const text = archModel.text.slice(0, place) + to + archModel.text.slice(place + from.length);
    const line = text.slice(0, place).split('\n').length;
    const changes: readonly ChangedLine[] = [
      { file: path, op: '-', line, baseLine: line, mailLine: 2 * line },
      { file: path, op: '+', line, baseLine: null, mailLine: 2 * line + 1 },
    ];
    const verdict = judge({
      ...{ before, after: protocolsOf(text), evidence: 'tree', partial: false, highest: 'architecture' },
      ...{ limits: defaults, cache, problems: [], unjudged: [], uncovered: () => null, doubt: null, changes },
      mailLineOf: (file, shown) =>
        file !== path ? null : { mailLine: 2 * shown + 1, op: shown === line ? ('+' as const) : ' ' },
    });
    const told = verdict.findings.map(({ check, line: at }) => `${check}: ${text.split('\n')[at - 1]?.trim()}`);
    assert.ok(told.includes(expected), told.join('\n'));
  });
}

const call = '\tunsigned int call = ftrace_call_replace(rec->ip, addr);';
checkLine(
  'the word that is stored is made some lines ahead of the call that stores it',
  ['ftrace_make_call', call, call.replace('addr)', 'addr + 0x20)')],
  'wild-branch: unsigned int call = ftrace_call_replace(rec->ip, addr + 0x20);',
);
