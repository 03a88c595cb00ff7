/**
 * Reviews a mutant as the patch it is, and compares the answer with the right one.
 */
import { defaults } from '../../analyzers/explore/explore.ts';
import type { PatchVerdict } from '../../analyzers/verdict/verdict.ts';
import type { Kept } from '../kept.ts';
import { readMbox } from '../mail/mbox.ts';
import { readMessage } from '../mail/message.ts';
import { reviewPatches } from '../review.ts';
import { MailsAtHand } from '../sources/prerequisites.ts';
import type { Tree } from '../sources/tree.ts';
import { readSeries } from '../thread/series.ts';
import { editLines, type Mutant } from './mutant.ts';
import type { Harmful } from './row.ts';

export interface Outcome {
  readonly id: string;
  readonly answer: PatchVerdict['answer'];
  /** A harmful mutant: the break expected is among the findings. A harmless one: there is no finding. */
  readonly right: boolean;
  /** Of a harmful one: that finding stands at a line of the edit. */
  readonly atLine: boolean;
  /** What was said, for people. */
  readonly said: string;
  readonly seconds: number;
}

/** @param kept of the base that all mutants of a tree share */
export async function outcomeOf({ row, mail }: Mutant, tree: Tree, kept: Kept): Promise<Outcome> {
  const started = performance.now();
  const messages = await Promise.all(
    readMbox(Buffer.concat([Buffer.from('From mutant\n'), mail])).mails.map(readMessage),
  );
  const options = { trees: [tree], level: 'architecture', limits: defaults, progress: () => {} } as const;
  const [series] = readSeries(messages);
  const atHand = new MailsAtHand(messages);
  const [reviewed] =
    series === undefined ? [] : [...reviewPatches(series, { ...options, kept, atHand, wanted: () => true })];
  if (reviewed === undefined) throw new Error(`${row.id}: its mail is not read as a patch`);
  const { verdict, patch } = reviewed;
  const common = { id: row.id, answer: verdict.answer, seconds: (performance.now() - started) / 1000 };
  if (!row.harmful) {
    const right = verdict.findings.length === 0 && (verdict.answer === 'pass' || verdict.answer === 'silence');
    return {
      ...common,
      right,
      atLine: right,
      said: right ? `${verdict.answer}: ${verdict.why}` : findingsText(verdict),
    };
  }
  const lines = editLines(patch.message.body);
  const expected = verdict.findings.filter((finding) => isExpected(row, finding));
  const atLine = expected.some(({ mailLine }) => mailLine !== null && lines.has(mailLine));
  const right = reviewed.verdict.answer === 'finding' && expected.length > 0;
  const said = verdict.findings.length > 0 ? findingsText(verdict) : `${verdict.answer}: ${verdict.why}`;
  return { ...common, right, atLine: right && atLine, said };
}

const isExpected = ({ level, check }: Harmful, finding: PatchVerdict['findings'][number]) =>
  finding.level === level && [check].flat().includes(finding.check as never);

const findingsText = ({ findings }: PatchVerdict) =>
  findings
    .map(({ level, check, entryPoint, mailLine, fn, file, line }) => {
      const where = mailLine === null ? `${file.split('/').at(-1)}:${line}` : `mail line ${mailLine}`;
      return `${level} ${check} on ${entryPoint}, ${where} ${fn}`;
    })
    .join('; ');
