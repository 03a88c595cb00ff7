/**
 * The instructions of one call of a primitive that stores into text, as its source has them, and what they make of each
 * word. The one idea: a word becomes consistent by what was executed and by nothing else: the store, then dcbst of it, sync,
 * icbi where it is executed, sync (Power ISA Book II, 1.8), then a context synchronizing instruction for this CPU.
 *
 * Example: `stw; dcbst; icbi; sync; isync` leaves the word inconsistent, for nothing orders the dcbst before the icbi.
 */
import type { Asm } from '../source/ast.ts';
import type { Frame } from '../source/place.ts';
import type { Executed, Step } from './protocol.ts';

/** How far a stored word has come; each stage needs the one before. */
const stages = ['stored', 'written back', 'in memory', 'invalidated', 'consistent', 'synchronized'] as const;
type Stage = (typeof stages)[number];

/** What takes a word from a stage to the next, where it is for that word or for all. */
const advances: Readonly<Record<string, readonly (readonly [from: Stage, to: Stage])[]>> = {
  dcbst: [['stored', 'written back']],
  dcbf: [['stored', 'written back']],
  sync: [
    ['written back', 'in memory'],
    ['invalidated', 'consistent'],
  ],
  icbi: [['in memory', 'invalidated']],
  isync: [['consistent', 'synchronized']],
};
/** Other names and forms of the same, and what ends in it. */
const plainName: Readonly<Record<string, string>> = {
  hwsync: 'sync',
  ptesync: 'sync',
  msync: 'sync',
  'switch_mm_irqs_off()': 'isync',
};

/** The smallest cache lines there are, those of the 8xx and the e5500: one dcbst or icbi is for all of it. */
const blockBytes = { 32: 16n, 64: 64n } as const;

interface Stored {
  /** The list that holds the step, and where. */
  readonly steps: Step[];
  readonly index: number;
  readonly address: bigint;
  stage: Stage;
}

/** One outermost call of a primitive. */
export class Poke {
  readonly via: string;
  readonly #executed: Executed[] = [];
  readonly #stored: Stored[] = [];
  readonly #blockBytes: bigint;

  constructor(via: string, bits: 32 | 64) {
    this.via = via;
    this.#blockBytes = blockBytes[bits];
  }

  /** A store into text that was told as the last step of `steps`. */
  store(steps: Step[], address: bigint, executed: Executed): void {
    this.#executed.push(executed);
    this.#stored.push({ steps, index: steps.length - 1, address, stage: 'stored' });
  }

  /** @param places where a dcbst or icbi works: the address as given, and the text that it shows where that is an alias */
  execute(executed: Executed, places: { readonly given: bigint; readonly shown: bigint } | null = null): void {
    this.#executed.push(executed);
    const name = plainName[executed.text] ?? executed.text;
    for (const word of this.#stored) {
      const next = advances[name]?.find(([from]) => from === word.stage);
      if (next !== undefined && (places === null || this.#works(name, places, word.address))) word.stage = next[1];
    }
  }

  /** flush_icache_range(): all that it takes, for the words of a range. */
  flush(executed: Executed, from: bigint, to: bigint): void {
    this.#executed.push(executed);
    for (const word of this.#stored) if (word.address >= from && word.address < to) word.stage = 'synchronized';
  }

  /**
   * Tells every store what was executed around it, and what that made of it.
   * @param passed the statements run last, newest first
   */
  end(passed: readonly Frame[]): void {
    for (const { steps, index, stage } of this.#stored) {
      const step = steps[index];
      const executed = [...this.#executed];
      if (step?.kind === 'modify') {
        const consistent = stage === 'synchronized' ? 'patch' : stage === 'consistent' ? 'elsewhere' : 'none';
        steps[index] = { ...step, consistent, executed, passed };
      } else if (step?.kind === 'publish') {
        steps[index] = { ...step, how: stage === 'stored' || stage === 'written back' ? 'store' : 'patch', executed };
      }
    }
  }

  /**
   * Data caches go by the address in memory, whichever alias is given. Instruction caches may be looked up by the effective
   * address: an alias that nobody executes from does not do there.
   */
  #works(name: string, { given, shown }: { given: bigint; shown: bigint }, address: bigint): boolean {
    return (name === 'icbi' ? given : shown) / this.#blockBytes === address / this.#blockBytes;
  }
}

/** The instructions of inline assembly, with the address that a dcbst or icbi is for; null where it cannot be told. */
export function instructionsOf(
  asm: Asm,
  inputs: readonly (bigint | null)[],
): readonly { readonly name: string; readonly address: bigint | null }[] {
  const operandAt = (text: string): bigint | null => {
    if (/^r?0$/.test(text)) return 0n;
    const [, digits, symbol] = /^%(?:(\d+)|\[(\w+)\])$/.exec(text) ?? [];
    const index =
      symbol === undefined
        ? Number(digits) - asm.outputs.length
        : asm.inputs.findIndex((operand) => operand.symbol === symbol);
    // A memory operand is evaluated to what it holds, not to where it is.
    return asm.inputs[index]?.constraint.includes('r') ? (inputs[index] ?? null) : null;
  };
  return asm.template
    .split(/[;\n]/)
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('#') && !text.startsWith('.') && !/^\w+:$/.test(text))
    .map((text) => {
      const [name = '', ...rest] = text.split(/\s+/);
      const parts = rest.join('').split(',').filter(Boolean).map(operandAt);
      const sum = parts.reduce<bigint | null>((all, one) => (all === null || one === null ? null : all + one), 0n);
      return { name, address: parts.length === 0 ? null : sum };
    });
}

export const executedAt = (text: string, stack: readonly Frame[], service = false): Executed => ({
  text,
  service,
  stack,
});

/** A store of so many bytes, as the compiler has it. */
export const storeName = (bytes: number) => ({ 1: 'stb', 2: 'sth', 4: 'stw', 8: 'std' })[bytes] ?? `${bytes} bytes`;
