/**
 * Edits of the two-word protocol that change nothing for any CPU, or only add synchronization.
 */
import type { Edit, Harmless, Place } from '../row.ts';

const row = (id: string, kind: string, why: string, ...edits: readonly Edit[]): Harmless => ({
  ...{ id: `two-word-${id}`, kind, harmful: false, styles: ['two-word'], why, edits },
});
const replace = (place: Place, at: RegExp, by: string): Edit => ({ op: 'replace', in: place, at, by });
const walk = 'ftrace_replace_code';
const loop = /for_ftrace_rec_iter\(iter\) \{/;
const equalLoop = 'for (iter = ftrace_rec_iter_start(); iter; iter = ftrace_rec_iter_next(iter)) {';

export const twoWordHarmless: readonly Harmless[] = [
  row('rename-handler', 'rename', 'A static function has another name.', {
    op: 'rename',
    from: 'sync_core',
    to: 'discard_prefetched',
  }),
  row('rename-helper', 'rename', 'A static function has another name.', {
    op: 'rename',
    from: 'arm_head',
    to: 'write_mflr_ahead',
  }),
  row(
    'rename-variables',
    'rename',
    'Local variables have other names.',
    { op: 'replace-all', in: 'arm_calls', at: /\bnew_addr\b/, by: 'to' },
    { op: 'replace-all', in: 'arm_calls', at: /\bold_addr\b/, by: 'from' },
  ),
  row('comment', 'comment', 'A comment is no code.', {
    op: 'before',
    in: walk,
    at: /arm_calls\(enable\)/,
    text: '\t/* Whoever comes from here on finds both words. */',
  }),
  row('move-disarm', 'move-function', 'The order of definitions is none of execution.', {
    op: 'relocate',
    in: 'disarm_head',
    behind: 'sync_core',
  }),
  row('move-handler', 'move-function', 'The order of definitions is none of execution.', {
    op: 'relocate',
    in: 'sync_core',
    behind: 'read_head',
  }),
  row(
    'extract-settle',
    'extract-function',
    'IPI and grace period are the same two calls in a function of their own.',
    {
      op: 'ahead',
      in: walk,
      text: 'static void settle_heads(void)\n{\n\tsmp_call_function(sync_core, NULL, 1);\n\tsynchronize_rcu_tasks();\n}\n',
    },
    { op: 'drop', in: walk, at: /smp_call_function\(/, nth: 1 },
    replace(walk, /\tsynchronize_rcu_tasks\(\);/, '\tsettle_heads();'),
  ),
  row(
    'extract-skip',
    'extract-function',
    'The condition is the same, in a function.',
    {
      op: 'ahead',
      in: 'disarm_calls',
      text: 'static bool is_left_alone(struct dyn_ftrace *rec)\n{\n\treturn rec->flags & FTRACE_FL_DISABLED;\n}\n',
    },
    replace('disarm_calls', /if \(rec->flags & FTRACE_FL_DISABLED\)/, 'if (is_left_alone(rec))'),
    replace('arm_calls', /if \(rec->flags & FTRACE_FL_DISABLED\)/, 'if (is_left_alone(rec))'),
  ),
  row(
    'inline-handler-call',
    'inline-function',
    'The walk is the same with its last pass called in the return statement’s place.',
    replace(walk, /\tif \(switch_heads\(enable\)\)\n\t\treturn;/, '\tif (switch_heads(enable) != 0)\n\t\treturn;'),
  ),
  row(
    'inline-write',
    'inline-function',
    'What write_head() does is done where it was called.',
    replace(
      'disarm_head',
      /return write_head\(rec, WORD_NOP\);/,
      'word = WORD_NOP;\n\n\treturn write_head(rec, word);',
    ),
  ),
  row('extra-ipi', 'extra-synchronization', 'One IPI more than needed.', {
    op: 'after',
    in: walk,
    at: /synchronize_rcu_tasks\(\)/,
    text: '\tsmp_call_function(sync_core, NULL, 1);',
  }),
  row('extra-ipi-last', 'extra-synchronization', 'An IPI behind it all.', {
    op: 'after',
    in: walk,
    at: /\tarm_calls\(/,
    text: '\tsmp_call_function(sync_core, NULL, 1);',
  }),
  row('extra-grace', 'extra-synchronization', 'A second grace period changes nothing that the first allows.', {
    op: 'after',
    in: walk,
    at: /synchronize_rcu_tasks\(\)/,
    text: '\tsynchronize_rcu();',
  }),
  row('extra-grace-first', 'extra-synchronization', 'Tasks are waited for before anything is written, too.', {
    op: 'before',
    in: walk,
    at: /if \(disarm_calls/,
    text: '\tsynchronize_rcu_tasks();\n',
  }),
  row('extra-barrier', 'extra-barrier', 'A barrier orders what was ordered.', {
    op: 'after',
    in: walk,
    at: /if \(switch_heads/,
    text: '\tsmp_mb();',
  }),
  row('extra-isync', 'extra-barrier', 'The modifying CPU synchronizes itself once more.', {
    op: 'before',
    in: walk,
    at: /\tarm_calls\(/,
    text: '\tisync();',
  }),
  row('extra-wmb', 'extra-barrier', 'A write barrier between words that are written with full ones.', {
    op: 'before',
    in: 'arm_calls',
    at: /err = nop_to_call/,
    text: '\t\t\tsmp_wmb();',
  }),
  row(
    'all-cpus',
    'equivalent-call',
    'on_each_cpu() is the same with the CPU itself.',
    replace(walk, /smp_call_function\(sync_core, NULL, 1\);\n\tsync/, 'on_each_cpu(sync_core, NULL, 1);\n\tsync'),
  ),
  row('wait-true', 'equivalent-call', 'true is 1.', {
    op: 'replace-all',
    in: walk,
    at: /sync_core, NULL, 1/,
    by: 'sync_core, NULL, true',
  }),
  row('loop-disarm', 'rewrite-loop', 'The macro written out.', replace('disarm_calls', loop, equalLoop)),
  row('loop-arm', 'rewrite-loop', 'The macro written out.', replace('arm_calls', loop, equalLoop)),
  row(
    'loop-while',
    'rewrite-loop',
    'The same walk as a while loop.',
    replace('switch_heads', loop, 'iter = ftrace_rec_iter_start();\n\twhile (iter) {'),
    replace(
      'switch_heads',
      /rec = ftrace_rec_iter_record\(iter\);/,
      'rec = ftrace_rec_iter_record(iter);\n\t\titer = ftrace_rec_iter_next(iter);',
    ),
  ),
  row('addresses-swapped', 'reorder-independent', 'Two values that do not depend on each other.', {
    op: 'swap',
    in: 'arm_calls',
    first: /old_addr = /,
    second: /new_addr = /,
  }),
  row('declarations-swapped', 'reorder-independent', 'Declarations have no order.', {
    op: 'swap',
    in: 'arm_calls',
    first: /unsigned long new_addr/,
    second: /struct ftrace_rec_iter \*iter/,
  }),
  row(
    'cases-swapped',
    'reorder-independent',
    'Cases that both break have no order.',
    replace(
      'switch_heads',
      /case FTRACE_UPDATE_MAKE_NOP:\n\t\t\terr = disarm_head\(rec\);\n\t\t\tbreak;\n\t\tcase FTRACE_UPDATE_MAKE_CALL:\n\t\t\terr = arm_head\(rec\);\n\t\t\tbreak;/,
      'case FTRACE_UPDATE_MAKE_CALL:\n\t\t\terr = arm_head(rec);\n\t\t\tbreak;\n\t\tcase FTRACE_UPDATE_MAKE_NOP:\n\t\t\terr = disarm_head(rec);\n\t\t\tbreak;',
    ),
  ),
  row('constant-shift', 'equivalent-expression', '0x18 << 26 is 0x60000000.', {
    op: 'replace',
    at: /WORD_NOP\t0x60000000/,
    by: 'WORD_NOP\t(0x18u << 26)',
  }),
  row('constant-or', 'equivalent-expression', 'The parts of mflr r0 put together.', {
    op: 'replace',
    at: /WORD_MFLR\t0x7c0802a6/,
    by: 'WORD_MFLR\t((31u << 26) | (8 << 16) | (339 << 1))',
  }),
  row(
    'condition-inverted',
    'equivalent-expression',
    'Both ways round the same is written.',
    replace(
      'arm_head',
      /if \(word != WORD_NOP\)\n\t\treturn 0;\n\n\treturn write_head\(rec, WORD_MFLR\);/,
      'if (word == WORD_NOP)\n\t\treturn write_head(rec, WORD_MFLR);\n\n\treturn 0;',
    ),
  ),
  row(
    'unlikely',
    'equivalent-expression',
    'unlikely() is for the compiler.',
    replace('disarm_calls', /if \(err\) \{/, 'if (unlikely(err)) {'),
  ),
  row('message', 'message', 'A message is no instruction.', {
    op: 'before',
    in: walk,
    at: /\tarm_calls\(/,
    text: '\tpr_debug("heads are switched\\n");',
  }),
  row(
    'message-on-error',
    'message',
    'A message is no instruction.',
    replace(
      'write_head',
      /\treturn patch_instruction\((.*)\);/,
      '\tint err = patch_instruction($1);\n\n\tif (err)\n\t\tpr_err("head at %lx: %d\\n", at, err);\n\n\treturn err;',
    ),
  ),
  row(
    'heads-stay-at-boot',
    'other-order-that-holds',
    'A mflr at a function that is not traced does no harm, and enabling finds it there.',
    replace('ftrace_make_nop', /return disarm_head\(rec\);/, 'return 0;'),
  ),
  row('heads-stay-off', 'other-order-that-holds', 'A mflr at a function that is not traced does no harm.', {
    op: 'drop',
    in: 'switch_heads',
    at: /err = disarm_head\(/,
  }),
  row('resched', 'schedule-point', 'The walk may sleep.', {
    op: 'after',
    in: 'switch_heads',
    at: /rec = ftrace_rec_iter_record\(iter\);/,
    text: '\t\tcond_resched();',
  }),
  row(
    'head-twice',
    'repeat-store',
    'A word stored over itself is no change.',
    replace(
      'write_head',
      /\treturn patch_instruction\((.*)\);/,
      '\tint err = patch_instruction($1);\n\n\treturn err ? err : patch_instruction($1);',
    ),
  ),
];
