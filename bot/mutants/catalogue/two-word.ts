/**
 * Code of our own that makes a tree before v6.6 rewrite two words of a call site: the `mflr r0` ahead of the call as well as
 * the call. It stands on the tree's own functions, under other names, and takes their place where the core calls them; the
 * tree that results is the base of all two-word mutants, and holds by itself.
 *
 * Enabling: mflr everywhere; an IPI, so that no CPU fetches an old nop there; a grace period, so that no task stands between
 * the two words; then the calls. Disabling: the calls; an IPI, so that no CPU fetches an old call; then mflr.
 */
import type { Read } from '../edit.ts';
import type { Edit } from '../row.ts';

export function twoWordEdits(read: Read): readonly Edit[] {
  const text = read('arch/powerpc/kernel/trace/ftrace.c') ?? '';
  return [
    { op: 'rename', from: 'ftrace_make_nop', to: 'call_to_nop' },
    { op: 'rename', from: 'ftrace_make_call', to: 'nop_to_call' },
    { op: 'append', text: sites(accessOf(text)) },
  ];
}

/** How this version reads and writes a word of text. */
interface Access {
  readonly read: string;
  readonly write: string;
}

function accessOf(text: string): Access {
  const read = text.includes('probe_kernel_read(') ? 'probe_kernel_read' : 'copy_from_kernel_nofault';
  if (/\bstruct ppc_inst\b/.test(text)) return { read, write: '(struct ppc_inst *)at, ppc_inst(word)' };
  if (text.includes('ppc_inst_t')) return { read, write: '(u32 *)at, ppc_inst(word)' };
  return { read, write: '(unsigned int *)at, word' };
}

const sites = ({ read, write }: Access) => `#define WORD_NOP	0x60000000
#define WORD_MFLR	0x7c0802a6

#ifdef CONFIG_MPROFILE_KERNEL
static int read_head(struct dyn_ftrace *rec, u32 *word)
{
	return ${read}(word, (void *)(rec->ip - MCOUNT_INSN_SIZE), MCOUNT_INSN_SIZE);
}

static int write_head(struct dyn_ftrace *rec, u32 word)
{
	unsigned long at = rec->ip - MCOUNT_INSN_SIZE;

	return patch_instruction(${write});
}

/* Where the compiler put a std ahead of the call, the head is left alone. */
static int arm_head(struct dyn_ftrace *rec)
{
	u32 word;

	if (read_head(rec, &word))
		return -EFAULT;

	if (word != WORD_NOP)
		return 0;

	return write_head(rec, WORD_MFLR);
}

static int disarm_head(struct dyn_ftrace *rec)
{
	u32 word;

	if (read_head(rec, &word))
		return -EFAULT;

	if (word != WORD_MFLR)
		return 0;

	return write_head(rec, WORD_NOP);
}

static void sync_core(void *unused)
{
	isync();
}

static int disarm_calls(int enable)
{
	struct ftrace_rec_iter *iter;
	struct dyn_ftrace *rec;
	int err;

	for_ftrace_rec_iter(iter) {
		rec = ftrace_rec_iter_record(iter);

		if (rec->flags & FTRACE_FL_DISABLED)
			continue;

		if (ftrace_test_record(rec, enable) != FTRACE_UPDATE_MAKE_NOP)
			continue;

		err = call_to_nop(NULL, rec, ftrace_get_addr_curr(rec));
		if (err) {
			ftrace_bug(err, rec);
			return err;
		}
	}

	return 0;
}

static int switch_heads(int enable)
{
	struct ftrace_rec_iter *iter;
	struct dyn_ftrace *rec;
	int err = 0;

	for_ftrace_rec_iter(iter) {
		rec = ftrace_rec_iter_record(iter);

		if (rec->flags & FTRACE_FL_DISABLED)
			continue;

		switch (ftrace_test_record(rec, enable)) {
		case FTRACE_UPDATE_MAKE_NOP:
			err = disarm_head(rec);
			break;
		case FTRACE_UPDATE_MAKE_CALL:
			err = arm_head(rec);
			break;
		default:
			break;
		}

		if (err) {
			ftrace_bug(err, rec);
			return err;
		}
	}

	return 0;
}

static int arm_calls(int enable)
{
	unsigned long new_addr, old_addr;
	struct ftrace_rec_iter *iter;
	struct dyn_ftrace *rec;
	int err = 0;

	for_ftrace_rec_iter(iter) {
		rec = ftrace_rec_iter_record(iter);

		if (rec->flags & FTRACE_FL_DISABLED)
			continue;

		old_addr = ftrace_get_addr_curr(rec);
		new_addr = ftrace_get_addr_new(rec);

		switch (ftrace_update_record(rec, enable)) {
		case FTRACE_UPDATE_MAKE_CALL:
			err = nop_to_call(rec, new_addr);
			break;
		case FTRACE_UPDATE_MODIFY_CALL:
			err = ftrace_modify_call(rec, old_addr, new_addr);
			break;
		default:
			break;
		}

		if (err) {
			ftrace_bug(err, rec);
			return err;
		}
	}

	return 0;
}

void ftrace_replace_code(int enable)
{
	if (disarm_calls(enable))
		return;

	/* No CPU runs a call that is gone once its head goes. */
	smp_call_function(sync_core, NULL, 1);

	if (switch_heads(enable))
		return;

	/* Every CPU fetches the new head, and no task is past the old one. */
	smp_call_function(sync_core, NULL, 1);
	synchronize_rcu_tasks();

	arm_calls(enable);
}
#else
static int arm_head(struct dyn_ftrace *rec) { return 0; }
static int disarm_head(struct dyn_ftrace *rec) { return 0; }
#endif /* CONFIG_MPROFILE_KERNEL */

/* Of sites that do not run yet: at boot, or in a module that is being loaded. */
int ftrace_make_nop(struct module *mod, struct dyn_ftrace *rec, unsigned long addr)
{
	int err = call_to_nop(mod, rec, addr);

	if (err)
		return err;

	return disarm_head(rec);
}

/* Of a module that is being loaded. */
int ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr)
{
	int err = arm_head(rec);

	if (err)
		return err;

	return nop_to_call(rec, addr);
}
`;
