/**
 * The generic core in our own words: the walk over all call sites, for trees that do not hold kernel/trace/ftrace.c and for
 * mails without a tree. The one idea: it asks the architecture for the same things in the same order as the kernel's own
 * (FACTS section 8), and nothing else of that file is here.
 *
 * Example: enabling walks the records in order and calls ftrace_make_call() once for each that a tracer wants.
 */
import type { SourceText } from './headers.ts';

export const coreModel: SourceText = {
  file: 'our model of kernel/trace/ftrace.c',
  text: String.raw`/*
 * The walk over all call sites. One record per site, in pages; the tracers say which functions they want, this file
 * says in which order the architecture is asked to change them.
 */
#include <linux/stop_machine.h>
#include <linux/module.h>
#include <linux/ftrace.h>
#include <linux/slab.h>
#include <linux/sort.h>

#define FTRACE_WARN_ON(cond)			\
	({					\
		int ___r = cond;		\
		if (WARN_ON(___r))		\
			ftrace_disabled = 1;	\
		___r;				\
	})

int ftrace_enabled __read_mostly;
static int ftrace_disabled __read_mostly;
static int ftrace_start_up;

static DEFINE_MUTEX(ftrace_lock);

#define FTRACE_PAGE_RECORDS	64

struct ftrace_page {
	struct ftrace_page	*next;
	int			index;
	struct dyn_ftrace	records[FTRACE_PAGE_RECORDS];
};

static struct ftrace_page *ftrace_pages_start;
static struct ftrace_page *ftrace_pages;

/* A loop in a loop: leave it with goto, not with break. */
#define do_for_each_ftrace_rec(pg, rec)					\
	for (pg = ftrace_pages_start; pg; pg = pg->next) {		\
		int _____i;						\
		for (_____i = 0; _____i < pg->index; _____i++) {	\
			rec = &pg->records[_____i];

#define while_for_each_ftrace_rec()	\
		}			\
	}

struct ftrace_rec_iter {
	struct ftrace_page	*pg;
	int			index;
};

struct ftrace_rec_iter *ftrace_rec_iter_start(void)
{
	static struct ftrace_rec_iter iter;

	iter.pg = ftrace_pages_start;
	iter.index = 0;
	return iter.pg ? &iter : NULL;
}

struct ftrace_rec_iter *ftrace_rec_iter_next(struct ftrace_rec_iter *iter)
{
	if (++iter->index < iter->pg->index)
		return iter;

	iter->pg = iter->pg->next;
	iter->index = 0;
	return iter->pg ? iter : NULL;
}

struct dyn_ftrace *ftrace_rec_iter_record(struct ftrace_rec_iter *iter)
{
	return &iter->pg->records[iter->index];
}

/* Something is not as it should be: say so, and never touch text again. */
void ftrace_bug(int failed, struct dyn_ftrace *rec)
{
	FTRACE_WARN_ON(1);
	pr_err("error %d at %lx, flags %lx\n", failed, rec ? rec->ip : 0, rec ? rec->flags : 0);
}

static int ftrace_check_record(struct dyn_ftrace *rec, int enable, int update)
{
	unsigned long wanted = 0;

	if (rec->flags & FTRACE_FL_DISABLED)
		return FTRACE_UPDATE_IGNORE;

	if (enable && ftrace_rec_count(rec)) {
		wanted = FTRACE_FL_ENABLED;
		if (rec->flags & FTRACE_FL_REGS)
			wanted |= FTRACE_FL_REGS_EN;
	}

	if ((rec->flags & (FTRACE_FL_ENABLED | FTRACE_FL_REGS_EN)) == wanted)
		return FTRACE_UPDATE_IGNORE;

	if (wanted) {
		int modify = !!(rec->flags & FTRACE_FL_ENABLED);

		if (update) {
			rec->flags &= ~FTRACE_FL_REGS_EN;
			rec->flags |= wanted;
		}
		return modify ? FTRACE_UPDATE_MODIFY_CALL : FTRACE_UPDATE_MAKE_CALL;
	}

	if (update) {
		if (!ftrace_rec_count(rec))
			rec->flags = 0;
		else
			rec->flags &= ~(FTRACE_FL_ENABLED | FTRACE_FL_REGS_EN);
	}
	return FTRACE_UPDATE_MAKE_NOP;
}

int ftrace_update_record(struct dyn_ftrace *rec, int enable)
{
	return ftrace_check_record(rec, enable, 1);
}

int ftrace_test_record(struct dyn_ftrace *rec, int enable)
{
	return ftrace_check_record(rec, enable, 0);
}

unsigned long ftrace_get_addr_new(struct dyn_ftrace *rec)
{
	return rec->flags & FTRACE_FL_REGS ? FTRACE_REGS_ADDR : FTRACE_ADDR;
}

unsigned long ftrace_get_addr_curr(struct dyn_ftrace *rec)
{
	return rec->flags & FTRACE_FL_REGS_EN ? FTRACE_REGS_ADDR : FTRACE_ADDR;
}

int __ftrace_replace_code(struct dyn_ftrace *rec, int enable)
{
	unsigned long addr = ftrace_get_addr_new(rec);
	unsigned long old_addr = ftrace_get_addr_curr(rec);

	switch (ftrace_update_record(rec, enable)) {
	case FTRACE_UPDATE_IGNORE:
		return 0;
	case FTRACE_UPDATE_MAKE_CALL:
		return ftrace_make_call(rec, addr);
	case FTRACE_UPDATE_MAKE_NOP:
		return ftrace_make_nop(NULL, rec, old_addr);
	case FTRACE_UPDATE_MODIFY_CALL:
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS
		return ftrace_modify_call(rec, old_addr, addr);
#endif
		break;
	}
	return -1;
}

void __weak ftrace_replace_code(int mod_flags)
{
	int enable = mod_flags & FTRACE_MODIFY_ENABLE_FL;
	int schedulable = mod_flags & FTRACE_MODIFY_MAY_SLEEP_FL;
	struct dyn_ftrace *rec;
	struct ftrace_page *pg;
	int failed;

	if (unlikely(ftrace_disabled))
		return;

	do_for_each_ftrace_rec(pg, rec) {
		if (rec->flags & FTRACE_FL_DISABLED)
			continue;

		failed = __ftrace_replace_code(rec, enable);
		if (failed) {
			ftrace_bug(failed, rec);
			return;
		}
		if (schedulable)
			cond_resched();
	} while_for_each_ftrace_rec();
}

void ftrace_modify_all_code(int command)
{
	int mod_flags = command & FTRACE_MAY_SLEEP ? FTRACE_MODIFY_MAY_SLEEP_FL : 0;

	if (command & FTRACE_UPDATE_CALLS)
		ftrace_replace_code(mod_flags | FTRACE_MODIFY_ENABLE_FL);
	else if (command & FTRACE_DISABLE_CALLS)
		ftrace_replace_code(mod_flags);
}

static int __ftrace_modify_code(void *data)
{
	ftrace_modify_all_code(*(int *)data);
	return 0;
}

void __weak arch_ftrace_update_code(int command)
{
	stop_machine(__ftrace_modify_code, &command, NULL);
}

static void ftrace_run_update_code(int command)
{
	mutex_lock(&ftrace_lock);
	arch_ftrace_update_code(command);
	mutex_unlock(&ftrace_lock);
}

int __weak ftrace_init_nop(struct module *mod, struct dyn_ftrace *rec)
{
	return ftrace_make_nop(mod, rec, MCOUNT_ADDR);
}

/* From the compiler's call to a no-op, once per record. */
static int ftrace_code_disable(struct module *mod, struct dyn_ftrace *rec)
{
	int ret = ftrace_init_nop(mod, rec);

	if (ret)
		ftrace_bug(ret, rec);
	return !ret;
}

static int ftrace_process_locs(struct module *mod, unsigned long *start, unsigned long *end)
{
	struct ftrace_page *pg = kzalloc(sizeof(*pg), GFP_KERNEL);

	if (!pg || end - start > FTRACE_PAGE_RECORDS)
		return -ENOMEM;

	mutex_lock(&ftrace_lock);
	if (ftrace_pages)
		ftrace_pages->next = pg;
	else
		ftrace_pages_start = pg;
	ftrace_pages = pg;

	for (; start < end; start++) {
		struct dyn_ftrace *rec = &pg->records[pg->index++];

		rec->ip = ftrace_call_adjust(*start);
		/* A module's sites wait for ftrace_module_enable(). */
		rec->flags = mod ? FTRACE_FL_DISABLED : 0;
		if (!ftrace_code_disable(mod, rec))
			break;
	}
	mutex_unlock(&ftrace_lock);
	return 0;
}

/* The module's code is complete; nothing can call it yet. */
void ftrace_module_init(struct module *mod)
{
	if (!ftrace_disabled)
		ftrace_process_locs(mod, mod->ftrace_callsites, mod->ftrace_callsites + mod->num_ftrace_callsites);
}

/* Still before anything can call it: trace what the running tracers want of it. */
void ftrace_module_enable(struct module *mod)
{
	struct ftrace_page *pg;
	struct dyn_ftrace *rec;

	mutex_lock(&ftrace_lock);
	if (ftrace_disabled)
		goto out;

	do_for_each_ftrace_rec(pg, rec) {
		int failed;

		if (!within_module_core(rec->ip, mod))
			break;

		rec->flags = ftrace_start_up ? 1 : 0;
		if (!ftrace_start_up)
			continue;

		failed = __ftrace_replace_code(rec, 1);
		if (failed) {
			ftrace_bug(failed, rec);
			goto out;
		}
	} while_for_each_ftrace_rec();
out:
	mutex_unlock(&ftrace_lock);
}

void __init ftrace_init(void)
{
	extern unsigned long __start_mcount_loc[];
	extern unsigned long __stop_mcount_loc[];

	if (ftrace_dyn_arch_init()) {
		ftrace_disabled = 1;
		return;
	}
	ftrace_enabled = 1;
	ftrace_process_locs(NULL, __start_mcount_loc, __stop_mcount_loc);
}
`,
};
