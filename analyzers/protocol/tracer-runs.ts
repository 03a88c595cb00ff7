/**
 * Entry points at which tracers come and go, as a table over driver-tracers.ts: which tracer is there, which comes or goes,
 * and how tasks leave the tracer's entry code meanwhile. The one idea: a tracer that was allocated is freed where the kernel
 * lets it be freed, so what may still be using it is part of the run.
 *
 * Example: `tracer-leaves` starts with two tracers on A and B; the allocated one is unregistered and freed, the other stays.
 */
import { driver } from './driver.ts';
import { tracerDriver, tracers } from './driver-tracers.ts';
import { call, type EntryRun, rangeOf } from './entry-points.ts';
import { type Action, type Image, moduleArguments, type State } from './image.ts';
import type { EntryPoint, Exit } from './protocol.ts';

interface Row {
  /** Another row's entry point that comes before it; else no tracer is there. */
  readonly behind?: EntryPoint;
  readonly entryPoint: EntryPoint;
  readonly actions: (at: readonly bigint[]) => readonly Action[];
  /** Are the sites traced afterwards? */
  readonly traced: boolean;
  readonly exit?: Exit;
  /** Traced functions are called once it is over, by this exit alone. */
  readonly called?: boolean;
}

const register = (which: bigint, at: readonly bigint[] = [0n, 0n, 0n, 0n]) => [
  call(tracerDriver.register, which, ...at),
];
const unregister = (which: bigint) => [call(tracerDriver.unregister, which)];

/** For tracers of every function. */
const tracing: readonly Row[] = [
  { entryPoint: 'register', actions: () => register(tracers.allocated), traced: true },
  { behind: 'register', entryPoint: 'unregister', actions: () => unregister(tracers.allocated), traced: false },
];

/** Where another tracer is there already. */
const joining: readonly Row[] = [
  { entryPoint: 'tracer-joins', actions: () => register(tracers.allocated), traced: true },
  { behind: 'tracer-joins', entryPoint: 'tracer-leaves', actions: () => unregister(tracers.allocated), traced: true },
];

const livepatch = { exit: 'livepatch' } as const;
/** Both sites' functions have another in their place. */
const livepatching: readonly Row[] = [
  { ...livepatch, entryPoint: 'livepatch-on', actions: (at) => register(tracers.livepatch, at), traced: true },
  {
    ...livepatch,
    behind: 'livepatch-on',
    entryPoint: 'livepatch-off',
    actions: () => unregister(tracers.livepatch),
    traced: false,
  },
];

const direct = { exit: 'direct' } as const;
const directly: readonly Row[] = [
  { ...direct, entryPoint: 'direct-on', actions: (at) => [call(tracerDriver.registerDirect, ...at)], traced: true },
  {
    ...direct,
    behind: 'direct-on',
    entryPoint: 'direct-change',
    actions: () => [call(tracerDriver.modifyDirect)],
    traced: true,
  },
  {
    ...direct,
    behind: 'direct-on',
    entryPoint: 'direct-off',
    actions: () => [call(tracerDriver.unregisterDirect)],
    traced: false,
  },
];

const graph = { exit: 'graph' } as const;
/** Where an ops of the core's has the return address of each traced function changed (since v5.19). */
const graphingByOps: readonly Row[] = [
  { ...graph, entryPoint: 'graph-on', actions: () => [call(tracerDriver.registerGraph)], traced: true, called: true },
  {
    ...graph,
    behind: 'graph-on',
    entryPoint: 'graph-off',
    actions: () => [call(tracerDriver.unregisterGraph)],
    traced: false,
  },
];

/** Switched for all traced functions at once, with a word of the tracer's entry code. */
const graphing: readonly Row[] = [
  { ...graph, entryPoint: 'graph-on', actions: () => [call(driver.graph, 1n)], traced: true, called: true },
  {
    ...graph,
    behind: 'graph-on',
    entryPoint: 'graph-off',
    actions: () => [call(driver.graph, 0n)],
    traced: true,
  },
];

export interface TracerOptions {
  /** The sites are there, and nobody traces. */
  readonly ready: State;
  /** Both are traced, by the flags of their records alone. */
  readonly enabled: State;
  /** A tracer may change where the task goes on. */
  readonly livepatch: boolean;
}

/** The runs that the sources of an image define. */
export function tracerRuns(image: Image, { ready, enabled, livepatch: patches }: TracerOptions): EntryRun[] {
  const from = (state: State, ...actions: readonly Action[]) => image.advance(state, actions);
  const make = (which: bigint) => call(tracerDriver.make, which);
  const runs: EntryRun[] = [];
  const add = (rows: readonly Row[], start: State) => runs.push(...runsOf(image, rows, start));
  if (image.has(tracerDriver.register)) {
    const made = from(ready, make(tracers.fixed), make(tracers.allocated));
    add(tracing, made);
    const traced = from(made, ...register(tracers.fixed));
    add(joining, traced);
    if (image.world.siteKind === 'module' && image.has(driver.moduleUnload)) runs.push(unloading(image, traced));
    if (patches) add(livepatching, from(ready, make(tracers.livepatch)));
    if (image.has(tracerDriver.registerDirect)) add(directly, from(ready, make(tracers.direct)));
  }
  if (image.has('register_ftrace_graph') && image.has(tracerDriver.registerGraph)) {
    const graphs = runsOf(image, graphingByOps, ready);
    // On the way there and back a module's sites are modified as by any other ops.
    runs.push(...graphs.filter(({ entryPoint }) => entryPoint === 'call' || image.world.siteKind !== 'module'));
  } else if (image.has(driver.graph) && image.has('ftrace_enable_ftrace_graph_caller')) add(graphing, enabled);
  return runs;
}

/** Nobody runs a module that is unloaded: what is left to go wrong is that ftrace still knows of it. */
const unloading = ({ world }: Image, from: State): EntryRun => ({
  ...{ entryPoint: 'module-unload', plan: 'all', live: false, from },
  actions: [call(driver.moduleUnload, moduleArguments(world)[0] ?? 0n), ...unregister(tracers.fixed)],
  traced: world.sites.map(() => null),
});

function runsOf(image: Image, rows: readonly Row[], start: State): EntryRun[] {
  const { sites } = image.world;
  const at = sites.flatMap(rangeOf);
  const ends = new Map<EntryPoint, { readonly from: State; readonly actions: readonly Action[] }>();
  return rows.flatMap((row): EntryRun[] => {
    const before = row.behind === undefined ? undefined : ends.get(row.behind);
    const from = before === undefined ? start : image.advance(before.from, before.actions);
    const actions = row.actions(at);
    ends.set(row.entryPoint, { from, actions });
    // What went wrong on the way is for the run before to tell: what stands behind it never comes to be.
    if (before !== undefined && from.failure !== null) return [];
    const shared = {
      plan: 'all',
      live: true,
      traced: sites.map(() => row.traced),
      ...(row.exit && { exit: row.exit }),
    } as const;
    const run: EntryRun = { ...shared, entryPoint: row.entryPoint, from, actions };
    if (row.called !== true) return [run];
    const after = image.advance(from, actions, run.traced);
    if (after.failure !== null) return [run];
    return [run, { ...shared, entryPoint: 'call', from: after, actions: [], tracer: 'ftrace_caller' }];
  });
}
