/** What comes from others is known: each package by version and hash, its licence, and what it would run. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { installScripts, licenceProblems, licencesFile, licencesText, lockedPackages } from './licences.ts';

const packages = lockedPackages();

test('docs/licences.md is of this lock', () => {
  assert.equal(readFileSync(licencesFile, 'utf8'), licencesText(packages), 'npm run licences makes it anew');
});

test('every licence is one that may be handed on with a program under Apache-2.0', () => {
  assert.deepEqual(licenceProblems(packages), []);
  const strict = { name: 'a', version: '1.0.0', license: 'AGPL-3.0-only' };
  assert.deepEqual(licenceProblems([strict, { ...strict, license: 'MPL-2.0' }]), [
    'a 1.0.0: AGPL-3.0-only',
    'a 1.0.0: MPL-2.0',
  ]);
  assert.deepEqual(licenceProblems([{ ...strict, license: 'MPL-2.0', dev: true }]), []);
});

test('every package is known by its hash', () => {
  const unknown = packages.filter(({ integrity = '' }) => !integrity.startsWith('sha512-'));
  assert.deepEqual(
    unknown.map(({ name }) => name),
    [],
  );
});

test('every package that we name is named in one version', () => {
  const named = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  const versions = [named.dependencies, named.devDependencies, named.optionalDependencies].flatMap(Object.entries);
  assert.deepEqual(
    versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  );
});

test('install scripts are those that are named, and none comes with the package', () => {
  const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript === true);
  assert.deepEqual([...new Set(scripts.map(({ name }) => name))], Object.keys(installScripts));
  assert.deepEqual(
    scripts.filter(({ dev }) => dev !== true).map(({ name }) => name),
    [],
  );
});
