/** `init`: a commented copy of the settings to begin with. */
import { readFileSync, writeFileSync } from 'node:fs';
import { defaultsFile } from './settings/settings.ts';
import { called } from './usage/called.ts';

interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @returns the exit status: 0 written, 2 not */
export function initCommand(file: string, { out, err }: Streams): number {
  try {
    // Its secrets are elsewhere, but who the bot reads and answers is nobody else's business.
    writeFileSync(file, readFileSync(defaultsFile), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? `is there already; it is left as it is` : `cannot be written (${code ?? message})`;
    err(`init: ${file} ${why}\n`);
    return 2;
  }
  out(`${file} is written: edit it, then check it by ${called('check-config')} ${file}\n`);
  return 0;
}
