/**
 * Fixture threads and their answers: what `bless` writes and the test of the fixtures compares. A fixture is a folder of
 * fixtures/threads/ with a thread.mbox; its answer from the diff alone is reply.txt or silence.txt, as `review` prints it;
 * where that is silence and its tree makes it speak, tree-reply.txt is what it then says.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaults } from '../analyzers/explore/explore.ts';
import { archModel } from '../analyzers/protocol/arch-model.ts';
import { readMbox } from './mail/mbox.ts';
import { readMessage } from './mail/message.ts';
import { composeReply } from './reply/reply.ts';
import { type Review, type ReviewOptions, review } from './review.ts';
import { loadSettings } from './settings/settings.ts';
import { openTree, type Tree } from './sources/tree.ts';

export const fixtureFolder = join(import.meta.dirname, '../fixtures/threads');
/** Names of all fixtures, sorted. */
export const fixtureNames = (): string[] => readdirSync(fixtureFolder).sort();

const treeFolder = join(import.meta.dirname, '../fixtures/tree');

/** The tree that the fixtures' patches are written against: our model of the architecture's file, and entry code of our own. */
export const modelTree: Tree = {
  name: 'model',
  read: (path) => (path === 'arch/powerpc/kernel/trace/ftrace.c' ? archModel.text : ownTree.read(path)),
  blob: () => null,
};
const ownTree: Tree = openTree(treeFolder).tree!;

/** Date of the replies in the goldens. */
const date = new Date('2026-04-01T12:00:00Z');

/** The thread of an mbox, all of it, to the highest level where nothing else is asked for. */
export async function reviewThread(
  mbox: Buffer,
  asked: Pick<ReviewOptions, 'trees'> & Partial<ReviewOptions>,
): Promise<Review> {
  const messages = await Promise.all(readMbox(mbox).mails.map(readMessage));
  return review(messages, { level: 'architecture', patch: null, limits: defaults, progress: () => {}, ...asked });
}

export const reviewFixture = (
  name: string,
  tree: Tree | null,
  asked: Pick<ReviewOptions, 'verdicts'> = {},
): Promise<Review> =>
  reviewThread(readFileSync(join(fixtureFolder, name, 'thread.mbox')), {
    ...{ trees: tree === null ? [] : [tree] },
    ...asked,
  });

export interface Answer {
  readonly file: 'reply.txt' | 'silence.txt' | 'tree-reply.txt';
  readonly text: string;
}

/** What is kept of a fixture: its answer from the diff alone, and that on its tree where only the tree makes it speak. */
export function answersOf(fromDiff: Review, onTree: Review): readonly Answer[] {
  const [alone, tree] = [answerOf(fromDiff), answerOf(onTree)];
  const speaks = alone.file === 'silence.txt' && tree.file === 'reply.txt';
  return speaks ? [alone, { file: 'tree-reply.txt', text: tree.text }] : [alone];
}
export const answerFiles = ['reply.txt', 'silence.txt', 'tree-reply.txt'] as const;

/** The one reply, or the reasons for silence. */
export function answerOf({ series }: Review): Answer {
  const replies = series.flatMap(
    ({ series: one, patches }) => composeReply({ series: one, rows: patches, config: loadSettings(), date })?.raw ?? [],
  );
  if (replies.length > 0) return { file: 'reply.txt', text: replies.join('') };
  const reasons = series.flatMap(({ patches }) =>
    patches.map(({ patch, verdict }) => `silence: ${patch.message.subject}: ${verdict.why}\n`),
  );
  return { file: 'silence.txt', text: reasons.join('') };
}
