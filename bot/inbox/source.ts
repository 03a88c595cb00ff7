/**
 * What all sources of mails have in common: what goes in, and what comes out. A source is an async iterable that ends when its
 * signal says so, or, where it is not to follow, when it has handed over what was there. It never ends over a failure: it tells
 * of it, waits, and goes on from the last mail that was kept.
 *
 * A mail counts as kept when the next one is asked for. Who fails to keep what was handed over opens the source anew, from the
 * positions that were kept.
 */
import { setTimeout as timeout } from 'node:timers/promises';
import type { Problem } from '../../analyzers/source/place.ts';
import type { Position } from '../intake/raw-mail.ts';

export type SourceState =
  | { readonly kind: 'connecting' }
  /** `done` and `total` count what is new in the place: mails, of an mbox bytes. */
  | { readonly kind: 'reading'; readonly place: string; readonly done: number; readonly total: number }
  /** Everything is read, and news are waited for. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly retryMs: number }
  | { readonly kind: 'ended' };

export interface SourceContext {
  /** Where to go on: of each mailbox, epoch or file the newest position that was kept. */
  readonly from: readonly Position[];
  /** Stops everything at once, whatever is being waited for. */
  readonly signal: AbortSignal;
  /** Wait for news, or end with what is there. */
  readonly follow: boolean;
  readonly onState: (state: SourceState) => void;
  /** What an operator should know and what stops nothing: a mailbox that is missing, a history that was rewritten. */
  readonly onProblem: (problem: Problem) => void;
  /** Resolves early when the signal aborts; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly limits?: Partial<SourceLimits>;
}

export interface SourceLimits {
  /** Of a larger mail the beginning is handed over, with a problem. */
  readonly mailBytesMax: number;
  readonly beginningBytes: number;
  /** How much is fetched at once. */
  readonly batchBytesMax: number;
}

const sourceLimits: SourceLimits = { mailBytesMax: 8 << 20, beginningBytes: 256 << 10, batchBytesMax: 4 << 20 };

export const limitsOf = ({ limits }: Pick<SourceContext, 'limits'>): SourceLimits => ({ ...sourceLimits, ...limits });

export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await timeout(ms, undefined, { signal }).catch(() => {});
}

const backoff = { firstMs: 1_000, mostMs: 300_000, refusedMs: 60_000 } as const;

/** Twice as long each time, and between half of that and all of it, so that many clients do not come back together. */
export function retryDelayMs(failures: number, random: () => number, { refused = false } = {}): number {
  // A server that refused a password locks the account of one who keeps trying.
  const first = refused ? backoff.refusedMs : backoff.firstMs;
  const most = Math.min(backoff.mostMs, first * 2 ** Math.min(failures, 20));
  return Math.round(most * (0.5 + random() / 2));
}

export const tooLarge = (size: number, { mailBytesMax }: SourceLimits): Problem => ({
  kind: 'mail-too-large',
  text: `the mail has ${size} bytes; at most ${mailBytesMax} are read, and of this one the beginning`,
});

export const systemProblem = (error: unknown, place: string): Problem => {
  const { code, message } = error as NodeJS.ErrnoException;
  return {
    kind: 'unreadable',
    text: `${place} cannot be read (${code ?? message}); see that it is there and may be read`,
  };
};
