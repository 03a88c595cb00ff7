/**
 * What `npm pack` packs: Node strips no types below node_modules, so the package has the program as JavaScript. `dist/` is the
 * repository in small: every file that the command line or a process of its own can load, under its name with .js for .ts;
 * beside them, where they are looked for, the templates, the default settings and package.json; and pages for the manual. The
 * script of the pages is made here, once, so that whoever installs the package needs no bundler.
 *
 * npm-shrinkwrap.json is the lock under the name that goes into a package: installed is what was tested. It is there while the
 * package is made (`prepack` to `postpack`).
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { build, transform } from 'esbuild';
import { browserScript } from '../bundle.ts';
import { program } from '../main.ts';
import { manPage, pageName } from '../usage/man-page.ts';

const root = join(import.meta.dirname, '../..');
const target = join(root, 'dist');
/** Bundled for the pages, and loaded by nothing of ours. */
const browser = 'bot/browser/main.ts';
/** A file that is run by its path: a worker, a process of its own. */
const byPath = /import\.meta\.dirname,\s*["'](\.{0,2}[\w./-]+)\.ts["']/g;

rmSync(target, { recursive: true, force: true });
for (const file of await filesOf(['bot/main.ts'])) write(file.replace(/\.ts$/, '.js'), await javascriptOf(file));
write('bot/browser/steps.js', (await browserScript()).text);
for (const file of ['templates', 'config/defaults.yaml', 'package.json'])
  cpSync(join(root, file), join(target, file), { recursive: true });
for (const command of [program, ...program.commands])
  write(`man/${pageName(command)}.1`, manPage(command, program.version() ?? ''));
cpSync(join(root, 'package-lock.json'), join(root, 'npm-shrinkwrap.json'));

function write(path: string, text: string): void {
  const place = join(target, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text);
}

/** Sorted: those that the entries import, and those that any of them runs. */
async function filesOf(entries: readonly string[]): Promise<readonly string[]> {
  const { metafile } = await build({
    ...{ absWorkingDir: root, entryPoints: [...entries], outdir: 'nowhere', write: false, metafile: true },
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', logLevel: 'error' },
  });
  const found = Object.keys(metafile.inputs).sort();
  const run = found.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(byPath)].map(([, path = '']) =>
      normalize(join(dirname(file), `${path}.ts`)),
    ),
  );
  const more = run.filter((file) => file !== browser && !found.includes(file));
  return more.length === 0 ? found : filesOf([...new Set([...entries, ...more])]);
}

/** With every path of a file of ours as it is called in the package. */
async function javascriptOf(file: string): Promise<string> {
  const { code } = await transform(readFileSync(join(root, file), 'utf8'), {
    ...{ loader: 'ts', format: 'esm', target: 'node24', sourcefile: relative(root, file) },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  const specifier = /(\bfrom |\bimport |\bimport\()"(\.[^"\n]*)\.ts"/g;
  return code.replace(specifier, '$1"$2.js"').replace(byPath, 'import.meta.dirname, "$1.js"');
}
