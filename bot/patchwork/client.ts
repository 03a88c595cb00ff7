/**
 * The three things that are asked of a patchwork instance, by its REST API 1.3: which patch a mail is, which checks of a context
 * are on it, and one more check. Every way that it can go wrong is an answer: `later` may go another time, `refused` will not.
 *
 * Of what was asked and not answered nobody knows whether it was done. So who posts looks first, every time.
 */
import Bottleneck from 'bottleneck';
import { z } from 'zod';
import type { SecretRead } from '../settings/secret.ts';
import type { CheckResult } from '../store/tables.ts';

export interface PatchworkOptions {
  /** Of the instance, without a slash at its end. */
  readonly url: string;
  /** Its link name there. */
  readonly project: string;
  readonly token: () => Promise<SecretRead>;
  /** Between two requests. */
  readonly gapMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Answer<Value> =
  | { readonly kind: 'is'; readonly value: Value }
  /** @property waitMs what it asks for; null where it does not say */
  | { readonly kind: 'later'; readonly why: string; readonly waitMs: number | null }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string };

export interface CheckBody {
  readonly state: CheckResult;
  readonly context: string;
  readonly description: string;
  readonly target_url: string | null;
}

const checkShape = z.object({
  id: z.int(),
  user: z.object({ username: z.string() }),
  state: z.string(),
  context: z.string(),
  target_url: z.string().nullable(),
  description: z.string().nullable(),
});
export type PresentCheck = z.infer<typeof checkShape>;
const patchShape = z.object({ id: z.int(), msgid: z.string(), project: z.object({ link_name: z.string() }) });

/** The most that patchwork gives at once by default: more of one context is on no patch. */
const perPage = 250;
const answerBytesMax = 4 << 20;

interface Request<Value> {
  readonly path: string;
  readonly body?: CheckBody;
  /** What is read of the answer. */
  readonly shape: z.ZodType<Value>;
}

export class PatchworkClient {
  readonly #options: PatchworkOptions;
  readonly #limiter: Bottleneck;

  constructor(options: PatchworkOptions) {
    this.#options = options;
    this.#limiter = new Bottleneck({ maxConcurrent: 1, minTime: options.gapMs });
  }

  /**
   * A mail that went to several lists of one instance is a patch in each of their projects: that of our own counts.
   *
   * @returns null where it has no such patch, or not yet
   */
  async patchOf(messageId: string): Promise<Answer<number | null>> {
    const { project } = this.#options;
    const query = new URLSearchParams({ msgid: messageId, project });
    const answer = await this.#ask({ path: `patches/?${query}`, shape: z.array(patchShape) });
    if (answer.kind !== 'is') return answer;
    const own = answer.value.find(
      ({ msgid, project: { link_name } }) =>
        msgid === `<${messageId}>` && link_name.toLowerCase() === project.toLowerCase(),
    );
    return { kind: 'is', value: own?.id ?? null };
  }

  /** Newest first. */
  async checksOf(patchId: number, context: string): Promise<Answer<readonly PresentCheck[]>> {
    const query = new URLSearchParams({ context, order: '-id', per_page: String(perPage) });
    return this.#ask({ path: `patches/${patchId}/checks/?${query}`, shape: z.array(checkShape) });
  }

  async post(patchId: number, body: CheckBody): Promise<Answer<number>> {
    const answer = await this.#ask({ path: `patches/${patchId}/checks/`, body, shape: checkShape });
    return answer.kind === 'is' ? { kind: 'is', value: answer.value.id } : answer;
  }

  async #ask<Value>(request: Request<Value>): Promise<Answer<Value>> {
    const token = await this.#options.token();
    if (token.problem !== null) return { kind: 'later', why: token.problem.text, waitMs: null };
    return this.#limiter.schedule(() => this.#send(request, token.value));
  }

  async #send<Value>({ path, body, shape }: Request<Value>, token: string): Promise<Answer<Value>> {
    const { url, timeoutMs, signal } = this.#options;
    try {
      const response = await fetch(`${url}/api/1.3/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...{ accept: 'application/json', authorization: `Token ${token}`, 'user-agent': 'scenario-bot' },
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // Followed, a POST would become a GET; and the token is for this host alone.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      return answerOf(response, await textOf(response), shape);
    } catch (error) {
      return { kind: 'later', why: `${url} does not answer (${rootOf(error)})`, waitMs: null };
    }
  }
}

function answerOf<Value>({ status, headers }: Response, text: string, shape: z.ZodType<Value>): Answer<Value> {
  const said = `patchwork answers ${status}${wordsOf(text)}`;
  if (status === 200 || status === 201) {
    const read = shape.safeParse(jsonOf(text));
    if (read.success) return { kind: 'is', value: read.data };
    return { kind: 'later', why: 'patchwork answers what is none of its API', waitMs: null };
  }
  // A wrong token, or a user who may not, is the operator's to mend, and no fault of the check.
  if (status >= 500 || [401, 403, 408, 425, 429].includes(status))
    return { kind: 'later', why: said, waitMs: pauseOf(headers.get('retry-after')) };
  const moved =
    status >= 300 && status < 400 ? ` ${headers.get('location') ?? ''}: set patchwork.url to where it is` : '';
  return { kind: 'refused', status, why: `${said}${moved}` };
}

/** RFC 9110, 10.2.3: seconds or a date. */
function pauseOf(after: string | null): number | null {
  if (after === null) return null;
  const ms = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error('its answer has no end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Of an error: what its API says of itself, and no page. */
const wordsOf = (text: string) => (jsonOf(text) === null ? '' : `: ${text.replace(/\s+/g, ' ').slice(0, 300)}`);

/** fetch() says only that it failed; the network's own words are its cause. */
function rootOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : rootOf(error.cause);
}
