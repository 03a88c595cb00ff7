/**
 * What runs in the page: the step-through, and in a worker of its own the exploration. One script for both, for most of it is the machine; where it runs decides what it does.
 */
import { startSteps } from './step-through.ts';
import { startWorker } from './worker.ts';

if (typeof document === 'undefined') startWorker();
else {
  const steps = document.getElementById('steps');
  if (steps !== null) startSteps(steps);
}
