/**
 * `npm run entry -- TREE…`: the tracer entry files of kernel trees, assembled by us and by GNU as, one line a file, profile
 * and configuration. Exit status 1 where anything differs, 2 where nothing was compared.
 */
import { existsSync } from 'node:fs';
import { checkTree } from './entry/check-tree.ts';
import { gnuAbsent } from './entry/gnu-as.ts';
import { endWhereOutputFails } from './standard-output.ts';

const usage = `Usage: npm run entry -- TREE…

Assembles the tracer entry files of kernel trees, which are folders, as GNU as does, for every profile and configuration,
and prints a line for each with what differs; "N compared, N different" comes last.

Exit status: 0 all equal, 1 something differs, 2 nothing was compared.
`;

endWhereOutputFails('entry');
const trees = process.argv.slice(2);
const absent = trees.find((tree) => !existsSync(tree));
if (trees.includes('--help') || trees.includes('-h')) {
  process.stdout.write(usage);
} else if (trees.length === 0) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else if (absent !== undefined) {
  console.error(`entry: there is no ${absent}; give folders of kernel sources`);
  process.exitCode = 2;
} else if (gnuAbsent !== null) {
  console.error(`not installed: ${gnuAbsent}`);
  process.exitCode = 2;
} else {
  let compared = 0;
  let different = 0;
  for (const tree of trees) {
    for (const { file, profile, configuration, bytes, relocations, differences } of checkTree(tree)) {
      compared++;
      if (differences.length > 0) different++;
      const name = file.slice(file.lastIndexOf('/') + 1);
      const size = `${String(bytes).padStart(7)} bytes ${String(relocations).padStart(3)} relocations`;
      const outcome = differences.length === 0 ? 'equal' : 'different';
      console.log(`${tree} ${name.padEnd(22)} ${profile.padEnd(20)} ${configuration.padEnd(6)} ${size}  ${outcome}`);
      for (const line of differences) console.log(`    ${line}`);
    }
  }
  console.log(`${compared} compared, ${different} different`);
  if (different > 0) process.exitCode = 1;
  else if (compared === 0) process.exitCode = 2;
}
