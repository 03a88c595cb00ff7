/**
 * What was fetched, on disk: blobs by their id, and the answers to requests with their ETags. Files appear whole or not at
 * all, so that two processes may share a directory; one that is damaged is as good as absent.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { blobId } from '../file.ts';

const kept = z.object({ etag: z.string().nullable(), body: z.unknown() });
export type Kept = z.infer<typeof kept>;

export class GithubCache {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** A blob whose bytes have this id. */
  blob(id: string): Buffer | null {
    const bytes = readOr(this.#blobFile(id), (found) => found);
    return bytes !== null && blobId(bytes) === id ? bytes : null;
  }

  keepBlob(id: string, bytes: Buffer): void {
    keep(this.#blobFile(id), bytes);
  }

  /** @param request what tells one request from another: API base, route, parameters */
  answer(request: string): Kept | null {
    return readOr(this.#answerFile(request), (found) => kept.safeParse(parseOr(found.toString('utf8'))).data ?? null);
  }

  keepAnswer(request: string, answer: Kept): void {
    keep(this.#answerFile(request), JSON.stringify(answer));
  }

  #blobFile = (id: string) => join(this.#root, 'blobs', id.slice(0, 2), id);
  #answerFile = (request: string) =>
    join(this.#root, 'answers', `${createHash('sha256').update(request).digest('hex')}.json`);
}

function readOr<T>(file: string, use: (bytes: Buffer) => T): T | null {
  try {
    return use(readFileSync(file));
  } catch {
    return null; // not there yet, or not readable: fetched again
  }
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // damaged: as good as absent
  }
}

/** A cache that cannot be written costs requests, and nothing else. */
function keep(file: string, content: Buffer | string): void {
  const draft = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, content);
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true });
  }
}
