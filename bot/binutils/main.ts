/**
 * `binutils`: compares the instruction table's texts with GNU objdump and GNU as, in words and lines made at random, or in
 * the words of object files.
 *
 * Exit status: 0 no difference, 1 some, 2 it could not be run.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { compareAll, compareWords, type Report, tolerated } from './comparison.ts';
import { absent, textSection } from './tools.ts';

const help = `Usage: npm run binutils -- [--words N] [--lines N] [--seed N] [OBJECT…]

Compares words with objdump -Mpower10, and lines of assembly with as -mpower10 -many.
  --words N   so many words: half of any kind, half of the table's rows (20000)
  --lines N   so many lines for each mnemonic and its operands (10)
  --seed N    the seed of a run that is to be repeated
  OBJECT      every word of the .text section of this little-endian object file instead
`;

function printReport(title: string, { compared, known, refused, outside, differences }: Report): string {
  const others = [...outside].sort((a, b) => b[1] - a[1]);
  const sum = others.reduce((total, [, count]) => total + count, 0);
  const rest = sum === 0 ? '' : `, ${sum} of ${others.length} mnemonics outside the table`;
  return [
    `${title}: ${compared} compared, ${known} alike, ${refused} unknown to both${rest}, ${differences.length} differences`,
    ...(sum === 0 ? [] : [`  outside: ${others.map(([name, count]) => `${name} ${count}`).join(', ')}`]),
    ...differences.slice(0, 20).map((text) => `  ${text}`),
  ].join('\n');
}

function main(words: readonly string[]): number {
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(help);
    return 0;
  }
  const wanted = optionsOf(words);
  if (wanted === null || absent !== null) {
    process.stderr.write(wanted === null ? help : `binutils: ${absent}\n`);
    return 2;
  }
  const reports: [string, Report][] = [];
  for (const path of wanted.objects) {
    const text = textSection(path, { bits: 64, littleEndian: true });
    // A suffix is no word to begin at.
    const sample = text.flatMap((word, i) =>
      (text[i - 1] ?? 0) >>> 26 === 1 ? [] : [[word, text[i + 1] ?? 0] as const],
    );
    reports.push([path, compareWords(sample, { bits: 64, littleEndian: true })]);
  }
  if (wanted.objects.length === 0) {
    console.log(`seed ${wanted.seed}`);
    const { words: byTarget, reading, lines } = compareAll(wanted);
    reports.push(...byTarget.map((report): [string, Report] => [`words, ${report.name}`, report]));
    reports.push(['texts read back', reading], ['lines for GNU as', lines]);
  }
  for (const [title, report] of reports) console.log(printReport(title, report));
  console.log(`objdump prints, though no instruction, some words of: ${tolerated().join(', ')}`);
  return reports.some(([, { differences }]) => differences.length > 0) ? 1 : 0;
}

/** @returns null where the words cannot be understood */
function optionsOf(words: readonly string[]) {
  const number = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text));
  try {
    const options = { words: { type: 'string' }, lines: { type: 'string' }, seed: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const wanted = {
      words: number(values.words, 20_000),
      perForm: number(values.lines, 10),
      seed: number(values.seed, randomInt(2 ** 32)),
    };
    if (!Object.values(wanted).every((value) => Number.isSafeInteger(value) && value >= 0)) return null;
    return { ...wanted, objects: positionals };
  } catch {
    return null;
  }
}

process.exitCode = main(process.argv.slice(2));
