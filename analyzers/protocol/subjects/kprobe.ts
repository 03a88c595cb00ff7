/**
 * Kernel probes as a subject: any word ↔ trap in a function that runs. arch/powerpc/kernel/kprobes.c is read behind a driver
 * that does what kernel/kprobes.c does around it: prepare, publish, arm; disarm, unpublish, wait for RCU, remove. The
 * handler of the trap is not read; the machine has what it is documented to do.
 *
 * Example: a probe on A+4 copies `addi r14,r14,1` to A's slot and writes a trap over it; a task that traps executes the copy.
 */
import { call, type EntryRun, hitBy, plans, tracedBy } from '../entry-points.ts';
import type { Action, Image } from '../image.ts';
import type { Profile } from '../profiles.ts';
import type { CallSite } from '../protocol.ts';
import type { Sources, Subject, SubjectSource } from '../subject.ts';
import { buildWorld, type Site, textAt, type World } from '../world.ts';
import { configurationsOfAbis } from './configurations.ts';
import { driver, driverUnit, probeHeaders } from './kprobe-driver.ts';
import { treeSources } from './reading.ts';

const unit = 'arch/powerpc/kernel/kprobes.c';
const include = 'arch/powerpc/include/asm';
/** What the unit and the header of probes rest on. */
export const probeIncludes = ['kprobes', 'probes', 'sstep'].map((name) => `${include}/${name}.h`);

export const kprobeSubject: Subject = {
  id: 'kprobe',
  concerns: (path) => path === unit || path === `${include}/kprobes.h` || path === `${include}/probes.h`,
  profiles,
  sources,
  world: probedWorld,
  runs,
};

/** Byte offset of the probed instruction. */
export const site = 4;

/** The probed instruction and what its loss, or a second run of it, would show by: a register that is the caller's. */
export function probedFunction(bits: 32 | 64, probed: string): readonly string[] {
  const make = bits === 64 ? 'stdu r1,-32(r1)' : 'stwu r1,-32(r1)';
  return [make, probed, 'addi r14,r14,-1', 'addi r1,r1,32', 'blr'];
}
export const plainProbed = 'addi r14,r14,1';
const prefixedProbed = 'paddi r14,r14,1,0';

function profiles(source: SubjectSource): readonly Profile[] {
  const { read, evidence } = source;
  if (evidence !== 'tree' || read(unit) === null) return [];
  const configurations = configurationsOfAbis(source).map((one) => ({ ...one, symbols: [...one.symbols, 'KPROBES'] }));
  const shared = { unit, contract: 'probe', recorded: site / 4, siteKinds: ['near', 'module'] } as const;
  const plain = configurations.map((one) => ({ ...one, ...shared, function: probedFunction(one.bits, plainProbed) }));
  const knowsPrefixes = /\bppc_inst_prefixed\b/.test(read(`${include}/inst.h`) ?? '');
  const prefixed = configurations
    .filter(({ abi }) => knowsPrefixes && abi === 'elfv2')
    .map((one) => ({
      ...one,
      ...shared,
      id: `${one.id}-prefixed`,
      function: probedFunction(one.bits, prefixedProbed),
    }));
  return [...plain, ...prefixed];
}

function sources(source: SubjectSource): Sources {
  return treeSources(source, {
    units: [unit],
    headers: probeIncludes,
    models: probeHeaders,
    driver: driverUnit,
    assumed: [
      'of a probe on a word that ftrace rewrites, nothing is run: such a probe is refused, or one of ftrace itself (check_ftrace_location() in kernel/kprobes.c)',
    ],
  });
}

export const slotsOf = (siteKind: CallSite['kind'], bits: 32 | 64) =>
  bits === 64
    ? siteKind === 'module'
      ? 0xc00800000001e000n
      : 0xc0000000019f0000n
    : siteKind === 'module'
      ? 0xc801e000n
      : 0xc19f0000n;
const slotBytes = 0x100n;

/** A world whose sites have slots. */
export function probedWorld(profile: Profile, siteKind: CallSite['kind']): World {
  const base = buildWorld(profile, siteKind);
  const slots = slotsOf(siteKind, profile.bits);
  const sites = base.sites.map((one): Site => {
    const { words } = textAt(one.id, one.entry, profile.function);
    return { ...one, text: { ...one.text, words }, original: words[site / 4] ?? 0, own: [site] };
  });
  return {
    ...base,
    sites,
    kernelSite: null,
    texts: [
      ...base.texts,
      ...sites.map(({ id }, index) => {
        const address = slots + BigInt(index) * slotBytes;
        return { name: `slot of ${id}`, address, words: [0, 0], of: id };
      }),
    ],
    areas: [...base.areas, { name: 'instruction slots', from: slots, bytes: 0x1000, kind: 'text' }],
  };
}

/** Tells the driver where its probes go. */
export const placed = ({ world }: Image, offset = site): Action[] =>
  world.sites.map(({ id, entry }, index) => {
    return call(driver.place, BigInt(index), entry + BigInt(offset), slotOf(world, id));
  });

const slotOf = ({ texts }: World, id: string) => texts.find(({ name }) => name === `slot of ${id}`)?.address ?? 0n;

function runs(image: Image, profile: Profile): readonly EntryRun[] {
  const { sites } = image.world;
  const laid = image.keep();
  const start = image.advance(laid, placed(image));
  const all = plans.flatMap((plan): EntryRun[] => {
    const hit = hitBy(plan, sites.length);
    const each = (name: string) => hit.map((index) => call(name, BigInt(index)));
    const on = (value: boolean) => tracedBy(hit, image.world, value);
    const shared = { plan, live: true } as const;
    const armed = image.advance(start, each(driver.register));
    const again = [...each(driver.register), ...each(driver.disarm), ...each(driver.arm)];
    return [
      { ...shared, entryPoint: 'enable', from: start, actions: each(driver.register), traced: on(true) },
      { ...shared, entryPoint: 'disable', from: armed, actions: each(driver.unregister), traced: on(false) },
      { ...shared, entryPoint: 'enable-disable-enable', from: start, actions: again, traced: on(true) },
    ];
  });
  if (!profile.function.includes(prefixedProbed)) return all;
  const second: EntryRun = {
    ...{ entryPoint: 'second-word', plan: 'last', live: true, traced: [null, false] },
    from: image.advance(laid, placed(image, site + 4)),
    actions: [call(driver.register, 1n)],
  };
  // Again while the prefix has a probe: then the word in front of it is a trap.
  const behindProbe: EntryRun = {
    ...second,
    plan: 'all',
    traced: [null, null],
    from: image.advance(start, [
      call(driver.register, 1n),
      call(driver.place, 0n, (sites[1]?.entry ?? 0n) + BigInt(site + 4), slotOf(image.world, 'A')),
    ]),
    actions: [call(driver.register, 0n)],
  };
  return [...all, second, behindProbe];
}
