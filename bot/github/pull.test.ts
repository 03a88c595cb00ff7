/**
 * A pull request to one review: its commits as mails, the guilty line, what may be a suggestion; against the fake server, with
 * answers that are lost. What judges is the test's own.
 */
import assert from 'node:assert/strict';
import test, { after, before, beforeEach } from 'node:test';
import { Octokit } from 'octokit';
import { readMessage } from '../mail/message.ts';
import { type Disturbed, type FakeServer, fakeServer } from '../sources/github/fake-server.ts';
import { baseCommitsOf, prerequisitesOf } from '../thread/base-lines.ts';
import { readSeries } from '../thread/series.ts';
import { GithubClient } from './client.ts';
import type { Account } from './login.ts';
import { openPulls, settleReview } from './pull.ts';
import { pullMails } from './pull-mails.ts';
import type { PullFinding } from './pull-review.ts';
import { sampleOf } from './testing/sample.ts';

const [head, first, base] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const diff = [
  'diff --git a/x.c b/x.c',
  'index 1111111..2222222 100644',
  '--- a/x.c',
  '+++ b/x.c',
  '@@ -1,3 +1,4 @@',
  ' int f(void) {',
  '+\tpatch_one();',
  ' \tpatch_two();',
  ' }',
  '',
].join('\n');
const patch = diff.slice(diff.indexOf('@@'));
let now = new Date('2026-03-01T00:00:00Z');
let reviews: { id: number; body: string; comments: { line: number; body: string }[] }[] = [];
let script: (method: string, path: string) => Disturbed = () => null;
let merges = false;
let server: FakeServer;

before(async () => {
  const pull = (schema: string) => ({
    ...sampleOf(schema),
    ...{ number: 5, state: 'open', draft: false, title: 'base-commit: 1234567 @everybody' },
    head: { ...(sampleOf(schema).head as object), sha: head },
  });
  const commit = (sha: string, parents: readonly string[]) => ({
    ...sampleOf('commit'),
    ...{ sha, parents: parents.map((parent) => ({ sha: parent, url: 'https://api.github.com/x' })) },
  });
  server = await fakeServer({
    handlers: {
      'pulls/list': () => ({ status: 200, body: [pull('pull-request-simple')] }),
      'pulls/get': () => ({ status: 200, body: pull('pull-request') }),
      'pulls/list-commits': () => ({
        status: 200,
        body: [commit(first, merges ? [base, head] : [base]), commit(head, [first])],
      }),
      'pulls/list-files': () => ({ status: 200, body: [{ ...sampleOf('diff-entry'), filename: 'x.c', patch }] }),
      'repos/get-commit': ({ request }) =>
        /^application\/vnd\.github\.(v3\.)?diff$/.test(String(request.headers.accept))
          ? { status: 200, body: diff }
          : { status: 400, body: { message: 'no diff is asked for' } },
      'pulls/list-reviews': () => ({ status: 200, body: reviews.map(reviewBody) }),
      'pulls/create-review': ({ request: { requestBody } }) => {
        const { body = '', comments = [] } = requestBody;
        if (comments.some(({ line }: { line: number }) => line > 4))
          return { status: 422, body: { message: 'no line' } };
        const made = { id: reviews.length + 1, body, comments };
        reviews.push(made);
        return { status: 200, body: reviewBody(made) };
      },
    },
    refuse: () => null,
    script: ({ method, path }) => script(method, path),
  });
});
const reviewBody = ({ id, body }: { id: number; body: string }) => ({
  ...{ ...sampleOf('pull-request-review'), id, body },
  user: { ...sampleOf('simple-user'), login: 'bot' },
});
after(() => server.close());
beforeEach(() => {
  reviews = [];
  merges = false;
  script = () => null;
});

function account(): Account {
  const quiet = () => {};
  const octokit = new Octokit({
    ...{ baseUrl: server.api, retry: { enabled: false }, throttle: { enabled: false } },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const run = <T>(job: () => Promise<T>) => job();
  const client = new GithubClient({
    ...{ octokit, api: server.api, lanes: { read: run, write: run }, now: () => now, sleep: async () => {} },
  });
  const login = async () => ({ data: 'bot', moved: false, trouble: null }) as const;
  return { client, isApp: false, login, tracker: () => assert.fail(), mirror: () => assert.fail() };
}

type Found = Omit<PullFinding, 'commit'>;
const finding: Found = {
  ...{ file: 'x.c', line: 3, text: '\tpatch_two();', isQuestion: false },
  told: { text: 'It breaks, @ada.\n', replay: "npm run replay -- 'x'" },
  repair: { kind: 'grace-period', perRecord: false, inWalk: false, isHere: true },
};

async function settle(found: readonly Found[], times = 1) {
  let task = { number: null as number | null, url: null as string | null, unsureAt: null as Date | null };
  let settled: Awaited<ReturnType<typeof settleReview>> | null = null;
  for (let time = 0; time < times; time++) {
    settled = await settleReview(
      { ...task, wanted: { number: 5, head, isPosted: true } },
      {
        ...{ account: account(), repository: 'example/linux', bot: 'the bot', now: () => now },
        judge: async () => [{ messageId: `${head}@pull.invalid`, findings: found }],
      },
    );
    task = settled;
    now = new Date(now.getTime() + 120_000);
  }
  assert.deepEqual(server.faults, []);
  return settled;
}

test('open pull requests, each with its head', async () => {
  const { data } = await openPulls(account().client, 'example/linux');
  assert.deepEqual(data, [{ number: 5, head }]);
});

test('commits are a series on the parent of the first, and what is written in words is left out', async () => {
  const commits = [
    { id: first, parents: [base], diff },
    { id: head, parents: [first], diff },
  ];
  const mails = await Promise.all(pullMails(commits, now).map((mail) => readMessage(Buffer.from(mail))));
  const [series, ...others] = readSeries(mails);
  assert.deepEqual(
    series?.patches.map(({ message, silence }) => [message.id, silence]),
    [first, head].map((id) => [`${id}@pull.invalid`, null]),
  );
  assert.deepEqual([others.length, baseCommitsOf(mails), mails.flatMap(prerequisitesOf)], [0, [base], []]);
});

test('a comment on the guilty line, with the repair as a suggestion where it is one line there', async () => {
  const settled = await settle([finding]);
  assert.deepEqual([settled?.state, settled?.number], ['written', 1]);
  const [comment] = reviews[0]?.comments ?? [];
  assert.equal(comment?.line, 3);
  assert.match(
    comment?.body ?? '',
    /^```\nIt breaks, @ada\.\n```\n\n```suggestion\n\tsynchronize_rcu_tasks\(\);\n\tpatch_two\(\);\n```/,
  );
});

for (const [what, repair] of Object.entries({
  'in a loop': { ...finding.repair, inWalk: true },
  'for each record': { ...finding.repair, perRecord: true },
  'somewhere else': { ...finding.repair, isHere: false },
  'in words': { ...finding.repair, kind: 'ipi' },
}))
  test(`a repair ${what} is no suggestion`, async () => {
    await settle([{ ...finding, repair: repair as NonNullable<Found['repair']> }]);
    const [comment] = reviews[0]?.comments ?? [];
    assert.match(comment?.body ?? '', /It breaks/);
    assert.doesNotMatch(comment?.body ?? '', /suggestion/);
  });

test('a line that the pull request does not show is told of in the body', async () => {
  await settle([{ ...finding, text: '\telsewhere();' }]);
  assert.equal(reviews[0]?.comments.length, 0);
  assert.match(reviews[0]?.body ?? '', /In `x\.c`, commit aaaaaaaaaaaa:\n\n```\nIt breaks/);
});

test('nothing to say, a merge: silence', async () => {
  assert.match((await settle([]))?.why ?? '', /nothing to say/);
  merges = true;
  assert.match((await settle([finding]))?.why ?? '', /a merge/);
  assert.equal(reviews.length, 0);
});

test('once a head, though the answer is lost', async () => {
  script = (method) => {
    if (method !== 'POST') return null;
    script = () => null;
    return 'lose the answer';
  };
  const settled = await settle([finding], 3);
  assert.deepEqual([settled?.state, reviews.length], ['written', 1]);
});
