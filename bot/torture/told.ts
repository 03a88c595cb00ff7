/** What processes of two versions tell of themselves in their logs: who wrote and who sent a reply, how long it took, and complaints. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Age = 'old' | 'new';
/** What happens to the processes, until something else does. */
export type What = 'nothing' | 'a host upgraded' | 'processes killed';

export interface Told {
  /** Replies by who wrote and who sent them, such as `old, new`. */
  readonly by: Readonly<Record<string, number>>;
  /** The longest that a thread waited, from the mail that came in to its reply that left, by what had happened when it came. */
  readonly longestWaitMs: Readonly<Record<What, number>>;
  readonly complaints: Readonly<Record<string, number>>;
}

/** Of each version and role, on each host. */
export const logOf = (host: number, age: Age, role: string): string => `${host}.${age}.${role}.log`;

/** @param happened in turn, and since when */
export function toldIn(folder: string, happened: readonly (readonly [What, number])[]): Told {
  const lines = linesIn(folder);
  const written = new Map<string, Age>();
  const taken = new Map<string, number>();
  const by: Record<string, number> = {};
  const complaints: Record<string, number> = {};
  const longestWaitMs: Record<What, number> = { nothing: 0, 'a host upgraded': 0, 'processes killed': 0 };
  for (const { age, at, level, msg, why, messageId = '', parent = '' } of lines) {
    if (msg === 'a mail is taken in') taken.set(messageId, taken.get(messageId) ?? at);
    if (msg === 'a reply is written') written.set(messageId, age);
    if (msg === 'handed to the server') {
      const key = `${written.get(messageId) ?? '?'}, ${age}`;
      by[key] = (by[key] ?? 0) + 1;
      const since = taken.get(parent) ?? at;
      const what = happened.findLast(([, from]) => from <= since)?.[0] ?? 'nothing';
      longestWaitMs[what] = Math.max(longestWaitMs[what], at - since);
    }
    if (level !== 'info' && level !== 'debug') {
      const key = `${age}: ${msg}${why === undefined ? '' : `: ${why}`}`;
      complaints[key] = (complaints[key] ?? 0) + 1;
    }
  }
  return { by, complaints, longestWaitMs };
}

interface Line {
  readonly age: Age;
  readonly at: number;
  readonly level: string;
  readonly msg: string;
  readonly why?: string;
  readonly messageId?: string;
  readonly parent?: string;
}

/** Of all processes, in the order of their clock. */
function linesIn(folder: string): readonly Line[] {
  const lines: Line[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    const age = file.split('.')[1] as Age;
    for (const text of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (text.trim() === '') continue;
      try {
        const { time, ...line } = JSON.parse(text);
        lines.push({ ...line, age, at: Date.parse(time) });
      } catch {
        // What comes before there is a log, or of node itself.
        lines.push({ age, at: 0, level: 'said', msg: text });
      }
    }
  }
  return lines.sort((one, other) => one.at - other.at);
}
