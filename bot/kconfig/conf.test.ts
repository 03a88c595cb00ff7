/**
 * Our Kconfig against the kernel's own conf: on files made at random (KCONFIG_SEED repeats a run), and on the Kconfig of
 * Debian's linux-source-6.1 with the answers of the profiles.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { expandFor } from '../../analyzers/kconfig/compiler.ts';
import { Evaluation } from '../../analyzers/kconfig/evaluate.ts';
import { KconfigCache, readKconfig } from '../../analyzers/kconfig/kconfig.ts';
import { kernelOfConfig } from '../../analyzers/protocol/kernel-config.ts';
import { misfitOfConfig, profilesOf } from '../../analyzers/protocol/profiles.ts';
import { bases, common } from '../../config/profiles.ts';
import { debianSourceAbsent, withDebianSource } from '../entry/debian-source.ts';
import { randomOf } from '../qemu/random.ts';
import { directoryTree } from '../sources/directory.ts';
import { buildConf, confAbsent, runConf } from './conf.ts';
import { randomKconfig } from './random-kconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'kconfig-'));
after(() => rmSync(folder, { recursive: true }));
const absent = [...confAbsent, debianSourceAbsent].filter((name) => name !== null);
const files = ['scripts', 'Makefile', '*/Kconfig*', 'arch/powerpc/*Makefile', 'arch/powerpc/tools', 'Kconfig'];
const randomMax = 200;

function compareRandom(conf: string, seed: number): void {
  const { text, answers, symbols } = randomKconfig(randomOf(seed));
  const tree = join(folder, 'random');
  mkdirSync(tree, { recursive: true });
  writeFileSync(join(tree, 'Kconfig'), text);
  const theirs = runConf({ conf, tree, answers, folder });
  const read = (path: string) => (path === 'Kconfig' ? text : null);
  const kconfig = readKconfig({ read, wanted: null, architecture: 'powerpc' }, new KconfigCache());
  const evaluation = new Evaluation(kconfig, { answers, expand: () => null });
  assert.deepEqual(kconfig.problems, []);
  for (const name of symbols)
    assert.equal(evaluation.value(name).text, theirs.get(name) ?? 'n', `${name}, KCONFIG_SEED=${seed}\n${text}`);
}

/** Profile, flags, preemption: as a reading of its Kconfig and Makefiles by hand has them. */
const ofDebian = [
  'ppc64-mprofile-gcc6 -pg -mprofile-kernel',
  'ppc64-mprofile-gcc5 -pg -mprofile-kernel',
  'ppc64-pg-elfv1 -pg',
  'ppc64-pg-elfv2 -pg',
  'ppc32-pg -pg',
].map((line) => `${line} full none voluntary`);

/** Of what is asked for, what Debian's own ppc64el kernel (6.1.176-1) has set. */
const debianConfig = [
  ...(
    'CC_IS_GCC LD_IS_BFD THREAD_INFO_IN_TASK PREEMPT_VOLUNTARY EXPERT PRINTK BUG KALLSYMS PERF_EVENTS PPC64 ' +
    'PPC_BOOK3S_64 PPC_BOOK3S SMP CPU_LITTLE_ENDIAN PPC64_ELF_ABI_V2 64BIT PPC GENERIC_BUG ' +
    'GENERIC_BUG_RELATIVE_POINTERS MPROFILE_KERNEL RELOCATABLE NONSTATIC_KERNEL HAVE_LIVEPATCH KPROBES JUMP_LABEL ' +
    'OPTPROBES KPROBES_ON_FTRACE HAVE_REGS_AND_STACK_ACCESS_API HAVE_ARCH_JUMP_LABEL HAVE_ARCH_JUMP_LABEL_RELATIVE ' +
    'STRICT_KERNEL_RWX STRICT_MODULE_RWX MODULES MODVERSIONS DEBUG_BUGVERBOSE STACKTRACE HAVE_DYNAMIC_FTRACE ' +
    'HAVE_DYNAMIC_FTRACE_WITH_REGS HAVE_DYNAMIC_FTRACE_WITH_ARGS HAVE_FTRACE_MCOUNT_RECORD TRACER_MAX_TRACE ' +
    'EVENT_TRACING TRACING FUNCTION_TRACER FUNCTION_GRAPH_TRACER DYNAMIC_FTRACE DYNAMIC_FTRACE_WITH_REGS ' +
    'DYNAMIC_FTRACE_WITH_ARGS STACK_TRACER FTRACE_SYSCALLS TRACER_SNAPSHOT FTRACE_MCOUNT_RECORD'
  )
    .split(' ')
    .map((name) => `CONFIG_${name}=y`),
  'CONFIG_GCC_VERSION=120200',
  '',
].join('\n');

interface Compared {
  readonly equal: number;
  readonly unknown: number;
  readonly other: readonly string[];
}

/** All symbols of a tree, as a base has them. */
function compareTree(conf: string, tree: string, base: (typeof bases)[number]): Compared {
  const answers = new Map(Object.entries({ ...common, ...base.answers, PREEMPT: 'y' }));
  const environment = {
    ...{ srctree: tree, ARCH: 'powerpc', SRCARCH: 'powerpc', KERNELVERSION: '6.1', CC_VERSION_TEXT: 'gcc' },
    ...{ CC: 'powerpc64le-linux-gnu-gcc', LD: 'powerpc64le-linux-gnu-ld', CLANG_FLAGS: '' },
  };
  const theirs = runConf({ conf, tree, answers, environment, folder });
  const { read } = directoryTree(tree);
  const kconfig = readKconfig({ read, wanted: null, architecture: 'powerpc' }, new KconfigCache());
  const version = Number(theirs.get('GCC_VERSION'));
  const evaluation = new Evaluation(kconfig, { answers, expand: expandFor({ kind: 'gcc', version }) });
  let [equal, unknown] = [0, 0];
  const other: string[] = [];
  for (const [name, entries] of kconfig.symbols) {
    const isText = !entries.some(({ type }) => type === 'bool' || type === 'tristate');
    const value = theirs.get(name) ?? (isText ? undefined : 'n');
    const { text, by } = evaluation.value(name);
    if (value === undefined) continue;
    if (text === null || by === 'answer') unknown++;
    else if (text === value) equal++;
    else other.push(`${name} is ${text}, conf has ${value}`);
  }
  return { equal, unknown, other };
}

test('as conf has it', { skip: absent.length > 0 && `not installed: ${absent.join(', ')}` }, async (t) => {
  await withDebianSource(files, async (tree) => {
    const conf = buildConf(tree, folder);
    const seed = Number(process.env.KCONFIG_SEED ?? Math.floor(Math.random() * 2 ** 31));
    await t.test(`${randomMax} files at random, from KCONFIG_SEED=${seed} on`, () => {
      for (let at = 0; at < randomMax; at++) compareRandom(conf, seed + at);
    });
    await t.test('profiles of linux-source-6.1, of which nothing is the table’s', () => {
      const profiles = profilesOf({ read: directoryTree(tree).read });
      const told = profiles.map(
        ({ id, derived, preemptions }) => `${id} ${derived.flags} ${preemptions.map((way) => way.id).join(' ')}`,
      );
      assert.deepEqual(told, ofDebian);
      for (const { flagsBy, symbols } of profiles.map(({ derived }) => derived)) {
        assert.equal(flagsBy, 'makefile');
        assert.deepEqual([...symbols.table, ...symbols['stand-in']], []);
      }
    });
    await t.test('Debian’s own configuration is one of its source', () => {
      const { kernel: config } = kernelOfConfig('.config', debianConfig);
      assert.ok(config !== undefined);
      const { read } = directoryTree(tree);
      assert.equal(misfitOfConfig({ read, config }), null);
      const told = profilesOf({ read, config }).map(({ id, preemptions }) => [id, preemptions.map((way) => way.id)]);
      assert.deepEqual(told, [['ppc64-mprofile-gcc6', ['voluntary']]]);
    });
    for (const id of ['ppc64le gcc 12', 'ppc32 gcc 12']) {
      const base = bases.find((one) => one.id === id);
      await t.test(`linux-source-6.1, ${id}`, () => {
        assert.ok(base !== undefined);
        const { equal, unknown, other } = compareTree(conf, tree, base);
        assert.deepEqual(other, []);
        // What only a command would tell, and what rests on it.
        assert.ok(equal > 16_000 && unknown < 100, `${equal} equal, ${unknown} unknown`);
      });
    }
  });
});
