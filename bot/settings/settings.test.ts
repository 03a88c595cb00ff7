/**
 * The operator's settings: what is refused, in which words, and at which line. A row changes one line of the defaults.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { defaultsFile, readSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
after(() => rmSync(folder, { recursive: true }));
const defaults = readFileSync(defaultsFile, 'utf8');

function problemsOf(text: string): readonly string[] {
  const file = join(folder, 'bot.yaml');
  writeFileSync(file, text);
  return readSettings(file).problems.map((problem) =>
    problem.replace(file, 'bot.yaml').replace(/(there are from, domain, lists), .*/, '$1, …'),
  );
}

test('the defaults are taken, and send nothing', () => {
  const { settings } = readSettings(defaultsFile);
  assert.equal(settings?.passTrailer, 'Emulation-reviewed-by');
  assert.deepEqual(new Set(settings?.lists.map(({ mode }) => mode)), new Set(['dry-run']));
});

/** @param expected problems, with LINE for the line of the defaults in which `from` begins */
function check(from: string, to: string, ...expected: readonly string[]): void {
  test(JSON.stringify(to), () => {
    const at = defaults.indexOf(from);
    assert.ok(at >= 0, 'the defaults have it');
    const line = defaults.slice(0, at).split('\n').length;
    const problems = problemsOf(defaults.replace(from, () => to));
    assert.deepEqual(
      problems,
      expected.map((text) => text.replace(/LINE([+-]\d+)?/, (_, plus = '') => String(line + Number(plus)))),
    );
  });
}

check(
  'domain:',
  'domian:',
  'bot.yaml:1: domain is missing',
  'bot.yaml:LINE: domian: there is no such key; did you mean domain?',
);
check('  name: powerpc ftrace bot', '  name: ftrace', 'bot.yaml:LINE: from.name: must say that it is a bot');
check('address: ftrace-bot@example.org', 'address: ftrace-bot', 'bot.yaml:LINE: from.address: is not a mailbox');
check('mode: dry-run', 'mode: dryrun', 'bot.yaml:LINE: lists[0].mode: must be one of off, dry-run, moderate, post');
check(
  '    passes: false',
  '    passes: false\n    pass: true',
  'bot.yaml:LINE+1: lists[0].pass: there is no such key; did you mean passes?',
);
check('    passes: false\n', '', 'bot.yaml:LINE-2: lists[0].passes is missing');
check('domain: ftrace-bot.example.org', 'domain: [a]', 'bot.yaml:LINE: domain: must be a domain');
check('  perHour: 6', '  perHour: 0', 'bot.yaml:LINE: caps.perHour: must be at least 1');
check('  perHour: 6', '  perHour: many', 'bot.yaml:LINE: caps.perHour: must be a whole number');
check('optedOut: []', 'optedOut: [ada]', 'bot.yaml:LINE: optedOut[0]: is not a mailbox');
check('  url: null', '  url: mysql://x', 'bot.yaml:LINE: store.url: must be a postgres:// URL, or null');
check(
  '  pulls: null',
  '  pulls: { repository: a/b, mode: post, minutes: 10, webhook: x }',
  'bot.yaml:LINE: github.pulls.webhook: must be one of { file: PATH }, { env: NAME }, { command: [WORD, …] }',
);
const marks =
  '{ repository: a/b, mode: post, branches: [series/**], as: check, context: bot, answers: [pass], findings: neutral }';
const written = defaults.slice(defaults.indexOf('  auth: null'), defaults.indexOf('  marks: null') + 13);
check(
  written,
  written.replace('marks: null', `marks: ${marks}`),
  'bot.yaml:LINE: github.auth: must say who writes, where github.marks has mode post',
);
check(
  written,
  written.replace('auth: null', 'auth: { token: { env: T } }').replace('marks: null', `marks: ${marks}`),
  'bot.yaml:LINE+13: github.marks.as: must be status where github.auth is a token: check runs are for apps alone',
);
check(
  '  marks: null',
  `  marks: ${marks.replace('series/**', 'a b').replace('check', 'note').replace('post', 'dry-run')}`,
  'bot.yaml:LINE: github.marks.branches[0]: must be the name of branches, with * within a part and ** over parts',
  'bot.yaml:LINE: github.marks.as: must be one of status, check',
);
check(
  'logLevel: info',
  'loglevel: info\nlevel: stale',
  'bot.yaml:1: logLevel is missing',
  'bot.yaml:LINE: loglevel: there is no such key; did you mean logLevel?',
  /* what is like no key gets them all */
  'bot.yaml:LINE+1: level: there is no such key; there are from, domain, lists, …',
);

test('what is no settings at all', () => {
  assert.match(problemsOf('CONFIG_PPC64=y\n# CONFIG_SMP is not set\n').join(), /is a kernel's \.config.*use --config/);
  assert.match(problemsOf('#\n# Automatically generated\n# CONFIG_SMP is not set\n').join(), /use --config/);
  assert.match(
    problemsOf('From mboxrd@z Thu Jan  1\nFrom: Ada <ada@example.org>\nTo: list\n').join(),
    /^bot\.yaml:1: no YAML: /,
  );
  assert.match(problemsOf('').join(), /^bot\.yaml:1: the file: /);
  assert.match(readSettings(join(folder, 'nosuch')).problems.join(), /nosuch cannot be read \(ENOENT\); give settings/);
});
