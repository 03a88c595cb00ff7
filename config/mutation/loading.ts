/**
 * Loads the instrumented modules of Stryker's sandbox again and again in one process: a generation is a query at the end of every
 * module's URL. node:test is collected-test.ts for them. The switches and marks that Stryker put into the code are made cheap,
 * since the search of the explorer passes them millions of times: `stryMutAct("12")` becomes
 * `(mutationSwitch.active === 12 && mutationSwitch.hit())`, and `stryCov("12", "13")` counts in an array, or nothing at all.
 */
import { registerHooks } from 'node:module';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CollectedTest, collectFor, takeCollected } from './collected-test.ts';

/** What instrumented code asks, in place of Stryker's `__stryker__`. */
export interface SwitchState {
  /** Number of the mutant that is active; -1 for none. */
  active: number;
  /** How often each mutant was met. */
  counts: Float64Array;
  /** Is called when the active one is met: throws when that was too often, or took too long. */
  hit: () => true;
  /** Is called when a test file begins, behind what it imports. */
  begun: () => void;
}

export const switchState: SwitchState = {
  active: -1,
  counts: new Float64Array(0),
  hit: () => true,
  begun: () => {},
};
Object.assign(globalThis, { mutationSwitch: switchState });

const sandbox = pathToFileURL(`${process.cwd()}/`).href;
const standIn = new URL('./collected-test.ts', import.meta.url).href;

/** Instrumented code, counting which mutants it meets or not. */
const cheap = (source: string, counting: boolean) =>
  source
    .replace(/stryCov_9fa48\(((?:"\d+"(?:, )?)+)\)/g, (_, ids: string) =>
      counting ? `(${ids.replace(/"(\d+)"/g, 'mutationSwitch.counts[$1]++')})` : '0',
    )
    .replace(/stryMutAct_9fa48\("(\d+)"\)/g, '(mutationSwitch.active === $1 && mutationSwitch.hit())');

registerHooks({
  resolve(specifier, context, nextResolve) {
    const generation = /^file:.*\?(.*)$/.exec(context.parentURL ?? '')?.[1];
    if (generation === undefined) return nextResolve(specifier, context);
    if (specifier === 'node:test') return { url: standIn, shortCircuit: true };
    const found = nextResolve(specifier, context);
    const ours = found.url.startsWith(sandbox) && !found.url.includes('/node_modules/');
    return ours ? { ...found, url: `${found.url}?${generation}` } : found;
  },
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith(sandbox) || !url.includes('.ts?')) return loaded;
    let source = cheap(String(loaded.source), url.includes('?counting'));
    if (url.includes('.test.ts?')) source = `globalThis.mutationSwitch.begun();${source}`;
    return { ...loaded, source };
  },
});

let generations = 0;

/** The tests of these files, with all that they import loaded anew. */
export async function loadTests(
  files: readonly string[],
  { counting, before }: { counting: boolean; before: (file: string) => void },
): Promise<readonly CollectedTest[]> {
  const generation = `${counting ? 'counting' : 'plain'}${generations++}`;
  for (const file of files) {
    const name = relative(process.cwd(), file);
    collectFor(name);
    before(name);
    await import(`${pathToFileURL(file).href}?${generation}`);
  }
  return takeCollected();
}
