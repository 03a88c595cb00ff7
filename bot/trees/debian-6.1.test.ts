/**
 * The kernel of Debian 12 against itself, from linux-source-6.1: what the reader predicts for its call sites is what a
 * booted one was seen to write (every store into its text logged under QEMU), and no run of it is guessed, refused or broken.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaults } from '../../analyzers/explore/explore.ts';
import { disassemble } from '../../analyzers/power/text.ts';
import { extract } from '../../analyzers/protocol/extract.ts';
import type { Protocol } from '../../analyzers/protocol/protocol.ts';
import { newCache } from '../../analyzers/verdict/protocol-run.ts';
import { debianSourceAbsent, entryPaths, withDebianSource } from '../entry/debian-source.ts';
import { rowsOf } from '../observe/table.ts';
import { sameProtocols } from '../same-protocols.ts';
import { openTree } from '../sources/tree.ts';
import { judgeTree } from './judge-tree.ts';

const paths = [
  ...entryPaths,
  ...['lib/code-patching.c', 'mm/maccess.c'].map((path) => `arch/powerpc/${path}`),
  ...['kernel/trace', 'init/main.c'],
];

/** `func+0x4: nop → bl ftrace_caller; 4 bytes; ptesync; …`, of call sites; what is between their stores counts, too. */
function seen(protocol: Protocol): readonly string[] {
  const rows = rowsOf(protocol);
  const isSite = (of: string) => protocol.sites.some(({ id }) => id === of);
  const sites = rows.filter(({ of }) => isSite(of)).map((row) => rows.indexOf(row));
  return rows
    .slice(sites[0], (sites.at(-1) ?? -1) + 1)
    .map((row) =>
      isSite(row.of)
        ? `${row.of} ${row.where}: ${row.old} → ${row.new}; ${row.bytes} bytes; ${row.instructions.join('; ')}`
        : `${row.kind} ${row.where}`,
    );
}

const around = '4 bytes; ptesync; stw; dcbst; sync; icbi; sync; isync';
/** In kernel text: FACTS as seen, each word one store, A before B, nothing between. */
const rows: readonly (readonly [entryPoint: string, from: string, to: string])[] = [
  ['boot', 'bl _mcount', 'nop'],
  ['enable', 'nop', 'bl ftrace_caller'],
  ['disable', 'bl ftrace_caller', 'nop'],
];
/** In a module the same through its stubs. */
const moduleRows: typeof rows = [
  ['module-load', 'bl stub to _mcount', 'nop'],
  ['enable', 'nop', 'bl stub to ftrace_caller'],
  ['disable', 'bl stub to ftrace_caller', 'nop'],
];

/** The word for it at an address of a site, found among what the protocol knows by name. */
function wordOf(protocol: Protocol, text: string, address: bigint): string {
  if (text === 'nop') return '60000000 nop';
  const target = text.slice('bl '.length);
  const at = protocol.texts.find(({ name }) => name === target)?.address ?? protocol.symbols.get(target) ?? 0n;
  const word = Number(0x48000001n | ((at - address) & 0x03fffffcn));
  assert.match(disassemble(word, address), new RegExp(`bl +0x${at.toString(16)}$`));
  return `${word.toString(16)} ${text}`;
}

function checkStores(read: (path: string) => string | null, setUp: boolean): void {
  const options = {
    read,
    touched: [],
    evidence: 'tree',
    profiles: ['ppc64-mprofile-gcc6'],
    deep: true,
    setUp,
  } as const;
  const { protocols } = extract(options);
  for (const [siteKind, expected] of [
    ['near', rows],
    ['module', moduleRows],
  ] as const) {
    const front =
      siteKind === 'module' ? ['ld r2,-8(r12)', 'add r2,r2,r12'] : ['addis r2,r12,320', 'addi r2,r2,-32768'];
    for (const [entryPoint, from, to] of expected) {
      const found = protocols.filter(
        ({ scenario }) =>
          scenario.entryPoint === entryPoint && scenario.siteKind === siteKind && scenario.plan === 'all',
      );
      assert.equal(found.length, 2, 'with and without preemption');
      for (const protocol of found) {
        assert.equal(protocol.outcome, 'ok', protocol.why);
        const lines = protocol.sites.map(({ id, address, words }) => {
          const [first, second] = setUp ? [-8, -4] : [0, 0];
          if (setUp)
            assert.deepEqual(
              [first, second].map((at) => disassemble(words.get(at) ?? 0, 0n)),
              front,
            );
          assert.equal(disassemble(words.get(0) ?? 0, 0n), 'mflr r0');
          const [old, fresh] = [from, to].map((text) => wordOf(protocol, text, address + 4n));
          return `${id} func+0x${setUp ? 'c' : '4'}: ${old} → ${fresh}; ${around}`;
        });
        assert.deepEqual(seen(protocol), lines, `${entryPoint} ${siteKind}`);
      }
    }
  }
}

test('linux-source-6.1', { skip: debianSourceAbsent !== null && `not installed: ${debianSourceAbsent}` }, async (t) =>
  withDebianSource(paths, async (folder) => {
    const { tree } = openTree(folder);
    assert.ok(tree);
    await t.test('stores of functions without TOC set-up', () => checkStores(tree.read, false));
    await t.test('stores of functions that set up their TOC first', () => checkStores(tree.read, true));
    await t.test('the same with and without shortcuts', () => {
      const path = 'arch/powerpc/kernel/trace/ftrace.c';
      const text = tree.read(path) ?? '';
      const patched = text.replace(/^(int ftrace_make_call\([^)]*\)\n\{\n)/m, '$1\tsmp_mb();\n');
      assert.notEqual(patched, text);
      const read = (asked: string) => (asked === path ? patched : tree.read(asked));
      const profiles = ['ppc64-mprofile-gcc6', 'ppc32-pg'];
      assert.ok(sameProtocols({ touched: [path], profiles }, [tree.read, read]) > 100);
    });
    await t.test('nothing is guessed, unknown, refused or broken', () => {
      const options = {
        read: tree.read,
        limits: defaults,
        cache: newCache(),
        clock: () => 0,
        subject: 'ftrace',
      } as const;
      const judged = [...judgeTree(options)];
      assert.deepEqual(
        judged.flatMap(({ wrong }) => wrong),
        [],
      );
      assert.ok(
        judged.length >= 10 && judged.every(({ runs }) => runs >= 60),
        `${judged.map(({ runs }) => runs)} runs`,
      );
    });
  }),
);
