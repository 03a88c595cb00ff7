/** A source that is being read, as tests look at one: what has arrived, what it told, and waiting for either. */
import type { RawMail } from '../intake/raw-mail.ts';
import { openSource } from './open.ts';
import type { SourceSettings } from './settings.ts';
import { type SourceContext, type SourceState, sleep } from './source.ts';

export class Reading {
  static readonly #all: Reading[] = [];
  readonly arrivals: RawMail[] = [];
  readonly states: SourceState[] = [];
  readonly problems: string[] = [];
  /** Until the source ends by itself. */
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  #changed = () => {};

  /** `onArrival` is what a consumer does between two mails. */
  constructor(
    settings: SourceSettings,
    context: Partial<SourceContext> = {},
    onArrival: (mail: RawMail) => void | Promise<void> = () => {},
  ) {
    Reading.#all.push(this);
    this.ended = this.#read(
      openSource(settings, {
        ...{ from: [], follow: true, sleep, random: () => 0 },
        signal: this.#stop.signal,
        onState: (state) => {
          this.states.push(state);
          this.#changed();
        },
        onProblem: ({ kind }) => {
          this.problems.push(kind);
          this.#changed();
        },
        ...context,
      }),
      onArrival,
    );
  }

  /** For `after`: what a test that failed has left. */
  static async stopAll(): Promise<void> {
    for (const reading of Reading.#all) await reading.stop();
  }

  get subjects(): readonly string[] {
    return this.arrivals.map(({ raw }) => /^Subject: (.*?)\r?$/m.exec(raw.toString('latin1'))?.[1] ?? '');
  }

  /** The kinds of failures that it told of. */
  get failures(): readonly string[] {
    return this.states.flatMap((state) => (state.kind === 'failed' ? [state.problem.kind] : []));
  }

  async until(isSo: (reading: this) => boolean): Promise<this> {
    while (!isSo(this)) {
      if (this.states.at(-1)?.kind === 'ended') throw new Error(`it has ended: ${JSON.stringify(this.states)}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async #read(source: AsyncGenerator<RawMail>, onArrival: (mail: RawMail) => void | Promise<void>): Promise<void> {
    for await (const arrival of source) {
      this.arrivals.push(arrival);
      this.#changed();
      await onArrival(arrival);
    }
    this.#changed();
  }
}

/** A mail, small and whole. */
export const sampleMail = (id: string, subject: string, body = 'Text.\n') =>
  `From: Ada Example <ada@example.org>\nTo: list@example.org\nMessage-ID: <${id}@example.org>\nDate: Tue, 3 Mar 2026 09:00:00 +0000\nSubject: ${subject}\n\n${body}`;
