/**
 * The authority our assembler is held to: gcc's preprocessor and GNU as, and what objdump says of the object. The one idea:
 * an object becomes the same value that our assembler gives, so that comparing is comparing values.
 *
 * Example: gnuAssemble({ text: 'bl f', bits: 64, … }) has a section .text of 4 bytes and a relocation R_PPC64_REL24 f.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const as = 'powerpc64le-linux-gnu-as';
const linker = 'powerpc64le-linux-gnu-ld';
const objdump = 'powerpc64le-linux-gnu-objdump';

/** Why nothing can be compared here; null where it can. */
export const gnuAbsent: string | null =
  [as, linker, objdump, 'gcc'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined).join(', ') || null;

interface Target {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
}

export interface GnuObject {
  readonly sections: readonly { readonly name: string; readonly align: number; readonly bytes: Uint8Array }[];
  /** `section+offset KIND symbol+addend`, one a line, in order. */
  readonly relocations: readonly string[];
  /** `name section offset binding localentry`, those of other files too. */
  readonly symbols: readonly string[];
}

/** Assembles plain assembly text, as a file of that name; GNU as's complaint where it refuses. */
export function gnuAssemble(text: string, { bits, littleEndian }: Target, file = 'in.s'): GnuObject | string {
  return inFolder((folder) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    const options = [...optionsOf({ bits, littleEndian }), '-o', 'out.o', file];
    const { status, stderr } = spawnSync(as, options, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) return stderr;
    const { stdout } = spawnSync(objdump, ['-hrtw', 'out.o'], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 });
    return readObject(stdout, readFileSync(join(folder, 'out.o')));
  });
}

/** The kernel's Makefile asks for some processor of 64 bits, or plain 32-bit PowerPC, and takes any instruction. */
const optionsOf = ({ bits, littleEndian }: Target) => [
  `-a${bits}`,
  littleEndian ? '-mlittle' : '-mbig',
  bits === 64 ? '-mpower10' : '-mppc',
  '-many',
];

export interface GnuLinking extends Target {
  /** Section → address, symbol of another file → address. */
  readonly sections: ReadonlyMap<string, bigint>;
  readonly symbols: ReadonlyMap<string, bigint>;
}

/** Assembles and links plain assembly text at fixed addresses: bytes by section, or GNU's complaint. */
export function gnuLink(text: string, linking: GnuLinking): ReadonlyMap<string, Uint8Array> | string {
  const { bits, littleEndian, sections, symbols } = linking;
  return inFolder((folder) => {
    const placed = [...sections].map(([name, at]) => `${name} ${hex(at)} : { *(${name}) }`);
    const known = [...symbols].map(([name, at]) => `"${name}" = ${hex(at)};`);
    writeFileSync(join(folder, 'in.s'), text);
    writeFileSync(join(folder, 'script'), `${known.join('\n')}\nSECTIONS { ${placed.join('\n')} }\n`);
    const format = bits === 32 ? 'elf32ppc' : littleEndian ? 'elf64lppc' : 'elf64ppc';
    const plain = bits === 64 ? ['--no-opd-optimize', '--no-toc-optimize'] : [];
    const options = ['-m', format, '-T', 'script', '-e', '0', ...plain, '-o', 'out', 'out.o'];
    for (const [tool, given] of [
      [as, [...optionsOf({ bits, littleEndian }), '-o', 'out.o', 'in.s']],
      [linker, options],
    ] as const) {
      const { status, stderr } = spawnSync(tool, given, { cwd: folder, encoding: 'utf8' });
      if (status !== 0) return stderr;
    }
    const { stdout } = spawnSync(objdump, ['-hw', 'out'], { cwd: folder, encoding: 'utf8' });
    const object = readObject(stdout, readFileSync(join(folder, 'out')));
    return new Map(object.sections.map(({ name, bytes }) => [name, bytes]));
  });
}

const hex = (value: bigint) => `0x${value.toString(16)}`;

export interface Preprocessing {
  /** The tree's folder; `file` is a path in it. */
  readonly tree: string;
  readonly file: string;
  readonly defines: ReadonlyMap<string, string>;
  readonly offsets: ReadonlyMap<string, bigint>;
}

/** What gcc -E makes of a file of a tree, or its complaint. */
export function gccPreprocess({
  tree,
  file,
  defines,
  offsets,
}: Preprocessing): { text: string } | { complaint: string } {
  return inFolder((folder) => {
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    const lines = (table: ReadonlyMap<string, string | bigint>) =>
      [...table].map(([name, value]) => `#define ${name} ${value}\n`).join('');
    write('defines.h', lines(defines));
    write('asm/asm-offsets.h', lines(offsets));
    // The build makes headers of asm-generic available under asm/ where the architecture has none of its own.
    const generic = join(tree, 'include/asm-generic');
    for (const name of readdirSync(generic).filter((entry) => entry.endsWith('.h'))) {
      write(`wrapped/asm/${name}`, `#include <asm-generic/${name}>\n`);
    }
    const folders = ['arch/powerpc/include', 'include', 'arch/powerpc/include/uapi', 'include/uapi'];
    const options = [
      '-E',
      '-P',
      '-undef',
      '-nostdinc',
      '-w',
      '-x',
      'assembler-with-cpp',
      '-include',
      `${folder}/defines.h`,
    ];
    const searched = [folder, ...folders, `${folder}/wrapped`].flatMap((path) => ['-I', path]);
    const { status, stdout, stderr } = spawnSync('gcc', [...options, ...searched, file], {
      ...{ cwd: tree, encoding: 'utf8', maxBuffer: 1 << 26 },
    });
    return status === 0 ? { text: stdout } : { complaint: stderr };
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'gnu-as-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What `objdump -hrtw` prints of an object, with the bytes of its sections. */
function readObject(printed: string, image: Uint8Array): GnuObject {
  const sections: { name: string; align: number; bytes: Uint8Array }[] = [];
  const relocations: string[] = [];
  const symbols: string[] = [];
  let section = '';
  for (const line of printed.split('\n')) {
    const header = /^\s*\d+ (\S+)\s+([0-9a-f]+)\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+2\*\*(\d+)\s+(.*)$/.exec(line);
    if (header !== null) {
      const [, name = '', size = '', at = '', align = '', flags = ''] = header;
      const [start, length] = [Number.parseInt(at, 16), Number.parseInt(size, 16)];
      const bytes = flags.includes('CONTENTS') ? image.slice(start, start + length) : new Uint8Array(length);
      sections.push({ name, align: 2 ** Number(align), bytes });
    }
    section = /^RELOCATION RECORDS FOR \[(.*)\]/.exec(line)?.[1] ?? section;
    const [, offset = '', kind = '', value = ''] = /^([0-9a-f]+)\s+(R_\S+)\s+(.*)$/.exec(line) ?? [];
    if (kind !== '')
      relocations.push(
        `${section}+${Number.parseInt(offset, 16)} ${kind} ${decimal(value, kind.startsWith('R_PPC64') ? 64 : 32)}`,
      );
    const symbol = /^([0-9a-f]+) (.{7}) (\S+)\t([0-9a-f]+)\s+(?:(0x[0-9a-f]+)\s+)?(?:\.\w+\s+)?(\S+)$/.exec(line);
    if (symbol === null) continue;
    const [, at = '', flags = '', place = '', size = '', other = '0', name = ''] = symbol;
    if (flags.includes('d')) continue; // a section's own, or the file's
    const binding = place === '*UND*' || flags.startsWith('g') ? 'global' : flags.includes('w') ? 'weak' : 'local';
    const entry = [0, 0, 4, 8, 16, 32, 64][Number(other) >> 5] ?? 0;
    const kind2 = flags.endsWith('F') ? 'function' : flags.endsWith('O') ? 'object' : '-';
    symbols.push([name, place, BigInt(`0x${at}`), Number.parseInt(size, 16), binding, kind2, entry].join(' '));
  }
  return { sections, relocations, symbols: symbols.sort() };
}

/** `sym+0x…` with a decimal addend; addends are printed unsigned. */
function decimal(value: string, bits: 32 | 64): string {
  const [, name = '', sign = '+', addend = '0x0'] = /^(.*?)(?:([+-])(0x[0-9a-f]+))?$/.exec(value.trim()) ?? [];
  const number = BigInt.asIntN(bits, BigInt(addend) * (sign === '-' ? -1n : 1n));
  return `${name === '*ABS*' ? '' : name}+${number}`;
}
