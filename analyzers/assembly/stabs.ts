/**
 * `.stabs`, which 32-bit kernels up to v5.17 write at every function: twelve bytes in .stab, its string in .stabstr. The one
 * idea: an entry is its string's offset, four small numbers and a value; the first one is made by the assembler and, at
 * the end, counts the others.
 *
 * Example: `.stabs "f:F-1",36,0,0,f` is an entry with a relocation for f.
 */
import type { Assembly } from './assembly.ts';
import type { Run } from './directive.ts';
import { noSuffix } from './fixup.ts';
import { readOperands } from './operand.ts';
import type { SectionBuilder } from './section.ts';
import { leadingString } from './statement.ts';

export const stabs: Run = (assembly, text) => {
  const string = leadingString(text);
  const operands = readOperands(text.slice(string?.end ?? 0).replace(/^\s*,/, ''), assembly);
  if (string === null || typeof operands === 'string' || operands.length !== 4) {
    return assembly.report('operands', `.stabs ${text}`);
  }
  const here = assembly.sections.current;
  const [entries, strings] = stabSections(assembly);
  assembly.sections.current = entries;
  assembly.write(BigInt(stringOffset(assembly, strings, string.content)), 4);
  const [type, other, description, value] = operands;
  for (const [operand, field] of [
    [type, 'data1'],
    [other, 'data1'],
    [description, 'data2'],
    [value, 'data4'],
  ] as const) {
    if (operand !== undefined) assembly.data(field, { ...operand, suffix: noSuffix });
  }
  assembly.sections.current = here;
};

/** Both sections; made with their first entry, which names the file. */
function stabSections(assembly: Assembly): [entries: SectionBuilder, strings: SectionBuilder] {
  const { all } = assembly.sections;
  const isNew = !all.has('.stab');
  const entries = assembly.sections.named('.stab', { flags: '', type: '@progbits' });
  const strings = assembly.sections.named('.stabstr', { flags: '', type: '@strtab' });
  if (isNew) {
    entries.align = 4;
    const here = assembly.sections.current;
    assembly.sections.current = strings;
    assembly.fill(1, 0);
    assembly.sections.current = entries;
    assembly.write(BigInt(stringOffset(assembly, strings, assembly.origin[0]?.file ?? '')), 4);
    assembly.fill(8, 0);
    assembly.sections.current = here;
  }
  return [entries, strings];
}

function stringOffset(assembly: Assembly, strings: SectionBuilder, text: string): number {
  if (text === '') return 0;
  const here = assembly.sections.current;
  const offset = strings.size;
  assembly.sections.current = strings;
  assembly.bytes(new Uint8Array([...new TextEncoder().encode(text), 0]));
  assembly.sections.current = here;
  return offset;
}

/** The first entry's counts: how many others, how long the strings. */
export function countStabs({ sections, target }: Assembly): void {
  const entries = sections.all.get('.stab');
  const strings = sections.all.get('.stabstr');
  if (entries === undefined || strings === undefined) return;
  const view = new DataView(entries.bytes.buffer, entries.bytes.byteOffset, entries.size);
  view.setUint16(6, entries.size / 12 - 1, target.littleEndian);
  view.setUint32(8, strings.size, target.littleEndian);
}
