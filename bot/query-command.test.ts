/** `query` as a person runs it: by itself, beside a daemon, and where there is nothing to tell. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { stringify } from 'yaml';
import { fixtureFolder } from './fixture.ts';
import { Running } from './serve/testing/running.ts';
import type { Settings } from './settings/schema.ts';
import { loadSettings } from './settings/settings.ts';
import { newDirectory } from './store/testing/engines.ts';

const root = mkdtempSync(join(tmpdir(), 'query-'));
after(() => rmSync(root, { recursive: true, force: true }));
const mbox = (fixture: string) => join(fixtureFolder, fixture, 'thread.mbox');
const finding = '20260303.in-ipi@example.org';

/** Of a store of its own, with an archive of one thread, on a list where mail leaves. */
async function settingsIn(
  name: string,
  archive: string,
): Promise<{ readonly file: string; readonly settings: Settings }> {
  const defaults = loadSettings();
  const directory = join(root, name);
  await newDirectory(directory);
  const settings: Settings = {
    ...defaults,
    store: { directory, url: null },
    trees: [join(fixtureFolder, '../tree')],
    github: { ...defaults.github, repository: null },
    lists: [{ address: 'linuxppc-dev@lists.ozlabs.org', mode: 'post', passes: false }],
    sources: [{ name: 'archive', kind: 'mbox', path: archive, pollSeconds: 1 }],
    http: null,
  };
  const file = join(root, `${name}.yaml`);
  writeFileSync(file, stringify(settings));
  return { file, settings };
}

async function query(...words: readonly string[]) {
  const process_ = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), 'query', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => process_.on('close', resolve));
  const [out, err, status] = await Promise.all([text(process_.stdout), text(process_.stderr), closed]);
  return { out, err, status };
}

test('a mail of an archive is judged once, and nobody is mailed', async () => {
  const { file } = await settingsIn('alone', mbox('mflr-in-ipi'));
  const link = `https://lore.kernel.org/linuxppc-dev/${finding}/T/#u`;
  const unjudged = await query(link, '--settings', file, '--no-analysis');
  assert.match(unjudged.out, /^thread {4}<.*>, not analysed$/m);
  assert.match(unjudged.out, /^answer {4}none: this version was not judged$/m);
  const first = await query(link, '--settings', file);
  assert.equal(first.status, 0, 'a question is no finding');
  assert.match(first.err, /^analysing$/m);
  for (const line of [
    /^mail {6}<20260303\.in-ipi@example\.org>$/m,
    /^series {4}version 2, 1 patch, by ada@example\.org/m,
    /^answer {4}question, by version/m,
    /^ {10}base: the diff's own lines/m,
    /^ {10}finding [0-9a-f]{16}, new: return-address at enable, level preemption$/m,
    /^bounds {4}64 pairs of entry point and profile; 2 tasks on 2 CPUs/m,
    /^reply {5}question, dry, to version 2, .*: one finding.*; it was asked for by query: nobody is mailed$/m,
    /^ {2}\| On Tue, 03 Mar 2026, Ada Example wrote:$/m,
    /^decided {3}.* question, by analysis: one finding/m,
  ])
    assert.match(first.out, line);
  const again = await query(`<${finding}>`, '--settings', file, '--json');
  assert.deepEqual([again.err, again.status], ['', 0]);
  const { series, versions, replies, texts } = JSON.parse(again.out);
  assert.equal(versions[series].review.patches[0].findings[0].check, 'return-address');
  assert.deepEqual([replies[0].state, texts[0].messageId], ['dry', replies[0].messageId]);
});

test('where a daemon has the store, it does it', async () => {
  const { settings } = await settingsIn('daemon', join(root, 'absent.mbox'));
  const file = join(root, 'with-http.yaml');
  // A port that is free: a daemon says which it got.
  const http = { ...loadSettings().http!, host: '127.0.0.1' };
  const running = await Running.start({ ...settings, sources: [], http: { ...http, port: 0 } });
  try {
    const [{ port }] = (await running.until(({ msg }) => msg === 'started')) as [{ port: number }];
    writeFileSync(file, stringify({ ...settings, http: { ...http, port } }));
    const unknown = await query(finding, '--settings', file);
    assert.equal(unknown.status, 2);
    assert.match(unknown.err, /no source of the settings can be asked for it; give its thread by --thread FILE/);
    const judged = await query(finding, '--settings', file, '--thread', mbox('mflr-in-ipi'));
    assert.match(judged.out, /^answer {4}question/m);
    assert.match(judged.err, /^analysing$/m);
    assert.match((await query(finding, '--settings', file)).out, /^reply {5}question, dry/m);
  } finally {
    await running.stop();
  }
});

test('nobody is mailed over what was never sent, or is answered after years', async () => {
  const thread = readFileSync(mbox('mflr-in-ipi'), 'utf8');
  const today = new Date().toUTCString();
  const draft = join(root, 'draft.mbox');
  writeFileSync(draft, thread.replace(/^Date: .*$/m, `Date: ${today}`));
  const late = ['Date: ', 'In-Reply-To: ']
    .map((name) => name + (name === 'Date: ' ? today : `<${finding}>`))
    .join('\n');
  const answered = join(root, 'answered.mbox');
  writeFileSync(
    answered,
    `${thread}\nFrom ben@example.org Mon Mar  3 00:00:00 2026\nFrom: ben@example.org\nSubject: Re: it\nMessage-ID: <late@example.org>\n${late}\n\nStill there?\n`,
  );
  for (const [name, archive, words] of [
    ['draft', join(root, 'absent.mbox'), ['--thread', draft]],
    ['answered', answered, []],
  ] as const) {
    const { file } = await settingsIn(name, archive);
    const { out } = await query(finding, '--settings', file, ...words);
    assert.match(out, /^reply {5}question, dry/m, name);
  }
});

test('what cannot be told is said with what to do', async () => {
  const { file } = await settingsIn('nothing', mbox('mflr-in-ipi'));
  const broken = join(root, 'broken.yaml');
  writeFileSync(broken, 'sources: 1\n');
  const empty = join(root, 'empty.mbox');
  writeFileSync(empty, '');
  for (const [words, expected] of [
    [['not an id', '--settings', file], /"not an id" is no Message-ID; give what stands between < and >/],
    [['https://lore.kernel.org/', '--settings', file], /names no mail; give a link such as/],
    [['x@example.org', '--settings', broken], /broken\.yaml:1: sources/],
    [
      ['x@example.org', '--settings', file],
      /none of the sources that can be asked has it.*\n {2}archive does not have it/,
    ],
    [['x@example.org', '--settings', file, '--thread', empty], /empty\.mbox holds no mail/],
    [['x@example.org', '--settings', file, '--thread', join(root, 'absent')], /cannot be read \(ENOENT\)/],
    [['x@example.org', '--settings', file, '--thread', mbox('mflr-in-ipi')], /thread that was given does not hold <x@/],
    [[], /missing required argument/],
  ] as const) {
    const { out, err, status } = await query(...words);
    assert.deepEqual([out, status], ['', 2], words.join(' '));
    assert.match(err, expected);
  }
});
