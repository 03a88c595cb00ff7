/**
 * The architecture as a test: which room may import from which. Arrows point one way (bot → analyzers); within the
 * analyzers they follow the data. A room that is missing here fails, so that a new one is a decision and not an accident.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..');

/** Room → rooms it may import from, besides itself. The longest matching room name wins. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  // The source reader knows no kernel and no PowerPC.
  'analyzers/source': [],
  // A mailed diff is text in, hunks out.
  'analyzers/patch': ['analyzers/source/place'],
  // Instructions know neither storage rules nor kernels.
  'analyzers/power': [],
  // Assembly knows instructions and the C preprocessor.
  'analyzers/assembly': ['analyzers/power', 'analyzers/source'],
  // Kconfig and Makefiles know no kernel.
  'analyzers/kconfig': ['analyzers/source/place'],
  // The one room that knows the kernel's C interfaces; which kernels are run is a table of values.
  'analyzers/protocol': [
    'analyzers/source',
    'analyzers/power',
    'analyzers/assembly',
    'analyzers/kconfig',
    'config/profiles',
  ],
  // The machine knows no ftrace source: only protocols, and entry code that it gives a place.
  'analyzers/machine': [
    'analyzers/power',
    'analyzers/protocol/protocol',
    'analyzers/source/place',
    'analyzers/checks',
    'analyzers/assembly/link',
  ],
  'analyzers/checks': [],
  'analyzers/explore': ['analyzers/machine', 'analyzers/power', 'analyzers/checks', 'analyzers/protocol/protocol'],
  'analyzers/verdict': [
    'analyzers/explore',
    'analyzers/machine',
    'analyzers/checks',
    'analyzers/power',
    'analyzers/protocol',
    'analyzers/source/place',
    'analyzers/patch',
  ],
  // Rows and queries: neither mail formats nor analysis.
  'bot/store': ['bot/intake/raw-mail', 'analyzers/source/place'],
  'bot/store/testing': ['bot/store', 'bot/servers'],
  // A raw mail into the store; not where it came from, and no analysis beyond which files matter.
  'bot/intake': ['bot/store', 'bot/mail', 'bot/thread', 'analyzers/patch', 'analyzers/source/place'],
  // Where mails come from: neither the store nor what is made of a mail.
  'bot/inbox': [
    'analyzers/source/place',
    'bot/mail',
    'bot/settings/secret',
    'bot/intake/raw-mail',
    'bot/archive/epochs',
  ],
  // The shape of the operator's file: nothing is opened by it, and what a source may be says the room of sources.
  'bot/settings': [
    'bot/inbox/settings',
    'analyzers/protocol/protocol',
    'analyzers/verdict/verdict',
    'analyzers/source/place',
  ],
  // Processes with limits do not know what they run.
  'bot/workers': [],
  // Decides, checks and sends; the one word of analysis that it knows is what makes a finding the same finding.
  'bot/outbox': [
    'bot/mail',
    'bot/moderation/mails',
    'bot/moderation/moderate',
    'bot/reply/since',
    'bot/serve/log',
    'bot/serve/metrics',
    'bot/settings',
    'bot/store',
    'analyzers/protocol/protocol',
    'analyzers/verdict/verdict',
  ],
  // A thread to what would be said: neither the store nor a server, for it runs in a process that may die.
  'bot/analysis': [
    'bot/changes',
    'bot/document',
    'bot/kept',
    'bot/mail',
    'bot/outbox/decide',
    'bot/outbox/fingerprint',
    'bot/reply',
    'bot/review',
    'bot/settings',
    'bot/sources',
    'bot/thread',
    'bot/verdicts',
    'bot/workers',
    'analyzers/explore/explore',
    'analyzers/verdict/verdict',
  ],
  // What is judged once, as values: neither the store nor how a patch is judged.
  'bot/verdicts': [
    'analyzers/patch',
    'analyzers/protocol/kernel-config',
    'analyzers/source/place',
    'analyzers/verdict/protocol-run',
    'analyzers/verdict/verdict',
  ],
  // Requests → answers: no SQL and no HTML; what is written goes by the orders that it is handed.
  'bot/http': [
    'bot/ask',
    'bot/digest/kept',
    'bot/mail/masked-text',
    'bot/serve/log',
    'bot/settings',
    'bot/store/store',
  ],
  'bot/http/testing': [
    'bot/document',
    'bot/fixture',
    'bot/http',
    'bot/intake',
    'bot/serve/log',
    'bot/serve/testing',
    'bot/store',
  ],
  // The store as values for whoever asks: no HTTP, no words, and nothing is written.
  'bot/ask': ['bot/document', 'bot/mail', 'bot/store', 'bot/thread', 'analyzers/verdict/verdict'],
  // A window of time as one value, told as mail, issue and page; what is judged and how mail leaves is others'.
  'bot/digest': [
    'bot/ask',
    'bot/document',
    'bot/github',
    'bot/http/message-id',
    'bot/mail',
    'bot/moderation/moderate',
    'bot/outbox/retraction',
    'bot/reply/aside-mail',
    'bot/reply/headers',
    'bot/reply/subjects',
    'bot/reply/template',
    'bot/reply/wording',
    'bot/serve/log',
    'bot/settings',
    'bot/steps/guilty',
    'bot/store',
    'analyzers/explore/replay-schedule',
    'analyzers/patch/relevant',
    'analyzers/protocol/protocol',
  ],
  'bot/digest/testing': ['bot', 'analyzers'],
  // What is known as issues, marks and comments on GitHub, and how they come there: nothing is judged, and no mail is read.
  'bot/github': [
    'bot/analysis/analyse',
    'bot/changes',
    'bot/document',
    'bot/mail/masked-text',
    'bot/reply/check-line',
    'bot/reply/template',
    'bot/serve/log',
    'bot/settings',
    'bot/sources/github/fetch-within',
    'bot/store',
    'analyzers/patch/relevant',
  ],
  'bot/github/testing': ['bot/changes', 'bot/github', 'bot/sources/github'],
  // What is asked of bot/ask as HTML, in the words of the replies: no queries, no judging.
  'bot/pages': [
    'bot/ask',
    'bot/digest/kept',
    'bot/digest/told',
    'bot/bundle',
    'bot/http',
    'bot/mail/masked-text',
    'bot/reply/bounds',
    'bot/reply/finding',
    'bot/reply/subjects',
    'bot/reply/wording',
    'bot/serve/log',
    'bot/settings',
    'bot/steps',
    'bot/store',
    'analyzers/checks/checks',
    'analyzers/protocol/protocol',
    'analyzers/verdict/verdict',
  ],
  // A store filled by the real analysis.
  'bot/pages/testing': ['bot', 'analyzers'],
  // What a mail orders, who may, what is answered; not how mail leaves, nor what is judged.
  'bot/commands': [
    'bot/ask',
    'bot/mail',
    'bot/reply/aside-mail',
    'bot/reply/headers',
    'bot/reply/template',
    'bot/settings',
    'bot/store',
    'bot/thread',
  ],
  // What is judged and what has left, as values and rows, to patchwork; not how either comes about.
  'bot/patchwork': [
    'bot/analysis/analyse',
    'bot/reply/check-line',
    'bot/serve/log',
    'bot/serve/metrics',
    'bot/settings',
    'bot/store',
  ],
  // Puts the rooms together, and judges nothing itself.
  'bot/serve': [
    'bot/analysis',
    'bot/ask',
    'bot/commands',
    'bot/document',
    'bot/digest',
    'bot/github',
    'bot/http',
    'bot/inbox',
    'bot/intake',
    'bot/mail',
    'bot/moderation',
    'bot/outbox',
    'bot/pages',
    'bot/patchwork',
    'bot/reply',
    'bot/settings',
    'bot/sources/inbox',
    'bot/store',
    'bot/thread',
    'bot/verdicts',
    'bot/workers',
  ],
  // A schedule to what is seen of it: values and text, for a page, a mail and a browser alike.
  'bot/steps': ['analyzers/explore', 'analyzers/machine', 'analyzers/power', 'analyzers/checks', 'bot/reply/wording'],
  // What runs in a page: nothing of node, and nothing of the store.
  'bot/browser': ['bot/steps', 'analyzers/explore', 'analyzers/machine'],
  // Scenes for tests, with anything.
  'bot/serve/testing': ['bot', 'analyzers'],
  // What moderators are told and answer; not how mail leaves, and nothing of what is judged.
  'bot/moderation': [
    'bot/commands/lines',
    'bot/mail',
    'bot/reply/aside-mail',
    'bot/reply/headers',
    'bot/settings',
    'bot/store',
    'bot/thread/silence',
  ],
  // Real servers for tests know nothing of the bot.
  'bot/servers': [],
  bot: ['analyzers', 'templates', 'config', 'bot'],
  templates: [],
  config: [],
  fixtures: [],
};
const rooms = Object.keys(allowed).sort((a, b) => b.length - a.length);
const roomOf = (path: string) => rooms.find((room) => path === room || path.startsWith(`${room}/`));

const sources = globSync('{bot,analyzers,templates,config,fixtures}/**/*.ts', { cwd: root });

/** Every module specifier in a file: static and dynamic imports, re-exports. */
function importsOf(text: string): string[] {
  const statement = /^(?:import|export) (?:type )?(?:[^;'=()]*? from )?'([^']+)';|\bimport\(\s*'([^']+)'/gm;
  return [...text.matchAll(statement)].map((match) => match[1] ?? match[2] ?? '');
}

test('imports follow the table of allowed rooms', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    if (file.endsWith('.test.ts')) continue; // tests may set a scene with anything
    const room = roomOf(file);
    assert.ok(room, `${file} is in no room of the table`);
    for (const specifier of importsOf(readFileSync(join(root, file), 'utf8'))) {
      if (!specifier.startsWith('.')) {
        // The analyzers are pure: no platform, no library that could reach the outside.
        const library = ['parse-diff', 'diff'];
        const pure = ['analyzers/', 'bot/steps/', 'bot/browser/'];
        if (pure.some((path) => file.startsWith(path)) && !library.includes(specifier))
          wrong.push(`${file}: imports ${specifier}`);
        continue;
      }
      const target = normalize(join(dirname(file), specifier)).replace(/\.ts$/, '');
      const inside = roomOf(target) === room;
      const fine =
        inside || (allowed[room] ?? []).some((prefix) => target === prefix || target.startsWith(`${prefix}/`));
      if (!fine) wrong.push(`${file}: imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the analyzers read no clock, randomness or environment', () => {
  const forbidden = /\b(Date\.now|new Date|Math\.random|performance\.now|process\.|globalThis\.|console\.)/;
  const wrong = sources
    .filter((file) => file.startsWith('analyzers/') && !file.endsWith('.test.ts'))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          forbidden.test(line.replace(/\/\/.*|^\s*\*.*/, '')) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
        ),
    );
  assert.deepEqual(wrong, []);
});
