/** What everybody may read: bot/ask's values, each at an address. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { type Known, known } from '../../ask/known.ts';
import { listDisputed, listParked, listReplies, listSeries, type Page } from '../../ask/lists.ts';
import { readReplyText } from '../../ask/reply-text.ts';
import { masked, whole } from '../masked.ts';
import type { Api } from './api.ts';
import { problemAnswers, refuse } from './problem.ts';
import * as shapes from './shapes.ts';

const problems = { 304: shapes.unchanged, ...problemAnswers(400, 401, 429, 500) };
const problemsOfOne = { 304: shapes.unchanged, ...problemAnswers(400, 401, 404, 429, 500) };
const tags = ['read'];

export function registerReads(plain: FastifyInstance, { store: { db } }: Api): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/series',
    {
      schema: {
        ...{ tags, summary: 'Series, newest first', querystring: shapes.seriesQuery },
        response: { 200: shapes.seriesPage, ...problems },
      },
    },
    async (request, reply) => {
      const { q, after = null, answer = null, state = null, limit } = request.query;
      return page(request, reply, await listSeries(db, { text: q, answer, state, after, limit }));
    },
  );
  app.get(
    '/replies',
    {
      schema: {
        ...{ tags, summary: 'What the bot said and did not say, newest first', querystring: shapes.repliesQuery },
        response: { 200: shapes.repliesPage, ...problems },
      },
    },
    async (request, reply) => {
      const { after = null, state = null, limit } = request.query;
      return page(request, reply, await listReplies(db, { state, after, limit }));
    },
  );
  for (const [path, summary, list, shape] of [
    ['/disputed', 'Findings that somebody says are none, newest first', listDisputed, shapes.disputedPage],
    ['/parked', 'Threads whose analysis failed, newest first', listParked, shapes.parkedPage],
  ] as const)
    app.get(
      path,
      { schema: { tags, summary, querystring: shapes.pagingQuery, response: { 200: shape, ...problems } } },
      async (request, reply) => {
        const { after = null, limit } = request.query;
        return page(request, reply, await list(db, { after, limit }));
      },
    );

  const one = <Shape>(summary: string, shape: Shape) => ({
    schema: { tags, summary, params: shapes.idParams, response: { 200: shape, ...problemsOfOne } },
  });
  app.get(
    '/series/:messageId',
    one('What is known of the series that a mail belongs to', shapes.seriesAnswer),
    async (request, reply) => found(request, reply, await known(db, request.params.messageId)),
  );
  app.get('/mails/:messageId', one('What is known of a mail', shapes.mailAnswer), async (request, reply) =>
    found(request, reply, mailOf(await known(db, request.params.messageId))),
  );
  app.get(
    '/verdicts/:messageId',
    one('What was found of a patch, with every run', shapes.verdictAnswer),
    async (request, reply) => found(request, reply, verdictOf(await known(db, request.params.messageId))),
  );
  app.get('/replies/:messageId', one('A mail of the bot', shapes.replyAnswer), async (request, reply) => {
    const mayRead = request.bearer?.scopes.has('read') ?? false;
    return found(request, reply, await readReplyText(db, request.params.messageId, { isUnsentToo: mayRead }));
  });
}

/** RFC 8288; the address is what was asked for, with another cursor. */
function page(request: FastifyRequest, reply: FastifyReply, { rows, next }: Page<unknown>) {
  if (next !== null) {
    const url = new URL(request.url, 'http://localhost');
    url.searchParams.set('after', next);
    reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  return send(request, reply, { rows, next });
}

const found = (request: FastifyRequest, reply: FastifyReply, value: unknown) =>
  value === null ? refuse(reply, 404, 'nothing is known of that Message-ID here') : send(request, reply, value);

function send({ bearer }: FastifyRequest, reply: FastifyReply, value: unknown) {
  reply.header('cache-control', bearer === null ? 'public, max-age=30' : 'private, no-store');
  return reply.send(bearer?.scopes.has('read') ? whole(value) : masked(value));
}

const seriesIn = ({ series, versions }: Known) => (series === null ? null : (versions[series] ?? null));

const mailOf = (value: Known | null) => value && { mail: value.mail, thread: value.thread, series: seriesIn(value) };

/** Of the patch that the mail is or answers. */
function verdictOf(value: Known | null): unknown {
  if (value === null) return null;
  const series = seriesIn(value);
  const id = value.mail?.about ?? value.mail?.messageId;
  const patch = series?.review?.patches.find(({ messageId }) => messageId === id);
  return patch === undefined ? null : { ...patch, series, at: series?.review?.at, analyzer: series?.review?.analyzer };
}
