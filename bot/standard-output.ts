/**
 * What a command does when its output cannot be written. Node throws then, and ends with the status that means a finding.
 */

/** As a shell tells of a program that SIGPIPE ended. */
const brokenPipe = 141;
const unwritable = 2;

/** A reader that went away (`| head`) ends the command in silence; anything else, such as a full disk, is named. */
export function endWhereOutputFails(command: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(brokenPipe);
    process.stderr.write(`${command}: standard output cannot be written (${error.code ?? error.message})\n`);
    process.exit(unwritable);
  });
  process.stderr.on('error', () => process.exit(brokenPipe));
}
