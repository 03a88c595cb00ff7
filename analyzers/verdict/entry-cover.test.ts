/**
 * What of a change to entry code a call has to come to: lines that were added, and texts that say something else. Texts of
 * four nops, of which a call executes some.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { layout } from '../machine/layout.ts';
import { parseModel } from '../machine/notation.ts';
import type { Place } from '../source/place.ts';
import { changedUnrun, type EntryPair, type EntryRun } from './entry-cover.ts';

/** Words by texts, as a model has them, and where the executed ones lie. */
interface Made {
  readonly texts: string;
  readonly executed?: readonly number[];
  /** Lines that make a word, by its address. */
  readonly lines?: Readonly<Record<number, readonly number[]>>;
  readonly file?: string;
}

const start = layout.entry;
const nops = (count: number) => Array(count).fill('60000000').join(',');
/** ftrace_caller is executed, and so nothing of it is missing; what follows is beside it. */
const text = (name: string, words: string, address = start + 0x100) => `+${name}@${address.toString(16)}=${words}`;

function run({ texts, executed = [start], lines = {}, file = 'a.S' }: Made): EntryRun {
  const { model, problem } = parseModel(`r0.64.none.live/f@1000=${nops(1)}+ftrace_caller@10000=${nops(4)}${texts}//`);
  assert.ok(model !== null, problem ?? '');
  const place = (line: number): Place => ({ file, line, macros: [] });
  const origins = Object.entries({ [start]: [1], ...lines }).map(
    ([address, of]) => [Number(address), of.map(place)] as const,
  );
  return { model, executed: new Set(executed), origins: new Map(origins) };
}
const pair = (before: Made | null, after: Made): EntryPair => ({ before: before && run(before), after: run(after) });

function check(name: string, pairs: readonly EntryPair[], expected: string | null): void {
  // The mail adds lines 10 to 19 of a.S, and shows the rest.
  const mail = (file: string, line: number) =>
    ({ mailLine: line, op: file === 'a.S' && line >= 10 && line < 20 ? '+' : ' ' }) as const;
  test(name, () => assert.equal(changedUnrun(pairs, mail), expected));
}

const asItWas = { texts: '' };
check('no call', [], null);
check('nothing changed', [pair(asItWas, asItWas)], null);

const added = (...executed: readonly number[]) =>
  pair(asItWas, { ...asItWas, executed, lines: { [start]: [1, 10], [start + 4]: [2, 11], [start + 8]: [11] } });
check('lines that are executed', [added(start, start + 4)], null);
check('of a macro’s line it is enough that one word is', [added(start, start + 8)], null);
check('a line that is not', [added(start)], 'a.S:11');
check('a line that another call executes', [added(start), added(start + 4)], null);
check('the first such line', [added(start + 12)], 'a.S:10');
check(
  'lines of another file are another’s',
  [pair(null, { texts: '', lines: { [start + 4]: [10] }, file: 'b.S' })],
  null,
);
check('old lines that are not executed', [pair(asItWas, { texts: '', lines: { [start + 4]: [2] } })], null);

const mflr = '7c0802a6';
const other = text('_mcount', nops(2));
const unlike = text('_mcount', `${nops(1)},${mflr}`);
check('a text that says something else', [pair({ texts: other }, { texts: unlike })], '_mcount');
check('and is entered', [pair({ texts: other }, { texts: unlike, executed: [start + 0x104] })], null);
check(
  'and is entered by another call',
  [pair({ texts: other }, { texts: unlike }), pair({ texts: other }, { texts: unlike, executed: [start + 0x100] })],
  null,
);
check(
  'a text that is entered, and one that is not',
  [pair({ texts: other }, { texts: unlike + text('ftrace_stub', mflr, start + 0x200), executed: [start + 0x100] })],
  'ftrace_stub',
);
check('a text that was not there', [pair(asItWas, { texts: other })], '_mcount');
check('a text that is no more', [pair({ texts: other }, asItWas)], '_mcount');
check('a call that was not there', [pair(null, { texts: other })], null);
check('and one that was', [pair(null, { texts: other }), pair({ texts: other }, { texts: unlike })], '_mcount');
check(
  'words in another order',
  [pair({ texts: text('_mcount', `${mflr},${nops(1)}`) }, { texts: text('_mcount', `${nops(1)},${mflr}`) })],
  '_mcount',
);

// Branches to ftrace_caller, from one place and from another.
const branch = (offset: number) => (0x48000000 | ((start - (start + offset)) & 0x3fffffc)).toString(16);
const [near, far] = [0x100, 0x200].map((offset) => text('_mcount', `${nops(1)},${branch(offset + 4)}`, start + offset));
check('a text that says the same elsewhere', [pair({ texts: near ?? '' }, { texts: far ?? '' })], null);
check(
  'a text with a branch to elsewhere',
  [pair({ texts: near ?? '' }, { texts: text('_mcount', `${nops(1)},${branch(0x108)}`) })],
  '_mcount',
);
const label = (words: string) => text('label', words, layout.text);
check('text that is no tracer’s', [pair({ texts: label(nops(2)) }, { texts: label(mflr) })], null);
check(
  'texts of one name in two files',
  [
    pair({ texts: other, file: 'b.S' }, { texts: unlike, file: 'b.S', executed: [start + 0x100] }),
    pair({ texts: other }, { texts: unlike }),
  ],
  '_mcount',
);
