/** A daemon of the test's own process, and what it says: tests wait for its words, and for nothing else. */
import type { Resolve } from '../../mail/proof.ts';
import type { Settings } from '../../settings/schema.ts';
import { type Started, startDaemon } from '../daemon.ts';
import { openLog } from '../log.ts';
import type { Role } from '../roles.ts';

type Line = Readonly<Record<string, unknown>>;

export class Running {
  readonly lines: Line[] = [];
  #daemon: Started['daemon'] = null;
  #changed = () => {};

  /** @param resolve who is asked for the keys of signatures; the network by default */
  static async start(
    settings: Settings,
    context: { readonly resolve?: Resolve; readonly roles?: ReadonlySet<Role> } = {},
  ): Promise<Running> {
    const running = new Running();
    const write = (text: string) => {
      running.lines.push(JSON.parse(text));
      running.#changed();
    };
    const log = openLog('debug', { write });
    const { daemon, problem } = await startDaemon(settings, {
      log,
      ...context,
    });
    if (daemon === null) throw new Error(problem);
    running.#daemon = daemon;
    return running;
  }

  /** Until it has said so many lines of which this holds. */
  async until(isSo: (line: Line) => boolean, count = 1): Promise<readonly Line[]> {
    for (;;) {
      const lines = this.lines.filter(isSo);
      if (lines.length >= count) return lines;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    await daemon?.stop(20_000);
  }
}
