/** `import`: mails of an archive into the store, and in the end what they were. How it goes is bot/intake/import.ts. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openArchive } from './archive/epochs.ts';
import { openSource } from './inbox/open.ts';
import type { SourceSettings } from './inbox/settings.ts';
import { type SourceState, sleep } from './inbox/source.ts';
import { type ImportFigures, importMails } from './intake/import.ts';
import { countMails } from './store/mails.ts';
import { readPositions } from './store/positions.ts';
import { openChosen, type StoreChoice } from './store-option.ts';

export interface ImportCommandOptions {
  readonly path: string;
  readonly choice: StoreChoice;
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly interactive: boolean;
}

/** @returns the exit status: 0 all of it, 1 a part could not be read, 2 nothing could be done, 130 stopped */
export async function importCommand(options: ImportCommandOptions): Promise<number> {
  const { path, signal, out, err } = options;
  const { settings, problem } = settingsOf(path);
  if (settings === null) {
    err(`import: ${problem}\n`);
    return 2;
  }
  const store = await openChosen('import', options.choice, err);
  if (store === null) return 2;
  try {
    const progress = new Progress(options);
    const problems: string[] = [];
    const source = openSource(settings, {
      from: await readPositions(store.db, settings.name),
      ...{ signal, follow: false, random: Math.random },
      onState: (state) => {
        if (state.kind === 'failed') problems.push(state.problem.text);
        progress.state(state);
      },
      onProblem: ({ text }) => progress.say(text),
      sleep,
    });
    const figures = await importMails({ store, look: null }, source, {
      now: () => new Date(),
      onProgress: (so) => progress.figures(so),
    });
    progress.end();
    out(await summaryOf(figures, countMails(store.db)));
    for (const text of problems) err(`import: ${text}\n`);
    if (signal.aborted) err('import: stopped; the same command goes on from here\n');
    return signal.aborted ? 130 : problems.length > 0 ? 1 : 0;
  } finally {
    await store.close();
  }
}

type Local = Extract<SourceSettings, { kind: 'git' | 'maildir' | 'mbox' }>;

/** What lies there. It goes on where an import of the same path was: its name in the store is the path. */
function settingsOf(
  path: string,
): { readonly settings: Local; readonly problem: null } | { readonly settings: null; readonly problem: string } {
  if (!existsSync(path)) return { settings: null, problem: `there is nothing at ${path}` };
  const common = { path, name: `import ${realpathSync(path)}`, pollSeconds: 60 };
  if (!statSync(path).isDirectory()) return { settings: { ...common, kind: 'mbox' }, problem: null };
  if (existsSync(join(path, 'new')) && existsSync(join(path, 'cur')))
    return { settings: { ...common, kind: 'maildir' }, problem: null };
  const { problem } = openArchive(path);
  return problem === null
    ? { settings: { ...common, kind: 'git' }, problem: null }
    : { settings: null, problem: `${problem}; an mbox or a maildir will do as well` };
}

async function summaryOf(
  { new: added, known, reused, relevant, damaged }: ImportFigures,
  counted: ReturnType<typeof countMails>,
): Promise<string> {
  const all = await counted;
  return `read       ${added + known + reused} mails
new        ${added + reused}, of which ${reused} under a Message-ID that another mail has
known      ${known}
relevant   ${relevant} new patches of files that matter
damaged    ${damaged} new mails
in all     ${all.mails} mails in ${all.threads} threads, ${all.series} series, ${all.relevant} relevant patches, ${all.damaged} damaged
`;
}

/** A bar on a terminal, a line now and then where it goes to a file. */
class Progress {
  readonly #err: (text: string) => void;
  readonly #interactive: boolean;
  readonly #started = performance.now();
  #place = '';
  #saidMs = 0;

  constructor({ err, interactive }: Pick<ImportCommandOptions, 'err' | 'interactive'>) {
    this.#err = err;
    this.#interactive = interactive;
  }

  state(state: SourceState): void {
    if (state.kind !== 'reading') return;
    const part = state.total === 0 ? 1 : state.done / state.total;
    const bar = '#'.repeat(Math.floor(part * 30)).padEnd(30, '.');
    this.#place = `[${bar}] ${(100 * part).toFixed(0)} % of ${state.place}`;
  }

  figures({ new: added, known, reused, relevant }: ImportFigures): void {
    const now = performance.now();
    if (now - this.#saidMs < (this.#interactive ? 200 : 10_000)) return;
    this.#saidMs = now;
    const mails = added + known + reused;
    const rate = Math.round(mails / ((now - this.#started) / 1000));
    this.say(`${this.#place}: ${mails} mails (${rate} a second), ${relevant} relevant patches`);
  }

  say(text: string): void {
    const plain = text.replace(/\p{C}+/gu, ' ');
    this.#err(this.#interactive ? `\r\u001b[K${plain.slice(0, 118)}` : `${plain}\n`);
  }

  end(): void {
    if (this.#interactive) this.#err('\r\u001b[K');
  }
}
