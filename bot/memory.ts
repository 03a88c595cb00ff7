/** When to let go of what is kept only to be quick: reviews of many patches on one tree would fill any memory. */
import { getHeapStatistics } from 'node:v8';

/** Of what V8 may take in all; a review needs less than the rest by itself. */
const shareMax = 0.35;

export function isMemoryShort(): boolean {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size > shareMax * heap_size_limit;
}
