/**
 * The instruction table's effects against qemu's user mode: a sample with a fresh seed in each run. `QEMU_SEED` repeats one;
 * `npm run qemu` runs many more.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { table } from '../../analyzers/power/table.ts';
import { vectorsCommand } from '../vectors-command.ts';
import { compareWithQemu } from './comparison.ts';
import { exclusions } from './exclusions.ts';
import { exportVectors } from './export.ts';
import { missing, targets } from './harness.ts';

const absent = missing();
const skip = absent.length > 0 && `not installed: ${absent.join(', ')}`;
const seed = Number(process.env.QEMU_SEED ?? randomInt(2 ** 32));

for (const target of targets) {
  test(`every effect is qemu's: ${target.name} (${target.cpu})`, { skip }, (t) => {
    const { cases, counts, differing, told } = compareWithQemu(target, {
      seed,
      perForm: 5,
      sequences: target.only === undefined ? 3000 : 0,
    });
    t.diagnostic(`${target.name}: ${cases} cases of ${counts.size} forms; QEMU_SEED=${seed} repeats them`);
    assert.equal(differing, 0, `QEMU_SEED=${seed}: ${differing} differences\n${told.join('\n')}`);
    const without = [...counts].flatMap(([name, count]) => (count === 0 ? [name] : []));
    assert.deepEqual(without, [], 'every form has a case');
  });

  test(`vectors written from qemu pass, and fail where a line is changed: ${target.name} (${target.cpu})`, {
    skip,
  }, () => {
    const text = exportVectors(target, { seed, perForm: 0, sequences: 300 });
    assert.equal(runVectors(text, target.option).status, 0);
    const lines = text.trimEnd().split('\n');
    for (const [column, wrong] of [
      ['status', (cell: string) => (cell === 'ok' ? 'SIGTRAP' : 'ok')],
      ['pc_after', (cell: string) => `${cell.slice(0, -1)}${cell.endsWith('8') ? 'c' : '8'}`],
      ['after_changed', () => 'ctr=5a5a5a5a'],
      ['mem_after', () => '5a'.repeat(64)],
    ] as const) {
      const index = lines[0]?.split('\t').indexOf(column) ?? -1;
      const broken = lines.map((line, i) =>
        i === 0
          ? line
          : line
              .split('\t')
              .with(index, wrong(line.split('\t')[index] ?? ''))
              .join('\t'),
      );
      const { status, out } = runVectors(`${broken.join('\n')}\n`, target.option);
      assert.equal(status, 1);
      assert.match(out, /\n0 passed, 300 failed\n$/, column);
    }
  });
}

test('every exclusion is one of a row that the table has', () => {
  for (const { reason, matches } of exclusions)
    assert.ok(
      table.some(({ mnemonic }) => matches.test(mnemonic)),
      reason,
    );
});

function runVectors(text: string, option: string): { status: number; out: string } {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  try {
    const file = join(folder, 'vectors.tsv');
    writeFileSync(file, text);
    let out = '';
    const write = (more: string) => {
      out += more;
    };
    return { status: vectorsCommand([file, option], { out: write, err: write }), out };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
