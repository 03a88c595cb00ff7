/**
 * What the command line says of itself: all of it is said, the manual takes it, and a shell completes it. A real bash and a real
 * man are asked.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import type { Command } from 'commander';
import { program } from '../main.ts';
import { completion } from './completion.ts';
import { manPage, pageName } from './man-page.ts';
import { isGroup, usageOf } from './usage.ts';

const folder = mkdtempSync(join(tmpdir(), 'usage-'));
after(() => rmSync(folder, { recursive: true }));

const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
const commands = all(program);

test('every command says what it does, what each word is, how it exits, and shows how it is typed', () => {
  const missing = commands.flatMap((command) => {
    const name = pageName(command);
    const usage = usageOf(command);
    return [
      ...(/^[A-Z].*[.?]$/.test(command.description()) ? [] : [`${name}: a description that is a sentence`]),
      ...command.options.filter(({ description }) => description === '').map(({ flags }) => `${name}: ${flags}`),
      ...command.registeredArguments
        .filter((argument) => argument.description === '' && usage?.ownOptions === undefined)
        .map((argument) => `${name}: ${argument.name()}`),
      ...(isGroup(command) || (usage !== null && 0 in usage.status && 2 in usage.status)
        ? []
        : [`${name}: exit status`]),
      ...(isGroup(command) || (usage?.examples.length ?? 0) > 0 ? [] : [`${name}: an example`]),
    ];
  });
  assert.deepEqual(missing, []);
});

test('every example is of the command, with options that it has', () => {
  for (const command of commands.slice(1)) {
    const words = pageName(command).replaceAll('-', ' ');
    for (const example of usageOf(command)?.examples ?? []) {
      assert.ok(example.replaceAll('-', ' ').includes(words), `${words}: ${example}`);
      const own = example.slice(example.indexOf('scenario-bot')).split(/ [|&>#] |&&/)[0] ?? '';
      for (const [option] of own.matchAll(/--[a-z][\w-]*/g))
        assert.ok(
          command.options.some(({ long }) => long === option),
          `${words}: ${option}`,
        );
    }
  }
});

test('each page of the manual is set without a warning', (t) => {
  if (spawnSync('man', ['--version']).status !== 0) return t.skip('there is no man here');
  for (const command of [program, ...program.commands]) {
    const file = join(folder, `${pageName(command)}.1`);
    writeFileSync(file, manPage(command, '1.2.3'));
    const { stdout, stderr, status } = spawnSync('man', ['--warnings', '-l', file], {
      encoding: 'utf8',
      env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8', MANPAGER: 'cat' },
    });
    assert.deepEqual([status, stderr], [0, ''], file);
    // Every option stands there as it is typed.
    const options = [command, ...(command === program ? [] : command.commands)].flatMap((one) => one.options);
    for (const { flags } of options) assert.ok(stdout.includes(flags), `${file}: ${flags}`);
  }
});

const bashFile = join(folder, 'completion.bash');
writeFileSync(bashFile, completion(program, 'bash'));

/** What bash offers for the last word, when the key is pressed behind it. */
function offered(...words: string[]): readonly string[] {
  const script = `. ${bashFile}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _scenario_bot; printf '%s\\n' "\${COMPREPLY[@]}"`;
  // Its standard input is a socket: bash takes that for a login from elsewhere, and would read what people have in .bashrc.
  const args = ['--norc', '-euc', script, 'bash', 'scenario-bot', ...words];
  const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}

const rows: readonly (readonly [words: readonly string[], expected: readonly string[]])[] = [
  [['rev'], ['review']],
  [['out'], ['outbox']],
  [
    ['outbox', ''],
    ['list', 'show', 'edit', 'approve', 'reject'],
  ],
  [['outbox', 'list', '--s'], ['--settings']],
  [['review', '--le'], ['--level']],
  [['review', '--level', 'p'], ['preemption']],
  [['review', '--level', '=', 'st'], ['stale']],
  [
    ['review', '--level', '='],
    ['sequential', 'preemption', 'stale', 'architecture'],
  ],
  [['review', '--json', '--no-g'], ['--no-github']],
  [['review', '--tree', ''], []],
  [['review', 'thr'], []],
  [
    ['vectors', '-'],
    ['-le', '-be', '-32'],
  ],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
];
for (const [words, expected] of rows)
  test(`bash completes scenario-bot ${words.join(' ')}`, () => assert.deepEqual(offered(...words), expected));

test('bash and fish have every option of every command', () => {
  const options = commands.flatMap((command) => command.options.map(({ long = '' }) => ({ command, long })));
  const fish = completion(program, 'fish');
  for (const { command, long } of options) {
    assert.ok(fish.includes(` -l ${long.slice(2)} `), `fish: ${pageName(command)} ${long}`);
    const place =
      command === program ? '' : `${command.parent === program ? '' : `${command.parent?.name()} `}${command.name()}`;
    const row = completion(program, 'bash')
      .split('\n')
      .find((line) => line.startsWith(`    '${place}') options=`));
    assert.ok(row?.split(/[' ]/).includes(long), `bash: ${pageName(command)} ${long}`);
  }
});

const cases: readonly (readonly [words: readonly string[], status: number, says: RegExp])[] = [
  [['revew', 'x'], 2, /unknown command 'revew'\n\(Did you mean review\?\)/],
  [['outbox', 'list', '--setings', 'x'], 2, /unknown option '--setings'\n\(Did you mean --settings\?\)/],
  [['posting', 'stop'], 2, /missing required argument 'reason'/],
  [['man', 'nosuch'], 2, /there is no command nosuch/],
  [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
];
for (const [words, status, says] of cases)
  test(`scenario-bot ${words.join(' ')}`, () => {
    const ran = spawnSync(join(import.meta.dirname, '../scenario-bot'), words, { encoding: 'utf8' });
    assert.equal(ran.status, status);
    assert.match(status === 0 ? ran.stdout : ran.stderr, says);
  });
