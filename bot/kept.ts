/**
 * What reviews keep only to be quick: units that were read and explorations that were made. Many patches on one tree would
 * fill any memory with it, so it is let go of when that runs short.
 */
import { getHeapStatistics } from 'node:v8';
import { UnitCache } from '../analyzers/protocol/units.ts';
import { type ExplorationCache, forget, newCache } from '../analyzers/verdict/protocol-run.ts';

/** Of what V8 may take in all; a review needs less than the rest by itself. */
const shareMax = 0.35;

/** Of one tree; explorations know no tree, and may be shared with others. */
export class Kept {
  readonly explorations: ExplorationCache;
  /** Paths that were read for what is kept, before and after each patch. */
  readonly paths = new Set<string>();
  #units = new UnitCache();

  constructor(explorations: ExplorationCache = newCache()) {
    this.explorations = explorations;
  }

  get units(): UnitCache {
    return this.#units;
  }

  /** Before the next patch. */
  makeRoom(): void {
    const { used_heap_size, heap_size_limit } = getHeapStatistics();
    if (used_heap_size <= shareMax * heap_size_limit) return;
    this.#units = new UnitCache();
    forget(this.explorations);
  }
}
