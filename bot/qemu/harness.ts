/**
 * Cases run under qemu's user mode: builds harness.s for a target, feeds it cases and reads what each left behind. A case
 * that gets no answer, because qemu died or went round in circles over it, is `null`, and the others are run all the same.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mode } from '../../analyzers/power/processor.ts';
import { type Case, type Outcome, places } from '../../analyzers/power/vector/case.ts';

export interface Target {
  readonly name: 'ppc64le' | 'ppc64' | 'ppc32';
  /** As `vectors` names it. */
  readonly option: '-le' | '-be' | '-32';
  readonly mode: Mode;
  readonly emulator: string;
  readonly cpu: string;
  /** Only these rows, by mnemonic: what the CPU before lacks. */
  readonly only?: RegExp;
  readonly linker: readonly string[];
}

export const targets: readonly Target[] = [
  {
    ...{ name: 'ppc64le', option: '-le', mode: { bits: 64, littleEndian: true } },
    ...{ emulator: 'qemu-ppc64le', cpu: 'power10', linker: ['-EL', '-m', 'elf64lppc'] },
  },
  {
    ...{ name: 'ppc64', option: '-be', mode: { bits: 64, littleEndian: false } },
    ...{ emulator: 'qemu-ppc64', cpu: 'power10', linker: ['-EB', '-m', 'elf64ppc'] },
  },
  {
    ...{ name: 'ppc32', option: '-32', mode: { bits: 32, littleEndian: false } },
    ...{ emulator: 'qemu-ppc', cpu: '7447a', linker: ['-EB', '-m', 'elf32ppc'] },
  },
  {
    ...{ name: 'ppc32', option: '-32', mode: { bits: 32, littleEndian: false } },
    ...{ emulator: 'qemu-ppc', cpu: 'e500mc', linker: ['-EB', '-m', 'elf32ppc'], only: /^isel$/ },
  },
];

/** Debian's packages of what this runs, where it is missing. */
export function missing(): readonly string[] {
  const pairs = [
    ['powerpc64le-linux-gnu-as', 'binutils-powerpc64le-linux-gnu'] as const,
    ...targets.map(({ emulator }) => [emulator, 'qemu-user'] as const),
  ];
  const absent = pairs.filter(([command]) => spawnSync(command, ['--version']).error !== undefined);
  return [...new Set(absent.map(([, name]) => name))];
}

/** How many cases one process gets, and after how long it is taken to go round in circles. */
const [casesMax, timeoutMs] = [4000, 120_000];

/** What harness.s calls the same. */
const codeWords = 32;
const savedMax = 39;
const signals: Readonly<Record<number, Outcome['status']>> = { 4: 'SIGILL', 5: 'SIGTRAP', 7: 'SIGBUS', 11: 'SIGSEGV' };
/** Where the frame of a signal has the other registers, by their index. */
const saved = { nia: 32, ctr: 35, lr: 36, xer: 37, cr: 38, signal: 39 } as const;

/** Builds the harness and gives `use` a function that runs cases on it. */
export function withHarness<T>(target: Target, use: (run: (cases: readonly Case[]) => (Outcome | null)[]) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'harness-'));
  try {
    const program = build(target, folder);
    return use((cases) => {
      const outcomes: (Outcome | null)[] = [];
      while (outcomes.length < cases.length) {
        const batch = cases.slice(outcomes.length, outcomes.length + casesMax);
        const answers = runBatch(target, program, batch);
        outcomes.push(...answers);
        if (answers.length < batch.length) outcomes.push(null);
      }
      return outcomes;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function build({ mode, linker }: Target, folder: string): string {
  const file = (name: string) => join(folder, name);
  const tool = (name: string, options: readonly string[]) => {
    const { status, stderr, error } = spawnSync(`powerpc64le-linux-gnu-${name}`, options, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name}: ${error?.message ?? stderr}`);
  };
  const { bits, littleEndian } = mode;
  const order = littleEndian ? '-mlittle' : '-mbig';
  const source = join(import.meta.dirname, 'harness.s');
  tool('as', [`-a${bits}`, order, '--defsym', `BITS=${bits}`, '-o', file('harness.o'), source]);
  const page = (address: number) => `0x${(address - (address % places.pageBytes)).toString(16)}`;
  const sections = [`--section-start=.cases=${page(places.code)}`, `--section-start=.window=${page(places.memory)}`];
  tool('ld', [
    ...linker,
    '--no-warn-rwx-segments',
    '-Ttext=0x08000000',
    ...sections,
    '-o',
    file('harness'),
    file('harness.o'),
  ]);
  return file('harness');
}

/** @returns the outcomes up to the first case without an answer */
function runBatch({ emulator, cpu, mode }: Target, program: string, batch: readonly Case[]): Outcome[] {
  const input = Buffer.concat(batch.map(recordOf));
  const { stdout } = spawnSync(emulator, ['-cpu', cpu, program], { input, maxBuffer: 2 ** 28, timeout: timeoutMs });
  const bytes = ((savedMax + 1) * mode.bits) / 8 + places.memoryBytes;
  const answers = Math.floor(stdout.length / bytes);
  return batch.slice(0, answers).map((given, i) => outcomeOf(given, stdout.subarray(i * bytes, (i + 1) * bytes)));
}

function recordOf({ mode, registers, memory, words }: Case): Buffer {
  const { gpr, cr, xer, lr, ctr } = registers;
  const values = [...gpr, BigInt(cr), BigInt(xer), lr, ctr];
  const bytes = mode.bits / 8;
  const record = Buffer.alloc(values.length * bytes + places.memoryBytes + 4 * codeWords);
  for (const [i, value] of values.entries()) writeRegister(record, { offset: i * bytes, value }, mode);
  record.set(memory, values.length * bytes);
  for (let i = 0; i < codeWords; i++) {
    const offset = record.length - 4 * codeWords + 4 * i;
    if (mode.littleEndian) record.writeUInt32LE(words[i] ?? places.trap, offset);
    else record.writeUInt32BE(words[i] ?? places.trap, offset);
  }
  return record;
}

function outcomeOf({ mode, words }: Case, result: Buffer): Outcome {
  const register = (index: number) => readRegister(result, index * (mode.bits / 8), mode);
  const nia = register(saved.nia);
  const inside = nia >= places.code && nia < places.code + 4 * words.length;
  return {
    status: inside ? (signals[Number(register(saved.signal))] ?? 'endless') : 'ok',
    registers: {
      nia,
      lr: register(saved.lr),
      ctr: register(saved.ctr),
      cr: Number(register(saved.cr)),
      xer: Number(register(saved.xer)),
      gpr: Array.from({ length: 32 }, (_, i) => register(i)),
    },
    memory: new Uint8Array(result.subarray(result.length - places.memoryBytes)),
  };
}

function writeRegister(to: Buffer, { offset, value }: { offset: number; value: bigint }, mode: Mode): void {
  if (mode.bits === 32) to.writeUInt32BE(Number(value), offset);
  else if (mode.littleEndian) to.writeBigUInt64LE(value, offset);
  else to.writeBigUInt64BE(value, offset);
}

function readRegister(from: Buffer, offset: number, mode: Mode): bigint {
  if (mode.bits === 32) return BigInt(from.readUInt32BE(offset));
  return mode.littleEndian ? from.readBigUInt64LE(offset) : from.readBigUInt64BE(offset);
}
