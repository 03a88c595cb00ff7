/**
 * A row on a tree: the base (for two-word rows the tree with our two-word code), the edited texts, and the mail that brings the
 * edit, as git would format it. From there on it is a patch like any other.
 */
import { parseBody } from '../../analyzers/patch/diff.ts';
import { gitDiff } from '../git-diff.ts';
import type { Tree } from '../sources/tree.ts';
import { twoWordEdits } from './catalogue/two-word.ts';
import { applyEdits, pathOf, type Read } from './edit.ts';
import type { Row, Style } from './row.ts';

export interface Mutant {
  readonly row: Row;
  readonly mail: Buffer;
}

/** null: a tree of no style that the catalogue knows. */
export function styleOf(tree: Tree): Style | null {
  const text = tree.read('arch/powerpc/kernel/trace/ftrace.c');
  if (text === null) return null;
  if (text.includes('PPC_FTRACE_OUT_OF_LINE')) return 'out-of-line';
  if (text.includes('ARCH_USING_PATCHABLE_FUNCTION_ENTRY')) return 'patchable';
  return text.includes('MPROFILE_KERNEL') ? 'two-word' : null;
}

/** The tree that mutants of it are mutants of. */
export function baseOf(tree: Tree): { readonly tree: Tree; readonly problem: string | null } {
  if (styleOf(tree) !== 'two-word') return { tree, problem: null };
  const { texts, problem } = applyEdits(twoWordEdits(tree.read), tree.read);
  return { tree: { name: tree.name, read: (path) => texts.get(path) ?? tree.read(path), blob: () => null }, problem };
}

/** @returns the mutant, or in words why the row does not apply to the tree */
export function mutantOf(row: Row, tree: Tree): Mutant | string {
  const { needs } = row;
  if (needs !== undefined) {
    const path = pathOf(needs.file, tree.read);
    if (path === null || !needs.says.test(tree.read(path) ?? '')) return `it has no ${needs.says.source}`;
  }
  const { texts, problem } = applyEdits(row.edits, tree.read);
  return problem ?? { row, mail: mailOf(row, texts, tree.read) };
}

function mailOf(row: Row, texts: ReadonlyMap<string, string>, read: Read): Buffer {
  const diffs = [...texts].map(([path, text]) => gitDiff(path, read(path) ?? '', text));
  const lines = [
    'From: Mutant <mutant@example.org>',
    'To: linuxppc-dev@lists.ozlabs.org',
    `Subject: [PATCH] powerpc/ftrace: ${row.id}`,
    'Date: Tue, 03 Mar 2026 12:00:00 +0000',
    `Message-ID: <${row.id}@example.org>`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    row.why,
    '',
    '---',
    '',
    ...diffs,
    '-- ',
    '2.39.5',
    '',
  ];
  return Buffer.from(lines.join('\n'));
}

/**
 * The lines of a mail at which a finding about its edit may stand: those it adds and those it takes out; of an edit that only
 * takes out, the line on either side as well.
 */
export function editLines(body: string): ReadonlySet<number> {
  const { files } = parseBody(body);
  const found = new Set<number>();
  for (const { lines } of files.flatMap(({ hunks }) => hunks)) {
    const adds = lines.some(({ op }) => op === '+');
    for (const [index, { op, mailLine }] of lines.entries()) {
      if (op === ' ') continue;
      found.add(mailLine);
      const beside = adds ? [] : [lines[index - 1], lines[index + 1]];
      for (const line of beside) if (line !== undefined) found.add(line.mailLine);
    }
  }
  return found;
}
