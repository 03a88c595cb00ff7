/**
 * What the kernel complains of, and in words where.
 */
import type { Step } from './protocol.ts';

export function bugsOf(step: Step): (Step & { kind: 'bug' })[] {
  if (step.kind === 'ipi' || step.kind === 'stopMachine') return step.effects.flatMap(bugsOf);
  return step.kind === 'bug' ? [step] : [];
}

export function whyOf(bug: Step & { kind: 'bug' }): string {
  const at = bug.stack.at(-1)?.at;
  const where = at === undefined ? '' : ` at ${at.file}:${at.line}`;
  const what =
    bug.what === 'ftrace_bug'
      ? `ftrace_bug(${bug.code ?? '?'})${bug.site === null ? '' : ` for ${bug.site}`}`
      : bug.what;
  return `${what}${where}${bug.text === '' ? '' : `: ${bug.text}`}`;
}
