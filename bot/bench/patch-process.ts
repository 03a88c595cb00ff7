/**
 * One review of one patch as a process of its own: the CPU seconds of all its threads after start-up, by stage. What has
 * been spent when everything is imported, the mail read and the tree opened is start-up; a review of nothing ends there.
 */
import { spawnSync } from 'node:child_process';
import { defaults } from '../../analyzers/explore/explore.ts';
import { cpuSeconds } from '../cpu-seconds.ts';
import { readMbox } from '../mail/mbox.ts';
import { type Message, readMessage } from '../mail/message.ts';
import { review } from '../review.ts';
import { openTree, type Tree } from '../sources/tree.ts';

export const stages = ['base', 'before', 'after', 'judge'] as const;
type Stage = (typeof stages)[number];

export interface PatchFigures {
  /** CPU seconds until everything is imported, the mail read and the tree opened. */
  readonly startUp: number;
  /**
   * All stages once more in the same process, with a tree opened anew and nothing of the first kept: what a process that has
   * reviewed before, as those of a pool have, takes for it.
   */
  readonly warm: number;
  /** CPU seconds: the patch applied, its source run before and after, the two explored and compared. */
  readonly stages: Readonly<Record<Stage, number>>;
  readonly answer: string;
  readonly megabytes: number;
}

interface Question {
  readonly tree: string;
  readonly shortcuts: 'all' | 'none';
}

/** Null where the process failed; it has said why. */
export function measurePatch(mail: string, question: Question): PatchFigures | null {
  const { stdout, status, stderr } = spawnSync(process.execPath, [import.meta.filename, JSON.stringify(question)], {
    encoding: 'utf8',
    input: mail,
  });
  if (status === 0) return JSON.parse(stdout);
  process.stderr.write(stderr);
  return null;
}

async function answer({ tree: spec, shortcuts }: Question): Promise<PatchFigures> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const messages = await Promise.all(readMbox(Buffer.concat(chunks)).mails.map(readMessage));
  const tree = open(spec);
  const startUp = cpuSeconds();
  const { stages: spent, answer: found } = measure(messages, tree, shortcuts);
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const warm = measure(messages, open(spec), shortcuts).stages;
  return {
    startUp,
    stages: spent,
    warm: stages.reduce((sum, stage) => sum + warm[stage], 0),
    answer: found,
    megabytes,
  };
}

function open(spec: string): Tree {
  const { tree, problem } = openTree(spec);
  if (tree === null) throw new Error(problem ?? '');
  return tree;
}

function measure(messages: readonly Message[], tree: Tree, shortcuts: Question['shortcuts']) {
  const spent: Record<Stage, number> = { base: 0, before: 0, after: 0, judge: 0 };
  let stage: Stage = 'base';
  let since = cpuSeconds();
  const enter = (next: Stage) => {
    spent[stage] += cpuSeconds() - since;
    since = cpuSeconds();
    stage = next;
  };
  const { series } = review(messages, {
    ...{ trees: [tree], level: 'architecture', patch: null, limits: defaults, progress: () => {} },
    ...{ shortcuts, stage: enter },
  });
  enter('base');
  const found = series.flatMap(({ patches }) => patches.map(({ verdict }) => verdict.answer));
  return { stages: spent, answer: found.join(' ') };
}

if (import.meta.main) console.log(JSON.stringify(await answer(JSON.parse(process.argv[2] ?? ''))));
