/** The tree that the fixtures' patches are written against, as a folder that a worker process can open. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { archModel } from '../../../analyzers/protocol/arch-model.ts';
import { fixtureFolder } from '../../fixture.ts';
import { readMbox } from '../../mail/mbox.ts';

export function modelTreeFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'model-tree-'));
  cpSync(join(fixtureFolder, '../tree'), path, { recursive: true });
  const file = join(path, 'arch/powerpc/kernel/trace/ftrace.c');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, archModel.text);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const fixtureMails = (name: string): readonly Buffer[] =>
  readMbox(readFileSync(join(fixtureFolder, name, 'thread.mbox'))).mails;
