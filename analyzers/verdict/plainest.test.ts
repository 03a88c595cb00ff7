/**
 * What is left of a model: all without which its break would be another, and nothing else.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { explore } from '../explore/explore.ts';
import type { Model } from '../machine/model.ts';
import { formatModel, parseModel } from '../machine/notation.ts';
import { assemble } from '../power/text.ts';
import { type Ask, isBroken, plainest, type Shown } from './plainest.ts';

const limits = { tasks: 1, cpus: 1, statesMax: 1000 };
const ask: Ask = (model) => explore(model, { level: 'sequential', ...limits });
function brokenOf(model: Model): Shown {
  const found = ask(model);
  assert.ok(isBroken(found));
  return { model, found };
}

const text = (name: string, at: number, ...lines: readonly string[]) => {
  const words = lines.map((line, i) => (assemble(line, BigInt(at + 4 * i))?.[0] ?? 0).toString(16));
  return `${name}@${at.toString(16)}=${words.join(',')}`;
};
function modelOf(...texts: readonly string[]): Model {
  const { model, problem } = parseModel(`r0.64.full.live/${texts.join('+')}//`);
  assert.ok(model !== null, problem ?? '');
  return model;
}
/** `f@1000 ftrace_caller@10000*2 ops@30000`: names, addresses and words of a text; data. */
const told = ({ texts, data }: Model) =>
  [
    ...texts.map(({ name, address, words }) => `${name}@${address.toString(16)}*${words.length}`),
    ...data.map(({ name, address }) => `${name}@${address.toString(16)}`),
  ].join(' ');

function check(title: string, model: Model, breaks: string, expected: string): void {
  test(title, () => {
    const of = brokenOf(model);
    assert.equal(of.found.break.check, breaks);
    const shown = plainest(of, null, ask);
    assert.equal(told(shown.model), expected);
    assert.deepEqual(shown.found, ask(shown.model), 'what is said is said of the model that is shown');
    assert.equal(shown.found.break.check, breaks);
    assert.equal(shown.found.break.execution.length, of.found.break.execution.length);
  });
}

const site = text('f', 0x1000, 'mflr r0', 'bl 0x10000', 'blr', 'nop');
const back = ['mtctr r11', 'mtlr r0', 'bctr'] as const;
const [read, other] = ['read@30000:8=1', 'other@30100:8=1'] as const;
const load = ['lis r12,3', 'ld r12,0(r12)'] as const;
check(
  'of entry code the words that are executed, each stretch with its place; of the function all',
  modelOf(site, text('ftrace_caller', 0x10000, 'mflr r11', 'b 0x1000c', 'nop', 'li r14,0', ...back)),
  'non-volatile',
  'f@1000*4 ftrace_caller@10000*2 ftrace_caller_c@1000c*4',
);
check(
  'entry code that is not entered goes',
  modelOf(
    site,
    text('ftrace_caller', 0x10000, 'mflr r11', 'li r14,0', ...back),
    text('ftrace_regs_caller', 0x10014, 'mflr r11', ...back),
  ),
  'non-volatile',
  'f@1000*4 ftrace_caller@10000*5',
);
check(
  'a word of entry code that is read stays where it is',
  modelOf(
    site,
    text('ftrace_caller', 0x10000, 'mflr r11', 'lis r12,1', 'ld r12,32(r12)', 'li r14,0', ...back, 'nop', 'nop', 'nop'),
  ),
  'non-volatile',
  'f@1000*4 ftrace_caller@10000*10',
);
check(
  'of data what is read',
  modelOf(site, text('ftrace_caller', 0x10000, 'mflr r11', ...load, 'li r14,0', ...back), other, read),
  'non-volatile',
  'f@1000*4 ftrace_caller@10000*7 read@30000',
);
check(
  'of data that is read by nobody nothing',
  modelOf(site, text('ftrace_caller', 0x10000, 'mflr r11', 'li r14,0', ...back), other, read),
  'non-volatile',
  'f@1000*4 ftrace_caller@10000*5',
);
check(
  'of data all that is read',
  modelOf(
    site,
    text('ftrace_caller', 0x10000, 'mflr r11', ...load, 'lis r12,3', 'ld r12,512(r12)', 'li r14,0', ...back),
    ...[read, other, 'third@30200:8=1'],
  ),
  'non-volatile',
  'f@1000*4 ftrace_caller@10000*9 read@30000 third@30200',
);
check(
  'data that is there, and not initialised',
  modelOf(site, text('ftrace_caller', 0x10000, 'mflr r11', ...load, ...back), other, 'read@30000:8'),
  'uninitialised-data',
  'f@1000*4 ftrace_caller@10000*3 read@30000',
);
check(
  'a break of the same kind that comes earlier is another',
  modelOf(site, text('ftrace_caller', 0x10000, 'mflr r11', ...load, 'ld r12,64(r12)', ...back), read, other),
  'bad-access',
  'f@1000*4 ftrace_caller@10000*4 read@30000',
);

const bare = modelOf(text('f', 0x1000, 'nop', 'bl 0x8000', 'blr'), read);
const standIn: Model = { ...bare, tracers: ['ftrace_caller'] };
const whole = modelOf(
  text('f', 0x1000, 'nop', 'bl 0x10000', 'blr'),
  text('ftrace_caller', 0x10000, 'mflr r11', ...back),
);
test('a stand-in for the entry code, where that breaks as well', () => {
  const of = brokenOf(whole);
  const shown = plainest(of, standIn, ask);
  assert.equal(shown.model, standIn);
  assert.deepEqual(shown.found, ask(standIn));
  assert.equal(shown.found.break.check, of.found.break.check);
});
test('no stand-in that breaks in another way, or nowhere', () => {
  const model = modelOf(
    text('f', 0x1000, 'mflr r0', 'bl 0x10000', 'blr'),
    text('ftrace_caller', 0x10000, 'mflr r11', 'li r14,0', ...back),
  );
  const fine: Model = { ...standIn, texts: modelOf(text('f', 0x1000, 'mflr r0', 'bl 0x8000', 'blr')).texts };
  assert.equal(ask(fine).break, null);
  for (const one of [standIn, fine])
    assert.equal(formatModel(plainest(brokenOf(model), one, ask).model), formatModel(model));
});
test('what reaches a bound is not shown', () => {
  const model = modelOf(site, text('ftrace_caller', 0x10000, 'mflr r11', 'li r14,0', ...back), other);
  const shown = brokenOf(model);
  const limited: Ask = () => ({ ...shown.found, outcome: 'limit', break: null });
  assert.deepEqual(plainest(shown, null, limited), shown);
});
