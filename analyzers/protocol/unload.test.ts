/**
 * Unloading a module while a tracer is registered, on sources of our own: a core that forgets the module's records, and one
 * that keeps them and has the architecture modify text that is gone.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { archModel } from './arch-model.ts';
import { coreModel } from './core-model.ts';
import { extract } from './extract.ts';

const forgets = '\tftrace_pages_start->next = NULL;\n\tftrace_pages = ftrace_pages_start;\n';
const core = `${coreModel.text}
enum { FTRACE_OPS_FL_IPMODIFY = 1 };
struct ftrace_ops { void *func; unsigned long flags; };
int ftrace_set_filter_ip(struct ftrace_ops *ops, unsigned long ip, int remove, int reset) { return 0; }
static int count(int by)
{
	struct ftrace_page *pg;
	struct dyn_ftrace *rec;

	do_for_each_ftrace_rec(pg, rec) {
		rec->flags += by;
	} while_for_each_ftrace_rec();
	arch_ftrace_update_code(FTRACE_UPDATE_CALLS);
	return ftrace_disabled;
}
int register_ftrace_function(struct ftrace_ops *ops) { return count(1); }
int unregister_ftrace_function(struct ftrace_ops *ops) { return count(-1); }
void ftrace_release_mod(struct module *mod)
{
${forgets}}
`;

/** @param expected outcome, and what is done, in order */
function check(name: string, edit: (text: string) => string, expected: readonly (string | RegExp)[]): void {
  test(name, () => {
    const files: Readonly<Record<string, string>> = {
      'kernel/trace/ftrace.c': edit(core),
      'arch/powerpc/kernel/trace/ftrace.c': archModel.text,
    };
    const { protocols } = extract({
      ...{ read: (path) => files[path] ?? null, touched: Object.keys(files), evidence: 'tree' },
      profiles: ['ppc64-mprofile-gcc6'],
    });
    const unloads = protocols.filter(({ scenario }) => scenario.entryPoint === 'module-unload');
    assert.deepEqual([...new Set(unloads.map(({ scenario }) => scenario.siteKind))], ['module']);
    const [{ outcome, why, steps, live } = assert.fail('it is run')] = unloads;
    assert.equal(live, false);
    const told = steps.flatMap((step) =>
      step.kind === 'modify' ? [`${step.word.symbol} modified`] : step.kind === 'free' ? [`${step.what} freed`] : [],
    );
    const [end, ...done] = expected;
    assert.match(`${outcome} ${why}`.trim(), end instanceof RegExp ? end : new RegExp(`^${end}$`));
    assert.deepEqual(told, done);
  });
}

check('what is left is the kernel’s own site', (text) => text, ['ok', 'module text freed', 'K modified']);
check('a record that is left is met when tracing is switched off', (text) => text.replace(forgets, ''), [
  /^refused ftrace_bug\(-14\) for A/,
  'module text freed',
  'K modified',
]);
