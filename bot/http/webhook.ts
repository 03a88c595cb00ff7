/**
 * Deliveries of GitHub's webhook: `POST /github/webhook`. Whoever knows the secret has signed the very bytes of the body
 * (X-Hub-Signature-256); that is looked at before anything in them is. What a delivery is about says whoever takes it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Log } from '../serve/log.ts';
import type { Secret } from '../settings/secret.ts';
import type { HttpLimits } from './limits.ts';
import { readToken } from './tokens.ts';

export interface Webhook {
  readonly secret: Secret;
  /** @throws where it is not taken: GitHub shows that as failed, and it can be delivered again */
  readonly take: (delivery: Delivery) => Promise<Taken>;
}
interface Delivery {
  /** The same when it is delivered again. */
  readonly id: string;
  readonly event: string;
  /** Any JSON at all. */
  readonly payload: unknown;
}
/** What was made of it, in words for the page of GitHub that shows deliveries. */
interface Taken {
  readonly how: 'taken' | 'known' | 'ignored' | 'garbage';
  readonly why: string;
}

interface WebhookOptions extends Webhook {
  readonly limits: HttpLimits;
  readonly log: Log;
  readonly now: () => Date;
}

/** A flood of requests must run no command. */
const keptMs = 60_000;

export function registerWebhook(app: FastifyInstance, { secret, take, limits, log, now }: WebhookOptions): void {
  let read: ReturnType<typeof readToken> | null = null;
  let readAt = 0;
  const keyOf = () => {
    const at = now().getTime();
    if (read === null || Math.abs(at - readAt) > keptMs)
      [read, readAt] = [readToken(secret, AbortSignal.timeout(keptMs)), at];
    return read;
  };
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limits.deliveryBytes }, (_, body, done) =>
    done(null, body),
  );
  app.post('/github/webhook', {
    config: { counted: 'webhook' },
    bodyLimit: limits.deliveryBytes,
    // Who has nothing to show is not read from.
    onRequest: async ({ headers }, reply) => {
      if (signatureIn(headers['x-hub-signature-256']) === null)
        return say(reply, 401, 'a delivery is signed: set a secret where the webhook is set');
    },
    handler: async ({ headers, body }, reply) => {
      const { value, problem } = await keyOf();
      if (problem !== null) {
        log.error({ why: problem.text }, 'deliveries of the webhook cannot be checked');
        return say(reply, 503, 'it cannot be checked just now');
      }
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      const given = signatureIn(headers['x-hub-signature-256']);
      const wanted = createHmac('sha256', value).update(bytes).digest();
      if (given === null || !timingSafeEqual(given, wanted)) return say(reply, 401, 'it is signed with another secret');
      const [id, event] = [headers['x-github-delivery'], headers['x-github-event']];
      if (!isName(id) || !isName(event)) return say(reply, 400, 'a delivery says its id and its event');
      const payload = jsonIn(bytes);
      if (payload === undefined) return say(reply, 400, 'it is no JSON: set the content type application/json');
      const { how, why } = await take({ id, event, payload });
      log[how === 'garbage' ? 'warn' : 'info']({ delivery: id, event, how, why }, 'the webhook delivers');
      return say(reply, how === 'garbage' ? 400 : 200, `${how}: ${why}`);
    },
  });
}

const say = (reply: FastifyReply, status: number, text: string) =>
  reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);

const isName = (header: unknown): header is string => typeof header === 'string' && /^[\w-]{1,64}$/.test(header);

/** Its 32 bytes; null where it is none. */
function signatureIn(header: unknown): Buffer | null {
  const [, digits] = /^sha256=([0-9a-f]{64})$/.exec(String(header)) ?? [];
  return digits === undefined ? null : Buffer.from(digits, 'hex');
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
