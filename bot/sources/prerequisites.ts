/**
 * The patches that a series says it stands on, found among the mails at hand: by Message-ID (with all of their series), by
 * patch-id, or by change-id. Nothing is fetched from where a mail points; what is not at hand is missing, and is named.
 */
import { type FilePatch, parseBody } from '../../analyzers/patch/diff.ts';
import { splitBody } from '../../analyzers/patch/split.ts';
import type { Message } from '../mail/message.ts';
import { type Prerequisite, prerequisitesOf } from '../thread/base-lines.ts';
import { readSeries, type Series, type SeriesPatch } from '../thread/series.ts';
import { patchIdOf } from './patch-id.ts';

export interface LentPatch {
  readonly title: string;
  readonly files: readonly FilePatch[];
}
export interface Prerequisites {
  /** In the order to apply them in. */
  readonly patches: readonly LentPatch[];
  readonly missing: readonly Prerequisite[];
}

const patchesMax = 64;

/** Mails at hand, read as series when somebody asks for the first time. */
export class MailsAtHand {
  readonly #messages: readonly Message[];
  #series: readonly Series[] | null = null;
  #byPatchId: ReadonlyMap<string, SeriesPatch> | null = null;

  constructor(messages: readonly Message[]) {
    this.#messages = messages;
  }

  prerequisitesOf(series: Series): Prerequisites {
    const mails = mailsOf(series);
    const own = new Set(mails.map(({ id }) => id));
    const named = new Map(mails.flatMap(prerequisitesOf).map((one) => [`${one.kind} ${one.id}`, one]));
    const patches = new Map<string, SeriesPatch>();
    const missing: Prerequisite[] = [];
    for (const one of named.values()) {
      if (own.has(one.id)) continue;
      const found = this.#find(one);
      if (found.length === 0) missing.push(one);
      for (const patch of found) if (!own.has(patch.message.id)) patches.set(patch.message.id, patch);
    }
    return { patches: [...patches.values()].slice(0, patchesMax).map(lent), missing };
  }

  #find({ kind, id }: Prerequisite): readonly SeriesPatch[] {
    this.#series ??= readSeries(this.#messages);
    if (kind === 'message-id')
      return this.#series.find((one) => mailsOf(one).some((message) => message.id === id))?.patches ?? [];
    if (kind === 'change-id') return changeOf(this.#series, id)?.patches ?? [];
    this.#byPatchId ??= new Map(
      this.#series
        .flatMap(({ patches }) => patches)
        .map((patch) => [patchIdOf(splitBody(patch.message.body).diff), patch]),
    );
    const found = this.#byPatchId.get(id);
    return found === undefined ? [] : [found];
  }
}

const mailsOf = ({ cover, patches }: Series) => [
  ...(cover === null ? [] : [cover]),
  ...patches.map(({ message }) => message),
];

/** `20240101-name-abcdef`, newest version, or `…:v2`. */
function changeOf(series: readonly Series[], id: string): Series | undefined {
  const [, change = id, version] = /^(.*?)(?::v(\d+))?$/.exec(id) ?? [];
  const isOf = ({ body }: Message) => body.split('\n').some((line) => line.trimEnd() === `change-id: ${change}`);
  return series
    .filter((one) => mailsOf(one).some(isOf) && (version === undefined || one.version === Number(version)))
    .sort((a, b) => b.version - a.version)[0];
}

const lent = ({ message, subject }: SeriesPatch): LentPatch => ({
  title: subject.title,
  files: parseBody(message.body).files,
});
