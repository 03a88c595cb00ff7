/**
 * An IMAP account as a source: every mailbox that the settings name is read behind its position, then news are waited for, by
 * IDLE in the mailbox that last had any and by a look at all of them from time to time. A connection that ends is followed by a
 * new one, after a while that grows.
 *
 * A position is UIDVALIDITY and UID. It needs no more of a server than IMAP4rev1 (public-inbox has no CONDSTORE), and a mailbox
 * that was made anew is read from the start: the store knows what it has.
 *
 * Where a server has CONDSTORE it is of no use here: it tells which flags changed, and we neither set nor read any. What is behind
 * UIDNEXT is new; CHANGEDSINCE names beside it every old mail that somebody marked.
 */
import type { ImapFlow } from 'imapflow';
import type { RawMail } from '../intake/raw-mail.ts';
import { connectImap, imapProblem } from './imap-client.ts';
import { type ImapPosition, MailboxRefused, newMails, type Span, type Suspect, suspectOf } from './imap-mails.ts';
import { isPattern, matchesPattern } from './mailbox-pattern.ts';
import type { ImapSettings } from './settings.ts';
import { limitsOf, retryDelayMs, type SourceContext } from './source.ts';

export async function* imapSource(settings: ImapSettings, context: SourceContext): AsyncGenerator<RawMail> {
  const account = new Account(settings, context);
  const { signal, onState } = context;
  while (!signal.aborted) {
    let client: ImapFlow | null = null;
    try {
      onState({ kind: 'connecting' });
      client = await connectImap(settings, { signal, mailBytesMax: limitsOf(context).mailBytesMax });
      yield* account.mails(client);
      break;
    } catch (error) {
      if (signal.aborted) break;
      const problem = imapProblem(error, settings);
      const retryMs = account.failed(problem.kind);
      onState({ kind: 'failed', problem, retryMs });
      client?.close();
      await context.sleep(retryMs, signal);
    } finally {
      client?.close();
    }
  }
  onState({ kind: 'ended' });
}

/** What outlives a connection: how far each mailbox is read, and what connections died over. */
class Account {
  readonly #settings: ImapSettings;
  readonly #context: SourceContext;
  readonly #kept = new Map<string, ImapPosition>();
  /** Which mailbox had news last: there is where IDLE waits. */
  #lively: string | null = null;
  #failures = 0;
  #fetching: Span | null = null;
  #suspect: Suspect | null = null;

  constructor(settings: ImapSettings, context: SourceContext) {
    this.#settings = settings;
    this.#context = context;
    for (const position of context.from) if (position.kind === 'imap') this.#kept.set(position.mailbox, position);
  }

  /** Ends where nothing is to be followed; throws when the connection does. */
  async *mails(client: ImapFlow): AsyncGenerator<RawMail> {
    const { follow, signal, onState } = this.#context;
    const news = new News(client);
    const complained = new Set<string>();
    while (!signal.aborted) {
      news.read();
      for (const mailbox of await this.#mailboxes(client, complained))
        yield* this.#mailsOf(client, mailbox, complained);
      this.#failures = 0;
      if (!follow || signal.aborted) return;
      onState({ kind: 'waiting' });
      await news.wait({ ms: this.#settings.pollSeconds * 1000, ...this.#context });
    }
  }

  /** @returns how long to wait before the next connection */
  failed(kind: string): number {
    if (this.#fetching !== null) this.#suspect = suspectOf(this.#fetching, this.#suspect);
    this.#fetching = null;
    return retryDelayMs(this.#failures++, this.#context.random, { refused: kind === 'login-refused' });
  }

  async *#mailsOf(client: ImapFlow, mailbox: string, complained: Set<string>): AsyncGenerator<RawMail> {
    const { onState, onProblem } = this.#context;
    try {
      for await (const arrival of newMails(client, {
        ...{ source: this.#settings.name, mailbox, from: this.#kept.get(mailbox) ?? null },
        ...{ limits: limitsOf(this.#context), suspect: this.#suspect, onState },
        onAnew: (problem) => {
          this.#kept.delete(mailbox);
          onProblem(problem);
        },
        onFetch: (span) => {
          this.#fetching = span;
        },
      })) {
        yield arrival;
        this.#kept.set(mailbox, arrival.position as ImapPosition);
        this.#lively = mailbox;
        this.#failures = 0;
      }
    } catch (error) {
      if (!(error instanceof MailboxRefused)) throw error;
      if (complained.has(mailbox)) return;
      complained.add(mailbox);
      const said = error.message.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
      const text = `${mailbox} cannot be opened (${said}); the others are read; see mailboxes in the settings`;
      onProblem({ kind: 'no-mailbox', text });
    }
  }

  /** By name, slices by number; the lively one last, so that it is the one left open. */
  async #mailboxes(client: ImapFlow, complained: Set<string>): Promise<readonly string[]> {
    const wanted = this.#settings.mailboxes;
    const names = new Set(wanted.filter((name) => !isPattern(name)));
    const patterns = wanted.filter(isPattern);
    const listed = patterns.length === 0 ? [] : await client.list({ listOnly: true });
    for (const { path, delimiter, flags } of listed)
      if (!flags.has('\\Noselect') && patterns.some((one) => matchesPattern(path, one, delimiter))) names.add(path);
    if (names.size === 0 && !complained.has('')) {
      complained.add('');
      const text = `no mailbox is like ${patterns.join(' or ')}; the server lists ${listed.length}`;
      this.#context.onProblem({ kind: 'no-mailbox', text });
    }
    const order = new Intl.Collator('en', { numeric: true });
    const last = (name: string) => Number(name === this.#lively);
    return [...names].sort((a, b) => last(a) - last(b) || order.compare(a, b));
  }
}

/** That the open mailbox has more mails than when it was read. */
class News {
  readonly #client: ImapFlow;
  #stop = new AbortController();

  constructor(client: ImapFlow) {
    this.#client = client;
    const come = () => this.#stop.abort();
    client.on('exists', come);
    client.once('close', come);
  }

  /** From here on what comes is news. */
  read(): void {
    this.#stop = new AbortController();
  }

  /** Until there are any, or for the time; throws where the connection ends. */
  async wait({ ms, signal, sleep }: { readonly ms: number } & Pick<SourceContext, 'signal' | 'sleep'>): Promise<void> {
    const client = this.#client;
    const idle = client.mailbox !== false && client.capabilities.has('IDLE') ? client.idle() : null;
    if (client.usable) await sleep(ms, AbortSignal.any([signal, this.#stop.signal]));
    // Any command ends an IDLE.
    if (!signal.aborted) await client.noop();
    await idle;
  }
}
