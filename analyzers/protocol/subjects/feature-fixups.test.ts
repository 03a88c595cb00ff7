/**
 * What feature fixups come to on a small tree of our own: which words, in which order, under stop_machine() or not; and what
 * of it breaks when it is done in another way.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaults } from '../../explore/explore.ts';
import { Emulations } from '../../machine/emulations.ts';
import { disassemble } from '../../power/text.ts';
import { newCache, runProtocol } from '../../verdict/protocol-run.ts';
import { extract } from '../extract.ts';
import type { EntryPoint, Plan, Protocol, Step } from '../protocol.ts';

/** One flush, one barrier of the processor, alternatives; in our own words and names. */
const unit = `#include <asm/cputable.h>
#include <asm/code-patching.h>
#include <asm/setup.h>
#include <asm/firmware.h>
struct section { unsigned long mask, value; long from, to, other, other_end; };
static unsigned int *place(struct section *s, long offset) { return (unsigned int *)((char *)s + offset); }
static void put(struct section *s, unsigned int *to, unsigned int *from)
{
	unsigned int word = *from;

	if ((word >> 26) == 18 || (word >> 26) == 16) {
		long mask = (word >> 26) == 18 ? 0x03fffffc : 0xfffc;
		long sign = (mask >> 1) + 2;
		long by = ((word & mask) ^ sign) - sign;
		unsigned int *target = (unsigned int *)((char *)from + by);

		if (target < place(s, s->other) || target > place(s, s->other_end)) /* leads out */
			word = (word & ~mask) | (((char *)target - (char *)to) & mask);
	}
	raw_patch_instruction(to, word);
}
void do_feature_fixups(unsigned long value, void *from, void *to)
{
	struct section *s;

	for (s = from; s < (struct section *)to; s++) {
		unsigned int *at = place(s, s->from), *other = place(s, s->other);

		if ((value & s->mask) == s->value)
			continue;
		for (; other < place(s, s->other_end); other++)
			put(s, at++, other);
		for (; at < place(s, s->to); at++)
			raw_patch_instruction(at, PPC_RAW_NOP());
	}
}
void do_lwsync_fixups(unsigned long value, void *from, void *to) { }
static int set_entry_flush(void *data)
{
	enum l1d_flush_type type = *(enum l1d_flush_type *)data;
	long *at;

	for (at = &__start___entry_flush_fixup; at < &__stop___entry_flush_fixup; at++) {
		unsigned int *to = (void *)at + *at;
		int on = type == L1D_FLUSH_FALLBACK;

		if (on)
			patch_instruction(to, 0x7d4802a6); /* mflr r10 */
		if (on)
			patch_branch(to + 1, (unsigned long)&entry_flush_fallback, BRANCH_SET_LINK);
		else
			patch_instruction(to + 1, PPC_RAW_NOP());
		patch_instruction(to + 2, on ? 0x7d4803a6 : PPC_RAW_NOP()); /* mtlr r10 */
		if (!on)
			patch_instruction(to, PPC_RAW_NOP());
	}
	return 0;
}
void do_entry_flush_fixups(enum l1d_flush_type type)
{
	stop_machine(set_entry_flush, &type, NULL);
}
void apply_feature_fixups(void)
{
	do_feature_fixups(cur_cpu_spec->cpu_features, &__start___ftr_fixup, &__stop___ftr_fixup);
	do_feature_fixups(cur_cpu_spec->mmu_features, &__start___mmu_ftr_fixup, &__stop___mmu_ftr_fixup);
#ifdef CONFIG_PPC64
	do_feature_fixups(powerpc_firmware_features, &__start___fw_ftr_fixup, &__stop___fw_ftr_fixup);
#endif
}
`;
const headers = {
  'arch/powerpc/include/asm/cputable.h': `struct cpu_spec { unsigned long cpu_features; unsigned int mmu_features; };
extern struct cpu_spec *cur_cpu_spec;
extern unsigned int __start___ftr_fixup, __stop___ftr_fixup;
void do_feature_fixups(unsigned long value, void *from, void *to);
`,
  'arch/powerpc/include/asm/setup.h': `enum l1d_flush_type { L1D_FLUSH_NONE = 1, L1D_FLUSH_FALLBACK = 2, L1D_FLUSH_ORI = 4, L1D_FLUSH_MTTRIG = 8 };
void do_entry_flush_fixups(enum l1d_flush_type type);
extern long entry_flush_fallback, __start___entry_flush_fixup, __stop___entry_flush_fixup;
void apply_feature_fixups(void);
`,
};

function protocolsOf(text: string, more: Readonly<Record<string, string>> = {}): readonly Protocol[] {
  const tree: Readonly<Record<string, string>> = { ...headers, ...more, 'arch/powerpc/lib/feature-fixups.c': text };
  const read = (path: string) => tree[path] ?? null;
  return extract({ read, touched: [], evidence: 'tree', subjects: ['feature-fixups'] }).protocols;
}
const protocols = protocolsOf(unit);

interface Row {
  readonly profile: string;
  readonly entryPoint: EntryPoint;
  readonly plan?: Plan;
}
const runOf = (all: readonly Protocol[], { profile, entryPoint, plan = 'all' }: Row) =>
  all.find(
    ({ scenario }) => scenario.profile === profile && scenario.entryPoint === entryPoint && scenario.plan === plan,
  );

function told(step: Step): string[] {
  if (step.kind === 'stopMachine') return ['stop_machine', ...step.effects.flatMap(told)];
  if (step.kind !== 'modify') return [];
  const { symbol, offset, address } = step.word;
  const branch = (text: string) => text.replace(/0x[0-9a-f]+$/, (to) => `${BigInt(to) - address}`);
  return [`${symbol}+${offset} ${branch(disassemble(step.new, address).replace(/\s+/g, ' '))}`];
}

function check(row: Row, expected: readonly string[]): void {
  test(Object.values(row).join(' '), () => {
    const protocol = runOf(protocols, row);
    assert.deepEqual([protocol?.outcome, protocol?.why], ['ok', '']);
    // What is for processors without the feature is rewritten in B.
    const site = row.profile.endsWith('features') ? 'A' : 'B';
    const steps = protocol?.steps.flatMap(told).filter((text) => !text.startsWith(site));
    assert.deepEqual(steps, expected);
  });
}

const flush = 'ppc64-elfv2-entry-flush';
test('what is flushed at the entry of interrupts need not be at that of scv', () => {
  const flushed = protocols.map(({ scenario }) => scenario.profile).filter((profile) => profile.endsWith('-flush'));
  assert.deepEqual([...new Set(flushed)], [flush]);
});
check({ profile: flush, entryPoint: 'mitigation-fallback' }, [
  ...['stop_machine', 'A+4 mflr r10', `A+8 bl ${0x600 - 0x108}`, 'A+12 mtlr r10'],
]);
check({ profile: flush, entryPoint: 'mitigation-off' }, ['stop_machine', 'A+8 nop', 'A+12 nop', 'A+4 nop']);
const third = ['B+56 nop', 'B+60 b 8', 'B+64 trap'];
const second = ['B+36 cmplw r1,r1', 'B+40 beq 12', 'B+44 trap'];
const first = ['B+4 b 8', 'B+8 trap', 'B+12 b 20', 'B+16 nop'];
const none = ['B+68 nop', 'B+72 nop'];
check({ profile: 'ppc32-features', entryPoint: 'boot' }, [...first, ...third, ...second, ...none]);
check({ profile: 'ppc64-elfv1-features', entryPoint: 'module-load' }, [...first, ...second, ...none, ...third]);

/** What breaks first where the unit is another one; nothing for a run that holds. */
function breaks(name: string, [from, to]: readonly [string, string], row: Row, expected: string): void {
  test(name, () => {
    const text = unit.replace(from, to);
    assert.ok(text !== unit || from === to);
    const protocol = runOf(protocolsOf(text), row);
    assert.ok(protocol);
    const input = {
      protocol,
      highest: 'stale',
      limits: defaults,
      cache: newCache(),
      emulations: new Emulations(),
      mailLineOf: () => null,
    } as const;
    const { sightings } = runProtocol(input);
    const [found] = sightings;
    assert.equal(found === undefined ? protocol.outcome : `${found.level} ${found.check}`, expected);
    if (found?.spot.line !== undefined && found.spot.fn !== '') {
      const line = text.split('\n')[found.spot.line - 1] ?? '';
      assert.match(line, /patch_|put\(|set_entry_flush\b/);
    }
  });
}
const on = { profile: flush, entryPoint: 'mitigation-fallback' } as const;
const absent = { profile: 'ppc64-elfv2-features', entryPoint: 'boot' } as const;
const same = ['', ''] as const;
breaks('as it is, set', same, on, 'ok');
breaks('as it is, switched off', same, { profile: flush, entryPoint: 'mitigation-off' }, 'ok');
breaks('as it is, alternatives', same, absent, 'ok');
const live = ['stop_machine(set_entry_flush, &type, NULL)', 'set_entry_flush(&type)'] as const;
breaks('while others run it', live, on, 'preemption return-address');
breaks('without what puts LR back', ['on ? 0x7d4803a6 : PPC_RAW_NOP()', 'PPC_RAW_NOP()'], on, 'sequential endless');
breaks('as a jump', ['BRANCH_SET_LINK', '0'], on, 'sequential non-volatile');
breaks('a branch out is not moved', ['target < place(s, s->other) ||', '0 &&'], absent, 'sequential wild-branch');
breaks('a branch to the end is moved', ['target > place', 'target >= place'], absent, 'sequential wild-branch');
breaks('the rest is left', ['raw_patch_instruction(at, PPC_RAW_NOP())', ''], absent, 'sequential non-volatile');
breaks('the wrong way round', ['== s->value', '!= s->value'], absent, 'sequential goal-reached');

const nospec = `
void do_barrier_nospec_fixups_range(bool enable, void *from, void *to)
{
	long *at;

	for (at = from; at < (long *)to; at++)
		patch_instruction((void *)at + *at, enable ? 0x63ff0000 : PPC_RAW_NOP());
}
void do_barrier_nospec_fixups(bool enable)
{
	do_barrier_nospec_fixups_range(enable, &__start___barrier_nospec_fixup, &__stop___barrier_nospec_fixup);
}
`;

test('a place or an entry that the tree lays otherwise is not run', () => {
  const slot = (nops: string) =>
    `#define ENTRY_FLUSH_SLOT \\\n\tENTRY_FLUSH_FIXUP_SECTION; \\\n\t${nops}\n#define OTHER nop\n`;
  const entry = (words: string) => `#define MAKE_FTR_SECTION_ENTRY(msk, val, label, sect) \\\n\t${words}\n`;
  const first = 'FTR_ENTRY_LONG msk; FTR_ENTRY_LONG val; FTR_ENTRY_OFFSET label##1b-label##5b; ';
  const others = [2, 3, 4].map((nth) => `FTR_ENTRY_OFFSET label##${nth}b-label##5b;`).join(' ');
  const include = 'arch/powerpc/include/asm';
  const check = (file: string, text: string, unread: readonly string[]) => {
    const all = protocolsOf(unit + nospec, { [`${include}/${file}`]: text });
    const found = new Set(
      all.flatMap(({ outcome, scenario }) =>
        outcome === 'unread' ? [scenario.profile.replace(/^ppc\w+-elfv.-/, '')] : [],
      ),
    );
    assert.deepEqual(
      [...found].filter((id) => !id.startsWith('ppc32')),
      unread,
      text,
    );
  };
  check('exception-64s.h', slot('nop; nop; nop;'), []);
  check('exception-64s.h', slot('nop; nop; nop; nop'), ['entry-flush']);
  check('exception-64s.h', slot('nop; isync; nop'), ['entry-flush']);
  const barrier = (e500: string) => `#define NOSPEC_BARRIER_SLOT   nop\n#define NOSPEC_BARRIER_SLOT   ${e500}\n`;
  check('barrier.h', barrier('nop; nop'), []);
  check('barrier.h', barrier('nop'), ['barrier-nospec']);
  check('feature-fixups.h', entry(first + others), []);
  check('feature-fixups.h', entry(`FTR_ENTRY_LONG flags; ${first}${others}`), ['features']);
});
