/**
 * What the daemon says of itself, one JSON object a line on standard error. A line about a mail has its Message-ID in `messageId`;
 * a secret reaches no line, for nothing that holds one is ever logged, and its usual names are blotted out besides.
 */
import { type Logger, pino } from 'pino';
import type { Settings } from '../settings/schema.ts';

export type Log = Logger;

const secrets = ['password', 'pass', 'token', 'accessToken', 'key', 'secret', 'authorization'];

/** @param write where lines go; standard error by default */
export function openLog(level: Settings['logLevel'], write?: { write(line: string): void }): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
  };
  return write === undefined ? pino(options, pino.destination({ dest: 2, sync: true })) : pino(options, write);
}
