/**
 * The pages: what bot/ask reads, as HTML that works without scripts. Every page has an address that can be mailed; a mail's is its
 * Message-ID, as in public-inbox.
 *
 *     /  /{message-id}/  /{message-id}/verdict  /{message-id}/steps  /steps  /playground  /disputed  /parked  /sent  /help
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { known } from '../ask/known.ts';
import { listDisputed, listParked, listReplies, listSeries } from '../ask/lists.ts';
import type { VersionKnown } from '../ask/versions.ts';
import { escapeMessageId } from '../http/message-id.ts';
import type { Pages } from '../http/pages.ts';
import type { Log } from '../serve/log.ts';
import type { Settings } from '../settings/schema.ts';
import { reading } from '../store/reading.ts';
import type { Store } from '../store/store.ts';
import type { Answer, ThreadState } from '../store/tables.ts';
import { bareMessageId, messageIdIn } from './asked.ts';
import { registerDigests } from './digests.ts';
import { disputedList, parkedList, sentList, seriesList } from './lists.ts';
import { renderPage, styleSheet } from './render.ts';
import { seriesPage } from './series.ts';
import { archiveOf, type Site, siteOf } from './site.ts';
import { registerSteps } from './step-routes.ts';
import { verdictPage } from './verdict.ts';
import { answerWords, threadWords } from './words.ts';

/** Rows of a list. */
const limit = 50;

interface Options {
  readonly store: Store;
  readonly settings: Settings;
  readonly log: Log;
}
type WithId = { Params: { id: string } };
type WithQuery = { Querystring: Readonly<Record<string, unknown>> };

export function pagesOf({ store, settings, log }: Options): Pages {
  const site = siteOf(settings);
  const send = html(site);
  const notFound = (_: unknown, reply: FastifyReply) =>
    send(reply, 'message', {
      here: '',
      values: {
        title: 'Not found',
        heading: 'There is no such page',
        text: 'A mail’s page is its Message-ID between two slashes, percent-encoded as public-inbox does. The search above takes the Message-ID as it stands, or a link to the archive.',
        links: [
          { href: '/', name: 'All series' },
          { href: '/help', name: 'How to ask' },
        ],
      },
    });
  return {
    register(app) {
      app.setErrorHandler((error, request, reply) => explain(error as Failure, { request, reply, send, log }));
      app.get(styleSheet.path, (_, reply) =>
        reply
          .header('cache-control', 'public, max-age=31536000, immutable')
          .type('text/css; charset=utf-8')
          .send(styleSheet.text),
      );
      registerDigests(app, { store, site, send, notFound });
      registerLists(app, { store, site, send });
      registerSteps(app, {
        render: (reply, { here, ...values }) => send(reply, 'steps', { here, values }),
        findingOf: (id, fingerprint) => reading(store, (db) => findingOf(db, bareMessageId(id), fingerprint)),
      });
      app.get('/help', (_, reply) =>
        send(reply, 'help', { here: '/help', values: { title: 'Help', mailbox: site.mailbox } }),
      );
      app.get<WithId>('/:id', ({ params }, reply) => reply.redirect(`/${escapeMessageId(params.id)}/`, 301));
      app.get<WithId>('/:id/', async ({ params }, reply) => {
        const found = await reading(store, (db) => known(db, bareMessageId(params.id)));
        const version = found?.versions[found.series ?? -1];
        const isDigest = found?.replies.some(({ kind, messageId }) => kind === 'digest' && messageId === params.id);
        if (isDigest === true) return reply.redirect('/digest/', 302);
        if (found === null || version === undefined) return unknown(reply, { id: params.id, site, send, found });
        return send(reply, 'series', { here: '', values: seriesPage(found, version, site) });
      });
      app.get<WithId>('/:id/verdict', async ({ params }, reply) => {
        const id = bareMessageId(params.id);
        const found = await reading(store, (db) => known(db, id));
        const judged = verdictIn(found?.versions ?? [], found?.mail?.about ?? id);
        if (judged !== null) return send(reply, 'verdict', { here: '', values: verdictPage(judged, site) });
        if (found === null || found.series === null) return unknown(reply, { id, site, send, found });
        return reply.redirect(`/${escapeMessageId(id)}/`, 302);
      });
    },
    notFound,
  };
}

type Send = ReturnType<typeof html>;
interface Sent {
  readonly here: string;
  readonly values: { readonly title: string; readonly [name: string]: unknown };
}

const html =
  (site: Site) =>
  (reply: FastifyReply, template: string, { here, values }: Sent): FastifyReply =>
    reply.type('text/html; charset=utf-8').send(renderPage(template, values, { site, here }));

/** As it was stored with the last review of the patch. */
async function findingOf(db: Store['db'], id: string, fingerprint: string) {
  const found = await known(db, id);
  const judged = verdictIn(found?.versions ?? [], found?.mail?.about ?? id);
  return judged?.patch.findings.find((finding) => finding.fingerprint === fingerprint) ?? null;
}

interface Lists {
  readonly store: Store;
  readonly site: Site;
  readonly send: Send;
}

function registerLists(app: FastifyInstance, { store, site, send }: Lists): void {
  app.get<WithQuery>('/', async ({ query }, reply) => {
    const [q, answer, state, after] = [text(query.q), text(query.answer), text(query.state), afterIn(query)];
    const id = messageIdIn(q);
    if (id !== null) return reply.redirect(`/${escapeMessageId(id)}/`, 302);
    const page = await reading(store, (db) =>
      listSeries(db, {
        ...{ text: q, after, limit },
        answer: Object.hasOwn(answerWords, answer) ? (answer as Answer) : null,
        state: Object.hasOwn(threadWords, state) ? (state as ThreadState) : null,
      }),
    );
    return send(reply, 'list', {
      here: '/',
      values: { title: 'Series', ...seriesList(page, { q, answer, state, after }) },
    });
  });
  app.get<WithQuery>('/disputed', async ({ query }, reply) => {
    const after = afterIn(query);
    const values = {
      title: 'Disputed',
      ...disputedList(await reading(store, (db) => listDisputed(db, { after, limit })), after),
    };
    return send(reply, 'disputed', { here: '/disputed', values });
  });
  app.get<WithQuery>('/parked', async ({ query }, reply) => {
    const after = afterIn(query);
    const values = {
      title: 'Parked',
      ...parkedList(await reading(store, (db) => listParked(db, { after, limit })), after),
    };
    return send(reply, 'parked', { here: '/parked', values });
  });
  app.get<WithQuery>('/sent', async ({ query }, reply) => {
    const after = afterIn(query);
    const replies = await reading(store, (db) => listReplies(db, { after, limit, state: null }));
    return send(reply, 'sent', { here: '/sent', values: { title: 'Sent', ...sentList(replies, after, site) } });
  });
}

/** Of what may be there twice, or be anything, what is text. */
const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 1000).trim() : '');
const afterIn = ({ after }: WithQuery['Querystring']) => text(after) || null;

function verdictIn(versions: readonly VersionKnown[], id: string) {
  for (const version of versions.toReversed()) {
    const { review } = version;
    const alone = version.messageId === id && review?.patches.length === 1 ? review.patches[0] : undefined;
    const patch = review?.patches.find(({ messageId }) => messageId === id) ?? alone;
    if (review !== null && patch !== undefined) return { version, review, patch };
  }
  return null;
}

interface Unknown {
  readonly id: string;
  readonly site: Site;
  readonly send: Send;
  readonly found: Awaited<ReturnType<typeof known>>;
}

/** A mail that never came, or that is of no series. */
function unknown(reply: FastifyReply, { id, site, send, found }: Unknown): FastifyReply {
  const heading = found === null ? 'This mail has not come' : 'This mail belongs to no series of patches';
  const text =
    found === null
      ? 'No list that the bot reads has brought it, and no mail that it has names it. If it was sent a moment ago, look again in a minute.'
      : `The bot has it${found.mail === null ? ', though only by what others say of it' : ''}: “${found.mail?.subject ?? id}”. Its thread: ${threadWords[found.thread.state] || 'analysed'}.`;
  return send(reply.code(404), 'message', {
    here: '',
    values: {
      ...{ title: 'Not known', heading, text },
      links: [
        { href: archiveOf(site, id), name: 'The mail in the archive' },
        { href: '/', name: 'All series' },
        { href: '/help', name: 'How to ask' },
      ],
    },
  });
}

interface Failure {
  readonly statusCode?: number;
  readonly message: string;
}
interface Explaining {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly send: Send;
  readonly log: Log;
}

/** What is ours is logged, and told to nobody else. */
function explain({ statusCode = 500, message }: Failure, { request, reply, send, log }: Explaining): FastifyReply {
  const isOurs = statusCode >= 500;
  if (isOurs)
    log.error({ why: message, path: request.url.replace(/[?#].*$/s, '').slice(0, 300) }, 'a page cannot be made');
  return send(reply.code(statusCode), 'message', {
    here: '',
    values: {
      title: isOurs ? 'Not now' : 'Refused',
      heading: isOurs ? 'This page cannot be made just now' : 'That is refused',
      text: isOurs ? 'It is logged. Try again in a minute; if it stays so, tell whoever runs the bot.' : `${message}.`,
      links: [{ href: '/help', name: 'How to ask' }],
    },
  });
}
