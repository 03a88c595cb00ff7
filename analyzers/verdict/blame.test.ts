/**
 * Which line of the mail a break is laid to. By steps, each at a line of one file, before a patch and after it; and on an
 * architecture of our own: a word that is another one stands where it is made, though the line that stores it is old and is
 * shown beside it.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaults } from '../explore/explore.ts';
import type { ChangedLine } from '../patch/changed.ts';
import { archModel } from '../protocol/arch-model.ts';
import { extract } from '../protocol/extract.ts';
import type { Protocol, Step } from '../protocol/protocol.ts';
import type { Frame } from '../source/place.ts';
import { type Blamed, blame } from './blame.ts';
import type { Sighting } from './cause.ts';
import { judge } from './judge.ts';
import { newCache } from './protocol-run.ts';
import { type Bare, barrier, bl, mflr, modify, nop, protocol, stopMachine } from './small-protocol.ts';
import { nowhere } from './spot.ts';

const path = 'arch/powerpc/kernel/trace/ftrace.c';

function protocolsOf(text: string) {
  const read = (file: string) => (file === path ? text : null);
  const profiles = ['ppc64-mprofile-gcc6'];
  return extract({ read, touched: [path], evidence: 'tree', subjects: ['ftrace'], profiles }).protocols;
}
const before = protocolsOf(archModel.text);
const cache = newCache();

/** One line of a function for another, in a mail that shows every line of the file. */
function checkLine(name: string, [fn, from, to]: readonly [string, string, string], expected: string): void {
  test(name, () => {
    const place = archModel.text.indexOf(from, archModel.text.indexOf(`\nint ${fn}(`));
    assert.ok(place >= 0, from);
    const text = archModel.text.slice(0, place) + to + archModel.text.slice(place + from.length);
    const line = text.slice(0, place).split('\n').length;
    const changes: readonly ChangedLine[] = [
      { file: path, op: '-', line, baseLine: line, mailLine: 2 * line },
      { file: path, op: '+', line, baseLine: null, mailLine: 2 * line + 1 },
    ];
    const verdict = judge({
      ...{ before, after: protocolsOf(text), evidence: 'tree', partial: false, highest: 'architecture' },
      ...{ limits: defaults, cache, problems: [], unjudged: [], uncovered: () => null, doubt: null, changes },
      mailLineOf: (file, shown) =>
        file !== path ? null : { mailLine: 2 * shown + 1, op: shown === line ? ('+' as const) : ' ' },
    });
    const told = verdict.findings.map(({ check, line: at }) => `${check}: ${text.split('\n')[at - 1]?.trim()}`);
    assert.ok(told.includes(expected), told.join('\n'));
  });
}

const call = '\tunsigned int call = ftrace_call_replace(rec->ip, addr);';
checkLine(
  'the word that is stored is made some lines ahead of the call that stores it',
  ['ftrace_make_call', call, call.replace('addr)', 'addr + 0x20)')],
  'wild-branch: unsigned int call = ftrace_call_replace(rec->ip, addr + 0x20);',
);

const frame = (line: number): Frame => ({ fn: 'f', at: { file: 'a.c', line, macros: [] } });
const placed = (step: Bare, line: number): Step => ({ ...step, stack: [frame(line)] }) as Step;
const stepsOf = (...steps: readonly Step[]): Protocol => ({ ...protocol([], {}), steps });
/** The mail tells a line that is taken out from one that is added. */
const changed = (op: '+' | '-', line: number, file = 'a.c'): ChangedLine => ({
  ...{ file, op, line, baseLine: op === '-' ? line : null, mailLine: op === '-' ? -line : line },
});
const [out, added] = [(line: number) => changed('-', line), (line: number) => changed('+', line)];
const [first, second] = [modify(0, mflr), modify(4, bl)];
const tasks: Bare = { kind: 'gracePeriod', flavour: 'tasks' };
const wmb = barrier('wmb');

interface Laid {
  readonly before: Protocol | null;
  readonly after: Protocol;
  /** Index of the guilty step; none: it is not known. */
  readonly guilty?: number;
  /** The mail shows the guilty step, there. */
  readonly shown?: number;
  readonly changes: readonly ChangedLine[];
  readonly pairs?: readonly Blamed[];
  readonly runBefore?: Blamed['runBefore'];
  /** The function that is named with the line; none: f, which all frames are in. */
  readonly fn?: string;
}

/** @param expected the line of the mail, as in `changed`; null: the break stays where it was */
function checkLaid(
  name: string,
  { guilty, shown, changes, fn = 'f', pairs = [], ...pair }: Laid,
  expected: number | null,
): void {
  test(name, () => {
    const spot = shown === undefined ? nowhere : { file: 'a.c', line: shown, mailLine: shown, fn: 'f' };
    const step = guilty === undefined ? null : (pair.after.steps[guilty] ?? null);
    const sighting = { guilty: step, spot } as unknown as Sighting;
    const found = blame(sighting, { same: false, runBefore: null, ...pair }, { pairs, changes });
    if (expected === null) assert.equal(found, sighting);
    else assert.deepEqual([found.spot.mailLine, found.spot.fn], [expected, fn]);
  });
}

const pass = [placed(first, 1), placed(second, 3)] as const;
const [whole, bare] = [stepsOf(pass[0], placed(tasks, 2), pass[1]), stepsOf(...pass)];
checkLaid('a step that is no more', { before: whole, after: bare, guilty: 1, changes: [added(8), out(3), out(2)] }, -2);
checkLaid('a step that was not there', { before: bare, after: whole, guilty: 2, changes: [out(2), added(2)] }, 2);
checkLaid('nothing changed', { before: whole, after: bare, guilty: 1, changes: [] }, null);
checkLaid(
  'the guilty step is an added line already',
  { before: whole, after: bare, guilty: 1, shown: 3, changes: [added(3), out(2)] },
  null,
);
checkLaid(
  'a step that is no more, though the line of the guilty one is taken out',
  { before: whole, after: bare, guilty: 1, shown: 3, changes: [out(3), out(2)] },
  -2,
);
checkLaid(
  'the step right ahead of the guilty one, not one that is further off',
  {
    before: stepsOf(placed(tasks, 5), pass[0], placed(wmb, 2), pass[1]),
    after: bare,
    guilty: 1,
    changes: [out(5), out(2)],
  },
  -2,
);
checkLaid(
  'a step far ahead rather than the one that follows',
  { before: stepsOf(placed(tasks, 5), ...pass, placed(wmb, 6)), after: bare, guilty: 1, changes: [out(6), out(5)] },
  -5,
);
checkLaid(
  'of those that follow the next',
  {
    before: stepsOf(...pass, placed(tasks, 5), placed(second, 6), placed(wmb, 7)),
    after: stepsOf(...pass, placed(second, 6)),
    guilty: 0,
    changes: [out(7), out(5)],
  },
  -5,
);
checkLaid(
  'one that follows, where none is ahead',
  { before: stepsOf(...pass, placed(wmb, 6)), after: bare, guilty: 1, changes: [out(1), out(6)] },
  -6,
);
checkLaid(
  'of a guilty step that was not there, what is behind it does not count',
  { before: stepsOf(pass[0], placed(wmb, 6)), after: bare, guilty: 1, changes: [out(6), added(4)] },
  4,
);
checkLaid(
  'no step is known to be guilty: the last modification is',
  {
    before: stepsOf(placed(tasks, 5), ...pass, placed(wmb, 6)),
    after: stepsOf(...pass, placed(barrier('rmb'), 7)),
    changes: [out(6), out(5)],
  },
  -5,
);
checkLaid(
  'nor is there a modification: what is nearest to the end',
  {
    before: stepsOf(placed(tasks, 5), placed(wmb, 7), placed(tasks, 6)),
    after: stepsOf(placed(wmb, 7)),
    changes: [out(5), out(6)],
  },
  -6,
);
checkLaid(
  'of what is gone ahead of the guilty step the last',
  {
    before: stepsOf(pass[0], placed(wmb, 5), placed(tasks, 6), pass[1]),
    after: bare,
    guilty: 1,
    changes: [out(5), out(6)],
  },
  -6,
);
checkLaid(
  'a guilty step that was not there: the innermost of its added lines',
  {
    before: stepsOf(pass[0]),
    after: stepsOf(pass[0], { ...placed(second, 7), stack: [frame(7), frame(8)] } as Step),
    guilty: 1,
    changes: [added(7), added(8)],
  },
  8,
);
checkLaid(
  'a step that is no more was called at a line of the base',
  {
    before: whole,
    after: bare,
    guilty: 1,
    changes: [
      { ...out(7), line: 2 },
      { ...out(2), line: 30 },
    ],
  },
  -2,
);
const ipi = { kind: 'ipi', handler: 'f', targets: 'others', wait: true, effects: [] } as const;
for (const around of [stopMachine(first), ipi])
  checkLaid(
    `inside ${around.kind}`,
    {
      before: bare,
      after: stepsOf({ ...placed(around, 5), effects: [placed(first, 7)] } as Step, ...pass),
      guilty: 2,
      changes: [out(5), added(7)],
    },
    7,
  );
checkLaid(
  'the innermost of the lines that led to a step',
  {
    before: bare,
    after: stepsOf(pass[0], { ...placed(tasks, 2), stack: [frame(7), frame(8), frame(9)] } as Step, pass[1]),
    guilty: 2,
    changes: [added(7), added(8)],
  },
  8,
);
checkLaid(
  'a step of that line in another file is none of the patch',
  { before: whole, after: bare, guilty: 1, changes: [changed('-', 2, 'b.c'), out(90)] },
  -90,
);

test('only steps that one side lacks are told, of whichever others', () => {
  const many: readonly Step[] = [first, wmb, second, tasks, barrier('rmb'), modify(0, nop)].map((step, i) =>
    placed(step, 10 * (i + 1)),
  );
  const some = (bits: number) => many.filter((_, i) => ((bits >> i) & 1) === 1);
  const lineOf = (step: Step) => step.stack[0]?.at.line ?? 0;
  // Every line has been written anew.
  const changes = many.flatMap((step) => [out(lineOf(step)), added(lineOf(step))]);
  let asked = 0;
  for (let bits = 0; bits < 64 * 64; bits++) {
    const [old, fresh] = [some(bits >> 6), some(bits % 64)];
    const guilty = fresh.at(-1);
    if (guilty === undefined || !old.includes(guilty)) continue;
    const gone = old.filter((step) => !fresh.includes(step)).map((step) => -lineOf(step));
    const there = fresh.filter((step) => !old.includes(step)).map(lineOf);
    const ahead = [...gone, ...there].filter((line) => Math.abs(line) < lineOf(guilty));
    const told = ahead.sort((a, b) => Math.abs(b) - Math.abs(a))[0] ?? gone[0];
    if (told === undefined) continue;
    // Of what is there in place of what is gone either could be told.
    const kept = old.filter((step) => fresh.includes(step)).map(lineOf);
    const from = kept.findLast((line) => line < Math.abs(told)) ?? 0;
    if (ahead.some((line) => Math.abs(line) > from && line * told < 0)) continue;
    const sighting = { guilty, spot: nowhere } as unknown as Sighting;
    const pair = { before: stepsOf(...old), after: stepsOf(...fresh), same: false, runBefore: null };
    const found = blame(sighting, pair, { pairs: [], changes });
    assert.equal(found.spot.mailLine, told, `${bits}`);
    asked++;
  }
  assert.ok(asked > 1000, `${asked}`);
});
for (const [title, count, expected] of [
  ['as many steps as are compared', 1000, -90],
  ['more steps than are compared: the line nearest to the guilty one', 1001, -4],
] as const) {
  const others = Array<Step>(998).fill(placed(wmb, 50));
  checkLaid(
    title,
    {
      before: stepsOf(...others, placed(tasks, 90), ...pass.slice(0, count - 999)),
      after: stepsOf(...others, ...pass),
      guilty: 999,
      changes: [out(90), out(4)],
    },
    expected,
  );
}

// No step tells: the changed line that is nearest.
const moved = [out(90), out(14), out(11), out(16), changed('-', 12, 'b.c')];
checkLaid(
  'the line nearest to the guilty step',
  { before: null, after: stepsOf(placed(second, 12)), guilty: 0, changes: moved },
  -11,
);
checkLaid(
  'the first of lines as near',
  { before: null, after: stepsOf(placed(second, 15)), guilty: 0, changes: moved },
  -14,
);
checkLaid(
  'in no file that was run: the first line',
  {
    before: null,
    after: stepsOf(placed(second, 12)),
    guilty: 0,
    changes: [changed('-', 7, 'b.c'), changed('-', 12, 'b.c')],
    fn: '',
  },
  -7,
);
const trail = [frame(15)];
checkLaid('no step at all: what ran', { before: null, after: { ...stepsOf(), trail }, changes: moved }, -14);
const complaint = { kind: 'bug', what: 'BUG', code: null, site: null, text: '', trail, stack: [] } as unknown as Step;
checkLaid('a complaint: what led to it', { before: null, after: stepsOf(complaint), guilty: 0, changes: moved }, -14);

// A word that is another one, and is shown.
const made = { ...placed(second, 3), ahead: [frame(30), frame(8), frame(7)] } as Step;
const other = stepsOf(pass[0], placed(modify(4, nop), 3));
checkLaid(
  'where the word was made last',
  { before: other, after: stepsOf(pass[0], made), guilty: 1, shown: 3, changes: [out(30), added(7), added(8)] },
  8,
);
checkLaid(
  'not made in what was added',
  { before: other, after: stepsOf(pass[0], made), guilty: 1, shown: 3, changes: [added(9)] },
  null,
);
checkLaid('made where nobody knows', { before: other, after: bare, guilty: 1, shown: 3, changes: [added(9)] }, null);
checkLaid(
  'not made at all',
  { before: stepsOf(), after: stepsOf(placed(tasks, 3)), guilty: 0, shown: 3, changes: [added(9)] },
  null,
);
checkLaid(
  'from a mail alone nobody knows where',
  { before: other, after: { ...stepsOf(pass[0], made), evidence: 'diff' }, guilty: 1, shown: 3, changes: [added(8)] },
  null,
);

// What a call of a traced function meets was done in another run, or is entry code.
const scenario = protocol([], {}).scenario;
const entry = (id: string | null) => (id === null ? null : ({ id } as unknown as Protocol['entry']));
const calling = (id: string | null): Protocol => ({
  ...stepsOf(),
  entry: entry(id),
  scenario: { ...scenario, entryPoint: 'call', call: { tracer: 'ftrace_caller', exit: 'normal' } },
});
/** A run that does a step more than before, at a line. */
const writes = (line: number, asked: Partial<Protocol['scenario']> = {}, same = false): Blamed => ({
  before: stepsOf(),
  after: { ...stepsOf(placed(second, line)), scenario: { ...scenario, ...asked } },
  ...{ same, runBefore: null },
});
const anywhere = [added(90), added(1), added(2), added(3), added(4), added(5), added(6)];
for (const id of ['x', null])
  checkLaid(
    `entry code as it was (${id}): the earliest run of that kernel and site that does something else`,
    {
      ...{ before: calling(id), after: calling(id), changes: anywhere },
      pairs: [
        writes(1, { profile: 'q' as never }),
        writes(2, { preemption: 'full' }),
        writes(3, { siteKind: 'far' }),
        writes(4, {}, true),
        { ...writes(5), after: { ...stepsOf(placed(second, 5)), scenario: calling(id).scenario } },
        writes(90, { entryPoint: 'disable' }),
        writes(6),
      ],
    },
    6,
  );
checkLaid(
  'entry code as it was, and so is every run',
  { before: calling('x'), after: calling('x'), changes: anywhere },
  null,
);
const origins = new Map([1, 2, 3, 4].map((line) => [4 * line, [frame(line).at]]));
const runBefore = { entry: { executed: new Set([8, 12, 16, 99]), origins } } as unknown as Blamed['runBefore'];
const asItWas = { before: calling('x'), after: calling('y'), pairs: [writes(6)] };
checkLaid(
  'other entry code: the instruction run last of those that are gone',
  { ...asItWas, runBefore, changes: [added(90), out(3), out(2), out(1), changed('-', 4, 'b.c')], fn: '' },
  -3,
);
checkLaid(
  'other entry code, of which nothing is gone that was run',
  { ...asItWas, runBefore, changes: [out(1)] },
  null,
);
checkLaid('other entry code, where none was before', { ...asItWas, before: null, changes: [out(1)] }, null);
