/**
 * Full signatures of functions that hunk headings cut short: git prints a heading's first line only, and these are written
 * over two. Used when only a diff is at hand.
 */
const list = [
  'int ftrace_make_nop(struct module *mod, struct dyn_ftrace *rec, unsigned long addr)',
  'static int __ftrace_make_nop(struct module *mod, struct dyn_ftrace *rec, unsigned long addr)',
  'static int __ftrace_make_nop_kernel(struct dyn_ftrace *rec, unsigned long addr)',
  'int ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr)',
  'static int __ftrace_make_call(struct dyn_ftrace *rec, unsigned long addr)',
  'static int __ftrace_make_call_kernel(struct dyn_ftrace *rec, unsigned long addr)',
  'int ftrace_modify_call(struct dyn_ftrace *rec, unsigned long old_addr, unsigned long addr)',
  'static int __ftrace_modify_call(struct dyn_ftrace *rec, unsigned long old_addr, unsigned long addr)',
  'static int ftrace_modify_code(unsigned long ip, unsigned int old, unsigned int new)',
  'static unsigned int ftrace_call_replace(unsigned long ip, unsigned long addr, int link)',
  'int ftrace_init_nop(struct module *mod, struct dyn_ftrace *rec)',
  'int ftrace_update_ftrace_func(ftrace_func_t func)',
  'void ftrace_replace_code(int enable)',
  'void arch_ftrace_update_code(int command)',
] as const;

/** By function name. */
export const wellKnownSignatures: ReadonlyMap<string, string> = new Map(
  list.map((signature) => [/(\w+)\(/.exec(signature)?.[1] ?? '', signature]),
);
