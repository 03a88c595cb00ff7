/**
 * Where the tracer's entry code may send a task: the C function that traces, a function that a live patch put in place of
 * the traced one, a direct trampoline. Each keeps what the ABI says a function keeps, and nothing else.
 *
 * Example: after the C function r3 to r12, CTR and the volatile condition fields hold what no caller could use.
 */
import { assemble } from '../power/text.ts';
import type { Contract, Exit } from '../protocol/protocol.ts';
import { layout } from './layout.ts';
import type { Text } from './model.ts';

export interface Callees {
  readonly bits: 32 | 64;
  readonly contract: Contract;
  readonly exit: Exit;
  /** Is there a second direct trampoline to change to? */
  readonly other: boolean;
  /** Does an ops have a function that does nothing? */
  readonly nothing: boolean;
  /** Where a function returns to that the graph tracer is told of: the file's own, or null for a stand-in. */
  readonly returnHandler: number | null;
  /** The graph tracer is told by the C function that traces (ftrace_graph_func()), and not by the entry code itself. */
  readonly inC: boolean;
  /** By the names of the tree's asm-offsets.c. */
  readonly offsets: ReadonlyMap<string, bigint>;
}

export function calleeTexts(options: Callees): Text[] {
  const texts = [text('tracer_function', layout.callee, tracerFunction(options))];
  if (options.nothing)
    texts.push(text('empty_function', layout.nothing, tracerFunction({ ...options, exit: 'normal' })));
  if (options.exit === 'livepatch') texts.push(text('new_function', layout.replacement, newFunction));
  if (options.exit === 'direct' || options.exit === 'direct-by-tracer') {
    const lines = options.contract === 'ool' ? ['blr'] : throughCounter;
    texts.push(text('direct_trampoline', layout.trampoline, lines));
    if (options.other) texts.push(text('other_direct_trampoline', layout.otherTrampoline, lines));
  }
  if (options.exit === 'graph') texts.push(...graphTexts(options));
  return texts;
}

/** Where C functions and the like are, by the names that branches to them have. */
export const calleeAddresses: Readonly<Record<string, number>> = {
  ftrace_ops_list_func: layout.callee,
  arch_ftrace_ops_list_func: layout.callee,
  ftrace_ops_no_ops: layout.callee,
  ftrace_ops_assist_func: layout.callee,
  ftrace_graph_func: layout.callee,
  function_trace_call: layout.callee,
  other_trace_call: layout.callee,
  empty_function: layout.nothing,
  direct_trampoline: layout.trampoline,
  other_direct_trampoline: layout.otherTrampoline,
};

/** Where the code of a file finds functions of others. */
export function calledAt(name: string, exit: Exit): number {
  const graph: Readonly<Record<string, number>> = {
    prepare_ftrace_return: layout.graphEnter,
    ftrace_return_to_handler: layout.graphLeave,
    return_to_handler: layout.returnHandler,
  };
  return (exit === 'graph' ? graph[name.replace(/^\./, '')] : undefined) ?? layout.callee;
}

/** Is what the C function is to do for this exit known? */
export function canExit({ exit, offsets }: Pick<Callees, 'exit' | 'offsets'>): boolean {
  return exit === 'livepatch' ? fieldOffset(offsets, '_NIP') !== null : true;
}

function tracerFunction(options: Callees): string[] {
  const { bits, exit, offsets, inC } = options;
  const [store, frame, slot] = bits === 64 ? (['std', 112, 16] as const) : (['stw', 32, 4] as const);
  const volatile = Array.from({ length: 10 }, (_, i) => `li r${i + 3},${-0x700 - i}`);
  return [
    'mflr r0',
    `${store} r0,${slot}(r1)`,
    // 64-bit: the frame that the caller has made has a word for CR as well.
    ...(bits === 64 ? ['mfcr r11', 'stw r11,8(r1)'] : []),
    `${store}u r1,-${frame}(r1)`,
    ...(exit === 'livepatch' ? handBack(fieldOffset(offsets, '_NIP'), layout.replacement, store) : []),
    ...(exit === 'direct' || exit === 'direct-by-tracer'
      ? handBack(fieldOffset(offsets, 'ORIG_GPR3'), layout.trampoline, store)
      : []),
    ...(exit === 'graph' && inC ? toldOfGraph(options, store) : []),
    ...volatile,
    'mtctr r12',
    'mtcrf 199,r12', // all but CR2 to CR4
    `addi r1,r1,${frame}`,
    `${bits === 64 ? 'ld' : 'lwz'} r0,${slot}(r1)`,
    'mtlr r0',
    'li r0,-1793',
    'blr',
  ];
}

/** ftrace_graph_func(ip, parent, ops, regs): the parent goes to the task's own stack, and the function returns to the handler. */
function toldOfGraph({ offsets, returnHandler }: Callees, store: string): string[] {
  const keep = [...inRegister(11, layout.shadowStack), `${store} r4,0(r11)`];
  return [...keep, ...handBack(fieldOffset(offsets, '_LINK'), returnHandler ?? layout.returnHandler, store)];
}

const inRegister = (register: number, value: number) => [
  `lis r${register},${value >>> 16}`,
  `ori r${register},r${register},${value & 0xffff}`,
];

/** The tracer changes the registers it was given, if any, in r6; where the tree has no such field there is nothing to change. */
function handBack(offset: number | null, value: number, store: string): string[] {
  if (offset === null) return [];
  return [...inRegister(11, value), 'cmpwi r6,0', 'beq .+8', `${store} r11,${offset}(r6)`];
}

/** asm-offsets.c counts from the stack pointer; pt_regs begins with the first register. */
function fieldOffset(offsets: Callees['offsets'], field: string): number | null {
  const [at, first] = [offsets.get(field), offsets.get('GPR0')];
  return at === undefined || first === undefined ? null : Number(at - first);
}

/**
 * prepare_ftrace_return(parent, ip, sp) and ftrace_return_to_handler(): the return address goes to the task's own stack of
 * them, and comes from there. Of r3 to r10 the second changes what functions return values in and no other, for tasks are
 * asked about their arguments once they are back.
 */
function graphTexts({ bits, returnHandler }: Callees): Text[] {
  const [store, load] = bits === 64 ? ['std', 'ld'] : ['stw', 'lwz'];
  const shadow = inRegister(11, layout.shadowStack);
  const handler = returnHandler ?? layout.returnHandler;
  const enter = [
    ...shadow,
    `${store} r3,0(r11)`,
    ...inRegister(3, handler),
    ...Array.from({ length: 9 }, (_, i) => `li r${i + 4},${-0x700 - i}`),
    'mtctr r12',
    'blr',
  ];
  const leave = [
    ...shadow,
    `${load} r3,0(r11)`,
    'li r4,-1796',
    'li r0,-1793',
    'li r11,-1794',
    'li r12,-1795',
    'mtctr r12',
    'blr',
  ];
  return [
    text('graph_enter', layout.graphEnter, enter),
    text('graph_leave', layout.graphLeave, leave),
    ...(returnHandler === null ? [text('return_to_handler', layout.returnHandler, handlerLines(bits))] : []),
  ];
}

/** Saves what the function returns, asks for the return address and goes there (arch/powerpc/kernel/trace/ftrace_low.S). */
function handlerLines(bits: 32 | 64): string[] {
  const [store, load, frame, slot] = bits === 64 ? (['std', 'ld', 112, 96] as const) : (['stw', 'lwz', 16, 8] as const);
  return [
    `${store}u r1,-${frame}(r1)`,
    `${store} r3,${slot}(r1)`,
    `${store} r4,${slot + bits / 8}(r1)`,
    `bl .-${layout.returnHandler + 12 - layout.graphLeave}`,
    'mtlr r3',
    `${load} r3,${slot}(r1)`,
    `${load} r4,${slot + bits / 8}(r1)`,
    `addi r1,r1,${frame}`,
    'blr',
  ];
}

/** A module's function: it sets up the module's TOC, and leaves nothing of what a function need not keep but its arguments. */
const newFunction = ['lis r2,77', 'li r0,-1793', 'li r11,-1794', 'li r12,-1795', 'mtctr r12', 'mtcrf 199,r12', 'blr'];

/** The traced function goes on behind the call, with its return address in LR again. */
const throughCounter = ['mflr r11', 'mtctr r11', 'mtlr r0', 'bctr'];

function text(name: string, address: number, lines: readonly string[]): Text {
  const words = lines.flatMap((line, index) => {
    const one = assemble(line, BigInt(address + 4 * index));
    if (one === null) throw new Error(`"${line}" does not assemble`);
    return [...one];
  });
  return { name, address, words };
}
