/** import, export and backup as a person runs them: an archive in, all of it out, and a copy that opens. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { backupCommand } from './backup-command.ts';
import { exportCommand } from './export-command.ts';
import { importCommand } from './import-command.ts';
import { newDirectory } from './store/testing/engines.ts';

const root = mkdtempSync(join(tmpdir(), 'commands-'));
after(() => rmSync(root, { recursive: true, force: true }));
const store = join(root, 'data');
const mbox = join(root, 'list.mbox');

const mail = (id: string, more: string) =>
  `From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Ada <ada@example.org>\nMessage-ID: <${id}>\n${more}\n\n`;
const patch =
  'Subject: [PATCH v2] x\n\n--- a/arch/powerpc/kernel/trace/ftrace.c\n+++ b/arch/powerpc/kernel/trace/ftrace.c\n@@ -1 +1 @@\n-a\n+b';
const [first, second, third] = [
  mail('a', patch),
  mail('b', 'References: <a>\nSubject: Re: x\n\nNo.'),
  mail('c', 'Subject: z\n\nz'),
];

async function run(
  command: (streams: { out: (text: string) => void; err: (text: string) => void }) => Promise<number>,
) {
  const said = { status: 0, out: '', err: '' };
  said.status = await command({
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  return said;
}

const importing = (path: string) =>
  run((streams) =>
    importCommand({ path, choice: { store }, signal: new AbortController().signal, interactive: false, ...streams }),
  );

test('an archive is imported once, goes on where it was, is exported whole, and its backup opens', async () => {
  await newDirectory(store);
  writeFileSync(mbox, `${first}${second}${first}`);
  const imported = await importing(mbox);
  assert.equal(
    imported.out,
    `read       3 mails
new        2, of which 0 under a Message-ID that another mail has
known      1
relevant   1 new patches of files that matter
damaged    0 new mails
in all     2 mails in 1 threads, 1 series, 1 relevant patches, 0 damaged
`,
  );
  assert.equal(imported.status, 0);
  assert.match((await importing(mbox)).out, /^read {7}0 mails\n/);
  writeFileSync(mbox, third, { flag: 'a' });
  assert.match((await importing(mbox)).out, /^read {7}1 mails\nnew {8}1,/);

  const exported = async (place: string) =>
    (await run(({ out, err }) => exportCommand({ choice: { store: place }, write: async (text) => out(text), err })))
      .out;
  const lines = (await exported(store))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const raws = lines
    .filter(({ table }) => table === 'mails')
    .map(({ row }) => Buffer.from(row.raw, 'base64').toString());
  assert.deepEqual(
    raws.map((raw) => /^Message-ID: <(.)>$/m.exec(raw)?.[1]),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(
    [...new Set(lines.map(({ table }) => table))],
    ['schema_versions', 'threads', 'mails', 'message_ids', 'positions'],
  );

  const file = join(root, 'backup.tar.gz');
  const backed = await run((streams) => backupCommand({ choice: { store }, file, ...streams }));
  assert.deepEqual([backed.status, backed.err], [0, '']);
  const copy = join(root, 'copy');
  mkdirSync(copy);
  assert.equal(spawnSync('tar', ['-xzf', file, '-C', copy]).status, 0);
  assert.equal(await exported(copy), await exported(store));
});

test('what cannot be done is said with what to do', async () => {
  const nothing = join(root, 'nothing');
  mkdirSync(nothing);
  const file = join(root, 'none.tar.gz');
  for (const [said, status, words] of [
    [await importing(join(root, 'absent')), 2, /^import: there is nothing at /],
    [await importing(nothing), 2, /^import: .*holds none named 0\.git.*an mbox or a maildir will do/],
    [await run((streams) => backupCommand({ choice: { store: nothing }, file, ...streams })), 2, /no database in/],
    [
      await run((streams) => backupCommand({ choice: { store: 'postgres://a@b/c' }, file, ...streams })),
      2,
      /pg_dump --format=custom/,
    ],
    [
      await run(({ err }) =>
        exportCommand({ choice: { store: 'postgres://a:secret@127.0.0.1:1/c' }, write: async () => {}, err }),
      ),
      2,
      /postgres:\/\/a@127\.0\.0\.1:1\/c cannot be used/,
    ],
  ] as const) {
    assert.equal(said.status, status);
    assert.match(said.err, words);
  }
  assert.ok(!existsSync(file) && !existsSync(`${file}.new`));
});
