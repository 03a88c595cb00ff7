import { connect, createServer, type Socket } from 'node:net';

/** To a port of this host; cut, nothing goes through and nobody is told. */
export class Way {
  isCut = false;
  readonly port: number;
  readonly #sockets = new Set<Socket>();
  readonly #end: () => void;

  static async open(to: number): Promise<Way> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const way = new Way(typeof address === 'object' && address !== null ? address.port : 0, () => server.close());
    server.on('connection', (from) => way.#join(from, connect(to, '127.0.0.1')));
    return way;
  }

  private constructor(port: number, end: () => void) {
    this.port = port;
    this.#end = end;
  }

  #join(from: Socket, to: Socket): void {
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('data', (data) => void (this.isCut || other.write(data)));
      one.on('end', () => void (this.isCut || other.end()));
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#end();
  }
}
