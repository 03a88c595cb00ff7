/**
 * The subjects, as a table, and which of them a patch asks for.
 */
import type { SubjectId } from '../protocol.ts';
import type { Subject } from '../subject.ts';
import { bpfPokeSubject } from './bpf-poke.ts';
import { featureFixupsSubject } from './feature-fixups.ts';
import { ftraceSubject } from './ftrace.ts';
import { jumpLabelSubject } from './jump-label.ts';
import { kprobeSubject } from './kprobe.ts';
import { optprobeSubject } from './optprobe.ts';
import { staticCallSubject } from './static-call.ts';

const others: readonly Subject[] = [
  jumpLabelSubject,
  kprobeSubject,
  optprobeSubject,
  staticCallSubject,
  bpfPokeSubject,
  featureFixupsSubject,
];
/** Read by every subject: how words are made and stored. */
const shared =
  /^arch\/powerpc\/(lib\/(code-patching|inst)\.c|mm\/maccess\.c|include\/asm\/(code-patching|text-patching|ppc-opcode|inst)\.h)$|^include\/asm-generic\/text-patching\.h$/;
const isShared = (path: string) => shared.test(path);
const isOthers = (path: string) => others.some(({ concerns }) => concerns(path));
/** Modify text as well, and no subject of these is there. */
const unread = /^arch\/powerpc\/net\/bpf_jit_comp(32|64)\.c$/;
const all: readonly Subject[] = [ftraceSubject((path) => !isOthers(path) && !unread.test(path)), ...others];

/** Their names, the tracer's first. */
export const subjectIds: readonly SubjectId[] = all.map(({ id }) => id);

/** The subjects asked for, or those that the touched files concern; the tracer where these say nothing. */
export function subjectsOf(asked: {
  readonly subjects?: readonly SubjectId[];
  readonly touched: readonly string[];
}): readonly Subject[] {
  const { subjects, touched } = asked;
  const chosen = all.filter(
    ({ id, concerns }) => subjects?.includes(id) ?? touched.some((path) => concerns(path) || isShared(path)),
  );
  return chosen.length > 0 ? chosen : all.slice(0, 1);
}

/** Is C of this file run at all? Subjects beside the tracer are judged on their tree only. */
export const isRun = (path: string, evidence: 'tree' | 'diff') =>
  all.some(({ id, concerns }) => (id === 'ftrace' || evidence === 'tree') && (concerns(path) || isShared(path)));
