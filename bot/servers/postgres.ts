/** A PostgreSQL of our own, Debian's newest that is there; each test may have a database of it. */
import { appendFileSync, existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, here, makeFolder, missing, run, Server, type Where } from './server.ts';

const oldest = 13;
const versionOf = (bin: string) => Number(bin.split('/').at(-2));

/** Where its programs are; Debian's are on nobody's PATH. */
const programs = globSync('/usr/lib/postgresql/*/bin')
  .filter((bin) => versionOf(bin) >= oldest && existsSync(join(bin, 'initdb')))
  .sort((a, b) => versionOf(b) - versionOf(a))[0];

export const postgresAbsent = missing({ [join(programs ?? '/usr/lib/postgresql/15/bin', 'initdb')]: 'postgresql-15' });

export class Postgres {
  readonly port: number;
  readonly #folder: ReturnType<typeof makeFolder>;
  readonly #where: Where;
  #server: Server | null = null;
  #databases = 0;

  static async start(where = here): Promise<Postgres> {
    const postgres = new Postgres(await freePort(), where);
    const { path } = postgres.#folder;
    const words = ['-D', join(path, 'data'), '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    run({ words: [join(programs ?? '', 'initdb'), ...words], folder: path });
    if (where !== here) appendFileSync(join(path, 'data/pg_hba.conf'), 'host all all all trust\n');
    await postgres.restart();
    return postgres;
  }

  private constructor(port: number, where: Where) {
    this.port = port;
    this.#where = where;
    this.#folder = makeFolder('postgres');
  }

  async restart(): Promise<void> {
    const { path } = this.#folder;
    const settings = [
      `port=${this.port}`,
      `listen_addresses=${this.#where.host}`,
      `unix_socket_directories=${path}`,
      `max_connections=${this.#where === here ? 60 : 200}`,
    ];
    const words = ['-D', join(path, 'data'), ...settings.flatMap((setting) => ['-c', setting])];
    this.#server = await Server.start({
      words: [join(programs ?? '', 'postgres'), ...words],
      folder: path,
      ports: [this.port],
      where: this.#where,
    });
    await this.#answers();
  }

  /** An empty database. @returns its URL */
  async database(): Promise<string> {
    const name = `test${++this.#databases}`;
    await this.#ask(`create database ${name}`);
    return this.#url(name);
  }

  /** kill -9 of all of it. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#folder.remove();
  }

  readonly #url = (database: string) => `postgres://test@${this.#where.host}:${this.port}/${database}`;

  /** It takes connections before it answers: after a kill it first looks at what it had written. */
  async #answers(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#ask('select 1');
      } catch (error) {
        if (attempt === 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async #ask(text: string): Promise<void> {
    const client = new pg.Client(this.#url('postgres'));
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }
}
