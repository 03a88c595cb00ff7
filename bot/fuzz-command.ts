/**
 * `npm run fuzz`: mails of the fixtures, damaged at random, through all that a mail goes through before it is analysed.
 *
 * Exit status: 0 nothing is wrong, 1 something is.
 */
import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { fuzz, limits } from './fuzz/run.ts';
import { fixtureMails, mailOf } from './fuzz/worker.ts';
import { endWhereOutputFails } from './standard-output.ts';

endWhereOutputFails('fuzz');

const whole = (text: string) => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('A whole number.');
  return number;
};

const { mails, seed, show } = new Command('fuzz')
  .description(
    'Damage mails of the fixtures: bytes, headers, MIME, diff. Read each, place it, and write the headers of a reply.',
  )
  .option('--mails <n>', 'how many', whole, 10_000)
  .option('--seed <seed>', 'repeats a run; a fresh one by default', whole, randomInt(2 ** 31))
  .option('--show <n>', 'print the mail of this number, and do nothing else', whole)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .showHelpAfterError('(add --help for what it takes)')
  .addHelpText(
    'after',
    `
What is wrong is printed, a line each with the mail's number: a crash, a mail that takes over ${limits.mailMs / 1000} s, and in the mails that
would go out a header that we did not write, one that is not printable ASCII, an address that is none or was never named, and
in what moderators get a line that a tool takes for a patch, a trailer or an order.
Exit status: 0 nothing is wrong, 1 something is.

Examples:
  npm run fuzz
  npm run fuzz -- --mails 100 --seed 1
  npm run --silent fuzz -- --seed 1 --show 17 > mail`,
  )
  .parse()
  .opts<{ mails: number; seed: number; show?: number }>();

if (show !== undefined) process.stdout.write(mailOf(fixtureMails(), seed, show).mail);
else {
  process.stderr.write(`seed ${seed}\n`);
  const report = await fuzz({ seed, mails }, (done) => {
    if (done % 1000 === 0) process.stderr.write(`${done} mails\n`);
  });
  for (const line of report.wrong) process.stdout.write(`${line}\n`);
  const { patches, relevant, replies, megabytes, slowest } = report;
  process.stdout.write(
    `${report.mails} mails (${megabytes.toFixed(0)} MB) with seed ${seed}: ${patches} read as patches, ${relevant} of files that matter, ${replies} replies; the slowest, ${slowest.index}, took ${slowest.ms.toFixed(0)} ms; ${report.wrong.length} wrong\n`,
  );
  process.exitCode = report.wrong.length === 0 ? 0 : 1;
}
