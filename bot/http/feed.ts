/**
 * What was found and decided, as an Atom feed (RFC 4287): of everything, and of one series. An entry is a decision. Its id follows
 * from what was decided on what and when, so that it is the same in both feeds and after a move to another address.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Feed } from 'feed';
import { type DecisionKnown, type Known, known } from '../ask/known.ts';
import { type DecisionLine, listDecisions } from '../ask/lists.ts';
import { type KeptDigest, keptDigests } from '../digest/kept.ts';
import { maskedText } from '../mail/masked-text.ts';
import type { Store } from '../store/store.ts';
import { escapeMessageId } from './message-id.ts';

export interface FeedOptions {
  readonly store: Pick<Store, 'db'>;
  /** The bot's domain: ids are of it. */
  readonly domain: string;
  readonly name: string;
  /** Where readers find us; null for where they ask. */
  readonly url: string | null;
}

const entriesMax = 50;
const digestsMax = 10;

export function registerFeed(app: FastifyInstance, options: FeedOptions): void {
  const { db } = options.store;
  const atom = 'application/atom+xml; charset=utf-8';
  app.get('/atom.xml', async (request, reply) => {
    const { rows } = await listDecisions(db, { after: null, limit: entriesMax });
    const digests = await keptDigests(db, digestsMax);
    reply.header('cache-control', 'public, max-age=60');
    return reply.type(atom).send(
      feedOf(rows, {
        ...{ options, base: baseOf(request, options), path: '/atom.xml', page: '/' },
        title: `${options.name}: findings and decisions`,
        digests,
      }),
    );
  });
  app.get<{ Params: { messageId: string } }>('/:messageId/atom.xml', async (request, reply) => {
    const value = await known(db, request.params.messageId);
    if (value === null) return reply.callNotFound();
    const page = `/${escapeMessageId(rootOf(value))}/`;
    const rows = value.decisions.map((decision) => ({ ...decision, subject: subjectOf(value, decision) })).toReversed();
    reply.header('cache-control', 'public, max-age=60');
    return reply.type(atom).send(
      feedOf(rows.slice(0, entriesMax), {
        ...{ options, base: baseOf(request, options), path: `${page}atom.xml`, page },
        digests: [],
        title: `${options.name}: ${value.versions.at(-1)?.subject ?? value.mail?.subject ?? value.thread.root}`,
      }),
    );
  });
}

/** What names the work: its first version. Whichever of its mails was asked by, it is one feed. */
const rootOf = ({ versions, thread }: Known) => versions[0]?.messageId ?? thread.root;

const subjectOf = ({ versions, mail }: Known, { thread }: DecisionKnown) =>
  versions.findLast(({ messageId }) => messageId === thread)?.subject ??
  versions.at(-1)?.subject ??
  mail?.subject ??
  '';

interface FeedHead {
  readonly options: FeedOptions;
  readonly base: string;
  readonly path: string;
  readonly page: string;
  readonly title: string;
  readonly digests: readonly KeptDigest[];
}

type Decided = Pick<DecisionLine, 'thread' | 'subject' | 'at' | 'what' | 'why' | 'by'>;

/** @param rows newest first */
function feedOf(rows: readonly Decided[], { options, base, path, page, title, digests }: FeedHead): string {
  const idOf = (...words: readonly string[]) =>
    `tag:${options.domain},2026:${createHash('sha256').update(words.join('\0')).digest('hex').slice(0, 32)}`;
  const feed = new Feed({
    id: idOf('feed', page),
    title: plain(title),
    updated: new Date(Math.max(0, ...[rows[0]?.at, digests[0]?.madeAt].map((at) => at?.getTime() ?? 0))),
    ...{ link: `${base}${page}`, feed: `${base}${path}`, generator: 'scenario-bot', author: { name: options.name } },
  });
  const ids = new Set<string>();
  for (const { thread, subject, at, what, why, by } of rows) {
    const id = idOf(thread, at.toISOString(), what, why, by);
    // Decided twice in one moment is decided once.
    if (ids.has(id)) continue;
    ids.add(id);
    feed.addItem({
      id,
      title: html(`${what}: ${subject === '' ? thread : subject}`),
      link: `${base}/${escapeMessageId(thread)}/`,
      date: at,
      description: html(`${why} (${by})`),
    });
  }
  for (const { week, madeAt, told } of digests)
    feed.addItem({
      id: idOf('digest', week),
      title: html(`digest ${week}: ${told.summary}`),
      link: `${base}/digest/${week}/`,
      date: madeAt,
      description: html(
        [
          ...told.intro,
          ...told.findings.flatMap(({ items }) => items.map((item) => `${item.title}: ${item.what}`)),
        ].join(' '),
      ),
    });
  return feed.atom1();
}

/** As XML 1.0 takes it, without addresses. */
const plain = (text: string) => maskedText(text, new Set()).toWellFormed().replace(unsayable, '\ufffd');
const unsayable = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

const html = (text: string) => plain(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/** A Host that is none names nothing: it would stand in links for everybody who is given the same answer. */
function baseOf({ protocol, host }: FastifyRequest, { url }: FeedOptions): string {
  if (url !== null) return url;
  return /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host) ? `${protocol}://${host}` : 'http://localhost';
}
