/**
 * One mail through all that any mail goes through before an analysis, and the headers of what would answer it: what is wrong with
 * them, in words. Nothing is judged here; what a diff says to the interpreter is bot/garbage.test.ts.
 */
import { parseBody } from '../../analyzers/patch/diff.ts';
import { relevantFiles } from '../../analyzers/patch/relevant.ts';
import { composeAnswer } from '../commands/answer.ts';
import { readOrders } from '../commands/read.ts';
import { readArrival } from '../intake/arrival.ts';
import { placeMails } from '../intake/placing.ts';
import { type Mailbox, type Message, readMessage } from '../mail/message.ts';
import { readOrder } from '../moderation/answer.ts';
import { composeOutcome, composeRequest } from '../moderation/mails.ts';
import { isRetraction } from '../outbox/retraction.ts';
import { formatHeaders, headersOf } from '../reply/headers.ts';
import type { Settings } from '../settings/schema.ts';
import { json, storable } from '../store/tables.ts';
import { baseCommitsOf } from '../thread/base-lines.ts';
import { newest, readSeries } from '../thread/series.ts';

export interface Taken {
  readonly isPatch: boolean;
  readonly isRelevant: boolean;
  readonly replies: number;
  /** What is wrong with what would go out. */
  readonly wrong: readonly string[];
}

const position = { kind: 'id' } as const;
const anyOrder = { written: '#scenario status', verb: 'status' } as const;

export async function take(
  raw: Buffer,
  { settings, now }: { readonly settings: Settings; readonly now: Date },
): Promise<Taken> {
  const arrival = await readArrival({ raw, source: 'fuzz', position });
  placeMails([arrival, arrival], { mails: [], threadOf: new Map([[arrival.messageId, 1]]), loose: [] }, now);
  json({ subject: arrival.subject, content: arrival.content });
  const message = await readMessage(raw);
  const series = newest(readSeries([message, message]));
  isRetraction(message);
  readOrder(message, raw);
  baseCommitsOf([message]);
  const { files } = parseBody(message.body);
  const authors = [message.from, ...series.flatMap(({ patches }) => patches.map(({ author }) => author))];
  const wrong: string[] = [];
  for (const author of authors) {
    const { headers, recipients, messageId } = headersOf({
      config: settings,
      parent: message,
      author,
      date: now,
      kind: 'finding',
    });
    const reply = `${formatHeaders([...headers, ['Content-Transfer-Encoding', '8bit']])}\n\n${storable(message.body.slice(0, 20_000))}`;
    wrong.push(...(await wrongIn(reply, { expected: replyHeaders, messageId, recipients })));
    wrong.push(...strangersIn(recipients, message, author));
    const held = { messageId, parent: message.id, recipients, raw: Buffer.from(reply) };
    const request = await composeRequest(held, {
      ...{ settings, why: message.subject, now },
      ...{ recipients: ['mia@example.org'], sequence: 0 },
    });
    wrong.push(
      ...(await wrongIn(request.raw.toString(), { expected: requestHeaders, ...request })),
      ...takenIn(request.raw),
    );
    const outcome = composeOutcome(message, { settings, to: 'mia@example.org', outcome: message.subject, now });
    wrong.push(...(await wrongIn(outcome.raw.toString(), { expected: outcomeHeaders, ...outcome })));
  }
  const { orders } = await readOrders(message, raw, { isToBotAlone: true });
  // Nothing of what a stranger wrote may become an order, a trailer or a header by being answered.
  const said = [...orders, anyOrder].map((order) => ({ order, prose: [], lines: message.body.split('\n', 200) }));
  for (const isProved of [false, true]) {
    const to = 'mia@example.org';
    const answer = composeAnswer(message, { settings, to, isProved, said, now, which: 'orders' });
    wrong.push(
      ...(await wrongIn(answer.raw.toString(), { expected: outcomeHeaders, ...answer })),
      ...takenIn(answer.raw),
    );
  }
  return { isPatch: series.length > 0, isRelevant: relevantFiles(files).length > 0, replies: authors.length, wrong };
}

const common = 'From To Cc? Subject Date Message-ID';
const mime = 'MIME-Version Content-Type Content-Transfer-Encoding';
const replyHeaders = `${common} In-Reply-To? References? Auto-Submitted X-Scenario-Bot ${mime}`;
const requestHeaders = `${common} Auto-Submitted X-Patchwork-Hint X-Scenario-Bot ${mime}`;
const outcomeHeaders = `${common} In-Reply-To? References? Auto-Submitted X-Patchwork-Hint X-Scenario-Bot ${mime}`;

interface Expected {
  readonly expected: string;
  readonly messageId: string;
  readonly recipients: readonly string[];
}

/** As it stands, and as another reads it: the headers that we wrote and no other, each of printable ASCII. */
async function wrongIn(raw: string, { expected, messageId, recipients }: Expected): Promise<readonly string[]> {
  const wrong: string[] = [];
  const head = raw.slice(0, raw.indexOf('\n\n'));
  const lines = head.split('\n');
  const names = lines.flatMap((line) =>
    /^[ \t]/.test(line) ? [] : [/^([!-9;-~]+):( |$)/.exec(line)?.[1] ?? `no header: ${line}`],
  );
  const pattern = new RegExp(
    `^${expected
      .split(' ')
      .map((name) => (name.endsWith('?') ? `(${name.slice(0, -1)} )?` : `${name} `))
      .join('')}$`,
  );
  if (!pattern.test(`${names.join(' ')} `)) wrong.push(`headers: ${names.join(' ')}`);
  for (const line of lines) {
    if (/[^\x20-\x7e]/.test(line)) wrong.push(`not printable ASCII: ${JSON.stringify(line)}`);
    if (line.length > 998) wrong.push(`a line of ${line.length}: ${line.slice(0, 60)}`);
    if (line.trim() === '') wrong.push('a header line of blanks');
  }
  for (const address of recipients)
    if (!/^[!#-'*+./0-9=?A-Z^_`a-z{|}~-]+@[A-Za-z0-9.-]+$/.test(address))
      wrong.push(`recipient ${JSON.stringify(address)}`);
  const read = await readMessage(Buffer.from(raw));
  if (read.id !== messageId) wrong.push(`Message-ID is read as ${read.id}`);
  const to = [...read.to, ...read.cc].map(({ address }) => address.toLowerCase()).sort();
  const wanted = recipients.map((address) => address.toLowerCase()).sort();
  if (to.join() !== wanted.join()) wrong.push(`goes to ${wanted.join()}, and reads as to ${to.join()}`);
  return wrong;
}

/** Whoever is in none of its address headers is not written to. */
function strangersIn(recipients: readonly string[], { from, to, cc }: Message, author: Mailbox): readonly string[] {
  const named = new Set([from, ...to, ...cc, author].map(({ address }) => address.toLowerCase()));
  return recipients.filter((address) => !named.has(address.toLowerCase())).map((address) => `a stranger: ${address}`);
}

/** Lines of a mail of ours which a tool would take for a patch, a trailer or an order. */
function takenIn(raw: Buffer): readonly string[] {
  const lines = raw.toString().split('\n\n').slice(1).join('\n\n').split('\n');
  const end = lines.indexOf('-- ');
  const taken = /^\s*([\w-]+:\s.*@|(Link|Fixes|Closes):|diff |--- |\+\+\+ |#scenario)/;
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .filter((line) => taken.test(line) && !/^ {4}#scenario (approve|reject: REASON)$/.test(line))
    .map((line) => `a tool takes ${JSON.stringify(line)}`);
}
