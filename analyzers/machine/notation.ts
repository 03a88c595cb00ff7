/**
 * Models as text: short, readable, safe in mail and between single quotes in a shell. A schedule carries its model in
 * this notation, so that `replay` needs nothing else.
 *
 * Example: `r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1000:7c0802a6,i,g:tasks,s1004:48006ffd`
 * are: contract, width, preemption, reachability / texts / tracers / steps. Numbers are hexadecimal. Steps: `s` store made
 * consistent, `u` plain store, `f` flush, `i` IPI (`n` not waited for, `x` without isync), `g` grace period, `m(…)`
 * stop_machine, `r` reachable from here on, `x` free. A store of a prefixed instruction is ADDRESS:WORD.SUFFIX.
 */
import type { Contract, GracePeriod, Preemption } from '../protocol/protocol.ts';
import { layout } from './layout.ts';
import type { Model, ModelStep, Store, Text } from './model.ts';

export function formatModel(model: Model): string {
  const module = model.module ? ['module'] : [];
  const flags = [model.contract, model.bits, model.preemption, model.live ? 'live' : 'dark', ...module];
  const texts = model.texts.map(({ name, address, words }) => `${name}@${hex(address)}=${words.map(hex).join(',')}`);
  const steps = model.steps.map(formatStep);
  return [flags.join('.'), texts.join('+'), model.tracers.join('+'), steps.join(',')].join('/');
}

export interface ParsedModel {
  readonly model: Model | null;
  /** What is wrong with the text, in words for a person. */
  readonly problem: string | null;
}

export function parseModel(text: string): ParsedModel {
  const [flagText = '', textText = '', tracerText = '', stepText = '', ...more] = text.split('/');
  if (more.length > 0 || textText === '') return bad('a model is flags/texts/tracers/steps');
  const flags = /^(r0|pg64|pg32|ool)\.(32|64)\.(none|full)\.(live|dark)(\.module)?$/.exec(flagText);
  if (flags === null) return bad(`unknown flags "${shown(flagText)}"`);
  const [, contract, bits, preemption, reachable, module] = flags;
  const texts = textText.split('+').map(parseText);
  const wrongText = texts.indexOf(null);
  if (wrongText >= 0) return bad(`a text is NAME@ADDRESS=WORDS, not "${shown(textText.split('+')[wrongText] ?? '')}"`);
  const tracers = tracerText === '' ? [] : tracerText.split('+');
  if (!tracers.every((name) => /^\w{1,80}$/.test(name))) return bad(`"${shown(tracerText)}" are no names of tracers`);
  if (texts.length > textsMax || tracers.length > textsMax) return bad(`more than ${textsMax} texts or tracers`);
  const steps = stepText === '' ? [] : stepText.split(',').map(parseStep);
  const wrongStep = steps.indexOf(null);
  if (wrongStep >= 0) return bad(`unknown step "${shown(stepText.split(',')[wrongStep] ?? '')}"`);
  if (steps.length > stepsMax) return bad(`more than ${stepsMax} steps`);
  const model: Model = {
    contract: contract as Contract,
    bits: bits === '32' ? 32 : 64,
    preemption: preemption as Preemption,
    module: module !== undefined,
    live: reachable === 'live',
    texts: texts.filter((one) => one !== null),
    tracers,
    steps: steps.filter((one) => one !== null),
  };
  return { model, problem: null };
}

const wordsMax = 64;
const textsMax = 33;
const stepsMax = 400;
const storesMax = 64;
/** A flush up to here is one of all text, and needs no range. */
const everything = layout.wild;

const bad = (problem: string): ParsedModel => ({ model: null, problem });
const shown = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
const hex = (value: number) => value.toString(16);

function formatStep(step: ModelStep): string {
  switch (step.kind) {
    case 'store':
      return `${step.consistent ? 's' : 'u'}${formatStore(step)}`;
    case 'flush':
      return step.from === 0 && step.to === everything ? 'f' : `f${hex(step.from)}:${hex(step.to)}`;
    case 'ipi':
      return `i${step.wait ? '' : 'n'}${step.isync ? '' : 'x'}`;
    case 'gracePeriod':
      return `g:${step.flavour}`;
    case 'stopMachine':
      return `m(${step.stores.map(formatStore).join('&')})`;
    case 'reachable':
      return 'r';
    case 'free':
      return `x${hex(step.address)}`;
  }
}

function formatStore({ address, word, suffix }: Store): string {
  return `${hex(address)}:${hex(word)}${suffix === undefined ? '' : `.${hex(suffix)}`}`;
}

function parseText(text: string): Text | null {
  const [, name = '', at = '', list = ''] = /^(\w{1,80})@([0-9a-f]+)=([0-9a-f,]+)$/.exec(text) ?? [];
  const address = parseAddress(at);
  const words = list.split(',').map(parseWord);
  if (address === null || words.length > wordsMax || words.includes(null)) return null;
  return { name, address, words: words.filter((word) => word !== null) };
}

function parseStep(text: string): ModelStep | null {
  const [, letter = '', rest = ''] = /^(i|g:|m|[sufrx])(.*)$/.exec(text) ?? [];
  const range = rest.split(':').map(parseAddress);
  const [from = null, to = null] = range;
  switch (letter) {
    case 's':
    case 'u': {
      const store = parseStore(rest);
      return store === null ? null : { kind: 'store', ...store, consistent: letter === 's' };
    }
    case 'f':
      if (rest === '') return { kind: 'flush', from: 0, to: everything };
      return from === null || to === null || range.length > 2 ? null : { kind: 'flush', from, to };
    case 'i':
      return /^n?x?$/.test(rest) ? { kind: 'ipi', wait: !rest.includes('n'), isync: !rest.includes('x') } : null;
    case 'g:':
      return isFlavour(rest) ? { kind: 'gracePeriod', flavour: rest } : null;
    case 'm':
      return parseStopMachine(rest);
    case 'r':
      return rest === '' ? { kind: 'reachable' } : null;
    case 'x':
      return from === null || range.length > 1 ? null : { kind: 'free', address: from };
  }
  return null;
}

function parseStopMachine(text: string): ModelStep | null {
  const [, list = null] = /^\((.*)\)$/.exec(text) ?? [];
  if (list === null) return null;
  const stores = list === '' ? [] : list.split('&').map(parseStore);
  if (stores.includes(null) || stores.length > storesMax) return null;
  return { kind: 'stopMachine', stores: stores.filter((store) => store !== null) };
}

function parseStore(text: string): Store | null {
  const [, at = '', first = '', second] = /^([0-9a-f]+):([0-9a-f]+)(?:\.([0-9a-f]+))?$/.exec(text) ?? [];
  const [address, word] = [parseAddress(at), parseWord(first)];
  const suffix = second === undefined ? undefined : parseWord(second);
  if (address === null || word === null || suffix === null) return null;
  return suffix === undefined ? { address, word } : { address, word, suffix };
}

/** An address of the layout: of a word, and below its end. */
function parseAddress(text: string): number | null {
  const address = parseWord(text);
  return address !== null && address % 4 === 0 && address <= everything ? address : null;
}

const parseWord = (text: string) => (/^[0-9a-f]{1,8}$/.test(text) ? Number.parseInt(text, 16) : null);

function isFlavour(text: string): text is GracePeriod {
  return ['rcu', 'sched', 'tasks', 'tasks-rude', 'tasks-trace'].includes(text);
}
