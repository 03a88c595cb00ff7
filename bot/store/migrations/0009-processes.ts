/** Schema 9: the processes of the daemon, what each does, and what it has counted. */
import type { Migration } from './migration.ts';

export const processes: Migration = {
  number: 9,
  name: 'processes',
  oldest: 8,
  statements: [
    `create table processes (
      name text primary key,
      roles text[] not null,
      version text not null,
      started_at timestamptz not null,
      told_at timestamptz not null,
      ended boolean not null,
      counted jsonb not null
    )`,
  ],
};
