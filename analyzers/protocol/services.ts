/**
 * Kernel services that give answers and leave no step: which text an address is in, where a module's stub leads, memory,
 * sorting. The one idea: they answer from the world, so that the kernel's own checks pass or fail as they would.
 *
 * Example: core_kernel_text(A) is true in the far world and false in the module's.
 */
import { unseen } from '../source/fragment.ts';
import { type Builtin, type Context, number } from '../source/interpreter.ts';
import { types, type Value } from '../source/value.ts';
import { moduleFreed } from './driver.ts';
import type { Recorder } from './recorder.ts';
import { isKernelText, isModuleText } from './text-range.ts';
import { moduleAt } from './world.ts';

export type Row = readonly [string, Builtin];
/** A scalar argument's value; null where it is unknown or a struct. */
export const scalar = (value: Value | undefined): bigint | null => (value?.kind === 'scalar' ? value.bits : null);
export const int = (value: number): Value => number(value, types.int);
export const EFAULT = -14;
/** MODULE_STATE_UNFORMED, the first member of struct module in prelude.ts. */
const unformed = 3n;

/** What cannot be known must not be guessed: the run ends here, and says so. */
export function giveUp(recorder: Recorder, text: string, context: Context): never {
  recorder.unread ??= text;
  context.assume(text, true);
  return context.stop(text);
}

export function kernelServices(recorder: Recorder): Row[] {
  return [
    notShown,
    ...textQuestions(recorder),
    ...memory(recorder),
    moduleMemory(recorder),
    ...interruptMask(recorder),
    ...sorting(),
    ...hashing,
    ...silent,
  ];
}

/** Stands where a mail leaves out lines of a function. */
const notShown: Row = [
  unseen,
  (_args, context) => {
    context.assume(`lines of ${context.stack.at(-1)?.fn ?? 'a function'}() are not in the mail`);
    return undefined;
  },
];

function textQuestions(recorder: Recorder): Row[] {
  const { world } = recorder;
  const question = (name: string, holds: (address: bigint, context: Context) => boolean): Row => [
    name,
    ([address], context) => {
      const asked = scalar(address);
      if (asked !== null) return int(holds(asked, context) ? 1 : 0);
      context.assume(`${name}() is asked about an unknown address`);
      return undefined;
    },
  ];
  const inModule = (address: bigint) => isModuleText(world, address);
  // Lookups by address pass over a module that is not formed yet (kernel/module/main.c).
  const isFormed = (address: bigint, context: Context) =>
    inModule(address) && context.memory.readInteger(moduleAt(world), 4) !== unformed;
  const pointer = (name: string): Row => [
    name,
    ([address], context) =>
      number(isFormed(scalar(address) ?? 0n, context) ? moduleAt(world) : 0n, {
        kind: 'int',
        bytes: 8,
        signed: false,
        bool: false,
      }),
  ];
  const inKernel = (address: bigint) => isKernelText(world, address);
  return [
    ...['core_kernel_text', 'is_kernel_text', '__is_kernel_text', 'is_kernel_core_text'].map((name) =>
      question(name, inKernel),
    ),
    ...['kernel_text_address', '__kernel_text_address'].map((name) =>
      question(name, (at, context) => inKernel(at) || isFormed(at, context)),
    ),
    ...['is_module_text_address', 'is_module_address'].map((name) => question(name, isFormed)),
    ...[
      'within_module_core',
      'within_module',
      'within_module_mem_type',
      'is_vmalloc_or_module_addr',
      'is_vmalloc_addr',
    ].map((name) => question(name, inModule)),
    // Data of the kernel itself; what is allocated is not.
    ...['core_kernel_data', 'is_kernel_core_data'].map((name) =>
      question(name, (at, context) => context.memory.regionOf(at)?.name !== allocated),
    ),
    // Init text has been freed, or is not where the sites are.
    ...[
      'within_module_init',
      'is_kernel_inittext',
      'init_section_contains',
      'is_ftrace_trampoline',
      'is_livepatch_module',
    ].map((name) => question(name, () => false)),
    ...['__module_text_address', '__module_address'].map(pointer),
    [
      'kallsyms_lookup',
      ([address, size, offset, , name], context) =>
        lookUp(recorder, [address, size, offset], context) ? (name ?? int(1)) : number(0, types.ullong),
    ],
    [
      'kallsyms_lookup_size_offset',
      ([address, size, offset], context) => int(lookUp(recorder, [address, size, offset], context) ? 1 : 0),
    ],
    [
      'kallsyms_lookup_name',
      ([name], context) => {
        const asked = name === undefined ? null : context.string(name)?.replace(/^\./, '');
        // With descriptors the symbol of the text is the one with the dot.
        return number(asked === null || asked === undefined ? 0n : (world.entries.get(asked) ?? 0n), types.ullong);
      },
    ],
    ['kernel_toc_addr', () => number(world.kernelToc, { kind: 'int', bytes: 8, signed: false, bool: false })],
    ['module_trampoline_target', ([, stub, target], context) => trampolineTarget(recorder, stub, target, context)],
  ];
}

/** The function an address is in: its size and the offset into it go where the pointers say. */
function lookUp({ world }: Recorder, [asked, size, offset]: readonly (Value | undefined)[], context: Context): boolean {
  const address = scalar(asked);
  const site = [...world.sites, ...(world.kernelSite === null ? [] : [world.kernelSite])].find(
    ({ entry, text }) => address !== null && address >= entry && address < entry + BigInt(4 * text.words.length),
  );
  if (address === null || site === undefined) return false;
  const tell = (to: Value | undefined, value: bigint) => {
    const at = scalar(to);
    if (at !== null && at !== 0n) context.memory.writeInteger(at, world.bits / 8, value);
  };
  tell(size, BigInt(4 * site.text.words.length));
  tell(offset, address - site.entry);
  return true;
}

/** Where a module's stub leads; an error for what is no stub, as the kernel's own check gives. */
function trampolineTarget(
  recorder: Recorder,
  stub: Value | undefined,
  target: Value | undefined,
  context: Context,
): Value {
  const { world } = recorder;
  const [address, to] = [scalar(stub), scalar(target)];
  if (address === null || to === null) {
    context.assume('module_trampoline_target() is asked about an unknown stub', true);
    return int(EFAULT);
  }
  const name = world.stubs.get(address);
  const entry = name === undefined ? undefined : world.entries.get(name);
  if (entry === undefined || recorder.fails('module_trampoline_target', context.stack)) return int(EFAULT);
  context.memory.writeInteger(to, world.bits / 8, entry);
  return int(0);
}

/** Zeroed or not, memory comes from one place and is never used again. */
function memory(recorder: Recorder): Row[] {
  const allocate = (context: Context, bytes: bigint | null, zeroed: boolean): Value => {
    if (bytes === null || bytes > bytesMax) {
      context.assume('memory of unknown or absurd size is asked for', true);
      return number(0, types.ullong);
    }
    const from = recorder.heapNext;
    recorder.heapNext += (bytes + 63n) & ~63n;
    context.memory.map({ name: allocated, from, bytes: Math.max(1, Number(bytes)), kind: 'data' });
    if (zeroed) context.memory.clear(from, Number(bytes));
    return number(from, types.ullong);
  };
  const times = (a: Value | undefined, b: Value | undefined) => {
    const [left, right] = [scalar(a), scalar(b)];
    return left === null || right === null ? null : left * right;
  };
  const sized = (name: string, zeroed: boolean): Row => [
    name,
    ([bytes], context) => allocate(context, scalar(bytes), zeroed),
  ];
  const counted = (name: string, zeroed: boolean): Row => [
    name,
    ([n, size], context) => allocate(context, times(n, size), zeroed),
  ];
  const pages = (name: string, zeroed: boolean): Row => [
    name,
    ([, order], context) => allocate(context, pageBytes << (scalar(order) ?? 0n), zeroed),
  ];
  return [
    ...['kzalloc', 'kvzalloc', 'vzalloc'].map((name) => sized(name, true)),
    ...['kmalloc', 'kvmalloc', 'vmalloc'].map((name) => sized(name, false)),
    ...['kcalloc', 'kvcalloc'].map((name) => counted(name, true)),
    ...['kmalloc_array', 'kvmalloc_array'].map((name) => counted(name, false)),
    // Zeroed by __GFP_ZERO as ftrace asks for its pages.
    pages('__get_free_pages', true),
    ['get_zeroed_page', (_args, context) => allocate(context, pageBytes, true)],
    ['get_order', ([bytes]) => int(orderOf(scalar(bytes) ?? 1n))],
    // The least n with 2^n >= count.
    ...['get_count_order', 'order_base_2'].map(
      (name): Row => [name, ([count]) => int(bitLength((scalar(count) ?? 1n) - 1n))],
    ),
    ...['ilog2', '__fls'].map((name): Row => [name, ([value]) => int(bitLength(scalar(value) ?? 1n) - 1)]),
    ...['fls', 'fls64', 'fls_long'].map((name): Row => [name, ([value]) => int(bitLength(scalar(value) ?? 0n))]),
  ];
}
const allocated = 'allocated memory';
const pageBytes = 4096n;
const bytesMax = 1n << 20n;

function orderOf(bytes: bigint): number {
  let order = 0;
  while (pageBytes << BigInt(order) < bytes && order < 10) order++;
  return order;
}

const bitLength = (value: bigint) => (value > 0n ? value.toString(2).length : 0);

function interruptMask(recorder: Recorder): Row[] {
  return [
    ['__irqs_off', () => int(recorder.irqsOff ? 1 : 0)],
    [
      '__irqs_set',
      ([off]) => {
        recorder.irqsOff = scalar(off) !== 0n;
        return undefined;
      },
    ],
  ];
}

function sorting(): Row[] {
  return [
    // The world's records are in order already.
    ['sort', () => int(0)],
    [
      'bsearch',
      ([key, base, count, size, compare], context) => {
        const [from, n, bytes] = [scalar(base), scalar(count), scalar(size)];
        if (key === undefined || compare === undefined || from === null || n === null || bytes === null)
          return undefined;
        for (let index = 0n; index < n && index < 1000n; index++) {
          const item = number(from + index * bytes, types.ullong);
          if (scalar(context.call(compare, [key, item])) === 0n) return item;
        }
        return number(0, types.ullong);
      },
    ],
  ];
}

/** A module's text and stubs are no memory any more: what reads there from now on is given an error, as where nothing is mapped. */
const moduleMemory = (recorder: Recorder): Row => [
  moduleFreed,
  (_args, { memory, stack }) => {
    const { from, to } = recorder.world.moduleText;
    memory.unmap(from, to);
    recorder.add({ kind: 'free', what: 'module text', address: from }, stack);
    return undefined;
  },
];

/** Where in a hash table something goes: any function of the value will do (include/linux/hash.h). */
const hashing: readonly Row[] = ['hash_long', 'hash_ptr', 'hash_32', 'hash_64'].map(
  (name): Row => [
    name,
    ([value, bits]) => int(Number(((scalar(value) ?? 0n) >> 2n) & ((1n << (scalar(bits) ?? 0n)) - 1n))),
  ],
);

/** What has no bearing on call sites; 0 where a value is asked for. */
const silent: readonly Row[] = [
  'kfree',
  'kvfree',
  'kfree_rcu',
  'free_page',
  'free_pages',
  'kstrdup',
  'call_rcu',
  'call_rcu_sched',
  'call_rcu_tasks',
  // Of kernel/trace/fgraph.c: which C function the graph tracer calls.
  'update_function_graph_func',
  'kmem_cache_free',
  'ftrace_now',
  'trace_clock_local',
  'sched_clock',
  'might_resched',
  'touch_nmi_watchdog',
  'lockdep_assert_cpus_held',
  'lockdep_assert_irqs_disabled',
  'early_mmu_has_feature',
  'mmu_has_feature',
  'perf_event_ksymbol',
  'perf_event_text_poke',
  'kmemleak_not_leak',
  'kasan_disable_current',
  'kasan_enable_current',
  'kmsan_check_memory',
  'kmsan_poison_memory',
  'kmsan_unpoison_memory',
  'module_put',
  'try_module_get',
  'ftrace_create_filter_files',
].map((name): Row => [name, () => number(0, types.ullong)]);
