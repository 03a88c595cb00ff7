/** How a tarball is packed, by its first bytes, and the streams that unpack it. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

const rows: readonly (readonly [magic: string, make: () => Duplex])[] = [
  ['fd377a585a00', xz],
  ['1f8b', createGunzip],
  ['28b52ffd', createZstdDecompress],
];

/** None for a plain tar archive; null for what is none. */
export function decompressorOf(archive: string): (() => Duplex[]) | null {
  const head = headOf(archive);
  const row = rows.find(([magic]) => head.toString('hex').startsWith(magic));
  if (row !== undefined) return () => [row[1]()];
  return head.toString('latin1', 257, 262) === 'ustar' ? () => [] : null;
}

function headOf(archive: string): Buffer {
  const head = Buffer.alloc(512);
  const file = openSync(archive, 'r');
  try {
    return head.subarray(0, readSync(file, head));
  } finally {
    closeSync(file);
  }
}

/** Node has no xz of its own. */
function xz(): Duplex {
  const child = spawn('xz', ['--decompress', '--stdout', '--threads=0'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk) => said.push(chunk));
  // It may stop reading before all is written: what it says then is what is wrong.
  child.stdin.on('error', () => {});
  const ended = new Promise<string | null>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? 'xz is not installed (Debian: xz-utils)' : error.message),
    );
    child.on('close', (status) => resolve(status === 0 ? null : Buffer.concat(said).toString().trim()));
  });
  const output = async function* () {
    yield* child.stdout;
    const problem = await ended;
    if (problem !== null) throw new Error(problem);
  };
  return Duplex.from({ writable: child.stdin, readable: output() });
}
