/** A real patch under a longer text: what is found stands on the lines of the new mail, wherever a verdict names one. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { documentOf } from '../document.ts';
import { answerOf, fixtureFolder, modelTree, reviewThread } from '../fixture.ts';
import { VerdictList } from './verdict-list.ts';

test('the verdict on a patch that was mailed with more text above it is as if it were judged there', async () => {
  const mbox = readFileSync(join(fixtureFolder, 'mflr-in-ipi/thread.mbox'));
  const longer = Buffer.from(mbox.toString().replace(/^Signed-off-by: /m, 'Acked-by: Eve <eve@example.org>\n$&'));
  const from: string[] = [];
  const verdicts = new VerdictList([], (_, how) => from.push(how));
  const trees = [modelTree];
  const first = await reviewThread(mbox, { trees, verdicts });
  const found = await reviewThread(longer, { trees, verdicts });
  const judged = await reviewThread(longer, { trees });
  assert.deepEqual(from, ['judged', 'found']);
  assert.deepEqual(documentOf(found.series), documentOf(judged.series));
  assert.equal(answerOf(found).text, answerOf(judged).text);
  assert.notDeepEqual(documentOf(found.series), documentOf(first.series));
});
