/**
 * Health, readiness, metrics, and the orders of the operator's commands, over HTTP on a loopback address by default. An order
 * needs the token that lies in the store's directory, readable by the bot's user alone: who may read the store may give orders.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json as readJson } from 'node:stream/consumers';

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  /** In the format of Prometheus. */
  readonly metrics: () => Promise<{ readonly text: string; readonly type: string }>;
  /** Why it is not ready, one line each; empty where it is. */
  readonly notReady: () => Promise<readonly string[]>;
  /** Null where there are no orders to be given. */
  readonly orders: {
    readonly token: string;
    readonly run: (name: string, args: unknown) => Promise<OrderAnswer>;
  } | null;
}
export type OrderAnswer =
  | { readonly value: unknown; readonly problem: null }
  | { readonly value: null; readonly problem: string };

const limits = { bodyBytes: 4 << 20, requestMs: 30_000 } as const;

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws Error where the address cannot be listened on */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const server = createServer({ requestTimeout: limits.requestMs }, (request, response) => {
    answer(request, response, options).catch((error) => end(response, 500, `${(error as Error).message}\n`));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: HttpOptions): Promise<void> {
  const pathname = pathOf(request);
  const what = `${request.method} ${pathname}`;
  // Alive is who answers at all.
  if (what === 'GET /healthz') end(response, 200, 'alive\n');
  else if (what === 'GET /readyz') {
    const why = await options.notReady();
    end(response, why.length === 0 ? 200 : 503, why.length === 0 ? 'ready\n' : `${why.join('\n')}\n`);
  } else if (what === 'GET /metrics') {
    const { text, type } = await options.metrics();
    end(response, 200, text, type);
  } else if (request.method === 'POST' && pathname.startsWith('/orders/')) await order(request, response, options);
  else end(response, 404, 'there are /healthz, /readyz and /metrics\n');
}

async function order(request: IncomingMessage, response: ServerResponse, { orders }: HttpOptions): Promise<void> {
  if (orders === null || !isToken(request.headers.authorization, orders.token))
    return end(response, 401, 'an order needs the token of the store\n');
  if (Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) > limits.bodyBytes)
    return end(response, 413, `an order has at most ${limits.bodyBytes} bytes and says how many\n`);
  const name = pathOf(request).slice('/orders/'.length);
  const args = await readJson(request).catch(() => undefined);
  if (args === undefined) return end(response, 400, 'an order has JSON in its body\n');
  const { value, problem } = await orders.run(name, args);
  if (problem === null) end(response, 200, JSON.stringify(value ?? null), 'application/json');
  else end(response, 422, `${problem}\n`);
}

const pathOf = ({ url }: IncomingMessage) => (url ?? '').replace(/[?#].*$/s, '');

function isToken(header: string | undefined, token: string): boolean {
  const [given, wanted] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function end(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
