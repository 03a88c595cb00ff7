/**
 * Names to objects: the innermost scope, then the program's globals, which come into being when first used, then the
 * symbols the image fixes. A function is an object too: its address is its value.
 */
import type { Declaration, Expression } from './ast.ts';
import { initialize, typeOfInitialized } from './initialize.ts';
import type { Interpreter, Variable } from './interpreter.ts';
import { type CType, types } from './value.ts';

/** A name as written, with the slot that it has in its function. */
type Name = Expression & { readonly kind: 'name' };

/** The object a name denotes; null for enum constants and names the sources do not declare. */
export function variableOf(vm: Interpreter, expression: Name): Variable | null {
  const local = localOf(vm, expression);
  if (local !== null) return local;
  const { name } = expression;
  const global = vm.globals.get(name);
  if (global !== undefined) return global;
  const declaration = vm.program.globals.get(name);
  if (declaration !== undefined) return defineGlobal(vm, declaration);
  const type = functionType(vm, name);
  if (type !== null) return { address: vm.addressOf(name), type };
  const fixed = vm.host.symbols.get(name);
  return fixed === undefined ? null : { address: fixed, type: { kind: 'array', of: types.uint, length: null } };
}

/** The variable of the function that runs; one that is declared `extern` there is none of its own. */
export function localOf(vm: Interpreter, { name, slot }: Name): Variable | null {
  const { current } = vm;
  if (current === null) return null;
  return (slot < 0 ? undefined : current.variables[slot]) ?? current.undeclared?.get(name) ?? null;
}

/** The type of a function the program defines or declares, or the host builds in; null for other names. */
export function functionType(vm: Interpreter, name: string): CType | null {
  const definition = vm.program.functions.get(name);
  if (definition !== undefined) return vm.types.resolve(definition.type);
  const prototype = vm.program.prototypes.get(name);
  if (prototype !== undefined) return vm.types.resolve(prototype);
  return vm.host.builtins.has(name)
    ? { kind: 'function', returns: vm.types.long, parameters: [], variadic: true }
    : null;
}

/** Makes a variable of a declaration and gives it its first value: zeros for statics and globals, unknown for locals. */
export function define(
  vm: Interpreter,
  declaration: Declaration,
  place: (bytes: number, align: number) => bigint,
): Variable {
  const type = typeOfInitialized(vm, vm.types.resolve(declaration.type), declaration.init);
  const variable = { address: place(vm.types.roomFor(type), vm.types.alignOf(type)), type };
  return variable;
}

function defineGlobal(vm: Interpreter, declaration: Declaration): Variable {
  const fixed = vm.host.symbols.get(declaration.name);
  if (fixed !== undefined && declaration.init === null) {
    const variable = { address: fixed, type: vm.types.resolve(declaration.type) };
    vm.setGlobal(declaration.name, variable);
    return variable;
  }
  const variable = define(vm, declaration, (bytes, align) => vm.allocateGlobal(declaration.name, bytes, align));
  vm.setGlobal(declaration.name, variable); // before the initialiser, which may point at it
  if (declaration.storage !== 'extern' || declaration.init !== null) {
    vm.memory.clear(variable.address, vm.types.roomFor(variable.type));
    if (declaration.init !== null) initialize(vm, variable, declaration.init);
  }
  return variable;
}
