/**
 * A PostgreSQL server of a test's own: Debian's, in a temporary directory, on a Unix socket there, so that no port is taken. Run
 * as root it drops to nobody, for PostgreSQL refuses root. It ends with the test's process, however that ends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface PostgresServer {
  /** Of an empty database, made by this call. */
  database(): Promise<string>;
  stop(): Promise<void>;
}

/** What to install where it is not there. */
export const postgresPackage = 'postgresql-15';

const nobody = { name: 'nobody', group: 'nogroup', uid: 65_534, gid: 65_534 } as const;

/** @returns where initdb and postgres are; null where no version that we support is installed */
export function postgresBinaries(): string | null {
  const versions = globSync('/usr/lib/postgresql/*/bin').filter((bin) => existsSync(join(bin, 'initdb')));
  const number = (bin: string) => Number(bin.split('/')[4]);
  return versions.filter((bin) => number(bin) >= 13).sort((a, b) => number(b) - number(a))[0] ?? null;
}

export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'postgres-'));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(directory, nobody.uid, nobody.gid);
  const drop = isRoot ? ['--reuid', nobody.name, '--regid', nobody.group, '--clear-groups'] : [];
  const data = join(directory, 'data');
  const initdb = [
    join(binaries, 'initdb'),
    '-D',
    data,
    '-U',
    'test',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ];
  const made = spawnSync('setpriv', [...drop, ...initdb], { encoding: 'utf8', cwd: directory });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || made.error?.message}`);
  const server = spawn(
    'setpriv',
    [
      ...[...drop, '--pdeathsig', 'INT', join(binaries, 'postgres'), '-D', data, '-k', directory],
      ...['-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'max_connections=60'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd: directory },
  );
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000);
  });
  const url = (database: string) => `postgres://test@localhost/${database}?host=${directory}`;
  await untilReady(url('postgres'), server, () => log);
  let databases = 0;
  return {
    async database() {
      const name = `test${++databases}`;
      const client = new pg.Client(url('postgres'));
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return url(name);
    },
    async stop() {
      await ended(server);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, server: ChildProcess, log: () => string): Promise<void> {
  for (const until = Date.now() + 30_000; ; ) {
    if (server.exitCode !== null || Date.now() > until) throw new Error(`postgres does not start: ${log()}`);
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** SIGINT: connections are cut, and it goes in order. */
async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGINT');
  const late = setTimeout(() => server.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(late);
}
