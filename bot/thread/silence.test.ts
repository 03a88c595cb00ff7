/** Which mails are never answered, a row each: raw headers, and what the reason has to speak of. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readMessage } from '../mail/message.ts';
import { silenceOf } from './silence.ts';

/** @param expected a part of the reason; null where the mail may be answered */
function check(headers: string, expected: string | null): void {
  test(headers.replaceAll('\n', ', '), async () => {
    const defaults = ['From: Ada <ada@example.org>', 'Subject: [PATCH] x'].filter(
      (line) => !headers.startsWith(line.slice(0, line.indexOf(':') + 1)),
    );
    const reason = silenceOf(await readMessage(Buffer.from([...defaults, headers, '', 'body'].join('\n'))));
    if (expected === null) assert.equal(reason, null);
    else assert.ok(reason?.includes(expected), `${reason} should speak of ${expected}`);
  });
}

check('To: list@example.org', null);
check('X-Patchwork-Hint: ignore', 'X-Patchwork-Hint');
check('x-patchwork-hint:  IGNORE  ', 'X-Patchwork-Hint');
check('X-Patchwork-Bot: notify', null);
check('Auto-Submitted: auto-generated', 'Auto-Submitted');
check('Auto-Submitted: Auto-Replied (by a rule)', 'Auto-Submitted');
check('Auto-Submitted: no', null);
check('Auto-Submitted: No', null);
check('Return-Path: <>', 'Return-Path');
check('Return-Path: <ada@example.org>', null);
check('Precedence: bulk', 'Precedence');
check('Precedence: Junk', 'Precedence');
check('Precedence: list', null);
check('X-Scenario-Bot: 0.1.0', 'our own');
check('From: kernel test robot <lkp@intel.com>', 'bot');
check('From: LKP <LKP@Intel.com>', 'bot');
check('From: kernel test robot <oliver.sang@intel.com>', 'bot');
check('From: syzbot <syzbot+0123@example.org>', 'bot');
check('From: bot+bpf-ci@example.org', 'bot');
check('From: patchwork-bot+netdevbpf@example.org', 'bot');
check('From: bugzilla-daemon@example.org', 'bot');
check('From: Sashiko <sashiko@example.org>', 'bot');
check('From: snowpatch@example.org', 'bot');
check('From: regzbot@example.org', 'bot');
check('From: MAILER-DAEMON@example.org', 'bot');
check('From: Bot Robotson <bot@example.org>', null);
check('From: lkp@example.org', null);
check('Subject: [PATCH AUTOSEL 5.10 1/2] x', 'stable machinery');
check('Subject: Patch "x" has been added to the 5.10-stable tree', 'stable machinery');
check('Subject: FAILED: patch "[PATCH] x" failed to apply to 5.10-stable tree', 'stable machinery');
check('Subject: [PATCH v5.10] x', null);
