/**
 * What an operator orders, by the command line: a row each, over the store. The same rows serve a command that has the store to
 * itself and, over HTTP, one that finds the daemon at it.
 */
import { z } from 'zod';
import { digestOrder } from '../digest/orders.ts';
import { githubPlan, githubRetry } from '../github/orders.ts';
import type { OrderAnswer } from '../http/orders.ts';
import { heldOf } from '../moderation/mails.ts';
import { askModerators } from '../moderation/moderate.ts';
import { formatHeaders } from '../reply/headers.ts';
import type { Settings } from '../settings/schema.ts';
import { decisionsOf, recordDecision } from '../store/decisions.ts';
import { recordDispute } from '../store/disputes.ts';
import { changeCheck, checksIn, type PatchworkCheck } from '../store/patchwork-checks.ts';
import type { Queue } from '../store/queue.ts';
import { moveReply, type Reply, repliesIn, replyByMessageId } from '../store/replies.ts';
import { reviewById, verdictsOn } from '../store/reviews.ts';
import type { Store } from '../store/store.ts';
import { readSwitch, switchOff, switchOn } from '../store/switches.ts';
import type { ReplyState } from '../store/tables.ts';
import { ignoreThread, readThread, threadsIn, threadsOfIds, unignoreThread, waitAgain } from '../store/threads.ts';
import { processLines } from './presence.ts';
import type { Queries } from './queries.ts';

export interface OrderContext {
  readonly store: Store;
  /** Null where nobody works: what is ordered is done when the daemon starts. */
  readonly queue: Pick<Queue, 'enqueue'> | null;
  readonly settings: Settings;
  /** Null where nothing can be analysed: what is known is told. */
  readonly queries: Pick<Queries, 'answer'> | null;
  readonly now: () => Date;
}

const id = z.string().transform((text) => text.replace(/^<|>$/g, ''));
/** As it stands in a mail: LF, and lines that SMTP takes (RFC 5321 4.5.3.1.6). */
const mailText = z
  .string()
  .min(1)
  .transform((text) => text.replace(/\r\n?/g, '\n').replace(/\n?$/, '\n'))
  .refine((text) => !/[^\P{Cc}\t\n]/u.test(text), 'holds control characters')
  .refine((text) => text.split('\n').every((line) => Buffer.byteLength(line) <= 998), 'has a line of over 998 bytes');
const states = z.enum(['dry', 'held', 'due', 'sending', 'sent', 'confirmed', 'withdrawn', 'rejected', 'parked']);

const checkStates = z.enum(['dry', 'due', 'posted', 'withdrawn', 'parked']);

const open: readonly ReplyState[] = ['held', 'due', 'sending', 'parked'];

/** Throwing an Error tells the operator what is wrong. */
const row = <Schema extends z.ZodType>(
  schema: Schema,
  run: (args: z.infer<Schema>, context: OrderContext) => Promise<unknown>,
) => ({
  schema,
  run: (args: unknown, context: OrderContext) => run(schema.parse(args), context),
});

const orders = {
  digest: row(digestOrder.schema, digestOrder.run),
  'github-plan': row(githubPlan.schema, githubPlan.run),
  'github-retry': row(githubRetry.schema, githubRetry.run),
  'outbox-list': row(z.strictObject({ states: z.array(states).nullable() }), async ({ states: wanted }, { store }) =>
    (await repliesIn(store.db, wanted ?? open)).map(lineOf),
  ),
  'outbox-show': row(z.strictObject({ messageId: id }), async ({ messageId }, { store }) => {
    const reply = await replyOf(store, messageId);
    return {
      ...lineOf(reply),
      raw: reply.raw.toString('utf8'),
      decisions: await decisionsOf(store.db, reply.thread_id),
    };
  }),
  'outbox-edit': row(z.strictObject({ messageId: id, body: mailText, by: z.string() }), async (args, context) => {
    const reply = await replyOf(context.store, args.messageId);
    const raw = reply.raw.toString('utf8');
    const head = raw.slice(0, raw.indexOf('\n\n'));
    await moved(context, reply, {
      ...{
        from: ['held', 'dry'],
        state: reply.state,
        raw: Buffer.from(`${withEncoding(head, args.body)}\n\n${args.body}`),
        by: args.by,
      },
      ...{ what: 'edited', why: 'by hand' },
    });
    return lineOf(await replyOf(context.store, args.messageId));
  }),
  'outbox-approve': row(z.strictObject({ messageId: id, by: z.string() }), async ({ messageId, by }, context) => {
    const reply = await replyOf(context.store, messageId);
    await moved(context, reply, { from: ['held'], state: 'due', by, what: 'approved', why: '' });
    return lineOf(await replyOf(context.store, messageId));
  }),
  'outbox-reject': row(
    z.strictObject({ messageId: id, by: z.string(), reason: z.string().min(1) }),
    async (args, context) => {
      const reply = await replyOf(context.store, args.messageId);
      await moved(context, reply, {
        from: ['held', 'due', 'parked'],
        state: 'rejected',
        by: args.by,
        what: 'rejected',
        why: args.reason,
      });
      return lineOf(await replyOf(context.store, args.messageId));
    },
  ),
  parked: row(z.strictObject({}), async (_, { store }) => ({
    threads: (await threadsIn(store.db, 'parked')).map(({ root, reason, touched_at }) => ({
      messageId: root,
      why: reason,
      since: touched_at,
    })),
    replies: (await repliesIn(store.db, ['parked'])).map(lineOf),
    checks: (await checksIn(store.db, ['parked'])).map(checkLineOf),
  })),
  'patchwork-list': row(
    z.strictObject({ states: z.array(checkStates).nullable() }),
    async ({ states: wanted }, { store }) =>
      (await checksIn(store.db, wanted ?? ['dry', 'due', 'parked'])).map(checkLineOf),
  ),
  'patchwork-retry': row(z.strictObject({ messageId: id }), async ({ messageId }, { store, queue, now }) => {
    const parked = (await checksIn(store.db, ['parked'])).filter((check) => check.message_id === messageId);
    if (parked.length === 0) throw new Error(`no check on <${messageId}> is parked`);
    return store.db.transaction().execute(async (tx) => {
      for (const check of parked) {
        await changeCheck(tx, check, { state: 'due', attempts: 0, first_tried_at: null, not_before: null });
        await queue?.enqueue(tx, 'patchwork', { checkId: check.id }, now());
      }
      return { messageId, state: 'due' };
    });
  }),
  retry: row(z.strictObject({ messageId: id, by: z.string().default('operator') }), async (args, context) => {
    const { messageId, by } = args;
    const { store, queue, now } = context;
    const reply = await replyByMessageId(store.db, messageId);
    if (reply !== null) {
      await moved(context, reply, { from: ['parked'], state: 'due', by, what: 'retried', why: '' });
      return lineOf(await replyOf(store, messageId));
    }
    const threadId = await threadOf(store, messageId);
    return store.db.transaction().execute(async (tx) => {
      if (!(await waitAgain(tx, threadId, now())))
        throw new Error('its thread is nothing to analyse, or is being analysed');
      // Whatever was answered before: it is asked for.
      await queue?.enqueue(tx, 'analyse', { threadId }, now());
      return { messageId, state: 'waiting' };
    });
  }),
  retest: row(z.strictObject({ messageId: id, by: z.string() }), async ({ messageId, by }, { store, queue, now }) => {
    const threadId = await threadOf(store, messageId);
    return store.db.transaction().execute(async (tx) => {
      if (!(await waitAgain(tx, threadId, now())))
        throw new Error('its thread is nothing to analyse, or is being analysed');
      const decision = { thread_id: threadId, at: now(), what: 'retested', why: `<${messageId}>`, by };
      await recordDecision(tx, decision);
      await queue?.enqueue(tx, 'analyse', { threadId }, now());
      return { messageId, state: 'waiting' };
    });
  }),
  dispute: row(
    z.strictObject({ messageId: id, by: z.string(), reason: z.string().min(1) }),
    async ({ messageId, by, reason }, { store, now }) => {
      const { threadId, seriesId, fingerprints } = await findingsOf(store, messageId);
      await store.db.transaction().execute(async (tx) => {
        for (const fingerprint of new Set(fingerprints))
          await recordDispute(tx, {
            ...{ thread_id: threadId, series_id: seriesId, fingerprint, by_address: by },
            ...{ reason, message_id: messageId, at: now() },
          });
        const why = `${messageId} ${reason}`;
        await recordDecision(tx, { thread_id: threadId, at: now(), what: 'disputed', why, by });
      });
      return { messageId, state: 'disputed' };
    },
  ),
  ignore: row(
    z.strictObject({ messageId: id, by: z.string(), reason: z.string().min(1) }),
    async ({ messageId, by, reason }, { store, now }) => {
      const threadId = await threadOf(store, messageId);
      await store.db.transaction().execute(async (tx) => {
        await ignoreThread(tx, threadId, reason);
        await recordDecision(tx, { thread_id: threadId, at: now(), what: 'ignored', why: reason, by });
      });
      return { messageId, state: 'ignored' };
    },
  ),
  'ignore-undo': row(z.strictObject({ messageId: id, by: z.string() }), async ({ messageId, by }, context) => {
    const { store, queue, now } = context;
    const threadId = await threadOf(store, messageId);
    return store.db.transaction().execute(async (tx) => {
      const state = await unignoreThread(tx, threadId, now());
      if (state === null) throw new Error('its thread is not ignored');
      await recordDecision(tx, { thread_id: threadId, at: now(), what: 'ignored no more', why: '', by });
      if (state === 'waiting') await queue?.enqueue(tx, 'analyse', { threadId }, now());
      return { messageId, state };
    });
  }),
  'posting-stop': row(
    z.strictObject({ by: z.string(), reason: z.string().min(1) }),
    async ({ by, reason }, { store, now }) => {
      await switchOn(store.db, 'posting-stopped', { at: now(), by, why: reason });
      return { posting: 'stopped' };
    },
  ),
  'posting-start': row(z.strictObject({}), async (_, { store }) => {
    await switchOff(store.db, 'posting-stopped');
    return { posting: 'as the settings have it' };
  }),
  query: row(
    z.strictObject({
      messageId: id,
      /** Mails in base64, to be kept first. */
      thread: z.array(z.base64()).nullable(),
      analyse: z.boolean(),
    }),
    async (asked, { queries }) => {
      if (queries === null) throw new Error('nobody here answers queries');
      return queries.answer(asked);
    },
  ),
  status: row(z.strictObject({}), async (_, { store, now }) => {
    const stopped = await readSwitch(store.db, 'posting-stopped');
    return {
      store: store.name,
      posting: stopped === null ? 'as the settings have it' : 'stopped',
      stopped: stopped && { at: stopped.at.toISOString(), by: stopped.by, why: stopped.why },
      replies: (await repliesIn(store.db, open)).length,
      processes: await processLines(store.db, now()),
    };
  }),
};
export type OrderName = keyof typeof orders;

/** Never throws over what is ordered; what cannot be done is said in words. */
export async function runOrder(name: string, args: unknown, context: OrderContext): Promise<OrderAnswer> {
  if (!Object.hasOwn(orders, name)) return { value: null, problem: `there is no order ${name}` };
  try {
    return { value: await orders[name as OrderName].run(args, context), problem: null };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    return { value: null, problem: why };
  }
}

async function replyOf({ db }: Store, messageId: string): Promise<Reply> {
  const reply = await replyByMessageId(db, messageId);
  if (reply === null) throw new Error(`there is no reply <${messageId}>; outbox list has their Message-IDs`);
  return reply;
}

async function threadOf({ db }: Store, messageId: string): Promise<number> {
  const threadId = (await threadsOfIds(db, [messageId])).get(messageId);
  if (threadId === undefined || (await readThread(db, threadId)) === null)
    throw new Error(`no mail <${messageId}> has come in`);
  return threadId;
}

/** Of a reply of ours, or of what was last said of a patch. */
async function findingsOf({ db }: Store, messageId: string) {
  const reply = await replyByMessageId(db, messageId);
  if (reply !== null && reply.series_id !== null && reply.fingerprints.length > 0)
    return { threadId: reply.thread_id, seriesId: reply.series_id, fingerprints: reply.fingerprints };
  const [verdict] = await verdictsOn(db, messageId);
  const review = verdict === undefined ? null : await reviewById(db, verdict.review_id);
  if (review === null || verdict === undefined || verdict.findings.length === 0)
    throw new Error(`there is no finding on <${messageId}>`);
  const fingerprints = verdict.findings.map(({ fingerprint }) => fingerprint);
  return { threadId: review.thread_id, seriesId: review.series_id, fingerprints };
}

const lineOf = (reply: Reply) => ({
  ...{ messageId: reply.message_id, parent: reply.parent_message_id, kind: reply.kind, state: reply.state },
  ...{
    mode: reply.mode,
    recipients: reply.recipients,
    why: reply.error,
    createdAt: reply.created_at,
    sentAt: reply.sent_at,
  },
});

const checkLineOf = (check: PatchworkCheck) => ({
  ...{ messageId: check.message_id, state: check.state, result: check.result, context: check.context },
  ...{ description: check.description, targetUrl: check.target_url, why: check.error },
  ...{ patchId: check.patch_id, checkId: check.check_id, createdAt: check.created_at, postedAt: check.posted_at },
});

interface Move {
  readonly from: readonly ReplyState[];
  readonly state: ReplyState;
  readonly raw?: Buffer;
  readonly by: string;
  readonly what: string;
  readonly why: string;
}

async function moved(
  { store, queue, settings, now }: OrderContext,
  reply: Reply,
  { from, state, raw, by, what, why }: Move,
): Promise<void> {
  await store.db.transaction().execute(async (tx) => {
    const set = { state, decided_by: by, ...(raw === undefined ? {} : { raw }), ...(why === '' ? {} : { error: why }) };
    const row = await moveReply(tx, reply.id, { from, ...set });
    if (row === null) throw new Error(`it is ${reply.state}; only one that is ${from.join(' or ')} can be ${what}`);
    await recordDecision(tx, {
      ...{ thread_id: reply.thread_id, at: now(), what, by },
      why: `${reply.message_id} ${why}`.trim(),
    });
    // Whoever answers a mail about it answers to what that mail shows.
    if (raw !== undefined && state === 'held')
      await askModerators(
        tx,
        { held: heldOf(row), threadId: row.thread_id, why: `edited by ${by}` },
        { queue, settings, now: now() },
      );
    if (state === 'due') await queue?.enqueue(tx, 'post', { replyId: reply.id }, now());
  });
}

/** Of a body that is written anew. */
function withEncoding(head: string, body: string): string {
  const encoding = /[^\p{ASCII}]/u.test(body) ? '8bit' : '7bit';
  return head.replace(/^Content-Transfer-Encoding: .*$/m, formatHeaders([['Content-Transfer-Encoding', encoding]]));
}
