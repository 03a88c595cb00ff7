/** What a client may take of us. How many connections, and how many requests a minute, the settings say. */
export const httpLimits = {
  /** Of a request that is no order. */
  bodyBytes: 64 << 10,
  orderBytes: 4 << 20,
  /** Of a webhook: a pull request is some 30 KB, and what people write in one at most 64 K characters. */
  deliveryBytes: 1 << 20,
  headerBytes: 16 << 10,
  /** A client that takes longer over its headers, or over all of its request, is cut off. */
  headersMs: 10_000,
  requestMs: 30_000,
  /** No byte in either direction for so long: somebody who does not read what was asked for. */
  idleMs: 60_000,
  keepAliveMs: 5_000,
  /** What is asked for when the server is told to close has so long. */
  closeMs: 5_000,
  requestsPerConnection: 1000,
  /** As bot/mail reads ids: RFC 5322's line, percent-encoded. */
  parameterLength: 3 * 998,
  /** Whose requests are counted; beyond it those that asked longest ago are forgotten. */
  clientsCounted: 10_000,
} as const;
export type HttpLimits = { readonly [Name in keyof typeof httpLimits]: number };
