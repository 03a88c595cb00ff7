/**
 * Entry points as a table: from which state each starts, what is called, whether other CPUs may run the sites meanwhile.
 *
 * Example: `disable` starts from the state after `enable` with the same plan; A and B are live; afterwards neither that
 * the plan hits is traced.
 */
import { driver } from './driver.ts';
import { type Action, type Image, moduleArguments, type State } from './image.ts';
import type { EntryPoint, Exit, Plan } from './protocol.ts';
import { tracerRuns } from './tracer-runs.ts';
import type { Site, World } from './world.ts';

export interface EntryRun {
  readonly entryPoint: EntryPoint;
  readonly plan: Plan;
  readonly live: boolean;
  readonly from: State;
  readonly actions: readonly Action[];
  /** What comes next, where that looks at what these leave behind. */
  readonly next?: readonly Action[];
  /** Per site, in order: is it to be traced at the end; null where the plan leaves it alone. */
  readonly traced: readonly (boolean | null)[];
  /** Where sites that are on lead in this run, where that is not the same in all. */
  readonly goal?: string;
  /** Of entry point `call`: the entry code that sites call. */
  readonly tracer?: string;
  /** How tasks leave the tracer's entry code meanwhile; `normal` where nothing is said. */
  readonly exit?: Exit;
}

export interface RunOptions {
  /** The configuration has a second tracer entry to switch to. */
  readonly regs: boolean;
  /** A tracer may change where the task goes on. */
  readonly livepatch: boolean;
}

/** All runs of one image, simplest first. */
export function entryRuns(image: Image, options: RunOptions): readonly EntryRun[] {
  const { world } = image;
  const [ahead, behind] = [image.boot.ahead, image.boot.behind].map((names) => names.map((name) => call(name)));
  const start = ahead?.length === 0 ? image.keep() : image.advance(image.keep(), ahead ?? []);
  const module = world.siteKind === 'module';
  const boot = [call(driver.boot), ...(behind ?? [])];
  const booted = image.advance(start, boot, module ? null : world.sites.map(() => false));
  const load = loading(world);
  const both = (value: boolean) => world.sites.map(() => value);
  const ready = module ? image.advance(booted, load, both(false)) : booted;
  const runs: EntryRun[] = module
    ? [
        {
          entryPoint: 'module-load',
          plan: 'all',
          live: false,
          from: booted,
          actions: [...load, reachable],
          next: [...each(driver.hit, world.sites), call(driver.update, 1n)],
          traced: both(false),
        },
        {
          entryPoint: 'module-load-tracing',
          plan: 'all',
          live: false,
          from: image.advance(booted, [call(driver.tracing)]),
          actions: [...load, reachable],
          next: [...each(driver.miss, world.sites), call(driver.update, -1n)],
          traced: both(true),
        },
      ]
    : [
        {
          entryPoint: 'boot',
          plan: 'all',
          live: false,
          from: start,
          actions: boot,
          next: [...each(driver.hit, world.sites), call(driver.update, 1n)],
          traced: both(false),
        },
      ];
  for (const plan of plans) runs.push(...switching(image, ready, { ...options, plan }));
  return runs;
}

export const plans: readonly Plan[] = ['all', 'first', 'last'];

/** The sites, of so many, that a plan hits: their indices, which follow each other. */
export function hitBy(plan: Plan, count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, index) => index);
  return plan === 'all' ? all : plan === 'first' ? all.slice(0, 1) : all.slice(-1);
}

/** What becomes of the sites that are hit; the others are left alone. */
export const tracedBy = (hit: readonly number[], { sites }: World, value: boolean) =>
  sites.map((_, index) => (hit.includes(index) ? value : null));

/** Switching the tracer on and off, on sites that run. */
function switching(image: Image, ready: State, { plan, regs, livepatch }: RunOptions & { plan: Plan }): EntryRun[] {
  const { sites } = image.world;
  const hit = hitBy(plan, sites.length);
  const chosen = sites.filter((_, index) => hit.includes(index));
  const traced = (value: boolean) => tracedBy(hit, image.world, value);
  const on = [...each(driver.hit, chosen), call(driver.update, 1n)];
  const off = [...each(driver.miss, chosen), call(driver.update, -1n)];
  const enabled = image.advance(ready, on, traced(true));
  const shared = { plan, live: true } as const;
  const runs: EntryRun[] = [
    { ...shared, entryPoint: 'enable', from: ready, actions: on, next: off, traced: traced(true) },
    { ...shared, entryPoint: 'disable', from: enabled, actions: off, next: on, traced: traced(false) },
    {
      ...shared,
      entryPoint: 'enable-disable-enable',
      from: ready,
      actions: [...on, ...off, ...on],
      traced: traced(true),
    },
  ];
  if (regs) {
    const actions = [...each(driver.regs, chosen), call(driver.update, 0n)];
    runs.push({ ...shared, entryPoint: 'modify-call', from: enabled, actions, next: off, traced: traced(true) });
  }
  // What is far differs in where its branch leads, and in nothing that comes after it.
  if (plan !== 'all' || image.world.siteKind === 'far') return runs;
  return [...runs, ...calls(image, runs), ...tracerRuns(image, { ready, enabled, livepatch })];
}

/** Calls of traced functions once `enable`, or `modify-call`, is done: nothing is modified meanwhile. */
function calls(image: Image, runs: readonly EntryRun[]): EntryRun[] {
  const after: Partial<Record<EntryPoint, string>> = { enable: 'ftrace_caller', 'modify-call': 'ftrace_regs_caller' };
  return runs.flatMap((run): EntryRun[] => {
    const tracer = after[run.entryPoint];
    if (tracer === undefined) return [];
    const from = image.advance(run.from, run.actions, run.traced);
    // What went wrong on the way is that run's to tell.
    if (from.failure !== null) return [];
    return [{ ...run, entryPoint: 'call', from, actions: [], tracer }];
  });
}

/** Where a site's record is looked for: its function, and the words the compiler may put before it. */
export const rangeOf = (site: Site): readonly [bigint, bigint] => [site.entry - 16n, site.entry + 64n];

export const call = (name: string, ...args: bigint[]): Action => ({ kind: 'call', name, args });
const each = (name: string, sites: readonly Site[]) => sites.map((site) => call(name, ...rangeOf(site)));
/** The end of loading a module. */
export const reachable: Action = { kind: 'tell', step: { kind: 'reachable', what: 'the module’s functions' } };

/** As load_module() does: ftrace_module_init() while the module is unformed, ftrace_module_enable() before its init runs. */
function loading(world: World): Action[] {
  const args = moduleArguments(world);
  return [call(driver.moduleInit, ...args), call(driver.moduleEnable, args[0] ?? 0n)];
}
