/**
 * Of breaks of one kernel in several runs, which are told: what breaks whenever sites are first looked at, or was broken
 * by the run before, is told once. Protocols that end in a complaint, each in words and at a line of its own.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { EntryPoint, Protocol, Step } from '../protocol/protocol.ts';
import { judge } from './judge.ts';
import { newCache } from './protocol-run.ts';
import { bl, modify, nop, protocol } from './small-protocol.ts';

type Asked = Partial<Protocol['scenario']>;
const { scenario } = protocol([], {});
const run = (asked: Asked, more: Partial<Protocol> = {}): Protocol => ({
  ...protocol([modify(4, nop)], more),
  scenario: { ...scenario, ...asked },
});
let letters = 0;
/** BUG(), which shows when the run is done once. */
function complains(entryPoint: EntryPoint, asked: Asked = {}): Protocol {
  const stack = [{ fn: 'f', at: { file: 'a.c', line: ++letters, macros: [] } }];
  const bug = { kind: 'bug', what: 'BUG', code: null, site: null, text: `bug ${letters}`, trail: [], stack };
  const of = run({ entryPoint, ...asked });
  return { ...of, steps: [...of.steps, bug as unknown as Step] };
}
/** A word that some CPU may not see. */
const forgets = (entryPoint: EntryPoint, asked: Asked = {}): Protocol => {
  const of = run({ entryPoint, ...asked });
  return { ...of, steps: of.steps.map((step) => ({ ...step, old: bl, consistent: 'none' })) as readonly Step[] };
};

/** @param expected entry points of the findings, with those named beside them */
function check(name: string, after: readonly Protocol[], expected: string): void {
  test(name, () => {
    const { findings } = judge({
      ...{ before: after.map((one) => run(one.scenario)), after },
      ...{ evidence: 'tree', doubt: null, partial: false, highest: 'architecture', cache: newCache() },
      ...{ limits: { tasks: 2, cpus: 2, statesMax: 100_000 }, mailLineOf: () => null },
      ...{ changes: [], problems: [], unjudged: [], uncovered: () => null },
    });
    const told = findings.flatMap(({ entryPoint, alsoAt }) => [entryPoint, ...alsoAt.map((also) => also.entryPoint)]);
    assert.equal(told.join(' '), expected);
  });
}

check('two entry points', [complains('enable'), complains('disable')], 'enable disable');
for (const start of ['boot', 'module-load'] as const) {
  check(`${start}, and what comes after`, [complains('disable'), complains(start), complains('enable')], start);
  check(`${start}, where words may be seen late`, [forgets(start), complains('enable')], `enable ${start}`);
  check(`${start} of other sites`, [complains(start, { siteKind: 'far' }), complains('enable')], `${start} enable`);
  check(
    `${start} of another kernel`,
    [complains(start), complains('enable', { profile: 'q' as never })],
    `${start} enable`,
  );
  check(
    `${start} of another subject`,
    [complains(start, { subject: 'jump-label' }), complains('enable')],
    `${start} enable`,
  );
}
check('both ways to begin', [complains('boot'), complains('module-load')], 'boot module-load');
const label = { subject: 'jump-label' } as const;
check(
  'beside the tracer, what was left by the run before',
  [complains('enable', label), complains('disable', label)],
  'enable',
);
check('in whatever order they were run', [complains('disable', label), complains('enable', label)], 'enable');
check(
  'of other sites',
  [complains('enable', { ...label, siteKind: 'far' }), complains('disable', label)],
  'enable disable',
);
check('left late by the run before', [forgets('enable', label), complains('disable', label)], 'disable enable');
