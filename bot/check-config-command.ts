/**
 * `check-config`: the settings read as the daemon would read them, with all that is wrong, and what would be read and sent by
 * them. Nothing is opened but the files they name.
 */
import { readToken } from './http/tokens.ts';
import { moderatorsOf } from './moderation/mails.ts';
import type { Settings } from './settings/schema.ts';
import { readKey, readSecret, type Secret } from './settings/secret.ts';
import { readSettings } from './settings/settings.ts';
import { openTree } from './sources/tree.ts';
import { called } from './usage/called.ts';

interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @returns the exit status: 0 the daemon would start, 2 it would not */
export async function checkConfigCommand(file: string, { out, err }: Streams): Promise<number> {
  const { settings, problems } = readSettings(file);
  if (settings === null) {
    for (const problem of problems) err(`${problem}\n`);
    return 2;
  }
  const missing = await missingOf(settings);
  for (const problem of missing) err(`${file}: ${problem}\n`);
  for (const line of summaryOf(settings)) out(`${line}\n`);
  return missing.length === 0 ? 0 : 2;
}

/** What the settings name and what is not there, or cannot be what it is named for. */
async function missingOf(settings: Settings): Promise<readonly string[]> {
  const { sources, trees, smtp, dkim, moderators, http, github, patchwork } = settings;
  const asked = moderatorsOf(settings);
  const never = new AbortController().signal;
  const secrets = [
    ...sources.flatMap(({ name, ...source }) => {
      const login = source.kind === 'imap' && source.login !== 'anonymous' ? source.login : null;
      if (login === null) return [];
      const secret = 'oauth2' in login ? login.oauth2 : login.password;
      return [{ name: `sources: ${name}`, read: () => readSecret(secret, never) }];
    }),
    ...(smtp?.login ? [{ name: 'smtp.login.password', read: () => readSecret(smtp.login!.password, never) }] : []),
    ...(dkim ? [{ name: 'dkim.key', read: () => readKey(dkim.key, never) }] : []),
    ...(github.auth === null ? [] : [githubSecret(github.auth, never)]),
    ...(github.pulls?.webhook ? [webhookSecret(github.pulls.webhook, never)] : []),
    ...(http?.tokens ?? []).map(({ name, secret }) => ({
      name: `http.tokens: ${name}`,
      read: () => readToken(secret, never),
    })),
    ...(patchwork ? [{ name: 'patchwork.token', read: () => readSecret(patchwork.token, never) }] : []),
  ];
  const read = await Promise.all(secrets.map(async ({ name, read }) => ({ name, problem: (await read()).problem })));
  return [
    ...trees.flatMap((spec) => {
      const { problem } = openTree(spec);
      return problem === null ? [] : [`trees: ${problem}`];
    }),
    ...moderators
      .filter((address) => !asked.includes(address))
      .map((address) => `moderators: ${address} is a list, and is never asked; name people`),
    ...read.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem.text}`])),
  ];
}

type GithubAuth = NonNullable<Settings['github']['auth']>;
const githubSecret = (auth: GithubAuth, signal: AbortSignal) =>
  'token' in auth
    ? { name: 'github.auth.token', read: () => readSecret(auth.token, signal) }
    : { name: 'github.auth.app.key', read: () => readKey(auth.app.key, signal) };

const webhookSecret = (secret: Secret, signal: AbortSignal) => ({
  name: 'github.pulls.webhook',
  read: () => readToken(secret, signal),
});

function summaryOf({
  sources,
  lists,
  store,
  smtp,
  moderators,
  github: { issues, pulls, marks },
  patchwork,
}: Settings): readonly string[] {
  const posting = lists.filter(({ mode }) => mode === 'post' || mode === 'moderate');
  return [
    sources.length === 0
      ? 'reads nothing: there are no sources'
      : `reads ${sources.map(({ name }) => name).join(', ')}`,
    ...lists.map(({ address, mode, passes }) => `${address}: ${mode}${passes ? ', passes too' : ''}`),
    `keeps everything in ${store.url === null ? store.directory : 'a PostgreSQL database'}`,
    smtp === null || posting.length === 0 ? 'sends nothing' : `sends by ${smtp.host}:${smtp.port}`,
    ...(smtp === null && posting.length > 0 ? ['what is due waits: smtp is null'] : []),
    ...(pulls === null
      ? []
      : [
          `pull requests of ${pulls.repository}: ${pulls.mode}${pulls.webhook === null ? '' : ', told of by a webhook'}`,
        ]),
    ...(issues === null ? [] : [`issues in ${issues.repository}: ${issues.mode}`]),
    ...(marks === null
      ? []
      : [
          `${marks.as === 'check' ? 'check runs' : 'statuses'} on ${marks.branches.join(', ')} of ${marks.repository}: ${marks.mode}`,
        ]),
    ...(patchwork === null
      ? []
      : [
          posting.length === 0
            ? 'posts no checks: no list is in moderate or post'
            : `posts checks as ${patchwork.context} to ${patchwork.project} at ${patchwork.url}`,
        ]),
    ...(moderators.length === 0 && lists.some(({ mode }) => mode === 'moderate')
      ? [`no moderators: what is held is approved by ${called('outbox')} approve alone`]
      : []),
  ];
}
