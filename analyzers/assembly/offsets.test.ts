/**
 * asm-offsets.c of small trees of our own: what the headers settle is the number a compiler gives, the rest has places that
 * do not overlap and is noted.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { offsetsOf } from './offsets.ts';

const headers: Readonly<Record<string, string>> = {
  'asm/ptrace.h': `
    struct user_pt_regs { unsigned long gpr[32]; unsigned long nip; };
    struct pt_regs { union { struct user_pt_regs user_regs; struct { unsigned long gpr[32]; unsigned long nip; }; };
      #ifdef CONFIG_PPC64
      unsigned long ppr;
      #endif
      int trap; };
    #define STACK_INT_FRAME_REGS 112`,
  'linux/ftrace.h': 'struct ftrace_ops { void (*func)(void); struct mutex lock; unsigned long direct_call; };',
};

const source = `
#include <linux/sched.h>
#include <linux/kbuild.h>
#define STACK_PT_REGS_OFFSET(sym, val) DEFINE(sym, STACK_INT_FRAME_REGS + offsetof(struct pt_regs, val))
int main(void)
{
	OFFSET(MM, task_struct, mm);
	STACK_PT_REGS_OFFSET(GPR0, gpr[0]);
	STACK_PT_REGS_OFFSET(GPR1, gpr[1]);
	BLANK();
	STACK_PT_REGS_OFFSET(_NIP, nip);
	STACK_PT_REGS_OFFSET(_TRAP, trap);
	DEFINE(FRAME, STACK_INT_FRAME_REGS + sizeof(struct pt_regs));
	OFFSET(PACATOC, paca_struct, kernel_toc);
	OFFSET(PACACURRENT, paca_struct, __current);
	DEFINE(PACA_THREAD_INFO, offsetof(struct paca_struct, __current) + offsetof(struct task_struct, thread_info));
	OFFSET(OPS_FUNC, ftrace_ops, func);
	OFFSET(OPS_DIRECT, ftrace_ops, direct_call);
	DEFINE(CLOCK, CLOCK_REALTIME);
#ifdef CONFIG_PPC64
	DEFINE(ONLY64, -1);
#endif
	return 0;
}
`;

const read = (bits: 32 | 64) =>
  offsetsOf({
    ...{ file: 'asm-offsets.c', text: source, bits, littleEndian: false },
    resolve: (path) => (headers[path] === undefined ? null : { file: path, text: headers[path] }),
    defines: new Map(bits === 64 ? [['CONFIG_PPC64', '1']] : []),
  });

test('what the headers settle is what a compiler gives', () => {
  const known = (bits: 32 | 64) => {
    const { values, assumed } = read(bits);
    return Object.fromEntries([...values].filter(([name]) => !assumed.has(name)));
  };
  assert.deepEqual(known(64), {
    GPR0: 112n,
    GPR1: 120n,
    _NIP: 368n,
    _TRAP: 384n,
    FRAME: 392n,
    OPS_FUNC: 0n,
    ONLY64: -1n,
  });
  assert.deepEqual(known(32), { GPR0: 112n, GPR1: 116n, _NIP: 240n, _TRAP: 244n, FRAME: 248n, OPS_FUNC: 0n });
});

test('the rest has places that do not overlap, and is noted', () => {
  const { values, assumed } = read(64);
  assert.deepEqual([...assumed], ['MM', 'PACATOC', 'PACACURRENT', 'PACA_THREAD_INFO', 'OPS_DIRECT', 'CLOCK']);
  assert.notEqual(values.get('PACATOC'), values.get('PACACURRENT'));
  assert.equal(values.get('PACA_THREAD_INFO'), values.get('PACACURRENT'), 'thread_info is the first of task_struct');
  for (const [name, value] of values)
    assert.ok(value % 4n === 0n || name === 'ONLY64', `${name} can be a displacement of ld`);
});

test('a file that defines nothing is a problem', () => {
  const { problems } = offsetsOf({
    ...{ file: 'asm-offsets.c', text: 'int main(', bits: 64, littleEndian: true },
    ...{ resolve: () => null, defines: new Map() },
  });
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ['offsets'],
  );
});
