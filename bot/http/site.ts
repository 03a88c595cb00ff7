/** What the parts that answer share. */
import type { FastifyRequest } from 'fastify';
import type { TokenBearer } from './tokens.ts';

export interface Site {
  readonly now: () => Date;
  /**
   * Who asks, by a bearer token or, in a browser, by basic authentication with the token as password; null for nobody in
   * particular. Enough for reading; for what writes a bearer token is needed, which no page of somebody else's can send.
   */
  readonly readerOf: (request: FastifyRequest) => Promise<TokenBearer | null>;
}
