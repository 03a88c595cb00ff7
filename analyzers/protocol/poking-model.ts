/**
 * What arch/powerpc/lib/code-patching.c takes from memory management, in our own words: page tables that map a page or do
 * not, a page of each CPU to poke through, address spaces to switch to. Read ahead of that file and of no other. The one
 * idea: a mapping becomes a call of __map_page(), and from there on a store through it is a store into the text it shows.
 *
 * Example: `__set_pte_at(&init_mm, addr, pte, pfn_pte(pfn, PAGE_KERNEL), 0)` shows the frame `pfn` at `addr`.
 */
import { bootIsOver } from './driver.ts';
import type { SourceText } from './headers.ts';

/** Pages, frames and tables. A frame of kernel text is its offset; one of module text has no such simple form. */
const pages = `
typedef struct { unsigned long pte; } pte_t;
typedef struct { unsigned long pgprot; } pgprot_t;
typedef struct { unsigned long entry; } pgd_t, p4d_t, pud_t, pmd_t;
static unsigned long __tables[8];
int __map_page(int kernel, unsigned long addr, unsigned long frame);
void __unmap_page(int kernel, unsigned long addr);
unsigned long vmalloc_to_pfn(const void *addr);
#define __pgprot(x) ((pgprot_t) { (x) })
#define pgprot_val(x) ((x).pgprot)
#define PAGE_KERNEL __pgprot(0x18e)
#define PAGE_KERNEL_RO __pgprot(0x18c)
#define __pa(x) ((unsigned long)(x) - PAGE_OFFSET)
#define __pa_symbol(x) __pa(x)
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define pfn_pte(pfn, prot) ((pte_t) { ((unsigned long)(pfn) << PAGE_SHIFT) | (pgprot_val(prot) & ~PAGE_MASK) })
#define map_kernel_page(addr, pa, prot) __map_page(1, addr, (unsigned long)(pa) >> PAGE_SHIFT)
#define unmap_kernel_page(addr) __unmap_page(1, addr)
#define __set_pte_at(mm, addr, ptep, pte_, percpu) set_pte_at(mm, addr, ptep, pte_)
#define set_pte_at(mm, addr, ptep, pte_) __map_page((mm) == &init_mm, addr, (pte_).pte >> PAGE_SHIFT)
#define pte_clear(mm, addr, ptep) __unmap_page((mm) == &init_mm, addr)
#define virt_to_kpte(addr) ((pte_t *)&__tables[0])
#define pte_offset_kernel(pmdp, addr) ((pte_t *)&__tables[0])
#define pmd_offset(pudp, addr) ((pmd_t *)&__tables[1])
#define pud_offset(p4dp, addr) ((pud_t *)&__tables[2])
#define p4d_offset(pgdp, addr) ((p4d_t *)&__tables[3])
#define pgd_offset_k(addr) ((pgd_t *)&__tables[4])
#define pgd_none(x) 0
#define p4d_none(x) 0
#define pud_none(x) 0
#define pmd_none(x) 0
#define pte_none(x) 0
static char empty_zero_page[PAGE_SIZE];
`;

/** Address spaces. A page mapped in one of them is seen while that one is switched to; the kernel's always is. */
const spaces = `
struct mm_struct { int users; };
static struct mm_struct init_mm, __user_mm, __poking_mm;
static struct { struct mm_struct *active_mm, *mm; } __this_task = { &__user_mm, &__user_mm };
static spinlock_t __table_lock;
#define current (&__this_task)
int __page_table(void);
void __switch_mm(int poking);
#define switch_mm_irqs_off(prev, next, task) \\
	(__switch_mm((next) == &__poking_mm), current->active_mm = (next))
#define get_locked_pte(mm, addr, lockp) (*(lockp) = &__table_lock, __page_table() ? (pte_t *)&__tables[0] : (pte_t *)NULL)
#define pte_unmap_unlock(pte, lock) do { } while (0)
#define pte_unmap(pte) do { } while (0)
#define mm_is_thread_local(mm) 1
#define mm_alloc() (&__poking_mm)
#define mmput(mm) do { } while (0)
#define copy_init_mm() (&__poking_mm)
#define tlb_gather_mmu(tlb, mm) do { } while (0)
#define free_pgd_range(tlb, from, to, floor, ceiling) do { } while (0)
struct mmu_gather { struct mm_struct *mm; };
#define mmu_virtual_psize 0
#ifdef CONFIG_PPC64
#define DEFAULT_MAP_WINDOW (1UL << 47)
#define TASK_SIZE (1UL << 47)
#else
#define DEFAULT_MAP_WINDOW PAGE_OFFSET
#define TASK_SIZE PAGE_OFFSET
#endif
#ifdef CONFIG_PPC_RADIX_MMU
#define radix_enabled() 1
#else
#define radix_enabled() 0
#endif
`;

/** The page of a CPU, how CPUs come up, the end of boot (a state, a flag, or a static key since v5.19); instructions that C names. */
const others = `
bool init_mem_is_free;
enum system_states { SYSTEM_BOOTING, SYSTEM_SCHEDULING, SYSTEM_FREEING_INITMEM, SYSTEM_RUNNING };
enum system_states system_state;
void ${bootIsOver}(void)
{
	__builtin_memset(&init_mem_is_free, 1, sizeof(init_mem_is_free));
	system_state = SYSTEM_RUNNING;
}
struct vm_struct { void *addr; };
static struct vm_struct __poke_area = { (void *)(PAGE_OFFSET + 0x70000000UL) };
#define get_vm_area(size, flags) (&__poke_area)
#define free_vm_area(area) do { } while (0)
#define CPUHP_AP_ONLINE_DYN 160
int cpuhp_setup_state(int state, const char *name, int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu));
#define get_random_long() 0x1234567UL
#undef mb
#undef wmb
#undef rmb
#undef smp_mb
#undef smp_wmb
#undef smp_rmb
#define mb() __asm__ volatile("sync" ::: "memory")
#define wmb() mb()
#define rmb() mb()
#define smp_mb() mb()
#define smp_wmb() __asm__ volatile("lwsync" ::: "memory")
#define smp_rmb() smp_wmb()
static inline void dcbst(void *addr) { __asm__ volatile("dcbst 0,%0" :: "r" (addr) : "memory"); }
static inline void dcbf(void *addr) { __asm__ volatile("dcbf 0,%0" :: "r" (addr) : "memory"); }
static inline void icbi(void *addr) { __asm__ volatile("icbi 0,%0" :: "r" (addr) : "memory"); }
`;

export const pokingModel: SourceText = {
  file: 'the bot’s stand-ins for memory management',
  text: [pages, spaces, others].join('\n'),
};
