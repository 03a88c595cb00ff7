/**
 * Symmetry: states that differ only in the names of tasks and of CPUs behave alike, so one stands for all. The
 * representative has its CPUs and then its tasks in order. CPUs are ordered by what a name does not show: what runs on
 * them, their pending IPI, their floors; so the order of the tasks cannot change it.
 */
import type { Shape } from './shape.ts';

/**
 * Brings a state to its representative, in place.
 * @param fixedTasks the first tasks that keep their names (the idle task is unlike the others)
 */
export function canonicalize(shape: Shape, state: Uint16Array, fixedTasks: number): void {
  // Insertion sorts: few of either, nearly sorted already.
  for (let i = 1; i < shape.cpus; i++)
    for (let j = i; j > 0 && compareCpus(shape, state, j - 1, j, fixedTasks) > 0; j--) shape.swapCpus(state, j - 1, j);
  for (let i = fixedTasks + 1; i < shape.tasks; i++)
    for (let j = i; j > fixedTasks && shape.compareTasks(state, j - 1, j) > 0; j--) shape.swapTasks(state, j - 1, j);
}

function compareCpus(shape: Shape, state: Uint16Array, a: number, b: number, fixedTasks: number): number {
  const difference = occupation(shape, state, a, fixedTasks) - occupation(shape, state, b, fixedTasks);
  if (difference !== 0) return difference;
  for (let word = 0; word < shape.words; word++) {
    const floors = shape.floor(state, a, word) - shape.floor(state, b, word);
    if (floors !== 0) return floors;
  }
  return 0;
}

/** What a CPU does, as a number that holds no names but those of fixed tasks. */
function occupation(shape: Shape, state: Uint16Array, cpu: number, fixedTasks: number): number {
  const pending = shape.pending(state, cpu) ? 1 : 0;
  const task = shape.taskOn(state, cpu);
  if (task < 0) return pending;
  const fixed = task < fixedTasks ? 1 : 0;
  return 16 * (shape.context(state, task) + 1) + 8 * fixed + 2 * shape.holdouts(state, task) + pending;
}
