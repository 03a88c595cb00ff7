/**
 * Harmful edits of the call-site code of v6.6 and later (patchable entry, out of line), which rewrites one word at run time and
 * relies on what it finds there.
 */
import type { Edit, Harmful, Level, Place, Style } from '../row.ts';

const both: readonly Style[] = ['patchable', 'out-of-line'];
const patchable: readonly Style[] = ['patchable'];
const outOfLine: readonly Style[] = ['out-of-line'];

type Answer = readonly [kind: string, level: Level, check: Harmful['check'], why: string];
/** Until v7.0 or so a stub has no ops before its site is first switched on. */
const noOpsAtFirst = { file: 'ftrace', says: /return ftrace_init_ool_stub\(/ } as const;
const row = (
  id: string,
  styles: readonly Style[],
  [kind, level, check, why]: Answer,
  ...edits: readonly Edit[]
): Harmful => ({
  ...{ id: `site-${id}`, kind, harmful: true, level, check, styles, why, edits },
});
const drop = (place: Place, at: RegExp): Edit => ({ op: 'drop', in: place, at });
const replace = (place: Place, at: RegExp, by: string): Edit => ({ op: 'replace', in: place, at, by });
const walk = 'ftrace_replace_code';
const init = 'ftrace_init_nop';
const stub = 'ftrace_init_ool_stub';

const onlyWhere = (needs: Harmful['needs'], one: Harmful): Harmful => ({ ...one, ...(needs && { needs }) });

export const callSiteHarmful: readonly Harmful[] = [
  row(
    'validate-inverted',
    both,
    ['invert-check', 'sequential', 'ftrace-bug', 'What was expected is refused, and what was not is taken.'],
    replace('ftrace_validate_inst', /!ppc_inst_equal\(op, inst\)/, 'ppc_inst_equal(op, inst)'),
  ),
  row(
    'bl-inverted',
    both,
    ['invert-check', 'sequential', 'ftrace-bug', 'The branch to a stub is refused where it is one.'],
    replace(init, /!is_bl_op\(old\)/, 'is_bl_op(old)'),
  ),
  row(
    'stub-range-inverted',
    both,
    ['invert-check', 'sequential', 'ftrace-bug', 'Stubs in reach are passed over.'],
    replace('find_ftrace_tramp', /else if \(is_offset_in_branch_range/, 'else if (!is_offset_in_branch_range'),
  ),
  row(
    'equal-inverted',
    outOfLine,
    ['invert-check', 'sequential', ['not-traced', 'still-traced'], 'Only what is there already is written.'],
    replace('ftrace_modify_code', /!ppc_inst_equal\(old, new\)/, 'ppc_inst_equal(old, new)'),
  ),
  row(
    'core-text-inverted',
    both,
    [
      'invert-check',
      'sequential',
      ['ftrace-bug', 'ftrace-disabled'],
      'A module that is loaded while tracing is on is refused.',
    ],
    replace('ftrace_make_call', /\|\| core_kernel_text\(/, '|| !core_kernel_text('),
  ),
  row(
    'nop-keeps-call',
    both,
    ['wrong-word', 'sequential', 'still-traced', 'Disabling writes the call that is there.'],
    replace(walk, /new = nop_inst;/, 'new = call_inst;'),
  ),
  row(
    'call-writes-nop',
    both,
    ['wrong-word', 'sequential', 'not-traced', 'Enabling writes the nop that is there.'],
    replace(walk, /old = nop_inst;\n\t\t\tnew = call_inst;/, 'old = nop_inst;\n\t\t\tnew = nop_inst;'),
  ),
  row(
    'branch-no-link',
    both,
    [
      'wrong-word',
      'sequential',
      ['tracer-ip', 'call-target', 'return-address', 'endless', 'bad-access', 'unknown-data', 'tracer-called'],
      'Without the link bit LR is the caller’s, and the tracer takes it for the call site.',
    ],
    replace(
      'ftrace_get_call_inst',
      /ftrace_create_branch_inst\(ip, stub, 1\)/,
      'ftrace_create_branch_inst(ip, stub, 0)',
    ),
  ),
  row(
    'not-recorded',
    both,
    [
      'forget-record',
      'sequential',
      ['still-traced', 'ftrace-bug', 'not-traced'],
      'The record does not learn that its site calls the tracer, so nothing takes the call out again.',
    ],
    replace(walk, /ftrace_update_record/, 'ftrace_test_record'),
  ),
  row(
    'first-only',
    both,
    ['forget-record', 'sequential', ['not-traced', 'still-traced'], 'The walk ends at the first record that changes.'],
    replace(walk, /\t\tif \(ret\)\n\t\t\tgoto out;\n\t\}\n\nout:/, '\t\tgoto out;\n\t}\n\nout:'),
  ),
  row(
    'default-breaks',
    both,
    [
      'forget-record',
      'sequential',
      ['not-traced', 'still-traced'],
      'The walk ends at the first record that stays as it is.',
    ],
    replace(walk, /default:\n\t\t\tcontinue;/, 'default:\n\t\t\tgoto out;'),
  ),
  row(
    'module-forgotten',
    patchable,
    ['forget-entry-point', 'sequential', 'not-traced', 'A module that is loaded while tracing is on is not traced.'],
    replace('ftrace_make_call', /return ftrace_modify_code\(rec->ip, old, new\);/, 'return 0;'),
  ),
  row(
    'module-branch-forgotten',
    outOfLine,
    [
      'forget-entry-point',
      'sequential',
      'not-traced',
      'In a module that is loaded while tracing is on the stub is ready and nothing leads to it.',
    ],
    replace('ftrace_make_call', /\tif \(!ret && IS_ENABLED\(CONFIG_PPC_FTRACE_OUT_OF_LINE\)\)/, '\tif (!ret && 0)'),
  ),
  row(
    'update-forgotten',
    both,
    ['forget-entry-point', 'sequential', ['not-traced', 'still-traced'], 'Nothing is done when tracing is switched.'],
    drop('arch_ftrace_update_code', /ftrace_modify_all_code\(command\)/),
  ),
  row(
    'head-forgotten',
    patchable,
    ['forget-write', 'sequential', 'return-address', 'The nop ahead of the call stays: r0 has no return address.'],
    replace(init, /\(_R0\)\);\n\t\tret = ftrace_modify_code\(ip - 4, old, new\);/, '(_R0));'),
  ),
  row(
    'head-behind',
    patchable,
    ['wrong-address', 'sequential', 'ftrace-bug', 'The mflr is written where the call goes, which is then no nop.'],
    replace(init, /ftrace_modify_code\(ip - 4, old, new\)/, 'ftrace_modify_code(ip, old, new)'),
  ),
  row(
    'not-adjusted',
    patchable,
    ['wrong-address', 'sequential', 'ftrace-bug', 'The record is of the first nop, and what stands before it is none.'],
    drop('ftrace_call_adjust', /addr \+= MCOUNT_INSN_SIZE/),
  ),
  row(
    'head-mtlr',
    patchable,
    ['wrong-instruction', 'sequential', 'return-address', 'mtlr r0 overwrites the return address with what r0 held.'],
    replace(init, /new = ppc_inst\(PPC_RAW_MFLR\(_R0\)\)/, 'new = ppc_inst(PPC_RAW_MTLR(_R0))'),
  ),
  row(
    'head-r11',
    patchable,
    ['wrong-instruction', 'sequential', 'return-address', 'The tracer looks for the return address in r0.'],
    replace(init, /new = ppc_inst\(PPC_RAW_MFLR\(_R0\)\)/, 'new = ppc_inst(PPC_RAW_MFLR(_R11))'),
  ),
  row(
    'module-call-ahead',
    patchable,
    ['wrong-address', 'sequential', 'ftrace-bug', 'In a module the word ahead of the call is the mflr, and no nop.'],
    replace('ftrace_make_call', /ftrace_modify_code\(rec->ip,/, 'ftrace_modify_code(rec->ip - MCOUNT_INSN_SIZE,'),
  ),
  row(
    'trap-first',
    both,
    ['split-store', 'preemption', 'trap', 'A trap stands at the site until the second store, and sites run meanwhile.'],
    replace(
      'ftrace_modify_code',
      /\t\tret = patch_instruction\(\(u32 \*\)ip, new\);/,
      '\t\tret = patch_instruction((u32 *)ip, ppc_inst(0x7fe00008));\n\tif (!ret)\n\t\tret = patch_instruction((u32 *)ip, new);',
    ),
  ),
  row(
    'second-word-both-ways',
    patchable,
    [
      'second-word',
      'preemption',
      'return-address',
      'Head and call are rewritten with nothing between: a task interrupted behind the head’s nop resumes on the call.',
    ],
    replace(
      walk,
      /\t\tif \(!ret\)\n\t\t\tret = ftrace_modify_code\(ip, old, new\);/,
      '\t\tif (!ret && update == FTRACE_UPDATE_MAKE_CALL)\n\t\t\tret = patch_instruction((u32 *)(ip - 4), ppc_inst(PPC_RAW_MFLR(_R0)));\n\t\tif (!ret)\n\t\t\tret = ftrace_modify_code(ip, old, new);\n\t\tif (!ret && update == FTRACE_UPDATE_MAKE_NOP)\n\t\t\tret = patch_instruction((u32 *)(ip - 4), nop_inst);',
    ),
  ),
  row(
    'second-word-head-first',
    patchable,
    ['second-word', 'preemption', 'return-address', 'The head goes while the call is there.'],
    replace(
      walk,
      /\t\tif \(!ret\)\n\t\t\tret = ftrace_modify_code\(ip, old, new\);/,
      '\t\tif (!ret)\n\t\t\tret = patch_instruction((u32 *)(ip - 4), update == FTRACE_UPDATE_MAKE_NOP ?\n\t\t\t\t\t\tnop_inst : ppc_inst(PPC_RAW_MFLR(_R0)));\n\t\tif (!ret)\n\t\t\tret = ftrace_modify_code(ip, old, new);',
    ),
  ),
  row(
    'second-word-off-only',
    patchable,
    [
      'second-word',
      'sequential',
      'return-address',
      'The head is a nop once tracing was switched off, and stays one when it is switched on again.',
    ],
    replace(
      walk,
      /\t\tif \(!ret\)\n\t\t\tret = ftrace_modify_code\(ip, old, new\);/,
      '$&\n\t\tif (!ret && update == FTRACE_UPDATE_MAKE_NOP)\n\t\t\tret = patch_instruction((u32 *)(ip - 4), nop_inst);',
    ),
  ),
  row(
    'stub-first-word',
    outOfLine,
    ['wrong-address', 'sequential', 'ftrace-bug', 'The first word of a stub is its mflr, and no call.'],
    replace(walk, /ip = ftrace_get_ool_stub\(rec\) \+ MCOUNT_INSN_SIZE;/, 'ip = ftrace_get_ool_stub(rec);'),
  ),
  row(
    'stub-no-mflr',
    outOfLine,
    ['wrong-instruction', 'sequential', 'return-address', 'r0 has no return address when the tracer is entered.'],
    replace(stub, /PPC_RAW_MFLR\(_R0\)/, 'PPC_RAW_NOP()'),
  ),
  row(
    'stub-no-mtlr',
    outOfLine,
    [
      'wrong-instruction',
      'sequential',
      ['return-address', 'endless', 'call-target', 'return-path'],
      'LR still leads into the stub when the body is entered.',
    ],
    replace(stub, /PPC_RAW_MTLR\(_R0\)/, 'PPC_RAW_NOP()'),
  ),
  row(
    'stub-back-to-site',
    outOfLine,
    ['wrong-address', 'sequential', 'endless', 'The stub leads back to the branch that leads to it.'],
    replace(stub, /&ool_stub->insn\[3\], rec->ip \+ MCOUNT_INSN_SIZE, 0/, '&ool_stub->insn[3], rec->ip, 0'),
  ),
  row(
    'stub-back-too-far',
    outOfLine,
    [
      'wrong-address',
      'sequential',
      ['tracer-ip', 'call-target', 'arguments'],
      'The first word of the body is passed over.',
    ],
    replace(
      stub,
      /&ool_stub->insn\[3\], rec->ip \+ MCOUNT_INSN_SIZE, 0/,
      '&ool_stub->insn[3], rec->ip + 2 * MCOUNT_INSN_SIZE, 0',
    ),
  ),
  row(
    'stub-shared',
    outOfLine,
    [
      'wrong-address',
      'sequential',
      ['tracer-ip', 'call-target', 'arguments', 'return-address', 'wild-branch'],
      'All sites get the first stub, which leads back to the last of them.',
    ],
    replace(stub, /ool_stub \+= \(\*ool_stub_index\)\+\+;/, 'ool_stub += *ool_stub_index;'),
  ),
  row(
    'stub-link',
    outOfLine,
    [
      'wrong-word',
      'sequential',
      ['return-address', 'endless', 'return-path', 'call-target'],
      'A site that calls its stub overwrites the return address before the stub saves it.',
    ],
    { op: 'replace-all', in: [walk, 'ftrace_make_call'], at: /PPC_RAW_BRANCH\(/, by: 'PPC_RAW_BL(' },
  ),
  row(
    'site-not-switched-off',
    outOfLine,
    ['forget-write', 'sequential', 'still-traced', 'The stub is reset, and the site still leads to it.'],
    replace(
      walk,
      /\(update == FTRACE_UPDATE_MAKE_NOP \|\| update == FTRACE_UPDATE_MAKE_CALL\)/,
      'update == FTRACE_UPDATE_MAKE_CALL',
    ),
  ),
  row(
    'site-not-switched-on',
    outOfLine,
    ['forget-write', 'sequential', 'not-traced', 'The stub is ready, and nothing leads to it.'],
    replace(
      walk,
      /\(update == FTRACE_UPDATE_MAKE_NOP \|\| update == FTRACE_UPDATE_MAKE_CALL\)/,
      'update == FTRACE_UPDATE_MAKE_NOP',
    ),
  ),
  row(
    'ops-never-set',
    outOfLine,
    [
      'forget-write',
      'sequential',
      ['uninitialised-data', 'tracer-ops', 'not-traced', 'bad-access', 'tracer-called'],
      'The stub has no ops, or those of nobody.',
    ],
    replace('ftrace_rec_update_ops', /return ftrace_rec_set_ops\(rec, powerpc_rec_get_ops\(rec\)\);/, 'return 0;'),
  ),
  onlyWhere(
    noOpsAtFirst,
    row(
      'ops-late',
      outOfLine,
      [
        'publish-late',
        'preemption',
        ['uninitialised-data', 'tracer-ops', 'bad-access'],
        'Between the two a task comes to the stub and finds no ops there.',
      ],
      { op: 'drop', in: walk, at: /ret \|= ftrace_rec_update_ops\(rec\);/, nth: 1 },
      replace(
        walk,
        /\t\t\telse\n\t\t\t\tret = ftrace_modify_code\(ip, nop_inst, call_inst\);/,
        '\t\t\telse\n\t\t\t\tret = ftrace_modify_code(ip, nop_inst, call_inst);\n\t\t\tif (!ret && update == FTRACE_UPDATE_MAKE_CALL)\n\t\t\t\tret = ftrace_rec_update_ops(rec);',
      ),
    ),
  ),
  row(
    'ops-cleared',
    outOfLine,
    [
      'free-early',
      'preemption',
      ['uninitialised-data', 'bad-access', 'freed-data'],
      'A task in the stub, or on its way there, loads a null pointer.',
    ],
    replace('ftrace_rec_set_nop_ops', /&ftrace_nop_ops/, 'NULL'),
  ),
  row(
    'stub-poisoned',
    outOfLine,
    [
      'free-early',
      'preemption',
      ['trap', 'illegal-instruction'],
      'A task that was preempted in the stub, or in the tracer it calls, resumes on a trap.',
    ],
    replace(
      walk,
      /old = nop_inst;\n\t\t\tnew = call_inst;/,
      'if (IS_ENABLED(CONFIG_PPC_FTRACE_OUT_OF_LINE))\n\t\t\t\tret |= patch_instruction((u32 *)(ip + MCOUNT_INSN_SIZE), ppc_inst(PPC_RAW_MTLR(_R0)));\n\t\t\told = nop_inst;\n\t\t\tnew = call_inst;',
    ),
    replace(
      walk,
      /\t\t\telse\n\t\t\t\tret = ftrace_modify_code\(ip, nop_inst, call_inst\);/,
      '$&\n\n\t\t\tif (!ret && update == FTRACE_UPDATE_MAKE_NOP)\n\t\t\t\tret = patch_instruction((u32 *)(ftrace_get_ool_stub(rec) + 2 * MCOUNT_INSN_SIZE),\n\t\t\t\t\t\t\tppc_inst(0x7fe00008));',
    ),
  ),
  row(
    'stub-not-written',
    outOfLine,
    ['forget-write', 'sequential', ['ftrace-bug', 'illegal-instruction'], 'The stub holds what its pages held before.'],
    replace(stub, /\tif \(!ret\)\n\t\tret = patch_instructions\(/, '\tif (ret)\n\t\tret = patch_instructions('),
  ),
];
