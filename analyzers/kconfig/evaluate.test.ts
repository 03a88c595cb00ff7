/**
 * Kconfig as text → values of symbols, and what is said where the text does not say it. What the kernel's own conf makes of
 * the same is bot/kconfig/conf.test.ts; here is what conf has no word for: unknown.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Compiler, expandFor } from './compiler.ts';
import { Evaluation } from './evaluate.ts';
import { KconfigCache, readKconfig } from './kconfig.ts';

const gcc = (version: number): Compiler => ({ kind: 'gcc', version });

interface Given {
  readonly files: Readonly<Record<string, string>>;
  readonly wanted?: readonly string[];
  readonly standIns?: Readonly<Record<string, string>>;
  readonly answers?: Readonly<Record<string, string>>;
  readonly compiler?: Compiler;
}

/** @param expected by symbol `value by whom`; `?` is unknown */
function check(
  name: string,
  given: Given,
  expected: Readonly<Record<string, string>>,
  problems: readonly string[] = [],
) {
  test(name, () => {
    const { files, wanted = null, standIns = {}, answers = {}, compiler = gcc(120200) } = given;
    const kconfig = readKconfig(
      {
        ...{ read: (path) => files[path] ?? null, wanted, architecture: 'powerpc' },
        standIn: (path) => standIns[path] ?? null,
      },
      new KconfigCache(),
    );
    const evaluation = new Evaluation(kconfig, {
      answers: new Map(Object.entries(answers)),
      expand: expandFor(compiler),
    });
    const found = Object.keys(expected).map((symbol) => {
      const { text, by } = evaluation.value(symbol);
      return [symbol, `${text ?? '?'} ${by}`];
    });
    assert.deepEqual(Object.fromEntries(found), expected);
    assert.deepEqual(
      kconfig.problems.map(({ at, text }) => `${at?.file}:${at?.line} ${text}`),
      problems,
    );
  });
}

const one = (text: string): Given => ({ files: { Kconfig: text } });
const part = (text: string): Given => ({ files: { a: text }, wanted: ['a'] });

check('a default', one('config A\n\tdef_bool y\n'), { A: 'y kconfig', B: 'n kconfig' });
check('an answer where nobody is asked', { ...one('config A\n\tbool\n'), answers: { A: 'y' } }, { A: 'n kconfig' });
check('an answer', { ...one('config A\n\tbool "a"\n'), answers: { A: 'y' } }, { A: 'y kconfig' });
check('select wins over depends', one('config A\n\tdef_bool y\n\tselect B\nconfig B\n\tbool\n\tdepends on C\n'), {
  B: 'y kconfig',
});
check('depends on … if …', one('config A\n\tdef_bool y\n\tdepends on B if C\nconfig C\n\tdef_bool y\n'), {
  A: 'n kconfig',
});
check(
  'a file in a condition',
  { files: { Kconfig: 'if A\nsource "b"\nendif\n', b: 'config B\n\tdef_bool y\n' } },
  {
    B: 'n kconfig',
  },
);
check(
  'SRCARCH',
  { files: { Kconfig: 'source "arch/$(SRCARCH)/K"', 'arch/powerpc/K': 'config B\n\tdef_bool y\n' } },
  {
    B: 'y kconfig',
  },
);
check('the first of two defaults', one('config A\n\tint\n\tdefault 14 if B\n\tdefault 13\nconfig B\n\tdef_bool y\n'), {
  A: '14 kconfig',
});
check('numbers are compared as such', one('config A\n\tint\n\tdefault 90100\nconfig B\n\tdef_bool A >= 110000\n'), {
  B: 'n kconfig',
});
check(
  'help with words of Kconfig',
  one('config A\n\tdef_bool y\n\thelp\n\t  if X\n\n\t  config C\nconfig B\n\tdef_bool A\n'),
  {
    B: 'y kconfig',
    C: 'n kconfig',
  },
);

// What is not at hand is unknown, and decides nothing.
check('a symbol of a file that is missing', part('config A\n\tdef_bool B\n'), { A: '? nobody', B: '? nobody' });
check('n is n whatever the rest is', part('config A\n\tdef_bool B && C\nconfig C\n\tbool\n'), { A: 'n kconfig' });
check('y is y whatever the rest is', part('config A\n\tdef_bool B || C\nconfig C\n\tdef_bool y\n'), { A: 'y kconfig' });
check(
  'an answer in its place',
  { ...part('config A\n\tdef_bool B\n'), answers: { B: 'y' } },
  {
    A: 'y kconfig',
    B: 'y answer',
  },
);
check(
  'a prompt under an unknown condition',
  { ...part('config A\n\tbool "a" if B\n'), answers: { A: 'y' } },
  {
    A: 'y answer',
  },
);
check('a default behind an unknown one', part('config A\n\tbool\n\tdefault n if B\n\tdefault y\n'), { A: '? nobody' });
check(
  'a file that stands in',
  { files: { a: 'config A\n\tdef_bool B\n' }, wanted: ['a', 'b'], standIns: { b: 'config B\n\tdef_bool y\n' } },
  { A: 'y kconfig', B: 'y stand-in' },
);
check(
  'the tree’s own file comes first',
  { files: { a: 'config A\n\tdef_bool n\n' }, wanted: ['a'], standIns: { a: 'config A\n\tdef_bool y\n' } },
  {
    A: 'n kconfig',
  },
);
check(
  'what an architecture selects of what is defined elsewhere',
  part('config A\n\tdef_bool y\n\tselect HAVE_X if B\n\tselect HAVE_Y\nconfig B\n\tbool\n'),
  {
    HAVE_X: 'n kconfig',
    HAVE_Y: 'y kconfig',
    HAVE_Z: 'n kconfig',
    OTHER: '? nobody',
  },
);
check(
  'a choice of which one is unknown',
  part('choice\n\tprompt "x"\nconfig A\n\tbool "a" if X\nconfig B\n\tbool "b"\nendchoice\n'),
  {
    A: '? nobody',
    B: '? nobody',
  },
);

// Macros are decided by the compiler, or by nobody.
const option = (flag: string) => part(`config A\n\tdef_bool $(cc-option,${flag})\n`);
check(
  'an option that gcc 8 has',
  { ...option('-fpatchable-function-entry=2'), compiler: gcc(80100) },
  { A: 'y kconfig' },
);
check('and gcc 7 has not', { ...option('-fpatchable-function-entry=2'), compiler: gcc(70500) }, { A: 'n kconfig' });
check('an option that is not known', option('-fsomething'), { A: '? nobody' });
check('with the bits ahead', option('$(m64-flag) -mprofile-kernel'), { A: 'y kconfig' });
const script = (name: string) => part(`config A\n\tdef_bool $(success,$(srctree)/arch/powerpc/tools/${name} $(CC))\n`);
check('a script', script('gcc-check-mprofile-kernel.sh'), { A: 'y kconfig' });
check(
  'the same for clang',
  { ...script('gcc-check-mprofile-kernel.sh'), compiler: { kind: 'clang', version: 170000 } },
  {
    A: 'n kconfig',
  },
);
check('nops behind the local entry', script('check-fpatchable-function-entry.sh'), { A: 'n kconfig' });
check('since gcc 13.1', { ...script('check-fpatchable-function-entry.sh'), compiler: gcc(130100) }, { A: 'y kconfig' });
check('a command that is not known', script('rm'), { A: '? nobody' });
check('a command is never run', part('config A\n\tdef_bool $(shell,echo y)\n'), { A: '? nobody' });

// What is not understood is a problem, and no more than that.
check('a circle', one('config A\n\tdef_bool B\nconfig B\n\tdef_bool A\n'), { A: '? nobody' });
check(
  'a file that sources itself',
  { files: { Kconfig: 'source "Kconfig"\nconfig A\n\tdef_bool y\n' } },
  { A: 'y kconfig' },
);
check('an open parenthesis', one('config A\n\tdef_bool (y\n'), { A: '? nobody' });
check('a property with words left over', one('config A\n\tdef_bool y y\n'), { A: '? nobody' }, [
  'Kconfig:2 `def_bool` is not understood here',
]);
check('an open quote', one('config A\n\tbool "a\n'), { A: '? nobody' }, ['Kconfig:2 is not understood']);
check('another language', one('fn main() {\n}\n'), { A: 'n kconfig' }, [
  'Kconfig:1 is not understood',
  'Kconfig:2 is not understood',
]);
check('an end of nothing', one('endif\nconfig A\n\tdef_bool y\n'), { A: 'y kconfig' }, [
  'Kconfig:1 it ends a if that is not open',
]);
check('parentheses without end', one(`config A\n\tdef_bool ${'('.repeat(100_000)}\n`), { A: '? nobody' }, [
  'Kconfig:2 `def_bool` is not understood here',
]);
const chain = Array.from({ length: 5000 }, (_, at) => `config A${at}\n\tdef_bool A${at + 1}\n`).join('');
check('a chain of 5000', one(`${chain}config A5000\n\tdef_bool y\n`), { A0: '? nobody', A5000: 'y kconfig' });
check('a thousand menus', one(`${'menu "m"\n'.repeat(1000)}config A\n\tdef_bool y\n`), { A: 'y kconfig' }, [
  ...new Array(49).fill('Kconfig:0 more than 64 blocks in each other'),
  'Kconfig:0 more than 64 blocks in each other',
]);
