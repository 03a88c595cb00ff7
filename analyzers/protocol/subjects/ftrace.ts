/**
 * Function tracing as a subject: nop ↔ bl at the starts of functions, with the generic core (kernel/trace/ftrace.c) and the
 * tracer's entry code around it. What the tree lacks of these is taken from our models.
 */
import { archModel, patchingModel } from '../arch-model.ts';
import { coreModel } from '../core-model.ts';
import { driverText } from '../driver.ts';
import { entryRuns } from '../entry-points.ts';
import { headerModel } from '../header-model.ts';
import type { Read } from '../headers.ts';
import { type Profile, profilesByCode, profilesOf } from '../profiles.ts';
import {
  corePath,
  driverPath,
  graphPath,
  patchingPath,
  readingPaths,
  type Sources,
  type Subject,
  type SubjectSource,
} from '../subject.ts';
import { buildWorld } from '../world.ts';
import { modelHeader, textsOf, treeSources } from './reading.ts';

/** @param concerns what no other subject has to itself */
export const ftraceSubject = (concerns: Subject['concerns']): Subject => ({
  id: 'ftrace',
  concerns,
  profiles: ({ read, evidence, ...more }) =>
    evidence === 'tree' ? profilesOf({ read, ...more }) : profilesByCode({ read: withModels(read), ...more }),
  sources,
  world: buildWorld,
  runs: (image, { symbols, abi, contract }) =>
    entryRuns(image, {
      regs: symbols.includes('DYNAMIC_FTRACE_WITH_REGS'),
      // As LIVEPATCH depends (arch/powerpc/Kconfig: HAVE_LIVEPATCH).
      livepatch: abi === 'elfv2' && contract !== 'pg64',
    }),
});

/** Are graphs traced by an ops of the generic core, and not by a word of the entry code? */
const graphsByOps = (read: Read, { symbols }: Profile) =>
  symbols.includes('DYNAMIC_FTRACE_WITH_ARGS') &&
  (read('arch/powerpc/include/asm/ftrace.h')?.includes('ftrace_graph_func') ?? false);

/** A mail says little of its tree: what it does not say, our models do. */
function withModels(read: Read): Read {
  const text = new Map([['arch/powerpc/kernel/trace/ftrace.c', archModel.text]]);
  return (path) => {
    const [shown, model] = [read(path), text.get(path)];
    return model === undefined ? shown : `${shown ?? ''}\n${model}`;
  };
}

/** What is read: the tree's files, and our models of those it lacks; for a mail alone, what it shows over our models. */
function sources(source: SubjectSource, profile: Profile): Sources {
  const { read, touched, evidence, renamed = new Map() } = source;
  const core = evidence === 'tree' ? read(corePath) : null;
  const coreText = core ?? coreModel.text;
  const driver = { file: 'the driver of entry points', text: driverText(coreText) };
  const withDriver = {
    file: core === null ? coreModel.file : corePath,
    text: `${coreText}\n#include "${driverPath}"\n`,
  };
  const names = [...renamed].map(([name, old]) => `#define ${name} ${old}\n`);
  const assumed = core === null ? [`${corePath} is not at hand: our model of the generic core runs in its place`] : [];
  for (const [name, old] of renamed)
    assumed.push(`${name}() is taken to be ${old}(), as a patch of the series renames it`);
  if (evidence === 'tree') {
    const models = new Map([[driverPath, driver]]);
    const units = [profile.unit, ...(core !== null && graphsByOps(read, profile) ? [graphPath] : [])];
    if (units.includes(graphPath) && read(graphPath) === null)
      assumed.push(`${graphPath} is not at hand: that graph tracing is switched on and off is not run`);
    const ahead = names.length > 0 ? [{ file: 'renamed functions', text: names.join('') }] : [];
    return {
      ...treeSources(source, { units, headers: [], models, driver: withDriver, assumed }),
      ahead,
    };
  }
  const headers = [...headerModel.keys()].map((path) => `#include <${path}>\n`);
  const shownHeaders = textsOf(
    read,
    touched.filter((path) => path.endsWith('.h')),
  );
  return {
    units: [...textsOf(read, [profile.unit, patchingPath, ...readingPaths]), withDriver],
    standIns: [archModel, patchingModel],
    resolve: (path) => (path === driverPath ? driver : modelHeader(path)),
    ahead: [{ file: 'headers', text: [...headers, ...names].join('') }, ...shownHeaders],
    assumed: [...assumed, 'functions that the mail does not show are taken to be those of our model of arch/powerpc'],
  };
}
