/** What counts as taking a patch back, and what does not, a row each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readMessage } from '../mail/message.ts';
import { isRetraction } from './retraction.ts';

function check(expected: boolean, text: string, subject = 'Re: [PATCH] x'): void {
  test(JSON.stringify(text), async () => {
    const raw = `From: ada@example.org\nSubject: ${subject}\nMessage-ID: <a@b>\n\n${text}\n`;
    assert.equal(isRetraction(await readMessage(Buffer.from(raw))), expected);
  });
}

check(true, 'Please ignore this patch.');
check(true, 'please drop this series, I sent the wrong one');
check(true, 'Please ignore.');
check(true, 'Pls disregard this');
check(true, "Hi,\n\nI'll drop this patch for now.");
check(true, 'We withdraw the series');
check(true, "I'm dropping this series");
check(true, 'I am going to drop this patch');
check(true, '> text\nNACK.\n');
check(true, 'self-nak');
check(false, 'Please ignore this patch.', '[PATCH] x');
check(false, '> Please ignore this patch.');
check(false, ' > Please ignore this patch.');
check(false, 'Fine.\n-- \nPlease ignore this patch.');
check(false, 'Please ignore the whitespace in this patch.');
check(false, 'Should I drop this patch?');
check(false, "I don't think we should drop this patch");
check(false, 'The kernel may drop this patch of memory');
check(false, `Please ignore this patch ${'x'.repeat(300)}`);
check(false, 'NACK to the idea that this is slow');
