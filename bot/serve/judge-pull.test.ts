/**
 * A pull request end to end: a webhook tells of it, its commits are read of a repository on disk by the fake server, judged by the
 * real analysis in its own process on the base that GitHub has, and answered once on the guilty line.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { Octokit } from 'octokit';
import { archModel } from '../../analyzers/protocol/arch-model.ts';
import { fixtureFolder } from '../fixture.ts';
import { GithubClient } from '../github/client.ts';
import { takeDelivery } from '../github/delivery.ts';
import type { Account } from '../github/login.ts';
import { sampleOf } from '../github/testing/sample.ts';
import { writeItem } from '../github/write.ts';
import { Clone, gitAbsent } from '../sources/clone.ts';
import { gitHandlers } from '../sources/github/fake-github.ts';
import { fakeServer } from '../sources/github/fake-server.ts';
import { onPglite } from '../store/testing/engines.ts';
import { analysisPool } from './analysis-pool.ts';
import { judgeOf } from './judge-pull.ts';
import { fixtureMails } from './testing/model-tree.ts';
import { Scene } from './testing/scene.ts';

const ftrace = 'arch/powerpc/kernel/trace/ftrace.c';

interface Posted {
  readonly body: string;
  readonly commit_id: string;
  readonly comments: readonly { readonly path: string; readonly line: number; readonly body: string }[];
}

interface Answer {
  readonly reviews: readonly Posted[];
  readonly head: string;
  /** The file at the head. */
  readonly text: string;
  readonly why: string | null;
}

/** A repository with a base, and on it the patches of a fixture as commits; @returns base and commits, oldest first */
function repositoryOf(clone: Clone, fixture: string): readonly string[] {
  cpSync(join(fixtureFolder, '../tree'), clone.folder, { recursive: true });
  const base = clone.commit({ [ftrace]: archModel.text });
  const patches = fixtureMails(fixture).filter((mail) => mail.includes('\ndiff --git ') && !mail.includes('\n> '));
  const mail = join(clone.folder, '.git/mail');
  return [
    base,
    ...patches.map((patch) => {
      writeFileSync(mail, patch);
      clone.git('apply', mail);
      return clone.commit({});
    }),
  ];
}

async function mirrorOf(clone: Clone, history: readonly string[]) {
  const reviews: Posted[] = [];
  const [base = '', head = ''] = [history[0], history.at(-1)];
  const reviewBody = ({ body }: Posted, index: number) => ({
    ...{ ...sampleOf('pull-request-review'), id: index + 1, body },
    user: { ...sampleOf('simple-user'), login: 'bot' },
  });
  const pull = { ...sampleOf('pull-request'), number: 5, state: 'open', draft: false };
  const server = await fakeServer({
    handlers: {
      ...gitHandlers(clone.folder),
      'pulls/get': () => ({ status: 200, body: { ...pull, head: { ...(pull as { head?: object }).head, sha: head } } }),
      'pulls/list-commits': () => ({
        status: 200,
        body: history.slice(1).map((sha, index) => ({
          ...{ ...sampleOf('commit'), sha },
          parents: [{ sha: history[index], url: 'https://api.github.com/x' }],
        })),
      }),
      'pulls/list-files': () => ({
        status: 200,
        body: [
          {
            ...{ ...sampleOf('diff-entry'), filename: ftrace },
            patch: clone.git('diff', base, head, '--', ftrace).replace(/^[\s\S]*?\n(?=@@)/, ''),
          },
        ],
      }),
      'repos/get-commit': ({ request }) => ({
        status: 200,
        body: `${clone.git('show', '--format=', String(request.params.ref))}\n`,
      }),
      'pulls/list-reviews': () => ({ status: 200, body: reviews.map(reviewBody) }),
      'pulls/create-review': ({ request: { requestBody } }) => {
        const number = reviews.push(requestBody);
        return { status: 200, body: reviewBody(requestBody, number) };
      },
    },
    refuse: () => null,
    script: () => null,
  });
  const told = { ...pull, head: { ...(pull as { head?: object }).head, sha: head } };
  const payload = { action: 'opened', repository: { full_name: 'example/linux' }, pull_request: told };
  return { api: server.api, faults: server.faults, reviews, payload, close: () => server.close() };
}

function accountOf(api: string, now: () => Date): Account {
  const quiet = () => {};
  const octokit = new Octokit({
    ...{ baseUrl: api, retry: { enabled: false }, throttle: { enabled: false } },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const run = <T>(job: () => Promise<T>) => job();
  const client = new GithubClient({ octokit, api, lanes: { read: run, write: run }, now, sleep: async () => {} });
  const login = async () => ({ data: 'bot', moved: false, trouble: null }) as const;
  return { client, isApp: false, login, tracker: () => assert.fail(), mirror: () => assert.fail() };
}

onPglite((bench) => {
  /** What is posted of a fixture's patches as a pull request, delivered twice and written twice. */
  async function answerTo(t: test.TestContext, fixture: string): Promise<Answer> {
    let told: Answer | null = null;
    await Clone.use(async (clone) => {
      const history = repositoryOf(clone, fixture);
      const mirror = await mirrorOf(clone, history);
      t.after(() => mirror.close());
      const cache = mkdtempSync(join(tmpdir(), 'judge-pull-'));
      t.after(() => rmSync(cache, { recursive: true, force: true }));
      process.env.XDG_CACHE_HOME = cache;
      const scene = new Scene(bench().store);
      scene.time = new Date('2026-03-05T00:00:00Z');
      const github = { ...scene.settings.github, api: mirror.api, repository: null };
      const pool = analysisPool({ ...scene.settings, trees: [], github }, new AbortController().signal);
      t.after(() => pool.close());
      const pulls = { repository: 'example/linux', mode: 'post', minutes: 10, webhook: null } as const;
      const wanting = { ...scene, store: scene.store, now: scene.now, pulls };
      for (const id of ['first', 'second'])
        await takeDelivery({ id, event: 'pull_request', payload: mirror.payload }, wanting);
      assert.deepEqual(
        scene.jobs.map(({ name }) => name),
        ['github'],
      );
      const writing = {
        ...{
          store: scene.store,
          queue: scene.queue,
          log: scene.log,
          now: scene.now,
          bot: 'the bot',
          branches: [],
        },
        ...{
          judge: judgeOf(pool, scene.now),
          open: async () => ({ account: accountOf(mirror.api, scene.now), problem: null }),
        },
      };
      const { itemId } = scene.jobs[0]?.data as { itemId: number };
      for (let i = 0; i < 2; i++) await writeItem(itemId, writing);
      const row = await scene.store.db.selectFrom('github_items').select(['state', 'why']).executeTakeFirstOrThrow();
      assert.deepEqual([row.state, mirror.faults], ['written', []], row.why ?? '');
      const text = clone.git('show', `HEAD:${ftrace}`);
      told = { reviews: mirror.reviews, head: history.at(-1) ?? '', text, why: row.why };
    });
    return told! as Answer;
  }

  test('what breaks is told on the guilty line', { skip: gitAbsent, timeout: 300_000 }, async (t) => {
    const { reviews, head, text } = await answerTo(t, 'mflr-in-ipi');
    assert.deepEqual(
      reviews.map(({ commit_id, comments }) => [commit_id, comments.map(({ path }) => path)]),
      [[head, [ftrace]]],
    );
    const [{ body, comments }] = reviews as readonly [Posted];
    // The base was had of GitHub: else it would be a question.
    assert.match(body, /^<!-- scenario-bot review [0-9a-f]{40} -->\n\nOne scenario in which these commits break /);
    const lines = text.split('\n');
    const at = lines.indexOf(
      '\t\terr = ftrace_replace_rec(rec, enable);',
      lines.findIndex((line) => line.includes('(do_isync')),
    );
    assert.equal(comments[0]?.line, at + 1);
    assert.match(
      comments[0]?.body ?? '',
      /is interrupted, preempted or just delayed here breaks\.[\s\S]*\nnpm run replay -- '/,
    );
    // It goes before the walk, not before this line.
    assert.doesNotMatch(comments[0]?.body ?? '', /```suggestion/);
  });

  test('what holds is not answered', { skip: gitAbsent, timeout: 300_000 }, async (t) => {
    const { reviews, why } = await answerTo(t, 'mflr-two-steps');
    assert.deepEqual([reviews, why], [[], 'there is nothing to say']);
  });
});
