/**
 * How the kernel's code is entered: C of our own, read behind kernel/trace/ftrace.c in the same unit, so that it sees that
 * file's static functions, macros and flags as its own code does. The one idea: it does what register_ftrace_function()
 * does to the records' counts (the filter "hits" them) and then calls the kernel's own ftrace_run_update_code().
 *
 * Example: __drive_update(1) behind __drive_hit(A) is the end of `echo function > current_tracer` with A in the filter.
 */
import { hasTracers, tracersText } from './driver-tracers.ts';
import { driverPrefix } from './recorder.ts';

/** Every driver function, by what it is for; `int` ones return whether ftrace has disabled itself, those of tracers an error. */
export const driver = {
  boot: `${driverPrefix}boot`,
  hit: `${driverPrefix}hit`,
  miss: `${driverPrefix}miss`,
  recorded: `${driverPrefix}recorded`,
  update: `${driverPrefix}update`,
  regs: `${driverPrefix}regs`,
  graph: `${driverPrefix}graph`,
  tracing: `${driverPrefix}tracing`,
  moduleInit: `${driverPrefix}module_init`,
  moduleEnable: `${driverPrefix}module_enable`,
  moduleUnload: `${driverPrefix}module_unload`,
  tocOffset: `${driverPrefix}toc_offset`,
} as const;

/** Frees a module's memory; services.ts knows it. */
export const moduleFreed = `${driverPrefix}module_freed`;

/** Frees init memory, as far as code that pokes text asks. */
export const bootIsOver = `${driverPrefix}boot_is_over`;

/** @param source text of kernel/trace/ftrace.c: what it does not have is left out of the driver */
export function driverText(source: string): string {
  const has = (name: string) => new RegExp(`\\b${name}\\b`).test(source);
  const disabled = has('ftrace_disabled') ? 'ftrace_disabled' : '0';
  const parts = [
    `static struct dyn_ftrace *${driverPrefix}record(unsigned long from, unsigned long to)
{
	struct ftrace_page *pg;
	struct dyn_ftrace *rec;

	do_for_each_ftrace_rec(pg, rec) {
		if (rec->ip >= from && rec->ip < to)
			return rec;
	} while_for_each_ftrace_rec();
	return NULL;
}
unsigned long ${driver.recorded}(unsigned long from, unsigned long to)
{
	struct dyn_ftrace *rec = ${driverPrefix}record(from, to);

	return rec ? rec->ip : 0;
}
void ${driver.hit}(unsigned long from, unsigned long to) { ${driverPrefix}record(from, to)->flags++; }
void ${driver.miss}(unsigned long from, unsigned long to) { ${driverPrefix}record(from, to)->flags--; }
void ${driver.regs}(unsigned long from, unsigned long to)
{ ${driverPrefix}record(from, to)->flags |= FTRACE_FL_REGS; }
int ${driver.update}(int tracers)
{
	${has('ftrace_start_up') ? 'ftrace_start_up += tracers;' : ''}
	${has('ftrace_run_update_code') ? 'ftrace_run_update_code' : 'arch_ftrace_update_code'}(FTRACE_UPDATE_CALLS);
	return ${disabled};
}
#ifdef CONFIG_PPC64
unsigned long ${driver.tocOffset}(void) { return offsetof(struct paca_struct, kernel_toc); }
#endif
int ${driver.boot}(void)
{
	ftrace_init();
	return ${disabled};
}`,
  ];
  if (has('FTRACE_START_FUNC_RET')) {
    parts.push(`int ${driver.graph}(int on)
{
	ftrace_run_update_code(on ? FTRACE_START_FUNC_RET : FTRACE_STOP_FUNC_RET);
	return ${disabled};
}`);
  }
  const listed = has('ftrace_ops_list') && has('global_ops') && has('FTRACE_OPS_FL_ENABLED');
  parts.push(`void ${driver.tracing}(void)
{
	${has('ftrace_start_up') ? 'ftrace_start_up = 1;' : ''}
	${listed ? 'global_ops.flags |= FTRACE_OPS_FL_ENABLED; global_ops.next = &ftrace_list_end; ftrace_ops_list = &global_ops;' : ''}
}`);
  if (hasTracers(source)) parts.push(tracersText(source));
  if (has('ftrace_module_init')) parts.push(moduleText(disabled, has('ftrace_module_enable')));
  if (has('ftrace_release_mod')) parts.push(unloadText(disabled, has('ftrace_trace_arrays')));
  return `${parts.join('\n')}\n`;
}

/** As delete_module() and free_module() do (kernel/module/main.c): nobody uses the module any more, its text goes last. */
const unloadText = (disabled: string, hasArrays: boolean) => `int ${driver.moduleUnload}(struct module *mod)
{
	${hasArrays ? '/* of kernel/trace/trace.c: no instance has a filter */ INIT_LIST_HEAD(&ftrace_trace_arrays);' : ''}
	mod->state = MODULE_STATE_GOING;
	ftrace_release_mod(mod);
	mod->state = MODULE_STATE_UNFORMED;
	synchronize_rcu();
	${moduleFreed}();
	return ${disabled};
}`;

/** What the module loader has done to a module when ftrace comes to it: its records found, its stubs made. */
function moduleText(disabled: string, hasEnable: boolean): string {
  return `int ${driver.moduleInit}(struct module *mod, unsigned long *locs, unsigned long tramp, unsigned long regs,
	unsigned long stubs)
{
	mod->state = MODULE_STATE_UNFORMED;
	mod->ftrace_callsites = locs;
	mod->num_ftrace_callsites = 2;
	mod->arch.tramp = tramp;
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_REGS
	mod->arch.tramp_regs = regs;
#endif
#ifdef CONFIG_PPC_FTRACE_OUT_OF_LINE
	mod->arch.ool_stubs = (void *)stubs;
	mod->arch.ool_stub_count = 2;
	mod->arch.ool_stub_index = 0;
#endif
	ftrace_module_init(mod);
	return ${disabled};
}
int ${driver.moduleEnable}(struct module *mod)
{
	mod->state = MODULE_STATE_COMING;
	${hasEnable ? 'ftrace_module_enable(mod);' : ''}
	return ${disabled};
}`;
}
