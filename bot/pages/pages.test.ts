/** Each page as anybody is given it: by mouse and by keyboard, without scripts, on a phone, in light and dark, read by axe. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { escapeMessageId } from '../http/message-id.ts';
import { httpOptions } from '../http/testing/options.ts';
import { chromiumAbsent } from '../servers/chromium.ts';
import { pagesOf } from './pages.ts';
import { Browsing, sidewaysOf, violationsOf, visitors } from './testing/browsing.ts';
import { hostile, ids, settings } from './testing/filled.ts';

const pageOf = (id: string) => `/${escapeMessageId(id)}/`;
const paths = {
  ...{ list: '/', found: '/?q=mflr&answer=finding', none: '/?q=nothing+like+it', disputed: '/disputed' },
  ...{ parked: '/parked', sent: '/sent', help: '/help', series: pageOf(ids.v2), answer: pageOf(ids.answer) },
  ...{ finding: `${pageOf(ids.v2)}verdict`, pass: `${pageOf(ids.v3Patch)}verdict` },
  ...{ silence: `${pageOf(ids.silent)}verdict`, unknown: pageOf('nobody@example.org'), lost: '/no/such/page' },
} as const;
/** Parts of the bot that have rooms of their own. */
const elsewhere = /^\/(atom\.xml|api\/)/;

describe('pages', { skip: chromiumAbsent, timeout: 120_000 }, () => {
  let browsing: Browsing;
  before(async () => {
    browsing = await Browsing.start((store) => pagesOf({ ...httpOptions, store, settings }));
  });
  after(() => browsing?.stop());
  const get = async (path: string) => {
    const response = await fetch(new URL(path, browsing.base), { redirect: 'manual' });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  test('nothing of a stranger is markup, no mailbox is whole, and all is within the policy', async () => {
    for (const path of Object.values(paths)) {
      const { text, headers } = await get(path);
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/, path);
      const tags = text.match(/<[^>]*>/g)?.join('\n') ?? '';
      assert.doesNotMatch(tags, /^<(script|style|img)|\s(style|on\w+)=|javascript:/im, path);
      const told = text.replaceAll(/(href|value)="[^"]*"/g, '').replaceAll(settings.from.address, '');
      assert.doesNotMatch(told, /@example\.(org|net)/, path);
    }
    const { text } = await get(paths.silence);
    assert.ok(text.includes('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;&gt;&lt;img'));
    assert.ok((await get('/parked')).text.includes('over &lt;script&gt;'));
    assert.ok((await get('/disputed')).text.includes('ask eve@…: &lt;script&gt;'));
    assert.ok((await get(`/?q=${encodeURIComponent(hostile)}`)).text.includes('value="&lt;script&gt;'));
  });

  test('every link leads somewhere', async () => {
    const seen = new Map<string, number>();
    const queue: string[] = Object.values(paths);
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      if (seen.has(path) || elsewhere.test(path)) continue;
      const { status, text, headers } = await get(path);
      seen.set(path, status);
      const links = [...text.matchAll(/ href="(\/[^"#]*)/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));
      queue.push(...links, ...(headers.get('location') === null ? [] : [headers.get('location') ?? '']));
    }
    const wrong = [...seen].filter(([path, status]) => status >= 400 && path !== paths.unknown && path !== paths.lost);
    assert.deepEqual(wrong, []);
    assert.equal(seen.get(paths.unknown), 404);
    assert.equal(seen.get(paths.lost), 404);
    assert.ok(seen.size > 15);
  });

  for (const [path, location] of [
    [`/?q=${encodeURIComponent(`<${ids.answer}>`)}`, pageOf(ids.answer)],
    [
      `/?q=${encodeURIComponent(`https://lore.kernel.org/all/${escapeMessageId(ids.answer)}/T/#u`)}`,
      pageOf(ids.answer),
    ],
    [`/?q=${ids.v2}`, pageOf(ids.v2)],
    [`/${ids.v2}`, pageOf(ids.v2)],
    [`${pageOf(ids.v3)}verdict`, pageOf(ids.v3)],
    [`${pageOf(ids.parked)}verdict`, pageOf(ids.parked)],
    ['/?q=ada@example.org', null],
    ['/?q=https://lore.kernel.org/all/', null],
    ['/?q=a&q=b&answer=none&state[]=x&after=1', null],
  ] as const)
    test(`${path} leads to ${location ?? 'a list'}`, async () => {
      const { status, headers } = await get(path);
      assert.deepEqual([status >= 300 && status < 400, headers.get('location')], [location !== null, location]);
    });

  test('by mouse, without scripts', async () => {
    await browsing.visit({ ...visitors.desk, javaScriptEnabled: false }, async (page) => {
      await page.goto('/');
      await page
        .getByRole('row', { name: /finding.*v2/ })
        .getByRole('link')
        .click();
      await page.getByRole('heading', { name: 'powerpc/ftrace: Leave no mflr behind' }).waitFor();
      const findings = page.getByRole('region', { name: 'Findings from version to version' });
      assert.deepEqual(await findings.getByRole('cell').allInnerTexts(), ['new', 'still there', 'fixed']);
      await page.getByText('not sent: waits for a moderator').first().waitFor();
      await findings.getByRole('link').first().click();
      assert.match(page.url(), /verdict#finding-1$/);
      await page.getByRole('heading', { name: /A task that is interrupted/ }).waitFor();
      assert.equal(await page.getByRole('cell', { name: /breaks worst/ }).count(), 2);
      await page.getByText('npm run replay --').waitFor();
      assert.match(
        (await page.getByRole('link', { name: 'See it step by step' }).getAttribute('href')) ?? '',
        /^\/[^/]+\/steps\?finding=[0-9a-f]{16}$/,
      );
      await page.getByRole('link', { name: /^Series:/ }).click();
      await page.getByRole('link', { name: 'v3', exact: true }).click();
      await page.getByRole('link', { name: /pass of v3/ }).click();
      await page.getByText('No run broke').waitFor();
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Sent' }).click();
      await page.getByText('sent, and seen on the list').waitFor();
      await page.getByRole('link', { name: 'Disputed' }).click();
      await page.getByRole('row', { name: /ben@…/ }).waitFor();
    });
  });

  test('by keyboard, without scripts', async () => {
    await browsing.visit({ ...visitors.desk, javaScriptEnabled: false }, async (page) => {
      await page.goto('/');
      await page.keyboard.press('Tab');
      assert.equal(await focusedIn(page), 'Skip to the content');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      // Behind the navigation, the first thing of the page itself.
      await page.keyboard.type('mflr');
      await page.keyboard.press('Tab');
      await page.keyboard.type('pass');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForURL(/q=mflr&answer=pass/);
      assert.equal(await page.getByRole('row').count(), 2);
      await tabTo(page, /^powerpc.ftrace: Leave no mflr behind/);
      await page.keyboard.press('Enter');
      await page.waitForURL(/two-steps/);
      await tabTo(page, /^ *✓ pass of v3/);
      await page.keyboard.press('Enter');
      await page.waitForURL(/verdict$/);
      // Wide tables and long commands are scrolled by their own focus.
      await tabTo(page, /^ *ftrace *Entry point/);
    });
  });

  for (const [name, visitor] of Object.entries(visitors))
    test(`${name}, ${visitor.colorScheme}: axe, width and pictures`, async () => {
      await browsing.visit(visitor, async (page) => {
        for (const [what, path] of Object.entries(paths)) {
          await page.goto(path);
          assert.deepEqual(await violationsOf(page), [], path);
          assert.equal(await sidewaysOf(page), 0, `${path} scrolls sideways`);
          await browsing.picture(page, `${what}-${name}`);
        }
      });
    });
});

/** What has the focus, and shows it. */
async function focusedIn(page: Page): Promise<string> {
  const focused = page.locator(':focus-visible');
  return (await focused.count()) === 0 ? '' : ((await focused.textContent()) ?? '').replace(/\s+/g, ' ');
}

async function tabTo(page: Page, text: RegExp): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if (text.test(await focusedIn(page))) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no focus comes to ${text}`);
}
