/**
 * A patchwork instance for tests: its REST API over a few patches in memory. Requests and answers are validated against an
 * extract of patchwork's own OpenAPI description (fixtures/patchwork/openapi.json), so that neither we nor this server can
 * invent a parameter or a field. What the description does not say is as patchwork 3.1.3 was seen to do it. It can be told to
 * fail in the ways that servers and networks do.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Context, type Document, OpenAPIBackend } from 'openapi-backend';

/** In place of the true answer. `lost`: what is asked is done, and the connection breaks before the answer. */
export type Disturbance =
  | 'lost'
  | 'hang up'
  | 'silence'
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };

interface FakePatch {
  readonly id: number;
  readonly msgid: string;
  readonly project: string;
}
export interface FakeCheck {
  readonly id: number;
  readonly patch: number;
  readonly username: string;
  readonly state: string;
  readonly context: string;
  readonly target_url: string | null;
  readonly description: string | null;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const description = join(import.meta.dirname, '../../fixtures/patchwork/openapi.json');
const maintained = 'linuxppc-dev';
const tokens: Readonly<Record<string, string>> = { 'let-me-in': 'bot', stranger: 'stranger' };
const refusal = (status: number, detail: string): Reply => ({ status, body: { detail } });
const forbidden = refusal(403, 'You do not have permission to perform this action.');
const notFound = refusal(404, 'Not found.');

export class FakePatchwork {
  readonly patches: FakePatch[] = [];
  readonly checks: FakeCheck[] = [];
  /** `GET /api/1.3/…`, as they came. */
  readonly asked: string[] = [];
  /** What neither side may do: requests and answers that the description does not have. */
  readonly faults = new Set<string>();
  /** Asked at each request. */
  disturb: (request: string) => Disturbance | null = () => null;
  readonly #server: Server;
  readonly #backend: OpenAPIBackend;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#backend = new OpenAPIBackend({
      definition: JSON.parse(readFileSync(description, 'utf8')) as Document,
      ajvOpts: { strict: false, formats: { uri: isUri, iso8601: isDate, email: /@/ } },
      handlers: this.#handlers(),
      securityHandlers: {
        apiKeyAuth: ({ request }: Context) => userOf(String(request.headers.authorization)) !== null,
      },
    });
  }

  static async start(): Promise<FakePatchwork> {
    const fake = new FakePatchwork();
    await fake.#backend.init();
    await new Promise<void>((ready) => fake.#server.listen(0, '127.0.0.1', ready));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** The state that its page shows of a user's checks in a context: that of the newest. */
  shown(patch: number, context: string): string | null {
    return this.checks.findLast((one) => one.patch === patch && one.context === context)?.state ?? null;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    this.asked.push(line);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const disturbed = this.disturb(line);
    if (disturbed === 'silence') return;
    if (disturbed === 'hang up') return void request.socket.destroy();
    if (disturbed !== null && disturbed !== 'lost') {
      response.writeHead(disturbed.status, disturbed.headers).end(disturbed.body ?? '');
      return;
    }
    const { status, body, headers } = await this.#answer(request, Buffer.concat(chunks).toString('utf8'));
    if (disturbed === 'lost') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  async #answer(request: IncomingMessage, body: string): Promise<Reply> {
    const { method = 'GET' } = request;
    const url = new URL(request.url ?? '/', this.url);
    // Its paths end in a slash, though the description's do not; a POST to any other is an error of the server.
    if (!url.pathname.endsWith('/'))
      return method === 'GET'
        ? { status: 301, body: '', headers: { location: `${url.pathname}/${url.search}` } }
        : { status: 500, body: 'RuntimeError' };
    const { authorization } = request.headers;
    if (authorization !== undefined && userOf(authorization) === null) return refusal(403, 'Invalid token.');
    const asked = {
      ...{ method, path: url.pathname.slice(0, -1), query: url.search.slice(1), body },
      headers: request.headers as Record<string, string>,
    };
    const reply = (await this.#backend.handleRequest(asked)) as Reply;
    const operation = this.#backend.matchOperation(asked);
    if (operation === undefined) return reply;
    const { errors } = this.#backend.validateResponse(reply.body, operation, reply.status);
    if (errors?.length) this.faults.add(`the answer ${reply.status} is off: ${JSON.stringify(errors[0])}`);
    return reply;
  }

  #handlers() {
    return {
      patches_list: ({ request: { query } }: Context) => {
        const found = this.patches.filter(
          ({ msgid, project }) =>
            (query.msgid === undefined || msgid === `<${query.msgid}>`) &&
            (query.project === undefined || project.toLowerCase() === String(query.project).toLowerCase()),
        );
        return { status: 200, body: found.map((one) => this.#patch(one)) };
      },
      checks_list: ({ request: { params, query } }: Context) => {
        const patch = Number(params.patch_id);
        if (!this.patches.some(({ id }) => id === patch)) return notFound;
        const found = this.checks.filter(
          (one) => one.patch === patch && (query.context === undefined || one.context === query.context),
        );
        const ordered = query.order === '-id' ? found.toReversed() : found;
        const size = Math.min(250, Number(query.per_page ?? 30));
        return { status: 200, body: ordered.slice(0, size).map((one) => this.#check(one)) };
      },
      checks_create: ({ request: { params, requestBody, headers } }: Context) => {
        const patch = this.patches.find(({ id }) => id === Number(params.patch_id));
        if (patch === undefined) return notFound;
        const username = userOf(String(headers.authorization ?? ''));
        if (username !== 'bot' || patch.project !== maintained) return forbidden;
        const { state, context = 'default', target_url = null, description: text = null } = requestBody;
        if (target_url && !isSeenAsUrl(target_url))
          return { status: 400, body: { target_url: ['Enter a valid URL.'] } };
        const check = { id: this.checks.length + 1, patch: patch.id, username, state, context, target_url };
        // Blanks around it are taken away.
        this.checks.push({ ...check, description: text === null ? null : text.trim() });
        return { status: 201, body: this.#check(this.checks.at(-1)!) };
      },
      unauthorizedHandler: () => forbidden,
      validationFail: ({ validation, request }: Context) => {
        this.faults.add(`the request ${request.method} ${request.path} is off: ${JSON.stringify(validation.errors)}`);
        return refusal(400, 'not as patchwork describes it');
      },
      notFound: () => {
        this.faults.add('a path that the description does not have');
        return notFound;
      },
    };
  }

  #patch({ id, msgid, project }: FakePatch): object {
    const at = `${this.url}/api/1.3`;
    const listed = { list_id: `${project}.example.org`, list_email: `${project}@example.org`, web_url: at };
    const urls = {
      scm_url: at,
      webscm_url: at,
      list_archive_url: at,
      list_archive_url_format: at,
      commit_url_format: at,
    };
    const page = { web_url: `${this.url}/project/${project}/`, list_archive_url: null, mbox: `${this.url}/mbox/` };
    const links = { comments: `${at}/patches/${id}/comments/`, checks: `${at}/patches/${id}/checks/` };
    const nothing = {
      commit_ref: null,
      pull_url: null,
      archived: false,
      delegate: null,
      series: [],
      tags: {},
      related: [],
    };
    return {
      ...{
        id,
        url: `${at}/patches/${id}/`,
        msgid,
        date: '2026-01-02T03:04:05',
        name: '[v2] x',
        hash: 'f00',
        state: 'new',
      },
      project: { id: 1, url: `${at}/projects/1/`, name: project, link_name: project, ...listed, ...urls },
      submitter: { id: 1, url: `${at}/people/1/`, name: 'Ada', email: 'ada@example.org' },
      ...{ ...page, ...links, ...nothing, check: 'pending' },
    };
  }

  #check({ id, patch, username, ...check }: FakeCheck): object {
    const at = `${this.url}/api/1.3`;
    const names = { username, first_name: 'a', last_name: 'b', email: 'bot@example.org' };
    return {
      ...{ id, url: `${at}/patches/${patch}/checks/${id}/`, date: '2026-11-27T02:40:23.312397', ...check },
      user: { id: 1, url: `${at}/users/1/`, ...names },
    };
  }
}

const isUri = (text: string) => URL.canParse(text);
const isDate = (text: string) => !Number.isNaN(Date.parse(text));
/** A host of one word is none to it, but localhost. */
const isSeenAsUrl = (text: string) => /^https?:\/\/(localhost|[^/:]+\.[^/:]+)(:\d+)?(\/|$)/.test(text);
const userOf = (authorization: string) => tokens[/^Token (\S+)$/.exec(authorization)?.[1] ?? ''] ?? null;
