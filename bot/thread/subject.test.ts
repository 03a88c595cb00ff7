/** What a subject says of a mail, a row a form. Fields that are not named in a row have their plain values. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readSubject, type Subject } from './subject.ts';

const plain: Subject = {
  isReply: false,
  isPatch: true,
  version: 1,
  index: null,
  total: null,
  rfc: false,
  resend: false,
  stableTree: null,
  machinery: null,
  title: 'x: y',
};

function check(subject: string, expected: Partial<Subject>): void {
  test(subject, () => assert.deepEqual(readSubject(subject), { ...plain, ...expected }));
}

check('[PATCH] x: y', {});
check('[patch] x: y', {});
check('  [PATCH]   x: y ', {});
check('[PATCH]x: y', {});
check('[PATCH 2/3] x: y', { index: 2, total: 3 });
check('[PATCH 02/13] x: y', { index: 2, total: 13 });
check('[PATCH 0/3] x: y', { index: 0, total: 3 });
check('[PATCH 00/13] x: y', { index: 0, total: 13 });
check('[PATCH1/8] x: y', { index: 1, total: 8 });
check('[PATCH 1/1] x: y', { index: 1, total: 1 });
check('[PATCH v2] x: y', { version: 2 });
check('[PATCH V6] x: y', { version: 6 });
check('[PATCHv2] x: y', { version: 2 });
check('[PATCHv2 3/4] x: y', { version: 2, index: 3, total: 4 });
check('[PATCHv2,3/4] x: y', { version: 2, index: 3, total: 4 });
check('[PATCH-v3] x: y', { version: 3 });
check('[v4 PATCH] x: y', { version: 4 });
check('[v4 PATCH 1/2] x: y', { version: 4, index: 1, total: 2 });
check('[PATCH v12 10/11] x: y', { version: 12, index: 10, total: 11 });
check('[PATCH 3/4 v2] x: y', { version: 2, index: 3, total: 4 });
check('[PATCH, v2, 3/4] x: y', { version: 2, index: 3, total: 4 });

check('[RFC PATCH] x: y', { rfc: true });
check('[PATCH RFC] x: y', { rfc: true });
check('[RFC] x: y', { rfc: true });
check('[rfc v2 1/2] x: y', { rfc: true, version: 2, index: 1, total: 2 });
check('[RFCv3 1/2] x: y', { rfc: true, version: 3, index: 1, total: 2 });
check('[RFC PATCH v2 4/5] x: y', { rfc: true, version: 2, index: 4, total: 5 });
check('[PATCH/RFC v2] x: y', { rfc: true, version: 2 });
check('[RFC][PATCH 1/2] x: y', { rfc: true, index: 1, total: 2 });
check('[PATCH RESEND] x: y', { resend: true });
check('[RESEND PATCH v2 1/2] x: y', { resend: true, version: 2, index: 1, total: 2 });
check('[RESEND][PATCH] x: y', { resend: true });
check('[REPOST PATCH] x: y', { resend: true });
check('[PATCH REBASED v2] x: y', { version: 2 });

// Tree words; a version with a point is a stable tree.
check('[PATCH bpf-next v2 1/2] x: y', { version: 2, index: 1, total: 2 });
check('[PATCH -next] x: y', {});
check('[PATCH net-next,v3] x: y', { version: 3 });
check('[PATCH v5.10] x: y', { stableTree: 'v5.10' });
check('[PATCH 5.10] x: y', { stableTree: '5.10' });
check('[PATCH 5.4.y] x: y', { stableTree: '5.4.y' });
check('[PATCH 5.15.49] x: y', { stableTree: '5.15.49' });
check('[PATCH 6.1 012/345] x: y', { stableTree: '6.1', index: 12, total: 345 });
check('[PATCH v5.18 v2 1/2] x: y', { stableTree: 'v5.18', version: 2, index: 1, total: 2 });
check('[PATCH stable-5.10] x: y', { stableTree: 'stable-5.10' });
check('[PATCH linux-5.4.y] x: y', { stableTree: 'linux-5.4.y' });
check('[PATCH for-6.1 v2] x: y', { version: 2 });

// Several groups; brackets in a title are its own.
check('[linuxppc-dev] [PATCH 1/2] x: y', { index: 1, total: 2 });
check('[PATCH] [v2] x: y', { version: 2 });
check('[PATCH 6/7] x: [dis]arm y', { index: 6, total: 7, title: 'x: [dis]arm y' });
check('[PATCH] x: v2 of 3/4', { title: 'x: v2 of 3/4' });
check('[PATCH]', { title: '' });

// No patches.
check('x: y', { isPatch: false });
check('x: [PATCH] y', { isPatch: false, title: 'x: [PATCH] y' });
check('[ANNOUNCE] x: y', { isPatch: false });
check('[GIT PULL] x: y', { isPatch: false });
check('[linux-next] x: y', { isPatch: false });
check('[PATCHWORK] x: y', { isPatch: false });
check('[PATCH x: y', { isPatch: false, title: '[PATCH x: y' });
check('', { isPatch: false, title: '' });

// Answers.
check('Re: [PATCH v2 3/4] x: y', { isReply: true, version: 2, index: 3, total: 4 });
check('re: Re: RE: [PATCH] x: y', { isReply: true });
check('AW: [PATCH] x: y', { isReply: true });
check('Fwd: [PATCH] x: y', { isReply: true });
check('FW: [PATCH] x: y', { isReply: true });
check('Re[2]: [PATCH] x: y', { isReply: true });
check('Re : [PATCH] x: y', { isReply: true });
check('Re: AW: x: y', { isReply: true, isPatch: false });
check('Regression: [PATCH] x: y', { isPatch: false, title: 'Regression: [PATCH] x: y' });
check('[PATCH] Re: x: y', { title: 'Re: x: y' });

// The stable machinery submits nothing.
check('[PATCH AUTOSEL 5.10 3/9] x: y', {
  isPatch: false,
  machinery: 'AUTOSEL',
  stableTree: '5.10',
  index: 3,
  total: 9,
});
check('[AUTOSEL PATCH] x: y', { isPatch: false, machinery: 'AUTOSEL' });
check('[PATCH] x: explain AUTOSEL', { title: 'x: explain AUTOSEL' });
check('Patch "x: y" has been added to the 5.10-stable tree', {
  isPatch: false,
  machinery: 'stable queue',
  title: 'Patch "x: y" has been added to the 5.10-stable tree',
});
check('FAILED: patch "[PATCH] x: y" failed to apply to 5.10-stable tree', {
  isPatch: false,
  machinery: 'stable failure',
  title: 'FAILED: patch "[PATCH] x: y" failed to apply to 5.10-stable tree',
});

test('a hostile subject takes linear time', () => {
  const started = performance.now();
  for (const unit of ['[a]', 'Re: ', '[', 'Patch "', '[PATCH ', ' ', '9'])
    readSubject(unit.repeat((256 << 10) / unit.length));
  assert.ok(performance.now() - started < 5_000);
});
