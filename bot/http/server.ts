/**
 * The HTTP server: Fastify within limits, and the parts that answer, each in a scope of its own. What every answer has in common
 * is said here: its headers, its ETag, what is logged of it. It serves readers who are nobody in particular, so that nothing is
 * kept and no secret, address or unsent text is read without a token.
 */
import type { AddressInfo } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Log } from '../serve/log.ts';
import { type Api, registerApi } from './api/api.ts';
import { refuse as refuseApi } from './api/problem.ts';
import { countRequests } from './clients.ts';
import { endSlowClients } from './connections.ts';
import { type FeedOptions, registerFeed } from './feed.ts';
import { addHeaders, headersOfAll } from './headers.ts';
import { type Health, registerHealth } from './health.ts';
import { type HttpLimits, httpLimits } from './limits.ts';
import { type Orders, registerOrders } from './orders.ts';
import type { Pages } from './pages.ts';
import type { Site } from './site.ts';
import { type Token, Tokens } from './tokens.ts';
import { registerWebhook, type Webhook } from './webhook.ts';

export interface HttpOptions extends Health {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly requestsPerMinute: number;
  /** Addresses of reverse proxies, whose X-Forwarded-For is believed. */
  readonly proxies: readonly string[];
  readonly tokens: readonly Token[];
  readonly log: Log;
  readonly now: () => Date;
  readonly limits?: Partial<HttpLimits>;
  /** Null where there are no orders to be given. */
  readonly orders: Orders | null;
  /** Null where there is none. */
  readonly api: Api | null;
  readonly feed: FeedOptions | null;
  /** Null where GitHub tells nothing by itself. */
  readonly webhook: Webhook | null;
  /** Null where there are none. */
  readonly pages: Pages | null;
}

export interface HttpServer {
  readonly port: number;
  /** Nobody new; who has asked is answered, within `limits.closeMs`, and cut off then. */
  close(): Promise<void>;
}

/** @throws Error where the address cannot be listened on */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const limits = { ...httpLimits, ...options.limits };
  const tokens = new Tokens(options.tokens, options);
  const site: Site = {
    now: options.now,
    readerOf: (request) => tokens.readerOf(request.headers.authorization),
  };
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxRequestsPerSocket: limits.requestsPerConnection,
    http: { maxHeaderSize: limits.headerBytes, headersTimeout: limits.headersMs, connectionsCheckingInterval: 1000 },
    trustProxy: options.proxies.length === 0 ? false : [...options.proxies],
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: limits.parameterLength },
    clientErrorHandler: endSlowClients(options.log),
    // An address that cannot be decoded is an address that nothing has.
    // No hook runs for it.
    frameworkErrors: (_error, request, reply) => notFound(request, reply.headers(headersOfAll), options),
  });
  app.server.maxConnections = options.connections;
  addHeaders(app);
  let isClosing = false;
  // A connection that was busy when the server closed would be kept for the next question.
  app.addHook('onSend', async (_request, reply) => void (isClosing && reply.header('connection', 'close')));
  logAnswers(app, options);
  countRequests(app, { ...options, clientsMax: limits.clientsCounted });
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, options));
  app.setNotFoundHandler((request, reply) => notFound(request, reply, options));
  await app.register(async (scope) => registerHealth(scope, options));
  await app.register(async (scope) => registerOrders(scope, { ...options, limits }));
  const { api, feed, webhook } = options;
  if (api !== null)
    await app.register(async (scope) => registerApi(scope, { ...api, tokens, log: options.log }), { prefix: '/api' });
  if (feed !== null) await app.register(async (scope) => registerFeed(scope, feed));
  if (webhook !== null) await app.register(async (scope) => registerWebhook(scope, { ...options, ...webhook, limits }));
  if (options.pages !== null) await app.register(async (scope) => options.pages?.register(scope, site));
  await app.listen({ host: options.host, port: options.port });
  return {
    port: (app.server.address() as AddressInfo).port,
    close: async () => {
      isClosing = true;
      const cut = setTimeout(() => app.server.closeAllConnections(), limits.closeMs);
      await app.close();
      clearTimeout(cut);
    },
  };
}

/** What was refused or broke is logged; never what was in it, which may hold a token. */
function logAnswers(app: FastifyInstance, { log }: HttpOptions): void {
  app.addHook('onResponse', async (request, reply) => {
    const line = { client: request.ip, method: request.method, path: pathOf(request), status: reply.statusCode };
    if (reply.statusCode === 401 || reply.statusCode === 403 || reply.statusCode === 413)
      log.warn(line, 'a request is refused');
    else log.debug(line, 'a request is answered');
  });
}

function notFound(request: FastifyRequest, reply: FastifyReply, { pages }: HttpOptions): unknown {
  if (/^\/api(\/|$)/.test(pathOf(request))) return refuseApi(reply, 404, 'the API is described at /api/openapi.json');
  reply.code(404);
  if (pages !== null && request.method === 'GET') return pages.notFound(request, reply);
  return reply.type('text/plain; charset=utf-8').send('there are /healthz, /readyz and /metrics\n');
}

function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, { log }: HttpOptions): unknown {
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  reply.type('text/plain; charset=utf-8');
  if (statusCode < 500) return reply.code(statusCode).send(`${message}\n`);
  log.error({ why: message, method: request.method, path: pathOf(request) }, 'a request cannot be answered');
  return reply.code(500).send('it cannot be answered just now\n');
}

/** A query is left out: somebody may have put a token there. */
const pathOf = ({ url }: FastifyRequest) => url.replace(/[?#].*$/s, '').slice(0, 300);
