/**
 * What is said of a patch on trees that are its author's, nearly, or not at all, a row each: of the fixture that forgets
 * modules, which breaks without concurrency, and of one that holds.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { applyFile } from '../analyzers/patch/apply.ts';
import { parseFiles } from '../analyzers/patch/diff.ts';
import { splitBody } from '../analyzers/patch/split.ts';
import { fixtureFolder, modelTree, reviewThread } from './fixture.ts';
import { composeReply } from './reply/reply.ts';
import { loadSettings } from './settings/settings.ts';
import type { Tree } from './sources/tree.ts';

const path = 'arch/powerpc/kernel/trace/ftrace.c';
const own = modelTree.read(path) ?? '';
const treeWith = (text: string): Tree => ({
  ...modelTree,
  read: (asked) => (asked === path ? text : modelTree.read(asked)),
});
const mail = (name: string) => readFileSync(join(fixtureFolder, name, 'thread.mbox'), 'utf8');

interface Expected {
  readonly answer: string;
  /** Of the first lines of the reply, which are wrapped. */
  readonly base: string;
  readonly tag?: boolean;
}

function check(name: string, text: string, tree: Tree, { answer, base, tag = false }: Expected): void {
  test(name, async () => {
    const level = answer === 'pass' ? 'architecture' : 'sequential';
    const { series } = await reviewThread(Buffer.from(text), { trees: [tree], level });
    const [first] = series;
    assert.equal(first?.patches[0]?.verdict.answer, answer, first?.patches[0]?.verdict.why);
    const reply = composeReply({
      ...{ series: first!.series, rows: first!.patches, config: loadSettings(), date: new Date(0) },
    });
    const said = (reply?.body ?? '').replace(/\s+/g, ' ');
    assert.ok(said.includes(base), said.slice(0, 600));
    assert.equal(/^Emulation-reviewed-by: /m.test(reply?.body ?? ''), tag);
  });
}

const broken = mail('mflr-module-forgotten');
const blob = 'f3973e6ec6f9';
check('the author’s tree', broken, treeWith(own), {
  answer: 'finding',
  base: `run on model (ftrace.c is blob ${blob} as in the mail). >`,
});
check('lines are off', broken, treeWith(`/* A line more. */\n${own}`), {
  answer: 'question',
  base: `run on model (its ftrace.c is not blob ${blob} of the mail, applied 1 line off), so this is a question. >`,
});
check('a line of context is another', broken, treeWith(fuzzed(own)), {
  answer: 'question',
  base: `(its ftrace.c is not blob ${blob} of the mail, applied without 1 line of context), so this is a question.`,
});
check('the mail was edited', broken.replace(`${blob}..042fb32717da`, `${blob}..111111111111`), treeWith(own), {
  answer: 'finding',
  base: `(ftrace.c is blob ${blob} as in the mail; the diff of ftrace.c was changed after it was made).`,
});
check('the mail names no blob', broken.replace(/^index .*\n/m, ''), treeWith(own), {
  answer: 'finding',
  base: 'run on model. >',
});
check('the file is another altogether', broken, treeWith('int none;\n'), {
  answer: 'question',
  base: "read from the diff's own lines, so this is a question.",
});

// Its base is what another fixture makes of the model.
const good = mail('toc-branch-over');
const goodBase = patched(own, mail('toc-two-nops'));
check('a pass on the author’s tree', good, treeWith(goodBase), {
  answer: 'pass',
  base: 'with the patch or because of it.',
  tag: true,
});
check('a pass on another', good, treeWith(`/* A line more. */\n${goodBase}`), {
  answer: 'pass',
  base: "As the tree is not the author's, there is no tag.",
});

/** The outermost line of context above the first hunk is another. */
function fuzzed(text: string): string {
  const [, context = ''] = /\n@@ .*\n (.*)\n/.exec(broken) ?? [];
  const at = Number(/\n@@ -(\d+)/.exec(broken)?.[1]) - 1;
  const lines = text.split('\n');
  assert.equal(lines[at], context);
  return lines.with(at, `${context} /* another */`).join('\n');
}

function patched(text: string, by: string): string {
  const { diff, diffStart } = splitBody(by);
  const applied = applyFile(text, parseFiles(diff, diffStart).files[0]!);
  assert.ok(applied.kind === 'patched');
  return applied.text;
}
