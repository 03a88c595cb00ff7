/**
 * One process a data directory: PGlite lets a second one open it, and both then write until nothing can be read. Held is a name,
 * not a file: a Linux abstract socket goes with its process, whatever ends it, so that a lock is never left behind. Its name is
 * made of the directory's device and inode, the same by every path. Who holds it answers on the socket.
 *
 * Abstract sockets belong to a network namespace: two containers that share a directory do not see each other's. Where there
 * are none, a Unix socket beside the database does the same; one that nobody answers on is left over, and is taken.
 */
import { rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Problem } from '../../analyzers/source/place.ts';

interface DirectoryLock {
  release(): Promise<void>;
}

type Locked =
  | { readonly lock: DirectoryLock; readonly problem: null }
  | { readonly lock: null; readonly problem: Problem };

const answerMs = 2_000;

/** @param holder what a second process is told of this one, such as the command */
export async function lockDirectory(directory: string, holder: string): Promise<Locked> {
  const address = addressOf(directory);
  const isFile = !address.startsWith('\0');
  for (let attempt = 0; ; attempt++) {
    const server = await listen(address, `process ${process.pid} (${holder}, since ${new Date().toISOString()})`);
    if (server !== null) return { lock: { release: () => close(server) }, problem: null };
    const other = await whoHolds(address);
    // Of a process that died: nobody listens. On Linux it may have gone between the two questions.
    if (other === null && attempt < 3) {
      if (isFile) rmSync(address, { force: true });
      continue;
    }
    const text = `${directory} is in use by ${other ?? 'a process that does not answer'}: stop it first, or ask it instead`;
    return { lock: null, problem: { kind: 'store-in-use', text } };
  }
}

function addressOf(directory: string): string {
  const { dev, ino } = statSync(directory);
  return process.platform === 'linux' ? `\0scenario-bot ${dev}:${ino}` : join(directory, 'lock');
}

/** @returns null where the address is taken */
function listen(address: string, answer: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(answer);
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));

/** @returns null where nobody listens; a holder that is busy is one that does not answer in time */
function whoHolds(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(address);
    const end = (who: string | null) => {
      socket.destroy();
      resolve(who);
    };
    socket.setTimeout(answerMs, () => end('a process that is too busy to say who it is'));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('end', () => end(answer));
    socket.on('error', () => end(null));
  });
}
