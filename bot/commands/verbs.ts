/**
 * What may be asked for by mail, a row each: what stands behind the verb, what it takes to be obeyed, and how it is explained. The
 * help text is made of these rows.
 */
import type { OrderLine } from './lines.ts';

/**
 * `nothing`: read only, for anybody. `proof`: the mail is proved to be of its author, and concerns him alone. `standing`: he is
 * besides the author of the series, a maintainer, or a moderator.
 */
export type Needs = 'nothing' | 'proof' | 'standing';
export type Verb = keyof typeof verbs;

interface Row {
  readonly needs: Needs;
  /** As the help text shows it. */
  readonly form: string;
  readonly help: string;
  readonly takes: 'nothing' | 'a Message-ID' | 'a reason' | 'on or off';
}

const row = (needs: Needs, form: string, takes: Row['takes'], help: string): Row => ({ needs, form, takes, help });

export const verbs = {
  status: row(
    'nothing',
    'status [MESSAGE-ID]',
    'a Message-ID',
    'what is known of a patch, its versions, and what was said of them',
  ),
  explain: row('nothing', 'explain [MESSAGE-ID]', 'a Message-ID', 'why: every run, before and after the patch'),
  help: row('nothing', 'help', 'nothing', 'this text'),
  test: row(
    'standing',
    'test',
    'nothing',
    'judges the patch in the mail, attached or below the line, on top of the series',
  ),
  retest: row(
    'standing',
    'retest [MESSAGE-ID]',
    'a Message-ID',
    'judges the series again; its author is told of a pass as well',
  ),
  'false-positive': row(
    'standing',
    'false-positive: REASON',
    'a reason',
    'the findings of the mail that is answered are none: they are not mailed again for later versions',
  ),
  ignore: row('standing', 'ignore [MESSAGE-ID]', 'a Message-ID', 'stays out of the thread from now on'),
  digest: row('proof', 'digest on|off', 'on or off', 'sends you the weekly digest, or no more'),
  'opt-out': row('proof', 'opt-out', 'nothing', 'never writes to you again, nor answers a patch of yours'),
} as const satisfies Readonly<Record<string, Row>>;

export interface Order extends Pick<OrderLine, 'line' | 'written'> {
  readonly verb: Verb;
  /** As the verb takes it: a Message-ID without angle brackets, a reason, `on` or `off`; '' where there is none. */
  readonly args: string;
}
export interface Unclear extends Pick<OrderLine, 'line' | 'written'> {
  readonly verb: null;
  /** The verb where there is one such. */
  readonly meant: Verb | null;
  /** In words what is wrong. */
  readonly why: string;
}

const limits = { reasonLength: 500, idLength: 250, verbLength: 30 } as const;

export function orderOf(read: OrderLine): Order | Unclear {
  const { line, written, verb, args, words, isApart } = read;
  const meant = isVerb(verb) ? verb : null;
  const unclear = (why: string): Unclear => ({ line, written, verb: null, meant, why });
  if (!isApart) return unclear('It is not a paragraph of its own: leave a line empty above it.');
  if (verb === '') return unclear('It names no verb; there are the following.');
  if (meant === null) return unclear('There is no such verb; there are the following.');
  const order = (taken: string): Order => ({ line, written, verb: meant, args: taken });
  switch (verbs[meant].takes) {
    case 'nothing':
      if (meant === 'opt-out' && args !== '')
        return unclear('It concerns the mailbox that you write from, and nobody else: write the verb alone.');
      return args === '' ? order('') : unclear('Nothing stands behind this verb.');
    case 'on or off':
      return /^(on|off)$/i.test(args) ? order(args.toLowerCase()) : unclear('It is on or off.');
    case 'a reason':
      return words === '' ? unclear(`Say why: ${verbs[meant].form}.`) : order(words.slice(0, limits.reasonLength));
    case 'a Message-ID': {
      // A client puts what is long on a line of its own.
      const text = args === '' && /^<\S+>$/.test(words) ? words : args;
      const id = idIn(text);
      return id === null ? unclear('What stands behind the verb is no Message-ID.') : order(id);
    }
  }
}

const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word);

/** `<id>`, `id`, or where an archive has it; '' for none at all, null where it is something else. */
function idIn(text: string): string | null {
  if (text === '') return '';
  const [, path] = /^https?:\/\/\S+?\/([^/?#\s]*(?:@|%40)[^/?#\s]*)(?:\/\S*)?$/i.exec(text) ?? [];
  const id = path === undefined ? text.replace(/^<(.*)>$/, '$1') : unescaped(path);
  return id !== null && id.length <= limits.idLength && /^[!-;=?-~]+@[!-;=?-~]+$/.test(id) ? id : null;
}

function unescaped(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
