/**
 * Where a model's text and data lie, in bytes. Round numbers, so that a person knows them by sight in a schedule.
 */
export const layout = {
  site: 0x1000,
  text: 0x2000,
  tracer: 0x8000,
  gap: 0x100,
  caller: 0xc000,
  /** The tracer's entry code, and what it calls. */
  entry: 0x10000,
  callee: 0x1c000,
  /** A C function that an ops points to and that does nothing: who comes there is not traced. */
  nothing: 0x1c800,
  replacement: 0x1d000,
  trampoline: 0x1d100,
  otherTrampoline: 0x1d200,
  /** What the graph tracer calls on a function's way in and out, and where the function returns to meanwhile. */
  graphEnter: 0x1d300,
  graphLeave: 0x1d400,
  returnHandler: 0x1d500,
  wild: 0x1f000,
  data: 0x30000,
  /** What r13 points to on 64 bits, far into it: offsets may be anything that an instruction can hold. */
  paca: 0x60000,
  current: 0x80000,
  livepatchStack: 0xa0000,
  ops: 0xa8000,
  /** A task's own stack of return addresses (kernel/trace/fgraph.c). */
  shadowStack: 0xac000,
  /** With a low half of its own, so that an address put together in part goes astray. */
  variables: 0xb1238,
  /** Within 16 bits of the kernel's TOC pointer, as a GOT is. */
  got: 0x4b1238,
  /** The bottom of the stack that tasks have on 64 bits (THREAD_SHIFT is 14). */
  stackBottom: 0x7ffc000,
} as const;

/** Is there a tracer at this address, a stand-in or a tree's own? */
export const inTracer = (address: number) =>
  (address >= layout.tracer && address < layout.caller) || (address >= layout.entry && address < layout.wild);
