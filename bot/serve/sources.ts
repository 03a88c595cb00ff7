/**
 * The sources of the settings, read side by side: each mail is stored with the position behind it, and of each source it is said
 * every few seconds how it is doing, and when it had been read to its end. Each is read by one process at a time.
 */
import { openSource } from '../inbox/open.ts';
import type { SourceSettings } from '../inbox/settings.ts';
import { type SourceState, sleep } from '../inbox/source.ts';
import { type Intake, takeMail } from '../intake/take.ts';
import { readPositions } from '../store/positions.ts';
import type { Holding } from '../store/singletons.ts';
import { type SourceRow, saveSourceState } from '../store/source-states.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

interface Fetching {
  readonly intake: Intake;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => Date;
  readonly random: () => number;
}

const tellMs = 5_000;
const againMs = 5_000;

/** Its name among what one process does at a time. */
export const fetcherOf = ({ name }: Pick<SourceSettings, 'name'>) => `fetcher of ${name}`;

/** Reads it for as long as this process is the one that does. */
export async function readSource(source: SourceSettings, holding: Holding, fetching: Fetching): Promise<void> {
  const { log } = fetching;
  const signal = holding.ending;
  const told = new Told(source.name, holding, fetching);
  const telling = setInterval(() => told.tell(), tellMs);
  told.tell();
  while (!signal.aborted) {
    try {
      await read(source, signal, { ...fetching, told });
      break;
    } catch (error) {
      // Sources tell of their own failures; this one is the store's.
      log.error({ source: source.name, why: (error as Error).message }, 'mails cannot be stored');
      await sleep(againMs, signal);
    }
  }
  clearInterval(telling);
  await told.written();
}

async function read(
  source: SourceSettings,
  signal: AbortSignal,
  { intake, random, log, metrics, now, told }: Fetching & { readonly told: Told },
): Promise<void> {
  const { name } = source;
  const arrivals = openSource(source, {
    ...{ signal, random, sleep, follow: true },
    from: await readPositions(intake.store.db, name),
    onState: (state) => told.become(state),
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

/** What a source has become, as its row: one write at a time, and the newest counts. */
class Told {
  readonly #name: string;
  readonly #holding: Holding;
  readonly #fetching: Fetching;
  #state: SourceState = { kind: 'connecting' };
  #readAt: Date | null = null;
  #isDue = false;
  #writing: Promise<void> | null = null;

  constructor(name: string, holding: Holding, fetching: Fetching) {
    this.#name = name;
    this.#holding = holding;
    this.#fetching = fetching;
  }

  become(state: SourceState): void {
    const { log, now } = this.#fetching;
    const before = this.#state.kind;
    if (state.kind === 'waiting' || before === 'waiting') this.#readAt = now();
    this.#state = state;
    if (state.kind === 'failed')
      log.warn({ source: this.#name, why: state.problem.text, retryMs: state.retryMs }, 'a source failed');
    else if (state.kind !== before) log.info({ source: this.#name, state: state.kind }, 'a source');
    if (state.kind !== before) this.tell();
  }

  tell(): void {
    if (this.#state.kind === 'waiting') this.#readAt = this.#fetching.now();
    this.#isDue = true;
    this.#writing ??= this.#write();
  }

  async written(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { intake, log, now } = this.#fetching;
    while (this.#isDue) {
      this.#isDue = false;
      const row: SourceRow = {
        ...{ source: this.#name, state: this.#state.kind, read_at: this.#readAt, told_at: now() },
        problem: this.#state.kind === 'failed' ? this.#state.problem.text : null,
      };
      // A process that was frozen says nothing of what it knew before.
      if (!this.#holding.isHeld()) break;
      await saveSourceState(intake.store.db, row).catch((error: Error) =>
        log.debug({ source: this.#name, why: error.message }, 'how a source is cannot be said'),
      );
    }
    this.#writing = null;
  }
}
