/**
 * The source as far as the mail itself shows it: what a patch is judged on when no tree is at hand or the patch does not fit
 * it. Each side of each file is rebuilt from the hunks, at the true line numbers; earlier patches of the series lend the
 * files that this one does not touch.
 */

import type { Origin } from '../../analyzers/patch/apply.ts';
import { type ChangedLine, changedLines } from '../../analyzers/patch/changed.ts';
import type { FilePatch } from '../../analyzers/patch/diff.ts';
import { renamedFunctions } from '../../analyzers/patch/renames.ts';
import { wellKnownSignatures } from '../../analyzers/protocol/signatures.ts';
import { type Fragment, rebuildFragment, type Segment } from '../../analyzers/source/fragment.ts';
import type { Base } from './base.ts';

export class DiffBase {
  /** Fragments of earlier patches of the series: after them. */
  #earlier: ReadonlyMap<string, Fragment> = new Map();
  #renamed: ReadonlyMap<string, string> = new Map();

  next(files: readonly FilePatch[]): Base {
    const before = new Map(this.#earlier);
    const after = new Map(this.#earlier);
    const origins = new Map<string, ReadonlyMap<number, Origin>>();
    const changes: ChangedLine[] = [];
    for (const file of files) {
      if (file.newPath === null || file.kind === 'binary') continue;
      const old = rebuildFragment(segments(file, 'old'), wellKnownSignatures);
      const fresh = rebuildFragment(segments(file, 'new'), wellKnownSignatures);
      if (file.kind === 'create') before.delete(file.newPath);
      else before.set(file.newPath, old);
      after.set(file.newPath, fresh);
      const origin = originOf(file);
      origins.set(file.newPath, origin);
      changes.push(...changedLines(file, origin));
    }
    this.#earlier = after;
    this.#renamed = new Map([...this.#renamed, ...renamedFunctions(files)]);
    return {
      how: 'diff',
      ref: "the diff's own lines",
      found: null,
      fits: [],
      prerequisites: { applied: [], absent: [] },
      doubt: null,
      partial: [...after.values()].some(({ partial, contextOnly }) => partial.size > contextOnly.size),
      contextOnly: new Set([...after.values()].flatMap(({ contextOnly }) => [...contextOnly])),
      renamed: this.#renamed,
      before: (path) => before.get(path)?.text ?? null,
      after: (path) => after.get(path)?.text ?? null,
      origins,
      changes,
      problems: [],
      unreadable: () => [],
      unfit: new Set(),
      misfits: new Map(),
    };
  }
}

function segments(file: FilePatch, side: 'old' | 'new'): Segment[] {
  const dropped = side === 'old' ? '+' : '-';
  return file.hunks.map((hunk) => {
    const lines: string[] = [];
    const changed = new Set<number>();
    for (const { op, text } of hunk.lines) {
      if (op !== ' ') changed.add(lines.length);
      if (op !== dropped) lines.push(text);
    }
    return { start: side === 'old' ? hunk.oldStart : hunk.newStart, lines, heading: hunk.heading, changed };
  });
}

function originOf(file: FilePatch): Map<number, Origin> {
  const origin = new Map<number, Origin>();
  for (const hunk of file.hunks) {
    let line = hunk.newStart;
    for (const { op, mailLine } of hunk.lines) if (op !== '-') origin.set(line++, { mailLine, op });
  }
  return origin;
}
