/**
 * `vectors`: runs a file of instruction vectors on the table's processor and prints the first differences, then, last on
 * standard output, `N passed, N failed`.
 *
 * Exit status: 0 none failed, 1 some did, 2 the words or the file were off (standard error names the line).
 */
import { readFileSync, statSync } from 'node:fs';
import type { Mode } from '../analyzers/power/processor.ts';
import { run } from '../analyzers/power/vector/case.ts';
import { differences } from '../analyzers/power/vector/difference.ts';
import { readVectors, type Vector } from '../analyzers/power/vector/vector.ts';
import { helpText, type Usage } from './usage/usage.ts';

const modes: Readonly<Record<string, Mode>> = {
  '-le': { bits: 64, littleEndian: true },
  '-be': { bits: 64, littleEndian: false },
  '-32': { bits: 32, littleEndian: false },
};

/** More bytes than this are not read; more differences and problems than these are not printed. */
const [bytesMax, differencesMax, problemsMax] = [256 << 20, 40, 20];

export const vectorsUsage: Usage = {
  ownOptions: {
    '-le': '64-bit little-endian (the default)',
    '-be': '64-bit big-endian',
    '-32': '32-bit big-endian, as a 32-bit processor: it has no 64-bit instructions',
  },
  more: `
The file is tab-separated under a header line with the columns id, class, asm, words, before, mem_before, status, pc_after,
after_changed, mem_after, undef. A sequence starts at 0x11000200, in problem state, and ends when the PC leaves it, or with a
signal; its 64 bytes of memory are at 0x30000100. The 64 KiB around each are mapped too (traps, zeros); nothing else is.
Registers that "before" does not name are 0, those that after_changed does not name are to be as they were before; a pc_after
of - is not compared. Where an instruction gets a signal, registers are as it found them and the PC is its address.

It prints the first ${differencesMax} differences, then, last, "N passed, N failed".`,
  status: { 0: 'none failed', 1: 'some did', 2: 'the words or the file are off (standard error names the line)' },
  examples: ['scenario-bot vectors vectors.tsv -be'],
};
const help = `Usage: scenario-bot vectors FILE.tsv [-le | -be | -32]

Runs each vector of FILE.tsv and compares what it leaves with what the line says.

${helpText(vectorsUsage)}
`;

interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @returns the exit status */
export function vectorsCommand(words: readonly string[], { out, err }: Streams): number {
  if (words.some((word) => word === '--help' || word === '-h')) {
    out(help);
    return 0;
  }
  const files = words.filter((word) => !word.startsWith('-'));
  const options = words.filter((word) => word.startsWith('-'));
  const mode = modes[options[0] ?? '-le'];
  if (mode === undefined || options.length > 1 || files.length !== 1) {
    err(`vectors: one file and at most one of -le, -be, -32 are wanted\n\n${help}`);
    return 2;
  }
  const text = readText(files[0] ?? '');
  if (text instanceof Error) {
    err(`vectors: ${text.message}\n`);
    return 2;
  }
  const { vectors, problems } = readVectors(text, mode);
  for (const { line, text } of problems.slice(0, problemsMax)) err(`${files[0]}:${line}: ${text}\n`);
  if (problems.length > problemsMax) err(`${files[0]}: ${problems.length - problemsMax} more lines are off\n`);
  const failed = vectors.map(failureOf).filter((lines) => lines.length > 0);
  out(
    failed
      .flat()
      .slice(0, differencesMax)
      .map((line) => `${line}\n`)
      .join(''),
  );
  out(`${vectors.length - failed.length} passed, ${failed.length} failed\n`);
  if (problems.length > 0) return 2;
  if (vectors.length === 0) {
    err(`${files[0]}: there is no vector in it\n`);
    return 2;
  }
  return failed.length > 0 ? 1 : 0;
}

/** What to print of a vector: nothing where it passed. */
function failureOf(vector: Vector): string[] {
  return differences(run(vector.given), vector.expected, vector).map(
    ({ what, got, expected }) => `${vector.id} ${vector.asm}: ${what} is ${got}, expected ${expected}`,
  );
}

function readText(file: string): string | Error {
  try {
    if (statSync(file).size > bytesMax) return new Error(`${file} has more than ${bytesMax >> 20} MB`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    return error instanceof Error ? error : new Error(`${file} cannot be read`);
  }
}
