/**
 * Expressions: to values, to objects (lvalues), and to types without evaluating (sizeof, typeof). One function per
 * question, one case per kind of node.
 */
import { binary, common, convert, elementSize, promote } from './arithmetic.ts';
import type { Expression } from './ast.ts';
import { callExpression, returnTypeOf } from './call.ts';
import { executeBlock } from './execute.ts';
import { initialize, typeOfInitialized } from './initialize.ts';
import { type Interpreter, number } from './interpreter.ts';
import { load, noReasons, type ObjectPlace, pointee, store } from './place-of-value.ts';
import { type CType, isAddress, reasons, types, unknown, type Value, wrap } from './value.ts';
import { variableOf } from './variable.ts';

type Of<Kind extends Expression['kind']> = Expression & { readonly kind: Kind };

export function evaluate(vm: Interpreter, expression: Expression): Value {
  vm.tick();
  switch (expression.kind) {
    case 'integer':
      return { kind: 'scalar', type: vm.types.base(expression.type), bits: expression.value };
    case 'floating':
      return unknown({ kind: 'float', bytes: 8 }, 'floating point');
    case 'string':
      return { kind: 'scalar', type: { kind: 'pointer', to: types.uchar }, bits: stringAddress(vm, expression.value) };
    case 'name':
      return nameValue(vm, expression);
    case 'unary':
      return unaryValue(vm, expression);
    case 'increment': {
      const place = objectOf(vm, expression.operand);
      const before = load(vm, place);
      const after = store(vm, place, binary(vm, expression.operator === '++' ? '+' : '-', before, number(1)));
      return expression.prefix ? after : before;
    }
    case 'binary':
      return binaryValue(vm, expression);
    case 'assign':
      return assigned(vm, expression);
    case 'conditional':
      return conditionalValue(vm, expression);
    case 'comma':
      evaluate(vm, expression.left);
      return evaluate(vm, expression.right);
    case 'call':
      return callExpression(vm, expression);
    case 'member':
    case 'index':
    case 'compound':
      return load(vm, objectOf(vm, expression));
    case 'cast':
      return castValue(vm, expression);
    case 'sizeof': {
      const type = expression.type !== null ? vm.types.resolve(expression.type) : typeOf(vm, expression.operand!);
      return { kind: 'scalar', type: vm.types.ulong, bits: BigInt(vm.types.sizeOf(type)) };
    }
    case 'alignof':
      return {
        kind: 'scalar',
        type: vm.types.ulong,
        bits: BigInt(vm.types.alignOf(vm.types.resolve(expression.type))),
      };
    case 'offsetof':
      return offsetValue(vm, expression);
    case 'statements': {
      const ending = executeBlock(vm, expression.body);
      if (ending !== 0) vm.assume('control leaves a statement expression by a jump, which is not followed', true);
      return vm.current?.last ?? unknown(types.void);
    }
    case 'labelAddress':
      return unknown({ kind: 'pointer', to: types.void }, 'the address of a label');
    case 'generic':
      return evaluate(vm, selected(vm, expression));
    case 'typesCompatible':
      return number(sameType(vm.types.resolve(expression.left), vm.types.resolve(expression.right)) ? 1 : 0);
    case 'choose':
      return evaluate(vm, chosen(vm, expression));
    case 'vaArg':
      return unknown(vm.types.resolve(expression.type), 'a variable argument');
  }
}

/** The object an expression denotes; an rvalue struct is put into a temporary one. */
export function objectOf(vm: Interpreter, expression: Expression): ObjectPlace {
  switch (expression.kind) {
    case 'name': {
      const variable = variableOf(vm, expression);
      if (variable !== null) return { address: variable.address, why: noReasons, type: variable.type, bits: null };
      return undeclared(vm, expression.name, types.uint) ?? rvalueObject(vm, expression);
    }
    case 'unary':
      if (expression.operator === '*') {
        const pointer = evaluate(vm, expression.operand);
        return pointee(vm, pointer, targetOf(pointer.type));
      }
      break;
    case 'member':
      return memberObject(vm, expression);
    case 'index': {
      let [base, index] = [evaluate(vm, expression.object), evaluate(vm, expression.index)];
      if (isAddress(index.type)) [base, index] = [index, base];
      return pointee(vm, binary(vm, '+', base, index), targetOf(base.type));
    }
    case 'compound': {
      const type = typeOfInitialized(vm, vm.types.resolve(expression.type), expression.init);
      const address = vm.allocateLocal(vm.types.roomFor(type), vm.types.alignOf(type));
      initialize(vm, { address, type }, expression.init);
      return { address, why: noReasons, type, bits: null };
    }
    case 'string': {
      const type: CType = { kind: 'array', of: types.uchar, length: expression.value.length + 1 };
      return { address: stringAddress(vm, expression.value), why: noReasons, type, bits: null };
    }
    case 'comma':
      evaluate(vm, expression.left);
      return objectOf(vm, expression.right);
    case 'conditional':
      if (expression.then !== null)
        return objectOf(vm, truth(vm, evaluate(vm, expression.test)) ? expression.then : expression.else);
      break;
    case 'choose':
      return objectOf(vm, chosen(vm, expression));
    case 'generic':
      return objectOf(vm, selected(vm, expression));
    default:
      break;
  }
  return rvalueObject(vm, expression);
}

/** A variable whose declaration is out of sight comes into being where it is first written to. */
function undeclared(vm: Interpreter, name: string, type: CType): ObjectPlace | null {
  const activation = vm.current;
  if (activation === null || vm.types.constant(name) !== null) return null;
  vm.assume(`${name} is not declared in the sources: taken for a local variable`);
  const address = vm.allocateLocal(vm.types.roomFor(type), vm.types.alignOf(type));
  activation.undeclared ??= new Map();
  activation.undeclared.set(name, { address, type });
  return { address, why: noReasons, type, bits: null };
}

function rvalueObject(vm: Interpreter, expression: Expression): ObjectPlace {
  const value = evaluate(vm, expression);
  const address = vm.allocateLocal(vm.types.roomFor(value.type), vm.types.alignOf(value.type));
  const place: ObjectPlace = { address, why: noReasons, type: value.type, bits: null };
  store(vm, place, value);
  return place;
}

/** Is the value non-zero? An unknown is a decision. */
export function truth(vm: Interpreter, value: Value): boolean {
  if (value.kind === 'scalar') return value.bits !== 0n;
  return vm.decide(value.kind === 'unknown' ? value.why : ['a struct is used as a condition']);
}

/** The type of an expression, which is not evaluated. */
export function typeOf(vm: Interpreter, expression: Expression): CType {
  switch (expression.kind) {
    case 'integer':
      return vm.types.base(expression.type);
    case 'floating':
      return { kind: 'float', bytes: 8 };
    case 'string':
      return { kind: 'array', of: types.uchar, length: expression.value.length + 1 };
    case 'name': {
      const variable = variableOf(vm, expression);
      if (variable !== null) return variable.type;
      return vm.types.constant(expression.name) !== null ? types.int : types.int;
    }
    case 'unary': {
      if (expression.operator === '!') return types.int;
      const type = typeOf(vm, expression.operand);
      if (expression.operator === '&') return { kind: 'pointer', to: type };
      return expression.operator === '*' ? targetOf(type) : promote(type);
    }
    case 'increment':
      return typeOf(vm, expression.operand);
    case 'assign':
      return typeOf(vm, expression.left);
    case 'binary': {
      if (/^(&&|\|\||[=!<>]=|[<>])$/.test(expression.operator)) return types.int;
      const [left, right] = [typeOf(vm, expression.left), typeOf(vm, expression.right)];
      if (expression.operator === '<<' || expression.operator === '>>') return promote(left);
      if (isAddress(left)) return isAddress(right) ? vm.types.long : decayed(left);
      return isAddress(right) ? decayed(right) : common(left, right);
    }
    case 'conditional': {
      const [then, other] = [typeOf(vm, expression.then ?? expression.test), typeOf(vm, expression.else)];
      if (then.kind === 'int' && other.kind === 'int') return common(then, other);
      return isAddress(then) || !isAddress(other) ? then : other;
    }
    case 'comma':
      return typeOf(vm, expression.right);
    case 'call':
      return returnTypeOf(vm, expression.callee);
    case 'member': {
      const object = typeOf(vm, expression.object);
      const record = expression.arrow ? targetOf(object) : object;
      return record.kind === 'record'
        ? vm.types.memberOf(record, expression.name, vm.types.ulong).type
        : vm.types.ulong;
    }
    case 'index':
      return targetOf(typeOf(vm, expression.object));
    case 'cast':
      return vm.types.resolve(expression.type);
    case 'compound':
      return typeOfInitialized(vm, vm.types.resolve(expression.type), expression.init);
    case 'sizeof':
    case 'alignof':
    case 'offsetof':
      return vm.types.ulong;
    case 'statements': {
      const last = expression.body.statements.at(-1);
      return last?.kind === 'expression' ? typeOf(vm, last.expression) : types.void;
    }
    case 'labelAddress':
      return { kind: 'pointer', to: types.void };
    case 'generic':
      return typeOf(vm, selected(vm, expression));
    case 'typesCompatible':
      return types.int;
    case 'choose':
      return typeOf(vm, chosen(vm, expression));
    case 'vaArg':
      return vm.types.resolve(expression.type);
  }
}

/** The value of a constant expression; null where it is not one the sources determine. */
export function constantOf(vm: Interpreter, expression: Expression): bigint | null {
  const value = evaluate(vm, expression);
  return value.kind === 'scalar' ? value.bits : null;
}

/** What a pointer or array leads to. */
function targetOf(type: CType): CType {
  if (type.kind === 'pointer') return type.to;
  if (type.kind === 'array') return type.of;
  return type.kind === 'function' ? type : types.int;
}

const decayed = (type: CType): CType => (type.kind === 'array' ? { kind: 'pointer', to: type.of } : type);

function stringAddress(vm: Interpreter, text: string): bigint {
  let address = vm.strings.get(text);
  if (address === undefined) {
    address = vm.allocateGlobal('a string', text.length + 1, 1, 'string');
    vm.memory.write(address, Uint8Array.from([...text].map((char) => char.charCodeAt(0) & 0xff).concat(0)));
    vm.setString(text, address);
  }
  return address;
}

function nameValue(vm: Interpreter, expression: Of<'name'>): Value {
  const variable = variableOf(vm, expression);
  if (variable !== null)
    return load(vm, { address: variable.address, why: noReasons, type: variable.type, bits: null });
  const { name } = expression;
  const constant = vm.types.constant(name);
  if (constant !== null)
    return { kind: 'scalar', type: constant >= 0n && constant > 0x7fffffffn ? types.uint : types.int, bits: constant };
  vm.assume(`${name} is not in the sources`);
  return unknown(vm.types.long, `${name} is not in the sources`);
}

function unaryValue(vm: Interpreter, expression: Of<'unary'>): Value {
  const { operator, operand } = expression;
  if (operator === '&') {
    const place = objectOf(vm, operand);
    const type: CType = { kind: 'pointer', to: place.type };
    return place.address === null ? unknown(type, ...place.why) : { kind: 'scalar', type, bits: place.address };
  }
  if (operator === '*') return load(vm, objectOf(vm, expression));
  const value = evaluate(vm, operand);
  if (operator === '!') {
    if (value.kind !== 'scalar') return unknown(types.int, ...reasons(value));
    return number(value.bits === 0n ? 1 : 0);
  }
  const type = promote(value.type);
  if (value.kind !== 'scalar') return unknown(type, ...reasons(value));
  const bits = operator === '-' ? -value.bits : operator === '~' ? ~value.bits : value.bits;
  if (type.kind === 'int') return { kind: 'scalar', type, bits: wrap(type, bits, type.bytes) };
  return convert(vm, { kind: 'scalar', type, bits }, type);
}

function binaryValue(vm: Interpreter, { operator, left, right }: Of<'binary'>): Value {
  if (operator === '&&') return number(truth(vm, evaluate(vm, left)) && truth(vm, evaluate(vm, right)) ? 1 : 0);
  if (operator === '||') return number(truth(vm, evaluate(vm, left)) || truth(vm, evaluate(vm, right)) ? 1 : 0);
  const first = evaluate(vm, left);
  return binary(vm, operator, first, evaluate(vm, right));
}

function assigned(vm: Interpreter, { operator, left, right }: Of<'assign'>): Value {
  if (operator === '=') {
    const value = evaluate(vm, right);
    if (left.kind === 'name' && variableOf(vm, left) === null) undeclared(vm, left.name, value.type);
    return store(vm, objectOf(vm, left), value);
  }
  const place = objectOf(vm, left);
  const before = load(vm, place);
  const by = evaluate(vm, right);
  return store(vm, place, binary(vm, operator.slice(0, -1) as Of<'binary'>['operator'], before, by));
}

function conditionalValue(vm: Interpreter, expression: Of<'conditional'>): Value {
  const test = evaluate(vm, expression.test);
  const value =
    expression.then === null
      ? truth(vm, test)
        ? test
        : evaluate(vm, expression.else)
      : evaluate(vm, truth(vm, test) ? expression.then : expression.else);
  // Both arms take the common type: (x ? -1 : 0u) is unsigned.
  if (value.kind !== 'scalar' || value.type.kind !== 'int') return value;
  return convert(vm, value, safeTypeOf(vm, expression, value.type));
}

function safeTypeOf(vm: Interpreter, expression: Expression, otherwise: CType): CType {
  const type = typeOf(vm, expression);
  return type.kind === 'int' || type.kind === 'pointer' ? type : otherwise;
}

function castValue(vm: Interpreter, expression: Of<'cast'>): Value {
  const type = vm.types.resolve(expression.type);
  const value = evaluate(vm, expression.operand);
  return type.kind === 'void' ? unknown(type) : convert(vm, value, type);
}

function memberObject(vm: Interpreter, expression: Of<'member'>): ObjectPlace {
  let base: ObjectPlace;
  if (expression.arrow) {
    const pointer = evaluate(vm, expression.object);
    base = pointee(vm, pointer, targetOf(pointer.type));
  } else base = objectOf(vm, expression.object);
  if (base.type.kind !== 'record') {
    vm.assume(`.${expression.name} is used on what is no struct in the sources`, true);
    return {
      address: null,
      why: [`.${expression.name} is used on what is no struct in the sources`],
      type: vm.types.ulong,
      bits: null,
    };
  }
  const member = vm.types.memberOf(base.type, expression.name, vm.types.ulong);
  const address = base.address === null ? null : base.address + BigInt(member.offset);
  return { address, why: base.why, type: member.type, bits: member.bits };
}

function offsetValue(vm: Interpreter, expression: Of<'offsetof'>): Value {
  let type = vm.types.resolve(expression.type);
  let offset = 0n;
  for (const part of expression.path) {
    if (typeof part === 'string') {
      if (type.kind !== 'record') return unknown(vm.types.ulong, 'offsetof of what is no struct');
      const member = vm.types.memberOf(type, part, vm.types.ulong);
      offset += BigInt(member.offset);
      type = member.type;
    } else {
      const index = constantOf(vm, part);
      if (index === null) return unknown(vm.types.ulong, 'offsetof with an unknown index');
      offset += index * BigInt(elementSize(vm, type));
      type = targetOf(type);
    }
  }
  return { kind: 'scalar', type: vm.types.ulong, bits: offset };
}

function selected(vm: Interpreter, expression: Of<'generic'>): Expression {
  const control = decayed(typeOf(vm, expression.control));
  const match = expression.options.find(
    (option) => option.type !== null && sameType(vm.types.resolve(option.type), control),
  );
  return (
    (match ?? expression.options.find((option) => option.type === null) ?? expression.options[0])?.value ??
    expression.control
  );
}

const chosen = (vm: Interpreter, expression: Of<'choose'>): Expression =>
  truth(vm, evaluate(vm, expression.test)) ? expression.then : expression.else;

function sameType(a: CType, b: CType): boolean {
  if (a === b) return true;
  if (a.kind === 'int' && b.kind === 'int') return a.bytes === b.bytes && a.signed === b.signed && a.bool === b.bool;
  if (a.kind === 'pointer' && b.kind === 'pointer') return sameType(a.to, b.to);
  if (a.kind === 'array' && b.kind === 'array') return sameType(a.of, b.of);
  return a.kind === 'void' && b.kind === 'void';
}
