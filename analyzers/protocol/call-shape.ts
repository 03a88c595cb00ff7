/**
 * What a compiler leaves at the start of a function for tracing, from its flags (FACTS section 2): the words, which of them
 * it records, and the name of all that. The one idea: flags decide, wherever they come from.
 *
 * Example: `-fpatchable-function-entry=3,1` is one nop before the function and two in it; the nop before is recorded.
 */
import type { Compiler } from '../kconfig/compiler.ts';

export type Abi = 'elfv1' | 'elfv2' | 'ppc32';

export interface CallShape {
  /** Stable and printed: ppc64-mprofile-gcc6. */
  readonly id: string;
  readonly kind: 'mprofile' | 'patchable' | 'pg';
  /**
   * A function as the compiler leaves it, from its local entry on, one instruction a line; `call` stands for the
   * profiling call's word. Words before the entry are in `before`.
   */
  readonly function: readonly string[];
  /** The same in a module, where it differs. */
  readonly moduleFunction?: readonly string[];
  readonly before?: readonly string[];
  /** Index in `function` of the word that the compiler or recordmcount records; negative: in `before`, from its end. */
  readonly recorded: number;
}

/** A function that does nothing: `addi r12,r3,1` stands for its body, which leaves its arguments alone. */
const body = ['addi r12,r3,1', 'blr'];
/** On ppc64 with -pg the call stands behind the prologue. */
const pg64 = [
  ...['mflr r0', 'std r0,16(r1)', 'stdu r1,-112(r1)', 'call', 'nop'],
  ...['addi r12,r3,1', 'addi r1,r1,112', 'ld r0,16(r1)', 'mtlr r0', 'blr'],
];
/** Of two nops or more, as many as a kernel might ask for. */
const nopsMax = 16;

/** @returns null where the flags are none that are known */
export function callShapeOf(
  flags: string,
  { abi, compiler, outOfLine }: { abi: Abi; compiler: Compiler; outOfLine: boolean },
): CallShape | null {
  const bits = abi === 'ppc32' ? 'ppc32' : 'ppc64';
  const entry = /(?:^|\s)-fpatchable-function-entry=(\d+)(?:,(\d+))?(?=\s|$)/.exec(flags);
  if (entry !== null) {
    const [all, ahead] = [Number(entry[1]), Number(entry[2] ?? 0)];
    if (all === 0 || all > nopsMax || ahead > all) return null;
    const nops = (count: number) => new Array<string>(count).fill('nop');
    return {
      id: `${bits}-${patchableName(all, ahead, outOfLine)}`,
      kind: 'patchable',
      function: [...nops(all - ahead), ...body],
      ...(ahead > 0 && { before: nops(ahead) }),
      recorded: -ahead,
    };
  }
  const words = flags.split(/\s+/);
  if (!words.includes('-pg')) return null;
  if (words.includes('-mprofile-kernel')) {
    if (bits === 'ppc32') return null;
    const old = compiler.kind === 'gcc' && compiler.version < 60000;
    const id = `ppc64-mprofile-gcc${old ? 5 : 6}`;
    const stores = old ? ['std r0,16(r1)'] : [];
    return { id, kind: 'mprofile', function: ['mflr r0', ...stores, 'call', ...body], recorded: old ? 2 : 1 };
  }
  if (abi === 'ppc32')
    return { id: 'ppc32-pg', kind: 'pg', function: ['mflr r0', 'stw r0,4(r1)', 'call', ...body], recorded: 2 };
  const restore = `ld r2,${abi === 'elfv1' ? 40 : 24}(r1)`;
  const moduleFunction = pg64.map((line) => (line === 'nop' ? restore : line));
  return { id: `ppc64-pg-${abi}`, kind: 'pg', function: pg64, moduleFunction, recorded: 3 };
}

/** Two nops, or three of which one is ahead for a pointer, or one and a stub; what no kernel has had, by its numbers. */
function patchableName(all: number, ahead: number, outOfLine: boolean): string {
  const numbers = `${all}${ahead > 0 ? `,${ahead}` : ''}`;
  if (outOfLine) return numbers === '1' ? 'out-of-line' : `out-of-line-${numbers}`;
  return numbers === '2' ? 'patchable' : numbers === '3,1' ? 'call-ops' : `patchable-${numbers}`;
}
