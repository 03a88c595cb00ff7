/**
 * Edits of the tracer's entry code that keep to its contract.
 */
import type { Edit, Harmless, Place, Style } from '../row.ts';

const every: readonly Style[] = ['two-word', 'patchable', 'out-of-line'];
const newer: readonly Style[] = ['patchable', 'out-of-line'];
const outOfLine: readonly Style[] = ['out-of-line'];
const exit = ['ftrace_regs_exit', 'ftrace_caller'];
const regsEntry = ['ftrace_regs_entry', 'ftrace_regs_caller'];
const regsExit = ['ftrace_regs_exit', 'ftrace_regs_caller'];
const noTrace = 'ftrace_no_trace';
const livepatch = 'livepatch_handler';

const row = (id: string, styles: readonly Style[], kind: string, why: string, ...edits: readonly Edit[]): Harmless => ({
  ...{ id: `entry-${id}`, kind, harmful: false, styles, why },
  edits: edits.map((edit) => ({ ...edit, file: 'entry' })),
});
const replace = (place: Place, at: RegExp, by: string): Edit => ({ op: 'replace', in: place, at, by });

export const entryHarmless: readonly Harmless[] = [
  row('comment', ['two-word', 'patchable'], 'comment', 'A comment is no code.', {
    op: 'before',
    in: regsEntry,
    at: /mr\s+r4, r0/,
    text: '\t/* r0 came from the call site and is whole up to here. */',
  }),
  row('rename-label', every, 'rename', 'A local label has another name.', {
    op: 'rename',
    from: 'ftrace_no_trace',
    to: 'ftrace_not_now',
  }),
  row('rename-handler', ['two-word'], 'rename', 'A local label has another name.', {
    op: 'rename',
    from: 'livepatch_handler',
    to: 'enter_new_function',
  }),
  row('rename-macro', newer, 'rename', 'A macro has another name.', {
    op: 'rename',
    from: 'ftrace_regs_exit',
    to: 'ftrace_regs_leave',
  }),
  row('parent-earlier', every, 'reorder-instructions', 'r4 is saved by then, and r0 is the same.', {
    op: 'move',
    in: regsEntry,
    at: /mr\s+r4, r0/,
    before: /(subi\s+r3, r\d+|r0, _LINK\(r1\))/,
  }),
  row('msr-swapped', every, 'reorder-instructions', 'Special registers are read in another order.', {
    op: 'swap',
    in: regsEntry,
    first: /mfmsr\s+r8/,
    second: /mfctr\s+r9/,
  }),
  row('saves-swapped', every, 'reorder-instructions', 'Two slots of pt_regs are written in another order.', {
    op: 'swap',
    in: regsEntry,
    first: /r9, _CTR\(r1\)/,
    second: /r10, _XER\(r1\)/,
  }),
  row(
    'no-trace-lr-first',
    ['two-word', 'patchable'],
    'reorder-instructions',
    'LR and r1 do not depend on each other.',
    {
      op: 'move',
      in: noTrace,
      at: /mtlr\s+r0/,
      before: /addi\s+r1, r1/,
    },
  ),
  row(
    'move-as-or',
    every,
    'equivalent-instruction',
    'mr is or with itself.',
    replace(regsEntry, /mr\s+r4, r0/, 'or\tr4, r0, r0'),
  ),
  row(
    'move-as-addi',
    every,
    'equivalent-instruction',
    'r3 and 0 added are r3.',
    replace(noTrace, /addi\s+r1, r1, (.*)/, 'la\tr1, $1(r1)'),
  ),
  row(
    'pop-as-la',
    every,
    'equivalent-instruction',
    'la is addi.',
    replace(exit, /addi\s+r1, r1, ([A-Z_+]+)/, 'la\tr1, $1(r1)'),
  ),
  row(
    'ip-as-addi',
    every,
    'equivalent-instruction',
    'subi is addi of the negative.',
    replace(regsEntry, /subi\s+r3, (r\d+), MCOUNT_INSN_SIZE/, 'addi\tr3, $1, -MCOUNT_INSN_SIZE'),
  ),
  row(
    'shift-as-rotate',
    outOfLine,
    'equivalent-instruction',
    'slwi is a rlwinm.',
    replace('ftrace_regs_entry', /slwi\s+r8, r8, 6/, 'rlwinm\tr8, r8, 6, 0, 25'),
  ),
  row(
    'flag-register',
    every,
    'other-register',
    'r12 is free here, as r8 was.',
    replace(
      regsEntry,
      /addi\s+r8, r1, (.*)\n(\s*)(PPC_STL|std)\s+r8, GPR1\(r1\)/,
      'addi\tr7, r1, $1\n$2$3\tr7, GPR1(r1)',
    ),
  ),
  row('extra-nop', every, 'extra-instruction', 'A nop more.', {
    op: 'before',
    in: regsEntry,
    at: /mr\s+r4, r0/,
    text: '\tnop',
  }),
  row('extra-sync', every, 'extra-barrier', 'A barrier orders, and changes nothing.', {
    op: 'before',
    in: regsEntry,
    at: /mr\s+r4, r0/,
    text: '\tsync',
  }),
  row('extra-isync', every, 'extra-barrier', 'isync costs, and does no harm.', {
    op: 'before',
    in: exit,
    at: /mtctr\s+r3|_NIP\(r1\)/,
    text: '\tisync',
  }),
  row('livepatch-nop', every, 'extra-instruction', 'A nop more.', {
    op: 'before',
    in: livepatch,
    at: /bctrl/,
    text: '\tnop',
  }),
  row('link-restored-twice', newer, 'repeat-load', 'The same slot read again gives the same.', {
    op: 'before',
    in: regsExit,
    at: /r0, _LINK\(r1\)/,
    text: '\tPPC_LL\tr0, _LINK(r1)',
  }),
  row(
    'toc-restored-twice',
    every,
    'repeat-load',
    'The same slot read again gives the same.',
    replace(exit, /(\s*)(ld\s+r2, (STK_GOT|24)\(r1\))/, '$1$2$1$2'),
  ),
];
