/** Some hundreds of damaged mails, with a fresh seed that is printed; `npm run fuzz` runs ten thousand. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import test from 'node:test';
import { fuzz, limits } from './run.ts';

test('damaged mails are read, and nothing of them gets into a header', async (context) => {
  const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
  context.diagnostic(`seed ${seed}; FUZZ_SEED=${seed} npm test repeats it`);
  const { wrong, mails, patches, relevant } = await fuzz({ seed, mails: 300 });
  assert.equal(mails, 300);
  // Time is of the machine: the command looks at it, and a mail that never ends is seen here as well.
  const slow = /: took \d+ ms$/;
  assert.deepEqual(
    wrong.filter((line) => !slow.test(line)),
    [],
    `seed ${seed}, a mail has ${limits.mailMs} ms`,
  );
  assert.ok(patches > 30 && relevant > 30, `${patches} are read as patches, ${relevant} matter: too few to say much`);
});
