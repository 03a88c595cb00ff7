/**
 * The instruction table's words and texts against GNU binutils, by a seed: what objdump prints of words, and what GNU as
 * makes of lines.
 */
import { decode, recognize } from '../../analyzers/power/code.ts';
import { table } from '../../analyzers/power/table.ts';
import { assemble, disassemble, formsRead, objdumpText } from '../../analyzers/power/text.ts';
import { randomOf } from '../qemu/random.ts';
import { lines, pairOfRow, pairs } from './samples.ts';
import { gnuAs, objdump, type Pair, stride, type Target } from './tools.ts';

export interface Report {
  readonly compared: number;
  /** Of these, both have the same text (or words) other than `.long`. */
  readonly known: number;
  /** Neither knows an instruction (or takes the line). */
  readonly refused: number;
  /** Instructions that are in none of our rows, by objdump's mnemonic, with how often. */
  readonly outside: ReadonlyMap<string, number>;
  readonly differences: readonly string[];
}

const ours = new Set(formsRead.map(({ mnemonic }) => mnemonic));

export function compareWords(sample: readonly Pair[], target: Target, from = 0x1000): Report {
  const theirs = objdump(sample, target, from);
  const outside = new Map<string, number>();
  const differences: string[] = [];
  let [known, refused] = [0, 0];
  for (const [i, [word, next]] of sample.entries()) {
    const address = BigInt(from + stride * i);
    const text = objdumpText(word, next, { address, bits: target.bits });
    const [mnemonic = ''] = (theirs[i] ?? '').split(/\s/);
    if (text === theirs[i]) text.startsWith('.long') ? refused++ : known++;
    else if (text.startsWith('.long') && !ours.has(mnemonic)) outside.set(mnemonic, (outside.get(mnemonic) ?? 0) + 1);
    else differences.push(`${hex(word)} ${hex(next)}: ${text} where objdump prints ${theirs[i]}`);
  }
  return { compared: sample.length, known, refused, outside, differences };
}

/** What we print of words, assembled again by us and by GNU as. */
function compareReading(sample: readonly Pair[]): Report {
  const instructions = sample.flatMap((pair) => {
    const instruction = recognize(...pair);
    const text =
      instruction !== null &&
      instruction.fields['/'] === 0 &&
      !instruction.row.overlooked(instruction.fields) &&
      !instruction.row.unprinted(instruction.fields);
    return !text ? [] : [{ ...instruction, words: pair.slice(0, instruction.bytes / 4) }];
  });
  const texts = instructions.map(({ words: [word = 0, next] }) => disassemble(word, 0n, next));
  const theirs = gnuAs(texts);
  const differences: string[] = [];
  for (const [i, { row, words }] of instructions.entries()) {
    const [text = '', wanted] = [texts[i], words.join()];
    const ours = assemble(text, 0n);
    if (ours?.join() !== wanted) differences.push(`${text}: ${told(ours)}, not ${told(words)}`);
    // To GNU as a number is a displacement of 64 bits with its sign, and an mtcrf of one field is mtocrf.
    if (row.mnemonic === 'mtcrf' || row.fields.has('AA')) continue;
    if (theirs[i]?.join() !== wanted) differences.push(`${text}: GNU as makes ${told(theirs[i] ?? null)}`);
  }
  const known = instructions.length - differences.length;
  return { compared: sample.length, known, refused: sample.length - known, outside: new Map(), differences };
}

function compareLines(sample: readonly string[]): Report {
  const theirs = gnuAs(sample);
  const differences: string[] = [];
  let [known, refused] = [0, 0];
  for (const [i, line] of sample.entries()) {
    const words = assemble(line, 0n);
    const wanted = theirs[i] ?? null;
    if (isOtherwise(line)) continue;
    if (words?.join() !== wanted?.join()) differences.push(`${line}: ${told(words)}, of GNU as ${told(wanted)}`);
    else wanted === null ? refused++ : known++;
  }
  return { compared: sample.length, known, refused, outside: new Map(), differences };
}

/**
 * Where GNU as knows more, or other things, than the table: a name that is no register is a symbol to be linked, and an
 * mtcrf of one field becomes mtocrf.
 */
const isOtherwise = (line: string) => /[.$]|^[^ ]* (?:.*,)?[^,(]*(?:cr\d|eq|un|r\d)/.test(line) || /^mtcrf /.test(line);

/** Everything, by a seed. */
export function compareAll(wanted: { readonly seed: number; readonly words: number; readonly perForm: number }) {
  const random = randomOf(wanted.seed);
  const sample = pairs(wanted.words, random);
  const targets = [
    { name: '64-bit little-endian', bits: 64, littleEndian: true },
    { name: '64-bit big-endian', bits: 64, littleEndian: false },
    { name: '32-bit big-endian', bits: 32, littleEndian: false },
  ] as const;
  return {
    words: targets.map((target) => ({ name: target.name, ...compareWords(sample, target) })),
    reading: compareReading(sample),
    lines: compareLines(lines(wanted.perForm, random)),
  };
}

/** Rows of which objdump prints words that are no instruction: it does not look at some reserved bits and values. */
export function tolerated(): string[] {
  const random = randomOf(1);
  const sample = table.flatMap((row) => Array.from({ length: 100 }, () => pairOfRow(row, random)));
  const names = sample.flatMap(([word, next]) =>
    decode(word, next) === null
      ? [recognize(word, next)?.row].map((row) => (row !== undefined && table.includes(row) ? row.mnemonic : ''))
      : [],
  );
  return [...new Set(names)].filter((name) => name !== '').sort();
}

const hex = (word: number) => word.toString(16).padStart(8, '0');
const told = (words: readonly number[] | null) => (words === null ? 'refused' : words.map(hex).join(' '));
