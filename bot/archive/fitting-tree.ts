/** Of several trees the one that a series fits: most of its patches apply, and to the very files their author had. */
import { parseFiles } from '../../analyzers/patch/diff.ts';
import { splitBody } from '../../analyzers/patch/split.ts';
import { SeriesBase } from '../sources/base.ts';
import type { Tree } from '../sources/tree.ts';
import type { Series } from '../thread/series.ts';

/** @param wanted ids of the patches that have to apply */
export function fittingTree(trees: readonly Tree[], series: Series, wanted: readonly string[]): Tree | null {
  const patches = series.patches.map(({ message }) => {
    const { diff, diffStart } = splitBody(message.body);
    return { files: parseFiles(diff, diffStart).files, counts: wanted.includes(message.id) };
  });
  let best: { readonly tree: Tree; readonly score: number } | null = null;
  for (const tree of trees) {
    const base = new SeriesBase(tree);
    let score = 0;
    for (const { files, counts } of patches) {
      const { how, problems } = base.next(files);
      if (!counts || how !== 'tree') continue;
      const off = problems.filter(({ kind }) => ['other-blob', 'offset', 'fuzz'].includes(kind)).length;
      score += 1000 + Math.max(0, 100 - off);
    }
    if (score > (best?.score ?? -1)) best = { tree, score };
  }
  return best?.tree ?? null;
}
