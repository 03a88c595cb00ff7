/**
 * The step-through and the playground as people go through them: by mouse, by keyboard, by finger, without scripts, on a phone,
 * in light and dark, read by axe; and what the browser explores is what is explored here.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { parse } from 'yaml';
import { explore } from '../../analyzers/explore/explore.ts';
import { parseLitmus } from '../../analyzers/explore/litmus.ts';
import { formatModel } from '../../analyzers/machine/notation.ts';
import { escapeMessageId } from '../http/message-id.ts';
import { httpOptions } from '../http/testing/options.ts';
import { chromiumAbsent } from '../servers/chromium.ts';
import { pagesOf } from './pages.ts';
import { Browsing, sidewaysOf, violationsOf, visitors } from './testing/browsing.ts';
import { ids, settings } from './testing/filled.ts';

const model = 'r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1000:7c0802a6,i,s1004:48006ffd';
const schedule = `${model}/preemption.2.2/d00-s0v0-m-m-m-m-s0v1`;
const stepsPath = `/steps?s=${encodeURIComponent(schedule)}`;
const verdict = `/${escapeMessageId(ids.v2)}/verdict`;

describe('the step-through', { skip: chromiumAbsent, timeout: 240_000 }, () => {
  let browsing: Browsing;
  before(async () => {
    browsing = await Browsing.start((store) => pagesOf({ ...httpOptions, store, settings }));
  });
  after(() => browsing?.stop());
  /** What a page throws or is refused fails the test. */
  const visit = (visitor: Parameters<Browsing['visit']>[0], path: string, use: (page: Page) => Promise<void>) =>
    browsing.visit(visitor, async (page) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      await page.goto(path);
      await use(page);
      assert.deepEqual(errors, []);
    });
  const current = (page: Page) => page.locator('tr[aria-current="step"]').getAttribute('id');
  const explored = (page: Page, said: RegExp) =>
    page.locator('[data-status]').filter({ hasText: said }).waitFor({ state: 'attached' });
  const choicesIn = (url: URL) => url.searchParams.get('s')?.split('/').at(-1);
  const choices = (page: Page) => choicesIn(new URL(page.url()));
  /** Once its address says so: a busy page takes its time. */
  const chosen = async (page: Page, expected: string) => {
    await page
      .waitForURL((url) => choicesIn(url) === expected, { waitUntil: 'commit', timeout: 10_000 })
      .catch(() => {});
    assert.equal(choices(page), expected);
  };

  test('from a finding to its steps, with the lines of the patch, by keyboard', async () => {
    await visit(visitors.desk, verdict, async (page) => {
      await page.getByRole('link', { name: 'See it step by step' }).first().focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('.steps-alive');
      const guilty = await current(page);
      assert.equal(guilty, await page.locator('tr.steps-guilty').getAttribute('id'), 'it begins at the guilty fetch');
      assert.match((await page.locator('.steps-modify').first().textContent()) ?? '', /ftrace\.c:\d+/);
      await page.keyboard.press('Home');
      assert.equal(await current(page), 'step-1');
      for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowLeft']) await page.keyboard.press(key);
      assert.equal(await current(page), 'step-3');
      assert.match((await page.locator('[data-live]').textContent()) ?? '', /^Step 3 of \d+\. /);
      assert.match(page.url(), /finding=[0-9a-f]{16}&at=3#step-3$/);
      await page.keyboard.press('End');
      assert.match((await page.locator('[data-live]').textContent()) ?? '', /breaks/);
      await page.keyboard.press('g');
      assert.equal(await current(page), guilty);
      await browsing.picture(page, 'steps-finding-desk');
    });
  });

  test('by mouse: buttons, rows, play and pause', async () => {
    await visit(visitors.desk, stepsPath, async (page) => {
      assert.equal(await current(page), 'step-7');
      await page.getByRole('button', { name: 'One step on' }).click();
      assert.equal(await current(page), 'step-8');
      await page.locator('#step-2').click();
      assert.equal(await current(page), 'step-2');
      await page.locator('#step-4').click();
      assert.equal(await current(page), 'step-4', 'a row that can be dragged');
      await page.getByRole('button', { name: 'Guilty fetch' }).click();
      assert.equal(await current(page), 'step-7');
      await page.getByRole('button', { name: 'First step' }).click();
      await page.getByRole('button', { name: 'Play' }).click();
      await page.locator('#step-2[aria-current], #step-3[aria-current]').first().waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Pause' }).click();
      const at = await current(page);
      await page.waitForTimeout(1500);
      assert.equal(await current(page), at);
    });
  });

  test('a link to a step, and the way back', async () => {
    await visit(visitors.desk, `${stepsPath}&at=3#step-3`, async (page) => {
      assert.equal(await current(page), 'step-3');
      await page.keyboard.press('d');
      assert.notEqual(choices(page), 'd00-s0v0-m-m-m-m-s0v1');
      await page.goBack();
      await chosen(page, 'd00-s0v0-m-m-m-m-s0v1');
      assert.equal(await current(page), 'step-3');
    });
  });

  test('another level: the machine runs in the page', async () => {
    await visit(visitors.desk, stepsPath, async (page) => {
      await page.getByLabel('Explore at level').selectOption('stale');
      await page.getByText('At level stale this breaks').waitFor();
      assert.equal(await page.locator('tr.steps-guilty.steps-old').count(), 1);
      const drawing = page.getByRole('link', { name: 'As a drawing' });
      assert.match((await drawing.getAttribute('href')) ?? '', /^\/steps\.svg\?s=.*stale/, 'of what is shown');
      await page.keyboard.press('1');
      await page.getByText('At level sequential this holds').waitFor();
      await page.keyboard.press('b');
      await chosen(page, 'd00-s0v0-m-m-m-m-s0v1');
    });
  });

  test('what if: by keyboard, by dragging, by another choice', async () => {
    await visit({ ...visitors.desk, viewport: { width: 1200, height: 1200 } }, stepsPath, async (page) => {
      await page.locator('#step-3').click();
      await page.keyboard.press('d');
      await page.getByText('Then nothing breaks.').waitFor();
      await chosen(page, 'd00-s0v0-s0v0-m-m-m-m');
      await page.getByRole('button', { name: 'Back to the first schedule' }).click();
      // Dragged to ahead of the nop that was fetched: the bl comes before the task does.
      const [from, to] = [page.locator('#step-6 th'), page.locator('#step-2 th')];
      const before = choices(page);
      // A hand that a busy page made miss tries again.
      for (let tries = 0; tries < 3 && choices(page) === before; tries++) {
        await from.scrollIntoViewIfNeeded();
        await from.hover();
        await page.mouse.down();
        // Hovering waits until the list has come to rest.
        await to.hover({ position: { x: 14, y: 12 } });
        await to.hover({ position: { x: 10, y: 8 } });
        if (tries === 0) await browsing.picture(page, 'steps-dragging');
        await page.mouse.up();
        await page
          .waitForURL((url) => choicesIn(url) !== before, { waitUntil: 'commit', timeout: 3_000 })
          .catch(() => {});
      }
      await chosen(page, 'd00-m-m-m-m-s0v1-s0v1');
      assert.match((await page.locator('#steps-ending').textContent()) ?? '', /Nothing breaks/);
      await page.keyboard.press('b');
      await page.locator('#step-2').click();
      await page.getByLabel('Instead of this step').selectOption({ label: 'task 0 is interrupted and preempted' });
      await chosen(page, 'd00-p0-m-m-m-m-r00-s0v1-s0v1');
    });
  });

  test('copied and saved', async () => {
    const visitor = { ...visitors.desk, permissions: ['clipboard-read', 'clipboard-write'] };
    await visit(visitor, stepsPath, async (page) => {
      const clipboard = () => page.evaluate('navigator.clipboard.readText()') as Promise<string>;
      await page.getByRole('button', { name: 'Copy link to this step' }).click();
      await page.getByText('is copied').waitFor();
      assert.match(await clipboard(), /^http:.*\/steps\?s=.*&at=7#step-7$/);
      await page.keyboard.press('t');
      await page.getByText('copied as text').waitFor();
      assert.match(await clipboard(), /^\tLevel preemption/);
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save as SVG' }).click(),
      ]);
      assert.match(readFileSync(await saved.path(), 'utf8'), /^<svg /);
    });
  });

  test('without scripts: every step is a link, drawing and text are links', async () => {
    await visit({ ...visitors.desk, javaScriptEnabled: false }, stepsPath, async (page) => {
      await page.locator('#step-3 a').click();
      assert.match((await page.locator('.steps-said').textContent()) ?? '', /^Step 3 of 19\./);
      await page.getByRole('link', { name: 'The guilty fetch' }).click();
      assert.match((await page.locator('.steps-said').textContent()) ?? '', /^Step 7 of 19\./);
      await browsing.picture(page, 'steps-no-scripts');
      const text = await page.getByRole('link', { name: 'As text for a mail' }).getAttribute('href');
      assert.match(await (await fetch(new URL(text ?? '', browsing.base))).text(), /the guilty fetch/);
    });
    await visit({ ...visitors.desk, javaScriptEnabled: false }, '/playground', async (page) => {
      await page.getByText('needs scripts').waitFor();
      assert.equal(await page.getByText('flush_icache_range() of all text').count(), 1);
    });
  });

  test('the playground: an example, an edit, a mistake, a link', async () => {
    await visit(visitors.desk, '/playground', async (page) => {
      const outcome = (level: string, preemption: string) =>
        page.locator(`tr[data-level="${level}"] td[data-preemption="${preemption}"] strong`);
      const outcomes = async () => {
        await explored(page, /^Explored/);
        const cells = ['sequential', 'preemption', 'stale'].flatMap((level) => [
          outcome(level, 'full'),
          outcome(level, 'none'),
        ]);
        return Promise.all(cells.map((cell) => cell.textContent()));
      };
      await page.getByLabel('Start from').selectOption({ label: 'enable: an IPI, then a grace period' });
      await explored(page, /nothing breaks/);
      assert.deepEqual(await outcomes(), ['held', 'held', 'held', 'held', 'held', 'held']);
      await page
        .getByLabel('Steps, one a line')
        .fill('f+0 = mflr r0\ngrace rcu\nipi isync wait\nf+4 = bl ftrace_caller');
      await explored(page, /\d break\./);
      // FACTS section 10: synchronize_rcu() waits for tasks without preemption only, and the IPI behind it comes too late.
      assert.deepEqual(await outcomes(), ['held', 'held', 'broken', 'held', 'broken', 'broken']);
      await browsing.picture(page, 'playground-edited');
      await page.locator('#step-1').waitFor();
      const link = page.url();
      const step = await current(page);
      await page.keyboard.press('Home');
      assert.equal(await current(page), step, 'keys belong to what has the focus');
      await page.getByRole('button', { name: 'One step on' }).focus();
      await page.keyboard.press('Home');
      assert.equal(await current(page), 'step-1');
      await page.getByLabel('Steps, one a line').fill('f+0 = mfrl r0');
      await page.getByRole('alert').getByText('Steps, line 1').waitFor();
      assert.equal(await page.locator('td[data-preemption] *').count(), 0, 'what the sheet before came to is gone');
      await page.goto(link);
      assert.deepEqual(await outcomes(), ['held', 'held', 'broken', 'held', 'broken', 'broken']);
      await page.getByRole('button', { name: '+ free' }).click();
      assert.match(await page.getByLabel('Steps, one a line').inputValue(), /free tramp/);
    });
  });

  test('on a phone, in the dark, and read by axe', async () => {
    for (const [name, visitor] of Object.entries(visitors))
      for (const [what, path] of Object.entries({ steps: stepsPath, playground: '/playground', ask: '/steps' }))
        await visit(visitor, path, async (page) => {
          if (what === 'playground') await page.locator('#step-1').waitFor();
          assert.deepEqual(await violationsOf(page), [], `${what}, ${name}`);
          assert.ok((await sidewaysOf(page)) <= 0, `${what} scrolls sideways, ${name}`);
          await browsing.picture(page, `${what}-${name}`);
          if (what !== 'steps') return;
          await page.getByLabel('Explore at level').selectOption('stale');
          await page.getByText('At level stale this breaks').waitFor();
          assert.deepEqual(await violationsOf(page), [], `stale, ${name}`);
          await browsing.picture(page, `steps-stale-${name}`);
        });
  });

  const litmus = [
    'in+nothing',
    'in+ipi+tasks',
    'in+tasks',
    'in+stop-machine',
    'out+nothing',
    'out+ipi',
    'out+mflr-first',
  ]
    .concat([
      'toc+nop-nop+stop-machine',
      'ool+stub-first',
      'free+nothing',
      'prefixed+two-stores',
      'two-patchers+other-ipi',
    ])
    .concat(['data+branch-first', 'dark+unflushed', 'ppc32+stw-nopped']);
  test(`the browser explores as we do: ${litmus.length} litmus tests, verdict and schedule`, async () => {
    await visit(visitors.desk, stepsPath, async (page) => {
      const script = await page.locator('script[src]').getAttribute('src');
      for (const name of litmus) {
        const text = readFileSync(join(import.meta.dirname, '../../fixtures/litmus', `${name}.yaml`), 'utf8');
        for (const preemption of ['full', 'none'] as const)
          for (const level of ['sequential', 'preemption', 'stale'] as const) {
            const ours = parseLitmus(parse(text), preemption);
            const options = { level, tasks: 2, cpus: 2, statesMax: 300_000 } as const;
            const { outcome, states, transitions, architecture, traced, break: found } = explore(ours, options);
            const expected = {
              outcome,
              states,
              transitions,
              architecture,
              traced,
              schedule: found?.schedule ?? null,
              problem: null,
            };
            const question = JSON.stringify({ model: formatModel(ours), options });
            const answer = await page.evaluate(`new Promise((resolve) => {
              const worker = new Worker('${script}', { type: 'module' });
              worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
              worker.postMessage(${question});
            })`);
            assert.deepEqual(answer, expected, `${name}, ${level}, ${preemption}`);
          }
      }
    });
  });
});
