/**
 * Optimized kernel probes as a subject: the trap of a probe ↔ a branch to a detour buffer, which is text made at run time.
 * arch/powerpc/kernel/optprobes.c is read behind a driver that does what kernel/kprobes.c does around it: the buffer is
 * prepared before anything leads there, and freed a grace period of Tasks RCU after nothing does.
 *
 * Example: A+4 trap → b detour of A; the buffer calls emulate_step() with `addi r14,r14,1` in r4, and goes back to A+8.
 */
import { assemble } from '../../power/text.ts';
import { call, type EntryRun, hitBy, plans, tracedBy } from '../entry-points.ts';
import type { Image } from '../image.ts';
import type { Profile } from '../profiles.ts';
import type { CallSite } from '../protocol.ts';
import { driverNames } from '../recorder.ts';
import type { Sources, Subject, SubjectSource } from '../subject.ts';
import { textAt, type World } from '../world.ts';
import { configurationsOfAbis } from './configurations.ts';
import { placed, plainProbed, probedFunction, probedWorld, probeIncludes, site, slotsOf } from './kprobe.ts';
import { driver as probeDriver, probeHeaders, probesText } from './kprobe-driver.ts';
import { treeSources } from './reading.ts';

const [unit, probes] = ['arch/powerpc/kernel/optprobes.c', 'arch/powerpc/kernel/kprobes.c'];

export const optprobeSubject: Subject = {
  id: 'optprobe',
  concerns: (path) => path === unit || path === probes || path === 'arch/powerpc/include/asm/kprobes.h',
  profiles,
  sources,
  world,
  runs,
};

function profiles(source: SubjectSource): readonly Profile[] {
  const { read, evidence } = source;
  if (evidence !== 'tree' || read(unit) === null || read(probes) === null) return [];
  const only64 = /select\s+HAVE_OPTPROBES\s+if\s+PPC64/.test(read('arch/powerpc/Kconfig') ?? '');
  return configurationsOfAbis(source)
    .filter(({ bits }) => bits === 64 || !only64)
    .map((one) => ({
      ...one,
      symbols: [...one.symbols, 'KPROBES', 'OPTPROBES'],
      ...{ unit, contract: 'probe', function: probedFunction(one.bits, plainProbed), recorded: site / 4 },
      siteKinds: ['near'],
    }));
}

function sources(source: SubjectSource): Sources {
  return treeSources(source, {
    units: [unit, probes],
    headers: probeIncludes,
    models: probeHeaders,
    driver: { file: 'the driver of optimized probes', text: `${probesText}${driverText}` },
    assumed: [
      'the template of detour buffers (optprobes_head.S) is not read: one of ours with the same places to fill in is in its place',
    ],
  });
}

const driver = driverNames('prepare', 'optimize', 'unoptimize');

const driverText = `#include <asm/sstep.h>
static struct optimized_kprobe __optimized[2];
static LIST_HEAD(__to_optimize);
static LIST_HEAD(__to_unoptimize);
static LIST_HEAD(__done);
kprobe_opcode_t *get_optinsn_slot(void) { return &optinsn_slot + 64 * __asking; }
void free_optinsn_slot(kprobe_opcode_t *slot, int dirty) { __freed_text(slot); }
size_t strnlen(const char *text, size_t max)
{
	size_t n = 0;

	while (n < max && text[n])
		n++;
	return n;
}
size_t strlcat(char *to, const char *from, size_t size)
{
	size_t n = strnlen(to, size), i;

	for (i = 0; from[i] && n + i + 1 < size; i++)
		to[n + i] = from[i];
	to[n + i] = 0;
	return n + i;
}
/* The probed word can be emulated, and goes on to the one behind it. */
int analyse_instr(struct instruction_op *op, const struct pt_regs *regs, ...) { return 1; }
void emulate_update_regs(struct pt_regs *regs, struct instruction_op *op) { regs->nip += 4; }
int ${driver.prepare}(int i)
{
	__asking = i;
	__optimized[i].kp = __probes[i];
	return arch_prepare_optimized_kprobe(&__optimized[i], &__optimized[i].kp);
}
void ${driver.optimize}(int first, int last)
{
	int i;

	for (i = first; i <= last; i++)
		list_add_tail(&__optimized[i].list, &__to_optimize);
	synchronize_rcu_tasks();
	mutex_lock(&text_mutex);
	arch_optimize_kprobes(&__to_optimize);
	mutex_unlock(&text_mutex);
}
void ${driver.unoptimize}(int first, int last)
{
	int i;

	for (i = first; i <= last; i++)
		list_add_tail(&__optimized[i].list, &__to_unoptimize);
	mutex_lock(&text_mutex);
	arch_unoptimize_kprobes(&__to_unoptimize, &__done);
	mutex_unlock(&text_mutex);
	synchronize_rcu_tasks();
	for (i = first; i <= last; i++)
		arch_remove_optimized_kprobe(&__optimized[i]);
}
`;

/** Offsets from the kernel's near text, in an area that the world has mapped. */
const at = { callback: 0x800n, emulate: 0x900n, buffers: 0xa00n, template: 0xc00n, trampoline: 0xf00n } as const;
const bufferBytes = 0x100n;

function world(profile: Profile, siteKind: CallSite['kind']): World {
  const base = probedWorld(profile, siteKind);
  const near = (base.sites[0]?.entry ?? 0n) & ~0xfffn;
  const template = templateOf(profile.bits);
  const places = [...template.places].map(([name, index]) => {
    return [`optprobe_template_${name}`, near + at.template + BigInt(4 * index)] as const;
  });
  const trampolines = ['arch_rethook_trampoline', '__kretprobe_trampoline', 'kretprobe_trampoline'].map(
    (name) => [name, near + at.trampoline] as const,
  );
  const callees = [
    ['optimized_callback', near + at.callback, ['blr']],
    ['emulate_step', near + at.emulate, emulation(profile.bits)],
  ] as const;
  return {
    ...base,
    sites: base.sites.map((one) => ({ ...one, goal: `detour of ${one.id}` })),
    texts: [
      ...base.texts,
      ...callees.map(([name, address, lines]) => textAt(name, address, lines)),
      textAt('template', near + at.template, template.lines),
      ...base.sites.map(({ id }, index) => ({
        name: `detour of ${id}`,
        address: near + at.buffers + BigInt(index) * bufferBytes,
        words: Array<number>(template.lines.length).fill(0),
      })),
    ],
    symbols: new Map([...base.symbols, ...places, ...trampolines, ['optinsn_slot', near + at.buffers]]),
    entries: new Map([...base.entries, ...callees.map(([name, address]) => [name, address] as const)]),
  };
}

/** What a detour does around the two calls: it keeps what they may change, and leaves room for what is filled in. */
function templateOf(bits: 32 | 64): {
  readonly lines: readonly string[];
  readonly places: ReadonlyMap<string, number>;
} {
  const [load, store, immediate] = bits === 64 ? (['ld', 'std', 5] as const) : (['lwz', 'stw', 3] as const);
  const saved = [0, 3, 4].map((register) => [register, 32 + 8 * register] as const);
  const lines: string[] = [`${store}u r1,-112(r1)`, ...saved.map(([r, slot]) => `${store} r${r},${slot}(r1)`)];
  const places = new Map<string, number>([['entry', 0]]);
  const room = (name: string, words: number) => {
    places.set(name, lines.length);
    lines.push(...Array<string>(words).fill('nop'));
  };
  lines.push('mflr r0', `${store} r0,96(r1)`);
  room('op_address', immediate);
  room('call_handler', 1);
  room('insn', immediate);
  room('call_emulate', 1);
  lines.push(
    `${load} r0,96(r1)`,
    'mtlr r0',
    ...saved.map(([r, slot]) => `${load} r${r},${slot}(r1)`),
    'addi r1,r1,112',
  );
  room('ret', 1);
  places.set('end', lines.length);
  return { lines, places };
}

/** Of ppc32 and near sites: bits 16 to 31 of a slot's address. */
const slotPages = Number(slotsOf('near', 32) >> 16n);

/** emulate_step(): of the one instruction that is probed here, in either half of r4 (a struct of two words is passed in one register). */
function emulation(bits: 32 | 64): readonly string[] {
  const [word = 0] = assemble(plainProbed, 0n) ?? [];
  const expected = [`lis r11,${(word >> 16) & 0xffff}`, `ori r11,r11,${word & 0xffff}`, 'cmplw r4,r11'];
  // ppc32 of v5.13 to v5.16 passes a pointer to the slot in place of a struct.
  const other = bits === 64 ? ['srdi r4,r4,32', 'cmplw r4,r11'] : ['srwi r4,r4,16', `cmplwi r4,${slotPages}`];
  return [...expected, 'beq .+16', ...other, 'bne .+8', plainProbed, 'blr'];
}

function runs(image: Image): readonly EntryRun[] {
  const start = image.advance(image.keep(), placed(image));
  return plans.flatMap((plan): EntryRun[] => {
    const hit = hitBy(plan, image.world.sites.length);
    const each = (name: string) => hit.map((index) => call(name, BigInt(index)));
    const range = [hit[0] ?? 0, hit.at(-1) ?? 0].map(BigInt);
    const on = (value: boolean) => tracedBy(hit, image.world, value);
    const armed = image.advance(start, each(probeDriver.register));
    const optimizing = [...each(driver.prepare), reachable, call(driver.optimize, ...range)];
    const optimized = image.advance(armed, optimizing);
    return [
      { plan, live: false, entryPoint: 'optimize', from: armed, actions: optimizing, traced: on(true) },
      {
        ...{ plan, live: true, entryPoint: 'unoptimize', from: optimized, traced: on(false) },
        actions: [call(driver.unoptimize, ...range)],
      },
    ];
  });
}
/** Nothing leads to a buffer while it is being filled: only what comes next is done among tasks. */
const reachable = { kind: 'tell', step: { kind: 'reachable', what: 'the detour buffer' } } as const;
