/**
 * What kernel/trace/fgraph.c takes from the scheduler and from others, in our own words; read ahead of that file and of no
 * other. The one idea: where tasks keep return addresses is data of C alone, so one task stands for all; what becomes of
 * call sites is the file's own doing, through ftrace_startup() and ftrace_shutdown().
 *
 * Example: `for_each_process_thread(g, t)` comes by one task.
 */
import type { SourceText } from './headers.ts';

export const graphModel: SourceText = {
  file: 'our model of what kernel/trace/fgraph.c includes',
  text: `
struct task_struct {
	void *ret_stack;
	int curr_ret_stack, curr_ret_depth, pid;
	unsigned long long ftrace_timestamp, ftrace_sleeptime;
	atomic_t trace_overrun, tracing_graph_pause;
};
static struct task_struct __task;
#define current (&__task)
#define idle_task(cpu) (&__task)
#define for_each_process_thread(g, t) for ((g) = (t) = &__task; (t); (t) = NULL)
#define read_lock(l) do { } while (0)
#define read_unlock(l) do { } while (0)
#define register_trace_sched_switch(probe, data) 0
#define unregister_trace_sched_switch(probe, data) 0
#define register_pm_notifier(block) do { } while (0)
#define unregister_pm_notifier(block) do { } while (0)
#define cpuhp_setup_state(state, name, up, down) 0
#define kmem_cache_create(name, size, align, flags, make) ((void *)&__task)
#define kmem_cache_alloc(cache, flags) kmalloc(PAGE_SIZE, flags)
#define set_bit(bit, at) (*(at) |= BIT(bit))
#define clear_bit(bit, at) (*(at) &= ~BIT(bit))
#define DEFINE_STATIC_CALL(name, f) static void *name
#define static_call_update(name, f) ((name) = (void *)(f))
#define for_each_set_bit(bit, addr, size) for ((bit) = 0; (bit) < (size); (bit)++) if (*(addr) & BIT(bit))
`,
};
