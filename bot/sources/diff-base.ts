/**
 * The source as far as the mail itself shows it: what a patch is judged on when no tree is at hand or the patch does not fit
 * it. Each side of each file is rebuilt from the hunks, at the true line numbers; earlier patches of the series lend the
 * files that this one does not touch.
 */

import type { Origin } from '../../analyzers/patch/apply.ts';
import type { FilePatch } from '../../analyzers/patch/diff.ts';
import { renamedFunctions } from '../../analyzers/patch/renames.ts';
import { wellKnownSignatures } from '../../analyzers/protocol/signatures.ts';
import { rebuildFragment, type Segment } from '../../analyzers/source/fragment.ts';
import type { Base } from './base.ts';

export class DiffBase {
  /** Fragments of earlier patches of the series: after them. */
  #earlier: ReadonlyMap<string, string> = new Map();
  #renamed: ReadonlyMap<string, string> = new Map();

  next(files: readonly FilePatch[]): Base {
    const before = new Map(this.#earlier);
    const after = new Map(this.#earlier);
    const origins = new Map<string, ReadonlyMap<number, Origin>>();
    let partial = false;
    for (const file of files) {
      if (file.newPath === null || file.kind === 'binary') continue;
      const old = rebuildFragment(segments(file, 'old'), wellKnownSignatures);
      const fresh = rebuildFragment(segments(file, 'new'), wellKnownSignatures);
      if (file.kind === 'create') before.delete(file.newPath);
      else before.set(file.newPath, old.text);
      after.set(file.newPath, fresh.text);
      origins.set(file.newPath, originOf(file));
      partial ||= fresh.partial.size > 0;
    }
    this.#earlier = after;
    this.#renamed = new Map([...this.#renamed, ...renamedFunctions(files)]);
    return {
      how: 'diff',
      ref: "the diff's own lines",
      partial,
      renamed: this.#renamed,
      before: (path) => before.get(path) ?? null,
      after: (path) => after.get(path) ?? null,
      origin: (path, line) => origins.get(path)?.get(line) ?? null,
      problems: [],
    };
  }
}

function segments(file: FilePatch, side: 'old' | 'new'): Segment[] {
  const dropped = side === 'old' ? '+' : '-';
  return file.hunks.map((hunk) => ({
    start: side === 'old' ? hunk.oldStart : hunk.newStart,
    lines: hunk.lines.filter((line) => line.op !== dropped).map((line) => line.text),
    heading: hunk.heading,
  }));
}

function originOf(file: FilePatch): Map<number, Origin> {
  const origin = new Map<number, Origin>();
  for (const hunk of file.hunks) {
    let line = hunk.newStart;
    for (const { op, mailLine } of hunk.lines) if (op !== '-') origin.set(line++, { mailLine, op });
  }
  return origin;
}
