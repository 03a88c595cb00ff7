/**
 * A public-inbox web server: one mail, its thread, or what a search finds, as raw mails. Only the hosts that the settings name
 * are asked, however it redirects, and nothing is taken from a page but its bytes: /raw and mbox.gz are mboxrd.
 *
 * As a source it repeats a search; there is no position to go on from, and the store knows what it has.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Problem } from '../../analyzers/source/place.ts';
import type { RawMail } from '../intake/raw-mail.ts';
import { type MboxMail, MboxSplitter } from '../mail/mbox-stream.ts';
import type { WebSettings } from './settings.ts';
import { limitsOf, retryDelayMs, type SourceContext, tooLarge } from './source.ts';

/** An answer is held as a whole. */
const limits = { answerMs: 120_000, packedBytes: 16 << 20, bytes: 64 << 20, redirects: 5 } as const;

type Server = Pick<WebSettings, 'url' | 'hosts' | 'name'>;
type Asking = Pick<SourceContext, 'signal' | 'limits'>;

export interface Found {
  readonly arrivals: readonly RawMail[];
  readonly problem: Problem | null;
}

/** One mail by its Message-ID, with or without its brackets. */
export const mailById = (server: Server, id: string, context: Asking): Promise<Found> =>
  mailsAt(server, { path: `${escaped(id)}/raw`, method: 'GET', what: `the mail ${bare(id)}` }, context);

/** The whole thread that a mail is in. */
export const threadOf = (server: Server, id: string, context: Asking): Promise<Found> =>
  mailsAt(server, { path: `${escaped(id)}/t.mbox.gz`, method: 'GET', what: `the thread of ${bare(id)}` }, context);

/** What a search finds: none is no problem. */
export async function search(
  server: Pick<WebSettings, 'search' | 'threads'> & Server,
  context: Asking,
): Promise<Found> {
  const { search, threads } = server;
  const query = new URLSearchParams({ q: search, x: 'm', ...(threads ? { t: '1' } : {}) });
  // Only a POST is answered with an mbox.
  const found = await mailsAt(server, { path: `?${query}`, method: 'POST', what: `the search ${search}` }, context);
  if (found.problem?.kind !== 'not-found') return found;
  // That is how it says that nothing is found; and how it says that there is no such inbox.
  const inbox = await mailsAt(server, { path: 'new.atom', method: 'GET', what: 'the inbox' }, context);
  return inbox.problem?.kind === 'not-found' ? inbox : { arrivals: [], problem: null };
}

export async function* webSource(settings: WebSettings, context: SourceContext): AsyncGenerator<RawMail> {
  const { signal, onState, follow, sleep, random } = context;
  let failures = 0;
  let before = new Set<string>();
  while (!signal.aborted) {
    onState({ kind: 'connecting' });
    const { arrivals, problem } = await search(settings, context);
    if (signal.aborted) break;
    const digests = arrivals.map(({ raw }) => createHash('sha256').update(raw).digest('base64'));
    for (const [done, arrival] of arrivals.entries()) {
      if (signal.aborted) break;
      if (before.has(digests[done]!)) continue;
      onState({ kind: 'reading', place: settings.url, done, total: arrivals.length });
      yield arrival;
    }
    let retryMs = settings.pollSeconds * 1000;
    if (problem === null) {
      before = new Set(digests);
      failures = 0;
      onState({ kind: 'waiting' });
    } else {
      retryMs = Math.min(retryMs, retryDelayMs(failures++, random, { refused: true }));
      onState({ kind: 'failed', problem, retryMs: follow ? retryMs : 0 });
    }
    if (!follow || signal.aborted) break;
    await sleep(retryMs, signal);
  }
  onState({ kind: 'ended' });
}

const bare = (id: string) => id.trim().replace(/^<|>$/g, '');
/** "/", "%" and "+" are told apart only where they are escaped; "@" reads better as it is. */
const escaped = (id: string) => encodeURIComponent(bare(id)).replaceAll('%40', '@');

interface Question {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** What is asked for, in words. */
  readonly what: string;
}

async function mailsAt(server: Server, question: Question, context: Asking): Promise<Found> {
  const arrivals: RawMail[] = [];
  const none = (kind: string, text: string) => ({ arrivals, problem: { kind, text } });
  const where = `${server.url}/${question.path}`;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(limits.answerMs)]);
  try {
    const { response, refused } = await ask(server, { ...question, signal });
    if (response === null) return none('host-not-named', refused);
    if (response.status === 404) {
      await response.body?.cancel();
      return none('not-found', `${server.url} does not have ${question.what}; was it sent to this list?`);
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      return none('refused', `${where}: the server answers ${response.status}; try again later`);
    }
    for await (const mail of mailsIn(Readable.fromWeb(response.body), { ...context, signal }))
      arrivals.push(arrivalOf(mail, server, context));
    return { arrivals, problem: null };
  } catch (error) {
    if (error instanceof TooMuch) return none('answer-too-large', `${where}: ${error.message}`);
    if (signal.aborted) return none('no-answer', `${where}: no whole answer within ${limits.answerMs / 1000} seconds`);
    const { message, cause } = error as Error;
    const why = (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
    return none('unreachable', `${where} cannot be read (${why}); see url in the settings`);
  }
}

/** Follows redirections, within the hosts that are named. */
async function ask({ url, hosts }: Server, { path, method, signal }: Question & { readonly signal: AbortSignal }) {
  const named = new Set([new URL(url).host, ...hosts]);
  let at = new URL(`${url}/${path}`);
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(at, { method, signal, redirect: 'manual', headers: { 'user-agent': 'scenario-bot' } });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return { response, refused: '' };
    await response.body?.cancel();
    const from = at;
    at = new URL(location, from);
    const fine = named.has(at.host) && (at.protocol === 'https:' || at.protocol === new URL(url).protocol);
    if (!fine)
      return { response: null, refused: `${from} leads to ${at.origin}; name the host in hosts if it may be asked` };
    if (redirects >= limits.redirects)
      return { response: null, refused: `${url} redirects more than ${redirects} times` };
  }
}

class TooMuch extends Error {}

/** Unpacked where it is packed, and counted on both sides: a small answer can unpack to any size. */
async function* mailsIn(body: Readable, context: Asking): AsyncGenerator<MboxMail> {
  const splitter = new MboxSplitter(limitsOf(context));
  for await (const chunk of unpacked(counted(body, limits.packedBytes), context.signal)) yield* splitter.push(chunk);
  yield* splitter.end();
}

async function* counted(chunks: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new TooMuch(`the answer has more than ${bytesMax} bytes; ask for less`);
    yield Buffer.from(chunk);
  }
}

async function* unpacked(chunks: AsyncGenerator<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  const first = await chunks.next();
  if (first.done) return;
  const all = Readable.from(
    (async function* () {
      yield first.value;
      yield* chunks;
    })(),
  );
  const packed = first.value[0] === 0x1f && first.value[1] === 0x8b;
  if (!packed) yield* counted(all, limits.bytes);
  else {
    const gunzip = createGunzip();
    const done = pipeline(all, gunzip, { signal });
    // What fails is met below, by whoever reads.
    done.catch(() => {});
    yield* counted(gunzip, limits.bytes);
    await done;
  }
}

function arrivalOf({ bytes, size }: MboxMail, { name }: Server, context: Asking): RawMail {
  const mailLimits = limitsOf(context);
  const problem = size > mailLimits.mailBytesMax ? tooLarge(size, mailLimits) : null;
  return { raw: bytes, source: name, position: { kind: 'id' }, problem };
}
