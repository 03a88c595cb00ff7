/**
 * The exploration, beside the page so that the page stays alive: one question in, one answer out.
 */
import { type Exploration, type ExploreOptions, explore } from '../../analyzers/explore/explore.ts';
import { parseModel } from '../../analyzers/machine/notation.ts';

export interface Question {
  /** In the notation of a schedule. */
  readonly model: string;
  readonly options: Pick<ExploreOptions, 'level' | 'tasks' | 'cpus' | 'statesMax' | 'idle' | 'exceptions' | 'traced'>;
}

export type Answer = Pick<Exploration, 'outcome' | 'states' | 'transitions' | 'architecture' | 'traced'> & {
  /** Of a break. */
  readonly schedule: string | null;
  readonly problem: string | null;
};

export function startWorker(): void {
  self.onmessage = ({ data }: MessageEvent<Question>) => self.postMessage(answer(data));
}

function answer({ model: text, options }: Question): Answer {
  const { model, problem } = parseModel(text);
  const nothing = { states: 0, transitions: 0, architecture: 'defined', traced: false, schedule: null } as const;
  if (model === null) return { ...nothing, outcome: 'limit', problem };
  try {
    const { outcome, states, transitions, architecture, traced, break: found } = explore(model, options);
    return { outcome, states, transitions, architecture, traced, schedule: found?.schedule ?? null, problem: null };
  } catch (error) {
    return { ...nothing, outcome: 'limit', problem: String(error) };
  }
}
