/**
 * Has an author taken a patch back? Said in many words, so only the plain ones count, in what is not quoted: a line of its own
 * that begins so. What is missed costs a mail that was of no use; what is seen wrongly costs an answer, so the rows are few.
 */
import type { Message } from '../mail/message.ts';

const plain = [
  /^(please|pls) (ignore|drop|disregard|discard) (this|the) (patch|series|patchset|version|one|mail)\b/i,
  /^(please|pls) (ignore|disregard)( this)?[.!]?$/i,
  /^(i|we)( will|'ll| am|'m| are|'re)?( going to)? (withdraw|drop|retract)(p?ing)? (this|the) (patch|series|patchset|version)\b/i,
  /^(nack|nak|self-nak|self-nack)[.!]?$/i,
];

/** @param message an answer of the author's in the thread */
export function isRetraction({ body, subject }: Message): boolean {
  if (!/^re:/i.test(subject)) return false;
  const own = body.split('\n').filter((line) => !/^\s*>/.test(line));
  const end = own.findIndex((line) => line === '-- ' || line === '--');
  return (end < 0 ? own : own.slice(0, end)).some(
    (line) => line.length < 200 && plain.some((row) => row.test(line.trim())),
  );
}
