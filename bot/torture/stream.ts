/**
 * A stream of threads for the torture: each a patch of its own author, by its own name, that gets an answer; quickly judged, so
 * that a run is as long as its kills and not as its analyses.
 */
import { fixtureMails } from '../serve/testing/model-tree.ts';

const fixture = 'label-plain-store';
const title = 'Store the nop directly';

export interface StreamedThread {
  /** Of the patch that is answered. */
  readonly messageId: string;
  readonly raw: string;
}

/** The same patch by all of them, so that it is judged once. */
export function streamedThread(number: number): StreamedThread {
  const [mail] = fixtureMails(fixture);
  const messageId = `torture.${number}@example.org`;
  const raw = (mail ?? Buffer.from('')).toString('utf8');
  return {
    messageId,
    raw: raw
      .replace(/^Message-ID: .*$/m, `Message-ID: <${messageId}>`)
      .replace(title, `${title}, ${number}`)
      .replaceAll('bo@example.org', `bo.${number}@example.org`),
  };
}

/** Every second one has a patch that no other has. */
export function variedThread(number: number): StreamedThread {
  const { messageId, raw } = streamedThread(number);
  return { messageId, raw: number % 2 === 0 ? raw : raw.replace(/^(\+\t\t\*site = .*)$/m, `$1 /* ${number} */`) };
}
