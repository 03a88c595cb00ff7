/**
 * A browser on a server of the pages, for tests that go through them as people do. Each visitor has a context of his own; what a
 * page logs as an error fails the test that asks for it.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { Pages } from '../../http/pages.ts';
import { type HttpServer, serveHttp } from '../../http/server.ts';
import { httpOptions } from '../../http/testing/options.ts';
import { Chromium } from '../../servers/chromium.ts';
import { openStore, type Store } from '../../store/store.ts';
import { newDirectory } from '../../store/testing/engines.ts';
import { fill } from './filled.ts';

/** How people come: the narrowest phone that is promised, and a desk. */
export const visitors = {
  phone: { viewport: { width: 320, height: 640 }, colorScheme: 'dark', hasTouch: true, isMobile: true },
  desk: { viewport: { width: 1200, height: 800 }, colorScheme: 'light' },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>;

export class Browsing {
  readonly #folder: string;
  readonly #store: Store;
  readonly #server: HttpServer;
  readonly #chromium: Chromium;
  /** Where pictures go: the folder that SCREENSHOTS names, else one that is gone with the test. */
  readonly #pictures: string;

  static async start(pagesOf: (store: Store) => Pages): Promise<Browsing> {
    const folder = mkdtempSync(join(tmpdir(), 'browsing-'));
    const { store } = await openStore(await newDirectory(join(folder, 'data')), { holder: 'test' });
    if (store === null) throw new Error('there is no store');
    await fill(store);
    const server = await serveHttp({ ...httpOptions, requestsPerMinute: 100_000, pages: pagesOf(store) });
    return new Browsing({ folder, store, server, chromium: await Chromium.start() });
  }

  private constructor(parts: { folder: string; store: Store; server: HttpServer; chromium: Chromium }) {
    this.#folder = parts.folder;
    this.#store = parts.store;
    this.#server = parts.server;
    this.#chromium = parts.chromium;
    this.#pictures = process.env.SCREENSHOTS ?? join(parts.folder, 'screenshots');
    mkdirSync(this.#pictures, { recursive: true });
  }

  get base(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  async visit(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await this.#chromium.browser.newContext({ ...options, baseURL: this.base });
    context.setDefaultTimeout(10_000);
    try {
      await use(await context.newPage());
    } finally {
      await context.close();
    }
  }

  async picture(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(this.#pictures, `${name}.png`), fullPage: true });
  }

  async stop(): Promise<void> {
    await this.#chromium.stop();
    await this.#server.close();
    await this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What axe has against a page, a line each. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** By how many pixels the page scrolls sideways. */
export const sidewaysOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
