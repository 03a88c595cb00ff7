/**
 * All that a patch is judged by, as one value, and its address: what makes two questions the same. The one idea: whoever
 * judges is handed this value and the texts of the tree, nothing else, so that nothing can count without being in the address.
 *
 * A tree is lazy, and has 70,000 files of which a verdict rests on some hundred. What was read of it is the input: the paths
 * that were asked for while the patch was judged, each with its text before and after the patch, or that there was none.
 * Judging is deterministic: on another tree it asks for the same first path, and while the answers are the same, for the same
 * next one; where all answers are the same, so is the verdict. So neither the name of a tree, nor a commit, nor where a tarball
 * lies is in the address; a patch that is mailed again finds its verdict on a tree with other files elsewhere.
 *
 * Lines of the mail are counted from where its diff begins: a longer text above it asks nothing else.
 */
import { createHash } from 'node:crypto';
import type { Origin } from '../../analyzers/patch/apply.ts';
import type { ChangedLine } from '../../analyzers/patch/changed.ts';
import type { FilePatch } from '../../analyzers/patch/diff.ts';
import type { KernelConfig } from '../../analyzers/protocol/kernel-config.ts';
import type { Problem } from '../../analyzers/source/place.ts';
import type { ExploreLimits } from '../../analyzers/verdict/protocol-run.ts';
import type { Level } from '../../analyzers/verdict/verdict.ts';

export interface PatchQuestion {
  readonly files: readonly FilePatch[];
  /** Paths of those that are read as the patch has them. */
  readonly touched: readonly string[];
  readonly how: 'tree' | 'diff';
  readonly doubt: string | null;
  readonly partial: boolean;
  readonly contextOnly: ReadonlySet<string>;
  readonly renamed: ReadonlyMap<string, string>;
  readonly origins: ReadonlyMap<string, ReadonlyMap<number, Origin>>;
  readonly changes: readonly ChangedLine[];
  readonly misfits: ReadonlyMap<string, Problem>;
  readonly problems: readonly Problem[];
  readonly kernel: KernelConfig | null;
  readonly level: Level;
  readonly limits: ExploreLimits;
}

/** Text by path, null where there is none; before and after the patch. */
export interface Sides {
  readonly before: (path: string) => string | null;
  readonly after: (path: string) => string | null;
}

/** The mail line that lines are counted from. */
export const firstLineOf = (files: readonly FilePatch[]) => files[0]?.mailLine ?? 0;

/** Of the diff alone: by it verdicts are looked for before anything is known of a tree. */
export const patchId = (code: string, files: readonly FilePatch[]): string =>
  hash([code, textOf(files, firstLineOf(files))]);

/** Of the question, without what is read of the tree. */
export const questionId = (code: string, question: PatchQuestion): string =>
  hash([code, textOf(question, firstLineOf(question.files))]);

/** Of what is read at a path. */
export function textId(path: string, { before, after }: Sides): string {
  const texts = [before(path), after(path)];
  const parts = [path, texts[0] === texts[1] ? 'same' : 'other'];
  for (const text of new Set(texts)) parts.push(text === null ? 'none' : `text ${text}`);
  return hash(parts);
}

/** Of the question and of all that was read. */
export const addressOf = (question: string, texts: readonly string[]): string => hash([question, ...texts]);

/** Each part with its length ahead, so that no two lists of parts look the same. */
function hash(parts: readonly string[]): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(`${part.length}:`).update(part);
  return digest.digest('hex');
}

/** Every field of a value, in the order in which it was made. */
function textOf(value: unknown, first: number): string {
  return JSON.stringify(value, (key, field: unknown) => {
    if (key === 'mailLine' && typeof field === 'number') return field - first;
    if (field instanceof Map) return { map: [...field] };
    return field instanceof Set ? { set: [...field] } : field;
  });
}
