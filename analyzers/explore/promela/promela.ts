/**
 * A model as Promela, for SPIN: the same CPUs, tasks, patchers and storage rules, written down a second time in another language
 * and run by another program, so that agreement means something. Only what instructions do is taken from our own machine, as
 * tables of numbered contexts. States are the same ones: SPIN's "states, stored" is our count without reductions.
 *
 * One process with one loop: so SPIN tries the fewest statements and has the shortest state vector. Tables are C, for in Promela
 * proper an array is part of every state.
 */
import { Contexts } from '../../machine/contexts.ts';
import { Emulation } from '../../machine/emulation.ts';
import type { Model } from '../../machine/model.ts';
import { contextGraph } from './context-graph.ts';
import { broken, none, type Statement, statementsOf, tables } from './tables.ts';

export interface PromelaOptions {
  readonly stale: boolean;
  readonly tasks: number;
  readonly cpus: number;
  /** Task 0 is an idle task that RCU does not watch. */
  readonly idle: boolean;
  /** Runs over words that never change are one step. */
  readonly merge: boolean;
}

/** CPUs have a bit each in a byte; points and versions a byte below `none`, contexts a short below `broken`. */
const cpusMax = 8;

/** Null where a model has what is not told in Promela: data that change, prefixed instructions that do; and where it is too large. */
export function promelaOf(model: Model, options: PromelaOptions): string | null {
  const contexts = new Contexts(new Emulation(model, { merge: options.merge }));
  const { versions, lines } = contexts.emulation.timeline;
  const counted = [...versions, ...lines.map(({ points }) => points)];
  const graph = contextGraph(contexts, broken - 1);
  if (graph === null || options.cpus > cpusMax || counted.some(({ length }) => length > none)) return null;
  const machine: Machine = { ...options, contexts, preempts: model.preemption === 'full' };
  const type = graph.length > none ? 'short' : 'byte';
  const text = [...tables(contexts, graph), ...macros(machine), ...variables(machine, type), ...loop(machine)];
  return `${text.join('\n')}\n`;
}

interface Machine extends PromelaOptions {
  readonly contexts: Contexts;
  readonly preempts: boolean;
}

const count = (length: number) => Array.from({ length }, (_, i) => i);
/** Words whose oldest version a CPU's state holds. */
const floorsOf = ({ stale, contexts }: Machine) => (stale ? contexts.emulation.timeline.addresses.length : 0);
const c = (text: string) => `c_code { ${text} }`;

/** What statements and their guards are made of. */
function macros(machine: Machine): string[] {
  const { lines } = machine.contexts.emulation.timeline;
  const words = floorsOf(machine);
  const sum = (table: string) => lines.map((_, i) => `${table}_${i}[now.point_${i}][w]`).join(' + ');
  const any = (of: (line: number) => string) => lines.map((_, i) => of(i)).join(' || ');
  const raise = count(words).map((w) => `if (FLOOR(c, ${w}) < CONSISTENT(${w})) FLOOR(c, ${w}) = CONSISTENT(${w});`);
  const newest = '(v) == NEWEST(WORD(t))';
  const window =
    '(v) >= FLOOR(now.cpu[t] - 1, WORD(t)) && (v) <= NEWEST(WORD(t)) && replaced_by[WORD(t)][v] > NEWEST(WORD(t))';
  return [
    `#define NEWEST(w) (${sum('newest')})`,
    `#define CONSISTENT(w) (${sum('consistent')})`,
    `#define REACHABLE (${any((i) => `reachable_${i}[now.point_${i}]`)})`,
    `#define FREED(t) (${any((i) => `now.point_${i} >= freed_${i}[now.context[t]]`)})`,
    '#define WORD(t) (word_of[now.context[t]])',
    `#define FLOOR(c, w) (now.floor[(c) * ${words} + (w)])`,
    '/* Which versions task t may fetch of the word it stands at, and what comes of it. */',
    `#define FETCHES(t, v) (WORD(t) == ${none} ? (v) == 0 : (${words > 0 ? window : newest}))`,
    `#define BREAKS(t, v) (FREED(t) || leads_to[now.context[t]][v] == ${broken})`,
    '/* A context synchronizing event on CPU c. */',
    `#define SYNCHRONIZE(c) do { ${raise.join(' ')} now.pending &= ~(1 << (c)); } while (0)`,
    '#define ENTER(t, c) do { now.busy |= 1 << (c); now.cpu[t] = (c) + 1; } while (0)',
    '#define LEAVE(t) do { now.busy &= ~(1 << (now.cpu[t] - 1)); now.cpu[t] = 0; } while (0)',
  ];
}

/** What a state is: bytes, but for contexts where there are more. */
function variables(machine: Machine, contextType: 'byte' | 'short'): string[] {
  const { tasks, cpus } = machine;
  const floors = cpus * floorsOf(machine);
  return [
    ...machine.contexts.emulation.timeline.lines.map(
      (_, i) => `byte point_${i}; /* steps that patcher ${i} has done */`,
    ),
    'byte busy; /* a bit for each CPU that runs a task */',
    'byte pending; /* a bit for each CPU that an IPI has yet to reach */',
    `${contextType} context[${tasks}]; /* of a task; 0: not in the function */`,
    `byte cpu[${tasks}]; /* it runs on, from 1; 0: none */`,
    `byte held[${tasks}]; /* a bit for each patcher whose grace period waits for it */`,
    ...(floors > 0 ? [`byte floor[${floors}]; /* by CPU and word: the oldest version it may fetch */`] : []),
  ];
}

function loop(machine: Machine): string[] {
  const { lines } = machine.contexts.emulation.timeline;
  return [
    'active proctype machine() {',
    'end: do',
    ...lines.flatMap((line, i) =>
      statementsOf(line).map((statement, k) => {
        const guard = [`next_${i}[now.point_${i}] == ${k + 1}`, ...guards(machine, i, statement)].join(' && ');
        return `:: d_step { c_expr { ${guard} } -> ${c(`now.point_${i}++; ${effects(machine, i, statement)}`)} }`;
      }),
    ),
    ...count(machine.cpus).map(
      (cpu) => `:: d_step { c_expr { REACHABLE && (now.pending & ${1 << cpu}) } -> ${c(`SYNCHRONIZE(${cpu});`)} }`,
    ),
    ...count(machine.tasks).flatMap((task) => taskStatements(machine, task)),
    'od }',
  ];
}

/** What a patcher waits for. */
function guards({ contexts, tasks, idle, preempts }: Machine, line: number, { kind }: Statement): string[] {
  if (kind === 'end') return count(tasks).map((task) => `!(now.held[${task}] & ${1 << line})`);
  if (kind !== 'stop') return [];
  // The stopper gets every CPU: with preemption at once, otherwise when tasks are out of the function. The idle task always is.
  return [
    ...(idle ? ['!now.context[0]'] : []),
    ...(contexts.emulation.timeline.lines.length > 1 ? [`!within_${1 - line}[now.point_${1 - line}]`] : []),
    ...(preempts ? [] : ['!now.busy']),
  ];
}

function effects(machine: Machine, line: number, { kind, of }: Statement): string {
  const { cpus, tasks, idle } = machine;
  const everywhere = count(cpus).map((cpu) => `SYNCHRONIZE(${cpu});`);
  switch (kind) {
    case 'go-on':
      return '';
    case 'interrupt': {
      // Without isync, a CPU that polls in its idle loop may run the handler without being interrupted.
      const polls = (cpu: number) => `!(now.busy & ${1 << cpu})${idle ? ` || now.cpu[0] == ${cpu + 1}` : ''}`;
      return of === 'isync'
        ? everywhere.join(' ')
        : everywhere.map((synchronize, cpu) => `if (!(${polls(cpu)})) ${synchronize}`).join(' ');
    }
    case 'interrupt-later':
      return `now.pending = ${2 ** cpus - 1};`;
    case 'begin': {
      const waits = count(tasks).filter((task) => waitsFor(machine, of, idle && task === 0));
      return waits.map((task) => `if (now.context[${task}]) now.held[${task}] |= ${1 << line};`).join(' ');
    }
    case 'end':
      return of === 'tasks-rude' ? everywhere.join(' ') : '';
    case 'stop':
    case 'reachable':
      return everywhere.join(' ');
  }
}

/** FACTS: does a grace period wait for a task that stands in the function? */
function waitsFor({ preempts }: Machine, flavour: string, idle: boolean): boolean {
  if (flavour === 'tasks-rude') return idle || !preempts;
  if (idle || flavour === 'tasks-trace') return false;
  return flavour === 'tasks' || !preempts;
}

function taskStatements({ contexts, cpus, idle, preempts }: Machine, task: number): string[] {
  const { entry } = contexts;
  const { timeline } = contexts.emulation;
  const versions = Math.max(1, ...timeline.versions.map(({ length }) => length));
  const statements: string[] = [];
  const add = (guard: string, ...then: string[]) =>
    statements.push(`:: d_step { c_expr { ${guard} } -> ${then.join('; ')} }`);
  for (const cpu of count(cpus)) {
    const free = `!(now.busy & ${1 << cpu})`;
    const synchronize = `SYNCHRONIZE(${cpu});`;
    const call = `!now.context[${task}] && ${free} && REACHABLE`;
    if (entry.check !== null) add(call, 'assert(false)');
    else if (entry.context !== 0)
      add(
        call,
        c(`now.context[${task}] = ${entry.context}; ENTER(${task}, ${cpu}); ${entry.synchronized ? synchronize : ''}`),
      );
    if (preempts)
      add(`now.context[${task}] && !now.cpu[${task}] && ${free}`, c(`ENTER(${task}, ${cpu}); ${synchronize}`));
  }
  for (const version of count(versions)) {
    const [context, cpu] = [`now.context[${task}]`, `now.cpu[${task}]`];
    const isync = `if (isyncs[${context}][${version}]) SYNCHRONIZE(${cpu} - 1);`;
    const leave = `if (!${context}) { LEAVE(${task}); now.held[${task}] = 0; }`;
    const go = `${isync} ${context} = leads_to[${context}][${version}]; ${leave}`;
    add(
      `${cpu} && FETCHES(${task}, ${version})`,
      `assert(c_expr { !BREAKS(${task}, ${version}) })`,
      c(`if (!BREAKS(${task}, ${version})) { ${go} }`),
    );
  }
  if (preempts && !(idle && task === 0))
    add(`now.cpu[${task}]`, c(`SYNCHRONIZE(now.cpu[${task}] - 1); LEAVE(${task});`));
  return statements;
}
