/**
 * What is known of one finding of a work → the issue that should track it. A pure function: the versions as they were judged, oldest
 * first, and what people said, in; title, text, labels and state out.
 *
 * It is open while the newest version that was judged has the finding, or could not be read well enough to say; it is closed
 * when that version holds on its own tree, when a later run does not bear the finding out, or when it was taken back before it left.
 */
import { createHash } from 'node:crypto';
import { irrelevant } from '../../analyzers/patch/relevant.ts';
import { render } from '../reply/template.ts';
import type { WantedIssue } from './issue.ts';
import { archiveLink, codeBlock, idInCode, inCode, oneLine, ownBlock } from './public-text.ts';

interface JudgedPatch {
  readonly messageId: string;
  readonly subject: string;
  readonly answer: 'finding' | 'question' | 'pass' | 'silence';
  readonly why: string;
  readonly base: { readonly how: string; readonly doubt: string | null };
  readonly findings: readonly { readonly fingerprint: string; readonly check: string; readonly entryPoint: string }[];
}
export interface JudgedVersion {
  readonly version: number;
  /** Of the cover letter, else of the first patch. */
  readonly messageId: string;
  readonly patches: readonly JudgedPatch[];
}
export interface TrackedFinding {
  readonly fingerprint: string;
  /** Of its newest run that found it. */
  readonly told: { readonly text: string; readonly replay: string | null };
  /** Of the patch that has it, of the newest version that does. */
  readonly subject: string;
  readonly check: string;
  readonly entryPoint: string;
}
export interface TrackedWork {
  readonly author: string;
  readonly name: string;
  /** Oldest first, and each as its last review has it. */
  readonly versions: readonly JudgedVersion[];
}
export interface IssueStyle {
  readonly labels: readonly string[];
  readonly archive: string;
  readonly bot: string;
}

export interface Standing {
  /** Why it was taken back before it left; null where it was not. */
  readonly takenBack: string | null;
  /** Message-IDs of mails that say it is none. */
  readonly disputes: readonly string[];
}

/** By what the work is called and what breaks: the same in every version. */
export const issueKey = ({ author, name }: Pick<TrackedWork, 'author' | 'name'>, fingerprint: string): string =>
  `finding ${createHash('sha256').update(`${author}\n${name}`).digest('hex').slice(0, 16)} ${fingerprint}`;

export function findingIssue(
  work: TrackedWork,
  finding: TrackedFinding,
  { takenBack, disputes }: Standing,
  style: IssueStyle,
): WantedIssue {
  const { fingerprint, told, subject, check, entryPoint } = finding;
  const stand =
    takenBack === null ? standingOf(work, fingerprint) : { isOpen: false, words: `Taken back: ${takenBack}.` };
  const title = oneLine(subject.replace(/^(\s*\[[^\]]*\])*\s*/, ''), 160);
  return {
    key: issueKey(work, fingerprint),
    title: `${title} (${entryPoint}: ${check})`,
    state: stand.isOpen ? 'open' : 'closed',
    labels: [...style.labels, ...(disputes.length > 0 ? ['disputed'] : [])],
    body: render('issue', {
      ...{ title: inCode(title), where: `entry point ${entryPoint}, check ${check}`, bot: inCode(style.bot) },
      told: codeBlock(told.text.trimEnd().split('\n')),
      // A schedule that is cut replays nothing; the mail has all of it.
      replay: told.replay === null || told.replay.length > replayCharsMax ? null : ownBlock(told.replay),
      versions: work.versions.map((version) => ({
        ...{ version: version.version, says: saysOf(version, fingerprint) },
        id: idInCode(mailOf(version, fingerprint)),
        link: archiveLink(style.archive, mailOf(version, fingerprint)),
      })),
      standing: stand.words,
      disputes: disputes.map((id) => `Disputed in ${idInCode(id)}, ${archiveLink(style.archive, id)}`),
    }),
  };
}

const replayCharsMax = 12_000;
const has = ({ findings }: JudgedPatch, fingerprint: string) =>
  findings.some((finding) => finding.fingerprint === fingerprint);
const guiltyOf = ({ patches }: JudgedVersion, fingerprint: string) => patches.find((patch) => has(patch, fingerprint));
/** The mail to look at. */
const mailOf = (version: JudgedVersion, fingerprint: string) =>
  guiltyOf(version, fingerprint)?.messageId ?? version.messageId;

function saysOf(version: JudgedVersion, fingerprint: string): string {
  const guilty = guiltyOf(version, fingerprint);
  if (guilty !== undefined) return guilty.answer === 'question' ? 'may have it, asked' : 'has it';
  return holds(version) ? 'holds' : 'cannot be told';
}

/** Nothing of it was left unread, and it was run on the author's tree. */
function holds({ patches }: JudgedVersion): boolean {
  const judged = patches.filter(({ answer, why }) => answer !== 'silence' || why !== irrelevant);
  return (
    judged.length > 0 &&
    judged.every(({ answer, base }) => {
      const isRun = answer === 'pass' || answer === 'finding';
      return isRun && base.how === 'tree' && base.doubt === null;
    })
  );
}

function standingOf(
  { versions }: TrackedWork,
  fingerprint: string,
): { readonly isOpen: boolean; readonly words: string } {
  const last = versions.at(-1);
  if (last === undefined) return { isOpen: false, words: 'No version of it is known any more.' };
  const name = `v${last.version}`;
  if (guiltyOf(last, fingerprint) !== undefined)
    return { isOpen: true, words: `${name} is the newest version, and has it.` };
  if (!holds(last))
    return { isOpen: true, words: `${name} is the newest version, and whether it has it cannot be told.` };
  const wasThere = versions.some((version) => guiltyOf(version, fingerprint) !== undefined);
  return {
    isOpen: false,
    words: wasThere
      ? `${name} was run in the same way, and holds.`
      : 'The scenario does not stand: a later run of the same version does not bear it out.',
  };
}
