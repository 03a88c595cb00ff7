/** A .config as text → values, or what is wrong with it and where. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseDotConfig } from './dot-config.ts';

function check(text: string, expected: Readonly<Record<string, string>>, problems: readonly string[] = []) {
  test(JSON.stringify(text).slice(0, 60), () => {
    const config = parseDotConfig('.config', text);
    assert.deepEqual(Object.fromEntries(config.values), expected);
    assert.deepEqual(
      config.problems.map((problem) => problem.text),
      problems,
    );
  });
}

check('', {});
check('#\n# Automatically generated file; DO NOT EDIT.\n#\n\n', {});
check('CONFIG_SMP=y\nCONFIG_EXT4_FS=m\n# CONFIG_PREEMPT is not set\nCONFIG_KVM=n\n', {
  SMP: 'y',
  EXT4_FS: 'm',
  PREEMPT: 'n',
  KVM: 'n',
});
check('CONFIG_NR_CPUS=2048\nCONFIG_PHYSICAL_START=0x00000000\nCONFIG_X=-1\n', {
  NR_CPUS: '2048',
  PHYSICAL_START: '0x00000000',
  X: '-1',
});
check('CONFIG_CC_VERSION_TEXT="gcc (Debian 12.2.0-14) 12.2.0"\nCONFIG_X=""\nCONFIG_Y="a\\"b\\\\c"\n', {
  CC_VERSION_TEXT: 'gcc (Debian 12.2.0-14) 12.2.0',
  X: '',
  Y: 'a"b\\c',
});
check('CONFIG_SMP=y\r\n', { SMP: 'y' });
check('CONFIG_SMP=y\nCONFIG_SMP=y\n', { SMP: 'y' });
check('CONFIG_44x=y\n', { '44x': 'y' });

check('CONFIG_SMP=y\n\nCONFIG_SMP=n\n', { SMP: 'n' }, ['.config:3: CONFIG_SMP is n here and y in line 1']);
check('CONFIG_SMP=yes\n', {}, ['.config:1: "yes" is no value of CONFIG_SMP']);
check('CONFIG_SMP=\n', {}, ['.config:1: "" is no value of CONFIG_SMP']);
check('CONFIG_SMP = y\n', {}, ['.config:1: "CONFIG_SMP = y" is no line of a .config']);
check(' CONFIG_SMP=y\n', {}, ['.config:1: " CONFIG_SMP=y" is no line of a .config']);
check('CONFIG_X="a\nb"\n', {}, [
  '.config:1: "\\"a" is no value of CONFIG_X',
  '.config:2: "b\\"" is no line of a .config',
]);
check('# CONFIG_SMP is not set \n', { SMP: 'n' });
check(`${'?\n'.repeat(30)}`, {}, [
  ...Array.from({ length: 20 }, (_, at) => `.config:${at + 1}: "?" is no line of a .config`),
  '.config: 10 more lines are wrong',
]);
