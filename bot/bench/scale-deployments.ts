/** Two deployments by simulation, with what went into it: all of lore.kernel.org as it comes, and ten years of it once more. */
import { seeded } from '../torture/random.ts';
import type { ScaleInputs } from './scale-inputs.ts';
import { type Costs, type Deployed, simulateAgain, simulateLive, workersFor } from './scale-simulation.ts';
import { printRow, short } from './table.ts';

const perDay = 10_000;
const daySeconds = 86_400;
const years = 10;
/** Two hours of every day bring ten times as many mails as others. */
const bursts = { factor: 10, everySeconds: daySeconds, seconds: 7_200 } as const;
const liveDays = 30;
/** One thread in twenty may wait longer. */
const liveSecondsMax = 60;
const againSecondsMax = daySeconds;

const widths = [10, 10, 10, 10, 10, 8, 12];

interface Measured {
  /** CPU seconds of a mail that is taken in, and of a thread whose verdicts are found. */
  readonly intake: number;
  readonly found: number;
  /** Between two times that a worker asks for work. */
  readonly gapSeconds: number;
  readonly seed: number;
}

export function printDeployments(inputs: ScaleInputs, { intake, found, gapSeconds, seed }: Measured): void {
  const costs: Costs = {
    intakeSecondsPerMail: intake,
    relevant: inputs.relevantThreads / inputs.mails,
    threadSeconds: inputs.threadSeconds,
    found: inputs.repeated,
    foundSeconds: found,
    gapSeconds,
  };
  const mean = inputs.threadSeconds.reduce((sum, one) => sum + one, 0) / inputs.threadSeconds.length;
  console.log(`\nSimulated, from what was measured above and on ${inputs.from}:
relevant threads ${(100 * costs.relevant).toFixed(2)} % of mails; a thread ${short(mean)} s of CPU on average, ${short(inputs.threadSeconds.at(-1) ?? 0)} s at most;
${(100 * costs.found).toFixed(0)} % found, which takes ${short(found)} s a thread; ${(1000 * intake).toFixed(2)} ms a mail for one fetcher; seed ${seed}.
A worker asks for work every ${gapSeconds} s at most. That share of mails is of the list that gets all of them: of the mails of
others fewer are relevant, so that more is simulated than would come.`);
  const live = simulateLive({ perSecond: perDay / daySeconds, seconds: liveDays * daySeconds, bursts }, costs, {
    ...{ workerCounts: [1, 2, 4, 8], random: seeded(seed) },
  });
  console.log(`\nAll of lore.kernel.org: ${perDay} mails a day, ${bursts.factor} times as many in ${bursts.seconds / 3600} hours of each; ${liveDays} days, ${live.mails} mails.
A mail waits for the fetcher ${short(live.intake.p95)} s (p95), at most ${short(live.intake.max)} s.`);
  printRows(live.rows);
  const workers = workersFor(live.rows, liveSecondsMax);
  console.log(`Workers needed for p95 below ${liveSecondsMax} s: ${workers ?? 'more than 8'}.`);
  const mails = years * 365 * perDay;
  const again = simulateAgain(mails, costs, { workerCounts: [1, 2, 4, 8, 16, 32, 64], random: seeded(seed) });
  console.log(
    `\nTen years of it again, ${mails} mails in the store, after another version of the analyzers: all due at once.`,
  );
  printRows(again);
  const enough = again.find(({ endedAt }) => endedAt <= againSecondsMax)?.workers;
  console.log(`Workers needed to be done within a day: ${enough ?? 'more than 64'}.`);
  const own = (inputs.mails / inputs.days) * 365 * years;
  const [one] = simulateAgain(own, costs, { workerCounts: [1], random: seeded(seed) });
  console.log(
    `As many as that list alone brings, ${one?.threads} threads: done after ${duration(one?.endedAt ?? 0)} with one worker.`,
  );
}

function printRows(rows: readonly Deployed[]): void {
  console.log(printRow(widths, ['workers', 'threads', 'p50', 'p95', 'max', 'busy', 'done after']));
  for (const { workers, threads, delays, busy, endedAt } of rows) {
    const waits = [delays.p50, delays.p95, delays.max].map(duration);
    console.log(
      printRow(widths, [`${workers}`, `${threads}`, ...waits, `${(100 * busy).toFixed(1)} %`, duration(endedAt)]),
    );
  }
}

const duration = (seconds: number): string =>
  seconds < 600
    ? `${short(seconds)} s`
    : seconds < 48 * 3600
      ? `${short(seconds / 3600)} h`
      : `${short(seconds / daySeconds)} d`;
