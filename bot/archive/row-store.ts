/**
 * Rows on disk, so that a run that was stopped goes on where it was. One file a row, written aside and renamed, below a folder
 * that is named by all that decides an answer besides the mail: another version of what judges, or other trees, start anew.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { idOfCode } from '../verdicts/code-id.ts';
import type { Row } from './row.ts';
import type { WorkerSetup } from './worker.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

export class RowStore {
  readonly #folder: string;

  constructor(state: string, { trees, level }: WorkerSetup) {
    const names = trees.map((tree) => resolve(tree));
    this.#folder = join(state, hash(JSON.stringify([idOfCode('bot/archive/worker'), names, level])));
    mkdirSync(this.#folder, { recursive: true });
  }

  /** What is there, by Message-ID. A file that cannot be read is as if it were not. */
  read(): Map<string, Row> {
    const rows = new Map<string, Row>();
    for (const name of readdirSync(this.#folder)) {
      if (!name.endsWith('.json')) continue;
      try {
        const row: Row = JSON.parse(readFileSync(join(this.#folder, name), 'utf8'));
        rows.set(row.messageId, row);
      } catch {}
    }
    return rows;
  }

  /** What ended at a limit or in a crash is not kept: the next run tries it again. */
  write(row: Row): void {
    if (row.answer === 'limit' || row.answer === 'crash') return;
    const file = join(this.#folder, hash(row.messageId));
    writeFileSync(`${file}.part`, JSON.stringify(row));
    renameSync(`${file}.part`, `${file}.json`);
  }
}
