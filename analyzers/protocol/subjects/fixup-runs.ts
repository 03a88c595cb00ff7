/**
 * The entry points of feature fixups: boot, with and without a feature; loading a module; a mitigation that is set to each of
 * its kinds, from others, while tasks run its places.
 */
import { call, type EntryRun, plans, reachable } from '../entry-points.ts';
import type { Action, Image, State } from '../image.ts';
import { driver, settingDriver } from './fixup-driver.ts';
import type { Section, Setting } from './fixup-sections.ts';
import { feature, type Table } from './fixup-tables.ts';
import { unlessLaidOtherwise } from './laid.ts';

export interface Fixups {
  /** null: alternatives. */
  readonly section: Section | null;
  readonly tables: readonly Table[];
}

/** CPU_FTR_LWSYNC (asm/cputable.h). */
const lwsync = 0x80n;

export const fixupRuns = (image: Image, fixups: Fixups): readonly EntryRun[] =>
  unlessLaidOtherwise(image, runsOf(image, fixups));

function runsOf(image: Image, { section, tables }: Fixups): readonly EntryRun[] {
  const start = image.advance(
    image.keep(),
    tables.flatMap(({ entries }) => entries),
  );
  if (section === null) return alternativeRuns(image, start, tables);
  if (section.settings.length > 0)
    return image.world.siteKind === 'module'
      ? nospecOfModule(image, start, tables)
      : settingRuns(image, start, section.settings);
  return onceRuns(image, start, { section, tables });
}

const range = (tables: readonly Table[], name: string): readonly [bigint, bigint] => {
  const table = tables.find((one) => one.name === name);
  return [table?.start ?? 0n, table?.end ?? 0n];
};
const load = (tables: readonly Table[]): Action[] => [
  call(
    driver.load,
    ...['_ftr_fixup', '_mmu_ftr_fixup', '_fw_ftr_fixup', '_lwsync_fixup'].flatMap((name) => range(tables, name)),
  ),
  reachable,
];

/** What A is for, B is not: where the features are there, B has its alternatives in place, and A its own words. */
function alternativeRuns(image: Image, start: State, tables: readonly Table[]): readonly EntryRun[] {
  const module = image.world.siteKind === 'module';
  const doing = module ? load(tables) : [call(driver.boot)];
  const entryPoint = module ? 'module-load' : 'boot';
  const there = [call(driver.features, feature, feature), ...doing];
  const shared = { plan: 'all', live: false } as const;
  const all: EntryRun[] = [{ ...shared, entryPoint, from: start, actions: there, traced: [false, true] }];
  if (module || !image.has('update_mmu_feature_fixups')) return all;
  // Of A the MMU's alternative follows; what an alternative has taken the place of does not come back, so of B nothing is asked.
  const later = { plan: 'last', live: false, from: image.advance(start, there), traced: [true, null] } as const;
  return [...all, { ...later, entryPoint: 'boot', actions: [call(driver.mmu, 0n, feature)] }];
}

function onceRuns(image: Image, start: State, { section, tables }: Fixups): readonly EntryRun[] {
  const nowhere = image.world.sites.map(() => null);
  if (section?.id === 'btb-flush')
    return [
      { entryPoint: 'boot', plan: 'all', live: false, from: start, actions: [call(driver.flush)], traced: nowhere },
    ];
  const module = image.world.siteKind === 'module';
  return (['all', 'first'] as const).map((plan): EntryRun => {
    const actions = [
      call(driver.features, plan === 'all' ? lwsync : 0n, 0n),
      ...(module ? load(tables) : [call(driver.boot)]),
    ];
    const entryPoint = module ? 'module-load' : 'boot';
    return { entryPoint, plan, live: false, from: start, actions, traced: nowhere };
  });
}

/** Later changes leave modules as they are. */
function nospecOfModule(image: Image, start: State, tables: readonly Table[]): readonly EntryRun[] {
  return (['module-load', 'module-load-enabled'] as const).map((entryPoint, on): EntryRun => {
    const actions = [call(driver.nospec, BigInt(on), ...range(tables, '_barrier_nospec_fixup')), reachable];
    return { entryPoint, plan: 'all', live: false, from: start, actions, traced: image.world.sites.map(() => null) };
  });
}

/** At boot, before there are other CPUs; then from off and from other kinds; on, off and on again. */
function settingRuns(image: Image, start: State, settings: readonly Setting[]): readonly EntryRun[] {
  const { sites } = image.world;
  const set = (index: number) => call(settingDriver(index));
  const hasGoal = sites.some(({ goal }) => goal !== undefined);
  const traced = (index: number) => sites.map(() => (hasGoal ? settings[index]?.reached === true : null));
  const ahead = [...image.boot.ahead, ...image.boot.behind].map((name) => call(name));
  const running = image.advance(start, [...ahead, call(driver.over)]);
  const others = settings.flatMap((_, index) => (index === 0 ? [] : [index]));
  const three = (of: readonly number[]) =>
    [...new Set([of[0], of[1], of.at(-1)])].filter((index) => index !== undefined);
  const boot = three(others).map((index, nth): EntryRun => {
    const plan = plans[nth] ?? 'all';
    return { entryPoint: 'boot', plan, live: false, from: start, actions: [set(index)], traced: traced(index) };
  });
  const changes = settings.flatMap(({ entryPoint }, to): EntryRun[] =>
    three(settings.flatMap((_, index) => (index === to ? [] : [index]))).map((index, nth) => {
      const from = index === 0 ? running : image.advance(running, [set(index)]);
      return { entryPoint, plan: plans[nth] ?? 'all', live: true, from, actions: [set(to)], traced: traced(to) };
    }),
  );
  const again = three(others).map((index, nth): EntryRun => {
    const actions = [set(index), set(0), set(index)];
    const plan = plans[nth] ?? 'all';
    return { entryPoint: 'enable-disable-enable', plan, live: true, from: running, actions, traced: traced(index) };
  });
  // What goes wrong on the way to where a run begins is told of the run that goes there.
  return [...boot, ...changes, ...again].filter(({ from }) => from.failure === null);
}
