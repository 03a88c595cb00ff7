/**
 * Threads for measuring: every one asks something new, for a line of its patch is another; a copy of one asks the same again,
 * in another mail by somebody else. They are fixtures, judged on the tree these were written for.
 */
import { fixtureMails } from '../serve/testing/model-tree.ts';

/** Some break and some hold; each is one mail. */
const fixtures = ['mflr-in-ipi', 'entry-frame-forgotten', 'mflr-out-nothing', 'printk-only'] as const;

/** Mails of a thread in which somebody sends several patches, none of them a part of a series. */
export const threadMails = (number: number, copy = 0): readonly string[] =>
  fixtures.map((_, nth) => mailText(`${number}.${copy}`, { nth, number }));

function mailText(name: string, { nth, number }: { readonly nth: number; readonly number: number }): string {
  const [mail] = fixtureMails(fixtures[nth]!);
  const parent = nth === 0 ? '' : `\nIn-Reply-To: <scale.${name}.0@example.org>`;
  return (
    (mail ?? Buffer.from(''))
      .toString('utf8')
      .replace(/^(Message-ID): .*$/m, `$1: <scale.${name}.${nth}@example.org>${parent}`)
      .replace(/^Subject: .*$/m, `Subject: [PATCH] powerpc/ftrace: Measure ${fixtures[nth]} (${number})`)
      .replace(/^From: .*$/m, `From: Bo <bo.${name}@example.org>`)
      // Its blob is another with the line.
      .replace(/^index [0-9a-f]+\.\.[0-9a-f]+.*\n/gm, '')
      .replace(/^(\+(?!\+\+ ).*\S)$/m, `$1 /* ${number} */`)
  );
}
