/**
 * Where a kernel with out-of-line stubs has them: an array that the linker reserves in .text, one at its end, and one a
 * module brings along (FACTS section 2: an ops pointer, then mflr r0; bl; mtlr r0; b). The kernel's code hands out one
 * stub a record, in order; which one a site gets follows from what its branches reach.
 *
 * Example: near A has `ftrace_ool_stub_text[0]`, far A `ftrace_ool_stub_text_end[0]`, for the first array is out of reach.
 */
import type { CallSite } from './protocol.ts';
import type { Text, World } from './world.ts';

/** Bytes of `struct ftrace_ool_stub`, and of the pointer ahead of its four words. */
const stub = { bytes: 24n, pointer: 8n } as const;
const places = { text: 0x28000n, end: 0x1902000n, module: 0x14000n } as const;
/** Each array has room for the records of a world, and some. */
const count = 8n;
const areaBytes = 0x100;

export interface OolStubs {
  readonly texts: readonly Text[];
  readonly symbols: ReadonlyMap<string, bigint>;
  readonly areas: World['areas'];
  /** Variables that the linker sets, by address: 4 bytes each. */
  readonly variables: ReadonlyMap<bigint, bigint>;
  /** Ops pointers by the name of their stub. */
  readonly literals: ReadonlyMap<string, bigint>;
  /** The array that a module brings along. */
  readonly ofModule: bigint;
}

export const noOolStubs: OolStubs = {
  texts: [],
  symbols: new Map(),
  areas: [],
  variables: new Map(),
  literals: new Map(),
  ofModule: 0n,
};

/** @param counts where the arrays' lengths are kept */
export function oolStubsOf(
  base: { readonly kernel: bigint; readonly module: bigint },
  siteKind: CallSite['kind'],
  counts: bigint,
): OolStubs {
  const [text, end, ofModule] = [base.kernel + places.text, base.kernel + places.end, base.module + places.module];
  const own = { near: text, far: end, module: ofModule }[siteKind];
  const sites = [
    ['A', own],
    ['B', own + stub.bytes],
    ...(siteKind === 'module' ? [['K', text] as const] : []),
  ] as const;
  const arrays = { ftrace_ool_stub_text: text, ftrace_ool_stub_text_end: end, ftrace_ool_stub_inittext: end };
  const names = Object.keys(arrays).map((name, index) => [`${name}_count`, counts + BigInt(4 * index)] as const);
  return {
    texts: sites.map(([id, at]) => ({ name: `stub of ${id}`, address: at + stub.pointer, words: [0, 0, 0, 0] })),
    symbols: new Map([...Object.entries(arrays), ...names]),
    areas: [
      { name: 'ool stubs', from: text, bytes: areaBytes, kind: 'text' },
      { name: 'ool stubs at the end', from: end, bytes: areaBytes, kind: 'text' },
      ...(siteKind === 'module'
        ? [{ name: 'module ool stubs', from: ofModule, bytes: areaBytes, kind: 'text' } as const]
        : []),
    ],
    variables: new Map(names.map(([, address]) => [address, count])),
    literals: new Map(sites.map(([id, at]) => [`stub of ${id}`, at])),
    ofModule,
  };
}

/** What a word is called that stands with text and is data: the ops of an out-of-line stub, the target of a trampoline. */
export const literalName = (text: string) =>
  text.startsWith('stub') ? text.replace('stub', 'ops') : `literal of ${text}`;
/** Of such a name: is it the target of a jump? */
export const isLiteral = (name: string) => name.startsWith('literal of ');
