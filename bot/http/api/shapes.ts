/**
 * The shapes of what the API takes and gives: they validate both, and the description is made of them. They are an interface others
 * build on: a field may be added, none is taken away or comes to mean something else. What a value has besides is left out.
 *
 * What goes back to a review was written by the program as it was then, so that words of it are any text here.
 */
import { z } from 'zod';
import { cursorPattern } from '../../ask/lists.ts';

const messageId = z.string().describe('Message-ID, without angle brackets');
const time = z.iso.datetime();
const count = z.int().nonnegative();
const address = z.string().describe('mail address; without its domain for who has no token of scope read');
const cursor = z.string().nullable().describe('give it as `after` for the next page; null on the last');
const answers = ['finding', 'question', 'pass', 'silence'] as const;
const answer = z
  .enum(answers)
  .describe('finding: it breaks. question: it breaks if an assumption holds. pass: it held within bounds');
const threadStates = ['quiet', 'waiting', 'analysing', 'analysed', 'parked', 'ignored'] as const;
const threadState = z.enum(threadStates);
const replyStates = [
  ...(['dry', 'held', 'due', 'sending', 'sent', 'confirmed'] as const),
  ...(['withdrawn', 'rejected', 'parked'] as const),
] as const;
const replyState = z
  .enum(replyStates)
  .describe('dry, held and due ones have not left; sending ones may have; confirmed ones came back by a source');
const asReviewPrintsIt = z.record(z.string(), z.unknown()).describe('as `review --json` prints it');

/** In a path. */
export const idParams = z.object({
  messageId: z
    .string()
    .min(1)
    .max(998)
    .regex(/^[^\p{Cc}]+$/u, 'holds control characters')
    .describe('Message-ID, percent-encoded as lore does: a/b+c@example.org is a%2Fb%2Bc@example.org'),
});

const paging = {
  after: z.string().regex(cursorPattern, 'is no cursor').optional().describe('the cursor of the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};
export const pagingQuery = z.strictObject(paging);
export const seriesQuery = z.strictObject({
  ...paging,
  q: z.string().max(200).default('').describe('words of the title and the author, or their beginnings: all of them'),
  answer: z.enum(answers).optional(),
  state: threadState.optional(),
});
export const repliesQuery = z.strictObject({ ...paging, state: z.enum(replyStates).optional() });

const pageOf = <Row extends z.ZodType>(row: Row) => z.object({ rows: z.array(row), next: cursor });

export const seriesPage = pageOf(
  z.object({
    messageId: messageId.describe('of the cover letter, else of the first patch'),
    subject: z.string(),
    author: address,
    version: count,
    total: count,
    sentAt: time,
    answer: answer.nullable().describe('null: never judged'),
    reviewedAt: time.nullable(),
    state: threadState.describe('of its thread'),
    reason: z.string().nullable().describe('why it is parked or ignored'),
    isSuperseded: z.boolean(),
    replyState: replyState.nullable().describe('of our last mail about it'),
  }),
);

const thread = z.object({
  root: messageId.describe('of its first mail, which need not be here'),
  state: threadState,
  reason: z.string().nullable(),
  touchedAt: time,
  settlesAt: time.nullable().describe('when it is looked at though parts are missing'),
  analysedAt: time.nullable(),
});
const mail = z.object({
  messageId,
  subject: z.string(),
  author: z.object({ name: z.string(), address }),
  sentAt: time.nullable(),
  receivedAt: time,
  role: z.enum(['cover', 'patch', 'reply', 'ours', 'other']),
  about: messageId.nullable().describe('the cover letter or patch that it is, or answers'),
  damage: z.string().nullable().describe('why it is not whole'),
});
const finding = z.object({
  fingerprint: z.string().describe('the same in every version of the patch'),
  level: z.string().describe('sequential, preemption or stale'),
  evidence: z.string().describe('tree or diff'),
  check: z.string(),
  subject: z.string().describe('what modifies text: ftrace, jump labels, …'),
  entryPoint: z.string(),
  file: z.string(),
  line: count,
  fn: z.string(),
  schedule: z.string().describe('replays by itself; empty where no run of the machine breaks'),
});
const findingOfVersion = finding.extend({
  since: z.enum(['new', 'still', 'again']),
  isDisputed: z.boolean(),
});
const verdictOfPatch = z.object({
  messageId,
  subject: z.string(),
  index: count.nullable(),
  answer,
  why: z.string(),
  findings: z.array(findingOfVersion),
});
const bounds = z.object({
  cpus: count,
  tasks: count,
  states: count,
  schedules: count,
});
const version = z.object({
  messageId: messageId.describe('of the cover letter, else of the first patch'),
  subject: z.string(),
  author: address,
  version: count,
  total: count,
  tree: z.string().nullable().describe('of a backport for a stable tree'),
  sentAt: time,
  state: threadState,
  reason: z.string().nullable(),
  review: z
    .object({
      at: time,
      analyzer: z.string(),
      answer,
      bounds,
      patches: z.array(verdictOfPatch),
      fixed: z.array(finding).describe('of the version before it that was judged, what is not there any more'),
    })
    .nullable()
    .describe('null: never judged'),
  mails: z.array(messageId).describe('the patches that came, with those that it takes over'),
});
const reply = z.object({
  messageId,
  parent: messageId.describe('of the mail that it answers'),
  kind: z.string(),
  version: count.nullable(),
  mode: z.string(),
  state: replyState,
  fingerprints: z.array(z.string()),
  why: z.string().nullable(),
  reason: z.string().nullable().describe('why it is withdrawn, rejected or parked, or has not left yet'),
  decidedBy: z.string().nullable(),
  createdAt: time,
  sentAt: time.nullable(),
  confirmedAt: time.nullable(),
});
const decision = z.object({ thread: messageId, at: time, what: z.string(), why: z.string(), by: z.string() });
const dispute = z.object({
  fingerprint: z.string(),
  reason: z.string(),
  by: z.string(),
  at: time,
  messageId: messageId.describe('of the mail that says so'),
});

export const seriesAnswer = z.object({
  mail: mail.nullable().describe('null: it never came, others name it'),
  thread,
  series: count.nullable().describe('the index in `versions` of the one that the mail belongs to'),
  versions: z.array(version).describe('oldest first'),
  decisions: z.array(decision),
  replies: z.array(reply),
  disputes: z.array(dispute),
});
export const mailAnswer = z.object({
  mail: mail.nullable().describe('null: it never came, others name it'),
  thread,
  series: version.omit({ review: true }).nullable(),
});
export const verdictAnswer = verdictOfPatch.extend({
  series: version.pick({ messageId: true, subject: true, author: true, version: true, total: true, sentAt: true }),
  at: time,
  analyzer: z.string(),
  base: asReviewPrintsIt.nullable(),
  findings: z.array(findingOfVersion.loose()).describe('with all that `review --json` prints of them'),
  runs: z.array(asReviewPrintsIt),
  notes: z.array(z.string()),
  assumptions: z.array(asReviewPrintsIt),
  problems: z.array(asReviewPrintsIt),
  kernels: z.array(asReviewPrintsIt),
});
const replyLine = reply.extend({
  subject: z.string().describe('of the mail that it answers'),
  series: messageId.nullable(),
});
export const repliesPage = pageOf(replyLine);
export const replyAnswer = reply.extend({
  text: z
    .string()
    .nullable()
    .describe('the whole mail; null where it may not have left, for who has no token of scope read'),
});
export const disputedPage = pageOf(
  dispute.extend({ series: z.object({ messageId, name: z.string(), author: address, version: count }) }),
);
export const parkedPage = pageOf(z.object({ messageId, subject: z.string(), reason: z.string(), touchedAt: time }));

/** Nothing has changed since the answer with that ETag. */
export const unchanged = z.undefined().describe('It is as If-None-Match has it');

export const reasonBody = z.strictObject({
  reason: z
    .string()
    .max(500)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be a line of text')
    .regex(/\S/, 'must say why')
    .describe('for people to read'),
});
export const written = z.object({
  messageId,
  state: z.string().describe('what it is in now'),
});
