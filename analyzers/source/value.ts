/**
 * C values and types at run time. A scalar's `bits` is a mathematical integer within its type's range, so that comparing
 * and printing are what they look like; wrapping happens where a value is made. An unknown is a value that the sources
 * did not determine: it carries the reasons, which become assumptions when a decision rests on it.
 */

export interface Member {
  readonly name: string | null;
  readonly type: CType;
  readonly offset: number;
  /** Bit-field: lowest bit within the storage unit at `offset`, and width. */
  readonly bits: { readonly from: number; readonly width: number } | null;
}

export type CType =
  | { readonly kind: 'void' }
  | { readonly kind: 'int'; readonly bytes: number; readonly signed: boolean; readonly bool: boolean }
  | { readonly kind: 'float'; readonly bytes: number }
  | { readonly kind: 'pointer'; readonly to: CType }
  | { readonly kind: 'array'; readonly of: CType; readonly length: number | null }
  | RecordType
  | {
      readonly kind: 'function';
      readonly returns: CType;
      readonly parameters: readonly CType[];
      readonly variadic: boolean;
    };

/** A struct or union. Without a definition in the sources it is lazy: members get a slot when they are first used. */
export interface RecordType {
  readonly kind: 'record';
  readonly tag: string;
  readonly union: boolean;
  members: Member[];
  size: number;
  align: number;
  lazy: boolean;
}

export type Value =
  | { readonly kind: 'scalar'; readonly type: CType; readonly bits: bigint }
  | { readonly kind: 'aggregate'; readonly type: CType; readonly bytes: Uint8Array; readonly known: Uint8Array }
  | { readonly kind: 'unknown'; readonly type: CType; readonly why: readonly string[] };

const int = (bytes: number, signed: boolean, bool = false): CType => ({ kind: 'int', bytes, signed, bool });
export const types = {
  void: { kind: 'void' } as CType,
  bool: int(1, false, true),
  char: int(1, true),
  uchar: int(1, false),
  short: int(2, true),
  ushort: int(2, false),
  int: int(4, true),
  uint: int(4, false),
  llong: int(8, true),
  ullong: int(8, false),
  int128: int(16, true),
  uint128: int(16, false),
} as const;

/** Brings an integer into the range of an integer or pointer type (C11 6.3.1.3; gcc wraps signed too). */
export function wrap(type: CType, bits: bigint, pointerBytes: number): bigint {
  if (type.kind === 'int') {
    if (type.bool) return bits === 0n ? 0n : 1n;
    const width = type.bytes * 8;
    return type.signed ? BigInt.asIntN(width, bits) : BigInt.asUintN(width, bits);
  }
  return BigInt.asUintN(pointerBytes * 8, bits);
}

/** Pointers, arrays and functions: what is an address when used. */
export const isAddress = (type: CType) => type.kind === 'pointer' || type.kind === 'array' || type.kind === 'function';

export function unknown(type: CType, ...why: readonly string[]): Value {
  return { kind: 'unknown', type, why: why.length < 2 ? why : [...new Set(why)] };
}

/** The reasons of the unknown ones among values, each once; an operation on them is unknown for all of these. */
export function reasons(...values: readonly Value[]): string[] {
  return [...new Set(values.flatMap((value) => (value.kind === 'unknown' ? value.why : [])))];
}
