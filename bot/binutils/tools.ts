/**
 * GNU binutils as an authority on words and texts: what objdump prints of words, and what GNU as makes of lines.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tool = (name: string) => `powerpc64le-linux-gnu-${name}`;

export const absent: string | null = ['objdump', 'as', 'objcopy'].some(
  (name) => spawnSync(tool(name), ['--version']).error !== undefined,
)
  ? 'binutils-powerpc64le-linux-gnu is not installed'
  : null;

export interface Target {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
}

/** A word and the one behind it. */
export type Pair = readonly [word: number, next: number];

/** Bytes from pair to pair: a second word that is a prefix takes what follows for its suffix. */
export const stride = 16;

/** What objdump -Mpower10 prints of the first word of each pair, at address `stride` × index from `from` on. */
export function objdump(pairs: readonly Pair[], { bits, littleEndian }: Target, from = 0): string[] {
  return inFolder((file) => {
    const image = Buffer.alloc(stride * pairs.length);
    for (const [i, words] of pairs.entries())
      for (const [j, word] of words.entries())
        if (littleEndian) image.writeUInt32LE(word, stride * i + 4 * j);
        else image.writeUInt32BE(word, stride * i + 4 * j);
    writeFileSync(file('words'), image);
    const machine = bits === 64 ? 'powerpc:common64' : 'powerpc:common';
    const shown = ['-D', '-z', '-b', 'binary', '-m', machine, littleEndian ? '-EL' : '-EB', '-Mpower10'];
    const options = [...shown, `--adjust-vma=${from}`, file('words')];
    const { stdout } = spawnSync(tool('objdump'), options, { encoding: 'utf8', maxBuffer: 2 ** 28 });
    const lines = new Map(
      [...stdout.matchAll(/^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/gm)].map(([, at = '', text = '']) => [
        Number.parseInt(at, 16),
        text,
      ]),
    );
    return pairs.map((_, i) => lines.get(from + stride * i) ?? '');
  });
}

/** The words GNU as makes of each line (at an even multiple of 4); null where it refuses. */
export function gnuAs(lines: readonly string[]): (readonly number[] | null)[] {
  return inFolder((file) => {
    const refused = new Set<number>();
    // A refused line makes no object at all, so that the rest are read again without it.
    for (let attempt = 0; attempt < 4; attempt++) {
      const source = lines.map((line, i) => `.org ${8 * i},0\n${refused.has(i) ? '' : line}\n`).join('');
      writeFileSync(file('in.s'), source);
      const options = ['-mpower10', '-many', '-mregnames', '-mbig', '-a64', '-o', file('out.o'), file('in.s')];
      const { status, stderr } = spawnSync(tool('as'), options, { encoding: 'utf8', maxBuffer: 2 ** 28 });
      for (const [, line] of stderr.matchAll(/in\.s:(\d+): Error/g)) refused.add(Math.floor((Number(line) - 1) / 2));
      if (status !== 0) continue;
      spawnSync(tool('objcopy'), ['-O', 'binary', '-j', '.text', file('out.o'), file('out')]);
      const image = Buffer.concat([readFileSync(file('out')), Buffer.alloc(8)]);
      return lines.map((_, i) => {
        const [word, next] = [image.readUInt32BE(8 * i), image.readUInt32BE(8 * i + 4)];
        return refused.has(i) ? null : word >>> 26 === 1 ? [word, next] : [word];
      });
    }
    throw new Error('GNU as finds ever more lines to refuse');
  });
}

/** The words of an object's .text section. */
export function textSection(path: string, { littleEndian }: Target): number[] {
  return inFolder((file) => {
    spawnSync(tool('objcopy'), ['-O', 'binary', '-j', '.text', path, file('out')]);
    const image = readFileSync(file('out'));
    return Array.from({ length: Math.floor(image.length / 4) }, (_, i) =>
      littleEndian ? image.readUInt32LE(4 * i) : image.readUInt32BE(4 * i),
    );
  });
}

function inFolder<T>(work: (file: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'binutils-'));
  try {
    return work((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
