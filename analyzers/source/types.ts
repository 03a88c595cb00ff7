/**
 * Types as written → types with sizes, for ILP32 and LP64 as powerpc has them (ELF psABI: natural alignment, bit-fields
 * allocated from the storage unit's low end on little-endian and high end on big-endian). A struct without a definition is
 * lazy: a member gets a slot when it is first used, and that is recorded as an assumption.
 */
import type { Expression, MemberSyntax, TypeSyntax } from './ast.ts';
import { constantOf, typeOf } from './evaluate.ts';
import type { Interpreter } from './interpreter.ts';
import type { Program } from './program.ts';
import { type CType, type Member, type RecordType, types } from './value.ts';

interface Note {
  readonly text: string;
  readonly decisive: boolean;
}

/** A type of the sources, and what had to be assumed to make it. */
interface Made {
  readonly type: CType;
  readonly notes: readonly Note[] | null;
}
/** A member as seen from the record that it was looked up in. */
interface Found extends Pick<Member, 'type' | 'offset' | 'bits'> {
  readonly member: Member;
}

export class TypeTable {
  readonly #program: Program;
  readonly #vm: Interpreter;
  readonly #records = new Map<string, RecordType>();
  readonly #cache = new Map<TypeSyntax, Made>();
  readonly #found = new Map<RecordType, Map<string, Found>>();
  readonly #constants = new Map<string, { readonly file: string; readonly value: bigint }>();
  readonly #enumsRead = new Set<string>();
  /** What had to be assumed to make a type, a record or a member: whoever uses it again assumes it, too. */
  readonly #noted = new WeakMap<object, readonly Note[]>();
  #notes: Note[] | null = null;
  readonly long: CType;
  readonly ulong: CType;

  constructor(program: Program, vm: Interpreter) {
    this.#program = program;
    this.#vm = vm;
    const bytes = program.options.pointerBytes;
    this.long = { kind: 'int', bytes, signed: true, bool: false };
    this.ulong = { kind: 'int', bytes, signed: false, bool: false };
  }

  resolve(syntax: TypeSyntax): CType {
    const known = this.#cache.get(syntax);
    if (known !== undefined) {
      if (known.notes !== null) for (const note of known.notes) this.#assume(note);
      return known.type;
    }
    const outer = this.#notes;
    this.#notes = [];
    const type = this.#resolve(syntax);
    const notes = this.#notes.length > 0 ? this.#notes : null;
    // typeof depends on where it stands; everything else is the same everywhere.
    if (syntax.kind !== 'typeof' && syntax.kind !== 'array') this.#cache.set(syntax, { type, notes });
    if (notes !== null) outer?.push(...notes);
    this.#notes = outer;
    return type;
  }

  sizeOf(type: CType): number {
    switch (type.kind) {
      case 'int':
      case 'float':
        return type.bytes;
      case 'pointer':
        return this.#program.options.pointerBytes;
      case 'array':
        return (type.length ?? 0) * this.sizeOf(type.of);
      case 'record':
        if (type.lazy)
          this.#assume({
            text: `the size of ${type.union ? 'union' : 'struct'} ${type.tag} is not in the sources`,
            decisive: true,
          });
        return type.size;
      case 'void':
      case 'function':
        return 1;
    }
  }

  /** What to reserve for a variable; a lazy record gets room for members not met yet. */
  roomFor(type: CType): number {
    if (type.kind === 'record' && type.lazy) return lazyBytes;
    if (type.kind === 'array') return Math.max(1, type.length ?? unboundedLength) * this.roomFor(type.of);
    return type.kind === 'record'
      ? Math.max(type.size, this.#hasLazyTail(type) ? lazyBytes : type.size)
      : this.sizeOf(type);
  }

  alignOf(type: CType): number {
    if (type.kind === 'array') return this.alignOf(type.of);
    if (type.kind === 'record') return type.lazy ? 16 : type.align;
    return type.kind === 'void' || type.kind === 'function' ? 1 : this.sizeOf(type);
  }

  /** A member by name, looked up through anonymous members; a lazy record makes one. */
  memberOf(record: RecordType, name: string, guess: CType): Found {
    let known = this.#found.get(record);
    if (known === undefined) {
      known = new Map();
      this.#found.set(record, known);
    }
    const found = known.get(name) ?? this.#find(record, name, 0);
    if (found !== null) {
      known.set(name, found);
      this.#assumeAgain(found.member);
      return found;
    }
    const made: Note = record.lazy
      ? {
          text: `struct ${record.tag} is not in the sources; its member ${name} is taken to be a variable of its own`,
          decisive: false,
        }
      : { text: `struct ${record.tag} has no member ${name}`, decisive: true };
    this.#assume(made);
    const offset = Math.ceil(record.size / 16) * 16;
    const member: Member = { name, type: guess, offset, bits: null };
    record.members.push(member);
    this.#noted.set(member, [made]);
    record.size = offset + Math.max(16, this.sizeOf(guess));
    return { member, type: guess, offset, bits: null };
  }

  constant(name: string): bigint | null {
    const known = this.#constants.get(name);
    if (known !== undefined) {
      const { file, value } = known;
      const user = this.#vm.current?.fn.at.file;
      if (user !== undefined && user !== file && user.endsWith('.c') && file.endsWith('.c')) {
        this.#vm.assume(`${name} is defined in ${file}, and taken from there for ${user}`);
      }
      return value;
    }
    if (this.#enumsRead.size === 0) {
      for (const syntax of this.#program.enums.values()) this.#readEnum(syntax);
      this.#enumsRead.add('');
    }
    return this.#constants.has(name) ? this.constant(name) : null;
  }

  record(tag: string, union: boolean): RecordType {
    const known = this.#records.get(tag);
    if (known !== undefined) {
      this.#assumeAgain(known);
      return known;
    }
    const record: RecordType = { kind: 'record', tag, union, members: [], size: 0, align: 1, lazy: true };
    this.#records.set(tag, record);
    const syntax = this.#program.records.get(tag);
    if (syntax?.members == null) return record;
    const outer = this.#notes;
    this.#notes = [];
    this.#layOut(record, syntax.members, syntax.packed, (syntax as { aligned?: Expression }).aligned);
    this.#note(record, outer);
    return record;
  }

  #resolve(syntax: TypeSyntax): CType {
    switch (syntax.kind) {
      case 'base':
        return this.base(syntax.name);
      case 'named': {
        const target = this.#program.typedefs.get(syntax.name);
        if (target !== undefined && target !== syntax) return this.resolve(target);
        return this.#wellKnown(syntax.name);
      }
      case 'record':
        if (syntax.members !== null && !this.#program.records.has(syntax.tag)) {
          const own: RecordType = {
            kind: 'record',
            tag: syntax.tag,
            union: syntax.what === 'union',
            members: [],
            size: 0,
            align: 1,
            lazy: true,
          };
          this.#layOut(own, syntax.members, syntax.packed, (syntax as { aligned?: Expression }).aligned);
          return own;
        }
        return this.record(syntax.tag, syntax.what === 'union');
      case 'enum':
        this.#readEnum(syntax);
        return types.uint;
      case 'pointer':
        return { kind: 'pointer', to: this.resolve(syntax.to) };
      case 'array': {
        const length = syntax.length === null ? null : constantOf(this.#vm, syntax.length);
        return { kind: 'array', of: this.resolve(syntax.of), length: length === null ? null : Number(length) };
      }
      case 'function':
        return {
          kind: 'function',
          returns: this.resolve(syntax.returns),
          parameters: syntax.parameters.map((parameter) => this.resolve(parameter.type)),
          variadic: syntax.variadic,
        };
      case 'typeof':
        if (syntax.type !== null) return this.resolve(syntax.type);
        return syntax.expression === null ? this.long : typeOf(this.#vm, syntax.expression);
    }
  }

  base(name: (TypeSyntax & { kind: 'base' })['name']): CType {
    switch (name) {
      case 'void':
        return types.void;
      case 'bool':
        return types.bool;
      case 'char': // unsigned on powerpc
      case 'unsigned char':
        return types.uchar;
      case 'signed char':
        return types.char;
      case 'short':
        return types.short;
      case 'unsigned short':
        return types.ushort;
      case 'int':
        return types.int;
      case 'unsigned int':
        return types.uint;
      case 'long':
        return this.long;
      case 'unsigned long':
        return this.ulong;
      case 'long long':
        return types.llong;
      case 'unsigned long long':
        return types.ullong;
      case '__int128':
        return types.int128;
      case 'unsigned __int128':
        return types.uint128;
      case 'float':
        return { kind: 'float', bytes: 4 };
      case 'double':
        return { kind: 'float', bytes: 8 };
    }
  }

  /** Types every kernel file uses and no header in reach defines; another name is a number, and that is an assumption. */
  #wellKnown(name: string): CType {
    const fixed = /^(?:__)?([us])(8|16|32|64)$/.exec(name) ?? /^(?:__)?(u?)int(8|16|32|64)_t$/.exec(name);
    if (fixed !== null) return { kind: 'int', bytes: Number(fixed[2]) / 8, signed: fixed[1] !== 'u', bool: false };
    const big = /^__[bl]e(16|32|64)$/.exec(name);
    if (big !== null) return { kind: 'int', bytes: Number(big[1]) / 8, signed: false, bool: false };
    if (/^(size_t|uintptr_t|phys_addr_t|gfp_t|pgprot_t)$/.test(name)) return this.ulong;
    if (/^(ssize_t|ptrdiff_t|intptr_t|loff_t)$/.test(name)) return this.long;
    if (name === 'bool' || name === '_Bool') return types.bool;
    if (name === 'uint') return types.uint;
    this.#assume({ text: `type ${name} is not in the sources`, decisive: false });
    return this.record(`typedef ${name}`, false);
  }

  #readEnum(syntax: TypeSyntax & { kind: 'enum' }): void {
    if (syntax.members === null || this.#enumsRead.has(syntax.tag)) return;
    this.#enumsRead.add(syntax.tag);
    let next = 0n;
    for (const member of syntax.members) {
      if (member.value !== null) next = constantOf(this.#vm, member.value) ?? next;
      if (!this.#constants.has(member.name)) this.#constants.set(member.name, { file: member.file, value: next });
      next++;
    }
  }

  #layOut(
    record: RecordType,
    members: readonly MemberSyntax[],
    packed: boolean,
    aligned: Expression | undefined,
  ): void {
    record.lazy = false; // before members are resolved: a struct may hold pointers to itself
    let offset = 0;
    let bit = 0; // bits used in the storage unit that begins at `unit`
    let unit = -1;
    for (const member of members) {
      const type = this.resolve(member.type);
      const size = type.kind === 'record' && type.lazy ? lazyBytes : this.sizeOf(type);
      const align = packed ? 1 : this.alignOf(type);
      if (member.bits !== null) {
        const width = Number(constantOf(this.#vm, member.bits) ?? 0n);
        if (width === 0) {
          unit = -1;
          continue;
        }
        if (unit < 0 || bit + width > size * 8) {
          unit = record.union ? 0 : Math.ceil(offset / align) * align;
          bit = 0;
          offset = Math.max(offset, unit + size);
        }
        const from = this.#program.options.littleEndian ? bit : size * 8 - bit - width;
        record.members.push({ name: member.name, type, offset: unit, bits: { from, width } });
        bit += width;
      } else {
        unit = -1;
        const at = record.union ? 0 : Math.ceil(offset / align) * align;
        record.members.push({ name: member.name, type, offset: at, bits: null });
        offset = record.union ? Math.max(offset, size) : at + size;
      }
      record.align = Math.max(record.align, align);
    }
    if (aligned !== undefined) record.align = Math.max(record.align, Number(constantOf(this.#vm, aligned) ?? 1n));
    record.size = Math.ceil(offset / record.align) * record.align;
  }

  #find(record: RecordType, name: string, base: number): Found | null {
    for (const member of record.members) {
      if (member.name === name) return { member, type: member.type, offset: base + member.offset, bits: member.bits };
      if (member.name !== null || member.type.kind !== 'record') continue;
      const inner = this.#find(member.type, name, base + member.offset);
      if (inner !== null) return inner;
    }
    return null;
  }

  #assume(note: Note): void {
    this.#notes?.push(note);
    this.#vm.assume(note.text, note.decisive);
  }

  #assumeAgain(made: object): void {
    const notes = this.#noted.get(made);
    if (notes !== undefined) for (const note of notes) this.#assume(note);
  }

  /** Keeps what was assumed for it, and gives that to whatever it is a part of. */
  #note(made: object, outer: Note[] | null): void {
    const notes = this.#notes ?? [];
    if (notes.length > 0) this.#noted.set(made, notes);
    outer?.push(...notes);
    this.#notes = outer;
  }

  #hasLazyTail(record: RecordType): boolean {
    return record.members.some((member) => member.type.kind === 'record' && member.type.lazy);
  }
}

/** Room for the members of a record that is not in the sources. */
const lazyBytes = 512;
/** Elements reserved for an array of unknown length. */
const unboundedLength = 16;
