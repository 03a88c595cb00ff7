/**
 * Debian's Chromium without a window, for tests that go through pages as people do. It hangs on a pipe of this process, so that
 * it ends with it, whatever ends that; what it writes is below a folder of ours.
 */
import { type Browser, chromium } from 'playwright-core';
import { makeFolder, missing } from './server.ts';

export const chromiumAbsent = missing({ '/usr/bin/chromium': 'chromium' });

export class Chromium {
  readonly browser: Browser;
  readonly #folder: ReturnType<typeof makeFolder>;

  static async start(): Promise<Chromium> {
    const folder = makeFolder('chromium');
    try {
      const browser = await chromium.launch({
        executablePath: '/usr/bin/chromium',
        // A container has too little of /dev/shm; root has no sandbox.
        args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
        env: { ...process.env, HOME: folder.path, TMPDIR: folder.path },
      });
      return new Chromium(browser, folder);
    } catch (error) {
      folder.remove();
      throw error;
    }
  }

  private constructor(browser: Browser, folder: ReturnType<typeof makeFolder>) {
    this.browser = browser;
    this.#folder = folder;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.#folder.remove();
  }
}
