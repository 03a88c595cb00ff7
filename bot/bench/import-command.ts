/**
 * `bench import`: an archive of invented mails, as public-inbox keeps one, is made and imported twice: mails a second, CPU
 * seconds and memory on the way; and that the second time adds nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cpuSeconds } from '../cpu-seconds.ts';
import { gitSource } from '../inbox/git.ts';
import { sleep } from '../inbox/source.ts';
import { importMails } from '../intake/import.ts';
import { countMails } from '../store/mails.ts';
import { readPositions } from '../store/positions.ts';
import { openStore, placeOf } from '../store/store.ts';
import { mailingList } from './mailing-list.ts';
import { printRow } from './table.ts';

const widths = [10, 10, 12, 12, 8, 12];

export interface ImportBench {
  readonly mails: number;
  /** Where the archive is, or is made; null for a temporary one. */
  readonly archive: string | null;
  /** null for a temporary data directory. */
  readonly store: string | null;
}

/** @returns the exit status */
export async function importBench({ mails, ...places }: ImportBench): Promise<number> {
  const temporary = mkdtempSync(join(tmpdir(), 'import-bench-'));
  try {
    const archive = places.archive ?? join(temporary, '0.git');
    if (!existsSync(archive)) {
      console.log(`making ${mails} mails in ${archive}`);
      await makeArchive(archive, mails);
    }
    const place = placeOf(places.store ?? join(temporary, 'data'));
    const first = await runOnce(archive, place);
    const second = await runOnce(archive, place);
    return first === null || second === null || second > 0 ? 1 : 0;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @returns how many mails it added; null where the store cannot be opened */
async function runOnce(archive: string, place: ReturnType<typeof placeOf>): Promise<number | null> {
  const { store, problem } = await openStore(place, { holder: 'bench' });
  if (store === null) {
    console.error(`bench: ${problem.text}`);
    return null;
  }
  console.log(printRow(widths, ['mails', 'a second', 'CPU s', 'CPU ms each', 'MB', 'most MB']));
  const [started, cpu] = [performance.now(), cpuSeconds()];
  let said = 0;
  const row = (count: number) => {
    const [seconds, used] = [(performance.now() - started) / 1000, cpuSeconds() - cpu];
    const megabytes = [process.memoryUsage.rss() / 1e6, process.resourceUsage().maxRSS / 1e3].map((one) =>
      one.toFixed(0),
    );
    const each = ((1000 * used) / count).toFixed(2);
    console.log(printRow(widths, [`${count}`, (count / seconds).toFixed(0), used.toFixed(1), each, ...megabytes]));
  };
  const problems: string[] = [];
  const source = gitSource(
    { name: 'bench', kind: 'git', path: archive, pollSeconds: 60 },
    {
      // From the start each time: what is known has to be found out.
      ...{ from: [], signal: new AbortController().signal, follow: false, sleep, random: () => 0 },
      onState: (state) => {
        if (state.kind === 'failed') problems.push(state.problem.text);
      },
      onProblem: ({ text }) => problems.push(text),
    },
  );
  const figures = await importMails({ store, look: null }, source, {
    now: () => new Date(),
    onProgress: ({ new: added, known, reused }) => {
      const count = added + known + reused;
      if (count - said < 10_000) return;
      said = count;
      row(count);
    },
  });
  row(figures.new + figures.known + figures.reused);
  const counted = await countMails(store.db);
  console.log(`${JSON.stringify(figures)}\nin the store: ${JSON.stringify(counted)}`);
  console.log(`read up to ${JSON.stringify(await readPositions(store.db, 'bench'))}\n`);
  for (const text of problems) console.error(`bench: ${text}`);
  await store.close();
  return figures.new + figures.reused;
}

/** A repository of public-inbox version 2: a commit a mail, the mail as the file m. */
async function makeArchive(path: string, mails: number): Promise<void> {
  const unfinished = `${path}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  await ended(spawn('git', ['init', '-q', '--bare', '-b', 'master', unfinished], { stdio: 'inherit' }));
  // To pack well takes longer than to read.
  const words = ['-c', 'pack.compression=0', '-c', 'core.compression=0', 'fast-import', '--quiet', '--depth=0'];
  const git = spawn('git', ['-C', unfinished, ...words], { stdio: ['pipe', 'inherit', 'inherit'] });
  const done = ended(git);
  await pipeline(commits(mails), git.stdin);
  await done;
  renameSync(unfinished, path);
}

function* commits(mails: number): Generator<Buffer> {
  let number = 0;
  for (const mail of mailingList(1, mails)) {
    const who = `Bench <bench@example.org> ${1_700_000_000 + 60 * number++} +0000`;
    const head = `commit refs/heads/master\nauthor ${who}\ncommitter ${who}\ndata 0\n`;
    yield Buffer.concat([Buffer.from(`${head}M 100644 inline m\ndata ${mail.length}\n`), mail, Buffer.from('\n')]);
  }
}

async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`git ended with status ${status}`);
}
