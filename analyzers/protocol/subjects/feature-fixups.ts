/**
 * Feature fixups as a subject: what the kernel rewrites of itself by what it runs on. Alternatives are put in at boot and
 * when a module is loaded, where nobody runs them; the places of mitigations also later, by debugfs or after a migration,
 * while other CPUs run them. arch/powerpc/lib/feature-fixups.c is read behind a driver that does what its callers do.
 *
 * Example: the entry flush is set to its fallback: stop_machine(A+4 nop → mflr r10, A+12 nop → mtlr r10, A+8 nop → bl).
 */
import type { Image } from '../image.ts';
import { type Profile, profilesOf } from '../profiles.ts';
import type { CallSite } from '../protocol.ts';
import type { Sources, Subject, SubjectSource } from '../subject.ts';
import { buildWorld, textAt, type World } from '../world.ts';
import { bareConfiguration } from './configurations.ts';
import { alternativeGoal, alternativesOf, featuresFunction } from './fixup-alternatives.ts';
import { driverText, fixupHeaders } from './fixup-driver.ts';
import { isLaidAsKnown } from './fixup-laid.ts';
import { type Fixups, fixupRuns } from './fixup-runs.ts';
import { mitigations, onceOnly, type Section } from './fixup-sections.ts';
import { tablesBytes, tablesOf } from './fixup-tables.ts';
import { treeSources } from './reading.ts';

const unit = 'arch/powerpc/lib/feature-fixups.c';
const include = 'arch/powerpc/include/asm';

export const featureFixupsSubject: Subject = {
  id: 'feature-fixups',
  concerns: (path) => path === unit || path === `${include}/feature-fixups.h`,
  profiles,
  sources,
  world,
  runs: (image, profile) => fixupRuns(image, fixupsOf(image, profile)),
};

type Bare = ReturnType<typeof bareConfiguration>;

const symbols = ['PPC_BOOK3S_64', 'PPC_BARRIER_NOSPEC', 'PPC_E500', 'PPC_FSL_BOOK3E', 'RELOCATABLE'];

/** One for each kind of place; those of mitigations for the first kernel that has them. */
function profiles(source: SubjectSource): readonly Profile[] {
  const text = source.evidence === 'tree' ? source.read(unit) : null;
  if (text === null) return [];
  const known = profilesOf({ ...source, alsoAsked: [...(source.alsoAsked ?? []), ...symbols] });
  const kernels = (['elfv2', 'elfv1', 'ppc32'] as const).flatMap((abi): Bare[] => {
    const first = known.find((profile) => profile.abi === abi);
    return first === undefined ? [] : [bareConfiguration(first, abi === 'ppc32' ? abi : `ppc64-${abi}`)];
  });
  const prefixes = /\bppc_inst_prefixed\b/.test(source.read(`${include}/inst.h`) ?? '');
  const features = kernels.map((kernel): Profile => {
    const lines = kernel.abi === 'elfv2' && prefixes ? featuresFunction.prefixed : featuresFunction.plain;
    return profileOf(kernel, { id: 'features', contract: 'plain', function: lines, at: 4, inModules: true });
  });
  const of = {
    all: kernels,
    '64': kernels.filter(({ bits }) => bits === 64).slice(0, 1),
    e500: kernels.filter(({ bits }) => bits === 32).map(asE500),
  };
  const places = [...onceOnly, ...mitigations]
    .filter((section) => section.in.test(text))
    .flatMap((section) => of[section.kernels].map((kernel) => profileOf(masked(kernel, section), section)));
  return [...features, ...places];
}

function profileOf(
  kernel: Bare,
  { id, contract, function: lines, at, inModules }: Pick<Section, 'id' | 'contract' | 'function' | 'at' | 'inModules'>,
): Profile {
  return {
    ...{ ...kernel, id: `${kernel.id}-${id}`, unit, contract, function: lines, recorded: at / 4 },
    siteKinds: inModules ? ['near', 'module'] : ['near'],
  };
}

/** Where interrupts are off or masked a kernel that preempts is as one that does not. */
const masked = (kernel: Bare, { masked: isMasked }: Section): Bare =>
  isMasked
    ? { ...kernel, preemptions: kernel.preemptions.slice(0, 1).map((way) => ({ ...way, kind: 'none' })) }
    : kernel;

/** No kernel of the table is of that platform: what it sets beside its word size is known. */
function asE500(kernel: Bare): Bare {
  const set = (values: ReadonlyMap<string, string>) => {
    const own = new Map([...values].filter(([name]) => !/^PPC_BOOK3S/.test(name)));
    for (const name of ['PPC_E500', 'PPC_FSL_BOOK3E', 'PPC_BARRIER_NOSPEC']) own.set(name, 'y');
    return own;
  };
  const preemptions = kernel.preemptions.map((way) => ({ ...way, values: set(way.values) }));
  return { ...kernel, id: `${kernel.id}-e500`, preemptions };
}

/** null for alternatives. */
const sectionOf = (profile: Profile): Section | null =>
  [...onceOnly, ...mitigations].find((section) => section.function === profile.function) ?? null;

function sources(source: SubjectSource, profile: Profile): Sources {
  const section = sectionOf(profile);
  const calls = (section?.settings ?? []).map((setting) => setting.call);
  const known = isLaidAsKnown(source.read, section);
  return treeSources(source, {
    units: [unit],
    headers: ['feature-fixups', 'cputable', 'setup', 'security_features'].map((name) => `${include}/${name}.h`),
    models: fixupHeaders,
    driver: { file: 'the driver of feature fixups', text: driverText(calls, known) },
    assumed: [
      'what stands at the places of feature fixups is as the macros of asm/feature-fixups.h, asm/exception-64s.h and asm/barrier.h lay it up to v7.3: that assembly is not run, nor what the fallbacks do',
      'the kernel runs where it was linked to run: do_final_fixups() copies nothing',
      'interrupt exit code is not entered again while its places change: interrupt_exit_not_reentrant is not followed',
    ],
  });
}

/** Offsets from the first text of a world. */
const at = { fallback: 0x600n, elsewhere: 0x800n, ofSite: 0x200n, apart: 0x40n } as const;

function world(profile: Profile, siteKind: CallSite['kind']): World {
  const base = buildWorld(profile, siteKind);
  const section = sectionOf(profile);
  const from = (base.sites[0]?.entry ?? 0n) & ~0xfffn;
  const fallback = from + at.fallback;
  const goal = section === null ? alternativeGoal : section.goal;
  const out = section?.fallback;
  const sites = base.sites.map((one) => {
    const lines = profile.function.map((line) => line.replace('fallback', hex(fallback)));
    const own = (section === null ? alternativesOf(profile) : [section]).flatMap(offsetsOf);
    const { words } = textAt(one.id, one.entry, lines);
    return { ...one, text: { ...one.text, words }, own, ...(goal !== undefined && { goal }) };
  });
  const elsewhere = sites.map(({ entry }, site) =>
    (section === null ? alternativesOf(profile) : []).map(({ lines }, index) => {
      const address = from + at.elsewhere + BigInt(site) * at.ofSite + BigInt(index) * at.apart;
      const placed = lines.map((line) => line.replace(/@(\d+)/, (_, offset) => hex(entry + BigInt(offset))));
      return textAt(`alternative ${index} of ${sites[site]?.id}`, address, placed);
    }),
  );
  const own = { sites, elsewhere, section, alternatives: alternativesOf(profile) };
  const laid = tablesOf(own, siteKind, profile.bits);
  return {
    ...base,
    sites,
    kernelSite: null,
    texts: [...base.texts, ...(out === undefined ? [] : [textAt(out.name, fallback, out.lines)]), ...elsewhere.flat()],
    symbols: new Map([
      ...base.symbols,
      ...laid.flatMap(({ name, start, end }) => [
        [`__start__${name}`, start] as const,
        // The kernel's own tables are empty where the places are a module's.
        [`__stop__${name}`, siteKind === 'module' ? start : end] as const,
      ]),
      ...(out === undefined ? [] : [[out.name, fallback] as const]),
    ]),
    areas: [...base.areas, { name: 'fixup tables', from: laid[0]?.start ?? 0n, bytes: tablesBytes, kind: 'data' }],
  };
}

const hex = (address: bigint) => `0x${address.toString(16)}`;
const offsetsOf = ({ at: first, words }: { readonly at: number; readonly words: number }) =>
  Array.from({ length: words }, (_, index) => first + 4 * index);

function fixupsOf({ world: { sites, texts, siteKind } }: Image, profile: Profile): Fixups {
  const section = sectionOf(profile);
  const own = alternativesOf(profile);
  const elsewhere = sites.map(({ id }) =>
    own.flatMap((_, index) => texts.find(({ name }) => name === `alternative ${index} of ${id}`) ?? []),
  );
  return {
    section,
    tables: tablesOf({ sites, elsewhere, section, alternatives: own }, siteKind, profile.bits),
  };
}
