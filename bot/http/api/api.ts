/**
 * The JSON API: what bot/ask knows, for programs, and the orders that a token may give. A route is its schemas and one call; what
 * they have in common stands here: whose token it is, what is masked, problems, the description.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isResponseSerializationError, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Log } from '../../serve/log.ts';
import type { Store } from '../../store/store.ts';
import type { RunOrder } from '../orders.ts';
import type { TokenBearer, Tokens } from '../tokens.ts';
import { describe } from './description.ts';
import { isProblemStatus, refuse } from './problem.ts';
import { registerReads } from './read.ts';
import { registerWrites } from './write.ts';

export interface Api {
  readonly store: Pick<Store, 'db'>;
  readonly run: RunOrder;
}

interface ApiOptions extends Api {
  readonly tokens: Tokens;
  readonly log: Log;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks the API; null for nobody in particular. */
    bearer: TokenBearer | null;
  }
}

/** In a scope under /api. */
export async function registerApi(app: FastifyInstance, options: ApiOptions): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('bearer', null);
  app.addHook('onRequest', (request, reply) => identify(request, reply, options));
  app.setErrorHandler((error, request, reply) => refuseError(error, request, reply, options.log));
  app.setNotFoundHandler((_, reply) => refuse(reply, 404, 'the API is described at /api/openapi.json'));
  await describe(app);
  registerReads(app, options);
  registerWrites(app, options);
}

/** A token that is none is refused, so that nobody takes what is masked for all there is. */
async function identify(request: FastifyRequest, reply: FastifyReply, { tokens }: ApiOptions): Promise<unknown> {
  const { authorization } = request.headers;
  reply.header('vary', 'authorization');
  if (authorization === undefined) return undefined;
  request.bearer = await tokens.writerOf(authorization);
  return request.bearer === null
    ? refuse(reply, 401, 'it is no token of the settings: Authorization: Bearer TOKEN')
    : undefined;
}

function refuseError(error: unknown, { method, url }: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  if (statusCode < 500) return refuse(reply, isProblemStatus(statusCode) ? statusCode : 400, message);
  const why = isResponseSerializationError(error) ? `${message}: ${error.cause.message}` : message;
  log.error({ method, path: url.slice(0, 300), why }, 'a request cannot be answered');
  return refuse(reply, 500, 'the log says why');
}
