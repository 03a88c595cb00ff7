/**
 * An instruction → its words, by the instruction table (analyzers/power). The one idea: operands that are numbers go to
 * the table as text; one that is a symbol goes as 0, and as 16 to see which field it fills, and leaves that field open.
 *
 * Example: `bl ftrace_stub` is 0x48000001 with a field branch24 open.
 */
import { type Instruction, recognize } from '../power/code.ts';
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
  const operands = readOperands(text, assembly);
  if (typeof operands === 'string') return operands;
  if (operands.some(({ expression, suffix }) => suffix.of !== '' && constantOf(expression) !== null)) {
    return 'a number is no symbol of the TOC or the GOT';
  }
  const symbolic = operands.filter((operand) => constantOf(operand.expression) === null);
  if (symbolic.length > 1 || operands.some(({ base }) => base !== null && constantOf(base) === null)) {
    return 'more than one operand is no number';
  }
  const form = formOf(assembly, mnemonic, operands);
  const words = encode(form, operands, 0n);
  if (words === null) return 'no instruction that is known here';
  const instruction = recognize(words[0] ?? 0, words[1]);
  if (instruction === null) return 'an invalid form of the instruction';
  const refusal = refusalOf(assembly, mnemonic);
  if (refusal !== null) return refusal;
  if (words.length === 2) keepTogether(assembly);
  const [open] = symbolic;
  if (open !== undefined) {
    const field = fieldOf(instruction, words, encode(form, operands, 16n));
    if (field === null) return 'a symbol where none can be';
    const { expression, suffix } = open;
    if (field === 'half-ds' && !['all', 'l'].includes(suffix.part)) return 'no such part of an address in this field';
    const range = takesBothSigns(mnemonic) ? 'both' : instruction.row.fields.has('UI') ? 'unsigned' : 'signed';
    assembly.open({ field, expression, suffix, range, hinted: /[+-]$/.test(mnemonic) });
  }
  for (const word of words) assembly.write(BigInt(word), 4);
  return null;
}

/** What the target takes of instructions that there are. */
function refusalOf({ target, sections }: Assembly, mnemonic: string): string | null {
  if (target.littleEndian && /^(?:lmw|stmw|[ls]t?sw[ix])$/.test(mnemonic)) return 'none of little-endian';
  // Processors before ISA 2.00 take a hint by the direction of the branch, and GNU as writes it so for 32 bits.
  if (target.bits === 32 && /^b.*[+-]$/.test(mnemonic)) return 'a hint is not written here for 32 bits';
  if (target.bits === 32 && /^mftb[lu]?$/.test(mnemonic)) return 'another instruction for 32 bits';
  return sections.current.size % 4 === 0 ? null : 'not at a multiple of 4';
}

/** For 64-bit processors GNU as takes mtcrf of one field for mtocrf, as the ISA suggests (Book I 3.3.16). */
function formOf({ target }: Assembly, mnemonic: string, [fields]: readonly Operand[]): string {
  const mask =
    mnemonic === 'mtcrf' && target.bits === 64 && fields !== undefined ? constantOf(fields.expression) : null;
  return mask !== null && mask > 0n && (mask & (mask - 1n)) === 0n ? 'mtocrf' : mnemonic;
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
function fieldOf(
  { row, fields }: Instruction,
  words: readonly number[],
  changed: readonly number[] | null,
): Field | null {
  if (changed === null || changed.length !== words.length) return null;
  const wide = (list: readonly number[]) => list.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
  const field = candidates.find(([name, , AA]) => row.fields.has(name) && fields.AA === AA)?.[1];
  const found = row.suffix === null ? field : 'prefixed34';
  return found !== undefined && putField(found, wide(words), 16n) === wide(changed) ? found : null;
}

/** Field of the row, what it is, and the value of AA that goes with it. */
const candidates = [
  ['LI', 'branch24', 0],
  ['LI', 'absolute24', 1],
  ['BD', 'branch14', 0],
  ['BD', 'absolute14', 1],
  ['DS', 'half-ds', 0],
  ['DQ', 'half-dq', 0],
  ['D', 'half', 0],
  ['SI', 'half', 0],
  ['UI', 'half', 0],
] as const;

/** A prefixed instruction never crosses 64 bytes (Power ISA 3.1B Book I 1.6): GNU as puts a nop before it. */
function keepTogether(assembly: Assembly): void {
  const { current } = assembly.sections;
  current.align = Math.max(current.align, 64);
  if (current.size % 64 === 60) assembly.write(0x60000000n, 4);
}
