/** Schema 7: verdicts by what they follow from, and which patches are being judged now. */
import type { Migration } from './migration.ts';

export const keptVerdicts: Migration = {
  number: 7,
  name: 'kept verdicts',
  statements: [
    `create table kept_verdicts (
      key text primary key,
      patch text not null,
      content bytea not null,
      made_at timestamptz not null default now(),
      used_at timestamptz not null default now()
    )`,
    'create index kept_verdicts_patch on kept_verdicts (patch)',
    'create index kept_verdicts_used on kept_verdicts (used_at)',

    `create table patch_claims (
      patch text primary key,
      holder text not null,
      until timestamptz not null
    )`,
  ],
};
