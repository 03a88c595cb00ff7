/**
 * Edits of what modifies text beside the tracer: jump labels, probes, optimized probes, and the calls that BPF programs
 * begin with. What each owes: the word that a key, a probe or a program asks for, and only that one.
 */
import type { CheckId } from '../../../analyzers/checks/checks.ts';
import type { Edit, FileRole, Harmful, Harmless, Level, Place, Style } from '../row.ts';

const every: readonly Style[] = ['two-word', 'patchable', 'out-of-line'];
const outOfLine: readonly Style[] = ['out-of-line'];

type Answer = readonly [kind: string, level: Level, check: CheckId | readonly CheckId[], why: string];
const inFile = (file: FileRole, edits: readonly Edit[]) => edits.map((edit) => ({ ...edit, file }));
const harmfulIn =
  (file: FileRole, styles: readonly Style[]) =>
  (id: string, [kind, level, check, why]: Answer, ...edits: readonly Edit[]): Harmful => ({
    ...{ id, kind, harmful: true, level, check, styles, why, edits: inFile(file, edits) },
  });
const harmlessIn =
  (file: FileRole, styles: readonly Style[]) =>
  (id: string, kind: string, why: string, ...edits: readonly Edit[]): Harmless => ({
    ...{ id, kind, harmful: false, styles, why, edits: inFile(file, edits) },
  });
const replace = (place: Place, at: RegExp, by: string): Edit => ({ op: 'replace', in: place, at, by });
const drop = (place: Place, at: RegExp): Edit => ({ op: 'drop', in: place, at });

const astray: readonly CheckId[] = ['goal-missed', 'goal-reached', 'stack-pointer', 'foreign-word', 'kernel-bug'];
const label = 'arch_jump_label_transform';
const [badLabel, goodLabel] = [harmfulIn('labels', every), harmlessIn('labels', every)];

const labelsHarmful = [
  badLabel(
    'label-inverted',
    ['label-word', 'sequential', astray, 'The branch is there while the key is off.'],
    replace(label, /type == JUMP_LABEL_JMP/, 'type != JUMP_LABEL_JMP'),
  ),
  badLabel(
    'label-links',
    [
      'label-word',
      'sequential',
      ['return-address', 'endless', 'stack-pointer', 'wild-branch'],
      'A call in place of a branch: the return address of the function is gone.',
    ],
    replace(label, /(patch_branch\(.*), 0\)/, '$1, BRANCH_SET_LINK)'),
  ),
  badLabel(
    'label-next-word',
    ['label-address', 'sequential', astray, 'The word behind the one of the label is overwritten.'],
    replace(label, /(u32 \*addr = .*);/, '$1 + 1;'),
  ),
  badLabel(
    'label-target',
    ['label-address', 'sequential', astray, 'The branch leads one word past its label.'],
    replace(label, /(jump_entry_target\(entry\)|entry->target)/, '$1 + 4'),
  ),
  badLabel(
    'label-not-off',
    ['label-forgotten', 'sequential', astray, 'The branch stays when the key is switched off.'],
    replace(label, /\telse\n\t\tpatch_instruction/, '\telse if (0)\n\t\tpatch_instruction'),
  ),
];
const labelsHarmless = [
  goodLabel(
    'label-branches-swapped',
    'rewrite-branch',
    'The same two cases.',
    replace(
      label,
      /if \(type == JUMP_LABEL_JMP\)\n\t\t(patch_branch.*)\n\telse\n\t\t(patch_instruction.*)\n/,
      'if (type != JUMP_LABEL_JMP)\n\t\t$2\n\telse\n\t\t$1\n',
    ),
  ),
  goodLabel('label-message', 'message', 'A message is no instruction.', {
    op: 'before',
    in: label,
    at: /if \(type == /,
    text: '\tpr_debug("label at %p\\n", addr);',
  }),
  goodLabel(
    'label-early-return',
    'early-return',
    'The same two ways.',
    replace(
      label,
      /if \(type == JUMP_LABEL_JMP\)\n\t\t(patch_branch.*)\n\telse\n\t\t/,
      'if (type == JUMP_LABEL_JMP) {\n\t\t$1\n\t\treturn;\n\t}\n\n\t',
    ),
  ),
];

const [badProbe, goodProbe] = [harmfulIn('probes', every), harmlessIn('probes', every)];
const probesHarmful = [
  badProbe(
    'probe-no-trap',
    [
      'probe-word',
      'sequential',
      [...astray, 'probe-lost', 'non-volatile'],
      'A nop in place of the trap: nobody is told.',
    ],
    replace('arch_arm_kprobe', /BREAKPOINT_INSTRUCTION/, '0x60000000'),
  ),
  badProbe(
    'probe-not-disarmed',
    [
      'probe-word',
      'sequential',
      [...astray, 'probe-lost', 'trap'],
      'The trap is written again in place of what it stood for.',
    ],
    replace('arch_disarm_kprobe', /p->opcode/, 'BREAKPOINT_INSTRUCTION'),
  ),
  badProbe(
    'probe-slot-freed',
    [
      'probe-slot',
      'sequential',
      ['freed-target', 'illegal-instruction', 'trap'],
      'A probe that is disabled and enabled again has its slot no more.',
    ],
    { op: 'after', in: 'arch_disarm_kprobe', at: /patch_instruction/, text: '\tarch_remove_kprobe(p);' },
  ),
];
const probesHarmless = [
  goodProbe(
    'probe-address-first',
    'local-variable',
    'The same address, in a variable.',
    replace('arch_arm_kprobe', /\n\{\n(.*)p->addr/, '\n{\n\tkprobe_opcode_t *addr = p->addr;\n\n$1addr'),
  ),
];

const [badDetour, goodDetour] = [harmfulIn('optprobes', every), harmlessIn('optprobes', every)];
const prepare = 'arch_prepare_optimized_kprobe';
const detourHarmful = [
  badDetour(
    'detour-back-to-trap',
    [
      'detour',
      'sequential',
      ['endless', 'non-volatile', ...astray],
      'The detour leads back to the branch that leads there.',
    ],
    replace(
      prepare,
      /patch_branch\(buff \+ TMPL_RET_IDX, (\(unsigned long\))?nip/,
      'patch_branch(buff + TMPL_RET_IDX, (unsigned long)p->addr',
    ),
  ),
  badDetour(
    'detour-not-emulated',
    ['detour', 'sequential', ['non-volatile', ...astray], 'The instruction that was probed is not done.'],
    drop(prepare, /patch_instruction\(buff \+ TMPL_EMULATE_IDX/),
  ),
  badDetour(
    'detour-wrong-word',
    [
      'detour',
      'sequential',
      ['non-volatile', ...astray],
      'What is emulated is another instruction than the probed one.',
    ],
    drop(prepare, /patch_imm\w*_load_insns\([^;]*TMPL_INSN_IDX/),
  ),
  badDetour(
    'detour-freed',
    [
      'free-early',
      'preemption',
      ['freed-target', 'illegal-instruction'],
      'The detour is freed as soon as nothing leads there, while a task may be in it.',
    ],
    { op: 'before', in: 'arch_unoptimize_kprobes', at: /list_move/, text: '\t\tarch_remove_optimized_kprobe(op);' },
  ),
];
const detourHarmless = [
  goodDetour('detour-flush-dropped', 'drop-redundant', 'Each word of the detour was flushed when it was stored.', {
    ...drop(prepare, /flush_icache_range\(/),
  }),
];

const [badPoke, goodPoke] = [harmfulIn('bpf', outOfLine), harmlessIn('bpf', outOfLine)];
const poke = 'bpf_arch_text_poke';
const pokeChecks: readonly CheckId[] = [
  ...astray,
  'return-address',
  'endless',
  'wild-branch',
  'illegal-instruction',
  'non-volatile',
  'call-target',
];
const bpfHarmful = [
  badPoke(
    'bpf-no-link',
    ['bpf-word', 'sequential', pokeChecks, 'The trampoline does not know where it was called from.'],
    replace(poke, /new_t == BPF_MOD_CALL \? BRANCH_SET_LINK : 0/, '0'),
  ),
  badPoke(
    'bpf-entry-links',
    ['bpf-word', 'sequential', pokeChecks, 'The return address is gone before the stub saves it.'],
    replace(
      poke,
      /create_branch\(&new_inst, ip, bpf_func_end - bpf_jit_ool_stub, 0\)/,
      'create_branch(&new_inst, ip, bpf_func_end - bpf_jit_ool_stub, BRANCH_SET_LINK)',
    ),
  ),
  badPoke(
    'bpf-stub-word',
    ['bpf-address', 'sequential', pokeChecks, 'The first word of the stub is its mflr, and no call.'],
    replace(poke, /bpf_func_end - bpf_jit_ool_stub \+ 4/, 'bpf_func_end - bpf_jit_ool_stub'),
  ),
  badPoke(
    'bpf-literal-forgotten',
    ['bpf-literal', 'sequential', pokeChecks, 'The long branch goes on leading to the trampoline that does nothing.'],
    replace(
      poke,
      /\(unsigned long\)new_addr : \(unsigned long\)dummy_tramp/,
      '(unsigned long)dummy_tramp : (unsigned long)dummy_tramp',
    ),
  ),
  badPoke(
    'bpf-stub-no-mflr',
    ['bpf-stub', 'sequential', pokeChecks, 'r0 has no return address when the trampoline is entered.'],
    replace('bpf_jit_build_fentry_stubs', /EMIT\(PPC_RAW_MFLR\(_R0\)\)/, 'EMIT(PPC_RAW_NOP())'),
  ),
  badPoke(
    'bpf-entry-not-off',
    ['bpf-forgotten', 'sequential', pokeChecks, 'The program goes on leading to its stub, which leads nowhere.'],
    replace(poke, /if \(!old_addr \|\| !new_addr\) \{/, 'if (old_addr && !new_addr) {'),
  ),
];
const bpfHarmless = [
  goodPoke('bpf-extra-barrier', 'extra-fence', 'A barrier more.', {
    op: 'before',
    in: poke,
    at: /\/\* 3\. Update/,
    text: '\tsmp_mb();',
  }),
  goodPoke('bpf-message', 'message', 'A message is no instruction.', {
    op: 'before',
    in: 'bpf_modify_inst',
    at: /if \(!ppc_inst_equal\(org_inst/,
    text: '\tpr_debug("%p\\n", ip);',
  }),
  goodPoke('bpf-rename', 'rename-handler', 'A static function has another name.', {
    op: 'rename',
    from: 'do_isync',
    to: 'discard_prefetched',
  }),
  goodPoke('bpf-sync-always', 'extra-ipi', 'One IPI more than needed.', {
    ...replace(poke, /\tif \(old_addr\)\n\t\tsmp_call_function/, '\tsmp_call_function'),
  }),
];

export const besideHarmful: readonly Harmful[] = [...labelsHarmful, ...probesHarmful, ...detourHarmful, ...bpfHarmful];
export const besideHarmless: readonly Harmless[] = [
  ...labelsHarmless,
  ...probesHarmless,
  ...detourHarmless,
  ...bpfHarmless,
];
