/**
 * What runs in the page: the step-through, the playground, and in a worker of its own the exploration. One script for all
 * three, for most of it is the machine; where it runs decides what it does.
 */
import { startPlayground } from './playground.ts';
import { startSteps } from './step-through.ts';
import { startWorker } from './worker.ts';

if (typeof document === 'undefined') startWorker();
else {
  const [steps, playground] = ['steps', 'playground'].map((id) => document.getElementById(id));
  if (steps) startSteps(steps);
  if (playground) startPlayground(playground);
}
