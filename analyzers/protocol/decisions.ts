/**
 * Branches on what the sources do not say, taken both ways: which of them what happens depends on. The one idea: a branch
 * decides something where the ways behind it, all together, end otherwise than those on its other side.
 *
 * Example: `if (unknown) pr_warn(…)` decides nothing; `if (unknown) patch_instruction(…)` does, and the run is unread.
 */
import type { Assumed, Decision } from '../source/interpreter.ts';

/** One way: how it went, and how it ended; equal ends have equal texts. */
export interface Way {
  readonly decisions: readonly Decision[];
  readonly end: string;
}

/** Every reason for a branch, once a place. */
export function reasonsOf(ways: readonly Way[]): readonly Assumed[] {
  const rows = new Map<string, Assumed>();
  for (const { decisions } of ways) {
    for (const [index, { at, why }] of decisions.entries()) {
      const decisive = isDecisive(ways, decisions, index);
      for (const text of why) {
        const key = `${text} ${at.file}:${at.line}`;
        if (rows.get(key)?.decisive !== true) rows.set(key, { text, at, decisive });
      }
    }
  }
  return [...rows.values()].slice(0, rowsMax);
}

function isDecisive(ways: readonly Way[], decisions: readonly Decision[], index: number): boolean {
  const alike = ways.filter((way) =>
    decisions.slice(0, index).every(({ taken }, i) => way.decisions[i]?.taken === taken),
  );
  const ends = [true, false].map((side) => {
    const behind = alike.filter((way) => way.decisions[index]?.taken === side);
    return [...new Set(behind.map(({ end }) => end))].sort().join('\n');
  });
  return ends[0] !== ends[1];
}

/** `what f() returns (kernel/trace/ftrace.c:12)`. */
export const placed = ({ text, at }: Assumed) => (at === null ? text : `${text} (${at.file}:${at.line})`);

/** Of one run. */
const rowsMax = 16;
