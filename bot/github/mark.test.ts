import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Octokit } from 'octokit';
import type { Context } from 'openapi-backend';
import { type FakeServer, fakeServer, type Reply } from '../sources/github/fake-server.ts';
import { GithubClient, type Lanes } from './client.ts';
import { conclusionOf, isCommitOf, setCheckRun, setStatus, stateOf } from './mark.ts';
import { sampleOf } from './testing/sample.ts';

test('a commit is a patch’s where a trailer holds its Message-ID, whole', () => {
  const commit = (line: string) => `ftrace: x\n\nText.\n\nSigned-off-by: A <a@example.org>\n${line}\n`;
  for (const line of [
    'Link: https://lore.kernel.org/r/1+2@example.org',
    'Link: https://patch.msgid.link/1%2B2%40example.org/ # v2',
    'Message-ID: <1+2@example.org>',
  ])
    assert.ok(isCommitOf(commit(line), '1+2@example.org'), line);
  for (const line of [
    'Link: https://lore.kernel.org/r/11+2@example.org',
    'Closes: https://x/1+2@example.org',
    'Link: %',
  ])
    assert.ok(!isCommitOf(commit(line), '1+2@example.org'), line);
  assert.ok(!isCommitOf('ftrace: x\n\nMessage-ID: <1@example.org>\n\nAcked-by: A', '1@example.org'), 'in its text');
});

test('no red over a finding unless it was asked for, and no green', () => {
  const mark = { messageId: 'a@b', text: 't', url: 'u', said: 'finding' } as const;
  assert.deepEqual([stateOf(mark, false), conclusionOf(mark, false)], ['pending', 'neutral']);
  assert.deepEqual([stateOf(mark, true), conclusionOf(mark, true)], ['failure', 'failure']);
  assert.equal(stateOf({ ...mark, said: 'holds' }, true), 'success');
});

const sha = 'a'.repeat(40);
const statuses: Record<string, unknown>[] = [];
const runs: Record<string, unknown>[] = [];
let losing = false;
let server: FakeServer;
before(async () => {
  const put = (all: Record<string, unknown>[], sample: string, { request }: Context): Reply => {
    const made = { ...sampleOf(sample), ...request.requestBody, id: all.length + 1 };
    all.unshift(made);
    return { status: 201, body: made };
  };
  server = await fakeServer({
    handlers: {
      'repos/list-commit-statuses-for-ref': () => ({ status: 200, body: statuses }),
      'repos/create-commit-status': (context) => put(statuses, 'status', context),
      'checks/list-for-ref': () => ({ status: 200, body: { total_count: runs.length, check_runs: runs } }),
      'checks/create': (context) => put(runs, 'check-run', withOutput(context)),
      'checks/update': (context) => {
        const found = runs.find(({ id }) => id === Number(context.request.params.check_run_id)) ?? {};
        return { status: 200, body: Object.assign(found, withOutput(context).request.requestBody) };
      },
    },
    refuse: () => null,
    script: ({ method }) => (losing && method.toUpperCase() === 'POST' ? 'lose the answer' : null),
  });
});
after(() => server.close());

/** GitHub answers with more of an output than it takes. */
function withOutput(context: Context): Context {
  const { requestBody } = context.request;
  const output = {
    text: null,
    annotations_count: 0,
    annotations_url: 'https://api.github.com/x',
    ...requestBody.output,
  };
  return { ...context, request: { ...context.request, requestBody: { ...requestBody, output } } };
}

for (const [what, set, all] of [
  ['status', setStatus, statuses],
  ['check run', setCheckRun, runs],
] as const)
  test(`a ${what} whose answer was lost is set once, and follows the verdict`, async () => {
    const quiet = () => {};
    const octokit = new Octokit({
      ...{ baseUrl: server.api, retry: { enabled: false }, throttle: { enabled: false } },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    const lanes: Lanes = { read: (run) => run(), write: (run) => run() };
    const now = () => new Date(0);
    const client = new GithubClient({ octokit, api: server.api, lanes, now, sleep: async () => {} });
    const place = { client, owner: 'example', repo: 'linux', sha, bot: 'scenario-bot', failing: false };
    const mark = { messageId: 'a@b', said: 'finding', text: 'A question', url: 'https://bot.example.org/a@b' } as const;
    losing = true;
    assert.equal((await set(mark, place)).trouble?.kind, 'lost');
    losing = false;
    for (let times = 0; times < 3; times++) assert.equal((await set(mark, place)).trouble, null);
    assert.equal(all.length, 1);
    assert.equal((await set({ ...mark, said: 'holds' }, place)).trouble, null);
    assert.equal(all[0]?.[what === 'status' ? 'state' : 'conclusion'], 'success');
    assert.equal(all.length, what === 'status' ? 2 : 1);
    assert.deepEqual(server.faults, []);
  });
