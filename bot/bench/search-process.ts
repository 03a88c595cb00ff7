/**
 * One search as a process of its own, so that its CPU seconds and its memory are its own: reads a question as JSON from the
 * command line, prints figures as JSON. With the way to the break, told in full, where there is one.
 */
import { spawnSync } from 'node:child_process';
import { type ExploreOptions, explore } from '../../analyzers/explore/explore.ts';
import type { Model } from '../../analyzers/machine/model.ts';
import { formatModel, parseModel } from '../../analyzers/machine/notation.ts';
import { cpuSeconds } from '../cpu-seconds.ts';

export interface SearchFigures {
  readonly outcome: 'held' | 'broken' | 'limit';
  readonly states: number;
  /** Of the search with all that belongs to it: the machine's tables, the way back, its retelling. */
  readonly cpuSeconds: number;
  /** Of the whole process, its start included. */
  readonly processSeconds: number;
  /** The most memory the process had. */
  readonly megabytes: number;
}

interface Question {
  readonly model: string;
  readonly options: ExploreOptions;
}

/** Null where the process failed. */
export function measureSearch(model: Model, options: ExploreOptions): SearchFigures | null {
  const question: Question = { model: formatModel(model), options };
  const { stdout, status, stderr } = spawnSync(process.execPath, [import.meta.filename, JSON.stringify(question)], {
    encoding: 'utf8',
  });
  if (status === 0) return JSON.parse(stdout);
  process.stderr.write(stderr);
  return null;
}

function answer({ model: text, options }: Question): SearchFigures {
  const { model, problem } = parseModel(text);
  if (model === null) throw new Error(problem ?? '');
  const before = cpuSeconds();
  const { outcome, states } = explore(model, options);
  const after = cpuSeconds();
  return {
    outcome,
    states,
    cpuSeconds: after - before,
    processSeconds: after,
    megabytes: process.resourceUsage().maxRSS / 1024,
  };
}

if (import.meta.main) console.log(JSON.stringify(answer(JSON.parse(process.argv[2] ?? ''))));
