/**
 * C's integer arithmetic (C11 6.3.1, 6.5) on exact integers: promotions, the usual arithmetic conversions, wrapping as gcc
 * compiles kernels (-fno-strict-overflow), pointer arithmetic in elements.
 */
import type { BinaryOperator } from './ast.ts';
import type { Interpreter } from './interpreter.ts';
import { type CType, isAddress, reasons, types, unknown, type Value, wrap } from './value.ts';

/** Integer promotion. */
export function promote(type: CType): CType {
  return type.kind === 'int' && (type.bytes < 4 || type.bool) ? types.int : type;
}

/** Usual arithmetic conversions of two integer types. */
export function common(a: CType, b: CType): CType {
  const x = promote(a);
  const y = promote(b);
  if (x.kind !== 'int' || y.kind !== 'int') return x.kind === 'int' ? y : x;
  if (x.bytes !== y.bytes) return x.bytes > y.bytes ? x : y;
  return x.signed ? y : x;
}

/** Converts to a type as assignment and casts do. */
export function convert(vm: Interpreter, value: Value, type: CType): Value {
  // A scalar is within the range of its own type.
  if (value.kind === 'scalar' && value.type === type && type.kind === 'int') return value;
  if (type.kind === 'void') return unknown(type);
  if (value.kind === 'aggregate' || type.kind === 'record') {
    if (value.kind === 'unknown') return unknown(type, ...value.why);
    return value;
  }
  if (value.kind === 'unknown') return unknown(type, ...value.why);
  if (type.kind === 'float') return unknown(type, 'floating point');
  if (isAddress(type))
    return {
      kind: 'scalar',
      type: type.kind === 'pointer' ? type : { kind: 'pointer', to: type },
      bits: wrap(type, value.bits, vm.program.options.pointerBytes),
    };
  return { kind: 'scalar', type, bits: wrap(type, value.bits, vm.program.options.pointerBytes) };
}

function isComparison(operator: BinaryOperator): boolean {
  switch (operator) {
    case '==':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=':
      return true;
    default:
      return false;
  }
}

/** Any binary operator but && and ||. */
export function binary(vm: Interpreter, operator: BinaryOperator, left: Value, right: Value): Value {
  const comparing = isComparison(operator);
  if (left.kind !== 'scalar' || right.kind !== 'scalar') return unknownResult(operator, left, right, comparing);
  if (comparing) return { kind: 'scalar', type: types.int, bits: compare(vm, operator, left, right) ? 1n : 0n };
  if (isAddress(left.type) || isAddress(right.type)) return pointerArithmetic(vm, operator, left, right);
  const shift = operator === '<<' || operator === '>>';
  const type = shift ? promote(left.type) : common(left.type, right.type);
  if (type.kind === 'float') return unknown(type, 'floating point');
  const bytes = vm.program.options.pointerBytes;
  const a = within(type, left, bytes);
  const b = shift ? right.bits : within(type, right, bytes);
  if ((operator === '/' || operator === '%') && b === 0n) return unknown(type, 'division by zero');
  if (shift && (b < 0n || b >= 128n)) return unknown(type, 'shift by more than the width');
  return { kind: 'scalar', type, bits: wrap(type, calculate(operator, a, b), bytes) };
}

/** A scalar's bits in a type, which mostly is its own. */
const within = (type: CType, { type: own, bits }: Value & { kind: 'scalar' }, pointerBytes: number): bigint =>
  own === type ? bits : wrap(type, bits, pointerBytes);

function calculate(operator: BinaryOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    default:
      return a ^ b;
  }
}

function compare(
  vm: Interpreter,
  operator: BinaryOperator,
  left: Value & { kind: 'scalar' },
  right: Value & { kind: 'scalar' },
): boolean {
  let a = left.bits;
  let b = right.bits;
  if (!isAddress(left.type) && !isAddress(right.type)) {
    const type = common(left.type, right.type);
    const bytes = vm.program.options.pointerBytes;
    a = within(type, left, bytes);
    b = within(type, right, bytes);
  } else {
    const bits = vm.program.options.pointerBytes * 8;
    a = BigInt.asUintN(bits, a);
    b = BigInt.asUintN(bits, b);
  }
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '>':
      return a > b;
    case '<=':
      return a <= b;
    default:
      return a >= b;
  }
}

function pointerArithmetic(
  vm: Interpreter,
  operator: BinaryOperator,
  left: Value & { kind: 'scalar' },
  right: Value & { kind: 'scalar' },
): Value {
  const bits = vm.program.options.pointerBytes * 8;
  if (isAddress(left.type) && isAddress(right.type)) {
    const size = BigInt(elementSize(vm, left.type));
    if (operator === '-')
      return { kind: 'scalar', type: vm.types.long, bits: (left.bits - right.bits) / (size === 0n ? 1n : size) };
    return { kind: 'scalar', type: left.type, bits: BigInt.asUintN(bits, calculate(operator, left.bits, right.bits)) };
  }
  const [pointer, offset] = isAddress(left.type) ? [left, right] : [right, left];
  const type: CType = pointer.type.kind === 'array' ? { kind: 'pointer', to: pointer.type.of } : pointer.type;
  const scaled =
    operator === '+' || operator === '-' ? offset.bits * BigInt(elementSize(vm, pointer.type)) : offset.bits;
  return { kind: 'scalar', type, bits: BigInt.asUintN(bits, calculate(operator, pointer.bits, scaled)) };
}

export function elementSize(vm: Interpreter, type: CType): number {
  if (type.kind === 'pointer') return vm.types.sizeOf(type.to);
  return type.kind === 'array' ? vm.types.sizeOf(type.of) : 1;
}

function unknownResult(operator: BinaryOperator, left: Value, right: Value, comparing: boolean): Value {
  const why = reasons(left, right);
  if (why.length === 0) why.push(`operator ${operator} on a struct`);
  if (comparing) return unknown(types.int, ...why);
  const type = isAddress(left.type) ? left.type : isAddress(right.type) ? right.type : common(left.type, right.type);
  return unknown(type, ...why);
}
