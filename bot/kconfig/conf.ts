/**
 * The kernel's own conf, built from a tree's scripts/kconfig, as the referee of our Kconfig: the same files and the same
 * answers give the same values.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Packages that are missing, each named as its command is; none where conf can be built. */
export const confAbsent: readonly string[] = ['flex', 'bison', 'gcc'].filter(
  (tool) => spawnSync(tool, ['--version']).error !== undefined,
);

/**
 * @param tree holds scripts/kconfig
 * @returns the path of the program, in `folder`
 * @throws Error with what flex, bison or gcc says
 */
export function buildConf(tree: string, folder: string): string {
  const source = join(tree, 'scripts/kconfig');
  const at = (name: string) => join(folder, name);
  const run = (command: string, args: readonly string[]) => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  };
  run('flex', ['-o', at('lexer.lex.c'), join(source, 'lexer.l')]);
  run('bison', ['-o', at('parser.tab.c'), `--defines=${at('parser.tab.h')}`, '-t', '-l', join(source, 'parser.y')]);
  const own = ['conf', 'confdata', 'expr', 'menu', 'preprocess', 'symbol', 'util'];
  const files = own.map((name) => join(source, `${name}.c`)).filter((path) => existsSync(path));
  run('gcc', ['-I', source, '-I', folder, '-o', at('conf'), ...files, at('lexer.lex.c'), at('parser.tab.c')]);
  return at('conf');
}

export interface ConfRequest {
  readonly conf: string;
  /** Holds a file Kconfig. */
  readonly tree: string;
  readonly answers: ReadonlyMap<string, string>;
  readonly environment?: Readonly<Record<string, string>>;
  /** For files in between. */
  readonly folder: string;
}

/** What conf makes of the answers: values as .config has them, without the quotes of text; what it leaves out is not there. */
export function runConf({ conf, tree, answers, environment = {}, folder }: ConfRequest): Map<string, string> {
  const [given, made] = [join(folder, 'answers'), join(folder, '.config')];
  const lines = [...answers].map(([name, value]) =>
    value === 'n'
      ? `# CONFIG_${name} is not set`
      : `CONFIG_${name}=${/^(y|m|-?\d+|0x\w+)$/.test(value) ? value : `"${value}"`}`,
  );
  writeFileSync(given, `${lines.join('\n')}\n`);
  const { status, stderr, stdout } = spawnSync(conf, ['--alldefconfig', 'Kconfig'], {
    cwd: tree,
    encoding: 'utf8',
    env: { ...process.env, ...environment, KCONFIG_ALLCONFIG: given, KCONFIG_CONFIG: made },
  });
  if (status !== 0) throw new Error(`conf: ${stdout}${stderr}`);
  return new Map(
    [...readFileSync(made, 'utf8').matchAll(/^(?:CONFIG_(\w+)=(.*)|# CONFIG_(\w+) is not set)$/gm)].map((match) =>
      match[3] === undefined ? [match[1] ?? '', (match[2] ?? '').replace(/^"(.*)"$/, '$1')] : [match[3], 'n'],
    ),
  );
}
