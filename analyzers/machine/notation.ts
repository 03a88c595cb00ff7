/**
 * Models as text: short, readable, safe in mail and between single quotes in a shell. A schedule carries its model in
 * this notation, so that `replay` needs nothing else.
 *
 * Example: `r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1000:7c0802a6,i,g:tasks,s1004:48006ffd`
 * are: contract, width, preemption, reachability / texts / tracers / steps.
 */
import type { Contract, GracePeriod } from '../protocol/protocol.ts';
import { layout } from './layout.ts';
import type { Model, ModelStep, Text } from './model.ts';

export function formatModel(model: Model): string {
  const flags = [
    model.contract,
    model.bits,
    model.preemption,
    model.live ? 'live' : 'dark',
    ...(model.module ? ['module'] : []),
  ];
  const texts = model.texts.map(
    (text) => `${text.name.replace(/[^\w]/g, '_')}@${hex(text.address)}=${text.words.map(hex).join(',')}`,
  );
  return [flags.join('.'), texts.join('+'), model.tracers.join('+'), model.steps.map(formatStep).join(',')].join('/');
}

/** @returns the model, or in words what is wrong with the text */
export function parseModel(text: string): { readonly model: Model | null; readonly problem: string | null } {
  const bad = (problem: string) => ({ model: null, problem });
  const [flags = '', texts = '', tracers = '', steps = '', ...more] = text.split('/');
  if (more.length > 0 || texts === '') return bad('a model is flags/texts/tracers/steps');
  const [contract = '', bits = '', preemption = '', live = '', module] = flags.split('.');
  if (!['r0', 'pg64', 'pg32', 'ool'].includes(contract)) return bad(`unknown contract "${contract}"`);
  if ((bits !== '32' && bits !== '64') || (preemption !== 'none' && preemption !== 'full'))
    return bad(`unknown flags "${flags}"`);
  const parsedTexts: Text[] = [];
  for (const part of texts.split('+')) {
    const match = /^(\w+)@([0-9a-f]{1,8})=([0-9a-f,]*)$/.exec(part);
    if (match === null) return bad(`a text is NAME@ADDRESS=WORDS, not "${part}"`);
    const words = (match[3] ?? '').split(',').map((word) => Number.parseInt(word, 16));
    if (words.length > wordsMax || words.some(Number.isNaN)) return bad(`text ${match[1]} has no words or too many`);
    parsedTexts.push({ name: match[1] ?? '', address: Number.parseInt(match[2] ?? '', 16), words });
  }
  const parsedSteps: ModelStep[] = [];
  for (const part of steps === '' ? [] : splitSteps(steps)) {
    const step = parseStep(part);
    if (step === null) return bad(`unknown step "${part}"`);
    parsedSteps.push(step);
  }
  if (parsedSteps.length > stepsMax) return bad(`more than ${stepsMax} steps`);
  const model: Model = {
    contract: contract as Contract,
    bits: bits === '32' ? 32 : 64,
    preemption,
    module: module === 'module',
    live: live === 'live',
    texts: parsedTexts,
    tracers: tracers === '' ? [] : tracers.split('+').slice(0, wordsMax),
    steps: parsedSteps,
  };
  return { model, problem: null };
}

const wordsMax = 64;
const stepsMax = 200;
/** A flush up to here is one of all text, and needs no range. */
const everything = layout.wild;
const hex = (value: number) => value.toString(16);

function formatStep(step: ModelStep): string {
  switch (step.kind) {
    case 'store':
      return `${step.consistent ? 's' : 'u'}${hex(step.address)}:${hex(step.word)}`;
    case 'flush':
      return step.from === 0 && step.to === everything ? 'f' : `f${hex(step.from)}:${hex(step.to)}`;
    case 'ipi':
      return `i${step.wait ? '' : 'n'}${step.isync ? '' : 'x'}`;
    case 'gracePeriod':
      return `g:${step.flavour}`;
    case 'stopMachine':
      return `m(${step.stores.map((store) => `${hex(store.address)}:${hex(store.word)}`).join('&')})`;
    case 'reachable':
      return 'r';
    case 'free':
      return `x${hex(step.address)}`;
  }
}

const splitSteps = (text: string) => text.split(',');

function parseStep(text: string): ModelStep | null {
  const store = /^([su])([0-9a-f]{1,8}):([0-9a-f]{1,8})$/.exec(text);
  if (store !== null)
    return {
      kind: 'store',
      address: Number.parseInt(store[2] ?? '', 16),
      word: Number.parseInt(store[3] ?? '', 16),
      consistent: store[1] === 's',
    };
  if (text === 'f') return { kind: 'flush', from: 0, to: everything };
  const flush = /^f([0-9a-f]{1,8}):([0-9a-f]{1,8})$/.exec(text);
  if (flush !== null)
    return { kind: 'flush', from: Number.parseInt(flush[1] ?? '', 16), to: Number.parseInt(flush[2] ?? '', 16) };
  if (/^in?x?$/.test(text)) return { kind: 'ipi', wait: !text.includes('n'), isync: !text.includes('x') };
  const grace = /^g:(rcu|tasks|tasks-rude|tasks-trace|sched)$/.exec(text);
  if (grace !== null) return { kind: 'gracePeriod', flavour: grace[1] as GracePeriod };
  const machine = /^m\(([0-9a-f:&]*)\)$/.exec(text);
  if (machine !== null) {
    const stores = (machine[1] ?? '').split('&').filter((part) => part !== '');
    return {
      kind: 'stopMachine',
      stores: stores.map((part) => ({
        address: Number.parseInt(part.split(':')[0] ?? '', 16),
        word: Number.parseInt(part.split(':')[1] ?? '', 16),
      })),
    };
  }
  if (text === 'r') return { kind: 'reachable' };
  const free = /^x([0-9a-f]{1,8})$/.exec(text);
  return free === null ? null : { kind: 'free', address: Number.parseInt(free[1] ?? '', 16) };
}
