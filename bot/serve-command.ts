/**
 * `serve`: the daemon, until a signal. SIGTERM and SIGINT let what runs come to an end; a second one ends it at once, which
 * loses nothing: what was begun is begun again at the next start.
 *
 * Exit status: 0 stopped as told, 2 the settings or words are wrong, 3 it could not start just now, such as without its database:
 * whoever runs it tries that again.
 */

import { type DaemonContext, startDaemon } from './serve/daemon.ts';
import { openLog } from './serve/log.ts';
import { readRoles } from './serve/roles.ts';
import { defaultsFile, readSettings } from './settings/settings.ts';
import { called } from './usage/called.ts';

const stopMs = 60_000;

/** @returns the exit status, when it has been stopped */
export async function serveCommand(
  file: string | null,
  roleWords: readonly string[],
  timing?: DaemonContext['timing'],
): Promise<number> {
  const { roles, problem: noRoles } = readRoles(roleWords);
  if (roles === null) {
    process.stderr.write(`serve: --role: ${noRoles}\n`);
    return 2;
  }
  const { settings, problems } = readSettings(file ?? defaultsFile);
  if (settings === null) {
    for (const problem of problems) process.stderr.write(`serve: ${problem}\n`);
    return 2;
  }
  const log = openLog(settings.logLevel);
  const started = await startDaemon(settings, { log, roles, ...(timing === undefined ? {} : { timing }) });
  const { daemon } = started;
  if (daemon === null) {
    process.stderr.write(`serve: ${started.problem}\n`);
    return started.again ? 3 : 2;
  }
  if (settings.sources.length === 0)
    log.warn({}, `there are no sources: nothing will come in (${called('init')} FILE, then edit)`);
  await new Promise<void>((resolve) => {
    let signals = 0;
    const onSignal = (signal: string) => {
      if (++signals > 1) process.exit(130);
      log.info({ signal }, 'stopping');
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
  await daemon.stop(stopMs);
  return 0;
}
