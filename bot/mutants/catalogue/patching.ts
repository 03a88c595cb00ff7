/**
 * Edits of the code that stores into text, arch/powerpc/lib/code-patching.c. A word is consistent once it was stored, written
 * back (dcbst; sync) and invalidated where it is executed (icbi; sync), and the CPU that stored it has thrown away what it
 * fetched (isync): Power ISA Book II, 1.8. With STRICT_KERNEL_RWX text is stored into through a page that shows it.
 */
import type { CheckId } from '../../../analyzers/checks/checks.ts';
import type { Edit, Harmful, Harmless, Level, Place, Style } from '../row.ts';

const every: readonly Style[] = ['two-word', 'patchable', 'out-of-line'];
const older: readonly Style[] = ['two-word'];
const newer: readonly Style[] = ['patchable', 'out-of-line'];

/** By the names it has in one version or another. */
const store = ['__patch_mem', '__patch_instruction'];
const throughPage = ['__do_patch_mem_mm', 'do_patch_instruction'];

type Answer = readonly [kind: string, level: Level, check: CheckId | readonly CheckId[], why: string];
const inPatching = (edits: readonly Edit[]) => edits.map((edit) => ({ file: 'patching' as const, ...edit }));
const harmful = (
  id: string,
  styles: readonly Style[],
  [kind, level, check, why]: Answer,
  ...edits: readonly Edit[]
): Harmful => ({
  ...{ id: `poke-${id}`, kind, harmful: true, level, check, styles, why, edits: inPatching(edits) },
});
const harmless = (
  id: string,
  styles: readonly Style[],
  [kind, why]: readonly [string, string],
  ...edits: readonly Edit[]
): Harmless => ({
  ...{ id: `poke-${id}`, kind, harmful: false, styles, why, edits: inPatching(edits) },
});
/** Where branches are made: in the file, and later in a header. */
const branches = (id: string, answer: Answer, edit: Edit): Harmful[] => [
  harmful(`branch-${id}`, older, answer, edit),
  harmful(`branch-${id}-inline`, newer, answer, { ...edit, file: 'branches' }),
];
const replace = (place: Place, at: RegExp, by: string): Edit => ({ op: 'replace', in: place, at, by });

/** A change of the instructions behind the store. */
const stale = (id: string, kind: string, why: string, at: RegExp, by: string) =>
  harmful(id, every, [kind, 'stale', 'not-consistent', why], replace(store, at, by));

const refused: readonly CheckId[] = ['ftrace-bug', 'ftrace-disabled', 'not-traced', 'still-traced'];

export const patchingHarmful: readonly Harmful[] = [
  stale('no-icbi', 'drop-cache-operation', 'Instruction caches go on with the old word.', /icbi 0,%1; /, ''),
  stale('no-dcbst', 'drop-cache-operation', 'The word may stay in the data cache.', /dcbst 0, %0; /, ''),
  stale('no-isync', 'drop-cache-operation', 'This CPU may go on with what it has fetched.', /; isync"/, '"'),
  stale(
    'sync-weakened',
    'weaken-barrier',
    'lwsync does not order dcbst and icbi.',
    /dcbst 0, %0; sync/,
    'dcbst 0, %0; lwsync',
  ),
  stale('last-sync-dropped', 'weaken-barrier', 'Nothing waits for icbi.', /icbi 0,%1; sync/, 'icbi 0,%1'),
  stale(
    'cache-operations-swapped',
    'swap-cache-operations',
    'What was invalidated may be fetched again before the word is in memory.',
    /dcbst 0, %0; sync; icbi 0,%1/,
    'icbi 0,%1; sync; dcbst 0, %0',
  ),
  stale(
    'icbi-elsewhere',
    'flush-elsewhere',
    'Another block is invalidated.',
    /"r" \(exec_addr\)/,
    '"r" (exec_addr + 128)',
  ),
  stale(
    'dcbst-elsewhere',
    'flush-elsewhere',
    'Another block is written back.',
    /"r" \(patch_addr\)/,
    '"r" (patch_addr + 128)',
  ),
  harmful(
    'unmapped-early',
    every,
    ['order-mapping', 'sequential', refused, 'The page is gone when the word is stored through it.'],
    {
      op: 'move',
      in: throughPage,
      at: /(stop_using_temp_mm|err = unmap_patch_area)\(/,
      before: /__patch_(mem|instruction)\(addr/,
    },
  ),
  harmful(
    'mapped-late',
    newer,
    ['order-mapping', 'sequential', refused, 'The page is not there yet when the word is stored through it.'],
    { op: 'move', in: '__do_patch_mem_mm', at: /__set_pte_at\(/, after: /err = __patch_mem\(/ },
  ),
  harmful(
    'wrong-page',
    every,
    ['wrong-mapping', 'sequential', refused, 'Kernel text is looked for among the pages of vmalloc, and is not there.'],
    replace(['get_patch_pfn', 'map_patch_area'], /(is_vmalloc_\w+)\(addr\)/, '!$1(addr)'),
  ),
  harmful(
    'page-offset',
    every,
    ['wrong-mapping', 'sequential', refused, 'Every word goes to the first one of its page.'],
    replace(throughPage, /\(kaddr & ~PAGE_MASK\)|offset_in_page\(addr\)/, '0'),
  ),
  harmful(
    'failure-swallowed',
    every,
    ['swallow-error', 'sequential', [...refused, 'return-address'], 'A store that failed is told to have been done.'],
    replace(store, /return (err|-EPERM);/, 'return 0;'),
  ),
  harmful(
    'page-failure-swallowed',
    newer,
    ['swallow-error', 'sequential', refused, 'Without a page nothing is stored, and nobody is told.'],
    replace('__do_patch_mem_mm', /return -ENOMEM;/, 'return 0;'),
  ),
  harmful(
    'result-dropped',
    newer,
    ['swallow-error', 'sequential', refused, 'A store that failed is told to have been done.'],
    replace('patch_mem', /err = __do_patch_mem_mm\((.*)\);/, '__do_patch_mem_mm($1), err = 0;'),
  ),
  ...branches(
    'sign',
    [
      'wrong-branch',
      'sequential',
      [...refused, 'wild-branch', 'call-target', 'endless', 'return-address'],
      'A branch backwards becomes one forwards: the sign of its offset is lost.',
    ],
    replace('create_branch', /offset & 0x03FFFFFC/, 'offset & 0x01FFFFFC'),
  ),
  ...branches(
    'absolute',
    ['wrong-condition', 'sequential', refused, 'A target is taken for an offset, and is none that a branch can hold.'],
    replace('create_branch', /! ?\(flags & BRANCH_ABSOLUTE\)/, 'flags & BRANCH_ABSOLUTE'),
  ),
];

export const patchingHarmless: readonly Harmless[] = [
  harmless(
    'hwsync',
    every,
    ['equivalent-assembly', 'hwsync is sync.'],
    replace(store, /sync; icbi 0,%1; sync/, 'hwsync; icbi 0,%1; hwsync'),
  ),
  harmless(
    'operands-named',
    every,
    ['equivalent-assembly', 'Operands by name in place of number.'],
    replace(
      store,
      /dcbst 0, %0; sync; icbi 0,%1; sync; isync" :: "r" \(patch_addr\),\s*"r"/,
      'dcbst 0, %[to]; sync; icbi 0,%[at]; sync; isync" :: [to] "r" (patch_addr), [at] "r"',
    ),
  ),
  harmless(
    'icbi-twice',
    every,
    ['extra-cache-operation', 'What is invalid is invalidated.'],
    replace(store, /icbi 0,%1; /, 'icbi 0,%1; icbi 0,%1; '),
  ),
  harmless(
    'extract-flush',
    every,
    ['extract-function', 'The same instructions, in a function.'],
    {
      op: 'ahead',
      in: store,
      text: 'static inline void make_consistent(void *exec_addr, void *patch_addr)\n{\n\tasm ("dcbst 0, %0; sync; icbi 0,%1; sync; isync" :: "r" (patch_addr), "r" (exec_addr));\n}\n',
    },
    { op: 'drop', in: store, at: /asm \("dcbst/ },
    { op: 'before', in: store, at: /return 0;/, text: '\tmake_consistent(exec_addr, patch_addr);' },
  ),
  harmless('declarations-swapped', every, ['reorder-independent', 'Declarations have no order.'], {
    op: 'swap',
    in: throughPage,
    first: /int err;/,
    second: /unsigned long text_poke_addr;/,
  }),
  harmless('raw-last', every, ['move-function', 'The order of definitions is none of execution.'], {
    op: 'relocate',
    in: 'raw_patch_instruction',
    behind: 'patch_branch',
  }),
  harmless('message', every, ['message', 'A message is no instruction.'], {
    op: 'before',
    in: throughPage,
    at: /__patch_(mem|instruction)\(addr/,
    text: '\tpr_devel("through %lx\\n", text_poke_addr);',
  }),
  harmless(
    'range-spelled',
    older,
    ['equivalent-condition', 'The same two bounds.'],
    replace('is_offset_in_branch_range', /offset <= 0x1fffffc/, 'offset < 0x2000000'),
  ),
  harmless('range-spelled-inline', newer, ['equivalent-condition', 'The same two bounds.'], {
    file: 'branches',
    ...replace('is_offset_in_branch_range', /offset <= 0x1fffffc/, 'offset < 0x2000000'),
  }),
];
