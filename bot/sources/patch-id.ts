/**
 * The patch-id of a diff, as `git patch-id --stable` has it: what names a patch whatever base it lies on. Line numbers, blob
 * ids and white space do not count, and the order of files does not.
 */
import { createHash } from 'node:crypto';

/** @param diff the lines of a diff, from `diff --git` on, without a signature */
export function patchIdOf(diff: readonly string[]): string {
  const sum = new Uint8Array(20);
  let hash = createHash('sha1');
  /** Lines that the hunk still owes; -1 in a header. */
  let [before, after] = [0, 0];
  let fed = false;
  const flush = () => {
    let carry = 0;
    for (const [at, byte] of hash.digest().entries()) {
      carry += byte + (sum[at] ?? 0);
      sum[at] = carry & 0xff;
      carry >>= 8;
    }
    hash = createHash('sha1');
    fed = false;
  };
  for (const line of diff) {
    // `\ No newline at end of file`
    if (line.startsWith('\\ ')) continue;
    if (before === -1) {
      if (line.startsWith('index ')) continue;
      if (line.startsWith('--- ')) [before, after] = [1, 1];
    } else if (before <= 0 && after <= 0) {
      const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
      if (hunk !== null) {
        [before, after] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
        continue;
      }
      if (!line.startsWith('diff ')) {
        if (fed) break;
        continue;
      }
      if (fed) flush();
      [before, after] = [-1, -1];
    }
    // A mailer may have taken the blank of an empty line.
    if (before > 0 && /^[- ]|^$/.test(line)) before--;
    if (after > 0 && /^[+ ]|^$/.test(line)) after--;
    hash.update(line.replace(/[ \t\n\v\f\r]+/g, ''));
    fed = true;
  }
  if (fed) flush();
  return Buffer.from(sum).toString('hex');
}
