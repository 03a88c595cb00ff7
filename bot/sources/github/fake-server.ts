/**
 * GitHub's REST API as a real HTTP server for tests: the real one cannot be had in them. Requests and answers are validated against
 * GitHub's own OpenAPI description (fixtures/github/openapi.json), so that neither we nor this server can invent a parameter or a
 * field. What it holds is for its handlers to say; how a request may go wrong, for its script.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { type Context, type Document, OpenAPIBackend } from 'openapi-backend';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
export type Handler = (context: Context) => Reply;

export interface Asked {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly search: string;
  readonly headers: IncomingMessage['headers'];
}

/** An answer in place of the true one, for which nothing was done. `lose the answer`: it was done, and nobody hears of it. */
export type Disturbed = Reply | 'hang up' | 'lose the answer' | null;

export interface FakeServer {
  readonly api: string;
  /** Answers that are not as GitHub describes them, and requests: empty in a test that is right. */
  readonly faults: readonly string[];
  close(): void;
}

export const notFound: Reply = {
  status: 404,
  body: { message: 'Not Found', documentation_url: 'https://docs.github.com' },
};

const description = join(import.meta.dirname, '../../../fixtures/github/openapi.json');
export const definition = JSON.parse(readFileSync(description, 'utf8')) as Document;

export interface ServerOptions {
  /** By operation id. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Who may ask at all; null for a reason not to. */
  readonly refuse: (asked: Asked) => Reply | null;
  readonly script: (asked: Asked) => Disturbed;
  /** GitHub takes another path for the described one. */
  readonly rewrite?: (path: string) => string;
  /** Told of a request once it was answered 304. */
  readonly onUnchanged?: () => void;
}

export async function fakeServer({
  handlers,
  refuse,
  script,
  rewrite,
  onUnchanged,
}: ServerOptions): Promise<FakeServer> {
  const faults: string[] = [];
  const backend = new OpenAPIBackend({
    definition,
    quick: true,
    ajvOpts: { strict: false, formats: { uri: true, 'date-time': true, timestamp: true, email: true } },
    handlers: {
      ...handlers,
      validationFail: ({ validation }: Context) => {
        const message = `not as GitHub describes it: ${JSON.stringify(validation.errors)}`;
        faults.push(message);
        return { status: 400, body: { message } };
      },
      notFound: () => notFound,
      notImplemented: () => notFound,
      // Every answer of a handler comes by here.
      postResponseHandler: (context: Context) => {
        const reply = context.response as Reply;
        if (context.operation === undefined || reply.status >= 300 || typeof reply.body === 'string') return reply;
        const { errors } = backend.validateResponse(reply.body, context.operation, reply.status);
        if (errors === null || errors === undefined || errors.length === 0) return reply;
        // A fault of this server, not of who asks: loud, so that the test fails.
        const message = `the fake's own answer is off: ${context.operation.operationId} ${JSON.stringify(errors[0])}`;
        faults.push(message);
        return { status: 400, body: { message } };
      },
    },
  });
  await backend.init();
  const answer = async (request: IncomingMessage, url: URL): Promise<Reply> => {
    const body = await readText(request);
    return (await backend.handleRequest({
      ...{ method: request.method ?? 'GET', path: rewrite?.(url.pathname) ?? url.pathname },
      ...{ query: url.search.slice(1), headers: request.headers as Record<string, string> },
      ...(body === '' ? {} : { body: JSON.parse(body) }),
    })) as Reply;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const { method = 'GET', headers } = request;
    const asked = { method, path: decodeURIComponent(url.pathname), search: url.search, headers };
    const disturbed = script(asked);
    if (disturbed === 'hang up') return void request.socket.destroy();
    const isDone = disturbed === null || disturbed === 'lose the answer';
    const reply = isDone ? (refuse(asked) ?? (await answer(request, url))) : disturbed;
    if (disturbed === 'lose the answer') return void request.socket.destroy();
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
    const etag = `"${createHash('sha256').update(text).digest('hex')}"`;
    if (reply.status === 200 && headers['if-none-match'] === etag) {
      onUnchanged?.();
      response.writeHead(304).end();
      return;
    }
    const type = {
      'content-type': `${typeof reply.body === 'string' ? 'text/plain' : 'application/json'}; charset=utf-8`,
    };
    response
      .writeHead(reply.status, { ...type, ...reply.headers, ...(reply.status === 200 ? { etag } : {}) })
      .end(text);
  };
  const server = createServer((request, response) => void serve(request, response));
  const api = await listening(server);
  return {
    ...{ api, faults },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
