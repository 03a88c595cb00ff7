/**
 * What came of the mutants, for people: a score for each room, and every survivor with the reason that explained.yaml has for it.
 * A survivor with a reason lowers the score like any other.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';
import { parse } from 'yaml';

export interface Counts {
  readonly killed: number;
  readonly endless: number;
  readonly survived: number;
  readonly uncovered: number;
}

/** Why survivors do: those of a file (all, without one) whose line and replacement have these texts in them. */
interface Explanation {
  readonly file?: string;
  readonly mutator?: string;
  readonly line?: string;
  readonly replacement?: string;
  readonly reason: string;
}

export function count(results: readonly MutantResult[]): Counts {
  const of = (status: MutantResult['status']) => results.filter((one) => one.status === status).length;
  return { killed: of('Killed'), endless: of('Timeout'), survived: of('Survived'), uncovered: of('NoCoverage') };
}

/** Percent of the mutants that some test notices. */
export function scoreOf({ killed, endless, survived, uncovered }: Counts): number {
  const all = killed + endless + survived + uncovered;
  return all === 0 ? 100 : (100 * (killed + endless)) / all;
}

const explanations: readonly Explanation[] =
  parse(readFileSync(join(import.meta.dirname, 'explained.yaml'), 'utf8')) ?? [];

interface Survivor {
  readonly text: string;
  readonly reason: string | null;
}

export function survivors(results: readonly MutantResult[]): readonly Survivor[] {
  const left = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  return left.map(({ fileName, location, mutatorName, replacement = '', status }) => {
    const path = relative(process.cwd(), fileName);
    const lines = readFileSync(fileName, 'utf8').split('\n');
    const { start, end } = location;
    const whole = lines[start.line - 1] ?? '';
    const line = whole.trim();
    const was = start.line === end.line ? whole.slice(start.column - 1, end.column - 1) : `${line} …`;
    const found = explanations.find(
      (one) =>
        (one.file === undefined || path.endsWith(one.file)) &&
        (one.mutator === undefined || one.mutator === mutatorName) &&
        (one.line === undefined || line.includes(one.line)) &&
        (one.replacement === undefined || replacement === one.replacement),
    );
    const how = status === 'NoCoverage' ? ', which no test runs' : '';
    const text = `${path}:${start.line}: ${short(was)} → ${short(replacement)} (${mutatorName}${how})`;
    return { text, reason: found?.reason ?? null };
  });
}

const short = (text: string) => {
  const one = text.replace(/\s+/g, ' ');
  return one.length > 90 ? `${one.slice(0, 88)} …` : one;
};
