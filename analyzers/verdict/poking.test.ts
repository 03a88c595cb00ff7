/**
 * Edits of code that pokes text, a small one of our own, judged as a patch of it: a word is consistent by what was executed
 * and by nothing else, a finding stands at the line that was changed, and what is written another way is no change.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { defaults } from '../explore/explore.ts';
import { archModel, patchingModel } from '../protocol/arch-model.ts';
import { extract } from '../protocol/extract.ts';
import { judge } from './judge.ts';
import { newCache } from './protocol-run.ts';

const patching = 'arch/powerpc/lib/code-patching.c';
const consistent = 'asm("dcbst 0,%0; sync; icbi 0,%1; sync; isync" :: "r" (at), "r" (text));';

/** A page of each CPU shows the text that is stored into, once boot has got so far; until then the store is plain. */
const base = `${patchingModel.text}
static DEFINE_PER_CPU(struct vm_struct *, window);
static int open_window(unsigned int cpu)
{
	this_cpu_write(window, get_vm_area(PAGE_SIZE, 0));
	return 0;
}
static int close_window(unsigned int cpu) { return 0; }
static int make_windows(void)
{
	return cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "window", open_window, close_window) > 0 ? 0 : -ENOMEM;
}
late_initcall(make_windows);
static int put_word(u32 *text, u32 word, u32 *at)
{
	__put_kernel_nofault(at, &word, u32, failed);
	${consistent}
	return 0;
failed:
	return -EPERM;
}
static unsigned long frame_of(void *text)
{
	if (is_vmalloc_or_module_addr(text))
		return vmalloc_to_pfn(text);
	return __pa_symbol(text) >> PAGE_SHIFT;
}
int patch_instruction(unsigned int *text, unsigned int word)
{
	unsigned long at, flags;
	int err;

	if (!IS_ENABLED(CONFIG_STRICT_KERNEL_RWX) || !this_cpu_read(window))
		return put_word(text, word, text);
	local_irq_save(flags);
	at = (unsigned long)this_cpu_read(window)->addr;
	__set_pte_at(&init_mm, at, virt_to_kpte(at), pfn_pte(frame_of(text), PAGE_KERNEL), 0);
	asm volatile("ptesync" ::: "memory");
	err = put_word(text, word, (u32 *)(at + offset_in_page(text)));
	pte_clear(&init_mm, at, virt_to_kpte(at));
	flush_tlb_kernel_range(at, at + PAGE_SIZE);
	local_irq_restore(flags);
	return err;
}
`;

function protocolsOf(text: string) {
  const tree: Readonly<Record<string, string>> = {
    [patching]: text,
    'arch/powerpc/kernel/trace/ftrace.c': archModel.text,
  };
  const read = (path: string) => tree[path] ?? null;
  return extract({ read, touched: [patching], evidence: 'tree', subjects: ['ftrace'] }).protocols;
}
const before = protocolsOf(base);
const cache = newCache();

/** @param expected `level check` and the text of the line of each finding, or what is said of none */
function check(name: string, [from, to]: readonly [string, string], expected: readonly string[] | RegExp): void {
  test(name, () => {
    assert.ok(base.includes(from), from);
    const text = base.replace(from, () => to);
    const lines = text.split('\n');
    const old = new Set(base.split('\n'));
    const verdict = judge({
      ...{ before, after: protocolsOf(text), evidence: 'tree', partial: false, highest: 'architecture' },
      ...{ limits: defaults, cache, problems: [], unjudged: [], uncovered: () => null, doubt: null, changes: [] },
      mailLineOf: (file, line) =>
        file === patching && !old.has(lines[line - 1] ?? '') ? { mailLine: line, op: '+' } : null,
    });
    if (expected instanceof RegExp) {
      assert.deepEqual([verdict.answer, verdict.findings], ['silence', []]);
      assert.match(verdict.why, expected);
      return;
    }
    const told = verdict.findings.map((one) => `${one.level} ${one.check}: ${lines[(one.mailLine ?? 0) - 1]?.trim()}`);
    assert.deepEqual(told, expected, verdict.why);
  });
}

test('as it is, every run is read and every word consistent, with the page and without', () => {
  // Our model of the architecture's file refuses sites out of reach; what it takes on is read and done.
  const odd = before.filter(
    ({ outcome, assumptions }) => outcome === 'unread' || assumptions.some((one) => one.decisive),
  );
  assert.deepEqual(
    odd.map(({ scenario, why }) => `${scenario.profile} ${scenario.entryPoint}: ${why}`),
    [],
  );
  assert.ok(before.filter(({ outcome }) => outcome === 'ok').length > 100);
  const ways = new Set(before.map(({ scenario }) => scenario.profile.replace(/^[^+]*/, '')));
  assert.deepEqual(ways, new Set(['', '+hash', '+writable-text']));
  const around = new Set(
    before.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'modify' ? [step.consistent] : []))),
  );
  assert.deepEqual(around, new Set(['patch']));
});

const edited = (from: string, to: string): readonly [string, string] => [consistent, consistent.replace(from, to)];
const left = (edit: readonly [string, string]) => [`stale not-consistent: ${edit[1].trim()}`];
for (const [name, edit] of [
  ['no icbi', edited('icbi 0,%1; ', '')],
  ['no dcbst', edited('dcbst 0,%0; ', '')],
  ['nothing between dcbst and icbi', edited('dcbst 0,%0; sync', 'dcbst 0,%0')],
  ['lwsync between them', edited('dcbst 0,%0; sync', 'dcbst 0,%0; lwsync')],
  ['nothing behind icbi', edited('icbi 0,%1; sync', 'icbi 0,%1')],
  ['no isync', edited('; isync', '')],
  ['isync ahead of the last sync', edited('sync; isync', 'isync; sync')],
  ['icbi of the page it was stored through', edited('"r" (text)', '"r" (at)')],
  ['dcbst of another word', edited('"r" (at)', '"r" (at + 8)')],
] as const)
  check(name, edit, left(edit));
check(
  'made consistent ahead of the store',
  [
    `__put_kernel_nofault(at, &word, u32, failed);\n\t${consistent}`,
    `${consistent} /**/\n\t__put_kernel_nofault(at, &word, u32, failed);`,
  ],
  [`stale not-consistent: ${consistent} /**/`],
);
const put = '__put_kernel_nofault(at, &word, u32, failed);';
const halves = 'u16 *half = (u16 *)&word; ((u16 *)at)[0] = half[0]; ((u16 *)at)[1] = half[1];';
test('a word is stored in halves', () => {
  const verdicts = protocolsOf(base.replace(put, halves)).filter(({ scenario }) => scenario.entryPoint === 'enable');
  const stores = verdicts[0]?.steps.filter((step) => step.kind === 'modify' && step.word.symbol === 'A');
  assert.equal(stores?.length, 2, 'the word is something else in between');
});
check(
  'a module’s page is taken for one of the kernel',
  ['is_vmalloc_or_module_addr(text)', '0 /* modules too */'],
  ['sequential still-traced: if (0 /* modules too */)'],
);

const same = /the steps are the same/;
check('hwsync for sync', edited('sync; icbi', 'hwsync; icbi'), same);
check(
  'operands by name',
  edited(consistent, 'asm("dcbst 0,%[d]; sync; icbi 0,%[t]; sync; isync" :: [d] "r" (at), [t] "r" (text));'),
  same,
);
check('an instruction a statement', edited(consistent, 'dcbst(at); mb(); icbi(text); mb(); isync();'), same);
check('a sync more', edited('dcbst', 'sync; dcbst'), same);
check('dcbf', edited('dcbst', 'dcbf'), same);
check('a helper renamed', ['static int open_window', 'static int /* opens it */ open_window'], same);
check('no ptesync', ['\tasm volatile("ptesync" ::: "memory");\n', ''], /around a store into text, which is not judged/);
check('the page is left mapped', ['\tpte_clear(&init_mm, at, virt_to_kpte(at));\n', ''], /which is not judged/);
