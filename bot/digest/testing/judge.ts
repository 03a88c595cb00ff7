/** A thread judged in this process, as a worker would, on given trees. */
import { defaults } from '../../../analyzers/explore/explore.ts';
import { analyse } from '../../analysis/analyse.ts';
import type { AnalysisTask, AnalysisTold } from '../../analysis/worker.ts';
import { readMessage } from '../../mail/message.ts';
import type { Settings } from '../../settings/schema.ts';
import type { Tree } from '../../sources/tree.ts';

export type Judge = (
  task: AnalysisTask,
  tell: (told: AnalysisTold) => void,
) => Promise<{ kind: 'done' } | { kind: 'limit'; why: string }>;

export const judgeOn =
  (trees: readonly Tree[], settings: Settings): Judge =>
  async ({ mails, said, own, asked, disputed, nowMs }, tell) => {
    const read = (all: readonly string[]) => Promise.all(all.map((mail) => readMessage(Buffer.from(mail, 'base64'))));
    const outcomes = analyse(await read(mails), {
      ...{ settings, trees, histories: [], progress: () => {}, limits: defaults },
      said: new Map(Object.entries(said)),
      own: new Map((await read(own)).map((mail) => [mail.id, mail])),
      asked: new Set(asked),
      disputed: new Map(Object.entries(disputed)),
      now: new Date(nowMs),
    });
    tell({ kind: 'outcomes', outcomes });
    return { kind: 'done' };
  };
