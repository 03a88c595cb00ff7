/**
 * What a process calls itself where others of the same database read it, and whether one that left its name has ended. Only of a
 * process of the same boot of the same machine, and of the same namespace of process ids, can that be told; of any other it is open.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** `HOST PID STARTED PLACE`: ids are given again, and a start time with its id is not; it is 0 where it cannot be read. */
export const processName = (): string => `${hostname()} ${process.pid} ${startOf(process.pid) ?? '0'} ${place()}`;

/** Whatever was added to their names. */
export const isSameProcess = (one: string, other: string): boolean => coreOf(one) === coreOf(other);
const coreOf = (name: string) => name.split(' ', 4).join(' ');

/** True where it is certain. */
export function isEnded(name: string): boolean {
  const [, pid = '', started = '', where] = name.split(' ');
  if (where === '?' || where !== place() || !/^[1-9]\d*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = startOf(Number(pid));
  return now !== null && started !== '0' && now !== started;
}

/** The boot and the namespace. */
function place(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '?';
  }
}

/** In ticks since the boot (proc(5), stat, 22); null where it cannot be read, `ended` of one that only its parent remembers. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /^[ZX]$/.test(fields[0] ?? '') ? 'ended' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
