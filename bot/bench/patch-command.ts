/**
 * `bench patch TREE…`: what one patch costs after start-up, by stage, and what it would cost if everything were read and run
 * as often as it is asked for.
 */
import { basename } from 'node:path';
import { openTree } from '../sources/tree.ts';
import { measurePatch, type PatchFigures, stages } from './patch-process.ts';
import { sampleMails } from './sample-patch.ts';
import { printRow, short } from './table.ts';

/** @returns the exit status */
export function patchCommand(trees: readonly string[], { plain }: { readonly plain: boolean }): number {
  const widths = [10, 16, 8, ...stages.map(() => 7), 7, 7, 9, 7, 9];
  console.log(
    'CPU seconds of all threads after start-up; warm: all of it once more in the same process, with nothing kept;\n' +
      'plain: cold, without shortcuts; ratio: plain to all\n',
  );
  console.log(
    printRow(widths, ['tree', 'patch of', 'start-up', ...stages, 'all', 'warm', 'plain', 'ratio', 'MB', 'answer']),
  );
  let status = 0;
  for (const spec of trees) {
    const { tree, problem } = openTree(spec);
    if (tree === null) {
      console.error(`bench: ${problem}`);
      return 2;
    }
    for (const { name, mail } of sampleMails(tree.read)) {
      const figures = measurePatch(mail, { tree: spec, shortcuts: 'all' });
      const without = plain ? measurePatch(mail, { tree: spec, shortcuts: 'none' }) : null;
      if (figures === null || (plain && without?.answer !== figures.answer)) status = 1;
      if (figures !== null) console.log(printRow(widths, [basename(spec), name, ...cells(figures, without)]));
    }
  }
  return status;
}

function cells(figures: PatchFigures, without: PatchFigures | null): string[] {
  const all = sumOf(figures);
  const ratio = without === null ? ['', ''] : [short(sumOf(without)), short(sumOf(without) / all)];
  const each = stages.map((stage) => short(figures.stages[stage]));
  return [
    short(figures.startUp),
    ...each,
    short(all),
    short(figures.warm),
    ...ratio,
    figures.megabytes.toFixed(0),
    figures.answer,
  ];
}

const sumOf = (figures: PatchFigures) => stages.reduce((sum, stage) => sum + figures.stages[stage], 0);
