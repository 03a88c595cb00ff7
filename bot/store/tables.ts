/**
 * The tables as Kysely sees them. What stands in the database is bot/store/migrations/; a column is added there, in a new
 * file, and here.
 *
 * Ids are numbers on both engines, times are Dates, jsonb is read as values and written as text (json() below): node-postgres
 * takes an array for an array of PostgreSQL's.
 */
import type { ColumnType, Generated } from 'kysely';
import type { Position } from '../intake/raw-mail.ts';

export interface Tables {
  readonly mails: MailsTable;
  readonly message_ids: MessageIdsTable;
  readonly threads: ThreadsTable;
  readonly series: SeriesTable;
  readonly reviews: ReviewsTable;
  readonly verdicts: VerdictsTable;
  readonly replies: RepliesTable;
  readonly patchwork_checks: PatchworkChecksTable;
  readonly decisions: DecisionsTable;
  readonly positions: PositionsTable;
  readonly switches: SwitchesTable;
  readonly commands: CommandsTable;
  readonly disputes: DisputesTable;
  readonly opt_outs: OptOutsTable;
  readonly subscribers: SubscribersTable;
  readonly asked_passes: AskedPassesTable;
  readonly github_items: GithubItemsTable;
  readonly github_deliveries: { id: string; at: Date };
  readonly digests: DigestsTable;
  readonly unsubscribe_tokens: UnsubscribeTokensTable;
  readonly kept_verdicts: KeptVerdictsTable;
  readonly patch_claims: { patch: string; holder: string; until: Date };
  readonly singletons: { name: string; holder: string; epoch: number; taken_at: Date; released: boolean };
  readonly source_states: SourceStatesTable;
  readonly processes: ProcessesTable;
  readonly schema_versions: { version: number; name: string; applied_at: Date; oldest: number | null };
}

type Json<T> = ColumnType<T, string, string>;

interface MailsTable {
  id: Generated<number>;
  message_id: string;
  content: string;
  digest: string;
  raw: Buffer;
  subject: string;
  from_address: string;
  sent_at: Date | null;
  received_at: Date;
  thread_id: number;
  reused: boolean;
  own: boolean;
  relevant: boolean;
  version: number | null;
  part: number | null;
  total: number | null;
  loose: boolean;
  /** Why the row is not the whole mail, or the mail none; null where all is well. */
  damage: string | null;
  /** Ids of mails that it answers, the farthest first; null for one that came under schema 1. */
  parents: string[] | null;
}

interface MessageIdsTable {
  message_id: string;
  thread_id: number;
}

/**
 * quiet: nothing in it is for us. waiting: to be looked at when it has settled. parked: analysis failed, with the reason;
 * `retry` makes it wait again. ignored: somebody asked us to stay out; only a person changes that.
 */
export type ThreadState = 'quiet' | 'waiting' | 'analysing' | 'analysed' | 'parked' | 'ignored';

interface ThreadsTable {
  id: Generated<number>;
  root: string;
  touched_at: Date;
  settles_at: Date | null;
  analysed_at: Date | null;
  state: ThreadState;
  reason: string | null;
  /** An operator wants it analysed, whatever was answered. */
  retried: Generated<boolean>;
  /** Counts the analyses that were begun: what an earlier one brings is nothing any more. */
  run: Generated<number>;
}

interface SeriesTable {
  id: Generated<number>;
  thread_id: number;
  name: string;
  change_id: string | null;
  author: string;
  version: number;
  total: number;
  first_message_id: string;
  patches: string[];
  superseded_by: number | null;
  /** When its first mail was sent, and not later than it came. */
  sent_at: Date;
  /** Of its last review, the gravest of its patches; null where it was never judged. */
  answer: Answer | null;
  reviewed_at: Date | null;
}
export type Answer = 'finding' | 'question' | 'pass' | 'silence';

interface ReviewsTable {
  id: Generated<number>;
  thread_id: number;
  series_id: number;
  analyzer: string;
  inputs: Json<unknown>;
  inputs_digest: string;
  document: Json<unknown>;
  created_at: Date;
}

/** What survives versions of a patch: which instructions, entered where, break which check. */
export interface FindingRow {
  readonly fingerprint: string;
  readonly [field: string]: unknown;
}

interface VerdictsTable {
  review_id: number;
  message_id: string;
  answer: string;
  findings: Json<readonly FindingRow[]>;
}

/**
 * dry: a dry run ends here. held: waits for a moderator. due: may go out. sending: handed to the server, whose answer is not
 * known. sent: the server took it. confirmed: it came back by a source. withdrawn: the last check said no. rejected: the
 * moderator did. parked: it cannot be sent. The last three have the reason in `error`.
 */
export type ReplyState =
  | 'dry'
  | 'held'
  | 'due'
  | 'sending'
  | 'sent'
  | 'confirmed'
  | 'withdrawn'
  | 'rejected'
  | 'parked';

interface RepliesTable {
  id: Generated<number>;
  message_id: string;
  parent_message_id: string;
  thread_id: number;
  series_id: number | null;
  review_id: number | null;
  kind: string;
  mode: string;
  state: ReplyState;
  /** Of the findings that it tells of. */
  fingerprints: Generated<string[]>;
  raw: Buffer;
  recipients: string[];
  not_before: Date | null;
  /** When it left, or when the caps let it (bot/store/slots.ts). */
  slot_at: Date | null;
  attempts: Generated<number>;
  error: string | null;
  decided_by: string | null;
  created_at: Date;
  sent_at: Date | null;
  confirmed_at: Date | null;
}

/**
 * dry: a dry run ends here. due: is to be posted, once its reply has gone out. posted: it is on the patch. withdrawn: nothing is
 * posted, or nothing more. parked: it cannot be posted. The last two have the reason in `error`, and so has one that waits.
 */
export type CheckState = 'dry' | 'due' | 'posted' | 'withdrawn' | 'parked';
/** As patchwork calls it: the `state` of a check. */
export type CheckResult = 'success' | 'warning' | 'fail';

interface PatchworkChecksTable {
  id: Generated<number>;
  /** Of the patch. */
  message_id: string;
  context: string;
  series_id: number;
  review_id: number;
  /** Without which having left it is not posted. */
  reply_id: number | null;
  result: CheckResult;
  description: string;
  target_url: string | null;
  state: CheckState;
  not_before: Date | null;
  attempts: Generated<number>;
  first_tried_at: Date | null;
  error: string | null;
  /** Patchwork's ids. */
  patch_id: number | null;
  check_id: number | null;
  created_at: Date;
  posted_at: Date | null;
}

interface DecisionsTable {
  id: Generated<number>;
  thread_id: number;
  at: Date;
  what: string;
  why: string;
  by: string;
}

interface PositionsTable {
  source: string;
  mailbox: string;
  position: Json<Position>;
  updated_at: Date;
}

interface ProcessesTable {
  /** As it calls itself: its host and its id come first. */
  name: string;
  roles: string[];
  version: string;
  started_at: Date;
  told_at: Date;
  /** It was told to stop, and did. */
  ended: boolean;
  /** As the metrics of one process. */
  counted: Json<unknown>;
}

interface SourceStatesTable {
  source: string;
  /** Of SourceState, as of `told_at`; whoever reads it says so every few seconds. */
  state: string;
  problem: string | null;
  /** When all that was in it had been taken in, the last time. */
  read_at: Date | null;
  told_at: Date;
}

/** A row is a switch that is on. */
interface SwitchesTable {
  name: string;
  at: Date;
  by: string;
  why: string;
}

/** A line of a mail that asked for something, and what came of it. */
interface CommandsTable {
  id: Generated<number>;
  mail_id: number;
  /** From 0, in the mail's body. */
  line: number;
  verb: string;
  args: string;
  by_address: string;
  /** The mail is signed by its author's domain. */
  proved: boolean;
  outcome: string;
  at: Date;
}

/** Somebody says that a finding is none: it is not mailed again for any version of the work. */
interface DisputesTable {
  id: Generated<number>;
  thread_id: number;
  series_id: number;
  fingerprint: string;
  by_address: string;
  reason: string;
  /** Of the mail that says so. */
  message_id: string;
  at: Date;
}

/** Beside `optedOut` of the settings. */
interface OptOutsTable {
  /** In lower case. */
  address: string;
  at: Date;
  message_id: string;
}

/** Who gets the digest of a list. */
interface SubscribersTable {
  address: string;
  list: string;
  at: Date;
  message_id: string;
}

/** Works whose author wants an answer whatever it is. */
interface AskedPassesTable {
  author: string;
  name: string;
  at: Date;
  message_id: string;
}

/**
 * dry: a dry run ends here. due: to be written, or looked at. written: it was there as wanted when we last looked, or as a person
 * wants it. parked: a person must look. left: a person took it away. `why` says what was left or is in the way.
 */
export type GithubState = 'dry' | 'due' | 'written' | 'parked' | 'left';

interface GithubItemsTable {
  id: Generated<number>;
  kind: 'issue' | 'mark' | 'review';
  /** `owner/name`. */
  repository: string;
  key: string;
  /** Of the work that it is about, and which of its findings; null where it is about something else. */
  author: string | null;
  name: string | null;
  fingerprint: string | null;
  wanted: Json<unknown>;
  /** Of what is wanted, so that what changes while it is written is seen. */
  digest: string;
  state: GithubState;
  number: number | null;
  url: string | null;
  why: string | null;
  /** When one may have been made of which nothing is known. */
  unsure_at: Date | null;
  /** Somebody is at it until then. */
  lease_until: Date | null;
  not_before: Date | null;
  attempts: Generated<number>;
  created_at: Date;
  updated_at: Date;
}

/** begun: the group is new, and its first digest is the next one. quiet: nothing had happened. made: there is one, in `digest`. */
export type DigestState = 'begun' | 'quiet' | 'made';

interface DigestsTable {
  id: Generated<number>;
  group_name: string;
  /** `2026-W48`. */
  week: string;
  since: Date;
  until: Date;
  state: DigestState;
  digest: Json<unknown>;
  created_at: Date;
}

/** Whoever has the token is the subscriber, as far as leaving goes. */
interface UnsubscribeTokensTable {
  token: string;
  address: string;
  list: string;
  at: Date;
}

/** By the address of what they follow from; what is in `content` bot/verdicts/ knows alone. */
interface KeptVerdictsTable {
  key: string;
  patch: string;
  content: Buffer;
  made_at: Generated<Date>;
  used_at: Generated<Date>;
}

/** A value as text for jsonb, which holds neither NUL nor half a surrogate pair: a stranger's mail may hold both. */
export const json = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'string' ? storable(part) : part));

/** Text as PostgreSQL takes it. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');
