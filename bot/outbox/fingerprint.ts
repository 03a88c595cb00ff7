/**
 * What makes a finding the same finding in another version of a patch: what is done to the words of a call site, from which
 * entry point, and what that breaks. Lines move and names change from version to version; these do not.
 */
import { createHash } from 'node:crypto';
import type { Step } from '../../analyzers/protocol/protocol.ts';
import type { Finding } from '../../analyzers/verdict/verdict.ts';

/** 16 hexadecimal digits. */
export function fingerprintOf({ check, protocol }: Finding): string {
  const { scenario, sites, steps } = protocol;
  const words = steps.flatMap((step) => sequenceOf(step, sites[0]?.id ?? ''));
  const parts = [check, scenario.subject, scenario.entryPoint, scenario.call?.exit ?? '', ...words];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

/** Of a modification of the first site, which stands for all: the word by its place, before and after. */
function sequenceOf(step: Step, site: string): readonly string[] {
  if (step.kind !== 'modify' || step.word.symbol !== site) return [];
  return [`${step.word.offset} ${step.old} ${step.new}`];
}
