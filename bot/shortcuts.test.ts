/**
 * A review says the same whether everything is read and run as often as it is asked for, or once: verdicts of whole threads,
 * and every protocol of a patched tree down to its assumptions. bot/trees/debian-6.1.test.ts holds a real tree to it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fixtureFolder, modelTree, reviewThread } from './fixture.ts';
import type { ReviewOptions } from './review.ts';
import { sameProtocols } from './same-protocols.ts';

/** A finding from the diff alone, one on a tree in entry code, one of another subject. */
const rows: readonly (readonly [name: string, trees: ReviewOptions['trees']])[] = [
  ['mflr-in-ipi', []],
  ['entry-frame-forgotten', [modelTree]],
  ['label-one-exit', [modelTree]],
];

for (const [name, trees] of rows)
  test(`thread ${name}, ${trees.length === 0 ? 'from the diff alone' : 'on its tree'}`, async () => {
    const mbox = readFileSync(join(fixtureFolder, name, 'thread.mbox'));
    const verdicts = async (shortcuts: 'all' | 'none') =>
      (await reviewThread(mbox, { trees, shortcuts })).series.flatMap(({ patches }) =>
        patches.map(({ verdict }) => verdict),
      );
    const [all, none] = [await verdicts('all'), await verdicts('none')];
    assert.deepEqual(all, none);
    assert.ok(all.some(({ runs }) => runs.length > 0));
  });

/** An edit of one file of the fixtures' tree: what is replaced, and by what. */
const edits: readonly (readonly [path: string, from: string, to: string])[] = [
  ['arch/powerpc/kernel/trace/ftrace.c', '\treturn ftrace_modify_code(', '\tsmp_mb();\n\treturn ftrace_modify_code('],
  ['arch/powerpc/kernel/trace/ftrace_entry.S', '\nftrace_caller:', '\nftrace_caller:\n\tnop'],
];

for (const [path, from, to] of edits)
  test(`protocols of the tree of the fixtures, with ${path} patched`, () => {
    const text = modelTree.read(path) ?? '';
    const patched = text.replaceAll(from, to);
    assert.notEqual(patched, text);
    const read = (asked: string) => (asked === path ? patched : modelTree.read(asked));
    assert.ok(sameProtocols({ touched: [path] }, [modelTree.read, read]) > 100);
  });
