/** Commits of a pull request to the same workers as threads of mail, and back what a review of them needs. */
import type { AnalysisTask, AnalysisTold } from '../analysis/worker.ts';
import type { ReviewDocument } from '../document.ts';
import type { Judge, JudgedCommit } from '../github/pull.ts';
import type { WorkerPool } from '../workers/pool.ts';

export function judgeOf(pool: Pick<WorkerPool<AnalysisTask, AnalysisTold>, 'run'>, now: () => Date): Judge {
  return async (mails, repository) => {
    const nothing = { said: {}, own: [], asked: [], disputed: {}, optedOut: [] } as const;
    const judged: JudgedCommit[] = [];
    const ended = await pool.run(
      {
        mails: mails.map((mail) => Buffer.from(mail).toString('base64')),
        ...nothing,
        repository,
        nowMs: now().getTime(),
      },
      (told) => {
        if (told.kind !== 'outcomes') return;
        for (const { document, patches } of told.outcomes)
          for (const patch of (document as ReviewDocument).patches)
            judged.push(
              commitOf(patch, mails, patches.find(({ messageId }) => messageId === patch.messageId)?.findings ?? []),
            );
      },
    );
    if (ended.kind === 'stopped') throw new Error('the daemon stops: the pull request is judged after the next start');
    return ended.kind === 'done' ? judged : { why: ended.why };
  };
}

type Told = readonly { readonly fingerprint: string; readonly text: string; readonly replay: string | null }[];

function commitOf(
  { messageId, answer, findings }: ReviewDocument['patches'][number],
  mails: readonly string[],
  told: Told,
): JudgedCommit {
  const mail = mails.find((one) => one.includes(`\nMessage-ID: <${messageId}>\n`)) ?? '';
  const lines = mail.slice(mail.indexOf('\n\n') + 2).split('\n');
  return {
    messageId,
    findings: findings.flatMap(({ fingerprint, file, line, mailLine, repair }) => {
      const words = told.find((one) => one.fingerprint === fingerprint);
      if (words === undefined) return [];
      const text = mailLine === null ? null : (lines[mailLine - 1]?.slice(1) ?? null);
      const isHere = mailLine !== null && repair?.before.mailLine === mailLine;
      return [
        { file, line, text, isQuestion: answer === 'question', told: words, repair: repair && { ...repair, isHere } },
      ];
    }),
  };
}
