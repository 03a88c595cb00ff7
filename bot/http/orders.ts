/**
 * The orders of the operator's commands. One needs the token that lies in the store's directory, readable by the bot's user
 * alone: who may read the store may give orders. It is looked at before anything of the body is read.
 */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HttpLimits } from './limits.ts';

export interface Orders {
  readonly token: string;
  readonly run: RunOrder;
}
export type RunOrder = (name: string, args: unknown) => Promise<OrderAnswer>;
export type OrderAnswer =
  | { readonly value: unknown; readonly problem: null }
  | { readonly value: null; readonly problem: string };

interface OrderOptions {
  readonly orders: Orders | null;
  readonly limits: HttpLimits;
}

export function registerOrders(app: FastifyInstance, { orders, limits }: OrderOptions): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'string', bodyLimit: limits.orderBytes },
    app.getDefaultJsonParser('error', 'error'),
  );
  app.setErrorHandler((error, _, reply) => {
    const { statusCode = 500, message } = error as { statusCode?: number; message: string };
    if (statusCode === 413) return tooLong(reply, limits);
    return say(reply, statusCode, statusCode < 500 ? 'an order has JSON in its body' : message);
  });
  app.post<{ Params: { name: string } }>('/orders/:name', {
    config: { counted: 'orders' },
    bodyLimit: limits.orderBytes,
    onRequest: async (request, reply) => {
      if (orders === null || !isToken(request.headers.authorization, orders.token))
        return say(reply, 401, 'an order needs the token of the store');
      if (Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) > limits.orderBytes)
        return tooLong(reply, limits);
      // An order may run an analysis; whoever gave it says how long to wait.
      request.raw.socket.setTimeout(0);
    },
    handler: async ({ body, params }, reply) => {
      if (body === undefined || orders === null) return say(reply, 400, 'an order has JSON in its body');
      const { value, problem } = await orders.run(params.name, body);
      if (problem !== null) return say(reply, 422, problem);
      return reply.type('application/json').send(JSON.stringify(value ?? null));
    },
  });
}

const say = (reply: FastifyReply, status: number, text: string) =>
  reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);

const tooLong = (reply: FastifyReply, { orderBytes }: HttpLimits) =>
  say(reply, 413, `an order has at most ${orderBytes} bytes and says how many`);

function isToken(header: string | undefined, token: string): boolean {
  const [given, wanted] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
