/**
 * Which tree a patch is read on, a row each: versions of two files in a git clone, the patch made on one of them, and the
 * trees that are given.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { FilePatch } from '../../analyzers/patch/diff.ts';
import { SeriesBases } from './bases.ts';
import { Clone, gitAbsent } from './clone.ts';
import type { Prerequisites } from './prerequisites.ts';
import { openTree, type Tree } from './tree.ts';

const skip = gitAbsent;
const ftrace = 'arch/powerpc/kernel/trace/ftrace.c';
const header = 'arch/powerpc/include/asm/ftrace.h';
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}\n`).join('');

/** v1 … v4: the file grows at its head, and the header changes between v2 and v3. */
function history(clone: Clone): Record<'v1' | 'v2' | 'v3' | 'v4' | 'patched' | 'onV4', string> {
  const v1 = clone.commit({ [ftrace]: numbers(1, 20), [header]: 'one\n' });
  const v2 = clone.commit({ [ftrace]: `new\n${numbers(1, 20)}` });
  const v3 = clone.commit({ [header]: 'two\n' });
  const v4 = clone.commit({ [ftrace]: `newer\nnew\n${numbers(1, 20)}` });
  clone.git('tag', '--annotate', '--message', 'four', 'v4.0');
  clone.git('checkout', '--quiet', '--detach', v2);
  const patched = clone.commit({ [ftrace]: `new\n${numbers(1, 9)}ten\n${numbers(11, 20)}` });
  clone.git('checkout', '--quiet', '--detach', v4);
  const onV4 = clone.commit({ [ftrace]: `newer\nnew\n${numbers(1, 9)}ten\n${numbers(11, 20)}` });
  clone.git('checkout', '--quiet', 'main');
  return { v1, v2, v3, v4, patched, onV4 };
}

const open = (spec: string): Tree => {
  const { tree, problem } = openTree(spec);
  assert.ok(tree !== null, problem ?? '');
  return tree;
};

const none: Prerequisites = { patches: [], missing: [] };
const baseOf = (
  files: readonly FilePatch[],
  trees: readonly Tree[],
  commits: readonly string[] = [],
  prerequisites: Prerequisites = none,
) => new SeriesBases({ trees, histories: [] }, [files], { commits, date: null, prerequisites }).next(files);

test('the given tree whose file has the blob of the mail', { skip }, () =>
  Clone.use((clone) => {
    const { v1, v2, v4, patched } = history(clone);
    const trees = [v1, v4, v2].map((version) => open(`${clone.folder}@${version}`));
    const base = baseOf(clone.diff(v2, patched), trees);
    assert.deepEqual([base?.how, base?.found, base?.problems], ['tree', 'given', []]);
    assert.match(base?.ref ?? '', new RegExp(`^${v2} \\(ftrace.c is blob [0-9a-f]+ as in the mail\\)$`));
    assert.match(base?.after(ftrace) ?? '', /\nten\n/);
  }),
);

test('else the commit of its history that has it, for all files', { skip }, () =>
  Clone.use((clone) => {
    const { v2, v3, patched } = history(clone);
    const base = baseOf(clone.diff(v2, patched), [open(`${clone.folder}@v4.0`)]);
    assert.deepEqual([base?.how, base?.found, base?.problems], ['tree', 'history', []]);
    assert.ok(base?.ref.startsWith(`commit ${v3.slice(0, 12)} (ftrace.c is blob `), base?.ref);
    assert.equal(base?.before(header), 'two\n', 'v3 is the newest that has the file');
  }),
);

test('the base-commit of the mail before others that have the file', { skip }, () =>
  Clone.use((clone) => {
    const { v2, patched } = history(clone);
    const base = baseOf(clone.diff(v2, patched), [open(`${clone.folder}@v4.0`)], [v2]);
    assert.deepEqual([base?.found, base?.before(header)], ['base-commit', 'one\n']);
    assert.ok(base?.ref.startsWith(`commit ${v2.slice(0, 12)} (the mail's base-commit; ftrace.c is blob `), base?.ref);
  }),
);

test('a base-commit of no history comes after what was given, and is in doubt', { skip }, () =>
  Clone.use((clone) => {
    const { v2, v3, patched } = history(clone);
    const tree = open(`${clone.folder}@${v3}`);
    const forks = { bases: () => ({ trees: [{ tree, found: 'unmerged' as const }], problems: [] }) };
    const files = clone.diff(v2, patched);
    const on = (trees: readonly Tree[]) =>
      new SeriesBases({ trees, histories: [forks] }, [files], {
        ...{ commits: [v3], date: null, prerequisites: none },
      }).next(files);
    assert.deepEqual([on([])?.how, on([])?.found], ['tree', 'unmerged']);
    assert.match(on([])?.doubt ?? '', /not in the history of the repository/);
    assert.match(on([])?.ref ?? '', /the mail's base-commit, not in the history; ftrace.c is blob/);
    const { bases: _, ...directory } = open(`${clone.folder}@${v2}`);
    const given = on([directory]);
    assert.deepEqual([given?.found, given?.doubt], ['given', null]);
  }),
);

test('a base-commit that the clone lacks, and no blob: the nearest given tree, and what was not found', { skip }, () =>
  Clone.use((clone) => {
    const { v2, patched } = history(clone);
    const files = clone.diff(v2, patched).map((file) => ({ ...file, oldBlob: 'abcdef0123' }));
    const base = baseOf(files, [open(`${clone.folder}@v4.0`)], ['0123456789ab']);
    assert.deepEqual(
      [base?.how, base?.found, base?.fits[0]?.base, base?.fits[0]?.offset],
      ['tree', 'given', 'other', 1],
    );
    assert.equal(base?.ref, 'v4.0 (its ftrace.c is not blob abcdef0123 of the mail, applied 1 line off)');
    assert.deepEqual(
      base?.problems.map(({ kind }) => kind),
      ['no-base-commit', 'offset', 'other-blob'],
    );
  }),
);

test('of a bare clone and of a work tree, the history too', { skip }, () =>
  Clone.use((clone) => {
    const { v2, v3, patched } = history(clone);
    const bare = mkdtempSync(join(tmpdir(), 'bare-'));
    try {
      clone.git('clone', '--quiet', '--bare', clone.folder, bare);
      for (const spec of [bare, clone.folder, `${bare}@v4.0`]) {
        const base = baseOf(clone.diff(v2, patched), [open(spec)]);
        assert.ok(base?.ref.startsWith(`commit ${v3.slice(0, 12)} `), `${spec}: ${base?.ref}`);
      }
    } finally {
      rmSync(bare, { recursive: true });
    }
  }),
);

test('a shallow clone is named where its history does not reach', { skip }, () =>
  Clone.use((clone) => {
    const { v2, patched } = history(clone);
    const shallow = mkdtempSync(join(tmpdir(), 'shallow-'));
    try {
      clone.git('clone', '--quiet', '--depth=1', `file://${clone.folder}`, shallow);
      const base = baseOf(clone.diff(v2, patched), [open(`${shallow}@HEAD`)]);
      assert.deepEqual([base?.found, base?.fits[0]?.base], ['given', 'other']);
      assert.ok(base?.problems.some(({ kind }) => kind === 'shallow-clone'));
    } finally {
      rmSync(shallow, { recursive: true });
    }
  }),
);

test('a patch that fits no tree is not judged on one', { skip }, () =>
  Clone.use((clone) => {
    const { v1, v2, patched } = history(clone);
    const other = clone.commit({ [ftrace]: numbers(30, 60) });
    const files = clone.diff(v2, patched).map((file) => ({ ...file, oldBlob: null }));
    const base = baseOf(files, [open(`${clone.folder}@${other}`)]);
    assert.deepEqual([base?.how, base?.problems.map(({ kind }) => kind)], ['diff', ['reject']]);
    assert.equal(baseOf(clone.diff(v1, v2), [])?.how, undefined);
  }),
);

test('of trees that both have the file, the one that the rest of the series was made on', { skip }, () =>
  Clone.use((clone) => {
    const { v2, v3, patched } = history(clone);
    clone.git('checkout', '--quiet', '--detach', v3);
    const onV3 = clone.commit({ [header]: 'three\n' });
    const rows = [
      [clone.diff(v3, onV3), v3],
      [clone.diff(v2, v3), v2],
    ] as const;
    for (const [first, made] of rows) {
      const series = [first, clone.diff(v2, patched)];
      const trees = [v2, v3].map((version) => open(`${clone.folder}@${version}`));
      const bases = new SeriesBases({ trees, histories: [] }, series, { commits: [], date: null, prerequisites: none });
      const chosen = series.map((files) => bases.next(files));
      assert.ok(chosen[0]?.ref.startsWith(made), chosen[0]?.ref);
      assert.ok(chosen[1]?.ref.startsWith(made), chosen[1]?.ref);
    }
  }),
);

test('each patch of a series is read on the tree with those before it applied', { skip }, () =>
  Clone.use((clone) => {
    const { v1, v2, v4 } = history(clone);
    const series = [clone.diff(v1, v2), clone.diff(v2, v4)];
    const bases = new SeriesBases(
      { trees: [v4, v1].map((version) => open(`${clone.folder}@${version}`)), histories: [] },
      series,
      { commits: [], date: null, prerequisites: none },
    );
    const found = series.map((files) => bases.next(files));
    assert.deepEqual(
      found.map((base) => base?.ref.split(' ')[0]),
      [v1, v1],
    );
    assert.equal(found[1]?.after(header), 'two\n');
  }),
);

test('a clone that lacks an object says which file it cannot read', { skip }, () =>
  Clone.use((clone) => {
    const { v2 } = history(clone);
    const blob = clone.git('rev-parse', `${v2}:${header}`);
    rmSync(join(clone.folder, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    const tree = open(`${clone.folder}@${v2}`);
    assert.equal(tree.read(header), null);
    assert.deepEqual(
      tree.problems?.().map(({ kind }) => kind),
      ['unreadable-file'],
    );
    assert.match(tree.problems?.()[0]?.text ?? '', new RegExp(`^${header} is in ${v2}, but cannot be read: .*${blob}`));
  }),
);

test('links of a clone are followed, and one that leads to no file says so', { skip }, () =>
  Clone.use((clone) => {
    const link = (to: string, from: string) => symlinkSync(to, join(clone.folder, from));
    clone.commit({ 'include/one.h': 'one\n' });
    link('one.h', 'include/also.h');
    link('include/lost.h', 'lost.h');
    link('/etc/hostname', 'absolute.h');
    link('../../elsewhere.h', 'include/out.h');
    link('round.h', 'round.h');
    link('gone', 'broken.h');
    const commit = clone.commit({});
    const blob = clone.git('rev-parse', 'HEAD:broken.h');
    rmSync(join(clone.folder, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    const tree = open(`${clone.folder}@${commit}`);
    const read = (path: string) => [tree.read(path), tree.problems?.().at(-1)?.text.split('read: ')[1] ?? null];
    assert.deepEqual(read('include/also.h'), ['one\n', null]);
    assert.deepEqual(read('lost.h'), [null, null]);
    assert.deepEqual(read('include/out.h'), [null, 'a link leads out of the tree']);
    assert.deepEqual(read('round.h'), [null, 'it is behind more than 8 links']);
    assert.match(read('broken.h')[1] ?? '', new RegExp(blob));
    assert.deepEqual(read('absolute.h'), [null, 'a link leads out of the tree']);
  }),
);

test('a revision that is none, and a folder of another repository', { skip }, () =>
  Clone.use((clone) => {
    history(clone);
    for (const revision of ['v9.9', '--all', '', 'v4.0^9'])
      assert.match(openTree(`${clone.folder}@${revision}`).problem ?? '', /git does not know|no revision/);
    assert.match(openTree(`${join(clone.folder, 'arch')}@HEAD`).problem ?? '', /not a git repository/);
  }),
);

test('a prerequisite is laid under the patch, where the tree does not have it', { skip }, () =>
  Clone.use((clone) => {
    const { v1, v2, patched } = history(clone);
    const prerequisites = { patches: [{ title: 'new line', files: clone.diff(v1, v2) }], missing: [] };
    const on = (version: string) =>
      baseOf(clone.diff(v2, patched), [open(`${clone.folder}@${version}`)], [], prerequisites);
    for (const version of [v1, v2]) {
      const base = on(version);
      assert.deepEqual([base?.how, base?.fits[0]?.base, base?.doubt, base?.problems], ['tree', 'same', null, []]);
      assert.match(base?.ref ?? '', new RegExp(`^${version} .* as in the mail\\), with its prerequisite "new line"$`));
      assert.equal(base?.before(ftrace), `new\n${numbers(1, 20)}`);
    }
  }),
);

test('a prerequisite that does not fit makes a doubt, and is named', { skip }, () =>
  Clone.use((clone) => {
    const { v1, v2, v4, patched } = history(clone);
    const files = clone.diff(v1, v2).map((file) => ({
      ...file,
      hunks: file.hunks.map((hunk) => ({
        ...hunk,
        lines: hunk.lines.map((line) => (line.op === ' ' ? { ...line, text: `${line.text}?` } : line)),
      })),
    }));
    const prerequisites = { patches: [{ title: 'new line', files }], missing: [] };
    const own = clone.diff(v2, patched).map((file) => ({ ...file, oldBlob: null }));
    const base = baseOf(own, [open(`${clone.folder}@${v4}`)], [], prerequisites);
    assert.deepEqual([base?.how, base?.doubt], ['tree', 'prerequisite "new line" is not in it']);
    assert.match(base?.ref ?? '', /, without its prerequisite "new line"$/);
    assert.deepEqual(base?.problems.map(({ kind }) => kind).sort(), ['offset', 'prerequisite-misfit']);
  }),
);

test('a prerequisite that is not at hand is named; it makes a doubt unless all files are the author’s', { skip }, () =>
  Clone.use((clone) => {
    const { v2, v4, patched } = history(clone);
    const missing: Prerequisites = { patches: [], missing: [{ kind: 'message-id', id: 'a@example.org' }] };
    const on = (version: string) => baseOf(clone.diff(v2, patched), [open(`${clone.folder}@${version}`)], [], missing);
    const same = on(v2);
    assert.deepEqual([same?.doubt, same?.problems.map(({ kind }) => kind)], [null, ['missing-prerequisite']]);
    assert.match(same?.ref ?? '', /, without its prerequisite a@example.org$/);
    const files = clone.diff(v2, patched).map((file) => ({ ...file, oldBlob: null }));
    const other = baseOf(files, [open(`${clone.folder}@${v4}`)], [], missing);
    assert.equal(other?.doubt, 'prerequisite a@example.org is not in it');
  }),
);
