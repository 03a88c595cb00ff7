/**
 * Everything that changes while a file is assembled, and what directives and instructions do to it: write bytes that know
 * their origin, leave fields open, define symbols, complain. The one idea: whatever does not understand something says
 * so here and goes on, and nobody who sees a problem may use the result.
 *
 * Example: `assembly.data(field, operand)` writes a number at once, or zeros and a fixup for the end.
 */
import type { Place } from '../source/place.ts';
import { Conditionals } from './conditional.ts';
import type { Expression } from './expression.ts';
import { bytesOf, type Field, noSuffix, partOf, putField, type Suffix, toBytes } from './fixup.ts';
import { Input } from './input.ts';
import { type AssemblyLimits, Purse } from './limits.ts';
import type { AsMacro } from './macro.ts';
import type { Operand } from './operand.ts';
import { type SectionBuilder, Sections } from './section.ts';
import { Symbols } from './symbol.ts';
import { constantOf } from './value.ts';

export interface Target {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
}

/** A field that is settled at the end. */
export interface Fixup {
  readonly section: SectionBuilder;
  /** Of the instruction or the datum. */
  readonly offset: number;
  readonly field: Field;
  readonly suffix: Suffix;
  readonly expression: Expression;
  /** What a half word of an instruction may be, written as a whole number. */
  readonly range: 'signed' | 'unsigned' | 'both';
  /** A branch with a hint in its name. */
  readonly hinted: boolean;
  readonly origin: readonly Place[];
}

export class Assembly {
  readonly target: Target;
  readonly purse: Purse;
  readonly input = new Input();
  readonly conditionals = new Conditionals();
  readonly sections = new Sections();
  readonly symbols: Symbols;
  readonly macros = new Map<string, AsMacro>();
  readonly fixups: Fixup[] = [];
  /** Macros called so far: `\@`. */
  macroCount = 0;
  /** Of the statement being run. */
  origin: readonly Place[] = [];

  constructor(target: Target, limits: AssemblyLimits) {
    this.target = target;
    this.purse = new Purse(limits);
    this.symbols = new Symbols(
      () => ({ section: this.sections.current, offset: this.sections.current.size }),
      () => this.origin,
    );
  }

  report(kind: string, text: string): void {
    this.purse.report(kind, text, this.origin);
  }

  /** A number in the target's byte order. */
  write(value: bigint, bytes: 1 | 2 | 4 | 8): void {
    if (!this.purse.bytes(bytes, this.origin)) return;
    this.sections.current.append(toBytes(value, bytes, this.target.littleEndian), this.origin);
  }

  bytes(bytes: Uint8Array): void {
    if (this.purse.bytes(bytes.length, this.origin)) this.sections.current.append(bytes, this.origin);
  }

  fill(count: number, byte: number): void {
    if (this.purse.bytes(count, this.origin)) this.sections.current.fill(count, byte, this.origin);
  }

  /** A datum: its number where that is known, else what the end will make of it. */
  data(field: Field & `data${string}`, { expression, suffix, base }: Operand): void {
    if (base !== null) this.report('operands', 'a datum has no base register');
    const constant = suffix.of === '' ? constantOf(expression) : null;
    if (constant === null) this.open({ field, expression, suffix, range: 'both', hinted: false });
    const value = constant === null ? 0n : partOf(constant, suffix.part);
    const shown = putField(field, 0n, value);
    if (typeof shown === 'string') this.report('overflow', shown);
    this.write(value, bytesOf[field]);
  }

  open(fixup: Pick<Fixup, 'field' | 'expression' | 'suffix' | 'range' | 'hinted'>): void {
    const { current } = this.sections;
    this.fixups.push({ ...fixup, section: current, offset: current.size, origin: this.origin });
  }

  /** An expression that must be a number now; null and a problem where it is none. */
  number(operand: Operand | undefined, what: string): bigint | null {
    const isPlain = operand !== undefined && operand.suffix === noSuffix && operand.base === null;
    const value = !isPlain ? null : constantOf(operand.expression);
    if (value === null) this.report('expression', `${what} is no number that is known here`);
    return value;
  }
}
