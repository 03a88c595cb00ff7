/**
 * Edits of arch/powerpc/lib/feature-fixups.c. Alternatives are put in where nobody runs them: what is wrong with one shows
 * when a task comes by. Mitigations are set while tasks run their places, of several words each; what holds them together is
 * stop_machine().
 */
import type { Harmful, Harmless } from '../row.ts';

const all = ['two-word', 'patchable', 'out-of-line'] as const;
const harmful = (id: string, rest: Omit<Harmful, 'id' | 'harmful' | 'styles'>): Harmful => ({
  ...{ id: `fixups-${id}`, harmful: true, styles: all },
  ...rest,
});
const harmless = (id: string, rest: Omit<Harmless, 'id' | 'harmful' | 'styles'>): Harmless => ({
  ...{ id: `fixups-${id}`, harmful: false, styles: all },
  ...rest,
});
const file = 'fixups';
/** Since v6.3 one function writes the places of all flushes on the way in. */
const entry = ['do_patch_entry_fixups', '__do_entry_flush_fixups'];
const alternative = ['patch_feature_section_mask', 'patch_feature_section'];
const stopped = { file, says: /stop_machine\(__do_entry_flush_fixups/ } as const;

export const fixupsHarmful: readonly Harmful[] = [
  harmful('flush-unstopped', {
    ...{ kind: 'drop-stop-machine', level: 'preemption', check: ['return-address', 'endless'], needs: stopped },
    edits: [
      {
        ...{ op: 'replace', file, in: 'do_entry_flush_fixups' },
        at: /stop_machine\(__do_entry_flush_fixups, &types, NULL\)/,
        by: '__do_entry_flush_fixups(&types)',
      },
    ],
    why: 'A CPU that has fetched the nop of the first word calls the fallback and loses its LR.',
  }),
  harmful('barrier-unstopped', {
    ...{ kind: 'drop-stop-machine', level: 'preemption', needs: stopped },
    check: ['return-address', 'endless', 'non-volatile'],
    edits: [
      {
        ...{ op: 'replace', file, in: 'do_stf_barrier_fixups' },
        at: /stop_machine\(__do_stf_barrier_fixups, &types, NULL\)/,
        by: '__do_stf_barrier_fixups(&types)',
      },
    ],
    why: 'The exit barrier takes r13 away and brings it back: between the two words it is another.',
  }),
  harmful('flush-no-restore', {
    ...{ kind: 'drop-write', level: 'sequential', check: ['return-address', 'endless'], needs: stopped },
    edits: [{ op: 'drop', file, in: entry, at: /patch_instruction\(dest \+ 2, ppc_inst\(instrs\[2\]\)\)/ }],
    why: 'Nothing puts the return address back that the call of the fallback has overwritten.',
  }),
  harmful('flush-no-save', {
    ...{ kind: 'drop-write', level: 'sequential', check: ['return-address', 'endless', 'wild-branch'], needs: stopped },
    edits: [{ op: 'drop', file, in: entry, at: /patch_instruction\(dest, ppc_inst\(instrs\[0\]\)\)/ }],
    why: 'What is put back in LR was never saved.',
  }),
  harmful('flush-jump', {
    ...{ kind: 'wrong-target', level: 'sequential', needs: stopped },
    check: ['goal-missed', 'non-volatile', 'return-address'],
    edits: [{ op: 'replace', file, in: entry, at: /BRANCH_SET_LINK/, by: '0' }],
    why: 'The fallback returns past the rest of the entry code.',
  }),
  harmful('rfi-short', {
    ...{ kind: 'wrong-target', level: 'sequential', check: 'goal-missed' },
    edits: [
      {
        ...{ op: 'replace', file, in: ['__do_rfi_flush_fixups', 'do_rfi_flush_fixups'] },
        at: /(PPC_RAW_BRANCH\(|PPC_INST_BRANCH \| )16/,
        by: '$1' + '12',
      },
    ],
    why: 'The branch goes to the rfid, and not to the fallback behind it.',
  }),
  harmful('branch-as-it-was', {
    ...{ kind: 'wrong-target', level: 'sequential', check: ['wild-branch', 'trap'] },
    edits: [
      {
        ...{ op: 'replace', file, in: 'patch_alt_instruction' },
        at: /target < alt_start \|\| target > alt_end/,
        by: '0',
      },
    ],
    why: 'A relative branch out of an alternative goes elsewhere once it stands somewhere else.',
  }),
  harmful('branch-to-end-moved', {
    ...{ kind: 'off-by-one', level: 'sequential', check: ['wild-branch', 'trap'] },
    edits: [{ op: 'replace', file, in: 'patch_alt_instruction', at: /target > alt_end/, by: 'target >= alt_end' }],
    why: 'A branch to the end of the alternative is to go to the end of the section, and goes to what follows the alternative.',
  }),
  harmful('rest-left', {
    ...{ kind: 'drop-write', level: 'sequential', check: 'non-volatile' },
    edits: [{ op: 'drop', file, in: alternative, at: /for \(; dest < end; dest/ }],
    why: 'What the alternative does not fill of the section is executed behind it.',
  }),
  harmful('condition-inverted', {
    ...{ kind: 'invert-check', level: 'sequential', check: ['goal-missed', 'goal-reached'] },
    edits: [{ op: 'replace', file, in: alternative, at: /\) == (\(?fcur->value)/, by: ') != $1' }],
    why: 'Processors get the code for all others.',
  }),
];

export const fixupsHarmless: readonly Harmless[] = [
  harmless('renamed', {
    kind: 'rename-static',
    edits: [{ op: 'rename', file, from: 'calc_addr', to: 'code_of' }],
    why: 'A name of a static function.',
  }),
  harmless('nop-once', {
    kind: 'local-variable',
    edits: [
      {
        op: 'replace',
        file,
        in: 'do_lwsync_fixups',
        at: /long \*start, \*end;/,
        by: 'const u32 word = PPC_INST_LWSYNC;\n\tlong *start, *end;',
      },
      { op: 'replace', file, in: 'do_lwsync_fixups', at: /ppc_inst\(PPC_INST_LWSYNC\)/, by: 'ppc_inst(word)' },
    ],
    why: 'The same word, from a variable.',
  }),
  harmless('extra-barrier', {
    ...{ kind: 'extra-synchronization', needs: stopped },
    edits: [{ op: 'before', file, in: 'do_entry_flush_fixups', at: /stop_machine\(/, text: '\tsmp_mb();' }],
    why: 'stop_machine() orders more than that.',
  }),
  harmless('backwards', {
    ...{ kind: 'reorder', needs: stopped },
    edits: [
      {
        ...{ op: 'swap', file, in: '__do_stf_barrier_fixups' },
        first: /do_stf_entry_barrier_fixups\(/,
        second: /do_stf_exit_barrier_fixups\(/,
      },
    ],
    why: 'Nobody runs either place until stop_machine() is over.',
  }),
];
