/**
 * The subjects, as a table, and which of them a patch asks for.
 */
import type { SubjectId } from '../protocol.ts';
import type { Subject } from '../subject.ts';
import { ftraceSubject } from './ftrace.ts';

const others: readonly Subject[] = [];
const all: readonly Subject[] = [ftraceSubject(() => true), ...others];

/** The subjects asked for, or those that the touched files concern; the tracer where these say nothing. */
export function subjectsOf(asked: {
  readonly subjects?: readonly SubjectId[];
  readonly touched: readonly string[];
}): readonly Subject[] {
  const { subjects, touched } = asked;
  const chosen = all.filter(({ id, concerns }) => subjects?.includes(id) ?? touched.some(concerns));
  return chosen.length > 0 ? chosen : all.slice(0, 1);
}
