/**
 * Calls. A name is looked for among the host's built-ins, the functions of the calling file, the program's functions, what
 * gcc builds in; a name nobody knows yields an unknown and is recorded, and its arguments' memory is taken as untouched.
 */
import { convert } from './arithmetic.ts';
import type { Expression, FunctionDefinition } from './ast.ts';
import { evaluate, typeOf } from './evaluate.ts';
import { executeBlock } from './execute.ts';
import { gccBuiltin } from './gcc.ts';
import { type Activation, type Interpreter, Stop } from './interpreter.ts';
import { noReasons, store } from './place-of-value.ts';
import { type CType, reasons, types, unknown, type Value } from './value.ts';
import { functionType, localOf, variableOf } from './variable.ts';

export function callExpression(vm: Interpreter, expression: Expression & { kind: 'call' }): Value {
  const { callee } = expression;
  const args: Value[] = [];
  for (const argument of expression.args) args.push(evaluate(vm, argument));
  // The place of the call, also after arguments that were calls themselves.
  if (vm.current !== null) vm.current.at = expression.at;
  if (callee.kind === 'name' && !isVariable(vm, callee)) return callNamed(vm, callee.name, args);
  const target = evaluate(vm, callee.kind === 'unary' && callee.operator === '*' ? callee.operand : callee);
  return callValue(vm, target, args);
}

/** Calls by name or by function pointer: for built-ins that call back, and for the start of a run. */
export function callFunction(vm: Interpreter, callee: string | Value, args: readonly Value[]): Value {
  return typeof callee === 'string' ? callNamed(vm, callee, args) : callValue(vm, callee, args);
}

export function callNamed(vm: Interpreter, name: string, args: readonly Value[]): Value {
  const builtin = vm.host.builtins.get(name);
  if (builtin !== undefined) {
    vm.tick();
    const type = functionType(vm, name);
    const returns = type?.kind === 'function' ? type.returns : vm.types.long;
    return (
      builtin(args, vm.context()) ?? unknown(returns.kind === 'void' ? types.void : returns, `what ${name}() returns`)
    );
  }
  const definition = definitionOf(vm, name);
  if (definition !== null) return invoke(vm, definition, args);
  const known = gccBuiltin(vm, name, args);
  if (known !== null) return known;
  vm.host.onUnknownCall?.(name, args, () => vm.context());
  vm.assume(`function ${name}() is not in the sources: its result is unknown and it is taken to change nothing`);
  const prototype = vm.program.prototypes.get(name);
  const type = prototype === undefined ? null : vm.types.resolve(prototype);
  return unknown(type?.kind === 'function' ? type.returns : vm.types.long, `what ${name}() returns`);
}

/** Calls the sources' own function of this name, built in or not; undefined where they have none. */
export function callDefinition(vm: Interpreter, name: string, args: readonly Value[]): Value | undefined {
  const definition = definitionOf(vm, name);
  return definition === null ? undefined : invoke(vm, definition, args);
}

/** What a call of this callee yields, without calling it. */
export function returnTypeOf(vm: Interpreter, callee: Expression): CType {
  if (callee.kind === 'name' && !isVariable(vm, callee)) {
    const definition = definitionOf(vm, callee.name);
    const type = definition !== null ? vm.types.resolve(definition.type) : functionType(vm, callee.name);
    return type?.kind === 'function' ? type.returns : vm.types.long;
  }
  let type = typeOf(vm, callee);
  if (type.kind === 'pointer') type = type.to;
  return type.kind === 'function' ? type.returns : vm.types.long;
}

function callValue(vm: Interpreter, target: Value, args: readonly Value[]): Value {
  if (target.kind !== 'scalar') {
    vm.assume(`a call goes through an unknown pointer: ${reasons(target).join('; ')}`, true);
    return unknown(vm.types.long, ...reasons(target));
  }
  const name = vm.functionNames.get(target.bits);
  if (name !== undefined) return callNamed(vm, name, args);
  throw new Stop('fault', `a call goes to 0x${target.bits.toString(16)}, where no function is`);
}

/** A local or global object of this name hides a function (a function pointer parameter named like one). */
function isVariable(vm: Interpreter, callee: Expression & { kind: 'name' }): boolean {
  if (localOf(vm, callee) !== null) return true;
  const { name } = callee;
  if (vm.program.functions.has(name) || vm.program.prototypes.has(name) || vm.host.builtins.has(name)) return false;
  return vm.program.globals.has(name) && variableOf(vm, callee) !== null;
}

function definitionOf(vm: Interpreter, name: string): FunctionDefinition | null {
  const file = vm.current?.fn.at.file;
  const own = file === undefined ? undefined : vm.program.statics.get(file)?.get(name);
  if (own !== undefined) return own;
  const other = vm.program.functions.get(name) ?? null;
  if (other?.storage === 'static' && file !== undefined && isUnit(file) && isUnit(other.at.file)) {
    vm.assume(`${name}() is static in ${other.at.file}, and taken from there for ${file}`);
  }
  return other;
}

/** A file of its own, not a header. */
const isUnit = (file: string) => file.endsWith('.c');

function invoke(vm: Interpreter, fn: FunctionDefinition, args: readonly Value[]): Value {
  const call = vm.callsBegun++;
  const { calls, steps } = vm;
  if (calls === null) return run(vm, fn, args);
  const taken = calls.taken(call);
  if (taken !== null) return taken;
  const value = run(vm, fn, args);
  calls.ended(call, value, vm.steps - steps);
  return value;
}

function run(vm: Interpreter, fn: FunctionDefinition, args: readonly Value[]): Value {
  vm.tick();
  if (vm.activations.length >= vm.limits.callDepthMax)
    throw new Stop('limit', `calls nest deeper than ${vm.limits.callDepthMax}`);
  vm.entered.add(fn);
  const type = vm.types.resolve(fn.type) as CType & { kind: 'function' };
  const stackTop = vm.stackTop;
  checkArity(vm, fn, args.length);
  const activation: Activation = {
    fn,
    at: fn.at,
    variables: new Array(fn.slots),
    undeclared: null,
    returns: type.returns,
    value: unknown(type.returns),
    last: unknown(types.void),
    label: '',
  };
  const { parameters } = fn.type;
  for (let index = 0; index < parameters.length; index++) {
    if (parameters[index]!.name === null) continue;
    const given = adjusted(type.parameters[index] ?? types.int);
    const argument = args[index];
    const whole = argument !== undefined && (given.kind === 'int' || given.kind === 'pointer');
    const [room, align] = [vm.types.roomFor(given), vm.types.alignOf(given)];
    const address = whole ? vm.reserveLocal(room, align) : vm.allocateLocal(room, align);
    activation.variables[index] = { address, type: given };
    if (argument !== undefined) store(vm, { address, type: given, why: noReasons, bits: null }, argument);
  }
  vm.enter(activation);
  executeBlock(vm, fn.body);
  vm.leave();
  vm.stackTop = stackTop;
  if (type.returns.kind === 'void') return unknown(types.void);
  return convert(
    vm,
    activation.value.type.kind === 'void'
      ? unknown(type.returns, `${fn.name}() returns no value here`)
      : activation.value,
    type.returns,
  );
}

/** Parameters of array and function type are pointers (C11 6.7.6.3). */
function adjusted(type: CType): CType {
  if (type.kind === 'array') return { kind: 'pointer', to: type.of };
  return type.kind === 'function' ? { kind: 'pointer', to: type } : type;
}

function checkArity(vm: Interpreter, fn: FunctionDefinition, given: number): void {
  const wanted = fn.type.parameters.length;
  if (given === wanted || (fn.type.variadic && given >= wanted)) return;
  const text = `${fn.name}() takes ${wanted} arguments and is called with ${given}`;
  const at = vm.current?.at;
  if (!vm.problems.some((problem) => problem.text === text))
    vm.problems.push({ kind: 'arity', text, ...(at && { at }) });
}
