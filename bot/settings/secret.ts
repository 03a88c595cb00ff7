/** A password or token, from where the settings say it is kept. What is wrong with it is said without it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Problem } from '../../analyzers/source/place.ts';

const line = z.string().regex(/^[^\p{Cc}]+$/u, 'must be one line');

/** Where a secret is kept. It is read again whenever it is used, so that one that is renewed needs no restart. */
export const secretSchema = z.union(
  [
    z.strictObject({ file: line.describe('its first line is the secret; readable by the bot alone') }),
    z.strictObject({ env: z.string().regex(/^\w+$/, 'is no name of an environment variable') }),
    z.strictObject({
      command: z.array(line).min(1).describe('words of a command, run without a shell; it prints the secret'),
    }),
  ],
  'must be one of { file: PATH }, { env: NAME }, { command: [WORD, …] }',
);
export type Secret = z.infer<typeof secretSchema>;

const limits = { commandMs: 30_000, bytes: 64 << 10 } as const;

export type SecretRead =
  | { readonly value: string; readonly problem: null }
  | { readonly value: null; readonly problem: Problem };

/** A password or a token: the first line. */
export async function readSecret(secret: Secret, signal: AbortSignal): Promise<SecretRead> {
  return read(secret, signal, (text) => text.split('\n')[0]?.trim() ?? '');
}

/** A key of several lines, such as PEM: all of it. */
export async function readKey(secret: Secret, signal: AbortSignal): Promise<SecretRead> {
  return read(secret, signal, (text) => text.trim());
}

async function read(secret: Secret, signal: AbortSignal, valueIn: (text: string) => string): Promise<SecretRead> {
  const missing = (text: string) => ({ value: null, problem: { kind: 'no-secret', text } });
  try {
    const [text, where] = await textOf(secret, signal);
    const value = valueIn(text ?? '');
    if (value === '') return missing(`${where} holds no secret: its first line must be the password or token`);
    return { value, problem: null };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const where = 'file' in secret ? secret.file : 'command' in secret ? secret.command[0] : secret.env;
    return missing(
      `the secret cannot be had of ${where} (${code ?? 'it failed'}); try it as the user that runs the bot`,
    );
  }
}

async function textOf(secret: Secret, signal: AbortSignal): Promise<readonly [string | undefined, string]> {
  if ('env' in secret) return [process.env[secret.env], `the environment variable ${secret.env}`];
  if ('file' in secret) return [await readFile(secret.file, { encoding: 'utf8', signal }), secret.file];
  const [program = '', ...words] = secret.command;
  const { stdout } = await promisify(execFile)(program, words, {
    ...{ signal, timeout: limits.commandMs, maxBuffer: limits.bytes, encoding: 'utf8' },
  });
  return [stdout, `what ${program} prints`];
}
