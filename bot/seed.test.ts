/**
 * Real threads with known answers, read where they lie: ../shared/threads, on the tree that SEED_TREE names (the files of v5.0
 * to v5.2-rc). Either missing, the tests that need it skip and say so. What is expected is what reviewers and a reading by
 * hand found: the lines below are those of the mails' bodies.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { reviewThread } from './fixture.ts';
import { findingValue } from './reply/finding.ts';
import type { Review } from './review.ts';
import { openTree, type Tree } from './sources/tree.ts';

const threads = join(import.meta.dirname, '../../shared/threads');
const { SEED_TREE } = process.env;
const tree = SEED_TREE === undefined ? null : openTree(SEED_TREE).tree;
const noThreads = !existsSync(threads) && 'no ../shared/threads';
const noTree = noThreads || (tree === null && 'SEED_TREE names no tree of v5.0 to v5.2-rc');

const read = (name: string) => readFileSync(join(threads, `${name}.mbox`), 'latin1');

const reviewText = (text: string, base: Tree | null): Promise<Review> =>
  reviewThread(Buffer.from(text, 'latin1'), { trees: base === null ? [] : [base] });

const patches = ({ series }: Review) => series.flatMap((one) => one.patches);
/** `stale disable 181`: level, entry point, mail line. */
const findings = (result: Review) =>
  patches(result)
    .flatMap(({ verdict }) => verdict.findings)
    .map(({ level, check, entryPoint, mailLine }) => `${level} ${check} ${entryPoint} ${mailLine}`);
const answers = (result: Review) => patches(result).map(({ verdict }) => verdict.answer);
const mflr = 'Additionally nop out the preceding mflr';
const notesOf = (result: Review) =>
  patches(result)
    .find(({ patch }) => patch.message.subject.includes(mflr))
    ?.verdict.notes.map(({ id }) => id);

/** Thread → findings with the tree, findings from the diff alone, notes with the tree. */
const rows: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  [
    '20190518-rfc',
    [
      'sequential return-address module-load-tracing 79',
      'stale return-address disable 171',
      'stale return-address enable 264',
    ],
    // Lost: modules are handled in functions of which the mail shows parts.
    ['stale return-address disable 171', 'stale return-address enable 264'],
    ['outside-cmodx'],
  ],
  [
    '20190618-v1',
    [
      'stale return-address disable 181',
      'stale return-address enable 326',
      'sequential ftrace-bug enable 329',
      // Of patch 5: ftrace_location() no longer finds the first record of a page, so that function cannot be live patched.
      'sequential ftrace-disabled livepatch-on 88',
    ],
    ['stale return-address disable 181', 'stale return-address enable 326', 'sequential ftrace-bug enable 329'],
    ['outside-cmodx'],
  ],
  [
    '20190627-seed-v2',
    ['stale return-address disable 181', 'sequential ftrace-bug enable 346'],
    ['stale return-address disable 181', 'sequential ftrace-bug enable 346'],
    ['outside-cmodx', 'idle-task'],
  ],
];
for (const [name, onTree, fromDiff, notes] of rows) {
  test(`${name} on its tree`, { skip: noTree }, async () => {
    const result = await reviewText(read(name), tree);
    assert.deepEqual(findings(result), onTree);
    assert.deepEqual(notesOf(result), notes);
  });
  test(`${name} from the diff alone`, { skip: noThreads }, async () => {
    const result = await reviewText(read(name), null);
    assert.deepEqual(findings(result), fromDiff);
    assert.ok(!answers(result).includes('finding'), 'never more than a question');
  });
}

for (const name of ['20200423-printk-formats', '20220627-stable-backports', '20240610-withdrawn-claim']) {
  test(`${name}: nothing is reported`, { skip: noThreads }, async () => {
    const result = await reviewText(read(name), null);
    assert.deepEqual(findings(result), []);
    if (name !== '20240610-withdrawn-claim') assert.ok(answers(result).every((answer) => answer === 'silence'));
  });
}

test('the disable finding suggests an IPI, in passes of its own', { skip: noTree }, async () => {
  const result = await reviewText(read('20190627-seed-v2'), tree);
  const repair = patches(result).flatMap(({ verdict }) => verdict.findings)[0]?.repair;
  assert.equal(repair?.kind, 'ipi');
  assert.equal(repair?.perRecord, true);
});

test('what refuses a live patch is not said to stop ftrace', { skip: noTree }, async () => {
  const reviews = patches(await reviewText(read('20190618-v1'), tree));
  const ends = reviews.flatMap((one) =>
    one.verdict.findings
      .filter(({ check }) => check === 'ftrace-disabled')
      .map((finding) => findingValue(one, finding, '{schedule}').consequence),
  );
  assert.deepEqual(ends, [
    'What is asked for is refused: it returns -22 (EINVAL). The unpatched source does the same without an error.',
  ]);
});

/** Edits of the seed's patch: what changes in the mail, and the finding that then stands where the edit is. */
const mutants: readonly (readonly [string, (lines: string[]) => string[], string])[] = [
  [
    'without the IPI',
    (lines) => lines.filter((line) => !line.includes('smp_call_function(do_isync')),
    'stale return-address enable 342',
  ],
  [
    'without the grace period',
    (lines) => lines.filter((line) => line !== grace),
    'preemption return-address enable 342',
  ],
  [
    'with synchronize_rcu()',
    (lines) => lines.map((line) => (line === grace ? '+\tsynchronize_rcu();' : line)),
    'preemption return-address enable 343',
  ],
  ['with the two writes of disabling swapped', swapped, 'preemption return-address disable 163'],
  ['with the synchronization before the first pass', early, 'preemption return-address enable 343'],
];
const grace = '+\tsynchronize_rcu_tasks();';

function swapped(lines: string[]): string[] {
  const from = lines.findIndex((line) => line.includes('rc = ftrace_modify_code(ip, old, new);'));
  const to = lines.indexOf('+#endif', from);
  const own = [
    '+#ifdef CONFIG_MPROFILE_KERNEL',
    '+\t\tif (probe_kernel_read(&op, (void *)(ip - 4), 4))',
    '+\t\t\treturn -EFAULT;',
    '+',
    '+\t\tif (op == PPC_INST_MFLR) {',
    '+\t\t\trc = patch_instruction((unsigned int *)(ip - 4),',
    '+\t\t\t\t\tPPC_INST_NOP);',
    '+\t\t\tif (rc)',
    '+\t\t\t\treturn rc;',
    '+\t\t}',
    '+#endif',
    '+\t\trc = ftrace_modify_code(ip, old, new);',
  ];
  const edited = [...lines.slice(0, from), ...own, ...lines.slice(to + 1)];
  return edited.flatMap((line) => (line === '+\tint rc;' ? ['+\tunsigned int op;', line] : [line]));
}

function early(lines: string[]): string[] {
  const from = lines.indexOf('+\tsmp_call_function(do_isync, NULL, 1);');
  const to = lines.indexOf(grace);
  const moved = lines.slice(from, to + 1);
  const rest = [...lines.slice(0, from), ...lines.slice(to + 1)];
  const loop = rest.findIndex((line) => line.includes('for_ftrace_rec_iter(iter) {'));
  return [...rest.slice(0, loop), ...moved, ...rest.slice(loop)];
}

/** Edits the lines of the seed's patch, and makes the counts of its hunks right again. */
function mutate(text: string, edit: (lines: string[]) => string[]): string {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith('Subject: [PATCH v2 4/7]'));
  const to = lines.findIndex((line, at) => at > from && line === '-- ');
  const edited = edit(lines.slice(from, to));
  for (const [at, line] of edited.entries()) {
    const heading = /^@@ -(\d+),\d+ \+(\d+),\d+ @@(.*)/.exec(line);
    if (heading === null) continue;
    const end = edited.findIndex((other, i) => i > at && !/^[ +-]/.test(other));
    const hunk = edited.slice(at + 1, end < 0 ? edited.length : end);
    const count = (op: string) => hunk.filter((other) => other.startsWith(' ') || other.startsWith(op)).length;
    edited[at] = `@@ -${heading[1]},${count('-')} +${heading[2]},${count('+')} @@${heading[3]}`;
  }
  return [...lines.slice(0, from), ...edited, ...lines.slice(to)].join('\n');
}

for (const [name, edit, expected] of mutants) {
  test(`the seed's patch ${name}`, { skip: noTree }, async () => {
    const found = findings(await reviewText(mutate(read('20190627-seed-v2'), edit), tree));
    assert.ok(found.includes(expected), found.join('; '));
    // Nothing beyond it but what the unedited patch has, at lines that the edit may have moved.
    const others = found.filter((finding) => finding !== expected).map((finding) => finding.replace(/ \d+$/, ''));
    const known = ['stale return-address disable', 'sequential ftrace-bug enable'];
    assert.deepEqual(
      others.filter((other) => !known.includes(other)),
      [],
    );
  });
}
