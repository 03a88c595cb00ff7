/**
 * A tarball (plain, .gz, .xz or .zst) → some of its files in a folder, and a list of all that it holds. It is read as a stream,
 * once; only plain files are written, under paths that stay inside; links are listed and never followed.
 */
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ExtractEvents, extract } from 'tar-stream';
import { fileBytesMax, isSafePath } from '../file.ts';
import { decompressorOf } from './decompressor.ts';

export interface Unpacked {
  readonly members: readonly Member[];
  readonly problem: string | null;
}
export interface Member {
  readonly path: string;
  /** `file` is in the folder, `packed` was not asked for. */
  readonly kind: 'file' | 'packed' | 'link' | 'too-large';
}

/** Of the stream that is unpacked, and of its members. */
const limits = { bytes: 16 * 2 ** 30, members: 500_000, pathLength: 4_096 } as const;

/** @param isWanted of a path in the tree; @param progress told the share of the tarball that was read, 0 to 1 */
export async function unpack(
  { archive, bytes, folder }: { readonly archive: string; readonly bytes: number; readonly folder: string },
  isWanted: (path: string) => boolean,
  progress: (share: number) => void,
): Promise<Unpacked> {
  const decompress = decompressorOf(archive);
  if (decompress === null)
    return { members: [], problem: 'it is no tar archive, nor one packed with gzip, xz or zstd' };
  const members = new Map<string, Member>();
  const reader = extract();
  const end = new EndOfArchive();
  let read = 0;
  const source = createReadStream(archive).on('data', (chunk) => {
    read += chunk.length;
    progress(read / bytes);
  });
  const piped = pipeline([source, ...decompress(), end, reader]);
  const taken = takeAll(reader, { members, folder, isWanted });
  // Of the two, the decompressor says better what is wrong.
  for (const outcome of await Promise.allSettled([piped, taken]))
    if (outcome.status === 'rejected') return { members: [], problem: textOf(outcome.reason) };
  if (!end.seen) return { members: [], problem: 'it ends before its last block' };
  return { members: [...members.values()], problem: null };
}

const textOf = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason));

type Entry = ExtractEvents['entry'][1];

async function takeAll(
  reader: AsyncIterable<Entry>,
  out: {
    readonly members: Map<string, Member>;
    readonly folder: string;
    readonly isWanted: (path: string) => boolean;
  },
): Promise<void> {
  let top: string | null = null;
  for await (const entry of reader) {
    const { name, type, size = 0 } = entry.header;
    const plain = name.replace(/^(\.\/)+/, '');
    // A release has all under one folder, which is no part of the paths.
    top ??= topOf(plain);
    const path = plain.startsWith(top) ? plain.slice(top.length) : '';
    const isFile = type === 'file' || type === 'contiguous-file';
    const isLink = type === 'symlink' || type === 'link';
    if ((!isFile && !isLink) || path.length > limits.pathLength || path.endsWith('/') || !isSafePath(path)) {
      entry.resume();
      continue;
    }
    if (out.members.size >= limits.members) throw new Error(`it has more than ${limits.members} files`);
    const wanted = isFile && out.isWanted(path);
    const kind = isLink ? 'link' : !wanted ? 'packed' : size > fileBytesMax ? 'too-large' : 'file';
    out.members.set(path, { path, kind });
    if (kind === 'file') await write(entry, join(out.folder, path));
    else entry.resume();
  }
}

async function write(entry: Entry, file: string): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.concat(chunks));
}

/** `linux-source-6.1/`; '' where the tree lies there without a folder around it. */
const topOf = (name: string) =>
  /^(arch|include|kernel|lib|mm|init|scripts)\//.test(name) ? '' : (/^[^/]+\//.exec(name)?.[0] ?? '');

/** A tar archive ends in two blocks of zeros; without them it was cut. */
class EndOfArchive extends Transform {
  #zeros = 0;
  #bytes = 0;

  get seen(): boolean {
    return this.#zeros >= 1024;
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.#bytes += chunk.length;
    let at = chunk.length;
    while (at > 0 && chunk[at - 1] === 0 && chunk.length - at < 1024) at--;
    this.#zeros = chunk.length - at + (at === 0 ? this.#zeros : 0);
    done(this.#bytes > limits.bytes ? new Error(`it unpacks to more than ${limits.bytes} bytes`) : null, chunk);
  }
}
