/**
 * Directives that write, or say where to write (GNU as manual, 7), as a table by name. The one idea: a row gets its
 * operands as text and does its work on the assembly; a directive without a row is a problem, never passed over.
 *
 * Example: `.align 2` is four bytes on powerpc, and in code it is filled with nops.
 */
import { preferredNop } from '../power/code.ts';
import type { Assembly } from './assembly.ts';
import type { Field } from './fixup.ts';
import { eachOperand, readOperands } from './operand.ts';
import { sectionDirectives } from './section-directive.ts';
import { stabs } from './stabs.ts';
import { leadingString } from './statement.ts';
import { symbolDirectives } from './symbol-directive.ts';
import { constantOf } from './value.ts';

export type Run = (assembly: Assembly, operands: string) => void;

/** Runs one; false where there is no such directive. */
export function runDirective(assembly: Assembly, name: string, operands: string): boolean {
  const run = directives.get(name.toLowerCase());
  run?.(assembly, operands);
  return run !== undefined;
}

function numbers(field: Field & `data${string}`): Run {
  return (assembly, text) => {
    const reason = eachOperand(text, assembly, (operand) => assembly.data(field, operand));
    if (reason !== null) assembly.report('operands', reason);
  };
}

/** Strings side by side are one. */
function strings(end: string): Run {
  return (assembly, text) => {
    let rest = text;
    while (rest !== '') {
      const whole: number[] = [];
      let part = leadingString(rest);
      if (part === null) return assembly.report('operands', `${text} is no string`);
      for (; part !== null; part = leadingString(rest)) {
        for (const byte of readString(part.content)) whole.push(byte);
        rest = rest.slice(part.end).trimStart();
      }
      assembly.bytes(new Uint8Array([...whole, ...readString(end)]));
      if (rest !== '' && !rest.startsWith(',')) return assembly.report('operands', `${rest} stands behind a string`);
      rest = rest.slice(1).trimStart();
    }
  };
}

function readString(text: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const [whole = '', octal, hex, plain = ''] = /^\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|(.))/.exec(text.slice(at)) ?? [];
    if (whole === '') bytes.push(...utf8(text.codePointAt(at) ?? 0));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex.slice(-2), 16));
    else bytes.push((stringEscapes[plain] ?? plain).charCodeAt(0));
    at += Math.max(whole.length, (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) - 1;
  }
  return bytes;
}

const stringEscapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

function utf8(point: number): number[] {
  if (point < 0x80) return [point];
  const tail = (shift: number) => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), tail(0)];
  return point < 0x10000
    ? [0xe0 | (point >> 12), tail(6), tail(0)]
    : [0xf0 | (point >> 18), tail(12), tail(6), tail(0)];
}

/** `.space size[, byte]` */
const space: Run = (assembly, text) => {
  const operands = readOperands(text, assembly);
  if (typeof operands === 'string') return assembly.report('operands', operands);
  const count = assembly.number(operands[0], text);
  const byte = operands.length > 1 ? assembly.number(operands[1], text) : 0n;
  if (count === null || byte === null) return;
  if (count < 0n || count > BigInt(Number.MAX_SAFE_INTEGER)) assembly.report('operands', `a space of ${count} bytes`);
  else assembly.fill(Number(count), Number(byte & 0xffn));
};

/** `.align n[, byte[, most]]`; an operand in the middle may be left out. */
function align(bytesOfOperand: (value: bigint) => bigint): Run {
  return (assembly, text) => {
    const [value, fill, most] = text.split(',').map((operand) => numberOf(assembly, operand));
    const to = value === null || value === undefined ? null : bytesOfOperand(value);
    if (to === null || to < 0n || to > alignMax || (to & (to - 1n)) !== 0n) {
      return assembly.report('operands', `an alignment of ${text}`);
    }
    if (to <= 1n) return;
    const section = assembly.sections.current;
    const gap = Number((-BigInt(section.size) % to) + to) % Number(to);
    section.align = Math.max(section.align, Number(to));
    if (most !== null && most !== undefined && BigInt(gap) > most) return;
    if (!section.flags.includes('x') || (fill !== null && fill !== undefined)) {
      return assembly.fill(gap, Number((fill ?? 0n) & 0xffn));
    }
    fillWithNops(assembly, gap);
  };
}

/** Code is filled with nops, a long gap jumped over; with zeros where no whole instructions fit. */
function fillWithNops(assembly: Assembly, gap: number): void {
  if (gap % 4 !== 0) assembly.fill(gap, 0);
  for (let left = gap % 4 === 0 ? gap : 0; left > 0; left -= 4) {
    assembly.write(left === gap && gap > nopsMax * 4 ? 0x48000000n | BigInt(gap) : BigInt(preferredNop), 4);
  }
}
/** More are jumped over (tc-ppc.c, nop_limit). */
const nopsMax = 4;
const alignMax = 1n << 20n;

/** `.org address` and `. = address`: ahead in this section only. */
export const org: Run = (assembly, text) => {
  const operand = /^([^,]*)(?:,(.*))?$/.exec(text);
  const address = distanceFromStart(assembly, operand?.[1] ?? '');
  const byte = operand?.[2] === undefined ? 0n : numberOf(assembly, operand[2]);
  const { size } = assembly.sections.current;
  if (address === null || byte === null) assembly.report('operands', `.org ${text}: no place that is known here`);
  else if (address < size) assembly.report('operands', `.org ${text} goes back from ${size}`);
  else assembly.fill(address - size, Number(byte & 0xffn));
};

function distanceFromStart(assembly: Assembly, text: string): number | null {
  const { current } = assembly.sections;
  const start = `.-${current.size}`;
  const value = numberOf(assembly, `(${text})-(${start})`) ?? numberOf(assembly, text);
  return value === null ? null : Number(value);
}

function numberOf(assembly: Assembly, text: string): bigint | null {
  const operands = readOperands(text, assembly);
  const operand = typeof operands === 'string' || operands.length !== 1 ? undefined : operands[0];
  return operand === undefined || operand.base !== null ? null : constantOf(operand.expression);
}

/** `.tc name[TC],address`: an entry of the TOC. */
const tocEntry: Run = (assembly, text) => {
  const size = assembly.target.bits / 8;
  runDirective(assembly, '.balign', String(size));
  runDirective(assembly, size === 8 ? '.quad' : '.long', text.slice(text.indexOf(',') + 1));
};

const nothing: Run = () => {};

const directives: ReadonlyMap<string, Run> = new Map<string, Run>([
  ...['.byte'].map((name): [string, Run] => [name, numbers('data1')]),
  ...['.short', '.2byte', '.hword', '.half', '.word'].map((name): [string, Run] => [name, numbers('data2')]),
  ...['.long', '.4byte', '.int'].map((name): [string, Run] => [name, numbers('data4')]),
  ...['.quad', '.8byte', '.llong'].map((name): [string, Run] => [name, numbers('data8')]),
  ['.ascii', strings('')],
  ...['.asciz', '.string'].map((name): [string, Run] => [name, strings('\\0')]),
  ...['.space', '.skip', '.zero'].map((name): [string, Run] => [name, space]),
  ...['.align', '.p2align'].map((name): [string, Run] => [name, align((n) => (n >= 0n && n < 64n ? 1n << n : -1n))]),
  ['.balign', align((n) => n)],
  ['.org', org],
  ['.tc', tocEntry],
  ['.stabs', stabs],
  ...sectionDirectives,
  ...symbolDirectives,
  // What they say changes no byte: which processor is meant, and what debuggers and readers of listings want to know.
  ...['.machine', '.abiversion', '.file', '.ident', '.gnu_attribute', '.list', '.nolist', '.print'].map(
    (name): [string, Run] => [name, nothing],
  ),
  ['.error', (assembly, text) => assembly.report('error-directive', `.error ${text}`)],
  ['.err', (assembly) => assembly.report('error-directive', '.err')],
  ['.warning', nothing],
]);
