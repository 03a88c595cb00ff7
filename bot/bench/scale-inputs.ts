/**
 * What the simulation is given that one run on one machine does not show: how many mails of a list are for us, and what real
 * patches cost. As measured on the archive of linuxppc-dev, July 2019 to March 2026; `--inputs FILE` has others, as JSON.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const positive = z.number().positive();
const shape = z.strictObject({
  /** Where it is from, for people. */
  from: z.string(),
  /** Mails of the archive, and threads in it with a patch for us. */
  mails: positive,
  relevantThreads: positive,
  /** Over how many days they came. */
  days: positive,
  /** CPU seconds of judging such a thread: quantiles at equal steps, from the least to the most. */
  threadSeconds: z.array(z.number().min(0)).min(2),
  /** Of the patches for us, those whose diff had come before, in a resend or a later version. */
  repeated: z.number().min(0).max(1),
});
export type ScaleInputs = z.infer<typeof shape>;

const measured: ScaleInputs = {
  from: 'linuxppc-dev, July 2019 to March 2026; 233 threads with 525 patches judged on 16 kernel trees by npm run archive',
  mails: 103_675,
  relevantThreads: 1_519,
  days: 2_444,
  threadSeconds: [
    ...[0, 0.02, 0.06, 0.18, 0.24, 0.31, 0.38, 0.6, 0.74, 0.92, 1.08, 1.23, 1.45, 1.61, 1.77, 2.11, 2.56, 2.7, 2.85],
    ...[3.37, 3.54, 3.93, 4.32, 4.47, 4.8, 4.92, 5.52, 5.91, 6.13, 6.52, 6.71, 7.03, 7.99, 8.74, 9.66, 10.73, 11.79],
    ...[14.46, 15.98, 17.4, 35.01],
  ],
  repeated: 468 / 2_908,
};

/** @returns what is given, or in words what is wrong with the file */
export function readInputs(file: string | null): ScaleInputs | string {
  if (file === null) return measured;
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    return `${file}: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`;
  }
}
