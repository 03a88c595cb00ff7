/**
 * What switching a static key comes to on a small tree of our own: which words, in which order, in the kernel and in a
 * module, with entries of addresses and with relative ones.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { disassemble } from '../../power/text.ts';
import { extract } from '../extract.ts';
import type { EntryPoint, Plan } from '../protocol.ts';

const unit = `#include <linux/jump_label.h>
#include <asm/code-patching.h>
void arch_jump_label_transform(struct jump_entry *entry, enum jump_label_type type)
{
	unsigned int *site = (unsigned int *)jump_entry_code(entry);

	if (type == JUMP_LABEL_JMP)
		patch_branch(site, jump_entry_target(entry), 0);
	else
		patch_instruction(site, PPC_RAW_NOP());
}
`;
const absolute = {
  'arch/powerpc/kernel/jump_label.c': unit,
  'arch/powerpc/include/asm/jump_label.h': 'struct jump_entry { unsigned long code, target, key; };\n',
};
const relative = {
  'arch/powerpc/kernel/jump_label.c': unit,
  'arch/powerpc/Kconfig': `
config PPC64
	bool "64 bits"
config PPC32
	def_bool !PPC64
config PPC
	def_bool y
	select HAVE_FUNCTION_TRACER
	select HAVE_DYNAMIC_FTRACE
	select HAVE_ARCH_JUMP_LABEL
	select HAVE_ARCH_JUMP_LABEL_RELATIVE
`,
};

interface Row {
  readonly tree: Readonly<Record<string, string>>;
  readonly entryPoint: EntryPoint;
  readonly plan?: Plan;
}

/** The modifications, as `A+4 nop -> b +12`: branches are told by how far they go. */
function check(name: string, { tree, entryPoint, plan = 'all' }: Row, expected: readonly string[]): void {
  test(name, () => {
    const read = (path: string) => tree[path] ?? null;
    const { protocols } = extract({ read, touched: [], evidence: 'tree', subjects: ['jump-label'] });
    const siteKind = entryPoint.startsWith('module') ? 'module' : 'near';
    const chosen = protocols.filter(
      ({ scenario }) => scenario.entryPoint === entryPoint && scenario.plan === plan && scenario.siteKind === siteKind,
    );
    assert.equal(chosen.length, 6, 'three configurations, with and without preemption');
    for (const { scenario, steps, outcome, why } of chosen) {
      const told = steps.flatMap((step) =>
        step.kind === 'modify'
          ? [`${step.word.symbol}+${step.word.offset} ${text(step.old)} -> ${text(step.new)}`]
          : [],
      );
      assert.deepEqual([scenario.profile, outcome, why, told], [scenario.profile, 'ok', '', expected]);
    }
  });
}
const text = (word: number) => disassemble(word, 0n).replace(/\s+/g, ' ').replace('0x', '+');

const on = (site: string) => `${site}+4 nop -> b +c`;
const off = (site: string) => `${site}+4 b +c -> nop`;
for (const [kind, tree] of Object.entries({ absolute, relative })) {
  check(`${kind}: a key of two entries`, { tree, entryPoint: 'enable' }, [on('A'), on('B')]);
  check(`${kind}: a key with the last entry only`, { tree, entryPoint: 'disable', plan: 'last' }, [off('B')]);
  check(`${kind}: a module while the key is on`, { tree, entryPoint: 'module-load-enabled' }, [
    ...['A', 'B'].map((site) => `${site}+4 nop -> nop`),
    ...['A', 'B'].map(on),
  ]);
}

test('a tree without jump labels, and a mail alone, have nothing to run', () => {
  const ask = (tree: Readonly<Record<string, string>>, evidence: 'tree' | 'diff') =>
    extract({ read: (path) => tree[path] ?? null, touched: [], evidence, subjects: ['jump-label'] }).protocols;
  assert.deepEqual(ask({}, 'tree'), []);
  assert.deepEqual(ask(absolute, 'diff'), []);
});
