/**
 * Schema 3: caps count mails that left, and slots that those held back wait for, in place of filling buckets; an order to
 * analyse a thread again outlives the process that took it.
 */
import type { Migration } from './migration.ts';

export const slotsAndRetries: Migration = {
  number: 3,
  name: 'slots-and-retries',
  statements: [
    'alter table replies add column slot_at timestamptz',
    `update replies set slot_at = sent_at where state in ('sending', 'sent', 'confirmed')`,
    'create index replies_slot on replies (slot_at) where slot_at is not null',
    'drop table buckets',
    'alter table threads add column retried boolean not null default false',
  ],
};
