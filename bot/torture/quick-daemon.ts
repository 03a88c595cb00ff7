/** `serve` as of main.ts, where what one process does moves to another within seconds: for tests that cannot wait for half a minute. */
import { parseArgs } from 'node:util';
import { serveCommand } from '../serve-command.ts';

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { settings: { type: 'string' }, role: { type: 'string', multiple: true, default: [] } },
});
const timing = { confirmMs: 500, leaseMs: 3_000, takeoverMs: 4_000, vanishedMs: 4_000 };
process.exitCode = await serveCommand(values.settings ?? null, values.role, timing);
