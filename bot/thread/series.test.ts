/**
 * Which series the mails of a thread make. A mail is written `id subject`, `id<parent subject` where it answers one, and
 * `@minutes` behind the id where its time matters; a series is shown as `v2 3: cover 1=b 2=c ! problem`, with the ids.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Message, readMessage } from '../mail/message.ts';
import { newest, readSeries, type Series } from './series.ts';

interface Row {
  readonly all: readonly string[];
  /** Where it differs from `all`. */
  readonly newest?: readonly string[];
}

async function mail(line: string, from = 'Ada <ada@example.org>', body = 'body\n'): Promise<Message> {
  const [, id = '', minutes, parents = '', subject = ''] = /^(\w+)(?:@(\d+))?((?:<\w+)*) (.*)$/.exec(line) ?? [];
  const ids = parents.split('<').flatMap((parent) => (parent === '' ? [] : [`<${parent}@example.org>`]));
  const headers = [
    `From: ${from}`,
    `Message-ID: <${id}@example.org>`,
    `Subject: ${subject}`,
    ...(ids.length === 0 ? [] : [`In-Reply-To: ${ids.at(-1)}`, `References: ${ids.join(' ')}`]),
    ...(minutes === undefined ? [] : [`Date: ${new Date(Number(minutes) * 60_000).toUTCString()}`]),
  ];
  return readMessage(Buffer.from(`${headers.join('\n')}\n\n${body}`));
}

function shown({ version, total, cover, patches, stableTree, problems }: Series): string {
  const name = (message: Message) => message.id.replace('@example.org', '');
  return [
    `v${version}`,
    `${stableTree === null ? '' : `${stableTree} `}${total}:`,
    ...(cover === null ? [] : [name(cover)]),
    ...patches.map(({ subject, message }) => `${subject.index ?? ''}=${name(message)}`),
    ...problems.map(({ kind }) => `! ${kind}`),
  ].join(' ');
}

function check(rule: string, lines: readonly string[], expected: Row): void {
  test(rule, async () => {
    const all = readSeries(await Promise.all(lines.map((line) => mail(line))));
    assert.deepEqual(all.map(shown), expected.all);
    assert.deepEqual(newest(all).map(shown), expected.newest ?? expected.all);
  });
}

check('no mail, no series', [], { all: [] });
check('one patch', ['a [PATCH] x'], { all: ['v1 1: =a'] });
check('a cover and its patches', ['c [PATCH 0/2] x', 'a<c [PATCH 1/2] y', 'b<c [PATCH 2/2] z'], {
  all: ['v1 2: c 1=a 2=b'],
});
check('patches below each other', ['a [PATCH 1/3] x', 'b<a [PATCH 2/3] y', 'd<a<b [PATCH 3/3] z'], {
  all: ['v1 3: 1=a 2=b 3=d'],
});
check('patches in any order', ['b<c [PATCH 2/2] z', 'c [PATCH 0/2] x', 'a<c [PATCH 1/2] y'], {
  all: ['v1 2: c 1=a 2=b'],
});
check('a cover that did not arrive', ['a<c [PATCH 1/2] y', 'b<c [PATCH 2/2] z'], { all: ['v1 2: 1=a 2=b'] });
check('a patch that did not arrive', ['c [PATCH 0/3] x', 'b<c [PATCH 2/3] z'], {
  all: ['v1 3: c 2=b ! missing-patches'],
});
check('a cover alone is no series', ['c [PATCH 0/3] x'], { all: [] });
check('answers are no patches', ['a [PATCH] x', 'b<a Re: [PATCH] x', 'd<a AW: [PATCH] x'], { all: ['v1 1: =a'] });
check('other mails are no patches', ['a x', 'b<a [ANNOUNCE] y', 'd<a [PATCH] z'], { all: ['v1 1: =d'] });
check('a mail that came twice counts once', ['a [PATCH] x', 'a [PATCH] x'], { all: ['v1 1: =a'] });
check('ids in a loop', ['a<b [PATCH 1/2] x', 'b<a [PATCH 2/2] y'], { all: ['v1 2: 1=a 2=b'] });
check('a mail that answers itself', ['a<a [PATCH] x'], { all: ['v1 1: =a'] });

check('a patch sent again under its number', ['a [PATCH 1/2] x', 'b<a [PATCH 2/2] y', 'd<a [PATCH 2/2] y'], {
  all: ['v1 2: 1=a 2=d'],
});
check('a resend in the thread', ['a [PATCH v2] x', 'b<a [PATCH RESEND v2] x'], { all: ['v2 1: =b'] });
check('a new version in the thread', ['a [PATCH] x', 'b<a [PATCH v2] x', 'd<a<b [PATCH v3] x'], {
  all: ['v1 1: =a', 'v2 1: =b', 'v3 1: =d'],
  newest: ['v3 1: =d'],
});
check('a new version with another count', ['a [PATCH 1/2] x', 'b<a [PATCH 2/2] y', 'd<a [PATCH v2] x'], {
  all: ['v1 2: 1=a 2=b', 'v2 1: =d'],
  newest: ['v2 1: =d'],
});
check('a fix-up that answers a patch stands alone', ['a [PATCH 1/2] x', 'b<a [PATCH 2/2] y', 'd<b [PATCH] fix y'], {
  all: ['v1 2: 1=a 2=b', 'v1 1: =d'],
});
check(
  'one patch in a new version',
  ['c [PATCH 0/2] x', 'a<c [PATCH 1/2] y', 'b<c [PATCH 2/2] z', 'd<c<b [PATCH v2 2/2] z'],
  {
    all: ['v1 2: c 1=a 2=b', 'v2 2: 2=d ! missing-patches'],
    newest: ['v2 2: c 1=a 2=d ! partial-reroll'],
  },
);
check(
  'two patches, one after the other',
  ['a [PATCH 1/3] x', 'b<a [PATCH 2/3] y', 'd<a [PATCH 3/3] z', 'e<a [PATCH v2 2/3] y', 'f<a [PATCH v3 3/3] z'],
  {
    all: ['v1 3: 1=a 2=b 3=d', 'v2 3: 2=e ! missing-patches', 'v3 3: 3=f ! missing-patches'],
    newest: ['v3 3: 1=a 2=e 3=f ! partial-reroll'],
  },
);
check('one new patch of a series that did not arrive whole', ['a [PATCH 1/3] x', 'b<a [PATCH v2 3/3] z'], {
  all: ['v1 3: 1=a ! missing-patches', 'v2 3: 3=b ! missing-patches'],
  newest: ['v2 3: 1=a 3=b ! missing-patches ! partial-reroll'],
});
check('trees are no versions', ['a [PATCH v5.10] x', 'b<a [PATCH v5.15] x', 'd<a [PATCH v5.4] x'], {
  all: ['v1 v5.10 1: =a', 'v1 v5.15 1: =b', 'v1 v5.4 1: =d'],
});
check('a backport below its original', ['a [PATCH v2] x', 'b<a [PATCH 5.10] x'], {
  all: ['v2 1: =a', 'v1 5.10 1: =b'],
  newest: ['v2 1: =a'],
});

const unthreaded = ['c@0 [PATCH 0/2] x', 'a@1 [PATCH 1/2] y', 'b@2 [PATCH 2/2] z'];
check('mails that are not threaded', unthreaded, { all: ['v1 2: c 1=a 2=b'] });
check('not threaded, and 21 minutes apart', ['a@0 [PATCH 1/2] y', 'b@21 [PATCH 2/2] z'], {
  all: ['v1 2: 1=a ! missing-patches', 'v1 2: 2=b ! missing-patches'],
});
check('not threaded, and sent again', [...unthreaded, 'd@3 [PATCH 1/2] y', 'e@4 [PATCH 2/2] z'], {
  all: ['v1 2: c 1=a 2=b', 'v1 2: 1=d 2=e'],
});
check(
  'threads of one minute stay apart',
  ['a@0 [PATCH 1/2] x', 'b@0<a [PATCH 2/2] y', 'd@0 [PATCH 0/2] z', 'e@0<d [PATCH 1/2] z', 'f@0<d [PATCH 2/2] z'],
  {
    all: ['v1 2: 1=a 2=b', 'v1 2: d 1=e 2=f'],
  },
);
check('single patches of one minute stay apart', ['a@0 [PATCH] x', 'b@0 [PATCH] y'], { all: ['v1 1: =a', 'v1 1: =b'] });

test('two senders of the same numbers are two series', async () => {
  const mails = await Promise.all([mail('a [PATCH 1/2] x'), mail('b<a [PATCH 2/2] y', 'Bob <bob@example.org>')]);
  assert.deepEqual(readSeries(mails).map(shown), ['v1 2: 1=a ! missing-patches', 'v1 2: 2=b ! missing-patches']);
});

test('a patch of the stable machinery keeps its reason for silence', async () => {
  const body = 'diff --git a/x b/x\n';
  const [series] = readSeries([await mail('a [PATCH AUTOSEL 5.10 1/2] x', undefined, body)]);
  assert.match(series?.patches[0]?.silence ?? '', /stable machinery/);
});

test('a thread of 20,000 patches takes seconds', async () => {
  const one = await mail('a [PATCH] x');
  const id = (n: number) => `${n}@example.org`;
  const long = Array.from({ length: 20_000 }, (_, n) => ({ ...one, id: id(n), inReplyTo: n === 0 ? null : id(n - 1) }));
  const started = performance.now();
  assert.equal(readSeries(long)[0]?.root, id(0));
  assert.equal(readSeries(long.reverse())[0]?.root, id(0));
  assert.ok(performance.now() - started < 5_000);
});
