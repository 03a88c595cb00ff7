/**
 * One review of one patch as a process of its own: the CPU seconds of all its threads after start-up, by stage. What has
 * been spent when everything is imported, the mail read and the tree opened is start-up; a review of nothing ends there.
 */
import { spawnSync } from 'node:child_process';
import { defaults } from '../../analyzers/explore/explore.ts';
import { cpuSeconds } from '../cpu-seconds.ts';
import { readMbox } from '../mail/mbox.ts';
import { readMessage } from '../mail/message.ts';
import { review } from '../review.ts';
import { openTree } from '../sources/tree.ts';

export const stages = ['base', 'before', 'after', 'judge'] as const;
type Stage = (typeof stages)[number];

export interface PatchFigures {
  readonly startUp: number;
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
  const { tree, problem } = openTree(spec);
  if (tree === null) throw new Error(problem ?? '');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const messages = await Promise.all(readMbox(Buffer.concat(chunks)).mails.map(readMessage));
  const spent: Record<Stage, number> = { base: 0, before: 0, after: 0, judge: 0 };
  const startUp = cpuSeconds();
  let stage: Stage = 'base';
  let since = startUp;
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
  const megabytes = process.resourceUsage().maxRSS / 1024;
  return { startUp, stages: spent, answer: found.join(' '), megabytes };
}

if (import.meta.main) console.log(JSON.stringify(await answer(JSON.parse(process.argv[2] ?? ''))));
