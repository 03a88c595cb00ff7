/**
 * How tracers come and go: C of our own behind kernel/trace/ftrace.c, like driver.ts, that calls what a tracer calls:
 * register_ftrace_function(), unregister_ftrace_function() and the functions of direct calls. The one idea: which word is
 * written, which pointer is published and what is waited for before an ops is freed is then the kernel's own doing.
 *
 * Example: __drive_unregister(1) is unregister_ftrace_function() of an ops that was allocated, and kfree() of it.
 */
import { driverPrefix } from './recorder.ts';

/** Tracers by number, as the driver knows them. */
export const tracers = {
  /** In the kernel's data, as the function tracer's own: it is never freed. */
  fixed: 0n,
  /** Allocated, as those of perf and BPF: freed once it is unregistered. */
  allocated: 1n,
  /** Allocated, and its function changes the address the task goes on at (kernel/livepatch/patch.c). */
  livepatch: 2n,
  /** Allocated, for direct calls. */
  direct: 3n,
} as const;

export const tracerDriver = {
  make: `${driverPrefix}make_tracer`,
  register: `${driverPrefix}register`,
  unregister: `${driverPrefix}unregister`,
  registerDirect: `${driverPrefix}register_direct`,
  modifyDirect: `${driverPrefix}modify_direct`,
  unregisterDirect: `${driverPrefix}unregister_direct`,
  registerGraph: `${driverPrefix}register_graph`,
  unregisterGraph: `${driverPrefix}unregister_graph`,
  function: `${driverPrefix}ops_function`,
  directCall: `${driverPrefix}ops_direct_call`,
} as const;

/** Tells that an ops is freed, and which field of one entry code reads; primitives.ts knows them. */
export const opsFreed = `${driverPrefix}freed`;
export const opsField = `${driverPrefix}field`;

/** Can tracers be registered with this generic core? */
export const hasTracers = (source: string) =>
  ['register_ftrace_function', 'unregister_ftrace_function', 'ftrace_set_filter_ip'].every((name) =>
    new RegExp(`\\b${name}\\(`).test(source),
  );

/** @param source text of kernel/trace/ftrace.c */
export function tracersText(source: string): string {
  const safe = /\bFTRACE_OPS_FL_RECURSION_SAFE\b/.test(source) ? 'FTRACE_OPS_FL_RECURSION_SAFE' : '0';
  return `extern void function_trace_call(void);
extern void other_trace_call(void);
static struct ftrace_ops ${driverPrefix}fixed, *${driverPrefix}tracers[4];
int ${tracerDriver.make}(int which)
{
	struct ftrace_ops *ops = which ? kzalloc(sizeof(*ops), GFP_KERNEL) : &${driverPrefix}fixed;

	${driverPrefix}tracers[which] = ops;
	ops->flags = which == 3 ? 0 : ${safe};
	if (which != 3)
		ops->func = (void *)(which ? other_trace_call : function_trace_call);
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS
	if (which == 2) {
		ops->flags |= FTRACE_OPS_FL_IPMODIFY;
#ifndef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
		ops->flags |= FTRACE_OPS_FL_SAVE_REGS;
#endif
	}
#endif
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS
	${opsField}(ops, "FTRACE_OPS_FUNC", &ops->func);
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
	${opsField}(ops, "FTRACE_OPS_DIRECT_CALL", &ops->direct_call);
#endif
#endif
	return 0;
}
static int ${driverPrefix}filter(struct ftrace_ops *ops, unsigned long from, unsigned long to)
{
	return from ? ftrace_set_filter_ip(ops, ${driverPrefix}record(from, to)->ip, 0, 0) : 0;
}
int ${tracerDriver.register}(int which, unsigned long from, unsigned long to, unsigned long next, unsigned long end)
{
	struct ftrace_ops *ops = ${driverPrefix}tracers[which];
	int ret = ${driverPrefix}filter(ops, from, to);

	if (!ret)
		ret = ${driverPrefix}filter(ops, next, end);
	return ret ? ret : register_ftrace_function(ops);
}
int ${tracerDriver.unregister}(int which)
{
	int ret = unregister_ftrace_function(${driverPrefix}tracers[which]);

	if (!ret && which)
		${opsFreed}(${driverPrefix}tracers[which]);
	return ret;
}
unsigned long ${tracerDriver.function}(struct ftrace_ops *ops) { return (unsigned long)ops->func; }
${/\bstruct fgraph_ops\b/.test(source) ? graphText : ''}
${/\bregister_ftrace_direct\(struct ftrace_ops \*/.test(source) ? directText : ''}`;
}

/** As the graph tracer does (kernel/trace/trace_functions_graph.c); what it has called on a function's way in and out is no matter here. */
const graphText = `#ifdef CONFIG_FUNCTION_GRAPH_TRACER
static struct fgraph_ops ${driverPrefix}graph_ops = { .entryfunc = (void *)function_trace_call, .retfunc = (void *)function_trace_call };
int ${tracerDriver.registerGraph}(void) { return register_ftrace_graph(&${driverPrefix}graph_ops); }
void ${tracerDriver.unregisterGraph}(void) { unregister_ftrace_graph(&${driverPrefix}graph_ops); }
#endif
`;

const directText = `#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
extern void direct_trampoline(void), other_direct_trampoline(void);
int ${tracerDriver.registerDirect}(unsigned long from, unsigned long to, unsigned long next, unsigned long end)
{
	struct ftrace_ops *ops = ${driverPrefix}tracers[3];
	int ret = ${driverPrefix}filter(ops, from, to);

	if (!ret)
		ret = ${driverPrefix}filter(ops, next, end);
	return ret ? ret : register_ftrace_direct(ops, (unsigned long)direct_trampoline);
}
int ${tracerDriver.modifyDirect}(void)
{
	return modify_ftrace_direct(${driverPrefix}tracers[3], (unsigned long)other_direct_trampoline);
}
int ${tracerDriver.unregisterDirect}(void)
{
	int ret = unregister_ftrace_direct(${driverPrefix}tracers[3], (unsigned long)direct_trampoline, 0);

	if (!ret)
		${opsFreed}(${driverPrefix}tracers[3]);
	return ret;
}
unsigned long ${tracerDriver.directCall}(struct ftrace_ops *ops) { return ops->direct_call; }
#endif
`;
