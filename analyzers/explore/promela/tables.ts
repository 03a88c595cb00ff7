/**
 * What a model is, apart from its states, as C tables for a Promela model: where instructions lead, which versions words have,
 * how far each is at each point of the timeline.
 */
import type { Contexts, Reached } from '../../machine/contexts.ts';
import { layout } from '../../machine/layout.ts';
import type { MicroStep } from '../../machine/micro-step.ts';
import { outside } from '../../machine/shape.ts';
import type { Line } from '../../machine/timeline.ts';
import type { ContextGraph } from './context-graph.ts';

/** In tables of bytes: none. In the table of contexts: a break. */
export const none = 255;
export const broken = 0x7fff;

/** What a patcher may do next, as far as it differs for other parts of the machine. The others of its steps only go on. */
type StatementKind = 'go-on' | 'interrupt' | 'interrupt-later' | 'begin' | 'end' | 'stop' | 'reachable';
export interface Statement {
  readonly kind: StatementKind;
  /** A grace period's flavour, an IPI's being with or without an isync. */
  readonly of: string;
}

/** The different statements of a patcher, in the order they first come. */
export function statementsOf({ micro }: Line): readonly Statement[] {
  const byName = new Map(micro.map(statementOf).map((statement) => [nameOf(statement), statement]));
  return [...byName.values()];
}

const nameOf = ({ kind, of }: Statement) => `${kind} ${of}`;

function statementOf(micro: MicroStep): Statement {
  switch (micro.kind) {
    case 'store':
    case 'consistent':
    case 'flush':
    case 'publish':
    case 'free':
      return { kind: 'go-on', of: '' };
    case 'ipi':
      return { kind: micro.wait ? 'interrupt' : 'interrupt-later', of: micro.isync ? 'isync' : '' };
    case 'begin':
    case 'end':
      return { kind: micro.kind, of: micro.flavour };
    case 'stopMachine':
      return { kind: 'stop', of: '' };
    case 'reachable':
      return { kind: 'reachable', of: '' };
  }
}

export function tables(contexts: Contexts, graph: ContextGraph): string[] {
  const { lines, addresses, versions } = contexts.emulation.timeline;
  const width = Math.max(1, ...versions.map(({ length }) => length));
  const ways = (of: (way: Reached) => number) => graph.map((row) => padded(row.map(of), width));
  const wordOf = (id: number) => addresses.indexOf(contexts.context(id).nia);
  const replacedBy = versions.map((all) =>
    all.map(({ value }, version) => orNone(all.findIndex((other, i) => i > version && other.value === value))),
  );
  return [
    'c_decl {',
    `  /* The modified word that a context stands at; ${none}: none. */`,
    vector(
      'word_of',
      [...graph.keys()].map((id) => (id === outside ? none : orNone(wordOf(id)))),
    ),
    `  /* By context and fetched version: the next context; 0: back at the caller; ${broken}: a break. */`,
    matrix(
      'leads_to',
      ways(({ check, context }) => (check === null ? context : broken)),
      'short',
    ),
    '  /* Is an isync executed on the way? */',
    matrix(
      'isyncs',
      ways(({ synchronized }) => Number(synchronized)),
    ),
    `  /* By word and version: the next version of the same value; ${none}: none. */`,
    matrix(
      'replaced_by',
      replacedBy.map((row) => padded(row, width)),
    ),
    ...lines.flatMap((line, i) => tablesOf(line, i, contexts, graph)),
    '}',
  ];
}

/** Of one patcher, by the number of steps it has done. */
function tablesOf(line: Line, i: number, contexts: Contexts, graph: ContextGraph): string[] {
  const words = Math.max(1, contexts.emulation.timeline.addresses.length);
  const names = statementsOf(line).map(nameOf);
  const freedAt = (id: number) => {
    const block = blockOf(contexts.context(id).nia);
    return line.points.findIndex(({ freed }) => freed.some((address) => blockOf(address) === block));
  };
  return [
    `  /* Patcher ${i}, by steps done: the versions that are newest, and those made consistent. */`,
    matrix(
      `newest_${i}`,
      line.points.map(({ newest }) => padded(newest, words)),
    ),
    matrix(
      `consistent_${i}`,
      line.points.map(({ consistent }) => padded(consistent, words)),
    ),
    '  /* Can the function be called? Which statement comes next (0: none)? Is it within patch_instruction()? */',
    vector(
      `reachable_${i}`,
      line.points.map(({ reachable }) => Number(reachable)),
    ),
    vector(`next_${i}`, [...line.micro.map((micro) => names.indexOf(nameOf(statementOf(micro))) + 1), 0]),
    vector(
      `within_${i}`,
      line.points.map((_, point) => Number(isWithin(line, point))),
    ),
    `  /* By context: after which steps its text is freed; ${none}: never. */`,
    vector(
      `freed_${i}`,
      [...graph.keys()].map((id) => (id === outside ? none : orNone(freedAt(id)))),
    ),
  ];
}

/** Between a store and its being made consistent. */
function isWithin({ micro }: Line, point: number): boolean {
  const [before, after] = [micro[point - 1], micro[point]];
  const goesOn = after?.kind === 'store' || after?.kind === 'consistent';
  return before?.kind === 'store' && goesOn && before.step === after.step;
}

const orNone = (index: number) => (index < 0 ? none : index);
/** Texts lie in blocks of their own, and are freed as a whole. */
const blockOf = (address: number) => address - (address % layout.gap);
const padded = (list: readonly number[], length: number) => Array.from({ length }, (_, i) => list[i] ?? 0);

const vector = (name: string, list: readonly number[]) =>
  `  static const unsigned char ${name}[${list.length}] = {${list.join()}};`;

function matrix(name: string, rows: readonly (readonly number[])[], type = 'unsigned char'): string {
  const list = rows.length === 0 ? [[0]] : rows;
  return `  static const ${type} ${name}[${list.length}][${list[0]?.length}] = {${list.map((row) => `{${row.join()}}`).join()}};`;
}
