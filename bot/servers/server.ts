/**
 * Real servers for tests, started by them as an ordinary user on ports that are free, and gone with them: stop() in `after`,
 * at the exit of the process otherwise, and by a signal of the kernel where the process was killed.
 *
 * Run as root, everything here is run as the user nobody.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as timeout } from 'node:timers/promises';

const startMs = 20_000;

export interface User {
  readonly name: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
}

const asked = (...words: readonly string[]) => spawnSync('id', words, { encoding: 'utf8' }).stdout.trim();

function userFor(name: string): User {
  return { name, group: asked('-gn', name), uid: Number(asked('-u', name)), gid: Number(asked('-g', name)) };
}

/** Who the servers run as; without a name in a container that knows none. */
export const user: User = userFor(process.getuid?.() === 0 ? 'nobody' : asked('-un'));

/** The reason to skip: what is not installed, by package. False where all is there. */
export function missing(packages: Readonly<Record<string, string>>): string | false {
  if (!/^[a-z]/i.test(user.name)) return 'the user that runs this has no name, which servers need';
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  const isThere = (file: string) =>
    path.split(':').some((folder) => existsSync(join(folder, file))) || existsSync(file);
  const absent = Object.entries({ setpriv: 'util-linux', ...packages }).filter(([file]) => !isThere(file));
  return absent.length > 0 && `not installed: ${[...new Set(absent.map(([, name]) => name))].join(', ')}`;
}

/** What is to be done at the latest when the process ends. */
const leftovers = new Set<() => void>();
process.once('exit', () => {
  // The newest first: servers before the folders they write to.
  for (const clear of [...leftovers].reverse()) clear();
});

/** A folder that is theirs; `remove` takes it away. */
export function makeFolder(name: string): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `${name}-`));
  give(path);
  const remove = () => {
    leftovers.delete(remove);
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  };
  leftovers.add(remove);
  return { path, remove };
}

/** Theirs, and readable by everybody: a test that runs as root has made it. */
export function give(path: string): void {
  chmodSync(path, 0o755);
  if (process.getuid?.() === 0) chownSync(path, user.uid, user.gid);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const asUser = [
  ...['--pdeathsig', 'KILL'],
  ...(process.getuid?.() === 0 ? ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups'] : []),
  '--',
];

/** Where a server runs: this machine as it is, or a host of hosts.ts. */
export interface Where {
  readonly host: string;
  /** What a command is led by to run there. */
  readonly enter: readonly string[];
}
export const here: Where = { host: '127.0.0.1', enter: [] };

export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

const surroundings = ({ folder, env }: Command) => ({
  cwd: folder,
  env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: folder, LANG: 'C.UTF-8', ...env },
});

/** A command to its end. @throws Error with what it says */
export function run(command: Command & { readonly input?: string | Buffer }): string {
  const { status, stdout, stderr, error } = spawnSync('setpriv', [...asUser, ...command.words], {
    ...surroundings(command),
    ...(command.input === undefined ? {} : { input: command.input }),
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`${command.words.join(' ')}: ${error?.message ?? ''}${stderr}`);
  return stdout.toString();
}

export class Server {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';
  readonly #end = () => this.#signal('SIGKILL');

  /** Up when every port takes connections. */
  static async start(
    command: Command & { readonly ports: readonly number[]; readonly where?: Where },
  ): Promise<Server> {
    const { where = here, ports } = command;
    const server = new Server(command, where);
    for (const port of ports) await server.#answers({ host: where.host, port });
    return server;
  }

  private constructor(command: Command, { enter }: Where) {
    const [program = '', ...words] = [...enter, 'setpriv', ...asUser, ...command.words];
    this.#child = spawn(program, words, {
      ...surroundings(command),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that its children end with it.
      detached: true,
    });
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.on('error', (error) => {
      this.#said += error.message;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text) => {
        this.#said = `${this.#said}${text}`.slice(-4000);
      });
    leftovers.add(this.#end);
  }

  /** Of the process and of its group. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    const late = setTimeout(() => this.#signal('SIGKILL'), 5_000);
    await this.#ended;
    clearTimeout(late);
    this.#signal('SIGKILL');
    leftovers.delete(this.#end);
  }

  /** With all its children, at once. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#ended;
    leftovers.delete(this.#end);
  }

  #signal(name: NodeJS.Signals): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, name);
    } catch {
      // It has ended.
    }
  }

  async #answers(at: Address): Promise<void> {
    const deadline = performance.now() + startMs;
    while (!(await accepts(at))) {
      if (this.#child.exitCode !== null || performance.now() > deadline) {
        await this.kill();
        throw new Error(`${this.#child.spawnargs.join(' ')} is not up at ${at.host}:${at.port}: ${this.#said}`);
      }
      await timeout(20);
    }
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const accepts = ({ host, port }: Address) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
