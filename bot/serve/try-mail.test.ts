/** A patch on top of a series of a fixture, sent with `#scenario test`: mended, left broken, or no patch that fits; by a worker. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import type { AnalysisTask, AnalysisTold } from '../analysis/worker.ts';
import { takeMail } from '../intake/take.ts';
import { readMessage } from '../mail/message.ts';
import { recordCommand } from '../store/commands.ts';
import { onPglite } from '../store/testing/engines.ts';
import { WorkerPool } from '../workers/pool.ts';
import { fixtureMails, modelTreeFolder } from './testing/model-tree.ts';
import { Scene } from './testing/scene.ts';
import { tryMail } from './try-mail.ts';

const first = '20260303.in-ipi@example.org';

onPglite((bench) => {
  const answerTo = async (t: test.TestContext, patch: string): Promise<string> => {
    const scene = new Scene(bench().store);
    const tree = modelTreeFolder();
    t.after(tree.remove);
    scene.settings = { ...scene.settings, trees: [tree.path], github: { ...scene.settings.github, repository: null } };
    const pool = new WorkerPool<AnalysisTask, AnalysisTold>({
      jobs: 1,
      start: () =>
        fork(join(import.meta.dirname, '../analysis/worker.ts'), [JSON.stringify(scene.settings)], {
          stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        }),
      limits: { cpuSecondsMax: 200 },
      signal: new AbortController().signal,
    });
    t.after(() => pool.close());
    const asking = `From: Ada <ada@example.org>\nTo: ftrace-bot@example.org\nSubject: Re: that\nMessage-ID: <t1@example.org>\nIn-Reply-To: <${first}>\nDate: ${scene.time.toUTCString()}\n\n#scenario test\n\n${patch}`;
    for (const raw of [...fixtureMails('mflr-in-ipi'), Buffer.from(asking)])
      await takeMail({ store: scene.store, look: null }, { raw, source: 's', position: { kind: 'id' } }, scene.time);
    const { db } = scene.store;
    const { id: mailId } = await db
      .selectFrom('mails')
      .select('id')
      .where('message_id', '=', 't1@example.org')
      .executeTakeFirstOrThrow();
    await recordCommand(db, {
      ...{ mail_id: mailId, line: 0, verb: 'test', args: '', by_address: 'ada@example.org', proved: true },
      ...{ outcome: `begun: ${first}`, at: scene.time },
    });
    for (let i = 0; i < 2; i++) await tryMail(mailId, { ...scene, pool, now: scene.now });
    const rows = await db.selectFrom('replies').selectAll().execute();
    assert.deepEqual(
      rows.map(({ kind, recipients, state }) => [kind, recipients, state]),
      [['command-answer', ['ada@example.org'], 'due']],
    );
    const { body } = await readMessage(rows[0]!.raw);
    const text = body.slice(0, body.indexOf('\n-- \n')).split('\n');
    assert.deepEqual(
      text.filter((line) => /^\s*([\w-]+:\s.*@|diff |--- |\+\+\+ |#scenario)/.test(line)),
      [],
    );
    return body;
  };

  test('a patch that mends it', { timeout: 300_000 }, async (t) => {
    const body = await answerTo(t, mends);
    assert.match(body, /^> #scenario test\n\nYour patch on top of the patch of v2, run on/);
    assert.match(body, /What broke with the series alone and holds with your patch: enable/);
  });

  test('a patch that mends nothing', { timeout: 300_000 }, async (t) => {
    const body = await answerTo(t, mendsNothing);
    assert.match(body, /What breaks with the series alone and with your patch as well: enable/);
  });

  test('a patch of something else', async (t) => {
    assert.match(await answerTo(t, 'There is none.\n'), /Your patch was not judged: /);
  });
});

const mends = `diff --git a/arch/powerpc/kernel/trace/ftrace.c b/arch/powerpc/kernel/trace/ftrace.c
index fef1f6d..e7d3dc3 100644
--- a/arch/powerpc/kernel/trace/ftrace.c
+++ b/arch/powerpc/kernel/trace/ftrace.c
@@ -312,6 +312,7 @@ void ftrace_replace_code(int mod_flags)
 
 	/* Nobody may still hold the nop in front of the call. */
 	smp_call_function(do_isync, NULL, 1);
+	synchronize_rcu_tasks();
 
 	for_ftrace_rec_iter(iter) {
 		rec = ftrace_rec_iter_record(iter);
`;
const mendsNothing = `diff --git a/arch/powerpc/kernel/trace/ftrace.c b/arch/powerpc/kernel/trace/ftrace.c
index fef1f6d..7d379ac 100644
--- a/arch/powerpc/kernel/trace/ftrace.c
+++ b/arch/powerpc/kernel/trace/ftrace.c
@@ -312,6 +312,7 @@ void ftrace_replace_code(int mod_flags)
 
 	/* Nobody may still hold the nop in front of the call. */
 	smp_call_function(do_isync, NULL, 1);
+	smp_call_function(do_isync, NULL, 1);
 
 	for_ftrace_rec_iter(iter) {
 		rec = ftrace_rec_iter_record(iter);
`;
