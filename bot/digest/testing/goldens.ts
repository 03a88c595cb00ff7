/** Where the golden digests are, and how they are made anew: in a store that is gone with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../store/store.ts';
import { newDirectory } from '../../store/testing/engines.ts';
import { type Golden, goldenWeeks } from './weeks.ts';

export const digestFolder = join(import.meta.dirname, '../../../fixtures/digests');

export async function makeGoldens(): Promise<readonly Golden[]> {
  const root = mkdtempSync(join(tmpdir(), 'digests-'));
  const { store, problem } = await openStore(await newDirectory(join(root, 'data')), { holder: 'bless' });
  if (store === null) throw new Error(problem.text);
  try {
    return await goldenWeeks(store);
  } finally {
    await store.close();
    rmSync(root, { recursive: true, force: true });
  }
}
