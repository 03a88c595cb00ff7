/** For tests: what is extracted with shortcuts and without them is the same. */
import assert from 'node:assert/strict';
import { type ExtractInput, extract } from '../analyzers/protocol/extract.ts';
import type { Protocol } from '../analyzers/protocol/protocol.ts';
import { UnitCache } from '../analyzers/protocol/units.ts';

/** @returns how many protocols were compared, of all trees; with shortcuts they share what was read */
export function sameProtocols(
  input: Pick<ExtractInput, 'touched' | 'profiles' | 'deep'>,
  trees: readonly ExtractInput['read'][],
): number {
  const cache = new UnitCache();
  let count = 0;
  for (const read of trees) {
    const [all, none] = (['all', 'none'] as const).map((shortcuts) =>
      extract({ ...input, read, evidence: 'tree', faults: true, cache, shortcuts }),
    );
    assert.deepEqual(all?.problems, none?.problems);
    assert.deepEqual(all?.protocols.map(plain), none?.protocols.map(plain));
    count += all?.protocols.length ?? 0;
  }
  return count;
}

/** Entry code is large, and equal where its id is. */
const plain = ({ entry, ...protocol }: Protocol) => ({ ...protocol, entry: entry?.id });
