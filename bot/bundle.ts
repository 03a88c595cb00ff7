/**
 * The script of the step-through and the playground: bot/browser/ with the machine and all that it needs, as one file. Made
 * once, when it is first asked for, and kept in memory; its name holds what is in it. A package has it ready made, and no esbuild.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'esbuild';

export interface Script {
  readonly path: string;
  readonly text: string;
  /** As it goes over the wire. */
  readonly gzipBytes: number;
}

/** Put there by bot/package/build.ts. */
const readyMade = join(import.meta.dirname, 'browser/steps.js');

let made: Promise<Script> | null = null;

/** @throws Error where the sources do not make a script: a bug of ours */
export function browserScript(): Promise<Script> {
  made ??= makeScript();
  return made;
}

async function makeScript(): Promise<Script> {
  const text = existsSync(readyMade) ? readFileSync(readyMade, 'utf8') : await bundled();
  const name = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { path: `/assets/steps.${name}.js`, text, gzipBytes: gzipSync(text, { level: 9 }).length };
}

async function bundled(): Promise<string> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'browser/main.ts')],
    ...{ bundle: true, minify: true, format: 'esm', target: 'es2024', platform: 'browser' },
    plugins: [withoutFacilities],
    ...{ charset: 'utf8', legalComments: 'none', write: false, logLevel: 'silent', outfile: 'steps.js' },
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * Leaves out the instructions that have a text only (floating point, vectors): to the machine they are no instructions, and a
 * page that meets one prints its number.
 */
const withoutFacilities: Plugin = {
  name: 'without-facilities',
  setup: ({ onLoad }) =>
    onLoad({ filter: /power\/facilities\/facilities\.ts$/ }, () => ({ contents: 'export const textOnly = [];' })),
};
