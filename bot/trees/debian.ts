/**
 * The kernels that Debian ships, as folders of source: found in its suites, downloaded and unpacked once, with only the files
 * that reading needs. The one idea: what is unpacked in full is marked, so that a run that was broken off goes on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptRoot, type SourcePackage } from './apt.ts';

/** Suites from the oldest kernel to the newest. */
const suites = ['bullseye', 'bookworm', 'trixie', 'forky', 'sid', 'experimental'] as const;
/** Which kernels are wanted: those of releases, and the newest that there is of the next. */
const wanted: readonly { readonly name: string; readonly fits: (kernel: string) => boolean }[] = [
  ...['5.10', '6.1', '6.12'].map((kernel) => ({ name: kernel, fits: (other: string) => other === kernel })),
  { name: '7.x', fits: (kernel) => kernel.startsWith('7.') },
];

/** Parts of the source that are kept; Kconfig files of all folders besides. */
const kept = ['arch/powerpc', 'include', 'kernel', 'init/main.c', 'Makefile'] as const;

export interface DebianOptions {
  readonly folder: string;
  readonly mirror: string;
  readonly progress: (text: string) => void;
}

export interface DebianTree {
  /** `linux-source-6.12 6.12.48-1 (trixie)` */
  readonly name: string;
  /** null where it is not to be had; then `problem` says why. */
  readonly folder: string | null;
  readonly problem: string;
}

/** The wanted kernels in order, each where it could be had. */
export function debianTrees(options: DebianOptions): readonly DebianTree[] {
  const { folder, mirror, progress } = options;
  const found: SourcePackage[] = [];
  const unreached: string[] = [];
  for (const suite of suites) {
    progress(`looking at ${suite}`);
    const root = aptRoot({ suite, folder, mirror });
    const problem = root.update();
    if (problem !== null) unreached.push(`${suite} cannot be reached (${problem})`);
    else found.push(...root.sources());
  }
  return wanted.map(({ name, fits }) => {
    const newest = found.filter(({ kernel }) => fits(kernel)).reduce<SourcePackage | null>(newer, null);
    if (newest !== null) return unpacked(newest, options);
    const why = unreached.length === 0 ? `no suite has it` : unreached.join('; ');
    return { name: `linux-source-${name}`, folder: null, problem: why };
  });
}

/** Of two that fit the newer kernel; of equal ones the newer of Debian's versions. */
function newer(best: SourcePackage | null, next: SourcePackage): SourcePackage {
  if (best === null) return next;
  const isNewer = spawnSync('dpkg', ['--compare-versions', next.version, 'gt', best.version]).status === 0;
  return isNewer ? next : best;
}

function unpacked(found: SourcePackage, { folder, mirror, progress }: DebianOptions): DebianTree {
  const { suite, name, version } = found;
  const title = `${name} ${version} (${suite})`;
  const tree = join(folder, `${name}_${version.replaceAll(/[^\w.+~-]/g, '_')}`);
  const mark = join(tree, '.complete');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === keptText) return { name: title, folder: tree, problem: '' };
  progress(`downloading ${title}`);
  const got = aptRoot({ suite, folder, mirror }).download(found);
  if ('problem' in got) return { name: title, folder: null, problem: got.problem };
  progress(`unpacking ${title}`);
  const problem = unpack(got.deb, name, tree);
  if (problem !== null) return { name: title, folder: null, problem };
  rmSync(got.deb);
  writeFileSync(mark, keptText);
  return { name: title, folder: tree, problem: '' };
}
const keptText = `${kept.join(' ')}\n`;

/** From the .deb by dpkg-deb -x, then from the tar in it; in words what went wrong. */
function unpack(deb: string, name: string, tree: string): string | null {
  const parts = `${tree}.deb`;
  const partial = `${tree}.partial`;
  for (const path of [parts, partial, tree]) rmSync(path, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const members = [...kept.map((path) => `${name}/${path}`), `${name}/*Kconfig*`];
  const archive = join(parts, 'usr/src', `${name}.tar.xz`);
  const tar = ['-xJf', archive, '-C', partial, '--strip-components=1', '--wildcards', ...members];
  for (const [tool, args] of [
    ['dpkg-deb', ['-x', deb, parts]],
    ['tar', tar],
  ] as const) {
    const { status, stderr } = spawnSync(tool, args, { encoding: 'utf8' });
    if (status !== 0) return `${tool}: ${stderr.split('\n')[0] ?? ''}`;
  }
  rmSync(parts, { recursive: true });
  renameSync(partial, tree);
  return null;
}
