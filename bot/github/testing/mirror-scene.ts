/** A fake GitHub with mirrors of series, a clock of the test's own, and the patch that all of it is about. */
import assert from 'node:assert/strict';
import { Octokit } from 'octokit';
import { changesOfDiff } from '../../changes.ts';
import { type Disturbed, type FakeServer, fakeServer } from '../../sources/github/fake-server.ts';
import { GithubClient, type Lanes } from '../client.ts';
import type { Account } from '../login.ts';
import { Mirror } from '../mirror.ts';
import type { WantedMark } from '../wanted-mark.ts';
import { login, token } from './fake-issues.ts';
import { type FakeCommit, type FakeMirror, FakeMirrors } from './fake-mirror.ts';
import { sampleOf } from './sample.ts';

/** `ms`: the time. `script`: what goes wrong with a request. `requests`: how many came. */
export const scene: { ms: number; script: (method: string) => Disturbed; requests: number } = {
  ...{ ms: Date.parse('2026-03-01T00:00:00Z'), script: () => null, requests: 0 },
};
export const now = () => new Date(scene.ms);
export const world = new FakeMirrors(now, login);

export const mirrorServer = (): Promise<FakeServer> =>
  fakeServer({
    handlers: {
      ...world.handlers,
      'apps/get-authenticated': () => ({
        status: 200,
        body: { ...sampleOf('integration'), slug: login.replace('[bot]', '') },
      }),
      'apps/create-installation-access-token': () => ({
        status: 201,
        body: { token: 'of-the-installation', expires_at: '2036-01-01T00:00:00Z', permissions: { checks: 'write' } },
      }),
      'users/get-authenticated': () => ({ status: 200, body: { ...sampleOf('public-user'), login } }),
    },
    refuse: ({ headers: { authorization = '' } }) =>
      /^(token (let-me-in|of-the-installation)|bearer ey[\w.-]+)$/i.test(authorization)
        ? null
        : { status: 401, body: { message: 'Bad credentials' } },
    script: ({ method }) => {
      scene.requests++;
      return scene.script(method);
    },
  });

const quiet = () => {};
export const lanes: Lanes = { read: (run) => run(), write: (run) => run() };
export const sleep = async (ms: number) => {
  scene.ms += ms;
};

/** As one process has it. */
export function accountOf({ api }: FakeServer, isApp: boolean): Account {
  const octokit = new Octokit({
    ...{ auth: token, baseUrl: api, retry: { enabled: false }, throttle: { enabled: false } },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  const client = new GithubClient({ octokit, api, lanes, now, sleep });
  const mirrors = new Map<string, Mirror>();
  return {
    ...{ client, isApp, tracker: () => assert.fail() },
    login: async () => ({ data: login, moved: false, trouble: null }),
    mirror: (name) => mirrors.get(name) ?? mirrors.set(name, new Mirror(name, { client, now })).get(name)!,
  };
}

/** It puts a call of the word in the place of one of old(). */
export const diffOf = (word: string, { context = 'b', at = 7 } = {}) =>
  [
    ...['diff --git a/f.c b/f.c', 'index 1111111..2222222 100644', '--- a/f.c', '+++ b/f.c'],
    ...[`@@ -${at},3 +${at},3 @@ void f(void)`, ` ${context}`, '-\told();', `+\t${word}();`, ' c', ''],
  ].join('\n');
export const changes = changesOfDiff(diffOf('x'));
export const commitOf = (title: string, trailers: readonly string[], diff = diffOf('x')): FakeCommit => ({
  ...{ message: `${title}\n\nText.\n\n${['Signed-off-by: A <a@example.org>', ...trailers].join('\n')}\n`, diff },
});
export const base: FakeCommit = { message: 'Linux 6.1\n', diff: '' };
export const link = 'Link: https://lore.kernel.org/r/p1@example.org';
export const wanted = (set: Partial<WantedMark> = {}): WantedMark => ({
  ...{ messageId: 'p1@example.org', title: 'ftrace: x', changes, before: [], says: 'finding', as: 'status' },
  ...{ context: 'scenario-bot', findings: 'neutral', text: 'Goes wrong.', url: 'https://lore.kernel.org/all/r@b/' },
  ...{ seriesId: 1, replyId: null, fingerprints: ['f1'] },
  ...set,
});
export const patterns = ['series/**'];

let names = 0;
export const newMirror = () => {
  const number = ++names;
  const name = `example/mirror-${number}`;
  return { number, name, mirror: world.add(name) };
};

export const shownOn = ({ statuses, runs }: FakeMirror, sha: string) =>
  [...(statuses.get(sha) ?? []), ...(runs.get(sha) ?? [])].map(({ body }) => body);
/** State and words of each mark, newest first. */
export const marksOn = (mirror: FakeMirror, sha: string) =>
  shownOn(mirror, sha).map(({ state, conclusion, description, output }) =>
    [state ?? conclusion, description ?? (output as { title: string }).title].join(' '),
  );
