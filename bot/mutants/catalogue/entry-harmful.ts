/**
 * Harmful edits of the tracer's entry code. Its contract: r1, r2, r13 to r31, LR and the arguments leave as they came, the tracer
 * is given the ip, the parent ip, its ops and the registers, and every exit holds to that.
 */
import type { Edit, Harmful, Place, Style } from '../row.ts';

const every: readonly Style[] = ['two-word', 'patchable', 'out-of-line'];
const outOfLine: readonly Style[] = ['out-of-line'];

/** Where an older file has the code in line, and a newer one in macros. */
const entry = ['ftrace_regs_entry', 'ftrace_caller'];
const exit = ['ftrace_regs_exit', 'ftrace_caller'];
/** ftrace_regs_caller saves more. */
const regsEntry = ['ftrace_regs_entry', 'ftrace_regs_caller'];
const noTrace = 'ftrace_no_trace';
const livepatch = 'livepatch_handler';

type Answer = readonly [kind: string, check: Harmful['check'], why: string];
const row = (id: string, styles: readonly Style[], [kind, check, why]: Answer, ...edits: readonly Edit[]): Harmful => ({
  ...{ id: `entry-${id}`, kind, harmful: true, level: 'sequential', check, styles, why },
  edits: edits.map((edit) => ({ ...edit, file: 'entry' })),
});
const drop = (place: Place, at: RegExp): Edit => ({ op: 'drop', in: place, at });
const replace = (place: Place, at: RegExp, by: string): Edit => ({ op: 'replace', in: place, at, by });

export const entryHarmful: readonly Harmful[] = [
  row(
    'link-not-saved',
    every,
    ['drop-save', 'return-address', 'LR is taken from a slot of pt_regs that nobody has written.'],
    drop(regsEntry, /r0, _LINK\(r1\)/),
  ),
  row(
    'toc-not-saved',
    every,
    ['drop-save', 'toc', 'r2 is taken from a slot that nobody has written.'],
    drop(entry, /std\s+r2, (STK_GOT|24)\(r1\)/),
  ),
  row(
    'r14-not-saved',
    every,
    [
      'drop-save',
      'non-volatile',
      'r14 holds the old NIP across the tracer, and is restored from a slot that nobody has written.',
    ],
    drop(entry, /SAVE_GPR\(14, r1\)/),
  ),
  row(
    'arguments-not-saved',
    every,
    ['drop-save', 'arguments', 'The tracer may change r4 to r10; they come back from slots that nobody has written.'],
    replace(entry, /SAVE_(?:8GPRS\(3|GPRS\(3, 10), r1\)/, 'SAVE_GPR(3, r1)'),
  ),
  row(
    'nip-not-saved',
    ['two-word', 'patchable'],
    [
      'drop-save',
      ['wild-branch', 'call-target', 'return-address', 'endless', 'unknown-data'],
      'CTR is taken from a slot of pt_regs that nobody has written.',
    ],
    drop(entry, /_NIP\(r1\)/),
  ),
  row(
    'r15-not-saved',
    outOfLine,
    [
      'drop-save',
      'non-volatile',
      'r15 holds the way back into the stub, and is restored from a slot that nobody has written.',
    ],
    drop('ftrace_regs_entry', /SAVE_GPR\(15, r1\)/),
  ),
  row(
    'toc-not-restored',
    every,
    ['drop-restore', 'toc', 'r2 is still the kernel’s when the caller goes on.'],
    drop(exit, /ld\s+r2, (STK_GOT|24)\(r1\)/),
  ),
  row(
    'r14-not-restored',
    every,
    ['drop-restore', 'non-volatile', 'r14 still holds the old NIP.'],
    drop(exit, /REST_GPR\(14, r1\)/),
  ),
  row(
    'arguments-not-restored',
    every,
    ['drop-restore', 'arguments', 'The tracer may have changed r4 to r10, and the body gets what it left there.'],
    replace(exit, /REST_(?:8GPRS\(3|GPRS\(3, 10), ?r1\)/, 'REST_GPR(3, r1)'),
  ),
  row(
    'r3-not-restored',
    outOfLine,
    ['drop-restore', 'arguments', 'r3 was used on the way out and is the first argument.'],
    replace(exit, /REST_GPRS\(3, 10, r1\)/, 'REST_GPRS(4, 10, r1)'),
  ),
  row(
    'link-not-restored',
    ['patchable'],
    ['drop-restore', 'return-address', 'r0, and with it LR, is what the tracer left there.'],
    drop(exit, /r0, _LINK\(r1\)/),
  ),
  row(
    'lr-not-set',
    every,
    ['drop-restore', ['return-address', 'wild-branch', 'endless'], 'LR still leads behind the call of the tracer.'],
    drop(exit, /^\tmtlr\tr0$|\tmtlr\tr0(?=\n)/),
  ),
  row(
    'r15-not-restored',
    outOfLine,
    ['drop-restore', 'non-volatile', 'r15 still holds the way back into the stub.'],
    drop('ftrace_regs_exit', /REST_GPR\(15, r1\)/),
  ),
  row(
    'pop-short',
    every,
    // Where LR is loaded through the r1 that was given back, the wrong address shows first.
    [
      'wrong-frame-size',
      ['stack-pointer', 'return-address'],
      '16 bytes of the frame are left on the stack of the caller.',
    ],
    replace(exit, /addi\s+r1, r1, SWITCH_FRAME_SIZE/, '$&-16'),
  ),
  row(
    'pop-long',
    every,
    ['wrong-frame-size', ['stack-pointer', 'return-address'], '32 bytes of the caller’s frame are given away.'],
    replace(exit, /addi\s+r1, r1, SWITCH_FRAME_SIZE/, '$&+32'),
  ),
  row(
    'push-long',
    every,
    ['wrong-frame-size', ['stack-pointer', 'back-chain'], 'The frame made is 32 bytes larger than the one given back.'],
    replace(regsEntry, /(r1, ?)-SWITCH_FRAME_SIZE\(r1\)/, '$1-SWITCH_FRAME_SIZE-32(r1)'),
  ),
  row(
    'no-trace-pop-short',
    every,
    ['wrong-frame-size', 'stack-pointer', 'The exit without tracing leaves 16 bytes on the stack.'],
    replace(noTrace, /addi\s+r1, r1, SWITCH_FRAME_SIZE/, '$&-16'),
  ),
  row(
    'direct-pop-short',
    outOfLine,
    ['wrong-frame-size', 'stack-pointer', 'A direct trampoline is entered with the small frame still on the stack.'],
    replace('.Lftrace_direct_call', /\+STACK_FRAME_MIN_SIZE/, ''),
  ),
  row(
    'parent-from-r3',
    every,
    ['wrong-register', 'tracer-parent', 'r3 is the ip: the tracer is told that the function called itself.'],
    replace(regsEntry, /mr\s+r4, r0/, 'mr\tr4, r3'),
  ),
  row(
    'ip-not-adjusted',
    ['two-word', 'patchable'],
    ['wrong-register', 'tracer-ip', 'The tracer is told of the word behind the call, which no record has.'],
    replace(regsEntry, /subi\s+r3, (r\d+), MCOUNT_INSN_SIZE/, 'mr\tr3, $1'),
  ),
  row(
    'ops-by-address',
    ['two-word', 'patchable'],
    ['wrong-register', 'tracer-ops', 'The tracer is given where the pointer to its ops lies, and not the pointer.'],
    replace(regsEntry, /ld\s+r5, ?0\(r3\)/, 'mr\tr5, r3'),
  ),
  row(
    'regs-off',
    every,
    ['wrong-offset', 'tracer-regs', 'r6 points 8 bytes into pt_regs.'],
    replace(regsEntry, /addi\s+r6, r1 ?, ?\w+/, '$&+8'),
  ),
  row(
    'ctr-from-r4',
    ['two-word', 'patchable'],
    [
      'wrong-register',
      ['wild-branch', 'call-target', 'return-address', 'endless', 'unknown-data', 'trap'],
      'The task is sent to what the tracer left in r4.',
    ],
    replace(exit, /mtctr\s+r3/, 'mtctr\tr4'),
  ),
  row(
    'no-trace-lr',
    ['two-word', 'patchable'],
    [
      'forget-exit',
      ['return-address', 'wild-branch', 'endless'],
      'On the exit without tracing LR still leads behind the call of the tracer.',
    ],
    drop(noTrace, /mtlr\s+r0/),
  ),
  row(
    'no-trace-r3',
    every,
    ['forget-exit', 'arguments', 'r3 was loaded to ask whether to trace, and is the first argument.'],
    drop(noTrace, /REST_GPR\(3, r1\)/),
  ),
  row(
    'no-trace-frame',
    every,
    ['forget-exit', 'stack-pointer', 'The exit without tracing leaves the whole frame on the stack.'],
    drop(noTrace, /addi\s+r1, r1, /),
  ),
  row(
    'no-trace-ctr',
    ['two-word', 'patchable'],
    [
      'forget-exit',
      ['wild-branch', 'call-target', 'return-address', 'endless'],
      'The exit without tracing branches to what CTR held when the function was called.',
    ],
    drop(noTrace, /mtctr\s+r3/),
  ),
  row(
    'no-trace-inverted',
    every,
    ['invert-branch', 'tracer-called', 'The tracer is called where ftrace is off on the CPU, and nowhere else.'],
    replace(regsEntry, /beq\s+ftrace_no_trace/, 'bne\tftrace_no_trace'),
  ),
  row(
    'no-trace-ignored',
    every,
    [
      'invert-branch',
      'tracer-called',
      'Nobody asks any more whether ftrace is on: it is called from where it must not be.',
    ],
    drop(regsEntry, /beq\s+ftrace_no_trace/),
  ),
  row(
    'livepatch-inverted',
    ['two-word', 'patchable'],
    [
      'invert-branch',
      ['return-address', 'call-target', 'livepatch-stack', 'endless', 'wild-branch', 'toc', 'bad-access'],
      'The way through the livepatch stack is taken where nothing is patched.',
    ],
    replace(['ftrace_regs_exit', 'ftrace_regs_caller'], /bne-\s+livepatch_handler/, 'beq-\tlivepatch_handler'),
  ),
  row(
    'direct-inverted',
    outOfLine,
    [
      'invert-branch',
      ['call-target', 'wild-branch', 'return-address', 'endless', 'bad-access', 'tracer-called'],
      'Without a direct trampoline its address, zero, is branched to.',
    ],
    replace('ftrace_regs_entry', /bne\s+\.Lftrace_direct_call(?=\n)/, 'beq\t.Lftrace_direct_call'),
  ),
  row(
    'kernel-toc',
    every,
    [
      'wrong-toc',
      ['tracer-toc', 'bad-access', 'unknown-data'],
      'The tracer runs with the TOC of the traced function, which may be a module’s.',
    ],
    drop(regsEntry, /LOAD_PACA_TOC\(\)|ld\s+r2, ?PACATOC\(r13\)/),
  ),
  row(
    'livepatch-lr-slot',
    every,
    ['livepatch-frame', ['return-address', 'wild-branch'], 'LR is taken from the slot of the stack marker.'],
    replace(livepatch, /ld\s+r12, -16\(r11\)/, 'ld\tr12, -8(r11)'),
  ),
  row(
    'livepatch-toc',
    every,
    ['livepatch-frame', 'toc', 'The caller goes on with the TOC of the function that was put in place.'],
    drop(livepatch, /ld\s+r2,\s+-24\(r11\)/),
  ),
  row(
    'livepatch-stack-kept',
    every,
    ['livepatch-frame', 'livepatch-stack', 'The livepatch stack grows with every call.'],
    drop(livepatch, /subi\s+r11, r11, 24/),
  ),
  row(
    'livepatch-global-entry',
    ['two-word', 'patchable'],
    ['wrong-register', 'new-function-entry', 'A global entry sets its TOC up from r12, which is not its address.'],
    drop(livepatch, /mfctr\s+r12/),
  ),
  row(
    'livepatch-lr-not-saved',
    ['two-word', 'patchable'],
    [
      'livepatch-frame',
      ['return-address', 'wild-branch', 'uninitialised-data'],
      'LR is taken from a slot that nobody has written.',
    ],
    drop(livepatch, /std\s+r12, -16\(r11\)/),
  ),
  row(
    'stub-branch-unsigned',
    outOfLine,
    ['wrong-instruction', 'tracer-ip', 'A branch backwards is read as one forwards: the sign of its offset is lost.'],
    replace('ftrace_regs_entry', /srawi\s+r8, r8, 6/, 'srwi\tr8, r8, 6'),
  ),
  row(
    'stub-branch-word',
    outOfLine,
    ['wrong-offset', 'tracer-ip', 'The word read is the mtlr of the stub, and not its branch back.'],
    replace('ftrace_regs_entry', /lwz\s+r8, MCOUNT_INSN_SIZE\(r11\)/, 'lwz\tr8, 0(r11)'),
  ),
  row(
    'stub-way-back',
    outOfLine,
    [
      'wrong-register',
      ['return-address', 'call-target', 'endless', 'wild-branch'],
      'The way back leads past the mtlr of the stub: LR is not the return address.',
    ],
    replace('ftrace_regs_entry', /mr\s+r15, r11/, 'addi\tr15, r11, MCOUNT_INSN_SIZE'),
  ),
  row(
    'ops-slot',
    outOfLine,
    [
      'wrong-offset',
      ['tracer-ops', 'bad-access', 'unknown-data', 'tracer-called'],
      'What is loaded for the ops is the word pair behind them.',
    ],
    replace('ftrace_regs_entry', /r5, -\(MCOUNT_INSN_SIZE\*2 \+ SZL\)\(r11\)/, 'r5, -(MCOUNT_INSN_SIZE*2)(r11)'),
  ),
  row(
    'direct-target',
    outOfLine,
    [
      'wrong-register',
      ['call-target', 'wild-branch', 'return-address', 'endless'],
      'The direct trampoline’s address is in r12.',
    ],
    replace('.Lftrace_direct_call', /mtctr\s+r12/, 'mtctr\tr11'),
  ),
  row(
    'exit-by-ctr',
    outOfLine,
    [
      'wrong-instruction',
      ['wild-branch', 'call-target', 'return-address', 'endless'],
      'Out of line the way back is in LR.',
    ],
    replace('ftrace_regs_exit', /\tblr(?=\n)/, '\tbctr'),
  ),
];
