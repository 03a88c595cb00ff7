/** A digest as an issue on GitHub, by Markdown in which whatever a stranger wrote is code: it mentions nobody, and links nothing. */
import type { WantedIssue } from '../github/issue.ts';
import { archiveLink, idInCode, inCode } from '../github/public-text.ts';
import { render } from '../reply/template.ts';
import type { Digest } from './digest.ts';
import { tellDigest } from './told.ts';

interface Style {
  readonly labels: readonly string[];
  /** With {msgid}. */
  readonly archive: string;
  readonly bot: string;
}

export function issueOf(digest: Digest, { labels, archive, bot }: Style): Omit<WantedIssue, 'state'> {
  const told = tellDigest(digest);
  const see = (id: string) => `${idInCode(id)}, ${archiveLink(archive, id)}`;
  const { group, week } = digest;
  return {
    key: `digest ${group} ${week ?? `${digest.since} ${digest.until}`}`,
    title: `ftrace digest${week === null ? '' : ` ${week}`}: ${told.summary}`,
    labels,
    body: render('digest-issue', {
      ...{ intro: told.intro, figures: told.figures, bot: inCode(bot) },
      findings: told.findings.map(({ heading, items, more }) => ({
        ...{ heading, more },
        items: items.map((item) => ({
          ...{ title: inCode(item.title), head: inCode(item.head), what: item.what, why: item.why },
          where: item.code === null ? inCode(item.where) : `${inCode(item.where.slice(0, -1))}: ${inCode(item.code)}`,
          see: see(item.messageId),
          answer: item.answer === null ? '' : see(item.answer),
        })),
      })),
      others: told.others.map(({ heading, items, more }) => ({
        ...{ heading, more },
        items: items.map((item) => ({
          ...{ title: inCode(item.title), head: inCode(item.head), text: item.text, see: see(item.messageId) },
          foreign: item.foreign === '' ? '' : inCode(item.foreign),
          also: item.see === null ? '' : `${item.see.name} ${see(item.see.messageId)}`,
        })),
      })),
    }),
  };
}
