/**
 * Tarballs as trees, good ones and bad: what is read, what is said to be unreadable, and what never reaches the disk. Each is
 * packed here, with a cache of its own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { openTree, type Tree } from '../tree.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tarball-'));
process.env.XDG_CACHE_HOME = join(scratch, 'cache');
after(() => rmSync(scratch, { recursive: true }));
const cache = join(scratch, 'cache/scenario-bot/tarballs');
const noXz = spawnSync('xz', ['--version']).status === 0 ? false : 'not installed: xz-utils';

interface Member {
  readonly name: string;
  readonly text?: string;
  readonly type?: 'symlink' | 'link' | 'directory' | 'fifo';
  readonly linkname?: string;
}

const ftrace = 'arch/powerpc/kernel/trace/ftrace.c';
const good: readonly Member[] = [
  { name: 'linux-9.9/', type: 'directory' },
  { name: `linux-9.9/${ftrace}`, text: 'ftrace\n' },
  { name: 'linux-9.9/include/linux/ftrace.h', text: 'header\n' },
  { name: 'linux-9.9/drivers/misc/probe.c', text: 'driver\n' },
  { name: 'linux-9.9/drivers/misc/probe.h', text: 'its header\n' },
  { name: `linux-9.9/include/${'long/'.repeat(40)}name.h`, text: 'long\n' },
];

async function tarOf(members: readonly Member[]): Promise<Buffer> {
  const packer = pack();
  for (const { text = '', ...header } of members) packer.entry(header, text);
  packer.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

let made = 0;
function fileOf(bytes: Buffer, name = 'linux-9.9.tar'): string {
  const folder = join(scratch, `${made++}`);
  mkdirSync(folder);
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

function treeOf(bytes: Buffer, name?: string): Tree {
  const { tree, problem } = openTree(fileOf(bytes, name));
  assert.equal(problem, null);
  return tree!;
}

function checkGood(name: string, packed: (tar: Buffer) => Buffer, skip: string | false = false): void {
  test(`${name} is read`, { skip }, async () => {
    const tree = treeOf(packed(await tarOf(good)), name);
    assert.equal(tree.name, 'linux-9.9');
    const { read } = tree;
    assert.equal(read(ftrace), 'ftrace\n', 'without its tree, as observe, trees and mutants read');
    assert.equal(tree.read(good.at(-1)!.name.slice('linux-9.9/'.length)), 'long\n');
    assert.equal(tree.read('include/linux/none.h'), null);
    assert.equal(tree.read('drivers/misc/probe.h'), 'its header\n', 'unpacked when it is asked for');
    assert.equal(tree.read('drivers/misc/probe.c'), 'driver\n');
    assert.equal(tree.read(`../${ftrace}`), null);
    assert.deepEqual(tree.problems?.(), []);
  });
}
checkGood('linux-9.9.tar', (tar) => tar);
checkGood('linux-9.9.tar.gz', gzipSync);
checkGood('linux-9.9.tar.zst', zstdCompressSync);
const xz = (tar: Buffer) => spawnSync('xz', ['--stdout'], { input: tar, maxBuffer: 1 << 24 }).stdout;
checkGood('linux-9.9.tar.xz', xz, noXz);

test('a tree without a folder around it', async () => {
  const members = good.map((member) => ({ ...member, name: member.name.replace('linux-9.9/', './') })).slice(1);
  assert.equal(treeOf(await tarOf(members)).read(ftrace), 'ftrace\n');
});

test('a second opening unpacks nothing, a changed tarball anew', async () => {
  const file = fileOf(await tarOf(good));
  assert.equal(openTree(file).tree?.read(ftrace), 'ftrace\n');
  const unpacked = readdirSync(cache);
  assert.equal(openTree(file).tree?.read(ftrace), 'ftrace\n');
  assert.deepEqual(readdirSync(cache), unpacked);
  const other = good.map((member) => (member.name.endsWith('ftrace.c') ? { ...member, text: 'FTRACE\n' } : member));
  writeFileSync(file, await tarOf(other));
  assert.equal(openTree(file).tree?.read(ftrace), 'FTRACE\n');
});

test('a folder of a process that was killed is in nobody’s way, and goes', async () => {
  const [old, fresh] = ['a.tmp-old', 'b.tmp-new'].map((name) => join(cache, name));
  for (const folder of [old!, fresh!]) mkdirSync(folder, { recursive: true });
  utimesSync(old!, 1, 1);
  const tar = await tarOf([...good, { name: 'linux-9.9/kernel/once.c', text: 'once\n' }]);
  assert.equal(treeOf(tar).read('kernel/once.c'), 'once\n');
  assert.deepEqual(
    readdirSync(cache).filter((name) => name.includes('.tmp-')),
    ['b.tmp-new'],
  );
});

/** Opened or not, nothing outside the cache is written. */
function checkBad(name: string, bytes: () => Promise<Buffer>, problem: RegExp, skip: string | false = false): void {
  test(`${name}: a named problem`, { skip }, async () => {
    const opened = openTree(fileOf(await bytes()));
    assert.equal(opened.tree, null);
    assert.match(opened.problem ?? '', problem);
    assert.ok(readdirSync(cache).every((entry) => !entry.includes('.tmp-') || entry === 'b.tmp-new'));
  });
}
checkBad('an empty file', async () => Buffer.alloc(0), /no tar archive/);
checkBad('text', async () => Buffer.from('From ada@example.org\n\nhello\n'), /no tar archive/);
checkBad('zeros', async () => Buffer.alloc(4096), /no tar archive/);
checkBad('wrong magic, then a tarball', async () => Buffer.concat([Buffer.from('BZh9'), await tarOf(good)]), /no tar/);
checkBad('a tarball cut in a file', async () => (await tarOf(good)).subarray(0, 1030), /Unexpected end of data/);
checkBad(
  'a tarball cut between files',
  async () => (await tarOf(good)).subarray(0, 1536),
  /ends before its last block/,
);
checkBad('gzip, cut', async () => gzipSync(await tarOf(good)).subarray(0, 100), /unexpected end of file/);
checkBad('gzip of something else', async () => gzipSync('hello'), /Unexpected end|ends before/);
checkBad('xz, cut', async () => xz(await tarOf(good)).subarray(0, 200), /Unexpected end of input/, noXz);
checkBad('only the magic of xz', async () => Buffer.from('fd377a585a00', 'hex'), /Unexpected end of input/, noXz);
checkBad(
  'xz with a bit that fell over',
  async () => {
    const bytes = Buffer.from(xz(await tarOf(good)));
    bytes[150]! ^= 1;
    return bytes;
  },
  /corrupt/,
  noXz,
);
checkBad('a tarball of other things', async () => tarOf([{ name: 'a/b.txt', text: 'x' }]), /nothing of a kernel tree/);
test('a revision of a tarball', async () => {
  assert.match(openTree(`${fileOf(await tarOf(good))}@v6.1`).problem ?? '', /no revisions in it/);
});

/** Members that must not be followed: what is read of the tree beside them, and that nothing was written elsewhere. */
function checkTrick(name: string, members: readonly Member[], asked: string, problem: RegExp | null): void {
  test(`${name} leads nowhere`, async () => {
    const tree = treeOf(await tarOf([...good, ...members]));
    assert.equal(tree.read(ftrace), 'ftrace\n');
    assert.equal(tree.read(asked), null);
    const told = tree.problems?.().map(({ text }) => text) ?? [];
    if (problem === null) assert.deepEqual(told, []);
    else assert.match(told.join(), problem);
    assert.deepEqual(
      readdirSync(scratch).filter((entry) => entry.startsWith('trick')),
      [],
    );
    assert.deepEqual(
      readdirSync(cache).filter((entry) => entry.startsWith('trick')),
      [],
    );
  });
}
const text = 'trick\n';
checkTrick('a path that climbs out', [{ name: 'linux-9.9/../../../trick', text }], '../../../trick', null);
checkTrick('one that climbs out of include', [{ name: 'linux-9.9/include/../../../trick', text }], 'trick', null);
checkTrick('an absolute path', [{ name: join(scratch, 'trick'), text }], 'trick', null);
checkTrick('a git folder', [{ name: 'linux-9.9/include/.git/config', text }], 'include/.git/config', null);
checkTrick(
  'a symbolic link',
  [{ name: 'linux-9.9/include/secret.h', type: 'symlink', linkname: '/etc/hostname' }],
  'include/secret.h',
  /include\/secret.h is in linux-9.9, but it is a link/,
);
checkTrick(
  'a hard link',
  [{ name: 'linux-9.9/include/secret.h', type: 'link', linkname: '/etc/hostname' }],
  'include/secret.h',
  /it is a link/,
);
checkTrick(
  'a folder that is a link, and a file below it',
  [
    { name: 'linux-9.9/include/out', type: 'symlink', linkname: scratch },
    { name: 'linux-9.9/include/out/trick', text },
  ],
  'include/out/gone',
  null,
);
checkTrick('a pipe', [{ name: 'linux-9.9/include/pipe.h', type: 'fifo' }], 'include/pipe.h', null);
checkTrick(
  'a file of 100 MB',
  [{ name: 'linux-9.9/include/large.h', text: 'x'.repeat(100 << 20) }],
  'include/large.h',
  /too large to be read/,
);

test('a file of 100 MB in a directory', () => {
  const folder = join(scratch, 'large');
  mkdirSync(join(folder, 'include'), { recursive: true });
  writeFileSync(join(folder, 'include/large.h'), Buffer.alloc(100 << 20));
  const { tree } = openTree(folder);
  assert.equal(tree?.read('include/large.h'), null);
  assert.match(tree?.problems?.()[0]?.text ?? '', /has 104857600 bytes; at most/);
});

test('a cache that cannot be written', async () => {
  const file = fileOf(await tarOf(good));
  const [home, blocked] = [process.env.XDG_CACHE_HOME, join(scratch, 'blocked')];
  writeFileSync(blocked, '');
  process.env.XDG_CACHE_HOME = blocked;
  assert.match(openTree(file).problem ?? '', /ENOTDIR.*XDG_CACHE_HOME/);
  process.env.XDG_CACHE_HOME = home;
  assert.equal(readFileSync(blocked, 'utf8'), '');
});
