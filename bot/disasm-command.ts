/**
 * `disasm`: words to text, a line each, to the letter as GNU objdump -Mpower10 prints them.
 *
 * Exit status: 0, or 2 where a line, the words or the file were off (standard error names the line).
 */
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { isPrefix } from '../analyzers/power/code.ts';
import { objdumpText } from '../analyzers/power/text.ts';
import { helpText, type Usage } from './usage/usage.ts';

export const disasmUsage: Usage = {
  ownOptions: { '-32': 'a 32-bit processor: addresses wrap at 32 bits', '-h': 'this text' },
  more: `
Reads lines "ADDRESS WORD [SUFFIX-WORD]" from FILE, or from standard input without one (or with -), and prints one line each:
what objdump -Mpower10 of binutils 2.40 prints of that word at that address, ".long 0x…" where it is no instruction. Numbers
are hexadecimal, with or without 0x; the words are values as the ISA prints them (big-endian), whatever the byte order of
the system they come from. The suffix is the next word of storage, which only a prefix looks at.

Blank lines and lines that begin with # are left out. A line that cannot be read is named on standard error and gives an
empty line, so that input and output stay in step.`,
  status: { 0: 'every line was read', 2: 'a line, the words or the file are off (standard error names the line)' },
  examples: ["echo '1000 48000009' | scenario-bot disasm"],
};
const help = `Usage: scenario-bot disasm [FILE] [-32]

${helpText(disasmUsage)}
`;

interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @returns the exit status */
export async function disasmCommand(words: readonly string[], { out, err }: Streams): Promise<number> {
  if (words.some((word) => word === '--help' || word === '-h')) {
    out(help);
    return 0;
  }
  const bits = words.includes('-32') ? 32 : 64;
  const files = words.filter((word) => word !== '-32');
  const [file = '-'] = files;
  if (files.length > 1 || (file.startsWith('-') && file !== '-')) {
    err(`disasm: one file and -32 are all that can be given\n\n${help}`);
    return 2;
  }
  let text: string;
  try {
    text = file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    err(`disasm: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const { lines, problems } = disassembled(text, bits);
  out(lines.map((line) => `${line}\n`).join(''));
  for (const problem of problems) err(`disasm: ${problem}\n`);
  return problems.length > 0 ? 2 : 0;
}

/** A line of output for each line of the text that is not blank or a comment: empty where there is a problem. */
export function disassembled(text: string, bits: 32 | 64): { readonly lines: string[]; readonly problems: string[] } {
  const lines: string[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const given = line.trim().split(/\s+/);
    if (given[0] === '' || given[0]?.startsWith('#')) continue;
    const read = given.length > 3 ? 'more than an address, a word and a suffix' : lineOf(given);
    if (typeof read === 'string') problems.push(`line ${index + 1}: ${read}`);
    lines.push(typeof read === 'string' ? '' : objdumpText(read.word, read.suffix, { address: read.address, bits }));
  }
  return { lines, problems };
}

interface Line {
  readonly address: bigint;
  readonly word: number;
  readonly suffix: number;
}

/** In words, what is wrong with the line if anything is. */
function lineOf([first = '', second, third]: readonly string[]): Line | string {
  const address = hexadecimal(first, 64);
  if (address === null) return `${JSON.stringify(first)} is no address in hexadecimal`;
  if (second === undefined) return 'no word behind the address';
  const word = hexadecimal(second, 32);
  if (word === null) return `${JSON.stringify(second)} is no word of 32 bits in hexadecimal`;
  const suffix = third === undefined ? 0n : hexadecimal(third, 32);
  if (suffix === null) return `${JSON.stringify(third)} is no word of 32 bits in hexadecimal`;
  // A prefix alone is no instruction, and 0 would be a suffix (pnop's).
  return isPrefix(Number(word)) && third === undefined
    ? { address, word: Number(word), suffix: notASuffix }
    : { address, word: Number(word), suffix: Number(suffix) };
}

/** No row of the table has this for a suffix: primary opcode 1 is a prefix itself. */
const notASuffix = 0x04000000;

function hexadecimal(text: string, bits: number): bigint | null {
  if (!/^(0x)?[0-9a-f]{1,40}$/i.test(text)) return null;
  const value = BigInt(`0x${text.replace(/^0x/i, '')}`);
  return value < 1n << BigInt(bits) ? value : null;
}
