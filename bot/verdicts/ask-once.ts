/**
 * A question is answered from what was judged before, or judged and kept. A wrong hit would be a wrong verdict, so a verdict
 * is taken only where the whole question is the same and every text that it rests on (question.ts).
 *
 * What came of an accident is not kept: where a file of the tree was there and could not be read, or was read without a
 * change that the series makes to it. What runs out of time or memory ends its process, and never comes here; limits of steps
 * and states are part of the question, and reaching one is the same answer on any machine.
 */
import { deserialize, serialize } from 'node:v8';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Problem } from '../../analyzers/source/place.ts';
import type { PatchVerdict, Spot } from '../../analyzers/verdict/verdict.ts';
import { codeId } from './code-id.ts';
import { addressOf, firstLineOf, type PatchQuestion, patchId, questionId, type Sides, textId } from './question.ts';

/** Where verdicts are kept, for as long as whoever keeps them likes. */
export interface Verdicts {
  /** Those that may be the answer. */
  find(patch: string): readonly KeptVerdict[];
  /** Called for what was found as well: it is of use. */
  keep(kept: KeptVerdict, from: 'judged' | 'found'): void;
}

export interface KeptVerdict {
  /** Of the patch and the code (patchId()): what it is looked for by. */
  readonly patch: string;
  /** Its address: of the question, the code and all that was read. */
  readonly key: string;
  /** Question, paths and verdict; base64. */
  readonly content: string;
}

interface Content {
  readonly question: string;
  /** What was read, in this order, and of each what it was. */
  readonly paths: readonly string[];
  readonly texts: readonly string[];
  /** The mail line that those of the verdict are counted with. */
  readonly firstLine: number;
  readonly verdict: PatchVerdict;
}

interface WholeSides extends Sides {
  /** What could not be read so far though the tree has it. */
  readonly unreadable: () => readonly Problem[];
}
export interface ReadSides extends WholeSides {
  /** Paths that were asked for. */
  readonly read: ReadonlySet<string>;
}

interface Asking {
  readonly sides: WholeSides;
  readonly verdicts: Verdicts | null;
  /** Paths that were read for earlier patches: what is remembered of those may count for this one. */
  readonly paths: Set<string>;
}

export function askOnce(
  question: PatchQuestion,
  { sides, verdicts, paths }: Asking,
  judge: (question: PatchQuestion, sides: ReadSides) => PatchVerdict,
): PatchVerdict {
  const read = new Set<string>();
  const noting = (side: Sides['before']) => (path: string) => {
    read.add(path);
    return side(path);
  };
  const { unreadable } = sides;
  const noted = { before: noting(sides.before), after: noting(sides.after), unreadable, read };
  if (verdicts === null) return judge(question, noted);
  const code = codeId();
  const [patch, id] = [patchId(code, question.files), questionId(code, question)];
  const firstLine = firstLineOf(question.files);
  for (const kept of verdicts.find(patch)) {
    const content = opened(kept);
    if (content?.question !== id || !isRead(content, sides) || addressOf(id, content.texts) !== kept.key) continue;
    if (unreadable().length > 0) break;
    verdicts.keep(kept, 'found');
    return movedBy(firstLine - content.firstLine, content.verdict);
  }
  const verdict = judge(question, noted);
  for (const path of read) paths.add(path);
  const isWhole = unreadable().length === 0 && ![...paths].some((path) => question.misfits.has(path));
  if (isWhole) {
    const all = [...new Set([...read, ...paths])];
    const texts = all.map((path) => textId(path, sides));
    const content: Content = { question: id, paths: all, texts, firstLine, verdict };
    verdicts.keep({ patch, key: addressOf(id, texts), content: packed(content) }, 'judged');
  }
  return verdict;
}

/**
 * Is all that it rests on as it was? In the order in which it was read, and no further than to the first that is another: judging
 * would not ask for what comes behind, which may cost requests here, or not be readable.
 */
const isRead = ({ paths, texts }: Content, sides: Sides) =>
  paths.every((path, at) => textId(path, sides) === texts[at]);

const packed = (content: Content) => gzipSync(serialize(content)).toString('base64');

/** null for what this program cannot read. */
function opened({ content }: KeptVerdict): Content | null {
  try {
    return deserialize(gunzipSync(Buffer.from(content, 'base64'), { maxOutputLength: bytesMax }));
  } catch {
    return null;
  }
}
const bytesMax = 64 << 20;

/** The verdict on the same diff further down in its mail. */
function movedBy(lines: number, verdict: PatchVerdict): PatchVerdict {
  const moved = <One extends Spot>(spot: One): One =>
    spot.mailLine === null ? spot : { ...spot, mailLine: spot.mailLine + lines };
  return {
    ...verdict,
    findings: verdict.findings.map((finding) => ({
      ...moved(finding),
      alsoAt: finding.alsoAt.map(moved),
      sources: finding.sources.map(moved),
      repair: finding.repair && { ...finding.repair, before: moved(finding.repair.before) },
    })),
  };
}
