/**
 * Asks the worker, and gives up on it: a question that takes too long, or that nobody waits for any more, ends with the worker.
 */
import type { Answer, Question } from './worker.ts';

const timeoutMs = 30_000;

export class Explorer {
  readonly #script: string;
  #worker: Worker | null = null;
  #settle: ((answer: Answer | null) => void) | null = null;

  /** @param script the address of this very script */
  constructor(script: string) {
    this.#script = script;
  }

  /** @returns null where another question came in between */
  ask(question: Question): Promise<Answer | null> {
    this.stop();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end({ ...unanswered, problem: 'it takes too long here' }), timeoutMs);
      this.#settle = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.#worker ??= this.#start();
      this.#worker.postMessage(question);
    });
  }

  /** Ends what is running, if anything is. */
  stop(): void {
    if (this.#settle !== null) this.#end(null);
  }

  #end(answer: Answer | null): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#answer(answer);
  }

  #answer(answer: Answer | null): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.(answer);
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#answer(data);
    worker.onerror = () => this.#end({ ...unanswered, problem: 'the exploration could not be started here' });
    return worker;
  }
}

const unanswered = {
  outcome: 'limit',
  states: 0,
  transitions: 0,
  architecture: 'defined',
  traced: false,
  schedule: null,
} as const;
