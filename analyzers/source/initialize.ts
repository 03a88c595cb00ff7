/**
 * Initialisers: brace lists with designators, brace elision, strings for char arrays, and single expressions (C11 6.7.9).
 * What a brace list does not name becomes zero.
 */

import type { Expression, Initializer, InitializerItem } from './ast.ts';
import { constantOf, evaluate } from './evaluate.ts';
import type { Interpreter, Variable } from './interpreter.ts';
import { noReasons, store } from './place-of-value.ts';
import type { CType, RecordType } from './value.ts';

/** The type of an object with this initialiser: an array without a length gets it from there. */
export function typeOfInitialized(vm: Interpreter, type: CType, init: Initializer | null): CType {
  if (type.kind !== 'array' || type.length !== null || init === null) return type;
  if (init.kind === 'expression') {
    return init.value.kind === 'string' ? { ...type, length: init.value.value.length + 1 } : type;
  }
  const only = init.items[0]?.value;
  if (
    init.items.length === 1 &&
    only?.kind === 'expression' &&
    only.value.kind === 'string' &&
    type.of.kind === 'int' &&
    type.of.bytes === 1
  ) {
    return { ...type, length: only.value.value.length + 1 };
  }
  let next = 0;
  let length = 0;
  for (const item of init.items) {
    const first = item.designators[0];
    if (first?.kind === 'index') next = Number(constantOf(vm, first.to ?? first.from) ?? 0n);
    next++;
    length = Math.max(length, next);
  }
  return { ...type, length: Math.min(length, elementsMax) };
}

export function initialize(vm: Interpreter, object: Variable, init: Initializer): void {
  const { address, type } = object;
  if (init.kind === 'expression') {
    initializeScalar(vm, object, init.value);
    return;
  }
  vm.memory.clear(address, vm.types.roomFor(type));
  if (type.kind === 'record' || type.kind === 'array') fill(vm, object, { items: init.items, at: 0 });
  else if (init.items[0] !== undefined) initialize(vm, object, init.items[0].value);
}

const elementsMax = 65_536;

function initializeScalar(vm: Interpreter, { address, type }: Variable, expression: Expression): void {
  if (type.kind === 'array' && expression.kind === 'string') {
    const bytes = new Uint8Array(Math.max(type.length ?? 0, 0));
    for (let i = 0; i < Math.min(bytes.length, expression.value.length); i++)
      bytes[i] = expression.value.charCodeAt(i) & 0xff;
    vm.memory.write(address, bytes);
    return;
  }
  store(vm, { address, why: noReasons, type, bits: null }, evaluate(vm, expression));
}

interface Items {
  readonly items: readonly InitializerItem[];
  at: number;
}

/** Takes items for the members or elements of an aggregate; `items.at` ends behind the last one taken. */
function fill(vm: Interpreter, object: Variable, items: Items, nested = false): void {
  const count = object.type.kind === 'array' ? (object.type.length ?? elementsMax) : members(object.type).length;
  let next = 0;
  for (;;) {
    const item = items.items[items.at];
    if (item === undefined) return;
    if (item.designators.length > 0) {
      if (nested) return; // a designator is of the enclosing braces
      items.at++;
      next = designated(vm, object, item) + 1;
      continue;
    }
    if (next >= count) {
      if (!nested) items.at++; // more items than the object has room for: ignored, as gcc warns
      if (nested) return;
      continue;
    }
    const element = elementAt(vm, object, next);
    next++;
    place(vm, element, items, item);
  }
}

/** One item into one element; without braces of its own an aggregate element takes as many items as it needs. */
function place(vm: Interpreter, element: Element, items: Items, item: InitializerItem): void {
  const inner = element.type;
  const aggregate = inner.kind === 'record' || inner.kind === 'array';
  if (aggregate && item.value.kind === 'expression' && item.value.value.kind !== 'string') {
    const value = evaluate(vm, item.value.value);
    if (value.kind !== 'aggregate') {
      fill(vm, element, items, true);
      return;
    }
    items.at++;
    store(vm, { ...element, why: noReasons }, value);
    return;
  }
  items.at++;
  set(vm, element, item.value);
}

interface Element extends Variable {
  readonly bits: { readonly from: number; readonly width: number } | null;
}

function set(vm: Interpreter, element: Element, init: Initializer): void {
  if (init.kind === 'expression' && element.bits !== null)
    store(vm, { ...element, why: noReasons }, evaluate(vm, init.value));
  else initialize(vm, element, init);
}

/** Follows `.a.b[1]` and initialises what it names; returns the index of the first step, where undesignated items go on. */
function designated(vm: Interpreter, object: Variable, item: InitializerItem): number {
  let element: Element = { ...object, bits: null };
  let first = 0;
  for (const [depth, designator] of item.designators.entries()) {
    if (designator.kind === 'index') {
      const from = Number(constantOf(vm, designator.from) ?? 0n);
      const to = designator.to === null ? from : Math.min(Number(constantOf(vm, designator.to) ?? 0n), elementsMax);
      const last = depth === item.designators.length - 1;
      if (last) for (let i = from; i < to; i++) set(vm, elementAt(vm, element, i), item.value);
      if (depth === 0) first = to;
      element = elementAt(vm, element, to);
    } else {
      if (element.type.kind !== 'record') return first;
      const member = vm.types.memberOf(element.type, designator.name, vm.types.ulong);
      if (depth === 0) first = indexOf(element.type, designator.name);
      element = { address: element.address + BigInt(member.offset), type: member.type, bits: member.bits };
    }
  }
  set(vm, element, item.value);
  return first;
}

function elementAt(vm: Interpreter, object: Variable, index: number): Element {
  if (object.type.kind === 'array') {
    return {
      address: object.address + BigInt(index * vm.types.sizeOf(object.type.of)),
      type: object.type.of,
      bits: null,
    };
  }
  const member = members(object.type)[index];
  if (member === undefined) return { ...object, bits: null };
  return { address: object.address + BigInt(member.offset), type: member.type, bits: member.bits };
}

/** Members in order; an unnamed bit-field takes no item, a union only its first. */
function members(type: CType): RecordType['members'] {
  if (type.kind !== 'record') return [];
  const named = type.members.filter((member) => member.name !== null || member.bits === null);
  return type.union ? named.slice(0, 1) : named;
}

function indexOf(type: RecordType, name: string): number {
  const index = members(type).findIndex(
    (member) =>
      member.name === name ||
      (member.name === null && member.type.kind === 'record' && indexOf(member.type, name) >= 0),
  );
  return index;
}
