/** A PgBouncer of our own before a PostgreSQL of ours, as its file says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Postgres } from './postgres.ts';
import { freePort, here, makeFolder, missing, Server } from './server.ts';

export const pgbouncerAbsent = missing({ pgbouncer: 'pgbouncer' });

/** @param lines of its file */
export async function startPgbouncer(
  postgres: Postgres,
  lines: readonly string[],
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const { path, remove } = makeFolder('pgbouncer');
  const file = join(path, 'pgbouncer.ini');
  const always = [`listen_addr = ${here.host}`, `listen_port = ${port}`, 'unix_socket_dir =', 'auth_type = any'];
  const text = [
    '[databases]',
    `* = host=${here.host} port=${postgres.port} user=test`,
    '[pgbouncer]',
    ...always,
    ...lines,
  ];
  writeFileSync(file, `${text.join('\n')}\n`);
  const server = await Server.start({ words: ['pgbouncer', file], folder: path, ports: [port], where: here });
  const stop = async () => {
    await server.stop();
    remove();
  };
  return { port, stop };
}
