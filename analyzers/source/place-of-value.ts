/**
 * Objects in memory: reading and writing them by type, bit-fields included. A store that C makes is told to the host.
 */
import { convert } from './arithmetic.ts';
import type { Interpreter } from './interpreter.ts';
import { type CType, type Member, reasons, unknown, type Value, wrap } from './value.ts';

/** Where an object is; `address` null where that is unknown, then `why` says why. */
export interface ObjectPlace {
  readonly address: bigint | null;
  readonly why: readonly string[];
  readonly type: CType;
  readonly bits: Member['bits'];
}

/** Of places that are known. */
export const noReasons: readonly string[] = [];

export function load(vm: Interpreter, place: ObjectPlace): Value {
  const { type, address } = place;
  if (address === null) return unknown(type, ...place.why);
  if (type.kind === 'array' || type.kind === 'function') {
    const to = type.kind === 'array' ? type.of : type;
    return { kind: 'scalar', type: { kind: 'pointer', to }, bits: address };
  }
  if (type.kind === 'void') return unknown(type);
  if (type.kind === 'record') {
    const { bytes, known } = vm.memory.read(address, vm.types.roomFor(type));
    return { kind: 'aggregate', type, bytes, known };
  }
  const size = type.kind === 'pointer' ? vm.program.options.pointerBytes : type.bytes;
  const raw = vm.memory.readInteger(address, size);
  if (raw === null) return unknown(type, `${describe(vm, address)} has no known value`);
  if (place.bits === null) return { kind: 'scalar', type, bits: type.kind === 'int' ? wrap(type, raw, size) : raw };
  const field = (raw >> BigInt(place.bits.from)) & ((1n << BigInt(place.bits.width)) - 1n);
  const signed = type.kind === 'int' && type.signed;
  return { kind: 'scalar', type, bits: signed ? BigInt.asIntN(place.bits.width, field) : field };
}

/** Stores a value, converted to the object's type; returns what the object then holds. */
export function store(vm: Interpreter, place: ObjectPlace, given: Value): Value {
  const value = convert(vm, given, place.type);
  const { address, type } = place;
  if (address === null) {
    vm.assume(`a store goes through an unknown pointer: ${place.why.join('; ')}`, true);
    return value;
  }
  if (value.kind === 'aggregate') {
    vm.memory.write(address, value.bytes, value.known);
    vm.host.onStore?.(address, value.bytes.length, null, vm.context);
    return value;
  }
  const size = type.kind === 'record' ? vm.types.roomFor(type) : vm.types.sizeOf(type);
  if (value.kind === 'unknown') {
    vm.memory.forget(address, size);
    vm.host.onStore?.(address, size, null, vm.context);
    return value;
  }
  const asStored = value.bits >= 0n && (type.kind === 'int' || type.kind === 'pointer');
  let bits = asStored ? value.bits : BigInt.asUintN(size * 8, value.bits);
  if (place.bits !== null) {
    const mask = ((1n << BigInt(place.bits.width)) - 1n) << BigInt(place.bits.from);
    const before = vm.memory.readInteger(address, size) ?? 0n;
    bits = (before & ~mask) | ((bits << BigInt(place.bits.from)) & mask);
  }
  vm.memory.writeInteger(address, size, bits);
  vm.host.onStore?.(address, size, bits, vm.context);
  return value;
}

/** The object a pointer value points to. */
export function pointee(vm: Interpreter, pointer: Value, type: CType): ObjectPlace {
  if (pointer.kind !== 'scalar') {
    const why = reasons(pointer);
    return { address: null, why: why.length > 0 ? why : ['a struct is used as a pointer'], type, bits: null };
  }
  return {
    address: BigInt.asUintN(vm.program.options.pointerBytes * 8, pointer.bits),
    why: noReasons,
    type,
    bits: null,
  };
}

function describe(vm: Interpreter, address: bigint): string {
  const region = vm.memory.regionOf(address);
  return region === null || region.kind === 'stack' ? 'a variable' : region.name;
}
