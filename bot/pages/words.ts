/** What states are called on pages: one row each. */
import type { ReplyState, ThreadState } from '../store/tables.ts';

/** How it looks says no more than the words do. */
type Tone = 'good' | 'bad' | 'waits' | 'none';

export const replyWords: Readonly<Record<ReplyState, { readonly text: string; readonly tone: Tone }>> = {
  dry: { text: 'not sent: dry run', tone: 'none' },
  held: { text: 'not sent: waits for a moderator', tone: 'waits' },
  due: { text: 'not sent yet: about to be', tone: 'waits' },
  sending: { text: 'handed over, not confirmed', tone: 'waits' },
  sent: { text: 'sent', tone: 'good' },
  confirmed: { text: 'sent, and seen on the list', tone: 'good' },
  withdrawn: { text: 'not sent: withdrawn', tone: 'none' },
  rejected: { text: 'not sent: a moderator refused it', tone: 'bad' },
  parked: { text: 'not sent: it failed', tone: 'bad' },
};

/** '' where there is nothing to be said. */
export const threadWords: Readonly<Record<ThreadState, string>> = {
  quiet: 'not for this bot',
  waiting: 'waits until the thread has settled',
  analysing: 'is being analysed',
  analysed: '',
  parked: 'could not be analysed',
  ignored: 'left alone: somebody asked for that',
};

export const answerWords = {
  finding: 'finding',
  question: 'question',
  pass: 'pass',
  silence: 'silence',
} as const;
