/**
 * The protocols that are measured: those whose verdicts are known (fixtures/litmus), as SPIN and other checkers found them too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseLitmus } from '../../analyzers/explore/litmus.ts';
import type { Model } from '../../analyzers/machine/model.ts';

const folder = join(import.meta.dirname, '../../fixtures/litmus');

export const rowNames: readonly string[] = [
  'in+nothing',
  'in+ipi',
  'in+tasks',
  'in+ipi+tasks',
  'in+tasks+ipi',
  'in+ipi+rcu',
  'in+ipi+rude',
  'in+ipi+tasks+idle',
  'in+ipi+rude+tasks+idle',
  'in+stop-machine',
  'out+nothing',
  'out+tasks',
  'out+ipi',
  'out+bl-only',
  'out+mflr-first',
  'toc+nop-nop+stop-machine',
  'toc+branch-over',
  'one-word+on-off-on',
  'ool+on-off-on',
  'free+rude+tasks',
  'dark+bl-mflr+flush',
];

export interface Row {
  readonly model: Model;
  /** Task 0 is the idle task. */
  readonly idle: boolean;
}

/** Of any protocol of fixtures/litmus, by its name there. */
export function readRow(name: string, preemption: 'none' | 'full'): Row {
  const source = parse(readFileSync(join(folder, `${name}.yaml`), 'utf8'));
  return { model: parseLitmus(source, preemption), idle: source.idle === true };
}
