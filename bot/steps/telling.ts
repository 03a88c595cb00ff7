/**
 * What happens in a step of an execution, in words: one phrase a step, whoever shows it.
 *
 * Example: an `ipi` step is "IPI to every other CPU, isync there, waited for".
 */
import { checks } from '../../analyzers/checks/checks.ts';
import { type ExecutionStep, placeName } from '../../analyzers/explore/execution.ts';
import { datumAt, type Model, type ModelStep, stepAt } from '../../analyzers/machine/model.ts';
import { graceCalls } from '../reply/wording.ts';

/** Of anything but an instruction and what becomes of a word. */
type Event = Exclude<ExecutionStep, { readonly kind: 'instruction' | 'modify' | 'consistent' }>;

export function eventText(model: Model, step: Event): string {
  switch (step.kind) {
    case 'dispatch':
      return 'calls the function';
    case 'preempt':
      return 'is interrupted and preempted (the CPU is context synchronized)';
    case 'resume':
      return 'returns from the interrupt (the CPU is context synchronized)';
    case 'return':
      return 'is back at its caller, nothing wrong';
    case 'deliver':
      return 'takes the IPI now';
    case 'break':
      return checks.get(step.check)?.text ?? step.check;
    case 'ipi':
    case 'begin':
    case 'end':
    case 'flush':
    case 'stopMachine':
    case 'publish':
    case 'reachable':
    case 'free':
      return patcherText(model, stepAt(model, step.step), step.kind);
  }
}

function patcherText(model: Model, step: ModelStep | undefined, kind: string): string {
  if (step?.kind === 'publish') {
    const value = step.value === null ? 'is no longer initialised' : `becomes ${step.value.toString(16)}`;
    return `data: ${placeName(model, step.address)} ${value}${step.ordered ? '' : ' (a plain store)'}`;
  }
  if (step?.kind === 'gracePeriod')
    return `${graceCalls[step.flavour]} ${kind === 'begin' ? 'begins' : 'ends: no task it waits for is left in the function'}`;
  if (step?.kind === 'ipi')
    return `IPI to every other CPU${step.isync ? ', isync there' : ''}${step.wait ? ', waited for' : ', not waited for'}`;
  if (kind === 'stopMachine') return 'stop_machine(): every CPU is in the stopper';
  if (kind === 'flush') return 'the text is flushed';
  if (step?.kind === 'free' && datumAt(model, step.address) !== null)
    return `data: ${placeName(model, step.address)} is freed`;
  return kind === 'reachable' ? 'from here on tasks can call the function' : 'the text is freed';
}
