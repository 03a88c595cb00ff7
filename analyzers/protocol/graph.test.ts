/**
 * Graph tracing by an ops of the core, on sources of our own: switched on and off by the tree's kernel/trace/fgraph.c, and
 * said not to be run where the tree lacks that file.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { archModel } from './arch-model.ts';
import { coreModel } from './core-model.ts';
import { extract } from './extract.ts';
import { headerModel } from './header-model.ts';

const core = `${coreModel.text}
enum { FTRACE_OPS_FL_IPMODIFY = 1 };
struct ftrace_ops { void *func; unsigned long flags; };
struct fgraph_ops { void *entryfunc, *retfunc; };
int register_ftrace_graph(struct fgraph_ops *gops);
void unregister_ftrace_graph(struct fgraph_ops *gops);
int ftrace_set_filter_ip(struct ftrace_ops *ops, unsigned long ip, int remove, int reset) { return 0; }
static void count(int by)
{
	struct ftrace_page *pg;
	struct dyn_ftrace *rec;

	do_for_each_ftrace_rec(pg, rec) {
		rec->flags += by;
	} while_for_each_ftrace_rec();
	arch_ftrace_update_code(FTRACE_UPDATE_CALLS);
}
int register_ftrace_function(struct ftrace_ops *ops) { count(1); return 0; }
int unregister_ftrace_function(struct ftrace_ops *ops) { count(-1); return 0; }
`;
const fgraph = `#include <linux/ftrace.h>
struct ftrace_ops;
struct fgraph_ops;
int register_ftrace_function(struct ftrace_ops *ops);
int unregister_ftrace_function(struct ftrace_ops *ops);
static int active;
int register_ftrace_graph(struct fgraph_ops *gops)
{
	struct task_struct *g, *t;

	for_each_process_thread(g, t)
		t->curr_ret_depth = -1;
	return active++ || idle_task(0)->curr_ret_depth != -1 ? -EBUSY : register_ftrace_function(NULL);
}
void unregister_ftrace_graph(struct fgraph_ops *gops)
{
	active--;
	unregister_ftrace_function(NULL);
}
`;
const whole: Readonly<Record<string, string>> = {
  'kernel/trace/ftrace.c': core,
  'kernel/trace/fgraph.c': fgraph,
  'arch/powerpc/kernel/trace/ftrace.c': archModel.text,
  'arch/powerpc/include/asm/ftrace.h': `${headerModel.get('asm/ftrace.h')}
/* of kernels with DYNAMIC_FTRACE_WITH_ARGS */
void ftrace_graph_func(unsigned long ip, unsigned long parent_ip);
`,
};

function graphOf(files: Readonly<Record<string, string>>) {
  const read = (path: string) => files[path] ?? null;
  const { protocols } = extract({
    ...{ read, touched: Object.keys(files), evidence: 'tree', profiles: ['ppc64-mprofile-gcc6'] },
  });
  const own = protocols.filter(({ scenario }) => scenario.siteKind === 'near' && scenario.preemption === 'full');
  const graphs = own.filter(({ exit }) => exit === 'graph');
  return {
    runs: graphs.map(({ scenario, outcome, steps }) => {
      const words = steps.flatMap((step) => (step.kind === 'modify' ? [`${step.word.symbol} ${step.new >>> 26}`] : []));
      return [scenario.entryPoint, outcome, ...words].join(', ');
    }),
    assumed: [...new Set(own.flatMap(({ assumptions }) => assumptions.map(({ text }) => text)))],
  };
}

test('the tree’s fgraph.c switches it on and off', () => {
  const { runs, assumed } = graphOf(whole);
  assert.deepEqual(runs, ['graph-on, ok, A 18, B 18', 'graph-off, ok, A 24, B 24']);
  assert.deepEqual(
    assumed.filter((text) => /fgraph|in the sources/.test(text)),
    [],
  );
});

test('without it that is said', () => {
  const { 'kernel/trace/fgraph.c': _, ...rest } = whole;
  const { runs, assumed } = graphOf(rest);
  assert.deepEqual(runs, []);
  assert.ok(
    assumed.includes('kernel/trace/fgraph.c is not at hand: that graph tracing is switched on and off is not run'),
  );
});
