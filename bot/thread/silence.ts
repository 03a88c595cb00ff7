/**
 * Mails that are never answered, whatever they hold (MAIL.md section 1, RFC 3834): one row each, with the reason a person is
 * told.
 */
import type { Message } from '../mail/message.ts';
import { readSubject } from './subject.ts';

interface Row {
  readonly reason: string;
  readonly holds: (message: Message) => boolean;
}

const header = (message: Message, name: string) => message.headers.get(name)?.trim() ?? '';
const bots = [
  /^lkp@intel\.com$/i,
  /^oliver\.sang@intel\.com$/i,
  /^syzbot/i,
  /^bot\+bpf-ci@/i,
  /^patchwork-bot\+/i,
  /^bugzilla-daemon@/i,
  /^sashiko/i,
  /^snowpatch/i,
  /^regzbot/i,
  /^kernelci/i,
  /^mailer-daemon@/i,
];

const rows: readonly Row[] = [
  {
    reason: 'it asks patchwork to ignore it (X-Patchwork-Hint: ignore)',
    holds: (mail) => /^ignore\b/i.test(header(mail, 'x-patchwork-hint')),
  },
  {
    reason: 'a program sent it (Auto-Submitted)',
    holds: (mail) => header(mail, 'auto-submitted') !== '' && !/^no\b/i.test(header(mail, 'auto-submitted')),
  },
  { reason: 'it is a bounce (null Return-Path)', holds: (mail) => header(mail, 'return-path') === '<>' },
  { reason: 'it is bulk mail (Precedence)', holds: (mail) => /^(bulk|junk)$/i.test(header(mail, 'precedence')) },
  { reason: 'its author is a bot', holds: (mail) => bots.some((bot) => bot.test(mail.from.address)) },
  { reason: 'it is our own', holds: (mail) => header(mail, 'x-scenario-bot') !== '' },
  { reason: 'it comes from the stable machinery', holds: (mail) => readSubject(mail.subject).machinery !== null },
];

/** Why a mail is not answered; null where it may be. */
export function silenceOf(message: Message): string | null {
  return rows.find((row) => row.holds(message))?.reason ?? null;
}
