/**
 * An instruction → its words, by the instruction table (analyzers/power). The one idea: operands that are numbers go to
 * the table as text; one that is a symbol goes as 0, and as 16 to see which field it fills, and leaves that field open.
 *
 * Example: `bl ftrace_stub` is 0x48000001 with a field branch24 open.
 */
import { decode, type Instruction } from '../power/code.ts';
import { assemble } from '../power/text.ts';
import type { Assembly } from './assembly.ts';
import { type Field, partOf, putField } from './fixup.ts';
import { type Operand, readOperands } from './operand.ts';
import { constantOf } from './value.ts';

export function runInstruction(assembly: Assembly, mnemonic: string, text: string): void {
  const reason = write(assembly, mnemonic, text);
  if (reason !== null) assembly.report('instruction', `${mnemonic}${text === '' ? '' : ` ${text}`}: ${reason}`);
}

/** A reason in words where it cannot be written. */
function write(assembly: Assembly, mnemonic: string, text: string): string | null {
  const operands = readOperands(text, assembly.symbols);
  if (typeof operands === 'string') return operands;
  const symbolic = operands.filter((operand) => constantOf(operand.expression) === null);
  if (symbolic.length > 1 || operands.some(({ base }) => base !== null && constantOf(base) === null)) {
    return 'more than one operand is no number';
  }
  const words = encode(mnemonic, operands, 0n);
  if (words === null) return 'no instruction that is known here';
  if (assembly.target.littleEndian && /^(?:lmw|stmw|[ls]t?sw[ix])$/.test(mnemonic)) return 'none of little-endian';
  if (assembly.sections.current.size % 4 !== 0) return 'not at a multiple of 4';
  if (words.length === 2) keepTogether(assembly);
  const [open] = symbolic;
  if (open !== undefined) {
    const instruction = decode(words[0] ?? 0, words[1]);
    const field = instruction === null ? null : fieldOf(instruction, words, encode(mnemonic, operands, 16n));
    if (field === null) return 'a symbol where none can be';
    const signed = instruction?.row.fields.has('UI') === false && !takesBothSigns(mnemonic);
    assembly.open({ field, expression: open.expression, suffix: open.suffix, signed });
  }
  for (const word of words) assembly.write(BigInt(word), 4);
  return null;
}

/** What is put into the upper half of a register may be written as an unsigned number. */
const takesBothSigns = (mnemonic: string) => mnemonic === 'lis' || mnemonic === 'addis';

/** Words with the value in place of the symbol; null where the table has no such instruction. */
function encode(mnemonic: string, operands: readonly Operand[], value: bigint): readonly number[] | null {
  const numbers = operands.map(({ expression, suffix, base }): [number: bigint, half: boolean, base: string] => {
    const constant = constantOf(expression);
    const isPart = suffix.of === '' && suffix.part !== 'all';
    const number = constant === null ? value : isPart ? partOf(constant, suffix.part) : constant;
    const half = constant !== null && (isPart || takesBothSigns(mnemonic));
    return [number, half, base === null ? '' : `(${constantOf(base)})`];
  });
  const line = (signed: boolean) =>
    `${mnemonic} ${numbers
      .map(([number, half, base]) => `${signed && half && number > 0x7fffn ? number - 0x10000n : number}${base}`)
      .join(',')}`;
  // Targets are given from here, as GNU as takes a number: from address 0. A half word is what fits, signed or not.
  return assemble(line(false), 0n) ?? assemble(line(true), 0n);
}

/** The field that holds the symbol: the one that changed when the value did, and nothing else. */
function fieldOf({ row }: Instruction, words: readonly number[], changed: readonly number[] | null): Field | null {
  if (changed === null || changed.length !== words.length) return null;
  const wide = (list: readonly number[]) => list.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
  const field = candidates.find(([name]) => row.fields.has(name))?.[1];
  const found = row.suffix === null ? field : 'prefixed34';
  return found !== undefined && putField(found, wide(words), 16n) === wide(changed) ? found : null;
}

const candidates = [
  ['LI', 'branch24'],
  ['BD', 'branch14'],
  ['DS', 'half-ds'],
  ['D', 'half'],
  ['SI', 'half'],
  ['UI', 'half'],
] as const;

/** A prefixed instruction never crosses 64 bytes (Power ISA 3.1B Book I 1.6): GNU as puts a nop before it. */
function keepTogether(assembly: Assembly): void {
  const { current } = assembly.sections;
  current.align = Math.max(current.align, 64);
  if (current.size % 64 === 60) assembly.write(0x60000000n, 4);
}
