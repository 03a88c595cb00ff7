/** What was found in a patch, as the one line that a check or a mark has room for. */
import type { Level } from '../../analyzers/verdict/verdict.ts';
import { render } from './template.ts';

export interface CheckedPatch {
  readonly answer: string;
  readonly why: string;
  readonly levels: readonly Level[];
  readonly base: { readonly ref: string };
}

const gravest: readonly Level[] = ['sequential', 'preemption', 'stale', 'architecture'];
const how: Readonly<Record<Level, string>> = {
  sequential: 'every time, without any concurrency',
  preemption: 'where a task is interrupted, preempted or just delayed',
  stale: 'where a CPU may still hold an old instruction',
  architecture: 'as the architecture has it',
};
const charsMax = 255;

/** @param level up to which the bot runs */
export function checkLine({ answer, why, levels, base }: CheckedPatch, level: Level): string {
  const worst = gravest.find((one) => levels.includes(one)) ?? 'architecture';
  const text = render('check', { answer, why, how: how[worst], base: base.ref, level })
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return shortened(text, charsMax);
}

export const shortened = (text: string, most: number): string =>
  (text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`).toWellFormed();
