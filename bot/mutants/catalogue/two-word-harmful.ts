/**
 * Harmful edits of the two-word protocol. Every row leaves one of its orders to chance; FACTS of the field behind them: an IPI
 * moves no task, a grace period synchronizes no CPU, and an interrupt may come between any two words.
 */
import type { Harmful } from '../row.ts';

const row = (id: string, rest: Omit<Harmful, 'id' | 'harmful' | 'styles'>): Harmful => ({
  ...{ id: `two-word-${id}`, harmful: true, styles: ['two-word'] },
  ...rest,
});
const ipi = /smp_call_function\(/;
const grace = /synchronize_rcu_tasks\(\)/;

export const twoWordHarmful: readonly Harmful[] = [
  row('no-ipi-on', {
    ...{ kind: 'drop-ipi', level: 'stale', check: 'return-address' },
    edits: [{ op: 'drop', in: 'ftrace_replace_code', at: ipi, nth: 1 }],
    why: 'A CPU that still holds the nop of the head fetches the new call: r0 has no return address.',
  }),
  row('no-ipi-off', {
    ...{ kind: 'drop-ipi', level: 'stale', check: 'return-address' },
    edits: [{ op: 'drop', in: 'ftrace_replace_code', at: ipi, nth: 0 }],
    why: 'A CPU that still holds the old call fetches the new nop of the head: r0 has no return address.',
  }),
  row('ipi-all-off-only', {
    ...{ kind: 'drop-ipi', level: 'stale', check: 'return-address' },
    edits: [
      {
        op: 'replace',
        in: 'ftrace_replace_code',
        at: /\tsmp_call_function\(/,
        by: '\tif (!enable)\n\t\tsmp_call_function(',
      },
    ],
    why: 'Only switching all of tracing off comes without `enable`: one tracer that stops goes without its IPI.',
  }),
  row('ipi-no-wait-on', {
    ...{ kind: 'weaken-ipi', level: 'stale', check: 'return-address' },
    edits: [{ op: 'replace', in: 'ftrace_replace_code', at: /sync_core, NULL, 1/, by: 'sync_core, NULL, 0', nth: 1 }],
    why: 'Nobody waits for the IPI: the calls may be written before a CPU has taken it.',
  }),
  row('ipi-no-wait-off', {
    ...{ kind: 'weaken-ipi', level: 'stale', check: 'return-address' },
    edits: [{ op: 'replace', in: 'ftrace_replace_code', at: /sync_core, NULL, 1/, by: 'sync_core, NULL, 0', nth: 0 }],
    why: 'Nobody waits for the IPI: the heads may go before a CPU has taken it.',
  }),
  row('ipi-one-cpu', {
    ...{ kind: 'weaken-ipi', level: 'stale', check: 'return-address' },
    edits: [
      {
        ...{ op: 'replace', in: 'ftrace_replace_code', at: /smp_call_function\(sync_core/, nth: 1 },
        by: 'smp_call_function_single(0, sync_core',
      },
    ],
    why: 'One CPU is synchronized, any other may hold the old head.',
  }),
  row('ipi-one-cpu-off', {
    ...{ kind: 'weaken-ipi', level: 'stale', check: 'return-address' },
    edits: [
      {
        ...{ op: 'replace', in: 'ftrace_replace_code', at: /smp_call_function\(sync_core/, nth: 0 },
        by: 'smp_call_function_single(0, sync_core',
      },
    ],
    why: 'One CPU is synchronized, any other may hold the old call.',
  }),
  row('ipi-no-isync', {
    ...{ kind: 'weaken-ipi', level: 'stale', check: 'return-address' },
    edits: [{ op: 'drop', in: 'sync_core', at: /isync\(\)/ }],
    why: 'A CPU that polls in its idle loop runs the handler without an interrupt, and synchronizes nothing.',
  }),
  row('ipi-barrier-only', {
    ...{ kind: 'weaken-ipi', level: 'stale', check: 'return-address' },
    edits: [{ op: 'replace', in: 'sync_core', at: /isync\(\)/, by: 'smp_mb()' }],
    why: 'A barrier orders storage accesses and discards no fetched instruction.',
  }),
  row('isync-here', {
    ...{ kind: 'weaken-ipi', level: 'stale', check: 'return-address' },
    edits: [
      {
        op: 'replace',
        in: 'ftrace_replace_code',
        at: /smp_call_function\(sync_core, NULL, 1\)/,
        by: 'sync_core(NULL)',
        nth: 1,
      },
    ],
    why: 'The modifying CPU synchronizes itself, and no other.',
  }),
  row('no-grace', {
    ...{ kind: 'drop-grace-period', level: 'preemption', check: 'return-address' },
    edits: [{ op: 'drop', in: 'ftrace_replace_code', at: grace }],
    why: 'A task interrupted behind the nop of the head resumes on the call.',
  }),
  row('grace-off-only', {
    ...{ kind: 'drop-grace-period', level: 'preemption', check: 'return-address' },
    edits: [
      {
        op: 'replace',
        in: 'ftrace_replace_code',
        at: /\tsynchronize_rcu_tasks\(/,
        by: '\tif (!enable)\n\t\tsynchronize_rcu_tasks(',
      },
    ],
    why: 'Enabling is what needs the grace period, and the condition leaves it out there.',
  }),
  row('rcu', {
    ...{ kind: 'weaken-grace-period', level: 'preemption', check: 'return-address' },
    edits: [{ op: 'replace', in: 'ftrace_replace_code', at: /synchronize_rcu_tasks/, by: 'synchronize_rcu' }],
    why: 'With preemption synchronize_rcu() does not wait for a task that was preempted outside a read section.',
  }),
  row('rude', {
    ...{ kind: 'weaken-grace-period', level: 'preemption', check: 'return-address' },
    needs: { file: 'core', says: /synchronize_rcu_tasks_rude\(/ },
    edits: [
      { op: 'replace', in: 'ftrace_replace_code', at: /synchronize_rcu_tasks/, by: 'synchronize_rcu_tasks_rude' },
    ],
    why: 'The rude flavour waits for every CPU to switch, and not for a preempted task.',
  }),
  row('expedited', {
    ...{ kind: 'weaken-grace-period', level: 'preemption', check: 'return-address' },
    edits: [{ op: 'replace', in: 'ftrace_replace_code', at: /synchronize_rcu_tasks/, by: 'synchronize_rcu_expedited' }],
    why: 'An expedited grace period is one of the same flavour: a preempted task is not waited for.',
  }),
  row('work-on-each-cpu', {
    ...{ kind: 'weaken-grace-period', level: 'preemption', check: 'return-address' },
    edits: [
      { op: 'ahead', in: 'ftrace_replace_code', text: 'static void pass_through(struct work_struct *unused) { }\n' },
      {
        op: 'replace',
        in: 'ftrace_replace_code',
        at: /synchronize_rcu_tasks\(\)/,
        by: 'schedule_on_each_cpu(pass_through)',
      },
    ],
    why: 'That every CPU has run a work item says nothing of a task that was preempted before.',
  }),
  row('grace-then-ipi', {
    ...{ kind: 'reorder-synchronization', level: 'stale', check: 'return-address' },
    edits: [{ op: 'move', in: 'ftrace_replace_code', at: grace, after: /switch_heads\(/ }],
    why: 'Before the IPI a CPU may still fetch the old nop, and a task that did is not waited for any more.',
  }),
  row('sync-before-heads', {
    ...{ kind: 'synchronize-early', level: 'preemption', check: 'return-address' },
    edits: [
      { op: 'drop', in: 'ftrace_replace_code', at: ipi, nth: 1 },
      { op: 'move', in: 'ftrace_replace_code', at: grace, before: /switch_heads\(/ },
    ],
    why: 'What is waited for has not been written yet.',
  }),
  row('grace-before-heads', {
    ...{ kind: 'synchronize-early', level: 'preemption', check: 'return-address' },
    edits: [{ op: 'move', in: 'ftrace_replace_code', at: grace, before: /switch_heads\(/ }],
    why: 'Tasks that pass the old head after the grace period are not waited for.',
  }),
  row('ipi-before-calls', {
    ...{ kind: 'synchronize-early', level: 'stale', check: 'return-address' },
    edits: [{ op: 'move', in: 'ftrace_replace_code', at: ipi, before: /disarm_calls\(/ }],
    why: 'The IPI comes before the calls are taken out, and nothing between them and their heads.',
  }),
  row('calls-behind-heads', {
    ...{ kind: 'swap-writes', level: 'sequential', check: ['return-address', 'ftrace-bug'] },
    edits: [{ op: 'move', in: 'ftrace_replace_code', at: /disarm_calls\(/, after: /switch_heads\(/ }],
    why: 'The heads of all sites go while their calls are there, and a module’s call is not found behind a nop.',
  }),
  row('sync-last', {
    ...{ kind: 'synchronize-late', level: 'preemption', check: 'return-address' },
    edits: [{ op: 'move', in: 'ftrace_replace_code', at: grace, after: /arm_calls\(/ }],
    why: 'The grace period comes when the calls are there.',
  }),
  row('ipi-last', {
    ...{ kind: 'synchronize-late', level: 'stale', check: 'return-address' },
    edits: [
      { op: 'drop', in: 'ftrace_replace_code', at: ipi, nth: 1 },
      { op: 'after', in: 'ftrace_replace_code', at: /arm_calls\(/, text: '\tsmp_call_function(sync_core, NULL, 1);' },
    ],
    why: 'The IPI comes when the calls are there.',
  }),
  row('call-before-head', {
    ...{ kind: 'swap-writes', level: 'preemption', check: 'return-address' },
    edits: [
      { op: 'drop', in: 'switch_heads', at: /err = arm_head\(/ },
      {
        op: 'replace',
        in: 'arm_calls',
        at: /err = nop_to_call\(rec, new_addr\);/,
        by: 'err = nop_to_call(rec, new_addr);\n\t\t\tif (!err)\n\t\t\t\terr = arm_head(rec);',
      },
    ],
    why: 'Whoever calls the function between the two writes enters the tracer without a return address in r0.',
  }),
  row('head-before-call', {
    ...{ kind: 'swap-writes', level: 'sequential', check: ['return-address', 'ftrace-bug'] },
    edits: [
      { op: 'replace', in: 'disarm_calls', at: /err = call_to_nop\(.*\);/, by: 'err = disarm_head(rec);' },
      {
        op: 'replace',
        in: 'switch_heads',
        at: /err = disarm_head\(rec\);/,
        by: 'err = call_to_nop(NULL, rec, ftrace_get_addr_curr(rec));',
      },
    ],
    why: 'While the call is there its head is gone, and a module’s call is not found behind a nop.',
  }),
  row('both-in-one-pass', {
    ...{ kind: 'merge-passes', level: 'preemption', check: 'return-address' },
    edits: [
      { op: 'drop', in: 'switch_heads', at: /err = arm_head\(/ },
      {
        op: 'replace',
        in: 'arm_calls',
        at: /err = nop_to_call\(/,
        by: 'err = arm_head(rec);\n\t\t\tif (!err)\n\t\t\t\terr = nop_to_call(',
      },
    ],
    why: 'Head and call of a site follow each other without anything between.',
  }),
  row('both-off-in-one-pass', {
    ...{ kind: 'merge-passes', level: 'stale', check: 'return-address' },
    edits: [
      {
        op: 'replace',
        in: 'disarm_calls',
        at: /err = call_to_nop\((.*)\);/,
        by: 'err = call_to_nop($1);\n\t\tif (!err)\n\t\t\terr = disarm_head(rec);',
      },
    ],
    why: 'Call and head of a site go without an IPI between.',
  }),
  row('stop-machine', {
    ...{ kind: 'merge-passes', level: 'preemption', check: 'return-address' },
    edits: [
      { op: 'drop', in: 'switch_heads', at: /err = arm_head\(/ },
      {
        op: 'ahead',
        in: 'arm_calls',
        text: 'struct arming {\n\tstruct dyn_ftrace *rec;\n\tunsigned long addr;\n};\n\nstatic int arm_site(void *data)\n{\n\tstruct arming *arming = data;\n\tint err = arm_head(arming->rec);\n\n\treturn err ? err : nop_to_call(arming->rec, arming->addr);\n}\n',
      },
      {
        op: 'replace',
        in: 'arm_calls',
        at: /\t\t\terr = nop_to_call\(rec, new_addr\);/,
        by: '\t\t\terr = stop_machine(arm_site, &(struct arming){ rec, new_addr }, NULL);',
      },
    ],
    why: 'stop_machine() stops CPUs and moves no task: one preempted behind the head resumes on the call.',
  }),
  row('module-no-head', {
    ...{ kind: 'forget-entry-point', level: 'sequential', check: 'return-address' },
    edits: [
      { op: 'drop', in: 'ftrace_make_call', at: /int err = arm_head\(/ },
      { op: 'drop', in: 'ftrace_make_call', at: /if \(err\)/ },
    ],
    why: 'In a module that is loaded while tracing is on the call is written and its head stays a nop.',
  }),
  row('module-nothing', {
    ...{ kind: 'forget-entry-point', level: 'sequential', check: 'not-traced' },
    edits: [{ op: 'replace', in: 'ftrace_make_call', at: /return nop_to_call\(rec, addr\);/, by: 'return 0;' }],
    why: 'A module that is loaded while tracing is on is not traced.',
  }),
  row('calls-stay', {
    ...{ kind: 'forget-entry-point', level: 'sequential', check: ['return-address', 'still-traced'] },
    edits: [{ op: 'drop', in: 'ftrace_replace_code', at: /if \(disarm_calls\(enable\)\)/ }],
    why: 'Disabling takes the heads out and leaves the calls.',
  }),
  row('first-head-only', {
    ...{ kind: 'forget-record', level: 'sequential', check: 'return-address' },
    edits: [
      { op: 'replace', in: 'switch_heads', at: /err = arm_head\(rec\);\n\t\t\tbreak;/, by: 'return arm_head(rec);' },
    ],
    why: 'The walk ends at the first record: the sites behind it get a call without a head.',
  }),
  row('first-call-only', {
    ...{ kind: 'forget-record', level: 'sequential', check: 'not-traced' },
    edits: [
      {
        op: 'replace',
        in: 'arm_calls',
        at: /err = nop_to_call\(rec, new_addr\);\n\t\t\tbreak;/,
        by: 'return nop_to_call(rec, new_addr);',
      },
    ],
    why: 'The walk ends at the first record: the sites behind it are not traced.',
  }),
  row('not-recorded', {
    ...{ kind: 'forget-record', level: 'sequential', check: ['still-traced', 'ftrace-bug', 'not-traced'] },
    edits: [{ op: 'replace', in: 'arm_calls', at: /ftrace_update_record/, by: 'ftrace_test_record' }],
    why: 'The record does not learn that its site calls the tracer, so nothing takes the call out again.',
  }),
  row('mtlr', {
    ...{
      kind: 'wrong-instruction',
      level: 'sequential',
      check: ['return-address', 'wild-branch', 'call-target', 'endless'],
    },
    edits: [{ op: 'replace', in: 'arm_head', at: /WORD_MFLR/, by: '0x7c0803a6' }],
    why: '0x7c0803a6 is mtlr r0: the return address in LR is overwritten by what r0 held.',
  }),
  row('mflr-r11', {
    ...{ kind: 'wrong-instruction', level: 'sequential', check: 'return-address' },
    edits: [{ op: 'replace', in: 'arm_head', at: /WORD_MFLR/, by: '0x7d6802a6' }],
    why: '0x7d6802a6 is mflr r11: the tracer looks for the return address in r0.',
  }),
  row('blr-head', {
    ...{
      kind: 'wrong-instruction',
      level: 'sequential',
      check: ['not-traced', 'call-target'],
    },
    edits: [{ op: 'replace', in: 'arm_head', at: /WORD_MFLR/, by: '0x4e800020' }],
    why: '0x4e800020 is blr: the function returns before it has done anything.',
  }),
  row('head-unchecked', {
    ...{ kind: 'invert-check', level: 'sequential', check: 'return-address' },
    edits: [{ op: 'replace', in: 'arm_head', at: /word != WORD_NOP/, by: 'word == WORD_NOP' }],
    why: 'The head is written where it is not a nop, and left where it is.',
  }),
  row('head-behind', {
    ...{ kind: 'wrong-address', level: 'sequential', check: ['foreign-word', 'call-target', 'return-address'] },
    edits: [{ op: 'replace', in: 'write_head', at: /rec->ip - MCOUNT_INSN_SIZE/, by: 'rec->ip + MCOUNT_INSN_SIZE' }],
    why: 'The word behind the call is of the function’s body, and is overwritten.',
  }),
  row('trap-between', {
    ...{ kind: 'split-store', level: 'preemption', check: ['trap', 'illegal-instruction'] },
    edits: [
      {
        op: 'replace',
        in: 'write_head',
        at: /\treturn patch_instruction\((.*)word(\)?)\);/,
        by: '\tif (patch_instruction($10x7fe00008$2))\n\t\treturn -EPERM;\n\n\treturn patch_instruction($1word$2);',
      },
    ],
    why: 'A trap stands at the head until the second store, and sites run meanwhile.',
  }),
  row('zero-between', {
    ...{ kind: 'split-store', level: 'preemption', check: ['illegal-instruction'] },
    edits: [
      {
        op: 'replace',
        in: 'write_head',
        at: /\treturn patch_instruction\((.*)word(\)?)\);/,
        by: '\tif (patch_instruction($10$2))\n\t\treturn -EPERM;\n\n\treturn patch_instruction($1word$2);',
      },
    ],
    why: 'Zero is no instruction, and a task may come to it before the second store.',
  }),
];
