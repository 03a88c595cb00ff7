/**
 * The step-through over HTTP: pages, drawings and texts of schedules, and what hostile ones are answered, in bounded time.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browserScript } from '../bundle.ts';
import { type HttpServer, serveHttp } from '../http/server.ts';
import { httpOptions } from '../http/testing/options.ts';
import { registerSteps } from './step-routes.ts';

const schedule =
  'r0.64.full.live/f@1000=60000000,60000000,4e800020/ftrace_caller/s1000:7c0802a6,i,s1004:48006ffd/preemption.2.2/d00-s0v0-m-m-m-m-s0v1';
const source = { file: 'arch/x.c', line: 7, fn: 'make_call', text: 'return patch(ip, new);' };

let server: HttpServer;
before(async () => {
  server = await serveHttp({
    ...{ ...httpOptions, requestsPerMinute: 100_000 },
    pages: {
      register: (app) =>
        registerSteps(app, {
          render: (reply, { body, assets, back }) =>
            reply.type('text/html; charset=utf-8').send(`${body}|${assets.style}|${assets.script}|${back?.href}`),
          findingOf: async (id, fingerprint) => {
            if (id !== 'a/b@example.org') return null;
            if (fingerprint === 'none') return { schedule: '', sources: [] };
            return fingerprint === 'f00' ? { schedule, sources: [source, null, source] } : null;
          },
        }),
      notFound: (_, reply) => reply.send('nothing'),
    },
  });
});
after(() => server.close());

async function get(path: string): Promise<{ status: number; type: string; text: string }> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, text: await response.text() };
}
const at = (path: string, s: string, more = '') => `${path}?s=${encodeURIComponent(s)}${more}`;

test('a schedule as a page: the guilty fetch, unless another step is asked for', async () => {
  const page = await get(at('/steps', schedule));
  assert.equal(page.status, 200);
  assert.match(page.text, /Step 7 of 19\./);
  assert.match(page.text, /id="step-19"/);
  assert.match((await get(at('/steps', schedule, '&at=3'))).text, /Step 3 of 19\./);
  assert.match((await get(at('/steps', schedule, '&at=99999'))).text, /Step 19 of 19\./);
  assert.match((await get(at('/steps', schedule, '&at=-1'))).text, /Step 7 of 19\./);
});

test('as a drawing and as text', async () => {
  const svg = await get(at('/steps.svg', schedule));
  assert.deepEqual([svg.status, svg.type], [200, 'image/svg+xml; charset=utf-8']);
  assert.match(svg.text, /^<svg /);
  const text = await get(at('/steps.txt', schedule));
  assert.deepEqual([text.status, text.type], [200, 'text/plain; charset=utf-8']);
  assert.match(text.text, /the guilty fetch/);
});

test('a finding of a mail, with the lines of the patch', async () => {
  const page = await get('/a%2Fb@example.org/steps?finding=f00&at=3');
  assert.match(page.text, /return patch\(ip, new\);/);
  assert.match(page.text, /x\.c:7, make_call\(\)/);
  assert.match(page.text, /\|\/a%2Fb@example\.org\/verdict$/);
  assert.equal((await get('/a%2Fb@example.org/steps?finding=f01')).status, 404);
  assert.equal((await get('/a%2Fb@example.org/steps')).status, 404);
  assert.match((await get('/a%2Fb@example.org/steps?finding=none')).text, /has no schedule/);
});

test('without a schedule there is a place for one; the playground has its notation without scripts', async () => {
  assert.match((await get('/steps')).text, /<textarea id="schedule"/);
  const playground = await get('/playground');
  assert.match(playground.text, /needs scripts/);
  assert.match(playground.text, /synchronize_rcu_tasks_rude/);
});

test('the script and the style are named by what is in them, and kept for good', async () => {
  const { path } = await browserScript();
  const page = await get(at('/steps', schedule));
  assert.ok(page.text.includes(`|${path}|`));
  const [, style = ''] = /\|(\/assets\/steps\.[0-9a-f]{12}\.css)\|/.exec(page.text) ?? [];
  for (const [asset, type] of [
    [path, 'text/javascript; charset=utf-8'],
    [style, 'text/css; charset=utf-8'],
  ] as const) {
    const response = await fetch(`http://127.0.0.1:${server.port}${asset}`);
    assert.equal(response.headers.get('content-type'), type);
    assert.match(response.headers.get('cache-control') ?? '', /immutable/);
    assert.ok((await response.text()).length > 1000);
  }
  assert.equal((await get('/assets/steps.000000000000.js')).status, 404);
});

const many = (count: number, text: (i: number) => string, by = ',') =>
  Array.from({ length: count }, (_, i) => text(i)).join(by);
const body = many(240, () => '38630001');
const stores = many(99, (i) => `u1000:${(0x38630100 + i).toString(16)}`);
/** What strangers may ask for: refused by name or followed as far as there is time, within two seconds here. */
const hostile: Readonly<Record<string, string>> = {
  garbage: '%00\u{1f4a3}<script>alert(1)</script>',
  'half a schedule': schedule.slice(0, 60),
  'no such level': schedule.replace('preemption', 'quantum'),
  'a task that goes round': `r0.64.full.live/f@1000=48000000/t/s1000:60000000/preemption.1.1/d00-${many(390, () => 's0v0', '-')}`,
  'many versions of a word': `r0.64.full.live/f@1000=${body},4e800020/t/${stores}/stale.8.8/${many(99, () => 'm', '-')}-${many(100, (i) => `d${i % 8}${i % 8}-s${i % 8}v${i % 99}`, '-')}`,
  'many words, tasks and CPUs': `r0.64.full.live/f@1000=${body},4e800020/t/${many(99, (i) => `u${(0x1000 + 4 * i).toString(16)}:38630101`)}/stale.8.8/${many(99, () => 'm', '-')}-${many(8, (i) => `d${i}${i}`, '-')}-${many(290, (i) => `s${i % 8}v0`, '-')}`,
  'more steps than a page can show': `r0.64.full.live/f@1000=60000000/t/${many(300, () => 's1000:60000000')}/stale.1.1/m`,
  'a break that is none': schedule.replace('s0v1', 's0v1-s0v1-d00-p9-rff'),
};
for (const [name, text] of Object.entries(hostile))
  test(`hostile: ${name}`, async () => {
    const start = performance.now();
    const { status, text: page } = await get(at('/steps', text));
    assert.ok([200, 400].includes(status), `${status}`);
    assert.doesNotMatch(page, /<script/);
    assert.ok(performance.now() - start < 2000, `${performance.now() - start} ms`);
  });

test('hostile: an address that says everything twice', async () => {
  for (const path of [
    '/steps?s=a&s=b',
    '/steps?s[]=a',
    '/steps.svg',
    '/steps.txt?s=',
    '/steps?at=1',
    '/a@b/steps?finding=a&finding=b',
  ])
    assert.ok((await get(path)).status < 500, path);
});
