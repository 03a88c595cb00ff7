/**
 * How probes are entered: C of our own that does what kernel/kprobes.c does around the architecture's functions, and the
 * headers between the two in our own words.
 *
 * Example: __drive_unregister(0) disarms the first probe, takes it out of the table, waits for RCU and gives its slot back.
 */
import type { SourceText } from '../headers.ts';
import { driverNames } from '../recorder.ts';

export const driver = driverNames('place', 'register', 'unregister', 'arm', 'disarm');

export const probeHeaders: ReadonlyMap<string, SourceText> = new Map([
  [
    'linux/kprobes.h',
    {
      file: 'our model of linux/kprobes.h',
      text: `#ifndef _LINUX_KPROBES_H
#define _LINUX_KPROBES_H
#define MODULE_NAME_LEN 56
#define KPROBE_HIT_ACTIVE 1
#define KPROBE_HIT_SS 2
#define KPROBE_REENTER 4
#define KPROBE_HIT_SSDONE 8
#define KPROBE_FLAG_FTRACE 8
struct pt_regs {
	unsigned long gpr[32];
	unsigned long nip, msr, orig_gpr3, ctr, link, xer, ccr, softe, trap, dar, dsisr, result;
};
#include <asm/kprobes.h>
struct kprobe;
typedef int (*kprobe_pre_handler_t)(struct kprobe *, struct pt_regs *);
typedef void (*kprobe_post_handler_t)(struct kprobe *, struct pt_regs *, unsigned long flags);
typedef int (*kprobe_fault_handler_t)(struct kprobe *, struct pt_regs *, int trapnr);
struct kprobe {
	struct hlist_node hlist;
	struct list_head list;
	unsigned long nmissed;
	kprobe_opcode_t *addr;
	const char *symbol_name;
	unsigned int offset;
	kprobe_pre_handler_t pre_handler;
	kprobe_post_handler_t post_handler;
	kprobe_fault_handler_t fault_handler;
	kprobe_opcode_t opcode;
	struct arch_specific_insn ainsn;
	u32 flags;
};
struct kretprobe_instance { kprobe_opcode_t *ret_addr; void *fp; struct hlist_node hlist; };
struct kretprobe_blackpoint { const char *name; void *addr; };
struct optimized_kprobe {
	struct kprobe kp;
	struct list_head list;
	struct arch_optimized_insn optinsn;
};
static inline int kprobe_ftrace(struct kprobe *p) { return p->flags & KPROBE_FLAG_FTRACE; }
struct kprobe *get_kprobe(void *addr);
struct kprobe *kprobe_running(void);
kprobe_opcode_t *get_insn_slot(void);
void free_insn_slot(kprobe_opcode_t *slot, int dirty);
int arch_prepare_kprobe(struct kprobe *p);
void arch_arm_kprobe(struct kprobe *p);
void arch_disarm_kprobe(struct kprobe *p);
void arch_remove_kprobe(struct kprobe *p);
#define preempt_enable_no_resched() do { } while (0)
/* Slots for detour buffers have an allocator of their own until v5.12. */
struct kprobe_insn_cache {
	struct mutex mutex;
	void *(*alloc)(void);
	void (*free)(void *);
	const char *sym;
	struct list_head pages;
	size_t insn_size;
	int nr_garbage;
};
#define DEFINE_INSN_CACHE_OPS(name)
kprobe_opcode_t *get_optinsn_slot(void);
void free_optinsn_slot(kprobe_opcode_t *slot, int dirty);
#define get_ppc_optinsn_slot get_optinsn_slot
#define free_ppc_optinsn_slot free_optinsn_slot
#define list_move(entry, head) do { list_del(entry); list_add(entry, head); } while (0)
int arch_prepare_optimized_kprobe(struct optimized_kprobe *op, struct kprobe *p);
void arch_optimize_kprobes(struct list_head *oplist);
void arch_unoptimize_kprobes(struct list_head *oplist, struct list_head *done_list);
void arch_remove_optimized_kprobe(struct optimized_kprobe *op);
#define nokprobe_inline inline
#endif
`,
    },
  ],
]);

/** Two probes; a table in which the architecture's code and the trap's handler look them up. */
export const probesText = `#include <linux/kprobes.h>
void __freed_text(void *text);
static struct kprobe __probes[2];
static kprobe_opcode_t *__slots[2];
static int __published[2], __asking;
struct kprobe *get_kprobe(void *addr)
{
	int i;

	for (i = 0; i < 2; i++)
		if (__published[i] && __probes[i].addr == addr)
			return &__probes[i];
	return NULL;
}
kprobe_opcode_t *get_insn_slot(void) { return __slots[__asking]; }
void free_insn_slot(kprobe_opcode_t *slot, int dirty) { __freed_text(slot); }
void ${driver.place}(int i, unsigned long addr, unsigned long slot)
{
	__probes[i].addr = (kprobe_opcode_t *)addr;
	__slots[i] = (kprobe_opcode_t *)slot;
}
void ${driver.arm}(int i)
{
	mutex_lock(&text_mutex);
	arch_arm_kprobe(&__probes[i]);
	mutex_unlock(&text_mutex);
}
void ${driver.disarm}(int i)
{
	mutex_lock(&text_mutex);
	arch_disarm_kprobe(&__probes[i]);
	mutex_unlock(&text_mutex);
}
void ${driver.register}(int i)
{
	__asking = i;
	if (arch_prepare_kprobe(&__probes[i]))
		return;
	__published[i] = 1;
	${driver.arm}(i);
}
void ${driver.unregister}(int i)
{
	${driver.disarm}(i);
	__published[i] = 0;
	synchronize_rcu();
	arch_remove_kprobe(&__probes[i]);
}
`;

export const driverUnit: SourceText = { file: 'the driver of probes', text: probesText };
