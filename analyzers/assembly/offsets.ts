/**
 * What a tree's arch/powerpc/kernel/asm-offsets.c makes known to assembly: names and their numbers. The one idea: its main()
 * is read as C with DEFINE() left standing, and every value is worked out from the layouts of the few headers that entry
 * code depends on; a field of another struct gets a place of its own there, and its name is noted as assumed.
 *
 * Example: GPR1 is STACK_INT_FRAME_REGS + offsetof(struct pt_regs, gpr[1]), known; PACATOC is some place in the PACA, assumed.
 */
import type { BinaryOperator, Expression, Statement } from '../source/ast.ts';
import { defaultPreprocessLimits } from '../source/budget.ts';
import { Interpreter } from '../source/interpreter.ts';
import type { Lexer } from '../source/lex.ts';
import { parseUnit } from '../source/parse.ts';
import type { Problem } from '../source/place.ts';
import { preprocess } from '../source/preprocess.ts';
import { link } from '../source/program.ts';
import type { Resolve } from '../source/reading.ts';
import type { CType, RecordType } from '../source/value.ts';

export interface OffsetOptions {
  /** Of arch/powerpc/kernel/asm-offsets.c. */
  readonly file: string;
  readonly text: string;
  readonly resolve: Resolve;
  readonly defines: ReadonlyMap<string, string>;
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly lexer?: Lexer;
}

export interface Offsets {
  readonly values: ReadonlyMap<string, bigint>;
  /** Names whose number the headers read do not settle: each has a place that no other has. */
  readonly assumed: ReadonlySet<string>;
  /** Kconfig symbols that were asked for. */
  readonly askedSymbols: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Headers whose layouts are the same whatever the rest of the kernel is. */
const headers: ReadonlySet<string> = new Set([
  'asm/ptrace.h',
  'uapi/asm/ptrace.h',
  'asm/thread_info.h',
  'asm/ftrace.h',
  'linux/ftrace.h',
  'linux/bug.h',
  'asm/bug.h',
  'asm-generic/bug.h',
  'asm/asm-const.h',
]);

/** DEFINE stands for itself; thread_info is the first of task_struct wherever it is in it (CONFIG_THREAD_INFO_IN_TASK). */
const prelude = `
#include <asm/ptrace.h>
#include <asm/thread_info.h>
#include <linux/ftrace.h>
#include <linux/bug.h>
#define OFFSET(sym, str, mem) DEFINE(sym, __builtin_offsetof(struct str, mem))
#define DEFINE(sym, val) asm_offset("" #sym, val)
#define BLANK()
#define COMMENT(x)
#define offsetof(t, m) __builtin_offsetof(t, m)
static inline void first_of_all(void) { asm_offset("", __builtin_offsetof(struct task_struct, thread_info)); }
`;

export function offsetsOf(options: OffsetOptions): Offsets {
  const { file, text, bits, littleEndian, defines, resolve, lexer } = options;
  const { tokens, askedSymbols } = preprocess({
    ...{ file, text, defines, limits: defaultPreprocessLimits, ...(lexer && { lexer }) },
    resolve: (path, form, from) => (headers.has(path) ? resolve(path, form, from) : null),
    preludes: [{ file: 'asm-offsets prelude', text: prelude }],
  });
  const unit = parseUnit(file, tokens, { longBits: bits });
  const program = link([unit], { pointerBytes: bits === 64 ? 8 : 4, littleEndian });
  const machine = new Interpreter(program, { builtins: new Map(), symbols: new Map() });
  const values = new Map<string, bigint>();
  const assumed = new Set<string>();
  const statements = ['first_of_all', 'main'].flatMap((name) => {
    const definition = program.functions.get(name);
    return definition === undefined ? [] : definition.body.statements;
  });
  for (const { name, value } of statements.flatMap(definitionOf)) {
    if (name !== '' && values.size >= namesMax) break;
    const number = numberOf(machine, value);
    if (name === '') continue;
    values.set(name, number?.value ?? slotsFrom + slotBytes * BigInt(assumed.size));
    if (number === null || !number.certain) assumed.add(name);
  }
  const problems: Problem[] = [];
  if (values.size === 0) problems.push({ kind: 'offsets', text: `${file} defines no offsets` });
  return { values, assumed, askedSymbols, problems };
}

/** The largest asm-offsets.c has five hundred. */
const namesMax = 5000;
/** Where values go that are no offsets in a struct; within reach of a displacement. */
const slotsFrom = 0x4000n;
const slotBytes = 16n;

function definitionOf(statement: Statement): { name: string; value: Expression }[] {
  if (statement.kind !== 'expression' || statement.expression.kind !== 'call') return [];
  const { callee, args } = statement.expression;
  const [name, value] = args;
  const isOffset = callee.kind === 'name' && callee.name === 'asm_offset';
  return isOffset && name?.kind === 'string' && value !== undefined ? [{ name: name.value, value }] : [];
}

interface Known {
  readonly value: bigint;
  /** The headers settle it. */
  readonly certain: boolean;
}

/** null: nothing that layouts and numbers say. */
function numberOf(machine: Interpreter, expression: Expression): Known | null {
  switch (expression.kind) {
    case 'integer':
      return { value: expression.value, certain: true };
    case 'cast':
      return numberOf(machine, expression.operand);
    case 'unary': {
      const of = numberOf(machine, expression.operand);
      const made =
        of === null ? undefined : { '-': -of.value, '+': of.value, '~': ~of.value }[expression.operator as string];
      return of === null || made === undefined ? null : { ...of, value: made };
    }
    case 'binary': {
      const left = numberOf(machine, expression.left);
      const right = numberOf(machine, expression.right);
      const value = left === null || right === null ? null : calculate(expression.operator, left.value, right.value);
      return value === null ? null : { value, certain: left?.certain === true && right?.certain === true };
    }
    case 'name': {
      const value = machine.types.constant(expression.name);
      return value === null ? null : { value, certain: true };
    }
    case 'sizeof': {
      const type = expression.type === null ? null : machine.types.resolve(expression.type);
      return type === null ? null : { value: BigInt(machine.types.sizeOf(type)), certain: isCertain(type) };
    }
    case 'offsetof':
      return offsetIn(machine, machine.types.resolve(expression.type), expression.path);
    default:
      return null;
  }
}

function offsetIn(machine: Interpreter, from: CType, path: readonly (string | Expression)[]): Known | null {
  let type = from;
  let known: Known = { value: 0n, certain: true };
  for (const part of path) {
    if (typeof part === 'string') {
      if (type.kind !== 'record') return null;
      const record = type;
      const member = machine.types.memberOf(record, part, machine.types.ulong);
      const certain = known.certain && isCertainUpTo(record, member.offset);
      known = { value: known.value + BigInt(member.offset), certain };
      type = member.type;
    } else {
      const index = numberOf(machine, part);
      if (index === null) return null;
      const element: CType = type.kind === 'array' ? type.of : type;
      const bytes = BigInt(machine.types.sizeOf(element));
      known = {
        value: known.value + index.value * bytes,
        certain: known.certain && index.certain && isCertain(element),
      };
      type = element;
    }
  }
  return known;
}

function isCertain(type: CType): boolean {
  if (type.kind === 'array') return isCertain(type.of);
  return type.kind !== 'record' || (!type.lazy && type.members.every((member) => isCertain(member.type)));
}

/** What lies before it is all known. */
function isCertainUpTo(record: RecordType, offset: number): boolean {
  if (record.lazy) return false;
  return record.members.every((member) => member.offset >= offset || isCertain(member.type));
}

function calculate(operator: BinaryOperator, a: bigint, b: bigint): bigint | null {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? null : a / b;
    case '<<':
      return b < 0n || b > 63n ? null : a << b;
    case '>>':
      return b < 0n || b > 63n ? null : a >> b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    default:
      return null;
  }
}
