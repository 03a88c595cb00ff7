/** A file's change taken back: what applies where the change is already there. */
import type { FilePatch, Hunk } from './diff.ts';

export function reversed(file: FilePatch): FilePatch {
  const kinds: Readonly<Partial<Record<FilePatch['kind'], FilePatch['kind']>>> = { create: 'delete', delete: 'create' };
  return {
    ...file,
    kind: kinds[file.kind] ?? file.kind,
    ...{ oldPath: file.newPath, newPath: file.oldPath, oldBlob: file.newBlob, newBlob: file.oldBlob },
    hunks: file.hunks.map(reversedHunk),
  };
}

const opposite = { ' ': ' ', '+': '-', '-': '+' } as const;

function reversedHunk(hunk: Hunk): Hunk {
  return {
    ...hunk,
    ...{ oldStart: hunk.newStart, oldLines: hunk.newLines, newStart: hunk.oldStart, newLines: hunk.oldLines },
    ...{ oldNoNewline: hunk.newNoNewline, newNoNewline: hunk.oldNoNewline },
    lines: hunk.lines.map((line) => ({ ...line, op: opposite[line.op] })),
  };
}
