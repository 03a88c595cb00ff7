/** `init` and `check-config`, from nothing to a file that the daemon would start with. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { checkConfigCommand } from './check-config-command.ts';
import { initCommand } from './init-command.ts';
import { defaultsFile } from './settings/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'bot.yaml');

/** Status, standard output, standard error. */
async function run(command: (streams: Parameters<typeof initCommand>[1]) => number | Promise<number>) {
  let [out, err] = ['', ''];
  const status = await command({ out: (text) => (out += text), err: (text) => (err += text) });
  return { status, out: out.replaceAll(folder, ''), err: err.replaceAll(folder, '') };
}

test('init writes a file that check-config takes, once, for its owner alone', async () => {
  assert.deepEqual(await run((streams) => initCommand(file, streams)), {
    ...{ status: 0, err: '' },
    out: '/bot.yaml is written: edit it, then check it by npm run check-config -- /bot.yaml\n',
  });
  assert.equal(readFileSync(file, 'utf8'), readFileSync(defaultsFile, 'utf8'));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  writeFileSync(file, 'mine');
  const again = await run((streams) => initCommand(file, streams));
  assert.deepEqual([again.status, again.err], [2, 'init: /bot.yaml is there already; it is left as it is\n']);
  assert.equal(readFileSync(file, 'utf8'), 'mine');
  const nowhere = await run((streams) => initCommand(join(folder, 'no/such'), streams));
  assert.deepEqual([nowhere.status, nowhere.err], [2, 'init: /no/such cannot be written (ENOENT)\n']);
});

function check(
  name: string,
  edit: (text: string) => string,
  expected: { readonly status: number; readonly says?: readonly RegExp[]; readonly wrong?: readonly RegExp[] },
): void {
  test(name, async () => {
    writeFileSync(file, edit(readFileSync(defaultsFile, 'utf8')));
    const { status, out, err } = await run((streams) => checkConfigCommand(file, streams));
    assert.equal(status, expected.status, err);
    for (const one of expected.says ?? []) assert.match(out, one);
    for (const one of expected.wrong ?? []) assert.match(err, one);
    if (expected.wrong === undefined) assert.equal(err, '');
  });
}
const secret = join(folder, 'password');
writeFileSync(secret, 'hunter2\n');
const smtp = (password: string) => (text: string) =>
  text
    .replace(
      'smtp: null',
      `smtp:\n  host: mail.example.org\n  port: 587\n  tls: starttls\n  ca: null\n  login: { user: bot, password: { file: ${password} } }`,
    )
    .replace('mode: dry-run', 'mode: post');

check('the defaults', (text) => text, { status: 0, says: [/^reads nothing/m, /: dry-run$/m, /^sends nothing$/m] });
check('one that sends', smtp(secret), { status: 0, says: [/: post$/m, /^sends by mail\.example\.org:587$/m] });
check('a secret that is not there', smtp('/nosuch'), {
  status: 2,
  wrong: [/^\/bot\.yaml: smtp\.login\.password: the secret cannot be had of \/nosuch \(ENOENT\)/m],
});
check(
  'a key that is not there',
  (text) => text.replace('dkim: null', 'dkim: { domain: a.org, selector: s, key: { file: /nosuch } }'),
  {
    status: 2,
    wrong: [/dkim\.key: the secret cannot be had of \/nosuch/],
  },
);
check(
  'a password of a source that is not there',
  (text) =>
    text.replace(
      'sources: []',
      'sources: [{ name: mailbox, kind: imap, host: a.org, login: { user: bot, password: { file: /nosuch } } }]',
    ),
  { status: 2, wrong: [/: sources: mailbox: the secret cannot be had of \/nosuch \(ENOENT\)/] },
);
const patchwork = (url: string, token: string) => (text: string) =>
  text.replace(
    'patchwork: null',
    `patchwork: { url: ${url}, project: linuxppc-dev, token: { file: ${token} }, context: scenario-bot, findings: warning }`,
  );
check('checks that no list wants', patchwork('https://pw.example.org/', secret), {
  status: 0,
  says: [/^posts no checks: no list is in moderate or post$/m],
});
check('checks', (text) => patchwork('https://pw.example.org/', secret)(text).replace('mode: dry-run', 'mode: post'), {
  status: 0,
  says: [/^posts checks as scenario-bot to linuxppc-dev at https:\/\/pw\.example\.org$/m],
});
check('a token that is not there', patchwork('https://pw.example.org', '/nosuch'), {
  status: 2,
  wrong: [/: patchwork\.token: the secret cannot be had of \/nosuch \(ENOENT\)/],
});
check('a token that anybody could read', patchwork('http://pw.example.org', secret), {
  status: 2,
  wrong: [/: patchwork\.url: sends the token readable over the network; use https/],
});
check('a tree that is not there', (text) => text.replace('trees: []', 'trees: [/nosuch]'), {
  status: 2,
  wrong: [/: trees: .*\/nosuch/],
});
check('a key that there is none of', (text) => text.replace('moderators:', 'moderator:'), {
  status: 2,
  wrong: [/^\/bot\.yaml:\d+: moderator: there is no such key; did you mean moderators\?$/m],
});
check('no server to send by', (text) => text.replace('mode: dry-run', 'mode: post'), {
  status: 0,
  says: [/^what is due waits: smtp is null$/m],
});
check('nobody who moderates', (text) => text.replace('mode: dry-run', 'mode: moderate'), {
  status: 0,
  says: [/^no moderators:/m],
});
check(
  'a list that would moderate',
  (text) => text.replace('moderators: []', 'moderators: [mia@example.org, linuxppc-dev@lists.ozlabs.org]'),
  {
    status: 2,
    wrong: [/moderators: linuxppc-dev@lists\.ozlabs\.org is a list, and is never asked/],
  },
);

test('a secret that is read is printed nowhere', async () => {
  writeFileSync(file, smtp(secret)(readFileSync(defaultsFile, 'utf8')));
  const { out, err } = await run((streams) => checkConfigCommand(file, streams));
  assert.ok(!`${out}${err}`.includes('hunter2'));
});
