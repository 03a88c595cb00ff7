/**
 * What `npm test` prints: node's own spec report, then one closing line with the counts, which is what a person looks
 * for first and what CI reads: `412 passed, 0 failed, 3 skipped`.
 */
import { Readable } from 'node:stream';
import { spec } from 'node:test/reporters';

interface TestEvent {
  readonly type: string;
  readonly data: { readonly file?: string; readonly counts?: Readonly<Record<string, number>> };
}

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string | Uint8Array> {
  let counts: Readonly<Record<string, number>> = {};
  async function* watched(): AsyncGenerator<TestEvent> {
    for await (const event of source) {
      // The summary without a file is the one of the whole run.
      if (event.type === 'test:summary' && event.data.file === undefined) counts = event.data.counts ?? {};
      yield event;
    }
  }
  for await (const chunk of Readable.from(watched()).pipe(new spec())) yield chunk;
  const { passed = 0, failed = 0, cancelled = 0, skipped = 0, todo = 0 } = counts;
  yield `${passed} passed, ${failed + cancelled} failed, ${skipped + todo} skipped\n`;
}
