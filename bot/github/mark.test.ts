/**
 * A mark on a commit: one and no second one, whatever is lost, limited or late, and whoever else sets some. What
 * happens on the way is a row each, and a hundred runs at random. Time is the test's own.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { changesOfDiff } from '../changes.ts';
import type { FakeServer } from '../sources/github/fake-server.ts';
import { conclusionOf, type MarkTask, settleMark, stateOf } from './mark.ts';
import { lagMs, type Settled } from './settle.ts';
import {
  accountOf,
  base,
  commitOf,
  diffOf,
  link,
  marksOn,
  mirrorServer,
  newMirror,
  now,
  patterns,
  scene,
  shownOn,
  wanted,
  world,
} from './testing/mirror-scene.ts';
import { sampleOf } from './testing/sample.ts';
import { randomOf, troubleAt } from './testing/trouble.ts';
import type { WantedMark } from './wanted-mark.ts';

let server: FakeServer;
before(async () => {
  server = await mirrorServer();
});
after(() => server.close());

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
  { kept = fresh, account = accountOf(server, mark.as === 'check'), most = 60 } = {},
) {
  let settled: Settled = { ...kept, state: 'later', why: null, notBefore: null };
  for (let attempts = 0; attempts < most && settled.state === 'later'; attempts++) {
    scene.ms = Math.max(scene.ms + 61_000, settled.notBefore?.getTime() ?? 0);
    const task = { ...settled, wanted: mark, attempts };
    settled = await settleMark(task, { account, repository: name, branches: patterns, now });
  }
  return settled;
}

for (const as of ['status', 'check'] as const) {
  test(`a ${as} whose answer was lost is set once, and follows the verdict`, async () => {
    const { name, mirror } = newMirror();
    const [, sha = ''] = world.push(mirror, 'series/1', [base, commitOf('ftrace: x', [link])]);
    const account = accountOf(server, as === 'check');
    let lost = 0;
    scene.script = (method) => (method.toUpperCase() === 'POST' && lost++ === 0 ? 'lose the answer' : null);
    world.lagMs = 30_000;
    const settled = await converge(wanted({ as }), name, { account });
    scene.script = () => null;
    world.lagMs = 0;
    assert.deepEqual([settled.state, settled.url], ['written', `https://github.com/x/commit/${sha}`]);
    for (let times = 0; times < 3; times++) await converge(wanted({ as }), name);
    const undecided = as === 'status' ? 'pending' : 'neutral';
    assert.deepEqual(marksOn(mirror, sha), [`${undecided} Goes wrong.`]);
    await converge(wanted({ as, says: 'taken back', text: 'Taken back: x.' }), name);
    const back = `${as === 'status' ? 'success' : 'neutral'} Taken back: x.`;
    assert.deepEqual(marksOn(mirror, sha), as === 'status' ? [back, `${undecided} Goes wrong.`] : [back]);
    await converge(wanted({ as, says: 'pass', text: 'It holds.' }), name);
    assert.equal(marksOn(mirror, sha)[0], 'success It holds.');
    assert.deepEqual(server.faults, []);
  });

  test(`a ${as} of others with our name is theirs`, async () => {
    scene.script = () => null;
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
  scene.script = () => null;
  const { name, mirror } = newMirror();
  const asked = scene.requests;
  const { state, why } = await converge(wanted(), name);
  assert.equal(state, 'parked');
  assert.match(
    why ?? '',
    /^no commit on series\/\*\* of example\/mirror-\d+ is this patch; it was looked for 16 times$/,
  );
  assert.ok(scene.requests - asked <= 32, String(scene.requests - asked));
  const account = accountOf(server, false);
  const before = await converge(wanted(), name, { account, most: 3 });
  assert.deepEqual([before.state, before.why?.endsWith(', or not yet')], ['later', true]);
  const [, sha = ''] = world.push(mirror, 'series/1', [base, commitOf('ftrace: x', [link])]);
  assert.equal((await converge(wanted(), name, { account })).state, 'written');
  assert.equal(marksOn(mirror, sha).length, 1);
});

test('what cannot be: a check run by a token, a mirror that is not there, branches without end, a patch that is everywhere', async () => {
  scene.script = () => null;
  const { name, mirror } = newMirror();
  const parked = async (mark: WantedMark, repository: string) => {
    const settled = await converge(mark, repository, { account: accountOf(server, false) });
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
  scene.script = () => (random() < rate ? troubleAt(random, now()) : null);
  const series = ['a', 'b'].map((word) => ({
    ...{ word, messageId: `${word}@example.org`, diff: diffOf(word) },
    commit: commitOf(`ftrace: ${word}`, [`Link: https://lore.kernel.org/r/${word}@example.org`], diffOf(word)),
  }));
  const shas = new Set<string>();
  const push = (branch: string) => {
    for (const sha of world.push(mirror, branch, [base, ...series.map(({ commit }) => commit)]).slice(1)) shas.add(sha);
  };
  let account = accountOf(server, as === 'check');
  const kept = new Map<string, Kept>(series.map(({ word }) => [word, fresh]));
  const steps = 1 + Math.floor(random() * 3);
  let wants = new Map<string, WantedMark>();
  for (let step = 0; step <= steps; step++) {
    const isEnd = step === steps;
    if (isEnd || random() < 0.5) push('series/1');
    if (isEnd) {
      scene.script = () => null;
      scene.ms += lagMs;
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
      if (isLost) account = accountOf(server, as === 'check');
      if (isEnd && settled.state !== 'written') return `${word} is ${settled.state}: ${settled.why}`;
    }
  }
  const marked = [...shas].flatMap((sha) => marksOn(mirror, sha));
  if (new Set(marked).size !== marked.length) return `twice: ${marked.join(', ')}`;
  const newest = [...shas].map((sha) => marksOn(mirror, sha)[0]?.split(' ').slice(1).join(' '));
  if (newest.join() !== series.map(({ word }) => `${word} v${steps}`).join()) return `it says ${newest.join()}`;
  return as === 'check' && marked.length !== 2 ? `check runs: ${marked.join(', ')}` : null;
}

test('a hundred runs in which answers are lost and processes die: never a second mark, and all say the last verdict in the end', async () => {
  const asked = scene.requests;
  const wrong: string[] = [];
  for (let seed = 1; seed <= 100; seed++) {
    const why = await run(seed);
    if (why !== null) wrong.push(`seed ${seed}: ${why}`);
  }
  scene.script = () => null;
  world.lagMs = 0;
  assert.deepEqual(wrong, []);
  assert.deepEqual(server.faults, []);
  // They were runs, and not a hundred times nothing.
  assert.ok(scene.requests - asked > 1_500, String(scene.requests - asked));
});
