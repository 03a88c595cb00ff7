/** When a thread is analysed: at once where nothing more is to come, else when it has settled. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { takeMail } from '../intake/take.ts';
import { onPglite } from '../store/testing/engines.ts';
import { ignoreThread } from '../store/threads.ts';
import { lookAtThread } from './look.ts';
import { Scene } from './testing/scene.ts';

const settleMs = 60 * 60_000;
const diff = [
  'Text.',
  '---',
  ' arch/powerpc/kernel/trace/ftrace.c | 2 +-',
  '',
  'diff --git a/arch/powerpc/kernel/trace/ftrace.c b/arch/powerpc/kernel/trace/ftrace.c',
  '--- a/arch/powerpc/kernel/trace/ftrace.c',
  '+++ b/arch/powerpc/kernel/trace/ftrace.c',
  '@@ -1 +1 @@',
  '-int a;',
  '+int b;',
  '-- ',
  '2.0',
].join('\n');

onPglite((bench) => {
  /** @param subjects of the mails, which answer the first */
  const seen = async (subjects: readonly string[], more: (scene: Scene, threadId: number) => unknown = () => {}) => {
    const scene = new Scene(bench().store);
    for (const [index, subject] of subjects.entries()) {
      const raw = Buffer.from(
        `From: Ada <ada@example.org>\nTo: linuxppc-dev@lists.ozlabs.org\nSubject: ${subject}\nDate: Fri, 2 Jan 2026 03:0${index}:00 +0000\nMessage-ID: <m${index}@x>\n${index === 0 ? '' : 'In-Reply-To: <m0@x>\n'}\n${subject.includes(' 0/') || subject.startsWith('Re:') ? 'Text.' : diff}\n`,
      );
      const position = { kind: 'imap', mailbox: 'INBOX', uidValidity: '1', uid: index + 1 } as const;
      const look = { queue: scene.queue, settleMs, soonMs: 1_000 };
      await takeMail({ store: scene.store, look }, { raw, source: 'list', position }, scene.time);
    }
    const waiting = scene.jobs.splice(0).find(({ name }) => name === 'look')?.data;
    const threadId = waiting !== undefined && 'threadId' in waiting ? waiting.threadId : 0;
    await more(scene, threadId);
    await lookAtThread(threadId, scene);
    return scene.jobs
      .map(({ name, at }) => `${name} in ${(at.getTime() - scene.time.getTime()) / 60_000} minutes`)
      .join();
  };
  function check(name: string, subjects: readonly string[], expected: string): void {
    test(name, async () => assert.equal(await seen(subjects), expected));
  }
  const now = 'analyse in 0 minutes';
  const later = 'look in 60 minutes';
  check('a patch alone', ['[PATCH] x'], now);
  check('a series that is all there', ['[PATCH 0/2] x', '[PATCH 1/2] a', '[PATCH 2/2] b'], now);
  check('in any order', ['[PATCH 2/2] b', '[PATCH 1/2] a'], now);
  check('one is missing', ['[PATCH 0/2] x', '[PATCH 1/2] a'], later);
  check('a new version that is not all there', ['[PATCH 1/2] a', '[PATCH 2/2] b', '[PATCH v2 1/2] a'], later);
  check('with an answer', ['[PATCH] x', 'Re: [PATCH] x'], now);
  check('nothing that is a patch', ['Hello'], '');

  test('nothing more has come', async () => {
    const seenLater = await seen(['[PATCH 1/2] a'], (scene) => scene.pass(settleMs));
    assert.equal(seenLater, now);
  });

  test('a thread that is ignored is not analysed', async () => {
    const ignored = await seen(['[PATCH] x'], ({ store: { db } }, threadId) => ignoreThread(db, threadId, 'asked to'));
    assert.equal(ignored, '');
  });
});
