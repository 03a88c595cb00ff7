/**
 * Where the pages are mounted: `serveHttp({ …, pages })`. A room of pages makes a value of this shape from what it reads and
 * renders, and bot/serve/daemon.ts hands it over.
 *
 * Example:
 *
 *     export const pagesOf = (read: Reader): Pages => ({
 *       register(app, site) {
 *         app.get<{ Params: { id: string } }>('/:id/', async (request, reply) => {
 *           const mayRead = (await site.readerOf(request))?.scopes.has('read') ?? false;
 *           return reply.type('text/html; charset=utf-8').send(render(await read.mail(request.params.id), mayRead));
 *         });
 *         app.get('/assets/:name', (_, reply) => reply.header('cache-control', 'public, max-age=31536000, immutable').send(css));
 *       },
 *       notFound: (_, reply) => reply.type('text/html; charset=utf-8').send(renderNotFound()),
 *     });
 *
 * - `:id` comes decoded, and may be anything, also empty; a link is made by `escapeMessageId` of message-id.ts. A name such as `/disputed` goes before `/:id/`.
 * - What throws is logged and answered as 500; `app.setErrorHandler` in `register` makes a page of it.
 * - Every answer has a strict Content-Security-Policy (headers.ts: scripts and styles from /assets only, no inline ones), and
 *   one to GET an ETag with 304; `cache-control` is `no-store` where the route does not say.
 * - Who has to show a token in a browser is asked by `askForToken(reply)` of tokens.ts.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Site } from './site.ts';

export interface Pages {
  /** Adds routes, in a scope of its own: hooks and handlers set here are the pages' alone. */
  register(app: FastifyInstance, site: Site): void | Promise<void>;
  /** What a GET of an address that nothing has is answered; the status is 404 already. */
  notFound(request: FastifyRequest, reply: FastifyReply): unknown;
}
