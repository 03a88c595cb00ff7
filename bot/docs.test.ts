/**
 * What the guides name is there: files and headings that they link to, commands with their options, settings, metrics, what is
 * ordered by mail. That what they say is true, whoever follows them finds out; here only nothing is missing.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { verbs } from './commands/verbs.ts';
import { program } from './main.ts';
import { newMetrics } from './serve/metrics.ts';
import { defaultsFile, readSettings } from './settings/settings.ts';

const root = join(import.meta.dirname, '..');
const guides = ['README.md', 'ARCHITECTURE.md', ...globSync('docs/*.md', { cwd: root })].map((name) => ({
  name,
  text: readFileSync(join(root, name), 'utf8'),
}));
const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/^ {4}.*$/gm, '');
/** Blocks of code a line each, and words in backquotes; diffs are held by walks.test.ts. */
const codeOf = (text: string) => {
  const prose = text.replace(/^```diff[\s\S]*?^```$/gm, '');
  const blocks = prose.match(/^(?: {4}|```).*$/gm) ?? [];
  return [
    ...blocks,
    ...[...withoutCode(prose).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replace(/\s+/g, ' ')),
  ];
};

/** As GitHub names a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

test('links lead to files and headings that there are', () => {
  for (const { name, text } of guides)
    for (const [, link = ''] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? name : join(dirname(name), path);
      assert.ok(existsSync(join(root, file)), `${name}: ${link}`);
      if (anchor === undefined) continue;
      const headings = readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.*)$/gm);
      assert.ok(
        [...headings].some(([, heading = '']) => anchorOf(heading) === anchor),
        `${name}: ${link}`,
      );
    }
});

/** The command that the words begin with, and its words; null where they are none of ours. */
function commandIn(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } | null {
  let [command, rest]: [Command, readonly string[]] = [program, words];
  for (;;) {
    const next = command.commands.find((one) => one.name() === rest[0]);
    if (next === undefined) return command === program ? null : { command, rest };
    [command, rest] = [next, rest.slice(1)];
  }
}

test('commands and their options are there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  let seen = 0;
  for (const { name, text } of guides)
    for (const code of codeOf(text))
      for (const [, typed = ''] of code.matchAll(
        /(?:^|(?<!-u)[\s'])((?:npm run (?:--silent )?(?:--prefix \S+ )?|(?:\S*\/)?scenario-bot |bot )[a-z].*)/g,
      )) {
        const ofNpm = /^npm run (?:--silent )?(?:--prefix \S+ )?([a-z][\w-]*)(?: --)?(?: (.*))?$/.exec(typed);
        if (ofNpm !== null) assert.ok((ofNpm[1] ?? '') in scripts, `${name}: ${typed}`);
        const line = ofNpm === null ? typed.replace(/^\S+ /, '') : `${ofNpm[1]} ${ofNpm[2] ?? ''}`;
        const found = commandIn(line.replace(/^bot /, '').split(/\s+/));
        if (found === null) {
          assert.ok(ofNpm !== null, `${name}: ${typed}`);
          continue;
        }
        seen++;
        const { command, rest } = found;
        assert.ok(command.commands.length === 0 || rest.every((word) => !/^[a-z]+$/.test(word)), `${name}: ${typed}`);
        for (const option of rest
          .join(' ')
          .split(/ [|&;<>]/)[0]
          ?.match(/(?<=^|[\s[])--[a-z][\w-]*/g) ?? [])
          assert.ok(
            option === '--help' || command.options.some(({ long }) => long === option),
            `${name}: ${typed}: ${option}`,
          );
      }
  assert.ok(seen > 60, `${seen} commands`);
});

const defaults = parse(readFileSync(defaultsFile, 'utf8'));

test('the settings that the guides show are taken, and those that they name are there', () => {
  const isTable = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  for (const { name, text } of guides) {
    if (name.startsWith('docs/'))
      for (const [, block = ''] of text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
        const whole = { ...defaults };
        for (const [key, value] of Object.entries(parse(block)))
          whole[key] = isTable(value) && isTable(whole[key]) ? { ...whole[key], ...value } : value;
        writeFileSync(join(folder, 'bot.yaml'), stringify(whole));
        assert.deepEqual(readSettings(join(folder, 'bot.yaml')).problems, [], `${name}: ${block}`);
      }
    for (const code of codeOf(text)) {
      const [first = '', ...others] = code.split('.');
      if (!/^[a-z]\w*(\.[a-z]\w*)+$/i.test(code) || !isTable(defaults[first])) continue;
      let place: unknown = defaults[first];
      for (const key of others) {
        // Of what is null by default its shape is not at hand here.
        if (place === null) break;
        assert.ok(isTable(place) && key in place, `${name}: ${code}`);
        place = place[key as keyof typeof place];
      }
    }
  }
  rmSync(folder, { recursive: true });
});

test('metrics and orders by mail are there', async () => {
  const metrics = new Set((await newMetrics().registry.getMetricsAsJSON()).map(({ name }) => name));
  const orders = new Set([...Object.keys(verbs), 'approve', 'reject']);
  for (const { name, text } of guides) {
    for (const [metric] of text.matchAll(/\bscenario_bot_\w+/g)) assert.ok(metrics.has(metric), `${name}: ${metric}`);
    for (const [, verb = ''] of text.matchAll(/#scenario ([a-z-]+)/g)) assert.ok(orders.has(verb), `${name}: ${verb}`);
  }
});
