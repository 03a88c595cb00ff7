/**
 * What a deployment would have to wait for, from what single pieces of work cost: a queue in which the oldest work is done first by
 * whichever worker is free. No clock, no processes: times come in as numbers of seconds, chance as a seeded generator.
 *
 *     mails ──fetcher──► relevant threads ──queue──► workers
 *
 * One fetcher takes mails in, one after the other (there is one of each source). A relevant thread is due when its mail was
 * taken in; how long the bot lets threads settle is left out. A worker has a processor of its own and does one thread at a time:
 * it takes the CPU seconds of a thread that was measured, drawn at random, or those of a verdict that is found.
 *
 * With the oldest first and no work given up, when each piece begins follows from those before it: on the processor that is free
 * first, and not before it is due (Kiefer and Wolfowitz, 1955). So nothing is stepped through, and nothing is approximated.
 */

export type Random = () => number;

export interface Work {
  /** When it is due. */
  readonly at: number;
  /** What it takes. */
  readonly seconds: number;
}

export interface Served {
  /** Between when it was due and when it began, of each in the order given. */
  readonly delays: readonly number[];
  readonly ends: readonly number[];
  readonly busySeconds: number;
  /** When the last was done. */
  readonly endedAt: number;
}

interface Servers {
  readonly workers: number;
  /** A worker asks for work at most so often: what takes less is followed by idling. */
  readonly gapSeconds: number;
}

/** @param all in the order in which they are due */
export function serveInOrder(all: Iterable<Work>, { workers, gapSeconds }: Servers): Served {
  const freeAt = Array.from({ length: workers }, () => 0);
  const [delays, ends]: [number[], number[]] = [[], []];
  let [busySeconds, endedAt] = [0, 0];
  for (const { at, seconds } of all) {
    const first = freeAt.indexOf(Math.min(...freeAt));
    const begun = Math.max(at, freeAt[first]!);
    const end = begun + seconds;
    freeAt[first] = Math.max(end, begun + gapSeconds);
    delays.push(begun - at);
    ends.push(end);
    busySeconds += seconds;
    endedAt = Math.max(endedAt, end);
  }
  return { delays, ends, busySeconds, endedAt };
}

/** At random, `perSecond` of them on average; now and then, `factor` times as many. */
export interface Arrivals {
  readonly perSecond: number;
  readonly seconds: number;
  /** A burst begins so long after the one before it began; null for none. */
  readonly bursts: { readonly factor: number; readonly everySeconds: number; readonly seconds: number } | null;
}

/** Poisson, with the rate of the moment (by thinning: Lewis and Shedler, 1979). */
export function* arrivalsOf({ perSecond, seconds, bursts }: Arrivals, random: Random): Generator<number> {
  const most = perSecond * (bursts?.factor ?? 1);
  for (let at = 0; ; ) {
    at -= Math.log(1 - random()) / most;
    if (at >= seconds) return;
    // In the middle of each period, so that what comes before it is usual.
    const isBurst =
      bursts !== null && Math.abs((at % bursts.everySeconds) - bursts.everySeconds / 2) < bursts.seconds / 2;
    if (isBurst || bursts === null || random() * bursts.factor < 1) yield at;
  }
}

/** What pieces of work cost. */
export interface Costs {
  readonly intakeSecondsPerMail: number;
  /** Relevant threads a mail. */
  readonly relevant: number;
  /** CPU seconds of relevant threads, sorted: one is drawn as likely as another. */
  readonly threadSeconds: readonly number[];
  /** Of all threads, those whose verdicts are found; and what one of those takes. */
  readonly found: number;
  readonly foundSeconds: number;
  readonly gapSeconds: number;
}

const secondsOf = ({ threadSeconds, found, foundSeconds }: Costs, random: Random): number =>
  random() < found ? foundSeconds : (threadSeconds[Math.floor(random() * threadSeconds.length)] ?? 0);

export interface Deployed {
  readonly workers: number;
  readonly threads: number;
  /** Of relevant threads, from when they are due to when a worker begins. */
  readonly delays: Quantiles;
  /** What the workers do of the time. */
  readonly busy: number;
  /** When the last thread is done. */
  readonly endedAt: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Lists that are read as they come. @param workerCounts a row each, on the same mails */
export function simulateLive(
  arrivals: Arrivals,
  costs: Costs,
  { workerCounts, random }: { readonly workerCounts: readonly number[]; readonly random: Random },
): { readonly intake: Quantiles; readonly mails: number; readonly rows: readonly Deployed[] } {
  const mails = [...arrivalsOf(arrivals, random)].map((at) => ({ at, seconds: costs.intakeSecondsPerMail }));
  const intake = serveInOrder(mails, { workers: 1, gapSeconds: 0 });
  const threads = intake.ends.flatMap((at) =>
    random() < costs.relevant ? [{ at, seconds: secondsOf(costs, random) }] : [],
  );
  return {
    ...{ mails: mails.length, intake: quantilesOf(intake.delays) },
    rows: workerCounts.map((workers) => deployed(threads, { ...costs, workers }, arrivals.seconds)),
  };
}

/** Everything that is kept is judged again, beginning at once. */
export function simulateAgain(
  mails: number,
  costs: Costs,
  { workerCounts, random }: { readonly workerCounts: readonly number[]; readonly random: Random },
): readonly Deployed[] {
  const threads = Array.from({ length: Math.round(mails * costs.relevant) }, () => ({
    at: 0,
    seconds: secondsOf(costs, random),
  }));
  return workerCounts.map((workers) => deployed(threads, { ...costs, workers }, 0));
}

function deployed(threads: readonly Work[], servers: Servers, seconds: number): Deployed {
  const { workers } = servers;
  const { delays, busySeconds, endedAt } = serveInOrder(threads, servers);
  const busy = busySeconds / (workers * Math.max(seconds, endedAt));
  return { workers, threads: threads.length, delays: quantilesOf(delays), busy, endedAt };
}

/** The fewest workers with which no more than one thread in twenty waits longer; null where none of the rows does. */
export const workersFor = (rows: readonly Deployed[], secondsMax: number): number | null =>
  rows.find(({ delays }) => delays.p95 <= secondsMax)?.workers ?? null;

export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0 };
}
