/**
 * Headers between the generic core and the architecture in our own words, for trees that do not hold them and for mails
 * without a tree: what words look like, what a record holds, who asks whom. Names of both generations of the kernel are
 * there (PPC_INST_NOP and PPC_RAW_NOP()), for a diff says nothing of its headers.
 */
export const headerModel: ReadonlyMap<string, string> = new Map([
  [
    'asm/ppc-opcode.h',
    `/* Words that the kernel writes or looks for at call sites. */
#ifndef _ASM_POWERPC_PPC_OPCODE_H
#define _ASM_POWERPC_PPC_OPCODE_H

#define PPC_INST_NOP		0x60000000
#define PPC_INST_BRANCH		0x48000000
#define PPC_INST_BL		0x48000001
#define PPC_INST_MFLR		0x7c0802a6	/* mflr r0 */
#define PPC_INST_STD_LR		0xf8010010	/* std r0,16(r1) */

#ifdef PPC64_ELF_ABI_v2
#define PPC_INST_LD_TOC		0xe8410018	/* ld r2,24(r1) */
#else
#define PPC_INST_LD_TOC		0xe8410028	/* ld r2,40(r1) */
#endif

#define PPC_RAW_NOP()		PPC_INST_NOP
#define PPC_RAW_TRAP()		0x7fe00008	/* tw 31,0,0 */
#define PPC_RAW_BRANCH(offset)	(PPC_INST_BRANCH | ((offset) & 0x03fffffc))
#define PPC_RAW_BL(offset)	(PPC_INST_BL | ((offset) & 0x03fffffc))
#define PPC_RAW_MFLR(t)		(0x7c0802a6 | ((t) << 21))
#define PPC_RAW_MTLR(s)		(0x7c0803a6 | ((s) << 21))
#define PPC_RAW_STD(s, base, i)	(0xf8000000 | ((s) << 21) | ((base) << 16) | ((i) & 0xfffc))
#define PPC_RAW_STW(s, base, i)	(0x90000000 | ((s) << 21) | ((base) << 16) | ((i) & 0xffff))
#define PPC_RAW_LD(t, base, i)	(0xe8000000 | ((t) << 21) | ((base) << 16) | ((i) & 0xfffc))
#define _R0	0
#define _R1	1
#define _R2	2

#endif /* _ASM_POWERPC_PPC_OPCODE_H */
`,
  ],
  [
    'asm/code-patching.h',
    `#ifndef _ASM_POWERPC_CODE_PATCHING_H
#define _ASM_POWERPC_CODE_PATCHING_H

#include <asm/ppc-opcode.h>

#define BRANCH_SET_LINK		0x1

typedef unsigned int ppc_inst_t;
static inline ppc_inst_t ppc_inst(unsigned int word)
{
	return word;
}
static inline unsigned int ppc_inst_val(ppc_inst_t inst)
{
	return inst;
}
static inline unsigned long ppc_inst_as_ulong(ppc_inst_t inst)
{
	return inst;
}
static inline int ppc_inst_equal(ppc_inst_t a, ppc_inst_t b)
{
	return a == b;
}
static inline ppc_inst_t ppc_inst_read(const unsigned int *at)
{
	return *at;
}

unsigned int create_branch(const unsigned int *addr, unsigned long target, int flags);
int patch_branch(unsigned int *addr, unsigned long target, int flags);
int patch_instruction(unsigned int *addr, unsigned int instr);

/* Where a call from C lands: behind the words that set up r2 with ELFv2, the descriptor's first word with ELFv1. */
static inline unsigned long ppc_function_entry(void *func)
{
#ifdef PPC64_ELF_ABI_v2
	unsigned int *insn = func;

	/* addis r2,r12,x or lis r2,x; then addi r2,r2,x */
	if (((insn[0] & 0xffff0000) == 0x3c4c0000 || (insn[0] & 0xffff0000) == 0x3c400000) &&
	    (insn[1] & 0xffff0000) == 0x38420000)
		return (unsigned long)(insn + 2);
	return (unsigned long)func;
#elif defined(PPC64_ELF_ABI_v1)
	return *(unsigned long *)func;
#else
	return (unsigned long)func;
#endif
}

static inline unsigned long ppc_global_function_entry(void *func)
{
#ifdef PPC64_ELF_ABI_v2
	return (unsigned long)func;
#else
	return ppc_function_entry(func);
#endif
}

#endif /* _ASM_POWERPC_CODE_PATCHING_H */
`,
  ],
  [
    'asm/ftrace.h',
    `#ifndef _ASM_POWERPC_FTRACE
#define _ASM_POWERPC_FTRACE

#define MCOUNT_ADDR		((unsigned long)(_mcount))
#define MCOUNT_INSN_SIZE	4	/* one word is modified at a time */

extern void _mcount(void);

struct module;

struct dyn_arch_ftrace {
	struct module *mod;	/* whose stubs the call goes through, NULL for the kernel */
};

static inline unsigned long ftrace_call_adjust(unsigned long addr)
{
	return addr;
}

#endif /* _ASM_POWERPC_FTRACE */
`,
  ],
  [
    'linux/ftrace.h',
    String.raw`/* What the walk over the call sites (kernel/trace/ftrace.c) and the architecture tell each other. */
#ifndef _LINUX_FTRACE_H
#define _LINUX_FTRACE_H

#include <asm/ftrace.h>

/* The low bits of a record's flags count the tracers that want the function. */
enum {
	FTRACE_FL_ENABLED	= (1UL << 31),	/* the function calls a tracer now */
	FTRACE_FL_REGS		= (1UL << 30),	/* some tracer wants all registers */
	FTRACE_FL_REGS_EN	= (1UL << 29),	/* ... and gets them now */
	FTRACE_FL_DISABLED	= (1UL << 25),	/* a module being loaded: hands off */
};
#define FTRACE_REF_MAX		((1UL << 25) - 1)
#define ftrace_rec_count(rec)	((rec)->flags & FTRACE_REF_MAX)

struct dyn_ftrace {
	unsigned long		ip;	/* the word that becomes a call */
	unsigned long		flags;
	struct dyn_arch_ftrace	arch;
};

/* Commands for ftrace_modify_all_code(). */
enum {
	FTRACE_UPDATE_CALLS	= (1 << 0),
	FTRACE_DISABLE_CALLS	= (1 << 1),
	FTRACE_MAY_SLEEP	= (1 << 5),
};

/* Flags for ftrace_replace_code(). */
enum {
	FTRACE_MODIFY_ENABLE_FL		= (1 << 0),
	FTRACE_MODIFY_MAY_SLEEP_FL	= (1 << 1),
};

/* What a record needs, as ftrace_test_record() and ftrace_update_record() see it. */
enum {
	FTRACE_UPDATE_IGNORE,
	FTRACE_UPDATE_MAKE_CALL,
	FTRACE_UPDATE_MODIFY_CALL,
	FTRACE_UPDATE_MAKE_NOP,
};

struct module;
struct ftrace_rec_iter;

struct ftrace_rec_iter *ftrace_rec_iter_start(void);
struct ftrace_rec_iter *ftrace_rec_iter_next(struct ftrace_rec_iter *iter);
struct dyn_ftrace *ftrace_rec_iter_record(struct ftrace_rec_iter *iter);

#define for_ftrace_rec_iter(iter)		\
	for (iter = ftrace_rec_iter_start();	\
	     iter;				\
	     iter = ftrace_rec_iter_next(iter))

extern int ftrace_enabled;

extern void ftrace_caller(void);
extern void ftrace_regs_caller(void);
#define FTRACE_ADDR		((unsigned long)ftrace_caller)
#define FTRACE_REGS_ADDR	((unsigned long)ftrace_regs_caller)

int ftrace_update_record(struct dyn_ftrace *rec, int enable);
int ftrace_test_record(struct dyn_ftrace *rec, int enable);
unsigned long ftrace_get_addr_new(struct dyn_ftrace *rec);
unsigned long ftrace_get_addr_curr(struct dyn_ftrace *rec);
int __ftrace_replace_code(struct dyn_ftrace *rec, int enable);
void ftrace_replace_code(int mod_flags);
void ftrace_modify_all_code(int command);
void arch_ftrace_update_code(int command);
void ftrace_bug(int err, struct dyn_ftrace *rec);

int ftrace_dyn_arch_init(void);
int ftrace_init_nop(struct module *mod, struct dyn_ftrace *rec);
int ftrace_make_nop(struct module *mod, struct dyn_ftrace *rec, unsigned long addr);
int ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr);
int ftrace_modify_call(struct dyn_ftrace *rec, unsigned long old_addr, unsigned long addr);

#endif /* _LINUX_FTRACE_H */
`,
  ],
]);
