/**
 * Daemons of one role each, as processes of their own on one PostgreSQL: who posts is frozen in the middle of a mail, another takes
 * over, and the first goes on as if nothing had been.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { sourceSchema } from '../inbox/settings.ts';
import { Postgres, postgresAbsent } from '../servers/postgres.ts';
import type { Settings } from '../settings/schema.ts';
import { loadSettings } from '../settings/settings.ts';
import { keyOf } from '../store/lock-session.ts';
import { saveSourceState } from '../store/source-states.ts';
import { openStore } from '../store/store.ts';
import { startDaemon } from './daemon.ts';
import { openLog } from './log.ts';
import { poster } from './poster.ts';
import { readRoles } from './roles.ts';
import { Scene } from './testing/scene.ts';

test('roles are words with commas, once or several times', () => {
  const read = (...given: string[]) => {
    const { roles, problem } = readRoles(given);
    return problem ?? [...roles].join(' ');
  };
  assert.equal(read(), 'fetch analyse post http');
  assert.equal(read('post, http', 'fetch'), 'post http fetch');
  assert.equal(read('poster'), '"poster" is no role; roles are fetch, analyse, post, http');
  assert.equal(read(''), '"" is no role; roles are fetch, analyse, post, http');
});

test('a data directory has one process, which is told what to do', async () => {
  const settings = { ...loadSettings(), store: { directory: '/nowhere', url: null } };
  const { problem } = await startDaemon(settings, { log: openLog('error'), roles: new Set(['post'] as const) });
  assert.match(problem ?? '', /has one process, with all roles: set store.url to a PostgreSQL server/);
});

// Above what a busy machine may keep a process waiting.
const timing = { confirmMs: 300, leaseMs: 4_000, takeoverMs: 5_000, vanishedMs: 6_000 };

test('who posts is frozen in the middle of a mail, and goes on when another has posted it: it is sent once', {
  ...{ skip: postgresAbsent, timeout: 120_000 },
}, async (t) => {
  const postgres = await Postgres.start();
  t.after(() => postgres.stop());
  const url = await postgres.database();
  const smtp = await SlowSmtp.start();
  t.after(() => smtp.stop());
  const { store } = await openStore({ kind: 'server', url }, { holder: 'test' });
  const { db } = store!;
  t.after(() => store!.close());
  const scene = new Scene(store!);
  scene.time = new Date();
  await scene.begin({ state: 'due' });
  const settings: Settings = {
    ...{ ...loadSettings(), store: { directory: '/nowhere', url }, confirmMinutes: 0.01, http: null },
    smtp: { host: '127.0.0.1', port: smtp.port, tls: false, login: null, ca: null },
    sources: [sourceSchema.parse({ name: 'list', kind: 'maildir', path: '/nowhere' })],
  };
  // As the fetcher says it on another host.
  const reading = setInterval(() => {
    const now = new Date();
    const row = { source: 'list', state: 'waiting', problem: null, read_at: now, told_at: now };
    saveSourceState(db, row).catch(() => {});
  }, 200);
  t.after(() => clearInterval(reading));

  const first = await Host.start(settings, t);
  await smtp.asked(1);
  const second = await Host.start(settings, t);
  first.process.kill('SIGSTOP');
  await sql`select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and objid::bigint = ${keyOf(poster)}`.execute(db);
  await smtp.asked(2);
  smtp.goOn(2);
  await until(async () => (await scene.reply()).state === 'sent');
  assert.equal(smtp.taken, 1);
  assert.equal((await scene.reply()).attempts, 2);
  first.process.kill('SIGCONT');
  smtp.goOn(1);
  await first.said('what one process does is lost');
  await smtp.isClosed(1);
  assert.equal(smtp.taken, 1);
  assert.equal((await scene.reply()).state, 'sent');

  // Another takes over by itself from one that is killed.
  await scene.add({ message_id: 'r2@bot.example.org', state: 'due', kind: 'correction' });
  smtp.isSlow = false;
  second.process.kill('SIGKILL');
  await until(async () => (await scene.reply('r2@bot.example.org')).state === 'sent');
  assert.equal(smtp.taken, 2);
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

/** A daemon that posts. */
class Host {
  readonly process: ChildProcess;
  readonly #lines: string[] = [];
  #changed = () => {};

  static async start(settings: Settings, t: TestContext): Promise<Host> {
    const folder = mkdtempSync(join(tmpdir(), 'roles-'));
    const file = join(folder, 'settings.json');
    writeFileSync(file, JSON.stringify(settings));
    const host = new Host(file);
    t.after(() => {
      host.process.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });
    await host.said('started');
    return host;
  }

  private constructor(file: string) {
    const here = (name: string) => JSON.stringify(import.meta.resolve(name));
    const program = `
      import { readFileSync } from 'node:fs';
      import { startDaemon } from ${here('./daemon.ts')};
      import { openLog } from ${here('./log.ts')};
      const settings = JSON.parse(readFileSync(process.argv[1], 'utf8'));
      const context = { log: openLog('debug'), roles: new Set(['post']), timing: ${JSON.stringify(timing)} };
      const { problem } = await startDaemon(settings, context);
      if (problem !== null) throw new Error(problem);`;
    const words = ['--pdeathsig', 'KILL', '--', process.execPath, '--input-type=module', '-e', program, file];
    this.process = spawn('setpriv', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    createInterface(this.process.stderr!).on('line', (line) => {
      this.#lines.push(line);
      this.#changed();
    });
  }

  async said(words: string): Promise<void> {
    while (!this.#lines.some((line) => line.includes(words))) {
      if (this.process.exitCode !== null) throw new Error(this.#lines.join('\n'));
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

/** A mail server that lets each who has a mail wait until he is told to go on, and counts what it has taken. */
class SlowSmtp {
  taken = 0;
  isSlow = true;
  readonly port: number;
  readonly #waiting: Socket[] = [];
  readonly #server: ReturnType<typeof createServer>;
  #changed = () => {};

  static async start(): Promise<SlowSmtp> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return new SlowSmtp(server, typeof address === 'object' && address !== null ? address.port : 0);
  }

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.port = port;
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  /** So many have asked to hand a mail over. */
  async asked(count: number): Promise<void> {
    while (this.#waiting.length < count)
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
  }

  goOn(number: number): void {
    this.#waiting[number - 1]?.write('354 go on\r\n');
  }

  async isClosed(number: number): Promise<void> {
    const socket = this.#waiting[number - 1];
    if (socket !== undefined && !socket.closed) await once(socket, 'close');
  }

  stop(): void {
    for (const socket of this.#waiting) socket.destroy();
    this.#server.close();
  }

  #serve(socket: Socket): void {
    socket.on('error', () => {});
    socket.write('220 ready\r\n');
    let [isText, got] = [false, ''];
    socket.on('data', (data) => {
      got += data.toString('latin1');
      for (let end = got.indexOf('\r\n'); end >= 0; end = got.indexOf('\r\n')) {
        const line = got.slice(0, end);
        got = got.slice(end + 2);
        if (isText) {
          if (line !== '.') continue;
          isText = false;
          this.taken++;
          socket.write('250 taken\r\n');
        } else if (line === 'DATA') {
          isText = true;
          this.#waiting.push(socket);
          this.#changed();
          if (!this.isSlow) socket.write('354 go on\r\n');
        } else socket.write('250 ok\r\n');
      }
    });
  }
}
