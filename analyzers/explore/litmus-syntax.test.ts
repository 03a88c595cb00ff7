/**
 * What litmus files are written in: each line is one step of a model, and what is no line says so.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { formatModel, parseModel } from '../machine/notation.ts';
import { type Litmus, parseLitmus } from './litmus.ts';

const plain: Litmus = {
  contract: 'r0',
  site: ['nop', 'nop', 'blr'],
  texts: { stub: ['mflr r0', 'b f+4'], tramp: ['bl ftrace_caller', 'b wild'] },
  data: { ops: '0x7', next: 'none', sp: 'own 0x10' },
  steps: [],
};
const model = (more: Partial<Litmus>) => formatModel(parseLitmus({ ...plain, ...more }, 'full')).split('/');

test('texts, tracers and data have their places; a branch to a name goes there', () => {
  assert.deepEqual(model({}), [
    'r0.64.full.live',
    [
      ...['f@1000=60000000,60000000,4e800020', 'stub@2000=7c0802a6,4bfff000', 'tramp@2100=48005f01,4801cefc'],
      ...['ops@30000:8=7', 'next@30008:8', 'sp@30010:8t=10'],
    ].join('+'),
    'ftrace_caller+ftrace_regs_caller+_mcount',
    '',
  ]);
  assert.equal(model({ bits: 32, live: false, module: true })[0], 'r0.32.full.dark.module');
  assert.equal(
    model({ site: ['bl ftrace_regs_caller', 'b stub-4', 'b f+8'] })[1]?.split('+')[0],
    'f@1000=48007101,48000ff8,48000000',
  );
});

const steps: readonly (readonly [line: string, step: string])[] = [
  ['f+0 = mflr r0', 's1000:7c0802a6'],
  ['plain f+4 = nop', 'u1004:60000000'],
  ['f = nop', 's1000:60000000'],
  ['f+10 = nop', 's1010:60000000'],
  ['f-4 = nop', 'sffc:60000000'],
  ['stub+4 = bl _mcount', 's2004:480061fd'],
  ['f+4 = bl stub+4', 's1004:48001001'],
  ['f+4 = bl stub+10', 's1004:4800100d'],
  ['f+8 = b f-4', 's1008:4bfffff4'],
  ['f+0 = .long 0x12345678', 's1000:12345678'],
  ['f+0 = .long 0x1', 's1000:1'],
  ['f+0 = .long 0xffffffff', 's1000:ffffffff'],
  ['f+0 = paddi r12,0,65552,0', 's1000:6000001.39800010'],
  ['ipi', 'inx'],
  ['ipi wait', 'ix'],
  ['ipi isync', 'in'],
  ['ipi isync wait', 'i'],
  ['grace tasks', 'g:tasks'],
  ['grace tasks-rude', 'g:tasks-rude'],
  ['stop_machine', 'm()'],
  ['stop_machine f+0 = nop', 'm(1000:60000000)'],
  ['stop_machine f+0 = nop; f+4 = blr', 'm(1000:60000000&1004:4e800020)'],
  ['stop_machine f+0 = nop; ; ', 'm(1000:60000000)'],
  ['flush', 'f'],
  ['reachable', 'r'],
  ['free stub', 'x2000'],
  ['free ops', 'x30000'],
  ['publish ops = 0x9', 'p30000:9'],
  ['publish ops = none', 'p30000'],
  ['publish plain next = 12', 'pu30008:c'],
];
for (const [line, step] of steps)
  test(line, () => {
    assert.equal(model({ steps: [line] })[3], step);
    const parsed = parseLitmus({ ...plain, steps: [line] }, 'full');
    assert.deepEqual(parseModel(formatModel(parsed)), { model: parsed, problem: null });
  });

test('what a second patcher does is behind a +', () => {
  assert.equal(model({ steps: ['f+0 = nop'], other: ['f+4 = nop', 'ipi'] })[3], 's1000:60000000+s1004:60000000,inx');
});

const refused: readonly (readonly [line: string, problem: RegExp])[] = [
  ['', /^not a step: $/],
  ['halt', /^not a step: halt$/],
  ['g+0 = nop', /^no text is called g$/],
  ['f+0 = bl nowhere', /^no text is called nowhere$/],
  ['f+0 = b nowhere+4', /^no text is called nowhere$/],
  ['f* = nop', /^no text is called f\*$/],
  ['+4 = nop', /^no text is called \+4$/],
  ['free', /^no text is called $/],
  ['free nothing', /^no text is called nothing$/],
  ['f+0 = halt', /^does not assemble: halt$/],
  ['f+0 = .long 0x123456789', /^does not assemble: \.long 0x123456789$/],
  ['f+0 = x.long 0x1', /^does not assemble: x\.long 0x1$/],
  ['f+0 = .long 0x1x', /^does not assemble: \.long 0x1x$/],
  ['publish gone = 1', /^no text is called gone$/],
  ['publish ops = 1 1', /^no text is called publish ops$/],
  ['then publish ops = 1', /^no text is called then publish ops$/],
  ['publish ops = x', /x/],
  ['f+4+4 = nop', /^no text is called f\+4\+4$/],
  ['f+x = nop', /^no text is called f\+x$/],
  ['f+0', /^not a step: f\+0$/],
  ['stop_machine f+0', /^does not assemble: $/],
  ['f+0 = bl stub,stub', /^does not assemble: bl stub,stub$/],
  ['f+0 = bl nowhere,4', /^does not assemble: bl nowhere,4$/],
  ['f+0 = x bl nowhere', /^does not assemble: x bl nowhere$/],
  ['f+0 = bl f*', /^does not assemble: bl f\*$/],
];
for (const [line, problem] of refused)
  test(`refused: ${line}`, () => assert.throws(() => model({ steps: [line] }), { message: problem }));

test('a datum has a number, or none', () => {
  for (const value of ['some', 'own', 'own 1 2', '0x'])
    assert.throws(() => model({ data: { ops: value } }), SyntaxError);
});

test('two patchers do not store to one word', () => {
  assert.throws(() => model({ steps: ['f+0 = nop'], other: ['f+0 = blr'] }), {
    message: 'both patchers store to one word',
  });
});
