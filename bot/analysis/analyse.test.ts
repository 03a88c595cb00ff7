/**
 * Threads of the fixtures as the daemon has them: what is decided and what would go out, in a process of its own as in the daemon.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fixtureFolder } from '../fixture.ts';
import { readMbox } from '../mail/mbox.ts';
import { readMessage } from '../mail/message.ts';
import type { Settings } from '../settings/schema.ts';
import { loadSettings } from '../settings/settings.ts';
import { keyText } from '../thread/work.ts';
import { WorkerPool } from '../workers/pool.ts';
import type { SeriesOutcome } from './analyse.ts';
import type { AnalysisTask, AnalysisTold } from './worker.ts';

const defaults = loadSettings();
const list = (mode: Settings['lists'][number]['mode'], passes = false) => ({
  ...{ address: 'linuxppc-dev@lists.ozlabs.org', mode, passes },
});

async function analysed(fixture: string, lists: Settings['lists'], more: Partial<AnalysisTask> = {}) {
  const settings: Settings = {
    ...{ ...defaults, lists, trees: [join(fixtureFolder, '../tree')] },
    github: { ...defaults.github, repository: null },
  };
  const pool = new WorkerPool<AnalysisTask, AnalysisTold>({
    jobs: 1,
    start: () =>
      fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(settings)], {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      }),
    limits: { cpuSecondsMax: 100 },
    signal: new AbortController().signal,
  });
  let outcomes: readonly SeriesOutcome[] = [];
  const verdicts: Extract<AnalysisTold, { readonly kind: 'verdict' }>[] = [];
  const { mails } = readMbox(readFileSync(join(fixtureFolder, fixture, 'thread.mbox')));
  const ended = await pool.run(
    {
      mails: mails.map((mail) => mail.toString('base64')),
      said: {},
      own: [],
      asked: [],
      disputed: {},
      optedOut: [],
      nowMs: 0,
      ...more,
    },
    (told) => {
      if (told.kind === 'outcomes') outcomes = told.outcomes;
      if (told.kind === 'verdict') verdicts.push(told);
    },
  );
  pool.close();
  assert.deepEqual(ended, { kind: 'done' });
  return { outcomes, verdicts };
}

const outcomesOf = async (...args: Parameters<typeof analysed>) => (await analysed(...args)).outcomes;

test('a finding goes to its author, and the list as it wants it', async () => {
  const [outcome] = await outcomesOf('mflr-in-ipi', [list('moderate')]);
  assert.ok(outcome !== undefined);
  assert.equal(
    keyText(outcome),
    'ada@example.org powerpc/ftrace: leave no mflr behind in functions that are not traced',
  );
  assert.ok(outcome?.answer === 'question' || outcome?.answer === 'finding');
  assert.equal(outcome.decision.kind === 'reply' && outcome.decision.mode, 'moderate');
  assert.equal(outcome.reply?.parent, '20260303.in-ipi@example.org');
  assert.deepEqual(outcome.reply?.recipients.slice(0, 1), ['ada@example.org']);
  assert.ok(outcome.reply?.recipients.includes('linuxppc-dev@lists.ozlabs.org'));
  const [finding] = outcome.patches.flatMap(({ fingerprints }) => fingerprints);
  assert.match(finding ?? '', /^[0-9a-f]{16}$/);
  const mail = await readMessage(Buffer.from(outcome.reply?.raw ?? ''));
  assert.equal(mail.id, outcome.reply?.messageId);

  // The same once more: it was said.
  const said = {
    version: outcome.version,
    messageId: mail.id,
    kind: outcome.answer,
    isSent: true,
    ended: null,
  } as const;
  const again = {
    [keyText(outcome)]: [{ ...said, fingerprints: outcome.patches.flatMap(({ fingerprints }) => fingerprints) }],
  };
  const [second] = await outcomesOf('mflr-in-ipi', [list('post')], { said: again });
  assert.deepEqual(second?.decision, { kind: 'nothing', why: 'the same was said of this version', withdraws: [] });
  assert.equal(second?.reply, null);

  // It was withdrawn before it left: found again it is said, in another mail.
  const takenBack = {
    [keyText(outcome)]: [{ ...said, isSent: false, ended: 'withdrawn', fingerprints: outcome.told } as const],
  };
  const [anew] = await outcomesOf('mflr-in-ipi', [list('post')], { said: takenBack });
  assert.equal(anew?.decision.kind, 'reply');
  assert.ok(anew?.reply !== null && anew?.reply.messageId !== mail.id);

  // Somebody says that it is none: of a later version it is kept, and not told.
  const disputed = { [keyText(outcome)]: outcome.told };
  const earlier = { [keyText(outcome)]: [{ ...said, version: 0, fingerprints: outcome.told }] };
  const [third] = await outcomesOf('mflr-in-ipi', [list('post')], { said: earlier, disputed });
  assert.match(third?.decision.why ?? '', /^a finding that is disputed is not told again: [0-9a-f]{16}$/);
  assert.deepEqual([third?.decision.kind, third?.reply, third?.told], ['nothing', null, []]);
  assert.deepEqual([third?.answer, third?.patches], [outcome.answer, outcome.patches]);

  const [unwanted] = await outcomesOf('mflr-in-ipi', [list('post')], { optedOut: ['ada@example.org'] });
  assert.deepEqual([unwanted?.decision.why, unwanted?.reply], ['the author wants no mail of ours', null]);
});

test('a pass is kept from a list that does not want it', async () => {
  const [outcome] = await outcomesOf('mflr-two-steps', [list('post')]);
  assert.equal(outcome?.answer, 'pass');
  assert.equal(outcome.decision.why, 'it held, and nobody asked to be told');
  assert.equal(outcome.reply, null);
  const [asked] = await outcomesOf('mflr-two-steps', [list('post')], { asked: [keyText(outcome)] });
  assert.equal(asked?.decision.kind === 'reply' && asked.decision.reply, 'pass');
  assert.ok(asked?.reply !== null);
});

test('what another process has judged is not judged again, and leads to the same mail', async () => {
  const first = await analysed('mflr-two-steps', [list('post', true)]);
  const known = { verdicts: first.verdicts.map(({ kept }) => kept) };
  const second = await analysed('mflr-two-steps', [list('post', true)], known);
  assert.deepEqual(
    [first, second].map(({ verdicts }) => verdicts.map(({ from }) => from)),
    [
      ['judged', 'judged'],
      ['found', 'found'],
    ],
  );
  assert.deepEqual(second.outcomes, first.outcomes);
});
