/**
 * Edits of the call-site code of v6.6 and later that change nothing for any CPU, or only add synchronization.
 */
import type { Edit, Harmless, Place, Style } from '../row.ts';

const both: readonly Style[] = ['patchable', 'out-of-line'];
const outOfLine: readonly Style[] = ['out-of-line'];
const patchable: readonly Style[] = ['patchable'];

const row = (id: string, styles: readonly Style[], kind: string, why: string, ...edits: readonly Edit[]): Harmless => ({
  ...{ id: `site-${id}`, kind, harmful: false, styles, why, edits },
});
const replace = (place: Place, at: RegExp, by: string): Edit => ({ op: 'replace', in: place, at, by });
const walk = 'ftrace_replace_code';
const init = 'ftrace_init_nop';
const stub = 'ftrace_init_ool_stub';

export const callSiteHarmless: readonly Harmless[] = [
  row('rename-modify', both, 'rename', 'A static function has another name.', {
    op: 'rename',
    from: 'ftrace_modify_code',
    to: 'ftrace_exchange_word',
  }),
  row('rename-call-inst', both, 'rename', 'A static function has another name.', {
    op: 'rename',
    from: 'ftrace_get_call_inst',
    to: 'ftrace_branch_of',
  }),
  row('rename-variables', both, 'rename', 'Local variables have other names.', {
    op: 'replace-all',
    in: walk,
    at: /\bcall_inst\b/,
    by: 'branch',
  }),
  row('comment-walk', both, 'comment', 'A comment is no code.', {
    op: 'before',
    in: walk,
    at: /addr = ftrace_get_addr_curr/,
    text: '\t\t/* Where the site leads, and where it is to lead. */',
  }),
  row('move-find', both, 'move-function', 'The order of definitions is none of execution.', {
    op: 'relocate',
    in: 'find_ftrace_tramp',
    behind: 'ftrace_create_branch_inst',
  }),
  row('move-is-bl', both, 'move-function', 'The order of definitions is none of execution.', {
    op: 'relocate',
    in: 'is_bl_op',
    behind: 'find_ftrace_tramp',
  }),
  row('move-update', both, 'move-function', 'The order of definitions is none of execution.', {
    op: 'relocate',
    in: 'ftrace_update_ftrace_func',
    behind: 'arch_ftrace_update_code',
  }),
  row(
    'extract-skip',
    both,
    'extract-function',
    'The condition is the same, in a function.',
    {
      op: 'ahead',
      in: walk,
      text: 'static bool ftrace_is_left_alone(struct dyn_ftrace *rec)\n{\n\treturn rec->flags & FTRACE_FL_DISABLED && !(rec->flags & FTRACE_FL_ENABLED);\n}\n',
    },
    replace(
      walk,
      /if \(rec->flags & FTRACE_FL_DISABLED && !\(rec->flags & FTRACE_FL_ENABLED\)\)/,
      'if (ftrace_is_left_alone(rec))',
    ),
  ),
  row(
    'extract-patch',
    both,
    'extract-function',
    'The store is the same, one function further down.',
    {
      op: 'ahead',
      in: 'ftrace_modify_code',
      text: 'static inline int ftrace_put_inst(unsigned long ip, ppc_inst_t inst)\n{\n\treturn patch_instruction((u32 *)ip, inst);\n}\n',
    },
    replace('ftrace_modify_code', /patch_instruction\(\(u32 \*\)ip, new\)/, 'ftrace_put_inst(ip, new)'),
  ),
  row(
    'inline-validate',
    both,
    'inline-function',
    'What ftrace_read_inst() does is done where it was called.',
    replace(
      'ftrace_validate_inst',
      /ret = ftrace_read_inst\(ip, &op\);/,
      'ret = copy_inst_from_kernel_nofault(&op, (void *)ip) ? -EFAULT : 0;',
    ),
  ),
  row(
    'inline-nop',
    both,
    'inline-function',
    'The nop is made where it is used.',
    replace(
      walk,
      /old = nop_inst;\n\t\t\tnew = call_inst;/,
      'old = nop_inst;\n\t\t\tnew = call_inst;\n\t\t\tupdate = FTRACE_UPDATE_MAKE_CALL;',
    ),
  ),
  row(
    'extra-ipi',
    both,
    'extra-synchronization',
    'One IPI more than needed.',
    { op: 'ahead', in: walk, text: 'static void ftrace_sync_core(void *unused)\n{\n\tisync();\n}\n' },
    replace(walk, /\nout:\n/, '\n\tsmp_call_function(ftrace_sync_core, NULL, 1);\nout:\n'),
  ),
  row('extra-grace', both, 'extra-synchronization', 'Tasks are waited for before anything is written.', {
    op: 'before',
    in: 'arch_ftrace_update_code',
    at: /ftrace_modify_all_code/,
    text: '\tsynchronize_rcu_tasks();',
  }),
  row('extra-grace-last', both, 'extra-synchronization', 'Tasks are waited for once all is written.', {
    op: 'after',
    in: 'arch_ftrace_update_code',
    at: /ftrace_modify_all_code/,
    text: '\tsynchronize_rcu_tasks();',
  }),
  row(
    'extra-barrier',
    both,
    'extra-barrier',
    'A barrier behind one.',
    replace('ftrace_modify_code', /\n\treturn ret;/, '\n\tsmp_mb();\n\treturn ret;'),
  ),
  row(
    'extra-isync',
    both,
    'extra-barrier',
    'The modifying CPU synchronizes itself once more.',
    replace('ftrace_modify_code', /\n\treturn ret;/, '\n\tisync();\n\treturn ret;'),
  ),
  row('extra-barrier-ahead', both, 'extra-barrier', 'A write barrier ahead of the walk.', {
    op: 'before',
    in: 'arch_ftrace_update_code',
    at: /ftrace_modify_all_code/,
    text: '\tsmp_wmb();',
  }),
  row('nop-spelled', both, 'equivalent-expression', 'A nop is ori 0,0,0.', {
    op: 'replace',
    in: walk,
    at: /ppc_inst_t nop_inst = ppc_inst\(PPC_RAW_NOP\(\)\)/,
    by: 'ppc_inst_t nop_inst = ppc_inst(PPC_RAW_ORI(0, 0, 0))',
  }),
  row(
    'mflr-spelled',
    patchable,
    'equivalent-expression',
    '0x7c0802a6 is mflr r0.',
    replace(init, /new = ppc_inst\(PPC_RAW_MFLR\(_R0\)\)/, 'new = ppc_inst(0x7c0802a6)'),
  ),
  row(
    'mtlr-spelled',
    outOfLine,
    'equivalent-expression',
    '0x7c0803a6 is mtlr r0.',
    replace(stub, /PPC_RAW_MTLR\(_R0\)/, '0x7c0803a6'),
  ),
  row(
    'size-spelled',
    outOfLine,
    'equivalent-expression',
    'MCOUNT_INSN_SIZE is 4.',
    replace(walk, /ftrace_get_ool_stub\(rec\) \+ MCOUNT_INSN_SIZE/, 'ftrace_get_ool_stub(rec) + 4'),
  ),
  row(
    'bl-spelled',
    both,
    'equivalent-expression',
    'The same mask of the same word.',
    replace('is_bl_op', /PPC_RAW_BL\(0\)/, '0x48000001'),
  ),
  row(
    'test-spelled',
    both,
    'equivalent-expression',
    'De Morgan.',
    replace(
      walk,
      /if \(rec->flags & FTRACE_FL_DISABLED && !\(rec->flags & FTRACE_FL_ENABLED\)\)/,
      'if (!(!(rec->flags & FTRACE_FL_DISABLED) || (rec->flags & FTRACE_FL_ENABLED)))',
    ),
  ),
  row(
    'zero-spelled',
    both,
    'equivalent-expression',
    '!ret is ret == 0.',
    replace('ftrace_validate_inst', /if \(!ret && !ppc_inst_equal/, 'if (ret == 0 && !ppc_inst_equal'),
  ),
  row(
    'message',
    both,
    'message',
    'A message is no instruction.',
    replace('ftrace_validate_inst', /expected \(%08lx\) != found \(%08lx\)/, 'found (%08lx) where (%08lx) was to be'),
  ),
  row('message-added', both, 'message', 'A message is no instruction.', {
    op: 'before',
    in: 'arch_ftrace_update_code',
    at: /ftrace_modify_all_code/,
    text: '\tpr_debug("command %x\\n", command);',
  }),
  row('addresses-swapped', both, 'reorder-independent', 'Two values that do not depend on each other.', {
    op: 'swap',
    in: walk,
    first: /\baddr = ftrace_get_addr_curr/,
    second: /new_addr = ftrace_get_addr_new/,
  }),
  row('declarations-swapped', both, 'reorder-independent', 'Declarations have no order.', {
    op: 'swap',
    in: walk,
    first: /unsigned long ip/,
    second: /struct dyn_ftrace \*rec/,
  }),
  row('old-new-swapped', both, 'reorder-independent', 'Two assignments that do not depend on each other.', {
    op: 'swap',
    in: walk,
    first: /old = nop_inst/,
    second: /new = call_inst/,
  }),
  row(
    'stub-first',
    outOfLine,
    'reorder-independent',
    'The ops go back to those of nobody once the site is a nop: they are valid until then.',
    replace(walk, /\t\t\tret \|= ftrace_rec_set_nop_ops\(rec\);\n/, ''),
    replace(
      walk,
      /ret = ftrace_modify_code\(ip, call_inst, nop_inst\);/,
      'ret = ftrace_modify_code(ip, call_inst, nop_inst) ?:\n\t\t\t\t      ftrace_rec_set_nop_ops(rec);',
    ),
  ),
  row(
    'loop',
    both,
    'rewrite-loop',
    'The macro written out.',
    replace(
      walk,
      /for_ftrace_rec_iter\(iter\) \{/,
      'for (iter = ftrace_rec_iter_start(); iter; iter = ftrace_rec_iter_next(iter)) {',
    ),
  ),
  row(
    'loop-find',
    both,
    'rewrite-loop',
    'The same walk with one condition.',
    replace(
      'find_ftrace_tramp',
      /if \(!ftrace_tramps\[i\]\)\n\t\t\tcontinue;\n\t\telse if \(is_offset/,
      'if (ftrace_tramps[i] && is_offset',
    ),
  ),
  row(
    'loop-add',
    both,
    'rewrite-loop',
    'The same walk as a while loop.',
    replace(
      'add_ftrace_tramp',
      /\tint i;\n\n\tfor \(i = 0; i < NUM_FTRACE_TRAMPS; i\+\+\)\n/,
      '\tint i = -1;\n\n\twhile (++i < NUM_FTRACE_TRAMPS)\n',
    ),
  ),
  row('switch-to-if', both, 'rewrite-branch', 'The same condition, asked earlier.', {
    op: 'before',
    in: walk,
    at: /switch \(update\)/,
    text: '\t\tif (update == FTRACE_UPDATE_IGNORE)\n\t\t\tcontinue;\n',
  }),
  row(
    'single-exit',
    both,
    'rewrite-branch',
    'The same ways out.',
    replace(
      'ftrace_modify_code',
      /int ret = ftrace_validate_inst\(ip, old\);\n/,
      'int ret = ftrace_validate_inst(ip, old);\n\n\tif (ret)\n\t\treturn ret;\n',
    ),
  ),
  row(
    'config-spelled',
    patchable,
    'rewrite-branch',
    'A preprocessor’s condition in place of the compiler’s.',
    replace(
      'ftrace_call_adjust',
      /\tif \(IS_ENABLED\(CONFIG_ARCH_USING_PATCHABLE_FUNCTION_ENTRY\)\)\n\t\taddr \+= MCOUNT_INSN_SIZE;/,
      '#ifdef CONFIG_ARCH_USING_PATCHABLE_FUNCTION_ENTRY\n\taddr += MCOUNT_INSN_SIZE;\n#endif',
    ),
  ),
  row('resched', both, 'schedule-point', 'The walk may sleep.', {
    op: 'before',
    in: walk,
    at: /addr = ftrace_get_addr_curr/,
    text: '\t\tcond_resched();',
  }),
  row(
    'validate-twice',
    both,
    'repeat-check',
    'What was looked at is looked at again.',
    replace(
      'ftrace_modify_code',
      /int ret = ftrace_validate_inst\(ip, old\);/,
      'int ret = ftrace_validate_inst(ip, old);\n\n\tif (!ret)\n\t\tret = ftrace_validate_inst(ip, old);',
    ),
  ),
  row(
    'store-twice',
    both,
    'repeat-store',
    'A word stored over itself is no change.',
    replace(
      'ftrace_modify_code',
      /\n\treturn ret;/,
      '\n\tif (!ret)\n\t\tret = patch_instruction((u32 *)ip, new);\n\n\treturn ret;',
    ),
  ),
];
