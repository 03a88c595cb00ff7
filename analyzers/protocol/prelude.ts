/**
 * What the headers that are not read would have said, as far as ftrace asks: one line each, in our own words. Read before
 * every unit. The one idea: a macro of the kernel that only serves the compiler or a checker becomes its plain meaning;
 * one that does something to other CPUs becomes a call, and primitives.ts makes that call a step.
 *
 * Example: `WARN_ON_ONCE(x)` is x, with a call of __warned() when it holds; `READ_ONCE(x)` is x.
 */

/** Words for the compiler, the linker and the checkers. */
const attributes = `
#define __init
#define __exit
#define __initdata
#define __ro_after_init
#define __read_mostly
#define __cacheline_aligned
#define __maybe_unused
#define __always_unused
#define __used
#define __visible
#define __cold
#define __must_check
#define __always_inline inline
#define noinline
#define notrace
#define nokprobe_inline inline
#define noinstr
#define asmlinkage
#define __kprobes
#define __user
#define __rcu
#define __iomem
#define __force
#define __percpu
#define __acquires(x)
#define __releases(x)
#define __printf(a, b)
#define __aligned(x) __attribute__((aligned(x)))
#define __packed __attribute__((packed))
#define __weak __attribute__((weak))
#define __cleanup(f) __attribute__((cleanup(f)))
#define fallthrough do { } while (0)
#define EXPORT_SYMBOL(x)
#define EXPORT_SYMBOL_GPL(x)
#define NOKPROBE_SYMBOL(x)
#define core_initcall(f)
#define fs_initcall(f)
#define late_initcall(f)
#define device_initcall(f)
#define early_initcall(f)
#define __setup(text, f)
#define early_param(text, f)
#define MODULE_LICENSE(x)
#define BUILD_BUG_ON(c)
#define BUILD_BUG_ON_MSG(c, m)
#define BUILD_BUG() do { } while (0)
#define lockdep_assert_held(l)
#define lockdep_assert_held_once(l)
#define lockdep_is_held(l) 1
#define might_sleep()
#define kmalloc_obj(x, ...) ((typeof(x) *)kmalloc(sizeof(x), 0))
#define kzalloc_obj(x, ...) ((typeof(x) *)kzalloc(sizeof(x), 0))
#define kzalloc_objs(x, n, ...) ((typeof(x) *)kzalloc(sizeof(x) * (n), 0))
#define kmalloc_objs(x, n, ...) ((typeof(x) *)kzalloc(sizeof(x) * (n), 0))
`;

const language = `
#define NULL ((void *)0)
#define true 1
#define false 0
#define likely(x) (!!(x))
#define unlikely(x) (!!(x))
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, v) ((x) = (v))
#define ACCESS_ONCE(x) (x)
#define data_race(x) (x)
#define offsetof(t, m) __builtin_offsetof(t, m)
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(t, a, b) ((t)(a) < (t)(b) ? (t)(a) : (t)(b))
#define max_t(t, a, b) ((t)(a) > (t)(b) ? (t)(a) : (t)(b))
#define BIT(n) (1UL << (n))
#define is_power_of_2(n) ((n) != 0 && ((n) & ((n) - 1)) == 0)
#define ALIGN(x, a) (((x) + (a) - 1) & ~((typeof(x))(a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((typeof(x))(a) - 1))
#define IS_ALIGNED(x, a) (((x) & ((typeof(x))(a) - 1)) == 0)
#define round_up(x, y) ALIGN(x, y)
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define swap(a, b) do { typeof(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#define _THIS_IP_ 0UL
#define _RET_IP_ 0UL
#define __is_defined(x) IS_ENABLED(x)
#define static_assert(c, ...)

#define EPERM 1
#define ENOENT 2
#define EIO 5
#define ENXIO 6
#define EAGAIN 11
#define ENOMEM 12
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define ENOSPC 28
#define EPIPE 32
#define ERANGE 34
#define ENOTSUPP 524
#define EOPNOTSUPP 95
#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) ((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)
#define IS_ERR(p) IS_ERR_VALUE((unsigned long)(p))
#define IS_ERR_OR_NULL(p) (!(p) || IS_ERR(p))
#define PTR_ERR(p) ((long)(p))
#define ERR_PTR(e) ((void *)(long)(e))

#define GFP_KERNEL 0xcc0
#define GFP_ATOMIC 0xa20
#define GFP_NOWAIT 0x800
#define __GFP_ZERO 0x100
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x) ALIGN(x, PAGE_SIZE)
#define BITS_PER_LONG (8 * (int)sizeof(long))
#define INT_MAX 0x7fffffff
#define LONG_MAX ((long)(~0UL >> 1))
#define ULONG_MAX (~0UL)
#define SIZE_MAX (~0UL)
#define KSYM_NAME_LEN 512
#define KSYM_SYMBOL_LEN 600
#define NR_CPUS 4
#define HZ 250
#define COMMAND_LINE_SIZE 2048
#define TASK_COMM_LEN 16
#define SZ_4K 0x1000
#define SZ_64K 0x10000
#define SZ_32M 0x02000000
#define SZ_2G 0x80000000
`;

const types = `
typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;
typedef s32 __s32;
typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef u32 __be32;
typedef u32 __le32;
typedef unsigned long size_t;
typedef long ssize_t;
typedef long ptrdiff_t;
typedef unsigned long uintptr_t;
typedef long long loff_t;
typedef int pid_t;
typedef unsigned int gfp_t;
typedef unsigned short umode_t;
typedef u64 phys_addr_t;
typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;
typedef struct { atomic_long_t a; } local_t;
typedef struct { unsigned int sequence; } seqcount_t, seqcount_raw_spinlock_t;
typedef struct { int held; } spinlock_t, raw_spinlock_t, arch_spinlock_t, rwlock_t;
typedef struct { u32 u[4]; } __vector128;
struct mutex { int held; };
typedef struct { unsigned int val; } kuid_t, kgid_t;
struct rw_semaphore { int held; };
struct work_struct { void *func; };
struct rcu_head { void *next; void (*func)(struct rcu_head *head); };
struct list_head { struct list_head *next, *prev; };
struct hlist_node { struct hlist_node *next, **pprev; };
struct hlist_head { struct hlist_node *first; };
struct static_key { int enabled; };
struct static_key_false { struct static_key key; };
struct static_key_true { struct static_key key; };
struct static_call_key { void *func; };
struct cpumask { unsigned long bits[1]; };
typedef struct cpumask cpumask_t;
typedef struct cpumask cpumask_var_t[1];
#ifdef PPC64_ELF_ABI_v1
typedef struct { unsigned long entry, toc, env; } func_descr_t;
struct func_desc { unsigned long addr, toc, env; };
typedef struct func_desc func_desc_t;
#endif
#define atomic_read(v) ((v)->counter)
#define atomic_set(v, n) ((v)->counter = (n))
#define atomic_inc(v) ((v)->counter++)
#define atomic_dec(v) ((v)->counter--)
#define atomic_inc_return(v) (++(v)->counter)
#define atomic_dec_return(v) (--(v)->counter)
#define atomic_add(n, v) ((v)->counter += (n))
#define atomic_add_return(n, v) ((v)->counter += (n))
#define atomic_inc_not_zero(v) ((v)->counter ? ++(v)->counter : 0)
#define atomic_long_read(v) ((v)->counter)
#define ATOMIC_INIT(n) { (n) }
`;

const lists = `
#define LIST_HEAD_INIT(name) { &(name), &(name) }
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)
#define INIT_LIST_HEAD(l) do { (l)->next = (l); (l)->prev = (l); } while (0)
#define INIT_HLIST_HEAD(h) ((h)->first = NULL)
#define HLIST_HEAD_INIT { NULL }
#define list_empty(l) ((l)->next == (l))
#define hlist_empty(h) (!(h)->first)
#define list_entry(p, t, m) container_of(p, t, m)
#define list_first_entry(l, t, m) list_entry((l)->next, t, m)
#define list_next_entry(p, m) list_entry((p)->m.next, typeof(*(p)), m)
#define list_for_each(p, l) for (p = (l)->next; p != (l); p = p->next)
#define list_for_each_entry(p, l, m) \\
	for (p = list_entry((l)->next, typeof(*p), m); &p->m != (l); p = list_next_entry(p, m))
#define list_for_each_entry_safe(p, n, l, m) \\
	for (p = list_entry((l)->next, typeof(*p), m), n = list_next_entry(p, m); &p->m != (l); \\
	     p = n, n = list_next_entry(n, m))
#define list_for_each_entry_rcu(p, l, m, ...) list_for_each_entry(p, l, m)
#define list_for_each_entry_reverse(p, l, m) \\
	for (p = list_entry((l)->prev, typeof(*p), m); &p->m != (l); p = list_entry(p->m.prev, typeof(*p), m))
#define do_each_thread(g, t) for ((g) = (t) = NULL; 0;) do
#define while_each_thread(g, t) while (0)
static inline void list_add(struct list_head *n, struct list_head *h)
{ n->next = h->next; n->prev = h; h->next->prev = n; h->next = n; }
static inline void list_add_tail(struct list_head *n, struct list_head *h) { list_add(n, h->prev); }
static inline void list_del(struct list_head *n) { n->next->prev = n->prev; n->prev->next = n->next; }
#define list_del_init(n) do { list_del(n); INIT_LIST_HEAD(n); } while (0)
#define list_add_rcu list_add
#define list_add_tail_rcu list_add_tail
#define list_del_rcu list_del
#define hlist_entry(p, t, m) container_of(p, t, m)
#define hlist_entry_safe(p, t, m) ({ typeof(p) __p = (p); __p ? hlist_entry(__p, t, m) : NULL; })
#define hlist_for_each_entry(p, h, m) \\
	for (p = hlist_entry_safe((h)->first, typeof(*(p)), m); p; p = hlist_entry_safe((p)->m.next, typeof(*(p)), m))
#define hlist_for_each_entry_continue(p, m) \\
	for (p = hlist_entry_safe((p)->m.next, typeof(*(p)), m); p; p = hlist_entry_safe((p)->m.next, typeof(*(p)), m))
#define hlist_for_each_entry_safe(p, n, h, m) \\
	for (p = hlist_entry_safe((h)->first, typeof(*(p)), m); p && ({ n = p->m.next; 1; }); \\
	     p = hlist_entry_safe(n, typeof(*(p)), m))
#define hlist_for_each_entry_rcu(p, h, m, ...) hlist_for_each_entry(p, h, m)
#define hlist_for_each_entry_rcu_notrace(p, h, m) hlist_for_each_entry(p, h, m)
static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{ n->next = h->first; if (h->first) h->first->pprev = &n->next; h->first = n; n->pprev = &h->first; }
static inline void hlist_del(struct hlist_node *n) { *n->pprev = n->next; if (n->next) n->next->pprev = n->pprev; }
#define hlist_add_head_rcu hlist_add_head
#define hlist_del_rcu hlist_del
`;

/** Locks and interrupt masking stay calls: waiting.ts and services.ts know what they do. */
const concurrency = `
int __irqs_off(void);
void __irqs_set(int off);
#define local_irq_save(f) do { (f) = __irqs_off(); __irqs_set(1); } while (0)
#define local_irq_restore(f) __irqs_set(f)
#define local_irq_disable() __irqs_set(1)
#define local_irq_enable() __irqs_set(0)
#define irqs_disabled() __irqs_off()
#define DEFINE_MUTEX(name) struct mutex name = { 0 }
extern struct mutex text_mutex;
extern char _stext[], _etext[], _sinittext[], _einittext[], __exittext_begin[], __exittext_end[];
#define __MUTEX_INITIALIZER(name) { 0 }
#define mutex_init(l) ((l)->held = 0)
#define DEFINE_SPINLOCK(name) spinlock_t name = { 0 }
#define DEFINE_RAW_SPINLOCK(name) raw_spinlock_t name = { 0 }
#define DECLARE_RWSEM(name) struct rw_semaphore name = { 0 }
#define spin_lock_irqsave(l, f) do { (f) = 0; spin_lock(l); } while (0)
#define spin_unlock_irqrestore(l, f) spin_unlock(l)
#define raw_spin_lock_irqsave(l, f) do { (f) = 0; spin_lock(l); } while (0)
#define raw_spin_unlock_irqrestore(l, f) spin_unlock(l)
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
struct __mutex_guard { struct mutex *lock; };
static inline void __mutex_guard_end(struct __mutex_guard *guard) { mutex_unlock(guard->lock); }
#define guard(what) __guard_##what
#define __guard_mutex(l) struct __mutex_guard __guard __attribute__((cleanup(__mutex_guard_end))) = { (mutex_lock(l), (l)) }
#define __guard_preempt() do { } while (0)
#define __guard_preempt_notrace() do { } while (0)
#define __guard_rcu() do { } while (0)
#define __guard_irqsave() do { } while (0)
#define scoped_guard(what, ...) __scoped_##what(__VA_ARGS__)
#define __scoped_mutex(l) for (int __once = (mutex_lock(l), 1); __once; __once = 0, mutex_unlock(l))
#define __scoped_preempt() if (1)
#define __scoped_rcu() if (1)
#define __scoped_irqsave() if (1)
#define preempt_disable() do { } while (0)
#define preempt_enable() do { } while (0)
#define preempt_disable_notrace() do { } while (0)
#define preempt_enable_notrace() do { } while (0)
#define preemptible() 1
#define rcu_read_lock() do { } while (0)
#define rcu_read_unlock() do { } while (0)
#define cpus_read_lock() do { } while (0)
#define cpus_read_unlock() do { } while (0)
#define get_online_cpus() do { } while (0)
#define put_online_cpus() do { } while (0)
#define rcu_dereference(p) (p)
#define rcu_dereference_raw(p) (p)
#define rcu_dereference_raw_notrace(p) (p)
#define rcu_dereference_raw_check(p) (p)
#define rcu_dereference_sched(p) (p)
#define rcu_dereference_protected(p, c) (p)
#define rcu_dereference_check(p, c) (p)
#define rcu_access_pointer(p) (p)
#define rcu_assign_pointer(p, v) ((p) = (v))
#define RCU_INIT_POINTER(p, v) ((p) = (v))
#define smp_load_acquire(p) (*(p))
#define smp_store_release(p, v) do { __barrier(1); *(p) = (v); } while (0)
#define barrier() do { } while (0)
#define smp_mb() __barrier(0)
#define smp_wmb() __barrier(1)
#define smp_rmb() __barrier(2)
#define mb() __barrier(0)
#define wmb() __barrier(1)
#define rmb() __barrier(2)
static inline void isync(void) { __asm__ volatile("isync" ::: "memory"); }
#define smp_processor_id() 0
#define raw_smp_processor_id() 0
#define get_cpu() 0
#define put_cpu() do { } while (0)
#define num_online_cpus() 4
#define num_possible_cpus() 4
#define cpu_online_mask ((const struct cpumask *)~0UL)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < NR_CPUS; (cpu)++)
#define for_each_online_cpu(cpu) for ((cpu) = 0; (cpu) < NR_CPUS; (cpu)++)
#define DEFINE_PER_CPU(t, name) t name
#define DECLARE_PER_CPU(t, name) extern t name
#define this_cpu_ptr(p) (p)
#define per_cpu_ptr(p, cpu) (p)
#define per_cpu(v, cpu) (v)
#define this_cpu_read(v) (v)
#define this_cpu_write(v, x) ((v) = (x))
#define __this_cpu_read(v) (v)
#define __this_cpu_write(v, x) ((v) = (x))
#define raw_cpu_read(v) (v)
`;

const keys = `
#define DEFINE_STATIC_KEY_FALSE(name) struct static_key_false name = { { 0 } }
#define DEFINE_STATIC_KEY_TRUE(name) struct static_key_true name = { { 1 } }
#define DECLARE_STATIC_KEY_FALSE(name) extern struct static_key_false name
#define DECLARE_STATIC_KEY_TRUE(name) extern struct static_key_true name
#define static_branch_likely(k) ((k)->key.enabled)
#define static_branch_unlikely(k) ((k)->key.enabled)
#define static_branch_enable(k) ((k)->key.enabled = 1)
#define static_branch_disable(k) ((k)->key.enabled = 0)
`;

const complaints = `
void __warned(void);
void __bugged(void);
#define WARN_ON(c) ({ int __c = !!(c); if (__c) __warned(); __c; })
#define WARN_ON_ONCE(c) WARN_ON(c)
#define WARN(c, ...) WARN_ON(c)
#define WARN_ONCE(c, ...) WARN_ON(c)
#define BUG() __bugged()
#define BUG_ON(c) do { if (c) __bugged(); } while (0)
#define pr_emerg(...) __logged(__VA_ARGS__)
#define pr_alert(...) __logged(__VA_ARGS__)
#define pr_crit(...) __logged(__VA_ARGS__)
#define pr_err(...) __logged(__VA_ARGS__)
#define pr_err_once(...) __logged(__VA_ARGS__)
#define pr_err_ratelimited(...) __logged(__VA_ARGS__)
#define pr_warn(...) __logged(__VA_ARGS__)
#define pr_warning(...) __logged(__VA_ARGS__)
#define pr_warn_once(...) __logged(__VA_ARGS__)
#define pr_warn_ratelimited(...) __logged(__VA_ARGS__)
#define pr_notice(...) do { } while (0)
#define pr_info(...) do { } while (0)
#define pr_info_once(...) do { } while (0)
#define pr_debug(...) do { } while (0)
#define pr_devel(...) do { } while (0)
#define pr_cont(...) do { } while (0)
#define printk(...) do { } while (0)
#define printk_once(...) do { } while (0)
#define KERN_ERR
#define KERN_WARNING
#define KERN_INFO
#define KERN_DEBUG
#define KERN_CONT
#define print_ip_sym(...) do { } while (0)
#define dump_stack() do { } while (0)
`;

/** Reading and writing memory that may not be there. The goto forms are the kernel's own since 5.8. */
const storage = `
long probe_kernel_read(void *to, const void *from, size_t bytes);
long copy_from_kernel_nofault(void *to, const void *from, size_t bytes);
int __store_text(void *to, const void *from, size_t bytes);
#define __get_kernel_nofault(to, from, t, label) do { if (copy_from_kernel_nofault(to, from, sizeof(t))) goto label; } while (0)
#define __put_kernel_nofault(to, from, t, label) do { if (__store_text(to, from, sizeof(t))) goto label; } while (0)
#define get_kernel_nofault(v, p) copy_from_kernel_nofault(&(v), p, sizeof(v))
#define probe_kernel_address(p, v) probe_kernel_read(&(v), p, sizeof(v))
#define __put_user_size(v, p, n, e) \\
	do { \\
		u64 __v8 = (u64)(v); \\
		u32 __v4 = (u32)(v); \\
		(e) = (n) == 8 ? __store_text(p, &__v8, 8) : __store_text(p, &__v4, 4); \\
	} while (0)
#define __put_user_asm(v, p, e, op) __put_user_size(v, p, (op)[2] == 'd' ? 8 : 4, e)
#define __put_user_asm2(v, p, e) __put_user_size(v, p, 8, e)
#define __put_user_size_goto(v, p, n, label) \\
	do { \\
		int __e; \\
		__put_user_size(v, p, n, __e); \\
		if (__e) \\
			goto label; \\
	} while (0)
#define __put_user_asm_goto(v, p, label, op) __put_user_size_goto(v, p, (op)[2] == 'd' ? 8 : 4, label)
#define __put_user_asm2_goto(v, p, label) __put_user_size_goto(v, p, 8, label)
#define is_kernel_addr(a) ((a) >= PAGE_OFFSET)
#define __chk_user_ptr(p) ((void)0)
#define mftb() 0UL
#define swab32(x) __builtin_bswap32(x)
#ifdef CONFIG_CPU_LITTLE_ENDIAN
#define cpu_to_le32(x) (x)
#define le32_to_cpu(x) (x)
#define cpu_to_be32(x) __builtin_bswap32(x)
#define be32_to_cpu(x) __builtin_bswap32(x)
#else
#define cpu_to_le32(x) __builtin_bswap32(x)
#define le32_to_cpu(x) __builtin_bswap32(x)
#define cpu_to_be32(x) (x)
#define be32_to_cpu(x) (x)
#endif
#define PPC_LO(v) ((v) & 0xffff)
#define PPC_HI(v) (((v) >> 16) & 0xffff)
#define PPC_HA(v) PPC_HI((v) + 0x8000)
#define trace_recursion_lock() 0
#define MSR_DE 0
#define regs_set_return_ip(regs, ip) ((regs)->nip = (ip))
#define instruction_pointer(regs) ((regs)->nip)
`;

/** What other files define: a struct of which an offset is asked. */
const others = `
struct paca_struct { unsigned long kernel_toc; };
`;

/** The members of struct module that loading a module with call sites uses; the architecture's part is its own header's. */
const module_ = `
#include <asm/module.h>
#ifndef _ASM_POWERPC_MODULE_H
struct mod_arch_specific { unsigned long tramp, tramp_regs; };
#endif
enum module_state { MODULE_STATE_LIVE, MODULE_STATE_COMING, MODULE_STATE_GOING, MODULE_STATE_UNFORMED };
struct module_layout { void *base; unsigned int size, text_size; };
struct module {
	enum module_state state;
	char name[56];
	struct module_layout core_layout, init_layout;
	struct mod_arch_specific arch;
	unsigned int num_ftrace_callsites;
	unsigned long *ftrace_callsites;
	unsigned long *kprobes_text_start;
	int klp;
};
`;

/** One C text, read before every unit. */
export const prelude: { readonly file: string; readonly text: string } = {
  file: 'the bot’s stand-ins for headers',
  text: [attributes, language, types, lists, concurrency, keys, complaints, storage, others, module_].join('\n'),
};
