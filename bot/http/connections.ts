/** Whoever does not speak HTTP, or too slowly: told once, cut off, logged. */
import type { Socket } from 'node:net';
import type { Log } from '../serve/log.ts';

const answers: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
};

export const endSlowClients =
  (log: Log) =>
  (error: NodeJS.ErrnoException, socket: Socket): void => {
    const { code = '' } = error;
    // A client that is gone is nothing to tell of.
    if (code === 'ECONNRESET' || socket.destroyed) return;
    log.info({ client: socket.remoteAddress, why: code }, 'a client is cut off');
    if (!socket.writable) return void socket.destroy();
    socket.end(`HTTP/1.1 ${answers[code] ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    // It may go on sending for ever.
    socket.setTimeout(1000, () => socket.destroy());
  };
