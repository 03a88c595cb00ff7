/**
 * Our assembler against GNU as, on one text: every difference in words, none is equality. The one idea: both sides become
 * lists of lines, so that a difference is a line that the other side does not have.
 */
import type { Assembled } from '../../analyzers/assembly/assemble.ts';
import type { GnuObject } from './gnu-as.ts';

/** At most this many differences are told. */
const toldMax = 20;

export function differences(ours: Assembled, theirs: GnuObject): string[] {
  const found: string[] = ours.problems.map(({ kind, text, at }) => `${kind}: ${text} (${at?.file}:${at?.line})`);
  const mine = ours.sections.map(({ name, align, bytes }) => ({ name, align, bytes }));
  found.push(...apart('section', mine.map(headOf), theirs.sections.map(headOf)));
  for (const { name, bytes } of mine) {
    const other = theirs.sections.find((section) => section.name === name)?.bytes ?? new Uint8Array();
    for (let at = 0; at < Math.max(bytes.length, other.length); at++) {
      if (bytes[at] === other[at]) continue;
      const line = placeAt(ours, name, at);
      const [a, b] = [bytes, other].map((image) => Buffer.from(image.subarray(at & ~3, (at & ~3) + 4)).toString('hex'));
      found.push(`${name}+${at & ~3}: ours ${a}, theirs ${b} (${line})`);
      at |= 3;
    }
  }
  const relocations = ours.sections.flatMap(({ name, relocations }) =>
    relocations.map(({ offset, kind, symbol, addend }) => `${name}+${offset} ${kind} ${symbol}+${addend}`),
  );
  found.push(...apart('relocation', relocations, theirs.relocations));
  const symbols = ours.symbols
    // GNU as keeps no .L names; what is of other files the relocations tell.
    .filter(({ name, section }) => !name.startsWith('.L') && section !== null)
    .map(({ name, section, offset, size, binding, type, localEntry }) =>
      [name, section, BigInt.asUintN(ours.bits, offset), size, binding, kindOf(type), localEntry].join(' '),
    );
  const known = theirs.symbols.filter((line) => !line.startsWith('.L') && !line.includes(' *UND* '));
  found.push(...apart('symbol', symbols, known));
  return found.length > toldMax ? [...found.slice(0, toldMax), `and ${found.length - toldMax} more`] : found;
}

const headOf = ({ name, align, bytes }: { name: string; align: number; bytes: Uint8Array }) =>
  `${name} ${bytes.length} bytes, aligned to ${align}`;

const kindOf = (type: string | null) => (type === 'function' || type === 'object' ? type : '-');

function apart(what: string, ours: readonly string[], theirs: readonly string[]): string[] {
  return [
    ...ours.filter((line) => !theirs.includes(line)).map((line) => `${what}: only ours ${line}`),
    ...theirs.filter((line) => !ours.includes(line)).map((line) => `${what}: only theirs ${line}`),
  ];
}

function placeAt({ sections }: Assembled, name: string, offset: number): string {
  const spans = sections.find((section) => section.name === name)?.spans ?? [];
  const span = spans.findLast((candidate) => candidate.offset <= offset);
  return (span?.origin ?? []).map(({ file, line }) => `${file}:${line}`).join(', ');
}
