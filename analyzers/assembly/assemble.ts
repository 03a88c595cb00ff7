/**
 * A .S file of the kernel → sections, symbols and relocations, as GNU as would leave them in the object. The one idea: the C
 * preprocessor's tokens become statements, statements run one after the other, and what stays open is settled at the end.
 * Never throws: what is not understood is a problem, and with a problem the result is not to be used.
 *
 * Example: arch/powerpc/kernel/trace/ftrace_entry.S with the defines of a profile and the offsets of its tree gives a section
 * .text whose every word knows its line in the file and, where a macro made it, the macro's line.
 */
import { defaultPreprocessLimits } from '../source/budget.ts';
import type { Lexer } from '../source/lex.ts';
import type { Problem } from '../source/place.ts';
import { preprocess } from '../source/preprocess.ts';
import type { Resolve } from '../source/reading.ts';
import { Assembly, type Target } from './assembly.ts';
import { org, runDirective } from './directive.ts';
import { callMacro, runFlow } from './flow.ts';
import type { Running } from './input.ts';
import { runInstruction } from './instruction.ts';
import { type AssemblyLimits, defaultAssemblyLimits } from './limits.ts';
import type { Span } from './section.ts';
import { type Relocation, settleFixups } from './settle.ts';
import { countStabs } from './stabs.ts';
import { statementsOf } from './statement.ts';
import type { AsSymbol } from './symbol.ts';
import { setSymbol } from './symbol-directive.ts';
import { constantOf, evaluate, positionOf } from './value.ts';

export interface AssembleOptions {
  readonly file: string;
  readonly text: string;
  readonly resolve: Resolve;
  /** Kconfig symbols and what the compiler predefines for the target; what says that it is assembly is added. */
  readonly defines: ReadonlyMap<string, string>;
  /** What <asm/asm-offsets.h> defines. */
  readonly offsets: ReadonlyMap<string, bigint>;
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly limits?: AssemblyLimits;
  readonly lexer?: Lexer;
}

export interface AssembledSection {
  readonly name: string;
  /** Letters: a allocated, w written, x executed. */
  readonly flags: string;
  readonly type: string;
  readonly align: number;
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
  readonly spans: readonly Span[];
}

export interface AssembledSymbol {
  readonly name: string;
  /** null: of another file. */
  readonly section: string | null;
  /** In the section; of an absolute symbol its value. */
  readonly offset: bigint;
  readonly binding: 'local' | 'global' | 'weak';
  readonly type: string | null;
  readonly size: number;
  /** ELFv2: bytes from the global to the local entry. */
  readonly localEntry: number;
}

export interface Assembled {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly sections: readonly AssembledSection[];
  /** All but labels that are numbers; `.L` names too. */
  readonly symbols: readonly AssembledSymbol[];
  readonly askedSymbols: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

export function assembleSource(options: AssembleOptions): Assembled {
  const { file, text, bits, littleEndian, limits = defaultAssemblyLimits } = options;
  const tokens = preprocess({
    file,
    text,
    resolve: withOffsets(options.resolve, options.offsets),
    defines: new Map([...assemblyDefines({ bits, littleEndian }), ...options.defines]),
    limits: defaultPreprocessLimits,
    language: 'assembly',
    ...(options.lexer && { lexer: options.lexer }),
  });
  const assembly = new Assembly({ bits, littleEndian }, limits);
  assembly.input.push({ statements: statementsOf(tokens.tokens), callers: [], leave: null });
  run(assembly);
  countStabs(assembly);
  const relocations = settleFixups(assembly);
  const sections = [...assembly.sections.all.values()].map((builder) => {
    const { name, flags, type, align, spans } = builder;
    return {
      name,
      flags,
      type,
      align,
      spans,
      bytes: builder.bytes.slice(),
      relocations: relocations.get(builder) ?? [],
    };
  });
  const symbols = [...assembly.symbols.byName.values()].map(symbolOf);
  // A header may define anything that is used here, even as an instruction's operand.
  const missing = tokens.skippedIncludes.map(({ path, at }) => ({ kind: 'include', text: `${path} is not there`, at }));
  const problems = [...tokens.problems, ...missing, ...assembly.purse.problems];
  return { bits, littleEndian, sections, symbols, askedSymbols: tokens.askedSymbols, problems };
}

function run(assembly: Assembly): void {
  const { input, purse } = assembly;
  const charge = ({ text, origin }: Running) => purse.statement(text, origin);
  for (let next = input.next(charge); next !== null; next = input.next(charge)) {
    assembly.origin = next.origin;
    runStatement(assembly, next.text);
  }
  if (purse.stopped) return;
  for (const origin of assembly.conditionals.unclosed) purse.report('unterminated', '.if without .endif', origin);
  checkSymbols(assembly);
  if (assembly.sections.depth > 0) assembly.report('unterminated', '.pushsection without .popsection');
}

/** What directives said of a symbol must have a value by now, needed or not. */
function checkSymbols({ symbols, purse }: Assembly): void {
  for (const origin of symbols.missingLabels) purse.report('symbol', 'the label is not there', origin);
  for (const { name, equal, setAt, size, localEntry } of symbols.byName.values()) {
    if ([size, localEntry].some((expression) => expression !== null && constantOf(expression) === null)) {
      purse.report('symbol', `the size or the local entry of ${name} is no number`, setAt);
    }
    const value = equal === null ? undefined : evaluate(equal);
    if (value === null || (value !== undefined && value.minus !== null)) {
      purse.report('symbol', `${name} is set equal to what has no value`, setAt);
    }
  }
}

/** Labels, then a directive, a macro call or an instruction. */
function runStatement(assembly: Assembly, statement: string): void {
  let text = statement;
  for (;;) {
    const [, first = '', operands = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
    // Text that is not active need not be assembly; its conditionals are looked at all the same.
    if (first === '' || runFlow(assembly, first.toLowerCase(), operands)) return;
    const [label, name = ''] = /^([A-Za-z_.$][\w.$]*|\d+)\s*:\s*/.exec(text) ?? [];
    if (label === undefined) {
      runPlain(assembly, text, first, operands);
      return;
    }
    if (!assembly.symbols.define(name)) assembly.report('symbol', `${name} is defined already`);
    text = text.slice(label.length);
  }
}

function runPlain(assembly: Assembly, text: string, first: string, operands: string): void {
  const [, set, value = ''] = /^([A-Za-z_.$][\w.$]*)\s*==?\s*(?!=)(.*)$/s.exec(text) ?? [];
  const macro = assembly.macros.get(first.toLowerCase());
  if (set === '.') org(assembly, value);
  else if (set !== undefined) setSymbol(assembly, set, value);
  else if (first.startsWith('.') && runDirective(assembly, first, operands)) return;
  else if (macro !== undefined) callMacro(assembly, macro, operands);
  else if (first.startsWith('.')) assembly.report('directive', `${first} is no directive that is known here`);
  else runInstruction(assembly, first.toLowerCase(), operands);
}

function symbolOf(symbol: AsSymbol): AssembledSymbol {
  const { name, binding, type, equal } = symbol;
  const position = positionOf(symbol);
  const constant = (expression: AsSymbol['size']) => (expression === null ? null : constantOf(expression));
  const value = position === null ? constant(equal) : BigInt(position.offset);
  const section = position?.section.name ?? (value === null ? null : '*ABS*');
  return {
    ...{ name, section, offset: value ?? 0n, binding, type },
    ...{ size: Number(constant(symbol.size) ?? 0n), localEntry: Number(constant(symbol.localEntry) ?? 0n) },
  };
}

/** What the compiler and the kernel's Makefile say to the preprocessor of any .S file, and numbers that Kconfig gives. */
export function assemblyDefines({ bits, littleEndian }: Target): ReadonlyMap<string, string> {
  return new Map([
    ['__ASSEMBLY__', '1'],
    ['__ASSEMBLER__', '1'],
    ['__CHAR_BIT__', '8'],
    ['__SIZEOF_LONG__', String(bits / 8)],
    [littleEndian ? '__LITTLE_ENDIAN__' : '__BIG_ENDIAN__', '1'],
    ['HAVE_AS_ATHIGH', '1'],
    ['CONFIG_FUNCTION_ALIGNMENT', '4'],
    ['CONFIG_THREAD_SHIFT', bits === 64 ? '14' : '13'],
    ['CONFIG_PPC_FTRACE_OUT_OF_LINE_NUM_RESERVE', '32768'],
  ]);
}

/** asm-offsets.h is made when a kernel is built; here from the offsets given. */
function withOffsets(resolve: Resolve, offsets: ReadonlyMap<string, bigint>): Resolve {
  const text = [...offsets].map(([name, value]) => `#define ${name} ${value}\n`).join('');
  return (path, form, from) => {
    const isOffsets = path === 'asm/asm-offsets.h' || path === 'generated/asm-offsets.h';
    return isOffsets ? { file: 'include/generated/asm-offsets.h', text } : resolve(path, form, from);
  };
}
