/**
 * A busy list of invented people, decided by a seed: discussions, single patches and series with covers and new versions, the
 * threads interleaved; in the encodings, sizes and proportions that lists have, with their oddities: the same mail once more by
 * another list, a Message-ID used again, none at all, robots.
 */
import { pick, type Random, randomOf } from '../qemu/random.ts';

const people = [
  'Ada Lindqvist',
  'Bob Okafor',
  'Chandra Rao',
  'Dmitri Weiß',
  'Eun-ji Park',
  'Farid Haddad',
  'Grace Tamm',
];
const nouns = [
  'trampoline',
  'page table',
  'irq chip',
  'memory block',
  'hot path',
  'timer',
  'bridge',
  'counter',
  'stack frame',
];
const verbs = ['Rework', 'Fix', 'Simplify', 'Drop', 'Document', 'Split', 'Cache', 'Export'];
const files = [
  ...['mm/pgtable.c', 'kernel/irq.c', 'kernel/time.c', 'platforms/pseries/lpar.c', 'kvm/book3s_hv.c', 'kernel/pci.c'],
  ...['perf/core-book3s.c', 'kernel/eeh.c', 'mm/hugetlbpage.c', 'kernel/smp.c', 'lib/sstep.c', 'xmon/xmon.c'],
].map((file) => `arch/powerpc/${file}`);
/** One patch in so many touches a file that matters; about what such a list has. */
const relevantOneIn = 60;
const relevantFile = 'arch/powerpc/kernel/trace/ftrace.c';
/** Threads that are written to at any moment. */
const openThreads = 40;
const footer = `${'_'.repeat(47)}\nppc-dev mailing list\nppc-dev@lists.example.org\nhttps://lists.example.org/listinfo/ppc-dev\n`;

interface Thread {
  /** Mails of its author that are still to come; answers come between them. */
  readonly script: Written[];
  readonly ids: string[];
  answersLeft: number;
}

interface Written {
  readonly subject: string;
  readonly from: string;
  readonly body: string;
}

export function* mailingList(seed: number, mails: number): Generator<Buffer> {
  const random = randomOf(seed);
  const threads: Thread[] = [];
  let at = Date.UTC(2024, 0, 1);
  let number = 0;
  let last: { readonly id: string; readonly subject: string; readonly from: string; readonly body: string } | null =
    null;
  while (number < mails) {
    at += random(600_000);
    number++;
    // Once more by another list, with its footer and its prefix.
    if (last !== null && random(25) === 0) {
      yield mailOf(random, {
        ...last,
        subject: `[ppc-dev] ${last.subject}`,
        body: `${last.body}\n${footer}`,
        at,
        parents: [],
      });
      continue;
    }
    while (threads.length < openThreads) threads.push(newThread(random, number));
    const index = random(threads.length);
    const thread = threads[index]!;
    const written: Written = thread.script.shift() ?? answerIn(random, thread, last?.body ?? '');
    const id: string =
      random(5_000) === 0 ? (last?.id ?? '') : random(5_000) === 1 ? '' : `${at}.${number}@example.org`;
    yield mailOf(random, { ...written, id, at, parents: thread.ids.slice(-10) });
    if (id !== '') thread.ids.push(id);
    last = { ...written, id };
    if (thread.script.length === 0 && thread.answersLeft <= 0) threads.splice(index, 1);
  }
}

function newThread(random: Random, number: number): Thread {
  const from = pick(random, people);
  const title = `${pick(random, verbs)} the ${pick(random, nouns)} (${number})`;
  const version = random(3) === 0 ? ` v${2 + random(4)}` : '';
  const patch = (part: string, what: string) => ({
    from,
    subject: `[PATCH${version}${part}] powerpc: ${what}`,
    body: patchBody(random, from),
  });
  const total = 2 + random(8);
  const scripts = [
    () => [{ from, subject: `Question about the ${pick(random, nouns)}`, body: prose(random, 40 + random(60)) }],
    () => [patch('', title)],
    () => [
      { from, subject: `[PATCH${version} 0/${total}] powerpc: ${title}`, body: prose(random, 30) },
      ...Array.from({ length: total }, (_, part) => patch(` ${part + 1}/${total}`, `${title}, part ${part + 1}`)),
    ],
  ];
  return { script: pick(random, scripts)(), ids: [], answersLeft: random(6) };
}

function answerIn(random: Random, thread: Thread, quoted: string): Written {
  thread.answersLeft--;
  const quote = quoted
    .split('\n')
    .slice(0, 20 + random(150))
    .map((line) => `> ${line}`);
  const from = random(20) === 0 ? 'kernel test robot' : pick(random, people);
  const body = `On some day, somebody wrote:\n${quote.join('\n')}\n\n${prose(random, 3 + random(20))}`;
  return { from, subject: `Re: [PATCH] powerpc: the ${pick(random, nouns)}`, body };
}

interface Mail extends Written {
  readonly id: string;
  readonly at: number;
  readonly parents: readonly string[];
}

function mailOf(random: Random, { id, subject, from, body, at, parents }: Mail): Buffer {
  const address = `${from.toLowerCase().replace(/[^a-z]+/g, '.')}@example.org`;
  const received = Array.from(
    { length: 3 + random(4) },
    (_, hop) =>
      `Received: from mx${hop}.example.org by mx${hop + 1}.example.org\n\tfor <ppc-dev@lists.example.org>; ${new Date(at).toUTCString()}`,
  );
  const { type, encoding, text } = encoded(random, body);
  const headers = [
    ...received,
    `From: ${/[^ -~]/.test(from) ? `=?utf-8?B?${Buffer.from(from).toString('base64')}?=` : from} <${address}>`,
    'To: ppc-dev@lists.example.org, Ada Lindqvist <ada.lindqvist@example.org>',
    `Subject: ${subject}`,
    `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
    ...(id === '' ? [] : [`Message-ID: <${id}>`]),
    ...(parents.length === 0
      ? []
      : [`In-Reply-To: <${parents.at(-1)}>`, `References: ${parents.map((one) => `<${one}>`).join('\n\t')}`]),
    ...['MIME-Version: 1.0', `Content-Type: ${type}`, `Content-Transfer-Encoding: ${encoding}`],
    ...['List-Id: <ppc-dev.lists.example.org>', 'Precedence: list'],
  ];
  return Buffer.from(`${headers.join('\n')}\n\n${text}`);
}

/** As mailers choose: mostly as it is. */
function encoded(
  random: Random,
  body: string,
): { readonly type: string; readonly encoding: string; readonly text: string } {
  const plain = 'text/plain; charset=utf-8';
  const base64 = () => Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\n');
  switch (random(33)) {
    case 0:
      return { type: plain, encoding: 'base64', text: base64() };
    case 1:
      return {
        type: plain,
        encoding: 'quoted-printable',
        text: body.replaceAll('=', '=3D').replace(/[^ -~\n\t]/g, quoted),
      };
    case 2:
    case 3: {
      const part = `Content-Type: ${plain}\nContent-Transfer-Encoding: 8bit\n\n${body}\n`;
      const html = `Content-Type: text/html; charset=utf-8\n\n<p>${body.slice(0, 2_000)}</p>\n`;
      return {
        type: 'multipart/alternative; boundary="=part"',
        encoding: '8bit',
        text: `--=part\n${part}--=part\n${html}--=part--\n`,
      };
    }
    default:
      return { type: plain, encoding: '8bit', text: body };
  }
}

const quoted = (character: string) =>
  [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

const words = [
  'the',
  'store',
  'must',
  'be',
  'seen',
  'before',
  'every',
  'CPU',
  'has',
  'left',
  'old',
  'text',
  'which',
  'is',
  'naïve',
  'here',
];
const prose = (random: Random, lines: number) =>
  Array.from({ length: lines }, () => `${Array.from({ length: 11 }, () => pick(random, words)).join(' ')}.`).join('\n');

function patchBody(random: Random, author: string): string {
  const touched = Array.from({ length: 1 + random(3) }, () =>
    random(relevantOneIn) === 0 ? relevantFile : pick(random, files),
  );
  const diffs = [...new Set(touched)].map((file) => {
    const hunks = Array.from({ length: 1 + random(5) }, (_, hunk) => hunkOf(random, 100 * hunk + 10));
    return `diff --git a/${file} b/${file}\nindex 1111111..2222222 100644\n--- a/${file}\n+++ b/${file}\n${hunks.join('')}`;
  });
  return `${prose(random, 5 + random(15))}\n\nSigned-off-by: ${author} <a@example.org>\n---\n a | 2 +-\n\n${diffs.join('')}-- \n2.43.0\n`;
}

function hunkOf(random: Random, at: number): string {
  const lines = (mark: string, count: number) =>
    Array.from(
      { length: count },
      () => `${mark}\tstate->${pick(random, words)} = compute(state, ${random(1_000)});\n`,
    ).join('');
  const [removed, added] = [random(8), 1 + random(25)];
  return `@@ -${at},${6 + removed} +${at},${6 + added} @@ static void run(void)\n${lines(' ', 3)}${lines('-', removed)}${lines('+', added)}${lines(' ', 3)}`;
}
