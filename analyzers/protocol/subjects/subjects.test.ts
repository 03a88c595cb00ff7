/**
 * Probes and static calls on the small tree of the fixtures: what each entry point stores, and which files ask for which
 * subject.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { disassemble } from '../../power/text.ts';
import { extract } from '../extract.ts';
import type { EntryPoint, Step, SubjectId } from '../protocol.ts';
import { isRun, subjectsOf } from './table.ts';

const root = join(import.meta.dirname, '../../../fixtures/tree');
const read = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null);
const run = (subject: SubjectId) => extract({ read, touched: [], evidence: 'tree', subjects: [subject] }).protocols;
const runs = new Map<SubjectId, ReturnType<typeof run>>();

/** Of the first site and its texts on ppc32, the steps that other CPUs can tell. */
function check(subject: SubjectId, entryPoint: EntryPoint, expected: readonly string[]): void {
  test(`${subject}: ${entryPoint}`, () => {
    if (!runs.has(subject)) runs.set(subject, run(subject));
    const [protocol] = (runs.get(subject) ?? []).filter(
      ({ scenario }) => scenario.profile === 'ppc32' && scenario.entryPoint === entryPoint && scenario.plan === 'first',
    );
    assert.deepEqual([protocol?.outcome, protocol?.why], ['ok', '']);
    assert.deepEqual(protocol?.steps.flatMap(told), expected);
  });
}

function told(step: Step): string[] {
  if (step.kind === 'gracePeriod') return [step.flavour];
  if (step.kind === 'free' || step.kind === 'reachable') return [step.kind];
  if (step.kind !== 'modify') return [];
  const text = (word: number) => disassemble(word, step.word.address).replace(/\s+/g, ' ');
  const { symbol, offset } = step.word;
  return [`${symbol}+${offset} ${symbol.startsWith('literal') ? step.new.toString(16) : text(step.new)}`];
}

const probed = 'addi r14,r14,1';
check('kprobe', 'enable', [`slot of A+0 ${probed}`, 'A+4 trap']);
check('kprobe', 'disable', [`A+4 ${probed}`, 'rcu', 'free']);
check('kprobe', 'enable-disable-enable', [`slot of A+0 ${probed}`, 'A+4 trap', `A+4 ${probed}`, 'A+4 trap']);
check('optprobe', 'unoptimize', ['A+4 trap', 'tasks', 'free']);
check('static-call', 'call-none', ['trampoline+0 blr']);
check('static-call', 'call-long', ['literal of trampoline+0 c2800800', 'trampoline+0 nop']);

test('a trampoline that the tree lays otherwise is not run', () => {
  const path = 'arch/powerpc/include/asm/static_call.h';
  const outcomesWith = (from: string, to: string) => {
    const text = read(path)?.replace(from, to) ?? '';
    assert.ok(text.includes(to));
    const { protocols } = extract({
      read: (asked) => (asked === path ? text : read(asked)),
      ...({ touched: [path], evidence: 'tree', subjects: ['static-call'] } as const),
    });
    return [...new Set(protocols.map(({ outcome, why }) => `${outcome} ${why}`))];
  };
  assert.deepEqual(outcomesWith('mtctr', '  mtctr'), ['ok ']);
  const otherwise = ['unread the macros of the tree lay what it rewrites otherwise than is known here'];
  assert.deepEqual(outcomesWith('mtctr', 'nop\\n" "mtctr'), otherwise);
  assert.deepEqual(outcomesWith('__PPC_SCT', '__PPC_OTHER'), otherwise);
});

test('what only tells a checker of memory changes nothing', () => {
  const path = 'arch/powerpc/kernel/kprobes.c';
  const written = /^\tpatch_instruction\(p->ainsn\.insn, .*\n/m;
  const told = `\tkmsan_unpoison_memory(p->ainsn.insn, 4);\n\tif (sizeof(*p) == SIZE_MAX)\n\t\treturn -ENOMEM;\n`;
  const text = read(path)?.replace(written, (line) => line + told) ?? '';
  assert.ok(text.includes(told));
  const { protocols } = extract({
    read: (asked) => (asked === path ? text : read(asked)),
    ...({ touched: [path], evidence: 'tree', subjects: ['kprobe'] } as const),
  });
  assert.deepEqual([...new Set(protocols.map(({ outcome, why }) => `${outcome} ${why}`))], ['ok ']);
});

test('a file asks for the subjects that it concerns', () => {
  const asked = (...touched: readonly string[]) => subjectsOf({ touched }).map(({ id }) => id);
  assert.deepEqual(asked('arch/powerpc/kernel/jump_label.c'), ['jump-label']);
  assert.deepEqual(asked('arch/powerpc/kernel/kprobes.c'), ['kprobe', 'optprobe']);
  assert.deepEqual(asked('arch/powerpc/kernel/static_call.c', 'arch/powerpc/kernel/trace/ftrace.c'), [
    'ftrace',
    'static-call',
  ]);
  assert.deepEqual(asked('arch/powerpc/net/bpf_jit_comp.c'), ['bpf-poke']);
  const everything = ['ftrace', 'jump-label', 'kprobe', 'optprobe', 'static-call', 'bpf-poke', 'feature-fixups'];
  assert.deepEqual(asked('arch/powerpc/lib/code-patching.c'), everything);
  assert.deepEqual(asked('arch/powerpc/lib/feature-fixups.c'), ['feature-fixups']);
});

test('beside the tracer nothing is run without a tree', () => {
  assert.equal(isRun('arch/powerpc/kernel/kprobes.c', 'tree'), true);
  assert.equal(isRun('arch/powerpc/kernel/kprobes.c', 'diff'), false);
  assert.equal(isRun('arch/powerpc/lib/feature-fixups.c', 'tree'), true);
  assert.equal(isRun('arch/powerpc/net/bpf_jit_comp64.c', 'tree'), false);
});
