/**
 * A protocol: what the kernel does to the words of a traced function and in which order. It is what reading the source
 * yields and what the machine runs; nothing in it knows C, and nothing in it knows how it will be explored.
 *
 * Example: the enable side of the two-step mprofile protocol is
 *   modify A-4 nop→mflr · modify B-4 nop→mflr · ipi(isync, others, wait) · gracePeriod(tasks) · modify A nop→bl · modify B nop→bl
 */
import type { Assembled } from '../assembly/assemble.ts';
import type { Frame } from '../source/place.ts';

/** Kernel code as configured and compiled: call-site shape, compiler flags, preemption. Ids are stable and printed. */
export type ProfileId = string; // e.g. 'ppc64-mprofile-gcc6', from protocol/call-shape.ts or the subject
export type Preemption = 'none' | 'full';

/** What modifies text (protocol/subjects/). */
export type SubjectId = 'ftrace' | 'jump-label' | 'kprobe' | 'optprobe' | 'static-call' | 'bpf-poke' | 'feature-fixups';

export type EntryPoint =
  | 'boot'
  | 'module-load'
  | 'module-load-tracing'
  /** A module is unloaded while a tracer is registered, which is unregistered behind it. */
  | 'module-unload'
  /** The module's text is to be as with the key on. */
  | 'module-load-enabled'
  /** A probe is asked for in the middle of an instruction. */
  | 'second-word'
  /** A static call is to go nowhere, to return 0, to a function near by or far away. */
  | 'call-none'
  | 'call-zero'
  | 'call-short'
  | 'call-long'
  /** The trap of a probe becomes a branch to a buffer; and back, with the buffer freed. */
  | 'optimize'
  | 'unoptimize'
  /** A mitigation is switched off, or to one of its kinds. */
  | 'mitigation-off'
  | 'mitigation-on'
  | 'mitigation-fallback'
  | 'mitigation-ori'
  | 'mitigation-trigger'
  | 'mitigation-all'
  | 'mitigation-eieio'
  | 'mitigation-sync'
  | 'enable'
  | 'disable'
  | 'enable-disable-enable'
  | 'modify-call'
  /** A tracer is registered where there was none; unregistered, and freed. */
  | 'register'
  | 'unregister'
  /** The same beside another tracer: the traced function's callback changes. */
  | 'tracer-joins'
  | 'tracer-leaves'
  | 'graph-on'
  | 'graph-off'
  | 'livepatch-on'
  | 'livepatch-off'
  | 'direct-on'
  | 'direct-change'
  | 'direct-off'
  /** Nothing is modified: a traced function is called, and the tracer's entry code runs to its exit. */
  | 'call';

/**
 * How the tracer's entry code is left: `no-trace` where ftrace is off on that CPU (PACA_FTRACE_ENABLED), `livepatch` where
 * the tracer changed the NIP it was given, `direct` where the ops have a direct trampoline, `direct-by-tracer` where the
 * tracer asked for one (orig_gpr3: several ops on one function), `graph` where the graph tracer is told of the call.
 */
export type Exit = 'normal' | 'no-trace' | 'livepatch' | 'direct' | 'direct-by-tracer' | 'graph';

/** A word of text, named so that a person understands it and unique within one protocol. */
export interface Word {
  /** Numeric address in the interpreted memory image, in bytes; aligned to 4. */
  readonly address: bigint;
  /** The symbol the address is in: a call site ('A', 'B'), a trampoline ('ftrace_call'), a stub ('stub of A'). */
  readonly symbol: string;
  /** Bytes from that symbol: for a call site, from the function's first word; may be negative (words before it). */
  readonly offset: number;
}

/** What every step carries: the C frames that led to it, outermost first; the last frame's `at` is the primitive's call. */
interface Caused {
  readonly stack: readonly Frame[];
}

/** An instruction, by its name, or with `service` something that the kernel has done for it, such as mapping a page. */
export interface Executed {
  readonly text: string;
  readonly service: boolean;
  readonly stack: readonly Frame[];
}

export type GracePeriod = 'rcu' | 'tasks' | 'tasks-rude' | 'tasks-trace' | 'sched';

export type Step = Caused &
  (
    | {
        /** A store to text. `old`/`new` are word values as the ISA prints them (big-endian bit order), host-endian free. */
        readonly kind: 'modify';
        readonly word: Word;
        readonly old: number;
        readonly new: number;
        /** Bytes stored at once, single-copy atomic: 4, or 8 (then there are `newSuffix`/`oldSuffix` for the second word). */
        readonly width: 4 | 8;
        readonly oldSuffix?: number;
        readonly newSuffix?: number;
        /**
         * How storage is made consistent after the store: `patch` = dcbst; sync; icbi; sync; isync here. `elsewhere` = the
         * same without a context synchronizing instruction: this CPU may go on with the old word. `none` = plain store.
         */
        readonly consistent: 'patch' | 'elsewhere' | 'flush-later' | 'none';
        readonly via: string; // the primitive: patch_instruction, …
        /** Of a primitive that was interpreted: all that its call executed, the store itself among it. */
        readonly executed?: readonly Executed[];
        /** The statements that call ran, newest first, and some that led to it. */
        readonly passed?: readonly Frame[];
        /** Of a primitive that is built in: the statements that ran last in the functions that led to its call, newest first. */
        readonly ahead?: readonly Frame[];
      }
    | { readonly kind: 'flush'; readonly from: bigint; readonly to: bigint } // flush_icache_range of text written plainly
    | {
        readonly kind: 'ipi';
        readonly handler: string;
        readonly targets: 'others' | 'all' | 'some';
        readonly wait: boolean;
        /** Steps of the handler, run on each target. An interrupt synchronizes the target's context by itself. */
        readonly effects: readonly Step[];
      }
    | { readonly kind: 'gracePeriod'; readonly flavour: GracePeriod }
    | {
        readonly kind: 'barrier';
        readonly op: 'mb' | 'rmb' | 'wmb' | 'isync' | 'sync' | 'lwsync' | 'eieio' | 'ptesync';
      }
    | { readonly kind: 'stopMachine'; readonly handler: string; readonly effects: readonly Step[] }
    | {
        /** A store to data that the tracer's entry code reads. */
        readonly kind: 'publish';
        readonly what: string;
        readonly address: bigint;
        readonly bytes: 4 | 8;
        /** null where the sources do not determine it. */
        readonly value: bigint | null;
        /** `patch`: `dcbst; sync` behind the store orders it before all that follows (patch_ulong()). `store`: C's own store. */
        readonly how: 'patch' | 'store';
        readonly executed?: readonly Executed[];
      }
    | { readonly kind: 'free'; readonly what: string; readonly address: bigint }
    | { readonly kind: 'reachable'; readonly what: string } // from here on tasks may call the function (end of module load)
    | { readonly kind: 'lock' | 'unlock'; readonly name: string }
    | { readonly kind: 'resched' }
    | {
        readonly kind: 'bug';
        readonly what: 'ftrace_bug' | 'BUG' | 'WARN';
        readonly code: number | null;
        readonly site: string | null;
        readonly text: string;
        /** The statements executed before it, newest first: what led to the complaint is among them. */
        readonly trail: readonly Frame[];
      }
  );

/**
 * What the tracer is entered with and how it leaves (FACTS: ftrace_caller contract).
 * r0: r0 holds the return address of the traced function; leaves by CTR to the word after the `bl`, LR = that r0
 *     (-mprofile-kernel, patchable entry, ppc32 since 5.17).
 * pg64: the return address is in the caller's frame; leaves by `blr` with r2 = the kernel's TOC (ppc64 -pg).
 * pg32: the return address is read from 4(r1) (ppc32 -pg until 5.16).
 * ool: r0 as above, but leaves by `blr` into the out-of-line stub.
 * probe: as plain, and the trap's handler executes in its place the instruction that the probe's slot holds a copy of.
 * called: as plain, and what the function is called for comes back in its argument registers.
 * system: as plain, in code that works on the processor itself, as interrupt entry and exit do: r13 and the registers that
 *     hold it lead to the paca, what it may scratch can be scratched, and r10 is free.
 * plain: no tracer is entered; the words lead from one place of the kernel's text to another.
 */
export type Contract = 'r0' | 'pg64' | 'pg32' | 'ool' | 'plain' | 'probe' | 'called' | 'system';

/** One call site of the image before the entry point runs: the words from the function's first word on. */
export interface CallSite {
  readonly id: string; // 'A', 'B'
  /** near: branch reaches ftrace_caller; far: kernel text out of branch range; module: in module text. */
  readonly kind: 'near' | 'far' | 'module';
  readonly address: bigint; // of the function's first word (local entry)
  /** The whole function as it is at entry of the run, by byte offset from `address` (negative ones too), down to its `blr`. */
  readonly words: ReadonlyMap<number, number>;
  /** Byte offset of the word ftrace records (rec->ip). */
  readonly recorded: number;
  /** Byte offset of the function's symbol, where that is not its local entry. */
  readonly symbol?: number;
  /**
   * Is the site to be on once the entry point has returned: to reach the tracer, or `goal`; null where the plan leaves it as
   * it was.
   */
  readonly traced: boolean | null;
  /**
   * What a task comes by just when the site is on: the word at a byte offset, or a text by its name; where there is none,
   * that is the tracer.
   */
  readonly goal?: number | string;
  /** The recorded word of the program, which is another while a probe is on it. */
  readonly original?: number;
  /** Byte offsets of the words that the subject has to itself; all others are the program's. Where absent, that is not known. */
  readonly own?: readonly number[];
}

/** Text other than call sites that tasks can run: trampolines, stubs. Word values at entry of the run. */
export interface TextSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly words: ReadonlyMap<number, number>;
  /** Of a site, or of every site (''), whether a branch leads there or not; else only what branches lead to matters. */
  readonly of?: string;
}

/** Data that tasks read on their way through the tracer's entry code: an ops pointer in a stub, a struct, the paca. */
export interface DataObject {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: number;
  /** Each task has one of its own. */
  readonly private: boolean;
  /** What is read of it, with the values at entry of the run; null: not initialised. Pointers are as the kernel has them. */
  readonly words: readonly { readonly offset: number; readonly bytes: 1 | 2 | 4 | 8; readonly value: bigint | null }[];
}

export type Plan = 'all' | 'first' | 'last';

/** The nth call (1-based) of a primitive fails, once. */
export interface Failure {
  readonly primitive: string;
  readonly nth: number;
  /** The run ends as if nothing had failed, and has not done what it does when nothing fails. */
  readonly ignored: boolean;
  /** Where the primitive was called. */
  readonly at: readonly Frame[];
}

/** What decides whether and how one entry point is run. */
interface Scenario {
  readonly subject: SubjectId;
  readonly profile: ProfileId;
  readonly preemption: Preemption;
  readonly entryPoint: EntryPoint;
  readonly siteKind: CallSite['kind'];
  readonly plan: Plan;
  /** Of entry point `call`: which entry code is called, and how it is left. */
  readonly call?: { readonly tracer: string; readonly exit: Exit };
  /** Make the nth call (1-based) of a primitive fail. */
  readonly fault?: Failure;
}

export interface Assumption {
  readonly text: string;
  readonly file: string | null;
  readonly line: number | null;
  /** True when a branch or a written value depended on the unknown: a verdict built on it is `unread`. */
  readonly decisive: boolean;
}

/** The tracer's entry code, as the tree's .S files have it for a profile. */
export interface EntryCode {
  /** The .S file. */
  readonly file: string;
  readonly assembled: Assembled;
  /** Of kernels that have return_to_handler() in another file, which graph tracing lets functions return to: that file. */
  readonly handler?: { readonly file: string; readonly assembled: Assembled };
  /** By the names of the tree's asm-offsets.c. */
  readonly offsets: ReadonlyMap<string, bigint>;
  /** Equal for code that is equal word by word. */
  readonly id: string;
}

export interface Protocol {
  readonly scenario: Scenario;
  readonly evidence: 'tree' | 'diff';
  readonly contract: Contract;
  readonly bits: 32 | 64;
  /** May other CPUs run the call sites while the steps happen? */
  readonly live: boolean;
  /** How tasks leave the tracer's entry code. */
  readonly exit: Exit;
  readonly steps: readonly Step[];
  readonly sites: readonly CallSite[];
  readonly texts: readonly TextSymbol[];
  readonly data: readonly DataObject[];
  /** What the tracer is entered through; null where the tree's own code is not at hand or not read. */
  readonly entry: EntryCode | null;
  /** Addresses of functions the words branch to, by name: ftrace_caller, _mcount, ftrace_regs_caller, … */
  readonly symbols: ReadonlyMap<string, bigint>;
  /**
   * ok: ran to its end. refused: ftrace_bug, BUG or an error return. limit: a bound was reached. unread: could not be
   * run (missing function, parse error in the way); `why` says what.
   */
  readonly outcome: 'ok' | 'refused' | 'limit' | 'unread';
  readonly why: string;
  /** Of a refused one: the error that it returned, below 0; not there where it returned none. */
  readonly error?: number;
  /** The statements executed last, newest first, of a run that did not end well or that modified nothing; else empty. */
  readonly trail: readonly Frame[];
  /** Functions called of which nothing is known. */
  readonly unknownFunctions?: readonly string[];
  readonly assumptions: readonly Assumption[];
}
