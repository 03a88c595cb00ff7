/**
 * An mbox file as a source, read in chunks. The position is the offset where the mail ends. A file that is shorter than that,
 * or has no separator there, is another one by now and is read from the start.
 *
 * Where it is followed, the last mail counts as whole when the file has stayed as it is from one look to the next.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { RawMail } from '../intake/raw-mail.ts';
import { isSeparator } from '../mail/mbox.ts';
import { type MboxMail, MboxSplitter } from '../mail/mbox-stream.ts';
import type { MboxSettings } from './settings.ts';
import { limitsOf, type SourceContext, systemProblem, tooLarge } from './source.ts';

export async function* mboxSource(settings: MboxSettings, context: SourceContext): AsyncGenerator<RawMail> {
  const { signal, onState, follow, sleep } = context;
  const { path } = settings;
  const pollMs = settings.pollSeconds * 1000;
  let at = offsetOf(context, path);
  let before = '';
  while (!signal.aborted) {
    try {
      const { size, mtimeMs } = await stat(path);
      const now = `${size} ${mtimeMs}`;
      if (at > 0 && !(await goesOnAt(path, at, size))) {
        context.onProblem({ kind: 'file-replaced', text: `${path} is not the file it was: it is read from the start` });
        at = 0;
      }
      for await (const mail of mailsBehind(path, at, context)) {
        // What may still be written to.
        if (follow && mail.end >= size && now !== before) break;
        onState({ kind: 'reading', place: path, done: mail.end, total: size });
        yield arrivalOf(mail, settings, context);
        at = mail.end;
      }
      before = now;
      if (!follow || signal.aborted) break;
      onState({ kind: 'waiting' });
    } catch (error) {
      if (signal.aborted) break;
      onState({ kind: 'failed', problem: systemProblem(error, path), retryMs: follow ? pollMs : 0 });
      if (!follow) break;
    }
    await sleep(pollMs, signal);
  }
  onState({ kind: 'ended' });
}

function arrivalOf({ bytes, size, end }: MboxMail, { name, path }: MboxSettings, context: SourceContext): RawMail {
  const limits = limitsOf(context);
  const headless = {
    kind: 'mail-cut',
    text: `what ends at byte ${end} of ${path} has no headers: the file starts in the middle of a mail, or is damaged`,
  };
  const hasHeaders = /^(?:[\w-]+:|>?From )/.test(bytes.toString('latin1', 0, 200));
  const problem = size > limits.mailBytesMax ? tooLarge(size, limits) : hasHeaders ? null : headless;
  return { raw: bytes, source: name, position: { kind: 'file', path, at: String(end) }, problem };
}

async function* mailsBehind(path: string, at: number, context: SourceContext): AsyncGenerator<MboxMail> {
  const splitter = new MboxSplitter(limitsOf(context), at);
  const stream = createReadStream(path, { start: at, highWaterMark: 1 << 18, signal: context.signal });
  for await (const chunk of stream) yield* splitter.push(chunk as Buffer);
  yield* splitter.end();
}

const offsetOf = ({ from }: SourceContext, path: string) => {
  const kept = from.find((position) => position.kind === 'file' && position.path === path);
  const at = kept?.kind === 'file' ? Number(kept.at) : 0;
  return Number.isSafeInteger(at) && at > 0 ? at : 0;
};

/** Does the file end there, or does a mail start? */
async function goesOnAt(path: string, at: number, size: number): Promise<boolean> {
  if (size <= at) return size === at;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(400), 0, 400, at);
    const [first = ''] = buffer.toString('latin1', 0, bytesRead).split(/\r?\n/);
    return isSeparator(first);
  } finally {
    await file.close();
  }
}
