/**
 * `observe`: what a kernel's own code does to its call sites, printed so that it can be laid beside what a booted kernel was
 * seen to do. Reading only: nothing is explored and nothing judged.
 *
 * Exit status: 0, or 2 where nothing could be observed (standard error says what to give instead).
 */
import { extract } from '../analyzers/protocol/extract.ts';
import { misfitOfConfig } from '../analyzers/protocol/profiles.ts';
import type { Plan, Protocol, SubjectId } from '../analyzers/protocol/protocol.ts';
import { subjectsOf } from '../analyzers/protocol/subjects/table.ts';
import { UnitCache } from '../analyzers/protocol/units.ts';
import { loadKernelConfig } from './kernel-config.ts';
import { type Observed, printObserved } from './observe/print.ts';
import { rowsOf } from './observe/table.ts';
import { openTree } from './sources/tree.ts';

export interface ObserveCommand {
  readonly tree: string;
  /** Path of a kernel's .config; null for every kernel that the tree can have. */
  readonly config: string | null;
  readonly subject: SubjectId;
  /** null for every one that the tree can have. */
  readonly profile: string | null;
  readonly entry: string | null;
  readonly site: string | null;
  readonly plan: Plan;
  readonly setUp: boolean;
  readonly json: boolean;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const exit = { observed: 0, nothing: 2 } as const;
/** Without it there is nothing but our models. */
const tracer = 'arch/powerpc/kernel/trace/ftrace.c';

export function observeCommand(command: ObserveCommand): number {
  const { out, err } = command;
  const fail = (text: string) => {
    err(`observe: ${text}\n`);
    return exit.nothing;
  };
  const { tree, problem } = openTree(command.tree);
  if (tree === null) return fail(problem ?? `${command.tree} cannot be opened`);
  if (tree.read(tracer) === null) return fail(`${command.tree} holds no ${tracer}: give the source of a kernel`);
  const kernel = command.config === null ? null : loadKernelConfig(command.config);
  if (kernel !== null && 'length' in kernel) return fail(kernel.join('\nobserve: '));
  const other = kernel === null ? null : misfitOfConfig({ read: tree.read, config: kernel });
  if (other !== null) return fail(`${command.config} does not fit ${tree.name}: ${other}`);
  const subjects = [command.subject];
  const source = { read: tree.read, touched: [], evidence: 'tree', config: kernel, subjects } as const;
  const known = subjectsOf(source).flatMap((subject) => subject.profiles(source).map(({ id }) => id));
  if (command.profile !== null && !known.includes(command.profile))
    return fail(`there is no profile ${command.profile} in ${tree.name}; it can have ${known.join(', ')}`);
  const profiles = command.profile === null ? known : [command.profile];
  const cache = new UnitCache();
  const observed: Observed[] = [];
  const entries = new Set<string>();
  for (const profile of profiles) {
    err(`reading ${tree.name} as ${profile}\n`);
    const read = extract({ ...source, profiles: [profile], deep: true, setUp: command.setUp, cache });
    for (const { text, at } of read.problems) err(`${at === undefined ? '' : `${at.file}:${at.line}: `}${text}\n`);
    const modifying = read.protocols.filter(({ scenario }) => scenario.call === undefined);
    for (const { scenario } of modifying) entries.add(scenario.entryPoint);
    observed.push(...together(modifying.filter((protocol) => isAsked(command, protocol))));
  }
  if (command.entry !== null && !entries.has(command.entry))
    return fail(`there is no entry point ${command.entry} in ${tree.name}; it has ${[...entries].join(', ')}`);
  if (observed.length === 0) return fail('no run is of what was asked for');
  out(
    command.json
      ? `${JSON.stringify(documentOf(tree.name, observed), null, 2)}\n`
      : observed.map(printObserved).join('\n'),
  );
  return exit.observed;
}

function isAsked({ entry, site, plan }: ObserveCommand, { scenario }: Protocol): boolean {
  const { entryPoint, siteKind } = scenario;
  return (entry ?? entryPoint) === entryPoint && (site ?? siteKind) === siteKind && plan === scenario.plan;
}

/** What differs in nothing but preemption is told once. */
function together(protocols: readonly Protocol[]): Observed[] {
  const groups = new Map<string, Observed>();
  for (const protocol of protocols) {
    const { entryPoint, siteKind, plan } = protocol.scenario;
    const rows = rowsOf(protocol);
    const key = JSON.stringify([entryPoint, siteKind, plan, protocol.outcome, rows]);
    const group = groups.get(key);
    groups.set(key, { protocols: [...(group?.protocols ?? []), protocol], rows });
  }
  return [...groups.values()];
}

function documentOf(tree: string, observed: readonly Observed[]) {
  return {
    tree,
    runs: observed.map(({ protocols, rows }) => {
      const { scenario, live, outcome, why, sites, assumptions } = protocols[0]!;
      const { profile, entryPoint, siteKind, plan } = scenario;
      return {
        ...{ profile, entryPoint, siteKind, plan, preemption: protocols.map((one) => one.scenario.preemption) },
        ...{ live, outcome, why, assumptions },
        records: sites.map(({ id, address, symbol = 0, recorded }) => ({
          record: id,
          function: `0x${(address + BigInt(symbol)).toString(16)}`,
          recorded: recorded - symbol,
        })),
        steps: rows,
      };
    }),
  };
}
