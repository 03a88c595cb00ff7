/**
 * `review --config`: what is refused before anything is read, and a kernel on a tree that it is not of.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { type KernelConfig, kernelOfConfig } from '../analyzers/protocol/kernel-config.ts';
import { misfitOfConfig, profilesOf } from '../analyzers/protocol/profiles.ts';
import { loadKernelConfig } from './kernel-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
after(() => rmSync(folder, { recursive: true }));

function refused(name: string, text: string, expected: RegExp) {
  test(name, () => {
    const file = join(folder, 'config');
    writeFileSync(file, text);
    const found = loadKernelConfig(file);
    assert.ok('length' in found);
    assert.match(found[0] ?? '', expected);
  });
}

const settings = readFileSync(join(import.meta.dirname, '../config/defaults.yaml'), 'utf8');
refused('settings', settings, /holds settings of this program.*use --settings/);
refused('nothing', '', /it is of no powerpc kernel/);
refused('lines of something else', 'a: b\n', /config:1: "a: b" is no line of a \.config/);
test('a file that is not there', () => {
  assert.match(`${loadKernelConfig(join(folder, 'none'))}`, /none cannot be read \(ENOENT\); give the \.config/);
});

/** A tree that says of itself what these tests need. */
const tree: Readonly<Record<string, string>> = {
  'arch/powerpc/Kconfig': `
config PPC64
	bool "64 bits"
config PPC32
	def_bool !PPC64
config PPC
	def_bool y
	select HAVE_FUNCTION_TRACER
	select HAVE_DYNAMIC_FTRACE
	select HAVE_DYNAMIC_FTRACE_WITH_REGS if MPROFILE_KERNEL
choice
	prompt "byte order"
config CPU_BIG_ENDIAN
	bool "big"
config CPU_LITTLE_ENDIAN
	bool "little"
endchoice
config MPROFILE_KERNEL
	depends on PPC64 && CPU_LITTLE_ENDIAN && FUNCTION_TRACER
	def_bool $(success,$(srctree)/arch/powerpc/tools/gcc-check-mprofile-kernel.sh $(CC))
`,
  'arch/powerpc/Makefile': `
ifdef CONFIG_FUNCTION_TRACER
CC_FLAGS_FTRACE := -pg
ifdef CONFIG_MPROFILE_KERNEL
CC_FLAGS_FTRACE += -mprofile-kernel
endif
endif
`,
};
const read = (path: string) => tree[path] ?? null;
const lines = [
  ...['PPC=y', 'PPC64=y', 'CPU_LITTLE_ENDIAN=y', 'FUNCTION_TRACER=y', 'DYNAMIC_FTRACE=y', 'MPROFILE_KERNEL=y'],
  ...['HAVE_FUNCTION_TRACER=y', 'HAVE_DYNAMIC_FTRACE=y', 'HAVE_DYNAMIC_FTRACE_WITH_REGS=y', 'GCC_VERSION=120200'],
  ...['DYNAMIC_FTRACE_WITH_REGS=y', 'PREEMPT_NONE=y'],
];
function kernel(of: readonly string[]): KernelConfig {
  const found = kernelOfConfig('.config', of.map((line) => `CONFIG_${line}\n`).join('')).kernel;
  assert.ok(found !== undefined);
  return found;
}

test('one kernel, as the tree makes it', () => {
  const config = kernel(lines);
  assert.equal(misfitOfConfig({ read, config }), null);
  const profiles = profilesOf({ read, config });
  const told = profiles.map(({ id, base, preemptions, derived }) => [id, base, preemptions[0]?.id, derived.flags]);
  assert.deepEqual(told, [['ppc64-mprofile-gcc6', '.config', 'none', '-pg -mprofile-kernel']]);
});

test('a symbol that the tree decides otherwise', () => {
  const config = kernel(lines.filter((line) => !line.includes('MPROFILE')));
  assert.match(
    misfitOfConfig({ read, config }) ?? '',
    /olddefconfig.*CONFIG_MPROFILE_KERNEL is not set, and y in that kernel/,
  );
});

test('without a tree the file is all there is', () => {
  const config = kernel(lines);
  assert.equal(misfitOfConfig({ read: () => null, config }), null);
  assert.deepEqual(
    profilesOf({ read: () => null, config }).map(({ id, derived }) => [id, derived.flagsBy]),
    [['ppc64-mprofile-gcc6', 'table']],
  );
});
