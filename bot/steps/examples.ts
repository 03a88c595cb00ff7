/**
 * What a playground starts from: shapes of call sites as compilers leave them, and what is done to them; most are litmus tests.
 */
import { type Litmus, parseLitmus } from '../../analyzers/explore/litmus.ts';
import { formatModel } from '../../analyzers/machine/notation.ts';

interface Example {
  /** The shape, as profiles name it. */
  readonly group: string;
  readonly name: string;
  readonly litmus: Litmus;
}

const off = ['nop', 'nop', 'blr'];
const on = ['mflr r0', 'bl ftrace_caller', 'blr'];
const gcc6 = 'ppc64 -mprofile-kernel: mflr; bl';
const mprofile = (name: string, site: readonly string[], steps: readonly string[]): Example => ({
  ...{ group: gcc6, name, litmus: { contract: 'r0', site, steps } },
});
const prologue = ['mflr r0', 'std r0,16(r1)', 'stdu r1,-112(r1)', 'bl stub', 'ld r2,24(r1)'];
const pg64 = [...prologue, 'addi r1,r1,112', 'ld r0,16(r1)', 'mtlr r0', 'blr'];
const stub = ['std r2,24(r1)', 'b _mcount'];
const ool = ['mflr r0', 'bl ftrace_caller', 'mtlr r0', 'b f+4'];

const examples: readonly Example[] = [
  mprofile('enable: nothing between', off, ['f+0 = mflr r0', 'f+4 = bl ftrace_caller']),
  mprofile('enable: an IPI between', off, ['f+0 = mflr r0', 'ipi isync wait', 'f+4 = bl ftrace_caller']),
  mprofile('enable: a grace period between', off, ['f+0 = mflr r0', 'grace tasks', 'f+4 = bl ftrace_caller']),
  mprofile('enable: an IPI, then a grace period', off, [
    ...['f+0 = mflr r0', 'ipi isync wait', 'grace tasks', 'f+4 = bl ftrace_caller'],
  ]),
  mprofile('enable: both in stop_machine()', off, ['stop_machine f+0 = mflr r0; f+4 = bl ftrace_caller']),
  mprofile('disable: nothing between', on, ['f+4 = nop', 'f+0 = nop']),
  mprofile('disable: an IPI between', on, ['f+4 = nop', 'ipi isync wait', 'f+0 = nop']),
  mprofile('disable: only the bl', on, ['f+4 = nop']),
  {
    ...{ group: 'ppc64 -mprofile-kernel, gcc 5: mflr; std; bl', name: 'enable: an IPI, then a grace period' },
    litmus: {
      ...{ contract: 'r0', site: ['nop', 'nop', 'nop', 'blr'] },
      steps: ['f+0 = mflr r0', 'f+4 = std r0,16(r1)', 'ipi isync wait', 'grace tasks', 'f+8 = bl ftrace_caller'],
    },
  },
  {
    ...{ group: 'ppc64 out of line: b stub', name: 'on, off and on, with another tracer' },
    litmus: {
      ...{ contract: 'ool', site: ['nop', 'blr'], texts: { stub: ool } },
      steps: [
        ...['stub+4 = bl ftrace_regs_caller', 'f+0 = b stub', 'f+0 = nop', 'stub+4 = bl ftrace_caller', 'f+0 = b stub'],
      ],
    },
  },
  {
    ...{ group: 'ppc64 -pg module: bl; ld r2', name: 'two nops in stop_machine()' },
    litmus: {
      ...{ contract: 'pg64', module: true, site: pg64, texts: { stub } },
      steps: ['stop_machine f+c = nop; f+10 = nop'],
    },
  },
  {
    ...{ group: 'ppc64 -pg module: bl; ld r2', name: 'b .+8 over the ld, and back' },
    litmus: {
      ...{ contract: 'pg64', module: true, site: pg64, texts: { stub } },
      steps: ['f+c = b .+8', 'f+c = bl stub'],
    },
  },
  {
    ...{ group: 'ppc32 -pg: mflr; stw; bl', name: 'without the stw' },
    litmus: { contract: 'pg32', bits: 32, site: ['mflr r0', 'nop', 'nop', 'blr'], steps: ['f+8 = bl _mcount'] },
  },
  {
    ...{ group: 'Trampolines', name: 'freed after both grace periods' },
    litmus: {
      ...{ contract: 'r0', site: ['mflr r0', 'bl tramp', 'blr'], texts: { tramp: ['b ftrace_caller'] } },
      steps: ['f+4 = nop', 'grace tasks-rude', 'grace tasks', 'free tramp'],
    },
  },
  {
    ...{ group: 'Module text', name: 'written and flushed before anybody can call it' },
    litmus: {
      ...{ contract: 'r0', live: false, site: off },
      steps: ['plain f+4 = bl ftrace_caller', 'plain f+0 = mflr r0', 'flush', 'reachable'],
    },
  },
  {
    ...{ group: 'Two patchers', name: 'the other one’s IPI and grace period' },
    litmus: {
      ...{ contract: 'r0', site: ['nop', 'nop', 'nop', 'nop', 'blr'] },
      steps: ['f+0 = mflr r0', 'f+4 = bl ftrace_caller'],
      other: ['f+8 = b .+8', 'ipi isync wait', 'grace tasks', 'f+8 = nop'],
    },
  },
];

/** With models in the notation that a link holds. */
export const exampleModels: readonly { readonly group: string; readonly name: string; readonly model: string }[] =
  examples.map(({ group, name, litmus }) => ({ group, name, model: formatModel(parseLitmus(litmus, 'full')) }));
