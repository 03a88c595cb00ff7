/**
 * What gcc provides by itself (GCC manual, "Other Built-in Functions") and the C library functions it knows by name, as far
 * as kernel code on the way to a modified word uses them.
 */
import { type Interpreter, number, Stop } from './interpreter.ts';
import { types, unknown, type Value } from './value.ts';

type Provided = (vm: Interpreter, args: readonly Value[]) => Value;

/** The result of a function gcc provides; null for any other name. */
export function gccBuiltin(vm: Interpreter, name: string, args: readonly Value[]): Value | null {
  const provided = table.get(name.replace(/^__builtin_/, '')) ?? null;
  if (provided === null || (!name.startsWith('__builtin_') && !library.has(name))) return null;
  return provided(vm, args);
}

/** Known without the prefix, too. */
const library = new Set(['memcpy', 'memmove', 'memset', 'memcmp', 'strcmp', 'strlen', 'strncmp', 'abs']);

const bits = (value: Value | undefined): bigint | null => (value?.kind === 'scalar' ? value.bits : null);
const whole =
  (compute: (value: bigint) => number | bigint, width: number): Provided =>
  (_vm, [value]) => {
    const given = bits(value);
    return given === null ? unknown(types.int, 'an unknown operand') : number(compute(BigInt.asUintN(width, given)));
  };
const swap =
  (bytes: number): Provided =>
  (_vm, [value]) => {
    const given = bits(value);
    if (given === null) return unknown(types.ullong, 'an unknown operand');
    let result = 0n;
    for (let i = 0n; i < bytes; i++) result = (result << 8n) | ((given >> (8n * i)) & 0xffn);
    return number(result, bytes === 8 ? types.ullong : bytes === 4 ? types.uint : types.ushort);
  };
const firstSet = (value: bigint) => {
  if (value === 0n) return 0;
  let at = 1;
  for (let rest = value; (rest & 1n) === 0n; rest >>= 1n) at++;
  return at;
};
const copy: Provided = (vm, [to, from, count]) => {
  const [target, source, size] = [bits(to), bits(from), bits(count)];
  if (target === null || source === null || size === null) {
    vm.assume('memory is copied between unknown places', true);
    return to ?? unknown(types.void);
  }
  checkSize(size);
  const { bytes, known } = vm.memory.read(source, Number(size));
  vm.memory.write(target, bytes, known);
  vm.host.onStore?.(target, bytes.length, null, vm.context);
  return to ?? unknown(types.void);
};

const table: ReadonlyMap<string, Provided> = new Map<string, Provided>([
  ['expect', (_vm, [value]) => value ?? number(0)],
  ['expect_with_probability', (_vm, [value]) => value ?? number(0)],
  ['constant_p', () => number(0)],
  ['unreachable', () => stop('__builtin_unreachable() is reached')],
  ['trap', () => stop('__builtin_trap() is reached')],
  ['return_address', () => unknown({ kind: 'pointer', to: types.void }, 'a return address')],
  ['frame_address', () => unknown({ kind: 'pointer', to: types.void }, 'a frame address')],
  ['object_size', (vm) => number(-1n, vm.types.ulong)],
  ['prefetch', () => unknown(types.void)],
  ['bswap16', swap(2)],
  ['bswap32', swap(4)],
  ['bswap64', swap(8)],
  ['clz', whole((value) => 32 - value.toString(2).length + (value === 0n ? 1 : 0), 32)],
  ['clzl', whole((value) => 64 - value.toString(2).length + (value === 0n ? 1 : 0), 64)],
  ['clzll', whole((value) => 64 - value.toString(2).length + (value === 0n ? 1 : 0), 64)],
  ['ctz', whole((value) => firstSet(value) - 1, 32)],
  ['ctzl', whole((value) => firstSet(value) - 1, 64)],
  ['ffs', whole(firstSet, 32)],
  ['ffsl', whole(firstSet, 64)],
  ['popcount', whole((value) => [...value.toString(2)].filter((bit) => bit === '1').length, 32)],
  ['popcountl', whole((value) => [...value.toString(2)].filter((bit) => bit === '1').length, 64)],
  ['abs', whole((value) => (BigInt.asIntN(32, value) < 0n ? -BigInt.asIntN(32, value) : value), 32)],
  ['memcpy', copy],
  ['memmove', copy],
  [
    'memset',
    (vm, [to, value, count]) => {
      const [target, byte, size] = [bits(to), bits(value), bits(count)];
      if (target === null || byte === null || size === null) vm.assume('memory is set at an unknown place', true);
      else {
        checkSize(size);
        vm.memory.write(target, new Uint8Array(Number(size)).fill(Number(byte & 0xffn)));
        vm.host.onStore?.(target, Number(size), null, vm.context);
      }
      return to ?? unknown(types.void);
    },
  ],
  [
    'memcmp',
    (vm, [left, right, count]) => {
      const [a, b, size] = [bits(left), bits(right), bits(count)];
      if (a === null || b === null || size === null) return unknown(types.int, 'what memcmp() compares');
      checkSize(size);
      const [x, y] = [vm.memory.read(a, Number(size)), vm.memory.read(b, Number(size))];
      for (let i = 0; i < Number(size); i++) {
        if (x.known[i] === 0 || y.known[i] === 0) return unknown(types.int, 'what memcmp() compares');
        if (x.bytes[i] !== y.bytes[i]) return number((x.bytes[i] ?? 0) - (y.bytes[i] ?? 0));
      }
      return number(0);
    },
  ],
  ['strcmp', compareStrings],
  ['strncmp', compareStrings],
  [
    'strlen',
    (vm, [text]) => {
      const value = text === undefined ? null : vm.stringAt(text);
      return value === null
        ? unknown(vm.types.ulong, 'the length of an unknown string')
        : number(value.length, vm.types.ulong);
    },
  ],
]);

const bytesMax = 1n << 20n;

function checkSize(size: bigint): void {
  if (size < 0n || size > bytesMax) throw new Stop('limit', `${size} bytes are copied or compared at once`);
}

function compareStrings(vm: Interpreter, [left, right, count]: readonly Value[]): Value {
  const [a, b] = [left === undefined ? null : vm.stringAt(left), right === undefined ? null : vm.stringAt(right)];
  if (a === null || b === null) return unknown(types.int, 'an unknown string');
  const length = Number(bits(count) ?? 0x7fffffffn);
  const [x, y] = [a.slice(0, length), b.slice(0, length)];
  return number(x < y ? -1 : x > y ? 1 : 0);
}

function stop(text: string): never {
  throw new Stop('stopped', text);
}
