/**
 * A vector is a case with what is expected of it, and a vector file has one on each line: tab-separated, under a header line
 * that names the columns in any order; lines that are empty or begin with # are passed over. Reading never throws: a line
 * that is not understood is a problem with its number.
 *
 *     id  class  asm            words     before  mem_before  status  pc_after  after_changed  mem_after  undef
 *     1   fixed  addi r3,r3,1   38630001  r3=1    -           ok      11000204  r3=2           =          -
 */
import type { Mode, Registers } from '../processor.ts';
import { type Case, type Outcome, places, type Status } from './case.ts';
import { namedRegisters, type Undefined } from './difference.ts';

const columns = [
  ...['id', 'class', 'asm', 'words', 'before', 'mem_before'],
  ...['status', 'pc_after', 'after_changed', 'mem_after', 'undef'],
] as const;

export interface Vector extends Undefined {
  readonly line: number;
  readonly id: string;
  readonly asm: string;
  readonly given: Case;
  readonly expected: Outcome;
}

export interface Problem {
  readonly line: number;
  readonly text: string;
}

/** A sequence of more words than this is not taken. */
const wordsMax = 64;

export function readVectors(text: string, mode: Mode): { vectors: Vector[]; problems: Problem[] } {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const isContent = (line: string) => line.trim() !== '' && !line.startsWith('#');
  const first = Math.max(0, lines.findIndex(isContent));
  const header = (lines[first] ?? '').split('\t').map((column) => column.trim().toLowerCase());
  const missing = columns.filter((column) => !header.includes(column) && !optional.has(column));
  if (missing.length > 0) {
    const text = `this is no header of a vector file: there is no column ${missing.join(', ')}`;
    return { vectors: [], problems: [{ line: first + 1, text }] };
  }
  const vectors: Vector[] = [];
  const problems: Problem[] = [];
  for (const [index, content] of lines.entries()) {
    if (index <= first || !isContent(content)) continue;
    const line = index + 1;
    const cells = content.split('\t');
    const vector =
      cells.length === header.length
        ? readVector(new Map(header.map((column, i) => [column, (cells[i] ?? '').trim()])), line, mode)
        : `it has ${cells.length} columns, the header ${header.length}`;
    if (typeof vector === 'string') problems.push({ line, text: vector });
    else vectors.push(vector);
  }
  return { vectors, problems };
}

/** Columns for people, and one that a file without undefined bits does not need. */
const optional = new Set<string>(['class', 'asm', 'undef']);

/** @returns a text that says what is wrong with it, where it cannot be understood */
function readVector(cells: ReadonlyMap<string, string>, line: number, mode: Mode): Vector | string {
  const cell = (column: (typeof columns)[number]) => cells.get(column) ?? '-';
  const words = readWords(cell('words'));
  if (words === null) return `words: ${cell('words')} is not 1 to ${wordsMax} words of 8 hex digits`;
  const before = readRegisters(cell('before'), mode);
  if (typeof before === 'string') return `before: ${before}`;
  const memory = readMemory(cell('mem_before'), new Uint8Array(places.memoryBytes));
  if (memory === null) return `mem_before: not ${places.memoryBytes} bytes in hex`;
  const changed = readRegisters(cell('after_changed'), mode);
  if (typeof changed === 'string') return `after_changed: ${changed}`;
  const memoryAfter = readMemory(cell('mem_after'), memory);
  if (memoryAfter === null) return `mem_after: neither ${places.memoryBytes} bytes in hex nor =`;
  const status = readStatus(cell('status'));
  if (status === null) return `status: ${cell('status')} is neither ok nor SIGILL, SIGTRAP, SIGSEGV or SIGBUS`;
  const nia = cell('pc_after') === '-' ? 0n : readHex(cell('pc_after'), mode.bits);
  if (nia === null) return `pc_after: ${cell('pc_after')} is no address of ${mode.bits} bits in hex`;
  const notCounted = readUndefined(cell('undef'), cell('pc_after') === '-');
  if (typeof notCounted === 'string') return `undef: ${notCounted}`;
  const registers = registersOf(before, BigInt(places.code));
  return {
    line,
    id: cell('id'),
    asm: cell('asm'),
    given: { mode, registers, memory, words },
    expected: { status, registers: registersOf(new Map([...before, ...changed]), nia), memory: memoryAfter },
    ...notCounted,
  };
}

/** What columns may name, and `pc`. */
const names = new Set(namedRegisters(registersOf(new Map(), 0n)).map(([name]) => name));

/** Registers that are not named are 0. */
function registersOf(values: ReadonlyMap<string, bigint>, nia: bigint): Registers {
  const value = (name: string) => values.get(name) ?? 0n;
  return {
    nia,
    lr: value('lr'),
    ctr: value('ctr'),
    cr: Number(value('cr')),
    xer: Number(value('xer')),
    gpr: Array.from({ length: 32 }, (_, register) => value(`r${register}`)),
  };
}

/** A number as vector files write it: hex digits, with or without 0x. */
function readHex(text: string, bits: number): bigint | null {
  const [, digits] = /^(?:0x)?([0-9a-f]{1,64})$/i.exec(text) ?? [];
  if (digits === undefined) return null;
  const value = BigInt(`0x${digits}`);
  return value >> BigInt(bits) === 0n ? value : null;
}

function readWords(text: string): number[] | null {
  const words = text.split(/ +/);
  if (words.length > wordsMax || words.some((word) => !/^(0x)?[0-9a-f]{8}$/i.test(word))) return null;
  return words.map((word) => Number.parseInt(word, 16));
}

/** `r3=1,cr=20000000`, `-` for none. */
function readRegisters(text: string, { bits }: Mode): Map<string, bigint> | string {
  const values = new Map<string, bigint>();
  for (const item of text === '-' || text === '' ? [] : text.split(',')) {
    const [name = '', digits = ''] = item.split('=').map((part) => part.trim());
    const register = name.toLowerCase();
    if (!names.has(register) || register === 'pc') return `${item}: no such register`;
    const value = readHex(digits, register === 'cr' || register === 'xer' ? 32 : bits);
    if (value === null) return `${item}: no value of that register in hex`;
    values.set(register, value);
  }
  return values;
}

function readMemory(text: string, unchanged: Uint8Array): Uint8Array | null {
  if (text === '=' || text === '-' || text === '') return unchanged;
  const digits = text.replace(/^0x|\s/gi, '');
  if (!/^[0-9a-f]*$/i.test(digits) || digits.length !== 2 * places.memoryBytes) return null;
  return bytesOf(digits);
}

const bytesOf = (digits: string) => Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

function readStatus(text: string): Status | null {
  const statuses: readonly Status[] = ['ok', 'SIGILL', 'SIGTRAP', 'SIGSEGV', 'SIGBUS'];
  return statuses.find((status) => status.toLowerCase() === text.toLowerCase()) ?? null;
}

/**
 * `r3:ffffffff00000000;cr:e0000000`, `-` for none; `mem` has a mask as long as the memory, in address order.
 * @param anywhere the line does not say where the PC goes
 */
function readUndefined(text: string, anywhere: boolean): Undefined | string {
  const undefinedBits = new Map<string, bigint>(anywhere ? [['pc', -1n]] : []);
  let undefinedMemory: Uint8Array | null = null;
  for (const item of text === '-' || text === '' ? [] : text.split(';')) {
    const [name = '', digits = ''] = item.split(':').map((part) => part.trim());
    const register = name.toLowerCase();
    if (register === 'mem') {
      undefinedMemory = readMemory(digits, new Uint8Array());
      if (undefinedMemory === null || undefinedMemory.length === 0) return `${item}: not a mask of the memory`;
      continue;
    }
    const mask = readHex(digits, 64);
    if (!names.has(register)) return `${item}: no such register`;
    if (mask === null) return `${item}: no mask in hex`;
    undefinedBits.set(register, mask);
  }
  return { undefinedBits, undefinedMemory };
}

/** A line of a vector file: what `readVectors` reads back. */
export function printVector(vector: Omit<Vector, 'line'> & { readonly class: string }): string {
  const { id, asm, given, expected, undefinedBits, undefinedMemory } = vector;
  const before = new Map(namedRegisters(given.registers).filter(([name]) => name !== 'pc'));
  const after = namedRegisters(expected.registers).filter(
    ([name, value]) => name !== 'pc' && value !== before.get(name),
  );
  const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const list = (items: Iterable<[string, bigint]>, [between, by]: readonly [string, string]) =>
    [...items].map(([name, value]) => `${name}${by}${value.toString(16)}`).join(between);
  const unchanged = hex(given.memory) === hex(expected.memory);
  const masks = list(undefinedBits, [';', ':']);
  const cells: Record<(typeof columns)[number], string> = {
    id,
    class: vector.class,
    asm,
    words: given.words.map((word) => word.toString(16).padStart(8, '0')).join(' '),
    before:
      list(
        [...before].filter(([, value]) => value !== 0n),
        [',', '='],
      ) || '-',
    mem_before: hex(given.memory),
    status: expected.status,
    pc_after: expected.registers.nia.toString(16),
    after_changed: list(after, [',', '=']) || '-',
    mem_after: unchanged ? '=' : hex(expected.memory),
    undef: [masks, undefinedMemory === null ? '' : `mem:${hex(undefinedMemory)}`].filter(Boolean).join(';') || '-',
  };
  return columns.map((column) => cells[column]).join('\t');
}

export const headerLine = columns.join('\t');
