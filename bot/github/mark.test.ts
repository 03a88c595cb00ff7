/**
 * A patch's verdict on the commits of a mirror: which commits are the patch, a row each; one mark and no second one, whatever is lost, limited
 * or late; and from a judged series to what stands there, with a real store.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Octokit } from 'octokit';
import { pino } from 'pino';
import type { SeriesOutcome } from '../analysis/analyse.ts';
import { changesOfDiff, changesOfMail } from '../changes.ts';
import { loadSettings } from '../settings/settings.ts';
import { type Disturbed, type FakeServer, fakeServer } from '../sources/github/fake-server.ts';
import { recordDispute } from '../store/disputes.ts';
import { itemsIn } from '../store/github-items.ts';
import { insertReply, moveReply } from '../store/replies.ts';
import { saveReview } from '../store/reviews.ts';
import { saveSeries, supersede } from '../store/series.ts';
import { onPglite } from '../store/testing/engines.ts';
import { insertThreads } from '../store/threads.ts';
import { GithubClient, type Lanes } from './client.ts';
import { keepMarks, takeBackMarks } from './keep-marks.ts';
import type { Account } from './login.ts';
import { Accounts } from './login.ts';
import { conclusionOf, type MarkTask, settleMark, stateOf } from './mark.ts';
import { Mirror } from './mirror.ts';
import type { Settled } from './settle.ts';
import { lagMs } from './settle.ts';
import { login, token } from './testing/fake-issues.ts';
import { type FakeCommit, type FakeMirror, FakeMirrors } from './testing/fake-mirror.ts';
import { sampleOf } from './testing/sample.ts';
import { randomOf, troubleAt } from './testing/trouble.ts';
import type { MarkSettings, WantedMark } from './wanted-mark.ts';
import { writeItem } from './write.ts';

let clock = Date.parse('2026-03-01T00:00:00Z');
const now = () => new Date(clock);
const world = new FakeMirrors(now, login);
let script: (method: string) => Disturbed = () => null;
let requests = 0;
let server: FakeServer;
before(async () => {
  server = await fakeServer({
    handlers: {
      ...world.handlers,
      'users/get-authenticated': () => ({ status: 200, body: { ...sampleOf('public-user'), login } }),
    },
    refuse: ({ headers }) =>
      headers.authorization === `token ${token}` ? null : { status: 401, body: { message: 'Bad credentials' } },
    script: ({ method }) => {
      requests++;
      return script(method);
    },
  });
});
after(() => server.close());

const quiet = () => {};
const lanes: Lanes = { read: (run) => run(), write: (run) => run() };
const sleep = async (ms: number) => {
  clock += ms;
};

/** As one process has it. */
function accountOf(isApp: boolean): Account {
  const octokit = new Octokit({
    ...{ auth: token, baseUrl: server.api, retry: { enabled: false }, throttle: { enabled: false } },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const client = new GithubClient({ octokit, api: server.api, lanes, now, sleep });
  const mirrors = new Map<string, Mirror>();
  return {
    ...{
      client,
      isApp,
      login: async () => ({ data: login, moved: false, trouble: null }),
      tracker: () => assert.fail(),
    },
    mirror: (name) => mirrors.get(name) ?? mirrors.set(name, new Mirror(name, { client, now })).get(name)!,
  };
}

const diffOf = (word: string, { context = 'b', at = 7 } = {}) =>
  `diff --git a/f.c b/f.c\nindex 1111111..2222222 100644\n--- a/f.c\n+++ b/f.c\n@@ -${at},3 +${at},3 @@ void f(void)\n ${context}\n-\told();\n+\t${word}();\n c\n`;
const mailOf = (diff: string) => `Text.\n\nSigned-off-by: A\n---\n f.c | 2 +-\n\n${diff}-- \n2.43.0\n`;
const changes = changesOfMail(mailOf(diffOf('x')));
const commitOf = (title: string, trailers: readonly string[], diff = diffOf('x')): FakeCommit => ({
  ...{ message: `${title}\n\nText.\n\n${['Signed-off-by: A <a@example.org>', ...trailers].join('\n')}\n`, diff },
});
const base: FakeCommit = { message: 'Linux 6.1\n', diff: '' };
const wanted = (set: Partial<WantedMark> = {}): WantedMark => ({
  ...{ messageId: 'p1@example.org', title: 'ftrace: x', changes, before: [], says: 'finding', as: 'status' },
  ...{ context: 'scenario-bot', findings: 'neutral', text: 'Goes wrong.', url: 'https://lore.kernel.org/all/r@b/' },
  ...{ seriesId: 1, replyId: null, fingerprints: ['f1'] },
  ...set,
});
const patterns = ['series/**'];
let names = 0;
const newMirror = () => {
  const name = `example/mirror-${++names}`;
  return { name, mirror: world.add(name) };
};

test('a commit that a maintainer or a thread has touched is another change; one that was moved is not', () => {
  assert.notEqual(changes, null);
  assert.equal(changesOfDiff(diffOf('x', { context: 'other', at: 900 })), changes);
  assert.notEqual(changesOfDiff(diffOf('y')), changes);
  assert.equal(changesOfMail('no diff'), null);
  assert.equal(changesOfDiff(diffOf('x').replace(' c\n', '')), null, 'a hunk that is cut');
});

/** @param is whether the last of the commits is the patch */
function checkCommit(what: string, commits: readonly FakeCommit[], is: boolean, set: Partial<WantedMark> = {}): void {
  test(`${is ? 'the patch' : 'not the patch'}: ${what}`, async () => {
    script = () => null;
    const { name, mirror } = newMirror();
    const shas = world.push(mirror, 'series/1', [base, ...commits]);
    const found = await accountOf(false).mirror(name).commitsOf(wanted(set), patterns);
    assert.deepEqual(found.trouble ?? found.data.map(({ sha }) => sha), is ? [shas.at(-1)] : []);
    assert.deepEqual(server.faults, []);
  });
}
const link = 'Link: https://lore.kernel.org/r/p1@example.org';
for (const line of [
  link,
  'Link: https://patch.msgid.link/p1%40example.org/ # v2',
  'Message-ID: <p1@example.org>',
  'message-id: <p1@example.org>',
])
  checkCommit(line, [commitOf('Another title', [line])], true);
checkCommit('a longer id', [commitOf('ftrace: x', ['Link: https://lore.kernel.org/r/1p1@example.org'])], false);
checkCommit('an id that is no trailer', [{ ...commitOf('y', []), message: `y\n\n${link}\n\nAcked-by: A` }], false);
checkCommit('Closes: names a report', [commitOf('y', ['Closes: https://x/p1@example.org'])], false);
checkCommit('its author names an earlier version', [commitOf('ftrace: x', [link], diffOf('y'))], false);
checkCommit(
  'it was mailed as another',
  [commitOf('ftrace: x', ['Link: https://lore.kernel.org/r/v1@example.org'])],
  false,
);
checkCommit('no id, its title, its lines', [commitOf('ftrace: x', [])], true);
checkCommit('no id, its title over two lines', [commitOf('ftrace:\n x', [])], true);
checkCommit('no id, its title, other lines', [commitOf('ftrace: x', [], diffOf('y'))], false);
checkCommit('no id, another title', [commitOf('ftrace: y', [])], false);
const first = { title: 'ftrace: one', changes: changesOfDiff(diffOf('one')) };
const second = { before: [first] };
checkCommit(
  'no id, the second of two',
  [commitOf('ftrace: one', [], diffOf('one')), commitOf('ftrace: x', [])],
  true,
  second,
);
checkCommit(
  'no id, below it another patch',
  [commitOf('ftrace: one', [], diffOf('two')), commitOf('ftrace: x', [])],
  false,
  second,
);
checkCommit('no id, below it nothing', [commitOf('ftrace: x', [])], false, second);
checkCommit('no id, and a series that is not all here', [commitOf('ftrace: x', [])], false, { before: null });
checkCommit('a diff that cannot be told from others', [commitOf('ftrace: x', [link])], false, { changes: null });

test('branches are found by their patterns, and read once', async () => {
  script = () => null;
  const { name, mirror } = newMirror();
  const [, sha] = world.push(mirror, 'series/7/v2', [base, commitOf('ftrace: x', [link])]);
  world.push(mirror, 'main', [base, commitOf('ftrace: x', [link, 'Acked-by: B'])]);
  for (let at = 0; at < 120; at++) world.push(mirror, `other/${at}`, [base]);
  const account = accountOf(false);
  for (const [pattern, expected] of [
    ['series/**', [sha]],
    ['series/*', []],
    ['series/*/v?', []],
    ['series/*/v*', [sha]],
    ['eries/**', []],
  ] as const) {
    const found = await account.mirror(name).commitsOf(wanted(), [pattern]);
    assert.deepEqual(
      found.data?.map((one) => one.sha),
      expected,
      pattern,
    );
  }
  const asked = requests;
  await account.mirror(name).commitsOf(wanted({ messageId: 'p2@example.org' }), patterns);
  assert.equal(requests, asked);
});

test('no red over a finding unless it was asked for, and no green; what is taken back is neither', () => {
  const says = (mark: Pick<WantedMark, 'says' | 'findings'>) => `${stateOf(mark)} ${conclusionOf(mark)}`;
  assert.equal(says({ says: 'finding', findings: 'neutral' }), 'pending neutral');
  assert.equal(says({ says: 'finding', findings: 'failure' }), 'failure failure');
  assert.equal(says({ says: 'question', findings: 'failure' }), 'pending neutral');
  assert.equal(says({ says: 'pass', findings: 'failure' }), 'success success');
  assert.equal(says({ says: 'taken back', findings: 'failure' }), 'success neutral');
});

type Kept = Omit<MarkTask, 'wanted'>;
const fresh: Kept = { number: null, url: null, unsureAt: null, attempts: 0 };

/** As the store and the queue do it: at least once, later where it says so. */
async function converge(
  mark: WantedMark,
  name: string,
  { kept = fresh, account = accountOf(mark.as === 'check'), most = 60 } = {},
) {
  let settled: Settled = { ...kept, state: 'later', why: null, notBefore: null };
  for (let attempts = 0; attempts < most && settled.state === 'later'; attempts++) {
    clock = Math.max(clock + 61_000, settled.notBefore?.getTime() ?? 0);
    const task = { ...settled, wanted: mark, attempts };
    settled = await settleMark(task, { account, repository: name, branches: patterns, now });
  }
  return settled;
}

const shownOn = ({ statuses, runs }: FakeMirror, sha: string) =>
  [...(statuses.get(sha) ?? []), ...(runs.get(sha) ?? [])].map(({ body }) => body);
const ours = (mirror: FakeMirror, sha: string) =>
  shownOn(mirror, sha).map(({ state, conclusion, description, output }) =>
    [state ?? conclusion, description ?? (output as { title: string }).title].join(' '),
  );

for (const as of ['status', 'check'] as const) {
  test(`a ${as} whose answer was lost is set once, and follows the verdict`, async () => {
    const { name, mirror } = newMirror();
    const [, sha = ''] = world.push(mirror, 'series/1', [base, commitOf('ftrace: x', [link])]);
    const account = accountOf(as === 'check');
    let lost = 0;
    script = (method) => (method.toUpperCase() === 'POST' && lost++ === 0 ? 'lose the answer' : null);
    world.lagMs = 30_000;
    const settled = await converge(wanted({ as }), name, { account });
    script = () => null;
    world.lagMs = 0;
    assert.deepEqual([settled.state, settled.url], ['written', `https://github.com/x/commit/${sha}`]);
    for (let times = 0; times < 3; times++) await converge(wanted({ as }), name);
    const undecided = as === 'status' ? 'pending' : 'neutral';
    assert.deepEqual(ours(mirror, sha), [`${undecided} Goes wrong.`]);
    await converge(wanted({ as, says: 'taken back', text: 'Taken back: x.' }), name);
    const back = `${as === 'status' ? 'success' : 'neutral'} Taken back: x.`;
    assert.deepEqual(ours(mirror, sha), as === 'status' ? [back, `${undecided} Goes wrong.`] : [back]);
    await converge(wanted({ as, says: 'pass', text: 'It holds.' }), name);
    assert.equal(ours(mirror, sha)[0], 'success It holds.');
    assert.deepEqual(server.faults, []);
  });

  test(`a ${as} of others with our name is theirs`, async () => {
    script = () => null;
    const { name, mirror } = newMirror();
    const [, sha = ''] = world.push(mirror, 'series/1', [base, commitOf('ftrace: x', [link])]);
    const theirs = { state: 'pending', context: 'scenario-bot', description: 'Goes wrong.', target_url: wanted().url };
    const creator = { ...sampleOf('simple-user'), login: 'mallory' };
    world.put(mirror.statuses, sha, { ...sampleOf('status'), ...theirs, creator });
    const app = { ...sampleOf('integration'), slug: 'mallory' };
    const run = { name: 'scenario-bot', external_id: 'p1@example.org', conclusion: 'neutral', app };
    world.put(mirror.runs, sha, { ...sampleOf('check-run'), ...run });
    await converge(wanted({ as, says: 'taken back', text: 'Taken back: x.' }), name);
    assert.equal(shownOn(mirror, sha).length, 2, 'nothing of ours stands there');
    for (let times = 0; times < 2; times++) await converge(wanted({ as }), name);
    assert.equal(shownOn(mirror, sha).length, 3);
    assert.equal((mirror.runs.get(sha) ?? []).at(-1)?.body.conclusion, 'neutral');
    assert.deepEqual(server.faults, []);
  });
}

test('a branch that does not come ends by name; one that comes late is marked', async () => {
  script = () => null;
  const { name, mirror } = newMirror();
  const asked = requests;
  const { state, why } = await converge(wanted(), name);
  assert.equal(state, 'parked');
  assert.match(
    why ?? '',
    /^no commit on series\/\*\* of example\/mirror-\d+ is this patch; it was looked for 16 times$/,
  );
  assert.ok(requests - asked <= 32, String(requests - asked));
  const account = accountOf(false);
  const before = await converge(wanted(), name, { account, most: 3 });
  assert.deepEqual([before.state, before.why?.endsWith(', or not yet')], ['later', true]);
  const [, sha = ''] = world.push(mirror, 'series/1', [base, commitOf('ftrace: x', [link])]);
  assert.equal((await converge(wanted(), name, { account })).state, 'written');
  assert.equal(ours(mirror, sha).length, 1);
});

test('what cannot be: a check run by a token, a mirror that is not there, branches without end, a patch that is everywhere', async () => {
  script = () => null;
  const { name, mirror } = newMirror();
  const parked = async (mark: WantedMark, repository: string) => {
    const settled = await converge(mark, repository, { account: accountOf(false) });
    return `${settled.state}: ${settled.why}`;
  };
  assert.match(await parked(wanted({ as: 'check' }), name), /^parked: check runs are for apps alone/);
  assert.match(await parked(wanted(), 'example/none'), /^parked: 404 Not Found/);
  for (let at = 0; at < 6; at++) world.push(mirror, `series/${at}`, [base, commitOf('ftrace: x', [link, `N: ${at}`])]);
  assert.match(await parked(wanted(), name), /^parked: it is on 6 commits/);
  for (let at = 0; at < 301; at++) world.push(mirror, `series/${at}`, [{ message: `${at}`, diff: '' }]);
  assert.match(await parked(wanted(), name), /^parked: over 300 branches match series/);
});

/** @returns what is wrong; null where all is well */
async function run(seed: number): Promise<string | null> {
  const random = randomOf(seed);
  const { name, mirror } = newMirror();
  const as = random() < 0.5 ? 'status' : 'check';
  const rate = 0.5 * random();
  world.lagMs = random() < 0.5 ? 0 : 30_000;
  script = () => (random() < rate ? troubleAt(random, now()) : null);
  const series = ['a', 'b'].map((word) => ({
    ...{ word, messageId: `${word}@example.org`, diff: diffOf(word) },
    commit: commitOf(`ftrace: ${word}`, [`Link: https://lore.kernel.org/r/${word}@example.org`], diffOf(word)),
  }));
  const shas = new Set<string>();
  const push = (branch: string) => {
    for (const sha of world.push(mirror, branch, [base, ...series.map(({ commit }) => commit)]).slice(1)) shas.add(sha);
  };
  let account = accountOf(as === 'check');
  const kept = new Map<string, Kept>(series.map(({ word }) => [word, fresh]));
  const steps = 1 + Math.floor(random() * 3);
  let wants = new Map<string, WantedMark>();
  for (let step = 0; step <= steps; step++) {
    const isEnd = step === steps;
    if (isEnd || random() < 0.5) push('series/1');
    if (isEnd) {
      script = () => null;
      clock += lagMs;
    }
    for (const { word, messageId, diff } of series) {
      const says = random() < 0.5 ? 'finding' : 'pass';
      const mark = wanted({
        as,
        says,
        messageId,
        title: `ftrace: ${word}`,
        text: `${word} v${step}`,
        changes: changesOfDiff(diff),
      });
      wants = new Map(wants).set(word, mark);
      const task = kept.get(word) ?? fresh;
      const settled = await converge(mark, name, {
        kept: task,
        account,
        most: isEnd ? 20 : 1 + Math.floor(random() * 3),
      });
      // The process dies before it has kept what came of it; that it began is known.
      const isLost = !isEnd && random() < 0.3;
      kept.set(word, isLost ? { ...task, unsureAt: now() } : { ...settled, attempts: 0 });
      if (isLost) account = accountOf(as === 'check');
      if (isEnd && settled.state !== 'written') return `${word} is ${settled.state}: ${settled.why}`;
    }
  }
  const marked = [...shas].flatMap((sha) => ours(mirror, sha));
  if (new Set(marked).size !== marked.length) return `twice: ${marked.join(', ')}`;
  const newest = [...shas].map((sha) => ours(mirror, sha)[0]?.split(' ').slice(1).join(' '));
  if (newest.join() !== series.map(({ word }) => `${word} v${steps}`).join()) return `it says ${newest.join()}`;
  return as === 'check' && marked.length !== 2 ? `check runs: ${marked.join(', ')}` : null;
}

test('a hundred runs in which answers are lost and processes die: never a second mark, and all say the last verdict in the end', async () => {
  const asked = requests;
  const wrong: string[] = [];
  for (let seed = 1; seed <= 100; seed++) {
    const why = await run(seed);
    if (why !== null) wrong.push(`seed ${seed}: ${why}`);
  }
  script = () => null;
  world.lagMs = 0;
  assert.deepEqual(wrong, []);
  assert.deepEqual(server.faults, []);
  // They were runs, and not a hundred times nothing.
  assert.ok(requests - asked > 1_500, String(requests - asked));
});

const folder = mkdtempSync(join(tmpdir(), 'marks-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'token'), `${token}\n`);

const work = { author: 'ada@example.org', name: 'ftrace: x' };
const judged = (answer: SeriesOutcome['answer'], set: Partial<SeriesOutcome> = {}): SeriesOutcome => ({
  ...{ ...work, version: 1, total: 1, first: 'p1@example.org', answer, mode: 'post', document: {}, reply: null },
  ...{ told: answer === 'finding' ? ['f1'] : [], decision: { kind: 'nothing', why: '', withdraws: [] } },
  patches: [
    {
      ...{ messageId: 'p1@example.org', subject: '[PATCH] ftrace: x', title: 'ftrace: x', changes, answer },
      ...{ why: answer === 'pass' ? 'holds in 2 runs' : 'one finding', findings: [], levels: ['stale'] },
      ...{ base: { how: 'tree', ref: 'v6.1', doubt: null }, fingerprints: answer === 'finding' ? ['f1'] : [] },
    },
  ],
  ...set,
});

onPglite((bench) => {
  const db = () => bench().store.db;
  const log = pino({ level: 'silent' });
  const later = new Set<number>();
  const queue = {
    enqueue: async (_tx: unknown, _name: unknown, data: unknown) => void later.add((data as { itemId: number }).itemId),
  };

  async function scene(mode: 'dry-run' | 'post' = 'post') {
    script = () => null;
    later.clear();
    const { name, mirror } = newMirror();
    const all = loadSettings();
    const marks: MarkSettings = {
      ...{ repository: name, mode, branches: [...patterns], as: 'status', context: 'scenario-bot' },
      ...{ answers: ['finding', 'question', 'pass'], findings: 'failure' },
    };
    const settings = { ...all, github: { ...all.github, marks } };
    const threadId = names;
    await insertThreads(db(), [{ id: threadId, root: `${name}@example.org`, state: 'analysed', touched_at: now() }]);
    const seriesId = await saveSeries(db(), {
      ...{ ...work, threadId, changeId: null, version: 1, total: 1 },
      ...{ firstMessageId: 'p1@example.org', patches: ['p1@example.org'] },
    });
    const { id: reviewId } = await saveReview(
      db(),
      { ...{ threadId, seriesId, analyzer: '1', inputs: {}, document: { patches: [] } }, verdicts: [] },
      now(),
    );
    const mail = async (state: 'held' | 'sent') => {
      const messageId = `r${++names}@bot.example.org`;
      const { id } = await insertReply(db(), {
        ...{ message_id: messageId, parent_message_id: 'p1@example.org', thread_id: threadId, series_id: seriesId },
        ...{ review_id: reviewId, kind: 'finding', mode: 'post', state, raw: Buffer.from('x'), created_at: now() },
        ...{ recipients: [], fingerprints: ['f1'] },
      });
      return { id, messageId };
    };
    const keep = (outcome: SeriesOutcome, reply: { readonly id: number; readonly messageId: string } | null) =>
      db()
        .transaction()
        .execute((tx) => keepMarks(tx, { outcome, seriesId, reply }, { queue, settings, log, now: now() }));
    const accounts = new Accounts({ token: { file: join(folder, 'token') } }, { api: server.api, lanes, now, sleep });
    /** Jobs that wait are run once, whatever their time. */
    const write = async () => {
      const due = [...later];
      later.clear();
      clock += 61_000;
      const open = () => accounts.open(new AbortController().signal);
      const common = { store: bench().store, queue, open, log, now, bot: 'bot', branches: patterns };
      for (const id of due) await writeItem(id, { ...common, judge: async () => [] });
    };
    const row = async () => {
      const items = await itemsIn(db(), ['dry', 'due', 'written', 'parked', 'left']);
      const found = items.find(({ repository }) => repository === name);
      return found === undefined ? null : `${found.state}${found.why === null ? '' : `: ${found.why}`}`;
    };
    const push = () => world.push(mirror, 'series/1', [base, commitOf('ftrace: x', [link])])[1] ?? '';
    return { name, mirror, threadId, seriesId, mail, keep, write, row, push };
  }

  test('a finding is on its commit once its mail has left, and a dispute takes it back', async () => {
    const { mirror, mail, keep, write, row, push, seriesId, threadId } = await scene();
    const reply = await mail('held');
    const sha = push();
    await keep(judged('finding'), reply);
    for (let times = 0; times < 20; times++) await write();
    assert.deepEqual([await row(), ours(mirror, sha)], ['due', []], 'a moderator has it, and no try is counted');
    await moveReply(db(), reply.id, { from: ['held'], state: 'sent' });
    await write();
    assert.equal(await row(), 'written');
    assert.match(ours(mirror, sha).join(), /^failure Goes wrong where a CPU may still hold an old instruction/);
    await keep(judged('finding'), reply);
    assert.equal(later.size, 0, 'the same verdict writes nothing');
    await recordDispute(db(), {
      ...{
        series_id: seriesId,
        fingerprint: 'f1',
        thread_id: threadId,
        by_address: 'bo@example.org',
        at: now(),
        reason: 'no',
        message_id: 'd@example.org',
      },
    });
    await db()
      .transaction()
      .execute((tx) => takeBackMarks(tx, work, { queue, now: now() }));
    await write();
    assert.equal(ours(mirror, sha)[0], 'success Taken back: what was found is disputed.');
    await keep(judged('finding', { told: [] }), null);
    assert.equal(later.size, 0);
    assert.deepEqual(server.faults, []);
  });

  test('what a moderator rejects is on no commit; what holds then is', async () => {
    const { mirror, mail, keep, write, row, push } = await scene();
    const reply = await mail('held');
    const sha = push();
    await keep(judged('finding'), reply);
    await moveReply(db(), reply.id, { from: ['held'], state: 'rejected' });
    await write();
    assert.match((await row()) ?? '', /^written: Taken back: a moderator did not let/);
    assert.deepEqual(ours(mirror, sha), []);
    await keep(judged('pass'), null);
    await write();
    assert.match(ours(mirror, sha).join(), /^success Run on v6.1 up to the level/);
  });

  test('a branch that is not there is looked for again; of an old version nothing begins', async () => {
    const { name, mirror, keep, write, row, push, seriesId } = await scene();
    await keep(judged('pass'), null);
    await write();
    assert.equal(await row(), `due: no commit on series/** of ${name} is this patch, or not yet`);
    const sha = push();
    await write();
    assert.deepEqual([await row(), ours(mirror, sha).length], ['written', 1]);
    await supersede(db(), [seriesId], seriesId);
    await keep(judged('finding'), await scene().then(({ mail }) => mail('sent')));
    await write();
    assert.match(ours(mirror, sha)[0] ?? '', /^failure/, 'what was said is put right');
  });

  test('a dry run asks GitHub nothing', async () => {
    const { keep, write, row } = await scene('dry-run');
    const asked = requests;
    await keep(judged('pass'), null);
    await write();
    assert.deepEqual([await row(), requests - asked], ['dry', 0]);
  });
});
