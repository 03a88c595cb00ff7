/**
 * The sources of the settings, read side by side for as long as the daemon runs: each mail is stored with the position behind it,
 * and of each source it is known whether it is read to its end.
 */
import { openSource } from '../inbox/open.ts';
import type { SourceSettings } from '../inbox/settings.ts';
import { type SourceState, sleep } from '../inbox/source.ts';
import { type Intake, takeMail } from '../intake/take.ts';
import { readPositions } from '../store/positions.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface SourcesContext {
  readonly intake: Intake;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

export class Sources {
  readonly #states = new Map<string, { readonly state: SourceState; readAt: Date | null }>();
  readonly #context: SourcesContext;
  #running: Promise<unknown> = Promise.resolve();

  constructor(context: SourcesContext) {
    this.#context = context;
  }

  start(sources: readonly SourceSettings[]): void {
    for (const { name } of sources) this.#states.set(name, { state: { kind: 'connecting' }, readAt: null });
    this.#running = Promise.all(sources.map((source) => this.#run(source)));
  }

  /** Resolves when all have stopped, which the signal makes them. */
  async stopped(): Promise<void> {
    await this.#running;
  }

  /** When all of them had last been read to their end; null where one never was, or there is none. */
  readSince(): Date | null {
    const times = [...this.#states.values()].map(({ state, readAt }) =>
      state.kind === 'waiting' ? this.#context.now() : readAt,
    );
    const [first, ...others] = times;
    if (first === undefined || times.includes(null)) return null;
    return others.reduce<Date>((a, b) => (b !== null && b < a ? b : a), first ?? this.#context.now());
  }

  /** Sources that fail, in words. */
  failing(): readonly string[] {
    return [...this.#states].flatMap(([name, { state }]) =>
      state.kind === 'failed' ? [`source ${name}: ${state.problem.text}`] : [],
    );
  }

  async #run(source: SourceSettings): Promise<void> {
    const { signal, log } = this.#context;
    while (!signal.aborted) {
      try {
        await this.#read(source);
        return;
      } catch (error) {
        // Sources tell of their own failures; this one is the store's.
        log.error({ source: source.name, why: (error as Error).message }, 'mails cannot be stored');
        await sleep(5_000, signal);
      }
    }
  }

  async #read(source: SourceSettings): Promise<void> {
    const { intake, signal, random, log, metrics, now } = this.#context;
    const { name } = source;
    const arrivals = openSource(source, {
      ...{ signal, random, sleep, follow: true },
      from: await readPositions(intake.store.db, name),
      onState: (state) => this.#onState(name, state),
      onProblem: ({ kind, text }) => log.warn({ source: name, problem: kind, why: text }, 'a source has a problem'),
    });
    for await (const arrival of arrivals) {
      const taken = await takeMail(intake, arrival, now());
      metrics.mails.inc({ source: name, kind: taken.kind });
      const { messageId, kind, relevant } = taken;
      log.debug({ messageId, source: name, kind, relevant }, 'a mail is taken in');
      const why = arrival.problem?.text ?? taken.damage;
      if (why !== null) log.warn({ messageId, source: name, why }, 'a mail is not whole');
    }
  }

  #onState(name: string, state: SourceState): void {
    const { log, metrics, now } = this.#context;
    const before = this.#states.get(name);
    const readAt = state.kind === 'waiting' || before?.state.kind === 'waiting' ? now() : (before?.readAt ?? null);
    this.#states.set(name, { state, readAt });
    metrics.sourceUp.set({ source: name }, state.kind === 'waiting' || state.kind === 'reading' ? 1 : 0);
    if (state.kind === 'failed')
      log.warn({ source: name, why: state.problem.text, retryMs: state.retryMs }, 'a source failed');
    else if (state.kind !== before?.state.kind) log.info({ source: name, state: state.kind }, 'a source');
  }
}
