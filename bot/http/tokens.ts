/**
 * Who asks, by the tokens of the settings. Secrets are kept as bot/settings/secret.ts says and read again every minute, so that
 * one that is renewed needs no restart, and a flood of requests runs no command.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { Log } from '../serve/log.ts';
import type { Scope } from '../settings/schema.ts';
import { readSecret, type Secret, type SecretRead } from '../settings/secret.ts';

export interface Token {
  readonly name: string;
  readonly secret: Secret;
  readonly scopes: readonly Scope[];
}
export interface TokenBearer {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

const keptMs = 60_000;
/** Less is guessed. */
const lengthMin = 20;

interface Known extends TokenBearer {
  readonly digest: Buffer;
}

export class Tokens {
  readonly #tokens: readonly Token[];
  readonly #log: Log;
  readonly #now: () => Date;
  #known: Promise<readonly Known[]> = Promise.resolve([]);
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(tokens: readonly Token[], { log, now }: { readonly log: Log; readonly now: () => Date }) {
    this.#tokens = tokens;
    this.#log = log;
    this.#now = now;
  }

  /** @param header of Authorization */
  readerOf(header: string | undefined): Promise<TokenBearer | null> {
    return this.#find(bearerIn(header) ?? passwordIn(header));
  }

  async writerOf(header: string | undefined): Promise<TokenBearer | null> {
    return this.#find(bearerIn(header));
  }

  async #find(token: string | null): Promise<TokenBearer | null> {
    if (token === null || token.length < lengthMin) return null;
    const at = this.#now().getTime();
    if (Math.abs(at - this.#readAt) > keptMs) {
      this.#readAt = at;
      this.#known = this.#read();
    }
    const digest = digestOf(token);
    let found: TokenBearer | null = null;
    for (const known of await this.#known) if (timingSafeEqual(known.digest, digest)) found = known;
    return found;
  }

  async #read(): Promise<readonly Known[]> {
    const read = await Promise.all(
      this.#tokens.map(async ({ name, secret, scopes }) => {
        const { value, problem } = await readToken(secret, AbortSignal.timeout(keptMs));
        if (problem === null) return [{ name, scopes: new Set(scopes), digest: digestOf(value) }];
        this.#log.error({ name, why: problem.text }, 'a token cannot be used');
        return [];
      }),
    );
    return read.flat();
  }
}

export async function readToken(secret: Secret, signal: AbortSignal): Promise<SecretRead> {
  const read = await readSecret(secret, signal);
  if (read.problem !== null || (read.value.length >= lengthMin && /^[!-~]+$/.test(read.value))) return read;
  const text = `a token has at least ${lengthMin} characters, without blanks: openssl rand -hex 32 makes one`;
  return { value: null, problem: { kind: 'no-secret', text } };
}

/** A browser asks its user then: anything as the name, the token as the password. */
export const askForToken = (reply: FastifyReply): FastifyReply =>
  reply.code(401).header('www-authenticate', 'Basic realm="scenario-bot", charset="UTF-8"');

const bearerIn = (header: string | undefined) => /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;

function passwordIn(header: string | undefined): string | null {
  const [, encoded = ''] = /^Basic +([\w+/=-]+) *$/i.exec(header ?? '') ?? [];
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : null;
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();
