/** By what verdicts on the patches of a thread are looked for, before anything of them is judged. */
import { parseBody } from '../../analyzers/patch/diff.ts';
import { relevantFiles } from '../../analyzers/patch/relevant.ts';
import { codeId } from './code-id.ts';
import { patchId } from './question.ts';

/** @param bodies decoded; of mails that hold no patch that matters there is nothing to look for */
export function patchIdsOf(bodies: readonly string[]): readonly string[] {
  const ids = bodies.flatMap((body) => {
    const { files } = parseBody(body);
    return relevantFiles(files).length === 0 ? [] : [patchId(codeId(), files)];
  });
  return [...new Set(ids)];
}
