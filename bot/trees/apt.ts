/**
 * Debian suites other than the machine's own, through apt with a root of its own: its own sources list, lists, archives and
 * status, signed by the keys of debian-archive-keyring. The one idea: every path that apt would share with the machine is
 * given to it anew, so that the machine's settings are neither read for suites nor changed; a proxy set for apt still counts.
 *
 * Example: aptRoot({ suite: 'trixie', … }).sources() names linux-source-6.12 with its version.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What is not there and is needed; null where all is. */
export const aptAbsent: string | null =
  ['apt-get', 'apt-cache', 'dpkg-deb']
    .filter((tool) => spawnSync(tool, ['--version']).error !== undefined)
    .concat(existsSync(keyring) ? [] : ['debian-archive-keyring'])
    .join(', ') || null;

export interface AptOptions {
  readonly suite: string;
  /** Where the root is kept between runs. */
  readonly folder: string;
  readonly mirror: string;
}

/** A version of a source package that a suite has. */
export interface SourcePackage {
  readonly suite: string;
  /** `linux-source-6.12` */
  readonly name: string;
  /** `6.12` */
  readonly kernel: string;
  /** Debian's version, `6.12.48-1`. */
  readonly version: string;
}

export interface AptRoot {
  /** Refreshes the suite's lists; in words why that cannot be done. */
  update(): string | null;
  /** Every linux-source-X.Y of the suite. */
  sources(): readonly SourcePackage[];
  /** Downloads a package, going on where an earlier download was broken off; the .deb's path, or why there is none. */
  download(found: SourcePackage): { readonly deb: string } | { readonly problem: string };
}

export function aptRoot({ suite, folder, mirror }: AptOptions): AptRoot {
  const root = join(folder, 'apt', suite);
  const archives = join(root, 'cache/archives');
  for (const path of ['lists/partial', 'cache/archives/partial', 'sources.list.d', 'preferences.d'])
    mkdirSync(join(root, path), { recursive: true });
  const list = join(root, 'suite.sources');
  const lines = { Types: 'deb', URIs: mirror, Suites: suite, Components: 'main', 'Signed-By': keyring };
  writeFileSync(
    list,
    Object.entries(lines)
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  );
  writeFileSync(join(root, 'status'), '');
  const settings = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': join(root, 'sources.list.d'),
    'Dir::Etc::preferences': join(root, 'preferences'),
    'Dir::Etc::preferencesparts': join(root, 'preferences.d'),
    'Dir::State': root,
    'Dir::State::status': join(root, 'status'),
    'Dir::State::lists': join(root, 'lists'),
    'Dir::Cache': join(root, 'cache'),
    'APT::Sandbox::User': '', // it may not write into a folder of this user's
    'APT::Update::Post-Invoke-Success::': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const run = (tool: string, args: readonly string[], cwd = root) => {
    const { status, stdout, stderr } = spawnSync(tool, [...options, ...args], {
      cwd,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      env: { ...process.env, LC_ALL: 'C' },
    });
    return { failed: status !== 0, stdout: stdout ?? '', why: firstError(stderr ?? '') };
  };
  return {
    update() {
      const { failed, why } = run('apt-get', ['--error-on=any', '-qq', 'update']);
      return failed ? why : null;
    },
    sources() {
      const names = run('apt-cache', ['search', '--names-only', '^linux-source-[0-9.]+$']).stdout.match(/^\S+/gm) ?? [];
      return names.flatMap((name) => {
        const version = /\|\s*(\S+)\s*\|/.exec(run('apt-cache', ['madison', name]).stdout)?.[1];
        return version === undefined ? [] : [{ suite, name, kernel: name.replace('linux-source-', ''), version }];
      });
    },
    download({ name, version }) {
      const { failed, why } = run('apt-get', ['-qq', 'download', `${name}=${version}`], archives);
      // In file names apt writes an epoch's colon as %3a.
      const deb = join(archives, `${name}_${version.replaceAll(':', '%3a')}_all.deb`);
      return !failed && existsSync(deb) ? { deb } : { problem: why };
    },
  };
}

/** What apt says first of what went wrong. */
const firstError = (stderr: string) =>
  stderr.split('\n').find((line) => line.startsWith('E:') || line.startsWith('W:')) ?? 'apt does not say why';
