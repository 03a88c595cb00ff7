/**
 * How much a client asks. Each has a bucket that fills by `requestsPerMinute` and holds a minute of them; what is over is refused
 * with the time to wait. A client is an IPv4 address, or a network of IPv6 (/64: one subscriber). Memory is bounded: of more
 * clients than are counted, those that asked longest ago start anew.
 */
import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../serve/log.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Counted by itself under this name. */
    readonly counted?: string;
  }
}

interface Counting {
  readonly requestsPerMinute: number;
  readonly clientsMax: number;
  readonly now: () => Date;
  readonly log: Log;
}
interface Bucket {
  tokens: number;
  at: number;
  isTold: boolean;
}

export function countRequests(app: FastifyInstance, { requestsPerMinute, clientsMax, now, log }: Counting): void {
  const buckets = new Map<string, Bucket>();
  app.addHook('onRequest', async (request, reply) => {
    const { counted = '' } = request.routeOptions.config;
    const key = `${counted} ${networkOf(request.ip)}`;
    const at = now().getTime();
    const bucket = buckets.get(key) ?? { tokens: requestsPerMinute, at, isTold: false };
    // Last in the map is who asked last.
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > clientsMax) buckets.delete(buckets.keys().next().value ?? '');
    bucket.tokens = Math.min(
      requestsPerMinute,
      bucket.tokens + (Math.max(0, at - bucket.at) * requestsPerMinute) / 60_000,
    );
    bucket.at = at;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      bucket.isTold &&= bucket.tokens < requestsPerMinute / 2;
      return;
    }
    // Once, until it has been quiet for a while: a flood must not become one of lines.
    if (!bucket.isTold) log.warn({ client: request.ip }, 'a client asks too often');
    bucket.isTold = true;
    const seconds = Math.ceil(((1 - bucket.tokens) * 60) / requestsPerMinute);
    reply.header('retry-after', seconds);
    throw Object.assign(new Error(`at most ${requestsPerMinute} requests a minute; ask again in ${seconds} s`), {
      statusCode: 429,
    });
  });
}

function networkOf(ip: string): string {
  const plain = ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const front = head.split(':').filter((part) => part !== '');
  const back = tail.split(':').filter((part) => part !== '');
  const zeros = plain.includes('::') ? Array(Math.max(0, 8 - front.length - back.length)).fill('0') : [];
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}
