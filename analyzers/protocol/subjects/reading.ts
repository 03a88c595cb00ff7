/**
 * What is read for a subject of a tree: its own units and headers, the units that store words, a driver of ours. The one
 * idea: a subject names the few headers that say something about it; of all others our one-line stand-ins serve.
 */
import { patchingModel } from '../arch-model.ts';
import { headerModel } from '../header-model.ts';
import { type Read, resolverOf, type SourceText } from '../headers.ts';
import { patchingPath, readingPaths, type Sources, type SubjectSource } from '../subject.ts';

interface Reading {
  readonly units: readonly string[];
  /** Paths of headers that are read besides those every subject reads. */
  readonly headers: readonly string[];
  /** Headers of other parts of the kernel in our own words, by the name they are included by. */
  readonly models: ReadonlyMap<string, SourceText>;
  /** What enters the kernel's code. */
  readonly driver: SourceText;
  readonly assumed?: readonly string[];
}

export function treeSources({ read, touched }: SubjectSource, reading: Reading): Sources {
  const { units, headers, models, driver, assumed = [] } = reading;
  const inTree = resolverOf(read, new Set([...touched, ...headers]));
  const lacksPatching = read(patchingPath) === null;
  return {
    units: [...textsOf(read, [...units, patchingPath, ...readingPaths]), driver],
    standIns: lacksPatching ? [patchingModel] : [],
    resolve: (path, form, from) => models.get(path) ?? inTree(path, form, from) ?? modelHeader(path),
    ahead: [],
    assumed: [
      ...assumed,
      ...(lacksPatching ? [`${patchingPath} is not at hand: our model of it runs in its place`] : []),
    ],
  };
}

/** Those of the files that are at hand. */
export const textsOf = (read: Read, files: readonly string[]): SourceText[] =>
  files.flatMap((file) => {
    const text = read(file);
    return text === null ? [] : [{ file, text }];
  });

export function modelHeader(path: string): SourceText | null {
  const text = headerModel.get(path);
  return text === undefined ? null : { file: `our model of ${path}`, text };
}
