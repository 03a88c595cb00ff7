/**
 * Hosts on this machine: each a namespace of its own for the network, its name and its processes, with one link to a router. What
 * the router drops is dropped without a word, as by a cable that is cut; a host that is killed is gone with its address, and no
 * connection of it is ended.
 *
 * The router is the process that makes them, begun by `inNamespaces`: it has such namespaces too, which end with it, and all
 * others with them. So nothing is left however it ends, and the machine's own network never sees anything of it.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder, missing, type Where } from './server.ts';

const programs = { ip: 'iproute2', tc: 'iproute2', unshare: 'util-linux', nsenter: 'util-linux' };
const namespaces = ['--net', '--uts', '--pid', '--mount-proc', '--fork', '--kill-child=KILL'] as const;

/** The reason that there can be none here; false where they can. */
export function hostsAbsent(): string | false {
  if (process.getuid?.() !== 0) return 'hosts in namespaces need root';
  const absent = missing(programs);
  if (absent !== false) return absent;
  const trial =
    'ip link add try0 type veth peer name try1 && ip rule add from 10.0.0.1 to 10.0.0.2 blackhole && tc qdisc add dev try0 root tbf rate 1mbit burst 4kb latency 1s';
  const { status, stderr } = spawnSync('unshare', [...namespaces, 'sh', '-c', trial], { encoding: 'utf8' });
  return status !== 0 && `this machine refuses hosts in namespaces: ${stderr.trim()}`;
}

/**
 * Runs a program of ours as the router, in a folder for temporary files that goes with it.
 *
 * @param tell what it says meanwhile, by lines of standard error
 * @returns what it printed, and its exit status
 */
export async function inNamespaces(
  program: string,
  words: readonly string[],
  tell: (line: string) => void,
): Promise<{ readonly status: number | null; readonly stdout: string }> {
  const folder = makeFolder('hosts');
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces, process.execPath, program, ...words],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: folder.path } },
  );
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  // A signal ends it, and what it has started, before the folder goes.
  const stop = () => process.exit(130);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  createInterface(child.stderr).on('line', tell);
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  const [status] = await once(child, 'close');
  process.off('exit', end).off('SIGINT', stop).off('SIGTERM', stop);
  folder.remove();
  return { status, stdout };
}

/** Of a link, each way. What does not fit waits, and what waits too long is dropped. */
const queueMs = 3_000;
let rules = 0;

export class Network {
  #hosts = 0;

  /** @throws Error outside of `inNamespaces` */
  constructor() {
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    ip('link', 'set', 'lo', 'up');
  }

  async host(name: string): Promise<Host> {
    const host = new Host(name, ++this.#hosts);
    await host.start();
    return host;
  }
}

export class Host {
  readonly name: string;
  readonly #number: number;
  #shell: ChildProcess | null = null;
  /** The first process of its namespace, by the router's numbers. */
  #first = 0;
  #space: string | null = null;

  constructor(name: string, number: number) {
    this.name = name;
    this.#number = number;
  }

  get address(): string {
    return `10.77.${this.#number}.2`;
  }

  /** For a server, which is ended by its own number. */
  get where(): Where {
    return { host: this.address, enter: ['nsenter', `--target=${this.#first}`, '--net', '--'] };
  }

  /** What leads a command that is to be a process of it altogether. */
  get enter(): readonly string[] {
    return ['nsenter', `--target=${this.#first}`, '--net', '--uts', '--pid', '--mount', '--'];
  }

  /** With nothing on it. */
  async start(): Promise<void> {
    const script = `echo ${this.name.replaceAll(' ', '-')} > /proc/sys/kernel/hostname; echo up; exec sleep infinity`;
    const shell = spawn('unshare', [...namespaces, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(shell.stdout, 'data');
    this.#first = childrenOf(shell.pid ?? 0)[0] ?? 0;
    this.#space = spaceOf(this.#first);
    this.#shell = shell;
    spawnSync('ip', ['route', 'del', 'blackhole', this.#subnet]);
    ip('link', 'add', this.#link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(this.#first));
    ip('addr', 'add', `10.77.${this.#number}.1/30`, 'dev', this.#link);
    ip('link', 'set', this.#link, 'up');
    this.#inside('ip', 'link', 'set', 'lo', 'up');
    this.#inside('ip', 'addr', 'add', `${this.address}/30`, 'dev', 'eth0');
    this.#inside('ip', 'link', 'set', 'eth0', 'up');
    this.#inside('ip', 'route', 'add', 'default', 'via', `10.77.${this.#number}.1`);
  }

  /** All of it at once: it says good-bye to nobody, and nobody is told that it is not there. */
  async kill(): Promise<void> {
    const shell = this.#shell;
    if (shell === null) return;
    this.#shell = null;
    ip('link', 'del', this.#link);
    ip('route', 'add', 'blackhole', this.#subnet);
    const ended = once(shell, 'exit');
    process.kill(this.#first, 'SIGKILL');
    await ended;
    while (this.#processes().length > 0) await sleep(10);
  }

  /** Its processes stand still, until the end of that; its connections stay. */
  freeze(): () => void {
    const frozen = this.#processes();
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    return () => {
      // Whoever has let one in stands still with it.
      for (const pid of [...frozen, ...frozen.map(parentOf)]) if (pid > 1) process.kill(pid, 'SIGCONT');
    };
  }

  /** What it sends to the other is dropped, until the end of that. */
  cutTo(other: Host): () => void {
    const order = String(++rules);
    ip('rule', 'add', 'pref', order, 'from', this.address, 'to', other.address, 'blackhole');
    return () => ip('rule', 'del', 'pref', order);
  }

  slow(kilobitsPerSecond: number): () => void {
    const rate = ['root', 'tbf', 'rate', `${kilobitsPerSecond}kbit`, 'burst', '4kb', 'latency', `${queueMs}ms`];
    execFileSync('tc', ['qdisc', 'add', 'dev', this.#link, ...rate]);
    this.#inside('tc', 'qdisc', 'add', 'dev', 'eth0', ...rate);
    return () => {
      execFileSync('tc', ['qdisc', 'del', 'dev', this.#link, 'root']);
      this.#inside('tc', 'qdisc', 'del', 'dev', 'eth0', 'root');
    };
  }

  get #link(): string {
    return `host${this.#number}`;
  }

  get #subnet(): string {
    return `10.77.${this.#number}.0/30`;
  }

  #inside(...words: readonly string[]): void {
    execFileSync('nsenter', [`--target=${this.#first}`, '--net', '--', ...words]);
  }

  #processes(): readonly number[] {
    return pids().filter((pid) => spaceOf(pid) === this.#space);
  }
}

function ip(...words: readonly string[]): void {
  execFileSync('ip', words);
}

const pids = () => readdirSync('/proc').map(Number).filter(Number.isInteger);

/** Processes that it began and that run. */
export const childrenOf = (pid: number): readonly number[] => pids().filter((other) => parentOf(other) === pid);

/** 0 where there is no such process. */
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

/** Its namespace of process ids; null where there is no such process. */
function spaceOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return null;
  }
}
