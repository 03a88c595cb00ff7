/**
 * Jump labels as a subject: in a function that asks a static key, one word is a nop or a branch to where the function does
 * what the key is for. arch/powerpc/kernel/jump_label.c is read; the driver does what kernel/jump_label.c does around it:
 * for each entry of a key, in order, arch_jump_label_transform() (or its queue, where the architecture has one).
 *
 * Example: with the key off, `stdu r1,-32(r1); nop; addi r1,r1,32; blr` goes on behind the nop; with it on, at l_yes.
 */
import { call, type EntryRun, hitBy, plans, reachable, tracedBy } from '../entry-points.ts';
import type { SourceText } from '../headers.ts';
import type { Image, State } from '../image.ts';
import type { Profile } from '../profiles.ts';
import type { CallSite } from '../protocol.ts';
import { driverNames } from '../recorder.ts';
import type { Sources, Subject, SubjectSource } from '../subject.ts';
import { buildWorld, type World } from '../world.ts';
import { configurationsOfAbis } from './configurations.ts';
import { treeSources } from './reading.ts';

const unit = 'arch/powerpc/kernel/jump_label.c';
const header = 'arch/powerpc/include/asm/jump_label.h';

export const jumpLabelSubject: Subject = {
  id: 'jump-label',
  concerns: (path) => path === unit || path === header,
  profiles,
  sources,
  world,
  runs,
};

/** Bytes from the function's first word: the word that changes, and where its branch goes. */
const [site, target] = [4, 16] as const;

/**
 * Next to the word that changes, and to where it may lead, stand words that matter: what is written or branched to one word
 * off takes the stack pointer with it.
 */
function functionOf(bits: 32 | 64): readonly string[] {
  const [make, drop] = [bits === 64 ? 'stdu r1,-32(r1)' : 'stwu r1,-32(r1)', 'addi r1,r1,32'];
  return [make, 'nop', drop, 'blr', drop, 'blr'];
}

function profiles(source: SubjectSource): readonly Profile[] {
  if (source.evidence !== 'tree' || source.read(unit) === null) return [];
  return configurationsOfAbis(source).map((one) => ({
    ...one,
    unit,
    contract: 'plain',
    function: functionOf(one.bits),
    recorded: site / 4,
    siteKinds: ['near', 'module'],
  }));
}

function sources(source: SubjectSource): Sources {
  return treeSources(source, { units: [unit], headers: [header], models: genericHeader, driver: driverUnit });
}

/** What kernel/jump_label.c and the architecture tell each other, in our own words. */
const genericHeader = new Map([
  [
    'linux/jump_label.h',
    {
      file: 'our model of linux/jump_label.h',
      text: `#ifndef _LINUX_JUMP_LABEL_H
#define _LINUX_JUMP_LABEL_H
#define HAVE_JUMP_LABEL
#define asm_volatile_goto(...) asm goto(__VA_ARGS__)
#define stringify_in_c(...) ""
#define FTR_ENTRY_LONG .quad
#include <asm/jump_label.h>
enum jump_label_type { JUMP_LABEL_NOP, JUMP_LABEL_JMP };
#ifdef CONFIG_HAVE_ARCH_JUMP_LABEL_RELATIVE
struct jump_entry { s32 code; s32 target; long key; };
static inline unsigned long jump_entry_code(const struct jump_entry *e) { return (unsigned long)&e->code + e->code; }
static inline unsigned long jump_entry_target(const struct jump_entry *e) { return (unsigned long)&e->target + e->target; }
static inline struct static_key *jump_entry_key(const struct jump_entry *e)
{ return (struct static_key *)((unsigned long)&e->key + (e->key & ~3L)); }
#else
static inline unsigned long jump_entry_code(const struct jump_entry *e) { return e->code; }
static inline unsigned long jump_entry_target(const struct jump_entry *e) { return e->target; }
static inline struct static_key *jump_entry_key(const struct jump_entry *e)
{ return (struct static_key *)((unsigned long)e->key & ~3UL); }
#endif
void arch_jump_label_transform(struct jump_entry *entry, enum jump_label_type type);
void arch_jump_label_transform_static(struct jump_entry *entry, enum jump_label_type type);
bool arch_jump_label_transform_queue(struct jump_entry *entry, enum jump_label_type type);
void arch_jump_label_transform_apply(void);
#endif
`,
    },
  ],
]);

const driver = driverNames('entry', 'update', 'boot');

/** The table's entry as the compiler's asm leaves it, and the walks over entries of kernel/jump_label.c. */
const driverUnit: SourceText = {
  file: 'the driver of jump labels',
  text: `#include <linux/jump_label.h>
void ${driver.entry}(struct jump_entry *e, unsigned long code, unsigned long target, unsigned long key)
{
#ifdef CONFIG_HAVE_ARCH_JUMP_LABEL_RELATIVE
	e->code = code - (unsigned long)&e->code;
	e->target = target - (unsigned long)&e->target;
	e->key = key - (unsigned long)&e->key;
#else
	e->code = code;
	e->target = target;
	e->key = key;
#endif
}
void ${driver.update}(struct jump_entry *e, struct jump_entry *stop, int on)
{
	if (jump_entry_key(e))
		jump_entry_key(e)->enabled = on;
	for (; e < stop; e++) {
#ifdef HAVE_JUMP_LABEL_BATCH
		if (!arch_jump_label_transform_queue(e, on)) {
			arch_jump_label_transform_apply();
			BUG_ON(!arch_jump_label_transform_queue(e, on));
		}
	}
	arch_jump_label_transform_apply();
#else
		arch_jump_label_transform(e, on);
	}
#endif
}
/* Until v5.19 the nops that the compiler left are written again; since then only where the architecture wants it. */
void __weak arch_jump_label_transform_static(struct jump_entry *entry, enum jump_label_type type)
{
	arch_jump_label_transform(entry, type);
}
void ${driver.boot}(struct jump_entry *e, struct jump_entry *stop)
{
	for (; e < stop; e++)
		arch_jump_label_transform_static(e, JUMP_LABEL_NOP);
}
`,
};

/** The table of entries lies where 32 bits reach the text; behind it the key. */
const tableOf = (siteKind: CallSite['kind'], bits: 32 | 64) =>
  siteKind === 'module'
    ? bits === 64
      ? 0xc008000000040000n
      : 0xc8040000n
    : bits === 64
      ? 0xc000000003004000n
      : 0xc3004000n;
const keyAt = 0x400n;

function world(profile: Profile, siteKind: CallSite['kind']): World {
  const base = buildWorld(profile, siteKind);
  const table = tableOf(siteKind, profile.bits);
  return {
    ...base,
    sites: base.sites.map((one) => ({ ...one, goal: target, own: [site] })),
    kernelSite: null,
    areas: [...base.areas, { name: 'jump table', from: table, bytes: 0x1000, kind: 'data' }],
  };
}

function runs(image: Image, profile: Profile): readonly EntryRun[] {
  const { world } = image;
  const table = tableOf(world.siteKind, profile.bits);
  const bytes = profile.symbols.includes('HAVE_ARCH_JUMP_LABEL_RELATIVE')
    ? BigInt(8 + profile.bits / 8)
    : BigInt((3 * profile.bits) / 8);
  const at = (index: number) => table + BigInt(index) * bytes;
  const entries = world.sites.map(({ entry }, index) =>
    call(driver.entry, at(index), entry + BigInt(site), entry + BigInt(target), table + keyAt),
  );
  const start = image.advance(image.keep(), entries);
  const end = at(world.sites.length);
  const both = (value: boolean) => world.sites.map(() => value);
  const rewrite = call(driver.boot, table, end);
  const on = call(driver.update, table, end, 1n);
  if (world.siteKind !== 'module') {
    const boot: EntryRun = {
      ...{ entryPoint: 'boot', plan: 'all', live: false, from: start, actions: [rewrite], traced: both(false) },
    };
    return [boot, ...switching(image, image.advance(start, [rewrite]), at)];
  }
  const dark = { plan: 'all', live: false, from: start } as const;
  return [
    { ...dark, entryPoint: 'module-load', actions: [rewrite, reachable], traced: both(false) },
    { ...dark, entryPoint: 'module-load-enabled', actions: [rewrite, on, reachable], traced: both(true) },
    ...switching(image, image.advance(start, [rewrite]), at),
  ];
}

/** The key is switched while tasks run the functions; it has both entries, or one. */
function switching(image: Image, ready: State, at: (index: number) => bigint): EntryRun[] {
  return plans.flatMap((plan): EntryRun[] => {
    const hit = hitBy(plan, image.world.sites.length);
    const range = [at(hit[0] ?? 0), at((hit.at(-1) ?? 0) + 1)];
    const update = (on: boolean) => call(driver.update, ...range, on ? 1n : 0n);
    const taken = (on: boolean) => tracedBy(hit, image.world, on);
    const [on, off] = [update(true), update(false)];
    const shared = { plan, live: true } as const;
    return [
      { ...shared, entryPoint: 'enable', from: ready, actions: [on], traced: taken(true) },
      { ...shared, entryPoint: 'disable', from: image.advance(ready, [on]), actions: [off], traced: taken(false) },
      { ...shared, entryPoint: 'enable-disable-enable', from: ready, actions: [on, off, on], traced: taken(true) },
    ];
  });
}
