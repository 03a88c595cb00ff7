/**
 * A GitHub repository as a synchronous reader sees it. The reader asks for files one by one, in the midst of preprocessing;
 * each question is answered by a worker while the reader waits, so that nothing is fetched that nobody reads.
 */
import { join } from 'node:path';
import { createSyncFn, TsRunner } from 'synckit';
import type { Answer, GithubOptions, Question } from './answers.ts';

export type Ask = <Q extends Question>(question: Q) => Answer<Q['kind']>;

/** Above everything a client may take for one question: its own limits end it first. */
const waitMs = 120_000;

type Worker = (options: GithubOptions, question: Question) => Promise<Answer>;
let worker: ((options: GithubOptions, question: Question) => Answer) | null = null;

export function askGithub(options: GithubOptions): Ask {
  return <Q extends Question>(question: Q): Answer<Q['kind']> => {
    worker ??= createSyncFn<Worker>(join(import.meta.dirname, 'worker.ts'), {
      timeout: waitMs,
      tsRunner: TsRunner.Node,
    });
    return worker(options, question) as Answer<Q['kind']>;
  };
}
