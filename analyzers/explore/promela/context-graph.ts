/**
 * All contexts of a model and where each version of the word it stands at leads: what tasks can come to, whoever does what in
 * between. More than any search meets, for it does not ask whether a CPU could fetch that version there.
 */
import type { Contexts, Reached } from '../../machine/contexts.ts';
import { outside } from '../../machine/shape.ts';

/** By context, then by version of the word it stands at; a word that never changes has one. Empty: no task comes there. */
export type ContextGraph = readonly (readonly Reached[])[];

/**
 * Null where more than one word's version decides (data that change, prefixed instructions that do), and where there are
 * more contexts than `contextsMax`.
 */
export function contextGraph(contexts: Contexts, contextsMax: number): ContextGraph | null {
  const { emulation } = contexts;
  const { timeline, prefixed } = emulation;
  const { addresses, versions } = timeline;
  if (addresses.some((address) => prefixed.has(address) || prefixed.has(address - 4))) return null;
  const graph: (readonly Reached[])[] = [[]];
  const waiting = [contexts.entry.context];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (id > contextsMax) return null;
    while (graph.length <= id) graph.push([]);
    if (id === outside || graph[id]?.length !== 0) continue;
    const context = contexts.context(id);
    const changing = versions[addresses.indexOf(context.nia)]?.map(({ value }) => value);
    const reached: Reached[] = [];
    for (const word of changing ?? [emulation.word(context.nia) ?? 0]) {
      if (emulation.one(context, word).changing) return null;
      reached.push(contexts.step(id, word, timeline.at(0)));
    }
    graph[id] = reached;
    waiting.push(...reached.filter(({ check }) => check === null).map(({ context: next }) => next));
  }
  return graph;
}
