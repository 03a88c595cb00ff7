/** The hosts test in a process that hosts.ts begins as the router; its settings and logs stay where something was wrong. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inNamespaces } from '../servers/hosts.ts';
import { type HostsFigures, type HostsOptions, isSoundOnHosts } from './hosts.ts';

const program = join(import.meta.dirname, 'hosts-main.ts');

/** @throws Error where it could not be run */
export async function tortureOnHosts(
  options: Omit<HostsOptions, 'folder'>,
  progress: (text: string) => void,
): Promise<HostsFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'torture-'));
  const { status, stdout } = await inNamespaces(program, [JSON.stringify({ ...options, folder })], progress);
  if (status !== 0) throw new Error(`the hosts test ended with ${status}; what the daemons said is in ${folder}`);
  const figures: HostsFigures = JSON.parse(stdout);
  if (isSoundOnHosts(figures)) rmSync(folder, { recursive: true, force: true });
  else progress(`what the daemons said is in ${folder}`);
  return figures;
}
