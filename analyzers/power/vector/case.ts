/**
 * A case: registers, 64 bytes of memory and a sequence of instructions, run on the processor of the table from its first
 * word until the PC leaves the sequence or an instruction cannot be completed. What it leaves is an outcome, in the words of
 * a user's process: `ok`, or the signal it would get.
 *
 * Example: `addi r3,r3,1` at 0x11000200 with r3=1 leaves r3=2 and the PC at 0x11000204, `ok`.
 */
import { decode, type Instruction } from '../code.ts';
import { type Mode, Processor, type Registers, type Stop, type Storage } from '../processor.ts';
import { undefinedBits } from './undefined.ts';

/** Where a case lies. The pages around it are mapped: the code's full of traps, the memory's zero. */
export const places = {
  code: 0x11000200,
  memory: 0x30000100,
  memoryBytes: 64,
  pageBytes: 0x10000,
  trap: 0x7fe00008,
} as const;

export interface Case {
  readonly mode: Mode;
  /** `nia` is where the code lies. */
  readonly registers: Registers;
  readonly memory: Uint8Array;
  /** Word values as the ISA prints them; they lie in the mode's byte order. */
  readonly words: readonly number[];
}

export type Status = 'ok' | 'SIGILL' | 'SIGTRAP' | 'SIGSEGV' | 'SIGBUS';

/** How a run ended: the PC left the sequence, or this could not be completed. */
type Ending = Stop | 'left' | 'endless';

export interface Outcome {
  readonly status: Status | 'system-call' | 'wait' | 'endless';
  /** As they were before the instruction that could not be completed; `nia` is its address, or where the PC went. */
  readonly registers: Registers;
  readonly memory: Uint8Array;
}

/** An instruction, and the registers that it met. */
export interface Execution {
  readonly instruction: Instruction;
  readonly before: Registers;
}

export interface Run extends Outcome {
  /** In that order, the instruction that was not completed included. */
  readonly executed: readonly Execution[];
  /** It accessed what an outcome does not show: its code, or wrote more than zeros around its memory. */
  readonly strayed: boolean;
  /** Bits of registers that the last instruction has left undefined. */
  readonly undefinedBits: ReadonlyMap<string, bigint>;
  /** One before the last has left some: what follows from them is of no meaning. */
  readonly tainted: boolean;
}

/** A sequence that executes more instructions than this is taken to be endless. */
const executedMax = 100_000;

const statuses: Readonly<Record<Ending, Outcome['status']>> = {
  left: 'ok',
  illegal: 'SIGILL',
  privileged: 'SIGILL',
  'return-from-interrupt': 'SIGILL',
  trap: 'SIGTRAP',
  'bad-access': 'SIGSEGV',
  alignment: 'SIGBUS',
  'system-call': 'system-call',
  wait: 'wait',
  endless: 'endless',
};

/** Registers that problem state may write to, by number: VRSAVE and TAR; no 32-bit implementation here has them. */
const specialOf = ({ bits }: Mode) => new Map(bits === 64 ? [256, 815].map((spr) => [spr, 0n]) : []);

/** MSR of a user's process: problem state. */
const msrOf = ({ bits, littleEndian }: Mode) => (bits === 64 ? 1n << 63n : 0n) | 0x4000n | (littleEndian ? 1n : 0n);

export function run(given: Case, instructionsMax = executedMax): Run {
  const storage = new CaseStorage(given);
  const executed: Execution[] = [];
  let registers: Registers = { ...given.registers, msr: msrOf(given.mode), special: specialOf(given.mode) };
  let unknown: ReadonlyMap<string, bigint> = new Map();
  let tainted = false;
  for (;;) {
    const index = (Number(registers.nia) - places.code) / 4;
    if (index < 0 || index >= given.words.length) return outcome('left');
    const instruction = decode(storage.word(index), storage.word(index + 1));
    if (instruction === null) return outcome('illegal');
    if (executed.length === instructionsMax) return outcome('endless');
    executed.push({ instruction, before: registers });
    tainted ||= unknown.size > 0;
    // Book I 1.6: a prefixed instruction that crosses a 64-byte boundary gets an alignment interrupt.
    if (instruction.bytes === 8 && registers.nia % 64n === 60n) return outcome('alignment');
    const processor = new Processor(given.mode, storage, registers);
    processor.execute(instruction);
    if (processor.stop !== null) return outcome(processor.stop);
    unknown = undefinedBits(instruction, registers, given.mode);
    const { nia, lr, ctr, cr, xer, gpr, msr, special, reservation } = processor;
    registers = { nia, lr, ctr, cr, xer, gpr, msr, special, reservation };
  }
  function outcome(ending: Ending): Run {
    const { memory, strayed } = storage;
    return { status: statuses[ending], registers, memory, executed, strayed, undefinedBits: unknown, tainted };
  }
}

const pageOf = (address: number) => Math.floor(address / places.pageBytes);

/** Two mapped pages, of which little is ever written. */
class CaseStorage implements Storage {
  readonly memory: Uint8Array;
  strayed = false;
  readonly #words: readonly number[];
  readonly #littleEndian: boolean;
  readonly #elsewhere = new Map<number, number>();

  constructor({ memory, words, mode }: Case) {
    this.memory = memory.slice();
    this.#words = words;
    this.#littleEndian = mode.littleEndian;
  }

  has(address: number, bytes: number): boolean {
    const page = pageOf(address);
    this.strayed ||= page === pageOf(places.code);
    const mapped = page === pageOf(places.code) || page === pageOf(places.memory);
    return mapped && address + bytes <= (page + 1) * places.pageBytes;
  }

  read(address: number): number {
    const inMemory = this.memory[address - places.memory];
    return inMemory ?? this.#elsewhere.get(address) ?? this.#initial(address);
  }

  write(address: number, byte: number): void {
    const index = address - places.memory;
    if (index >= 0 && index < places.memoryBytes) this.memory[index] = byte;
    else {
      this.#elsewhere.set(address, byte);
      this.strayed ||= byte !== 0;
    }
  }

  /** The word at an index of the sequence, as it now is. */
  word(index: number): number {
    let word = 0;
    for (let i = 0; i < 4; i++)
      word = word * 256 + this.read(places.code + 4 * index + (this.#littleEndian ? 3 - i : i));
    return word;
  }

  /** A byte nobody has written. */
  #initial(address: number): number {
    if (pageOf(address) === pageOf(places.memory)) return 0;
    const offset = address - places.code;
    const word = this.#words[Math.floor(offset / 4)] ?? places.trap;
    const byte = ((offset % 4) + 4) % 4;
    return (word >>> (8 * (this.#littleEndian ? byte : 3 - byte))) & 0xff;
  }
}
