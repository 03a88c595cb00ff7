/**
 * What a test file gets in place of node:test when mutants are run (config/mutation/runner.ts): a test is kept as a value, to be
 * run as often as there are mutants that it covers, all in one process. Only what the tests of the analyzers use is here.
 */

export interface CollectedTest {
  readonly id: string;
  readonly file: string;
  readonly run: () => Promise<void>;
}

interface TestContext {
  readonly test: (title: string, body: Body) => Promise<void>;
}
type Body = (t: TestContext) => void | Promise<void>;

let collected: CollectedTest[] = [];
let collecting = '';

/** Tests are of this file from now on. */
export function collectFor(file: string): void {
  collecting = file;
}

/** What was collected since this was asked last. */
export function takeCollected(): readonly CollectedTest[] {
  const taken = collected;
  collected = [];
  return taken;
}

const context: TestContext = { test: async (_title, body) => body(context) };

export default function test(title: string, body: Body): void {
  const same = collected.filter(({ file, id }) => file === collecting && id.startsWith(`${file} ${title}`)).length;
  const id = `${collecting} ${title}${same > 0 ? ` #${same}` : ''}`;
  collected.push({ id, file: collecting, run: async () => body(context) });
}
