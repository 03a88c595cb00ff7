/** How to give orders, from the rows of the verbs. No line of it begins with one. */
import type { Settings } from '../settings/schema.ts';
import type { Said } from './answer.ts';
import { ordersMax } from './read.ts';
import { type Needs, verbs } from './verbs.ts';

const needed: Readonly<Record<Needs, string>> = { nothing: '', proof: ' (1)', standing: ' (1, 2)' };

/** @param first paragraphs above it */
export function helpText({ from }: Pick<Settings, 'from'>, first: readonly string[]): Said {
  return {
    prose: [
      ...first,
      `Write to ${from.address}, or answer a mail of the bot, with one of the lines below in a paragraph of its own, at the beginning of the line and not quoted; at most ${ordersMax} in a mail.`,
    ],
    lines: [
      ...Object.values(verbs).flatMap(({ form, help, needs }) => [`#scenario ${form}${needed[needs]}`, `    ${help}`]),
      '',
      '(1) from a mail that the DKIM signature of your domain proves to be yours',
      '(2) from the author of the series, or a maintainer',
      '',
      'Without a Message-ID it is about the patch whose thread you answer.',
    ],
  };
}
