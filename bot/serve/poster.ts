/**
 * What only one process does at a time because it leaves: mail, checks in patchwork, GitHub, the digest of the week; and what answers
 * to orders and moderators. Runs for as long as this process is the one that does, and takes up where another left off: what
 * was being sent then is of unknown fate, as after a crash.
 */
import { once } from 'node:events';
import Bottleneck from 'bottleneck';
import { obey } from '../commands/obey.ts';
import { startDigest } from '../digest/part.ts';
import { startGithub } from '../github/part.ts';
import { sleep } from '../inbox/source.ts';
import type { Resolve } from '../mail/proof.ts';
import { askAboutHeld, moderate } from '../moderation/moderate.ts';
import { type Posting, postReply } from '../outbox/post.ts';
import { senderOf } from '../outbox/sender.ts';
import { PatchworkClient } from '../patchwork/client.ts';
import { type CheckPosting, postCheck } from '../patchwork/post.ts';
import type { Settings } from '../settings/schema.ts';
import { readSecret } from '../settings/secret.ts';
import type { JobName, Jobs, Queue } from '../store/queue.ts';
import type { Holding } from '../store/singletons.ts';
import { readSince } from '../store/source-states.ts';
import type { Store } from '../store/store.ts';
import { judgeOf } from './judge-pull.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

interface PosterContext {
  readonly store: Store;
  readonly queue: Queue;
  readonly settings: Settings;
  readonly pool: Parameters<typeof judgeOf>[0];
  readonly resolve: Resolve;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

/** Its name among what one process does at a time. */
export const poster = 'poster';

/** Between two mails that leave, or two requests of patchwork, so that a server is not run over. */
const sendGapMs = 1_000;
const patchworkTimeoutMs = 30_000;

export async function postWhile(holding: Holding, { pool, resolve, ...common }: PosterContext): Promise<void> {
  const { store, queue, settings, now } = common;
  const signal = holding.ending;
  const sources = settings.sources.map(({ name }) => name);
  const since = () => readSince(store.db, sources);
  const posting: Posting = {
    ...{ ...common, readSince: since, check: holding.check },
    send: spaced(senderOf(settings, holding, now)),
  };
  const checks: CheckPosting = { ...common, client: patchworkOf(settings, signal) };
  const ends: (() => Promise<void>)[] = [];
  const work = async <Name extends JobName>(name: Name, run: (data: Jobs[Name]) => Promise<void>) => {
    ends.push(
      await queue.work(name, {
        atOnce: 1,
        run: (data) => {
          if (!holding.isHeld()) throw new Error('another process may be the poster by now');
          return run(data);
        },
      }),
    );
  };
  try {
    await store.db.transaction().execute((tx) => askAboutHeld(tx, { queue, settings, now: now() }));
    await work('post', ({ replyId }) => postReply(replyId, posting));
    await work('moderate', ({ mailId }) => moderate(mailId, { ...common, resolve }));
    await work('obey', ({ mailId }) => obey(mailId, { ...common, resolve }));
    await work('patchwork', ({ checkId }) => postCheck(checkId, checks));
    const github = await startGithub({
      ...common,
      sleep,
      judge: judgeOf(pool, now),
      signal,
      work,
      mayWrite: holding.isHeld,
    });
    const digest = startDigest({ ...common, sleep, signal, readSince: since });
    if (!signal.aborted) await once(signal, 'abort');
    await github.stopped();
    await digest.stopped();
  } finally {
    await Promise.all(ends.map((end) => end()));
  }
}

/** Bottleneck keeps the gap; the caps that count over processes and restarts are rows of the store. */
function spaced(send: Posting['send']): Posting['send'] {
  if (send === null) return null;
  const limiter = new Bottleneck({ maxConcurrent: 1, minTime: sendGapMs });
  return (reply) => limiter.schedule(() => send(reply));
}

/** Null where the settings have none. */
function patchworkOf({ patchwork }: Settings, signal: AbortSignal): CheckPosting['client'] {
  if (patchwork === null) return null;
  const { url, project, token } = patchwork;
  return new PatchworkClient({
    ...{ url, project, signal, gapMs: sendGapMs, timeoutMs: patchworkTimeoutMs },
    token: () => readSecret(token, signal),
  });
}
