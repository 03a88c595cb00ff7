/** Threads that go to a list one after the other, for as long as it is asked for, whatever happens to the list meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MailSystem } from '../serve/testing/mail-system.ts';
import { seeded } from './random.ts';
import { type StreamedThread, streamedThread } from './stream.ts';

interface ListStreamOptions {
  readonly seed: number;
  /** Between two threads, at most. */
  readonly gapMs: number;
  readonly thread?: (number: number) => StreamedThread;
}

export class ListStream {
  readonly #list: MailSystem;
  readonly #sent: string[] = [];
  readonly #thread: (number: number) => StreamedThread;
  readonly #ended: Promise<void>;
  #isOn = true;

  constructor(list: MailSystem, { seed, gapMs, thread = streamedThread }: ListStreamOptions) {
    this.#list = list;
    this.#thread = thread;
    this.#ended = this.#send(seeded(seed), gapMs);
  }

  /** Message-IDs of the patches that the list has. */
  get sent(): readonly string[] {
    return this.#sent;
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#ended;
  }

  async #send(random: () => number, gapMs: number): Promise<void> {
    while (this.#isOn) {
      const { messageId, raw } = this.#thread(this.#sent.length + 1);
      while (!(await this.#isTaken(raw))) await sleep(200);
      this.#sent.push(messageId);
      // A list may bring a mail twice.
      if (random() < 0.2) await this.#isTaken(raw);
      await sleep(random() * gapMs);
    }
  }

  #isTaken(raw: string): Promise<boolean> {
    return this.#list.send(raw).then(
      () => true,
      () => false,
    );
  }
}
