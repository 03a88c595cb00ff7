/**
 * A process that reviews mutants: a task comes as a message, its outcome goes back as one, until there are no more.
 */
import { Kept } from '../kept.ts';
import { openTree, type Tree } from '../sources/tree.ts';
import { serveTasks } from '../workers/serve-tasks.ts';
import { catalogue } from './catalogue/catalogue.ts';
import { baseOf, mutantOf } from './mutant.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** A row on a tree, as --tree takes it. */
export interface Task {
  readonly tree: string;
  readonly id: string;
}
export type Told = Task & ({ readonly outcome: Outcome } | { readonly notApplied: string });

const bases = new Map<string, Tree>();
/** Of the tree that was last asked for: rows come tree by tree. */
let last = { tree: '', kept: new Kept() };

function open(spec: string): Tree {
  const opened = bases.get(spec);
  if (opened !== undefined) return opened;
  const { tree, problem } = openTree(spec);
  if (tree === null) throw new Error(problem ?? spec);
  const base = baseOf(tree);
  if (base.problem !== null) throw new Error(`${spec}: our two-word code does not fit it: ${base.problem}`);
  bases.set(spec, base.tree);
  return base.tree;
}

async function review(task: Task): Promise<Told> {
  const tree = open(task.tree);
  if (last.tree !== task.tree) last = { tree: task.tree, kept: new Kept() };
  const row = catalogue.find(({ id }) => id === task.id);
  if (row === undefined) throw new Error(`no row ${task.id}`);
  const mutant = mutantOf(row, tree);
  return typeof mutant === 'string'
    ? { ...task, notApplied: mutant }
    : { ...task, outcome: await outcomeOf(mutant, tree, last.kept) };
}

serveTasks<Task, Told>(async (task, tell) => tell(await review(task)));
