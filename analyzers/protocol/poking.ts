/**
 * arch/powerpc/lib/code-patching.c interpreted in place of being built in: its functions run as written, down to the store
 * through a mapping and the instructions behind it. The one idea: a primitive is still one call, and what was executed in
 * it decides what became of the words it stored.
 *
 * Example: on v6.1 patch_instruction() executes `ptesync; stw; dcbst; sync; icbi; sync; isync`.
 */
import type { Asm } from '../source/ast.ts';
import { type Context, number } from '../source/interpreter.ts';
import { types, type Value } from '../source/value.ts';
import { executedAt, instructionsOf } from './executed.ts';
import type { Recorder } from './recorder.ts';
import { EFAULT, giveUp, int, type Row, scalar } from './services.ts';
import { isModuleText } from './text-range.ts';

/** The names whose calls are primitives: what they store is text, or data that entry code reads. */
export const pokingNames: ReadonlyMap<string, 'text' | 'data'> = new Map([
  ['patch_instruction', 'text'],
  ['raw_patch_instruction', 'text'],
  ['patch_instructions', 'text'],
  ['patch_uint', 'data'],
  ['patch_ulong', 'data'],
]);

/** @param defined is there a function of that name in the sources? */
export function pokingFromSource(recorder: Recorder, defined: (name: string) => boolean): Row[] {
  const wrapped = [...pokingNames.keys()].filter(defined).map(
    (name): Row => [
      name,
      (args, context) => {
        let result: Value | undefined;
        const inner = () => {
          result = context.interpret(name, args);
        };
        recorder.poke(name, inner, () => context.trail());
        return result;
      },
    ],
  );
  return [...wrapped, ...mapping(recorder), ...services(recorder)];
}

/** Pages of memory that nothing here shows: what is stored through a mapping of them is lost. */
const elsewhere = { name: 'a page of something else', bytes: 4096, kind: 'data' } as const;

function mapping(recorder: Recorder): Row[] {
  const { world } = recorder;
  const { kernelText, moduleText } = world;
  const first = firstModuleFrame[world.bits];
  const shownBy = (frame: bigint, { memory }: Context): bigint => {
    const inModule = frame >= first;
    const at = inModule ? moduleText.from + ((frame - first) << pageBits) : kernelText.from + (frame << pageBits);
    // Module text is not where its offset says: what takes it for kernel text maps another page.
    if (memory.isMapped(at) && isModuleText(world, at) === inModule) return at;
    const from = world.bits === 64 ? 0xc0000000bfff0000n : 0xdfff0000n;
    if (!memory.isMapped(from)) {
      memory.map({ ...elsewhere, from });
      memory.write(from, new Uint8Array(elsewhere.bytes));
    }
    return from;
  };
  return [
    [
      'vmalloc_to_pfn',
      ([address]) => {
        const at = scalar(address);
        return at === null ? undefined : number(first + ((at - moduleText.from) >> pageBits), types.ullong);
      },
    ],
    [
      '__map_page',
      ([kernel, address, frame], context) => {
        recorder.execute(executedAt('map', context.stack, true));
        if (recorder.fails('map_kernel_page', context.stack)) return int(EFAULT);
        const [ofKernel, at, shown] = [scalar(kernel), scalar(address), scalar(frame)];
        if (ofKernel === null || at === null || shown === null) return undetermined(recorder, 'a mapping', context);
        const page = shownBy(shown, context);
        if (ofKernel === 0n) recorder.poked.set(at >> pageBits, page);
        if (ofKernel !== 0n || recorder.inPokingSpace) context.memory.alias(at, page);
        return int(0);
      },
    ],
    [
      '__unmap_page',
      ([, address], context) => {
        recorder.execute(executedAt('unmap', context.stack, true));
        const at = scalar(address);
        if (at === null) return undetermined(recorder, 'a mapping', context);
        recorder.poked.delete(at >> pageBits);
        context.memory.unalias(at);
        return undefined;
      },
    ],
    [
      '__switch_mm',
      ([there], context) => {
        recorder.inPokingSpace = scalar(there) !== 0n;
        for (const [page, shown] of recorder.poked) {
          if (recorder.inPokingSpace) context.memory.alias(page << pageBits, shown);
          else context.memory.unalias(page << pageBits);
        }
        // It ends in mtspr PID; isync (arch/powerpc/mm/book3s64/mmu_context.c).
        recorder.execute(executedAt('switch_mm_irqs_off()', context.stack, true));
        return undefined;
      },
    ],
  ];
}
const pageBits = 12n;
/** Frames of module text are apart from those of kernel text, which are its offsets. */
const firstModuleFrame = { 64: 0x200000n, 32: 0x80000n } as const;

function services(recorder: Recorder): Row[] {
  const noted = [
    'suspend_breakpoints',
    'restore_breakpoints',
    'flush_tlb_kernel_range',
    'local_flush_tlb_page_psize',
    'local_flush_tlb_mm',
    'local_flush_tlb_page',
  ];
  return [
    ...noted.map(
      (name): Row => [
        name,
        (_args, context) => {
          recorder.execute(executedAt(name, context.stack, true));
          return undefined;
        },
      ],
    ),
    ['__page_table', (_args, context) => int(recorder.fails('get_locked_pte', context.stack) ? 0 : 1)],
    [
      '__irqs_set',
      ([off], context) => {
        recorder.irqsOff = scalar(off) !== 0n;
        recorder.execute(executedAt(recorder.irqsOff ? 'irqs off' : 'irqs on', context.stack, true));
        return undefined;
      },
    ],
    [
      // The number of the state it was given, as for CPUHP_AP_ONLINE_DYN; what a CPU that comes up runs, this one runs.
      'cpuhp_setup_state',
      ([, , startup], context) => {
        const error = startup === undefined ? null : scalar(context.call(startup, [int(0)]));
        return error === 0n ? int(dynamicState) : int(EFAULT);
      },
    ],
  ];
}
const dynamicState = 200;

/** Inline assembly inside a primitive: each instruction in turn. */
export function executeAssembly(
  recorder: Recorder,
  asm: Asm,
  inputs: readonly Value[],
  context: Context,
): readonly Value[] | undefined {
  for (const { name, address } of instructionsOf(asm, inputs.map(scalar))) {
    const executed = executedAt(name, context.stack);
    if (!['dcbst', 'dcbf', 'icbi'].includes(name)) recorder.execute(executed);
    else if (address === null) undetermined(recorder, `the place of ${name}`, context);
    else recorder.execute(executed, { given: address, shown: context.memory.resolve(address) });
  }
  return asm.outputs.length === 0 ? [] : undefined;
}

const undetermined = (recorder: Recorder, what: string, context: Context): never =>
  giveUp(recorder, `the sources do not determine ${what}`, context);
