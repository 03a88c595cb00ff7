/**
 * Calls of a traced function through the fixtures' entry code, before and after a line of it is another one: what is told, of
 * which way to leave it, and what keeps a change from being passed.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { Exit, Protocol, Step } from '../protocol/protocol.ts';
import { bl, called, entryCodeOf, mflr, modify, nop, protocol, stopMachine, verdictOf } from './small-protocol.ts';
import type { MailLineOf } from './spot.ts';

const tree = join(import.meta.dirname, '../../fixtures/tree');
const path = 'arch/powerpc/kernel/trace/ftrace_entry.S';
const read = (file: string) => (existsSync(join(tree, file)) ? readFileSync(join(tree, file), 'utf8') : null);
const source = read(path) ?? '';

type Edit = readonly [from: string, to: string];
const edit = (edits: readonly Edit[]) =>
  edits.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, to);
  }, source);
const entryOf = (edits: readonly Edit[]) => {
  const text = edit(edits);
  return entryCodeOf((file) => (file === path ? text : read(file)));
};
const asItIs = entryOf([]);

/** The mail adds the lines that are in no file of before. */
const mailOf = (text: string): MailLineOf => {
  const [old, fresh] = [source, text].map((one) => one.split('\n'));
  return (_, line) => ({ mailLine: line, op: old?.includes(fresh?.[line - 1] ?? '') ? ' ' : '+' });
};

const noParent: Edit = ['\tmr	r4, r0\n', ''];
/** The function does not return to its caller, where it leaves so. */
const wrongLivepatch: Edit = ['\tld	r0, -8(r11)\n', ''];
const wrongNormal: Edit = ['\tmtlr	r0\n\trestore	3, 10\n', '\trestore	3, 10\n'];

/** @param expected check and exit of each finding, or why there is none */
function check(
  title: string,
  { before = [], after, exits }: { before?: readonly Edit[]; after: readonly Edit[]; exits: readonly Exit[] },
  expected: readonly string[] | string,
  mailLineOf: MailLineOf = () => null,
): void {
  test(title, () => {
    const [old, fresh] = [entryOf(before), entryOf(after)];
    const verdict = verdictOf({
      highest: 'sequential',
      before: exits.map((exit) => called(old, exit)),
      after: exits.map((exit) => called(fresh, exit)),
      mailLineOf,
    });
    const told = verdict.findings.map(({ check: id, protocol: { exit } }) => `${id}, ${exit}`);
    if (typeof expected === 'string') assert.equal(`${verdict.answer}: ${verdict.why}`, expected);
    else assert.deepEqual(told, expected, verdict.why);
  });
}

check(
  'nothing is lost',
  { after: [['\tmfctr	r12\n', '\tmfctr	r12\n\tori	r12, r12, 0\n']], exits: ['livepatch'] },
  'pass: holds in 1 runs',
);
check('the tracer is given another parent', { after: [noParent], exits: ['normal'] }, ['tracer-parent, normal']);
test('what is lost is laid to a line', () => {
  const after = edit([['\tmr	r4, r0\n', '\tmr	r4, r3\n']]);
  const { findings } = verdictOf({
    highest: 'sequential',
    before: [called(asItIs, 'normal')],
    after: [called(entryOf([['\tmr	r4, r0\n', '\tmr	r4, r3\n']]), 'normal')],
    mailLineOf: mailOf(after),
  });
  const [finding, ...others] = findings;
  assert.ok(finding !== undefined && others.length === 0);
  assert.equal(after.split('\n')[(finding.mailLine ?? 0) - 1]?.trim(), 'mr	r4, r3');
  assert.equal(finding.protocol.scenario.call?.tracer, 'ftrace_caller');
});
check(
  'what is lost is not told where something goes wrong for the caller, too',
  { after: [noParent, wrongLivepatch], exits: ['normal', 'livepatch'] },
  ['return-address, livepatch'],
);
check(
  'an exit that went wrong before, and one that does now',
  { before: [wrongLivepatch], after: [wrongLivepatch, wrongNormal], exits: ['normal', 'livepatch'] },
  ['wild-branch, normal'],
);
check(
  'what some kernels do without is not judged',
  { after: [['\tsubi	r11, r11, 16\n', '\tsubi	r11, r11, 16\n\tstd	r2, 24(r1)\n']], exits: ['livepatch'] },
  'silence: in call through ftrace_caller, exit livepatch in p/nopreempt (near, all) something is stored into the frame of the caller, which is not judged',
);
const unrun: Edit = ['ftrace_no_trace:\n', 'ftrace_no_trace:\n\tori	r3, r3, 0\n'];
check(
  'a line that no call comes by',
  { after: [unrun], exits: ['normal'] },
  `silence: it changes ${path}:${edit([unrun]).split('\n').indexOf('\tori	r3, r3, 0') + 1}, which no run executes`,
  mailOf(edit([unrun])),
);
check(
  'words that no call comes by',
  { after: [unrun], exits: ['normal'] },
  'silence: it changes ftrace_no_trace, which no run executes',
);

// Entry code as it was: what a call meets has been written by another run.
const [first, second] = [modify(0, mflr), modify(4, bl)];
const enables = (good: boolean, profile = 'p'): Protocol => {
  const of = protocol([good ? stopMachine(first, second) : second], {});
  return { ...of, scenario: { ...of.scenario, profile: profile as never } };
};
const meets = (good: boolean, exit: Exit = 'normal'): Protocol => {
  const of = called(asItIs, exit);
  const written = ({ words }: (typeof of.sites)[number]) => (good ? words : new Map([...words, [0, nop]]));
  return { ...of, sites: of.sites.map((site) => ({ ...site, words: written(site) })) };
};
for (const [title, runs, expected] of [
  ['what is written wrongly is told, and not what a call makes of it', [enables, meets], ['enable']],
  ['a call that nobody is known to have written', [meets], ['call']],
  ['a call that was written right', [(good: boolean) => enables(good, 'q'), meets], ['call', 'enable']],
] as const)
  test(title, () => {
    const sides = [true, false].map((good) => runs.map((run) => run(good)));
    const { findings } = verdictOf({ highest: 'sequential', before: sides[0] ?? [], after: sides[1] ?? [] });
    assert.deepEqual(findings.map(({ entryPoint }) => entryPoint).sort(), expected);
  });

test('also at: calls by other entries, and not another way to leave the same', () => {
  const at = { file: 'a.c', line: 3, macros: [] };
  const bug = { kind: 'bug', what: 'BUG', code: null, site: null, text: 'no', trail: [], stack: [{ fn: 'f', at }] };
  const calls = (['normal', 'livepatch'] as const).flatMap((exit) =>
    ['ftrace_caller', 'ftrace_regs_caller'].map((tracer) => {
      const of = called(asItIs, exit);
      return { ...of, scenario: { ...of.scenario, call: { tracer, exit } } };
    }),
  );
  const { findings } = verdictOf({
    highest: 'sequential',
    before: calls,
    after: calls.map((one) => ({ ...one, steps: [bug as unknown as Step] })),
  });
  const [finding, ...others] = findings;
  assert.ok(finding !== undefined && others.length === 0);
  const also = { file: 'a.c', line: 3, mailLine: null, fn: 'f', level: 'sequential', subject: 'ftrace' };
  assert.deepEqual(
    finding.alsoAt,
    (['normal', 'livepatch'] as const).map((exit) => ({
      ...{ ...also, entryPoint: 'call', siteKind: 'near', call: { tracer: 'ftrace_regs_caller', exit } },
    })),
  );
});
