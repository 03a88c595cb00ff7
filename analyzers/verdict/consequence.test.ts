/**
 * Of breaks of one kernel in several runs, which are told: what breaks whenever sites are first looked at, or was broken
 * by the run before, is told once. Protocols that end in a complaint, each in words and at a line of its own.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { readEntryCode } from '../protocol/entry-code.ts';
import { definesOf, profilesOf } from '../protocol/profiles.ts';
import type { EntryPoint, Exit, Protocol, Step } from '../protocol/protocol.ts';
import { at, bl, mflr, modify, nop, protocol, verdictOf } from './small-protocol.ts';

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

/** @param expected entry points of the findings, with those named beside them, each once */
function check(name: string, after: readonly Protocol[], expected: string): void {
  test(name, () => {
    const { findings } = verdictOf({ before: after.map((one) => run(one.scenario)), after });
    const told = findings.flatMap(({ entryPoint, alsoAt }) => [entryPoint, ...alsoAt.map((also) => also.entryPoint)]);
    assert.equal([...new Set(told)].join(' '), expected);
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

// Two words, bl without mflr or with it, that the run does not touch or writes itself.
const [site] = protocol([], {}).sites;
assert.ok(site !== undefined);
const begun = [{ ...site, words: new Map([...site.words, [4, bl]]) }];
const finds = (entryPoint: EntryPoint, asked: Asked = {}): Protocol => ({
  ...run({ entryPoint, ...asked }, { sites: begun }),
  steps: [],
});
const makes = (entryPoint: EntryPoint, asked: Asked = {}): Protocol => {
  const { steps } = protocol([modify(4, bl)], {});
  return { ...run({ entryPoint, ...asked }), steps };
};
check('what is found broken, where nobody has done it', [finds('disable')], 'disable');
check('what is found broken, and the run that has', [finds('disable'), makes('enable')], 'enable');
check('found broken at other sites', [finds('disable', { siteKind: 'far' }), makes('enable')], 'enable disable');

/** Text that A leads to is freed; what a task comes by was there before, and the free was not. */
const frees = (entryPoint: EntryPoint, asked: Asked): Protocol => {
  const address = at.A + 0x1000n;
  const texts = [{ name: 'text', address, words: new Map([[0, 0x4e800020]]) }];
  const sites = [{ ...site, words: new Map([...site.words, [0, 0x48001000]]) }];
  const of = protocol([modify(0, nop), { kind: 'free', what: 'text', address }], { texts, sites });
  return { ...of, scenario: { ...scenario, entryPoint, ...asked } };
};
const full = { preemption: 'full' } as const;
check(
  'what is freed too early, beside a run that breaks words',
  [frees('direct-off', full), makes('enable', full)],
  'enable direct-off',
);

test('also at: other lines and other entry points, each once', () => {
  const says = (entryPoint: EntryPoint, [file, line]: readonly [string, number], asked: Asked = {}): Protocol => {
    const of = run({ entryPoint, ...asked });
    const stack = [{ fn: 'f', at: { file, line, macros: [] } }];
    const bug = { kind: 'bug', what: 'BUG', code: null, site: null, text: 'no', trail: [], stack };
    return { ...of, steps: [...of.steps, bug as unknown as Step] };
  };
  const after = [
    says('enable', ['a.c', 1]),
    says('enable', ['a.c', 1], { plan: 'first' }),
    says('enable', ['b.c', 1], { plan: 'last' }),
    says('enable', ['a.c', 2], { siteKind: 'far' }),
    says('disable', ['a.c', 1]),
    says('disable', ['a.c', 1], { siteKind: 'far' }),
  ];
  const [finding, ...others] = verdictOf({ before: after.map((one) => run(one.scenario)), after }).findings;
  assert.ok(finding !== undefined && others.length === 0);
  assert.deepEqual([finding.file, finding.line, finding.entryPoint], ['a.c', 1, 'enable']);
  const also = (file: string, line: number, more: object) => ({
    ...{ file, line, mailLine: null, fn: 'f', level: 'sequential', subject: 'ftrace', ...more },
  });
  assert.deepEqual(finding.alsoAt, [
    also('b.c', 1, { entryPoint: 'enable', siteKind: 'near' }),
    also('a.c', 2, { entryPoint: 'enable', siteKind: 'far' }),
    also('a.c', 1, { entryPoint: 'disable', siteKind: 'near' }),
  ]);
});

const tree = join(import.meta.dirname, '../../fixtures/tree');
const read = (path: string) => (existsSync(join(tree, path)) ? readFileSync(join(tree, path), 'utf8') : null);
const profile = profilesOf({ read: (path) => (path.endsWith('/ftrace.c') ? 'MPROFILE_KERNEL' : null) }).find(
  ({ id }) => id === 'ppc64-mprofile-gcc6',
);
assert.ok(profile !== undefined);
const { code: entry } = readEntryCode({ read, profile, defines: definesOf(profile, 'full', []) });
assert.ok(entry !== null);
const ofCall = (exit: Exit, asked: Asked = {}): Protocol => ({
  ...complains('call', { ...asked, call: { tracer: 'ftrace_caller', exit } }),
  ...{ entry, exit, sites: [{ ...site, traced: true, words: new Map([...site.words, [0, mflr], [4, bl]]) }] },
});
const leaving = (exit: Exit, entryPoint: EntryPoint): Protocol => ({ ...complains(entryPoint), exit });
const [other, prefixed] = [{ profile: 'q' as never }, { profile: 'p-prefixed' as never }];
check('every call', [complains('enable'), ofCall('normal')], 'call');
check('every call of another kernel', [complains('enable'), ofCall('normal', other)], 'call enable');
check(
  'every call on a prefixed instruction, which few kernels trace',
  [complains('enable', prefixed), ofCall('normal', prefixed)],
  'call enable',
);
check('a rare way to leave the tracer', [complains('enable'), ofCall('livepatch')], 'call enable');
check('runs that leave it so', [leaving('livepatch', 'enable'), ofCall('livepatch')], 'call');
check('runs that leave it in another rare way', [leaving('no-trace', 'enable'), ofCall('livepatch')], 'call enable');
