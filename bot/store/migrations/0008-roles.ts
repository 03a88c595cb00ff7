/**
 * Schema 8: several processes on several hosts: who does what only one may do, and how far the sources are read. A process of
 * before would post beside another, so that none of them may run.
 */
import type { Migration } from './migration.ts';

export const roles: Migration = {
  number: 8,
  name: 'roles',
  statements: [
    `create table singletons (
      name text primary key,
      holder text not null,
      epoch bigint not null,
      taken_at timestamptz not null,
      released boolean not null
    )`,
    `create table source_states (
      source text primary key,
      state text not null,
      problem text,
      read_at timestamptz,
      told_at timestamptz not null
    )`,
    'alter table threads add column run bigint not null default 0',
  ],
};
