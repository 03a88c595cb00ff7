/**
 * Sheets: every litmus model reads back as itself, and what is wrong is named with its line.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import { parseLitmus } from '../../analyzers/explore/litmus.ts';
import { formatModel } from '../../analyzers/machine/notation.ts';
import { emptySheet, readSheet, type Sheet, sheetOf } from './sheet.ts';

const folder = join(import.meta.dirname, '../../fixtures/litmus');

test('a model’s sheet reads as the model, for each litmus test', () => {
  for (const file of globSync('*.yaml', { cwd: folder })) {
    const model = parseLitmus(parse(readFileSync(join(folder, file), 'utf8')), 'none');
    const { model: again, problem } = readSheet(sheetOf(model));
    assert.equal(problem, null, `${file}: ${problem?.text}`);
    assert.equal(again && formatModel(again), formatModel(model), file);
  }
});

test('words before the function, addresses, comments, hexadecimal words', () => {
  const { model } = readSheet({
    ...emptySheet,
    words: '# ops pointer\nf @ffc:\n  60000000\n  mflr  r0   # here\n\nstub @2100:\n  b f+4\n',
    steps: 'f+0 = nop\nf-4 = .long 0x12345678',
    data: 'ops @30008 4 = 1f\nsp = own none',
  });
  assert.equal(
    model && formatModel(model),
    'r0.64.full.live/f@ffc=60000000,7c0802a6+stub@2100=4bffef04+ops@30008:4=1f+sp@30008:8t/ftrace_caller+ftrace_regs_caller+_mcount/s1000:60000000,sffc:12345678',
  );
});

function check(name: string, given: Partial<Sheet>, expected: { part: string; line: number; text: RegExp }): void {
  test(`wrong: ${name}`, () => {
    const { model, problem } = readSheet({ ...emptySheet, ...given });
    assert.equal(model, null);
    assert.deepEqual([problem?.part, problem?.line], [expected.part, expected.line]);
    assert.match(problem?.text ?? '', expected.text);
  });
}
check('a word', { words: 'f:\n nop\n frobnicate r1' }, { part: 'words', line: 3, text: /does not assemble/ });
check('no label', { words: 'nop' }, { part: 'words', line: 1, text: /label/ });
check('nothing', { words: '' }, { part: 'words', line: 0, text: /no words/ });
check('a step', { steps: 'ipi\n\nsleep' }, { part: 'steps', line: 3, text: /not a step/ });
check('a place', { steps: 'g+0 = nop' }, { part: 'steps', line: 1, text: /no text is called g/ });
check('a flavour', { steps: 'grace soon' }, { part: 'steps', line: 1, text: /one of rcu/ });
check('a datum', { data: 'ops' }, { part: 'data', line: 1, text: /NAME = VALUE/ });
check('a tracer', { tracers: '<b>' }, { part: 'tracers', line: 1, text: /no name/ });
check('one word by both', { steps: 'f+0 = nop', other: 'f+0 = mflr r0' }, { part: 'words', line: 0, text: /both/ });
check('a place that is no word', { steps: 'f+1 = nop' }, { part: 'words', line: 0, text: /step/ });
