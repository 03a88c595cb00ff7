/**
 * A value as it is answered. Who has no token that opens addresses gets them without their domain, wherever in it they stand: every
 * text is masked but what is known to hold something else that looks like one, above all a Message-ID. So a new field is masked.
 *
 * Example: `Ada <ada@example.org> asked in <20260101.1@example.org>` becomes `Ada <ada@…> asked in <20260101.1@example.org>` where
 * that id stands in a field of ids of the same value.
 */
import { maskedText } from '../mail/masked-text.ts';

/** Fields of Message-IDs, and of text that is our own to the letter. */
const kept: ReadonlySet<string> = new Set([
  ...['messageId', 'parent', 'about', 'root', 'thread', 'mails', 'next'],
  ...['schedule', 'fingerprint', 'fingerprints'],
]);
/** As JSON has it, with addresses. */
export const whole = (value: unknown): unknown => walk(value, '', (text) => text);

export function masked(value: unknown): unknown {
  const ids = new Set<string>();
  collect(value, '', ids);
  return walk(value, '', (text) => maskedText(text, ids));
}

function collect(value: unknown, key: string, ids: Set<string>): void {
  if (typeof value === 'string') {
    if (kept.has(key)) ids.add(value);
  } else if (Array.isArray(value)) for (const one of value) collect(one, key, ids);
  else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value)) collect(one, name, ids);
}

function walk(value: unknown, key: string, write: (text: string) => string): unknown {
  if (typeof value === 'string') return kept.has(key) ? value : write(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((one) => walk(one, key, write));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one, name, write)]));
}
