/**
 * A test runner for Stryker that needs no process for a mutant: the tests of the analyzers are collected as functions, and those
 * that cover a mutant are called with it switched on, the likeliest to fail first, until one fails.
 *
 * A mutant that runs for too long ends when it is met too often (Stryker's hit limit) or when its test has taken many
 * times its CPU time; one that is not met while it runs, by Stryker's timeout, which ends the process. Where a mutant is
 * in code that is run when a module is loaded, all modules are loaded anew with it.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CoverageData, MutantCoverage } from '@stryker-mutator/api/core';
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import type { CollectedTest } from './collected-test.ts';
import { loadTests, switchState } from './loading.ts';
import {
  cpuFactor,
  cpuMsMore,
  isInSample,
  leftOut,
  notInSample,
  type RunOptions,
  testFiles,
  testMsMax,
} from './selection.ts';

/** What one runner measures and the others read: milliseconds of CPU by test. */
const measured = 'mutation-tests.json';

const run: RunOptions = JSON.parse(process.env.MUTATION_RUN ?? '{}');

/** Too slow, or met too often: no failure of a test, but seen by it all the same. */
class EndlessError extends Error {}

let tests: readonly CollectedTest[] = [];
let ms: Readonly<Record<string, number>> = {};
/** By file of mutants: the tests that killed the last ones, newest first. */
const killers = new Map<string, string[]>();
/** Numbers of mutants are below. */
const mutantsMax = 20_000;

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const files = () => globSync([...testFiles(run.room)]).map((file) => resolve(file));

async function failureOf(test: CollectedTest): Promise<Error | null> {
  try {
    await test.run();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Runs every test and notes which mutants it meets. What a test file does while it is loaded covers nothing: it is not done again. */
async function dryRun(_options: DryRunOptions): Promise<DryRunResult> {
  switchState.active = -1;
  switchState.counts = new Float64Array(mutantsMax);
  const ofModules = switchState.counts;
  const ofTestFile = new Float64Array(mutantsMax);
  const countInto = (counts: Float64Array) => {
    switchState.counts = counts;
  };
  switchState.begun = () => countInto(ofTestFile);
  const counting = await loadTests(files(), { counting: true, before: () => countInto(ofModules) });
  const times: Record<string, number> = {};
  const results: TestResult[] = [];
  const mutantCoverage: MutantCoverage = { static: coverageOf(ofModules), perTest: {} };
  const counts = new Float64Array(mutantsMax);
  countInto(counts);
  for (const test of counting.filter(({ id }) => !leftOut.test(id))) {
    counts.fill(0);
    const begin = cpuMs();
    const failure = await failureOf(test);
    const timeSpentMs = cpuMs() - begin;
    const about = { id: test.id, name: test.id, timeSpentMs, fileName: resolve(test.file) };
    if (failure !== null) results.push({ ...about, status: TestStatus.Failed, failureMessage: String(failure.stack) });
    else if (timeSpentMs <= testMsMax(run.room)) results.push({ ...about, status: TestStatus.Success });
    else continue;
    times[test.id] = timeSpentMs;
    mutantCoverage.perTest[test.id] = coverageOf(counts);
  }
  writeFileSync(measured, JSON.stringify(times));
  return { status: DryRunStatus.Complete, tests: results, mutantCoverage };
}

function coverageOf(counts: Float64Array): CoverageData {
  const found: CoverageData = {};
  for (const [id, count] of counts.entries()) if (count > 0) found[id] = count;
  return found;
}

async function mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
  if (!isInSample(options.activeMutant, run)) return { status: MutantRunStatus.Error, errorMessage: notInSample };
  const { activeMutant, testFilter, hitLimit = Number.POSITIVE_INFINITY, reloadEnvironment } = options;
  if (!existsSync(measured)) throw new Error(`no ${measured}: nothing has been measured`);
  if (Object.keys(ms).length === 0) ms = JSON.parse(readFileSync(measured, 'utf8'));
  let hits = 0;
  let cpuEnd = Number.POSITIVE_INFINITY;
  switchState.hit = () => {
    if (++hits > hitLimit) throw new EndlessError(`met ${hits} times`);
    if (hits % 1024 === 0 && cpuMs() > cpuEnd) throw new EndlessError('takes too much CPU');
    return true;
  };
  let among = tests;
  try {
    if (reloadEnvironment) {
      switchState.active = Number(activeMutant.id);
      among = await loadTests(files(), { counting: false, before: () => {} });
    } else if (tests.length === 0) {
      switchState.active = -1;
      tests = await loadTests(files(), { counting: false, before: () => {} });
      among = tests;
    }
    switchState.active = Number(activeMutant.id);
    const asked = testFilter === undefined ? null : new Set(testFilter);
    const wanted = among.filter(({ id }) => ms[id] !== undefined && (asked === null || asked.has(id)));
    const recent = killers.get(activeMutant.fileName) ?? [];
    killers.set(activeMutant.fileName, recent);
    let nrOfTests = 0;
    const begin = cpuMs();
    for (const test of likeliestFirst(wanted, recent)) {
      if (cpuMs() > begin + run.cpuMsMax) break;
      nrOfTests++;
      cpuEnd = cpuMs() + cpuFactor * (ms[test.id] ?? 0) + cpuMsMore;
      const failure = await failureOf(test);
      if (failure === null) continue;
      if (failure instanceof EndlessError || hits > hitLimit)
        return { status: MutantRunStatus.Timeout, reason: `${test.id}: ${failure.message}` };
      recent.splice(0, recent.length, ...[test.id, ...recent.filter((id) => id !== test.id)].slice(0, 4));
      return { status: MutantRunStatus.Killed, killedBy: [test.id], failureMessage: failure.message, nrOfTests };
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  } catch (error) {
    // Modules that cannot even be loaded with the mutant.
    return { status: MutantRunStatus.Killed, killedBy: [], failureMessage: String(error), nrOfTests: 0 };
  } finally {
    switchState.active = -1;
  }
}

/** Those that killed the mutants before this one, then the shortest. */
function likeliestFirst(of: readonly CollectedTest[], recent: readonly string[]): readonly CollectedTest[] {
  const rank = ({ id }: CollectedTest) => (ms[id] ?? 0) - (recent.includes(id) ? 200 : 0);
  return [...of].sort((a, b) => rank(a) - rank(b));
}

const runner: TestRunner = { capabilities: () => ({ reloadEnvironment: true }), dryRun, mutantRun };

export const strykerPlugins = [declareValuePlugin(PluginKind.TestRunner, 'analyzers', runner)];
