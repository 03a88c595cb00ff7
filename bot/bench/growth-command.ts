/**
 * `bench growth`: how states, CPU seconds and memory of the search grow with tasks and CPUs, as a table and as a drawing. Each
 * search is a process of its own.
 */
import { writeFileSync } from 'node:fs';
import { drawChart, type Series } from './chart.ts';
import { readRow } from './rows.ts';
import { measureSearch, type SearchFigures } from './search-process.ts';
import { printRow, short } from './table.ts';

export interface GrowthOptions {
  readonly row: string;
  readonly tasks: readonly number[];
  readonly cpus: readonly number[];
  readonly level: 'preemption' | 'stale';
  readonly preemption: 'none' | 'full';
  readonly svg?: string;
}

interface Measured extends SearchFigures {
  readonly tasks: number;
  readonly cpus: number;
}

const statesMax = 2 ** 26;
const widths = [4, 5, 8, 9, 9, 12, 6];

export function growthCommand(options: GrowthOptions): number {
  const { row, level, preemption } = options;
  const { model, idle } = readRow(row, preemption);
  console.log(`${row}, level ${level}, preemption ${preemption}, all reductions; megabytes with those of node\n`);
  console.log(printRow(widths, ['CPUs', 'tasks', 'verdict', 'states', 'CPU s', 'states/s', 'MB']));
  const measured: Measured[] = [];
  for (const cpus of options.cpus) {
    for (const tasks of options.tasks) {
      process.stderr.write(`${cpus} CPUs, ${tasks} tasks\n`);
      const figures = measureSearch(model, { level, tasks, cpus, idle, statesMax, stopAtBreak: false });
      if (figures === null) return 1;
      measured.push({ ...figures, tasks, cpus });
      const { outcome, states, cpuSeconds, megabytes } = figures;
      const numbers = [states, short(cpuSeconds), Math.round(states / cpuSeconds), short(megabytes)];
      console.log(printRow(widths, [String(cpus), String(tasks), outcome, ...numbers.map(String)]));
    }
  }
  if (options.svg !== undefined) writeFileSync(options.svg, drawing(options, measured));
  return 0;
}

function drawing({ row, cpus, preemption, level }: GrowthOptions, measured: readonly Measured[]): string {
  const series = (of: (figures: Measured) => number): Series[] =>
    cpus.map((count) => ({
      name: `${count} CPUs`,
      points: measured.filter((one) => one.cpus === count).map((one) => [one.tasks, of(one)] as const),
    }));
  return drawChart({
    title: `Growth of the search: ${row}, level ${level}, preemption ${preemption}`,
    across: 'tasks',
    panels: [
      { title: 'states', series: series(({ states }) => states) },
      { title: 'CPU seconds', series: series(({ cpuSeconds }) => cpuSeconds) },
    ],
  });
}
