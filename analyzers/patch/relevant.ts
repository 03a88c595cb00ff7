/**
 * Which files can change what is written into text, or in which order: the rest of a patch is silence. A table, so that a
 * file the kernel adds is one row.
 */
import type { FilePatch } from './diff.ts';

const rows: readonly RegExp[] = [
  /^arch\/powerpc\/kernel\/(trace\/)?ftrace[^/]*\.[cS]$/,
  /^arch\/powerpc\/kernel\/trace\/[^/]*\.[cSh]$/,
  /^arch\/powerpc\/kernel\/module(_32|_64)?\.c$/,
  /^arch\/powerpc\/kernel\/entry_(32|64)\.S$/,
  /^arch\/powerpc\/kernel\/(kprobes|kprobes-ftrace|optprobes|optprobes_head|jump_label|static_call)\.[cS]$/,
  /^arch\/powerpc\/lib\/(code-patching|feature-fixups)\.c$/,
  /^arch\/powerpc\/include\/asm\/(ftrace|feature-fixups|code-patching|text-patching|ppc-opcode|inst|module|kprobes|jump_label|static_call)\.h$/,
  /^arch\/powerpc\/net\/bpf_jit[^/]*\.[ch]$/,
  /^arch\/powerpc\/(Kconfig|Makefile)$/,
  /^kernel\/trace\/(ftrace|fgraph)\.c$/,
  /^include\/linux\/ftrace\.h$/,
  /^include\/asm-generic\/text-patching\.h$/,
];

/** Can the protocol reader see what this file does: C that it interprets? (Kconfig and Makefiles it cannot.) */
export const isInterpreted = (path: string) => /\.[ch]$/.test(path);

/** May it hold the tracer's entry code, which is assembled and run? */
export const isEntryCode = (path: string) => /^arch\/powerpc\/kernel\/trace\/[^/]*\.S$/.test(path);

/** Can what the reader reads depend on it: headers, assembly, and C beside what is interpreted? Else it may be missing. */
export const canMatter = (path: string) =>
  isRelevant(path) || /\.[hS]$/.test(path) || /^arch\/powerpc\/(kernel|lib|mm)\//.test(path);

export const isRelevant = (path: string) => rows.some((row) => row.test(path));

/** Does it lie where nothing that is read for powerpc does, by both its names? Then its tree may be without it. */
export const isElsewhere = ({ oldPath, newPath }: FilePatch) =>
  [oldPath, newPath].every((path) => path === null || elsewhere.test(path));
const elsewhere =
  /^(arch\/(?!powerpc\/)[^/]+|drivers|sound|tools|Documentation|fs|net|crypto|security|block|ipc|virt|rust)\//;

/** The files of a patch that touch instruction modification. */
export function relevantFiles(files: readonly FilePatch[]): readonly FilePatch[] {
  return files.filter((file) => [file.oldPath, file.newPath].some((path) => path !== null && isRelevant(path)));
}

/** Names that the code of call sites has only since it was rewritten for v5.19 and v6.6; our models are of before. */
const newerNames =
  /\b(ftrace_(init_nop|get_call_inst|create_branch_inst|read_inst|validate_inst|ool_stub\w*)|is_offset_in_branch_range)\b|PATCHABLE_FUNCTION_ENTRY|FTRACE_OUT_OF_LINE/;
/** Does a file show code that our models of the architecture know nothing of? */
export const isOfNewerDesign = ({ newPath, hunks }: FilePatch) =>
  /^arch\/powerpc\/.*ftrace[^/]*\.[ch]$/.test(newPath ?? '') &&
  hunks.some(({ heading, lines }) => newerNames.test(heading) || lines.some(({ text }) => newerNames.test(text)));

/** Why nothing is said of a patch that has no such file. */
export const irrelevant = 'it touches no file that modifies instructions';
