/**
 * Fixture threads and their answers: what `bless` writes and the test of the fixtures compares. A fixture is a folder of
 * fixtures/threads/ with a thread.mbox; its answer from the diff alone is reply.txt or silence.txt, as `review` prints it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaults } from '../analyzers/explore/explore.ts';
import { archModel } from '../analyzers/protocol/arch-model.ts';
import { loadConfig } from './config.ts';
import { readMbox } from './mail/mbox.ts';
import { readMessage } from './mail/message.ts';
import { composeReply } from './reply/reply.ts';
import { type Review, review } from './review.ts';
import type { Tree } from './sources/tree.ts';

export const fixtureFolder = join(import.meta.dirname, '../fixtures/threads');
/** Names of all fixtures, sorted. */
export const fixtureNames = (): string[] => readdirSync(fixtureFolder).sort();

/** The tree that the fixtures' patches are written against: our model of the architecture's file, and nothing else. */
export const modelTree: Tree = {
  name: 'model',
  read: (path) => (path === 'arch/powerpc/kernel/trace/ftrace.c' ? archModel.text : null),
  blob: () => null,
};

/** Date of the replies in the goldens. */
const date = new Date('2026-04-01T12:00:00Z');

export async function reviewFixture(name: string, tree: Tree | null): Promise<Review> {
  const { mails } = readMbox(readFileSync(join(fixtureFolder, name, 'thread.mbox')));
  const messages = await Promise.all(mails.map(readMessage));
  return review(messages, { tree, level: 'architecture', patch: null, limits: defaults, progress: () => {} });
}

export interface Answer {
  readonly file: 'reply.txt' | 'silence.txt';
  readonly text: string;
}

/** The one reply, or the reasons for silence. */
export function answerOf({ series }: Review): Answer {
  const replies = series.flatMap(
    ({ series: one, patches }) => composeReply({ series: one, rows: patches, config: loadConfig(), date })?.raw ?? [],
  );
  if (replies.length > 0) return { file: 'reply.txt', text: replies.join('') };
  const reasons = series.flatMap(({ patches }) =>
    patches.map(({ patch, verdict }) => `silence: ${patch.message.subject}: ${verdict.why}\n`),
  );
  return { file: 'silence.txt', text: reasons.join('') };
}
