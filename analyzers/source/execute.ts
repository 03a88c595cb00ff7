/**
 * Statements. Each ends in one of five ways; a goto looks for its label on the way out and goes on there, and a switch is a
 * goto to the case that fits.
 */
import type { Block, Declaration, Statement } from './ast.ts';
import { callNamed } from './call.ts';
import { constantOf, evaluate, objectOf, truth } from './evaluate.ts';
import { initialize } from './initialize.ts';
import { type Activation, type Interpreter, Stop } from './interpreter.ts';
import { store } from './place-of-value.ts';
import { types, unknown } from './value.ts';
import { define } from './variable.ts';

const ends = { next: 0, break: 1, continue: 2, return: 3, goto: 4 } as const;
type Ending = (typeof ends)[keyof typeof ends];

/** Runs a block; what its last expression statement gives is the activation's `last` then, for ({ … }). */
export function executeBlock(vm: Interpreter, block: Block): Ending {
  const activation = vm.current!;
  const { statements } = block;
  let cleanups: Declaration[] | null = null;
  let value = nothing;
  let ending: Ending = ends.next;
  try {
    let index = 0;
    while (index < statements.length) {
      const statement = statements[index]!;
      if (statement.kind === 'expression') {
        vm.tick();
        activation.at = statement.at;
        vm.passBy(activation.fn.name, statement.at);
        value = evaluate(vm, statement.expression);
        ending = ends.next;
      } else {
        if (statement.kind === 'declaration' && statement.declarations.some(isCleanedUp))
          cleanups = [...(cleanups ?? []), ...statement.declarations.filter(isCleanedUp)];
        ending = execute(vm, statement);
      }
      index++;
      if (ending === ends.goto) {
        const target = statements.findIndex((candidate) => holdsLabel(candidate, activation.label));
        if (target < 0) break;
        const label = activation.label;
        ending = executeFrom(
          vm,
          statements[target]!,
          (candidate) => candidate.kind === 'label' && candidate.name === label,
        );
        index = target + 1;
        if (ending === ends.goto) {
          // Jumped again from behind the label: look for the new one from the top of the block.
          const again = statements.findIndex((candidate) => holdsLabel(candidate, activation.label));
          if (again < 0) break;
          vm.tick();
          index = again;
          ending = ends.next;
          continue;
        }
      }
      if (ending !== ends.next) break;
    }
  } finally {
    for (const declaration of cleanups?.reverse() ?? []) cleanUp(vm, declaration, activation);
  }
  activation.last = value;
  return ending;
}

const nothing = unknown(types.void);
const isCleanedUp = ({ cleanup }: Declaration) => cleanup !== null;

function execute(vm: Interpreter, statement: Statement): Ending {
  vm.tick();
  const activation = vm.current!;
  activation.at = statement.at;
  vm.passBy(activation.fn.name, statement.at);
  switch (statement.kind) {
    case 'expression':
      evaluate(vm, statement.expression);
      return ends.next;
    case 'empty':
      return ends.next;
    case 'block':
      return executeBlock(vm, statement.block);
    case 'if':
      if (truth(vm, evaluate(vm, statement.test))) return execute(vm, statement.then);
      return statement.else === null ? ends.next : execute(vm, statement.else);
    case 'while':
    case 'do':
    case 'for':
      return executeLoop(vm, statement);
    case 'switch':
      return executeSwitch(vm, statement);
    case 'case':
    case 'default':
    case 'label':
      return execute(vm, statement.body);
    case 'break':
      return ends.break;
    case 'continue':
      return ends.continue;
    case 'return':
      activation.value = statement.value === null ? unknown(types.void) : evaluate(vm, statement.value);
      return ends.return;
    case 'goto':
      activation.label = statement.label;
      return ends.goto;
    case 'gotoComputed':
      throw new Stop('limit', 'a computed goto is not followed');
    case 'declaration':
      for (const declaration of statement.declarations) declareLocal(vm, declaration);
      return ends.next;
    case 'asm':
      executeAsm(vm, statement);
      return ends.next;
  }
}

/** Runs a statement from a statement inside it that `wanted` picks (a label or a case), as if jumped to. */
function executeFrom(vm: Interpreter, statement: Statement, wanted: (candidate: Statement) => boolean): Ending {
  if (wanted(statement)) return execute(vm, statement);
  switch (statement.kind) {
    case 'block':
      return executeBlockFrom(vm, statement.block, wanted);
    case 'if':
      return executeFrom(
        vm,
        holds(statement.then, wanted) || statement.else === null ? statement.then : statement.else,
        wanted,
      );
    case 'while':
    case 'do':
    case 'for': {
      const ending = executeFrom(vm, statement.body, wanted);
      if (ending === ends.break) return ends.next;
      if (ending === ends.return || ending === ends.goto) return ending;
      return executeLoop(vm, statement, true);
    }
    case 'switch': {
      const ending = executeFrom(vm, statement.body, wanted);
      return ending === ends.break ? ends.next : ending;
    }
    case 'case':
    case 'default':
    case 'label':
      return executeFrom(vm, statement.body, wanted);
    default:
      return ends.next;
  }
}

function executeBlockFrom(vm: Interpreter, block: Block, wanted: (candidate: Statement) => boolean): Ending {
  const activation = vm.current!;
  const start = block.statements.findIndex((candidate) => holds(candidate, wanted));
  // Variables declared before the label exist, with no known value.
  for (const skipped of block.statements.slice(0, start)) {
    if (skipped.kind === 'declaration')
      for (const declaration of skipped.declarations) declareLocal(vm, { ...declaration, init: null });
  }
  let ending = executeFrom(vm, block.statements[start]!, wanted);
  for (const statement of block.statements.slice(start + 1)) {
    if (ending === ends.goto && holdsLabel(statement, activation.label)) {
      const label = activation.label;
      ending = executeFrom(vm, statement, (candidate) => candidate.kind === 'label' && candidate.name === label);
      continue;
    }
    if (ending === ends.goto) continue;
    if (ending !== ends.next) return ending;
    ending = execute(vm, statement);
  }
  return ending;
}

type Loop = Statement & { readonly kind: 'while' | 'do' | 'for' };

/** @param entered the body has just been run once (a jump into it): go on behind it */
function executeLoop(vm: Interpreter, loop: Loop, entered = false): Ending {
  const activation = vm.current!;
  if (loop.kind === 'for' && loop.init !== null && !entered) execute(vm, loop.init);
  let first = !entered;
  for (let count = 0; ; count++) {
    if (count > vm.limits.iterationsMax)
      throw new Stop('limit', `a loop runs more than ${vm.limits.iterationsMax} times`);
    vm.tick();
    activation.at = loop.at;
    if (loop.kind === 'for' && !first && loop.step !== null) evaluate(vm, loop.step);
    if (!(loop.kind === 'do' && first) && loop.test !== null && !truth(vm, evaluate(vm, loop.test))) return ends.next;
    first = false;
    const ending = execute(vm, loop.body);
    if (ending === ends.break) return ends.next;
    if (ending === ends.return || ending === ends.goto) return ending;
  }
}

function executeSwitch(vm: Interpreter, statement: Statement & { kind: 'switch' }): Ending {
  const value = evaluate(vm, statement.value);
  const cases = casesOf(statement.body);
  let target = cases.find((candidate) => {
    if (candidate.kind !== 'case') return false;
    if (value.kind !== 'scalar') return vm.decide(value.kind === 'unknown' ? value.why : ['a struct is switched on']);
    const from = constantOf(vm, candidate.from);
    const to = candidate.to === null ? from : constantOf(vm, candidate.to);
    return from !== null && to !== null && value.bits >= from && value.bits <= to;
  });
  target ??= cases.find((candidate) => candidate.kind === 'default');
  if (target === undefined) return ends.next;
  const ending = executeFrom(vm, statement.body, (candidate) => candidate === target);
  return ending === ends.break ? ends.next : ending;
}

/** The cases of a switch, not those of switches inside it. */
function casesOf(statement: Statement): (Statement & { kind: 'case' | 'default' })[] {
  const found: (Statement & { kind: 'case' | 'default' })[] = [];
  const pending: Statement[] = [statement];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    if (next.kind === 'case' || next.kind === 'default') found.push(next);
    if (next.kind !== 'switch') pending.unshift(...inner(next));
  }
  return found;
}

function inner(statement: Statement): readonly Statement[] {
  switch (statement.kind) {
    case 'block':
      return statement.block.statements;
    case 'if':
      return statement.else === null ? [statement.then] : [statement.then, statement.else];
    case 'while':
    case 'do':
    case 'for':
    case 'switch':
    case 'case':
    case 'default':
    case 'label':
      return [statement.body];
    default:
      return [];
  }
}

function holds(statement: Statement, wanted: (candidate: Statement) => boolean): boolean {
  return wanted(statement) || inner(statement).some((part) => holds(part, wanted));
}
const holdsLabel = (statement: Statement, label: string) =>
  holds(statement, (candidate) => candidate.kind === 'label' && candidate.name === label);

function declareLocal(vm: Interpreter, declaration: Declaration): void {
  const activation = vm.current!;
  if (declaration.storage === 'extern' || declaration.storage === 'typedef' || declaration.type.kind === 'function')
    return;
  if (declaration.storage === 'static') {
    const key = `${activation.fn.at.file}:${activation.fn.name}:${declaration.name}:${declaration.at.line}`;
    let variable = vm.globals.get(key);
    if (variable === undefined) {
      variable = define(vm, declaration, (bytes, align) => vm.allocateGlobal(declaration.name, bytes, align));
      vm.setGlobal(key, variable);
      vm.memory.clear(variable.address, vm.types.roomFor(variable.type));
      if (declaration.init !== null) initialize(vm, variable, declaration.init);
    }
    activation.variables[declaration.slot] = variable;
    return;
  }
  const variable = define(vm, declaration, (bytes, align) => vm.allocateLocal(bytes, align));
  // In scope before its initialiser (C11 6.2.1), but with no value yet.
  activation.variables[declaration.slot] = variable;
  if (declaration.init !== null) initialize(vm, variable, declaration.init);
}

/** __attribute__((cleanup(f))): f(&variable) when its scope ends. */
function cleanUp(vm: Interpreter, declaration: Declaration, { variables }: Activation): void {
  const variable = variables[declaration.slot];
  if (variable === undefined || declaration.cleanup === null) return;
  callNamed(vm, declaration.cleanup, [
    { kind: 'scalar', type: { kind: 'pointer', to: variable.type }, bits: variable.address },
  ]);
}

function executeAsm(vm: Interpreter, statement: Statement & { kind: 'asm' }): void {
  const { asm } = statement;
  const inputs = asm.inputs.map((operand) => evaluate(vm, operand.value));
  const outputs = vm.host.asm?.(asm, inputs, vm.context());
  for (const [index, operand] of asm.outputs.entries()) {
    const place = objectOf(vm, operand.value);
    store(vm, place, outputs?.[index] ?? unknown(place.type, `the result of assembly "${asm.template.trim()}"`));
  }
}
