/**
 * Who wrote a mail, as far as his domain's signature proves it (RFC 6376): one From header with one mailbox, and a signature over
 * it that passes, of the same organizational domain. `neutral` is no pass, nor is a signature that leaves a part of the body
 * open; what a server on the way says of a mail is not asked, for anybody may write that header.
 */
import { dkimVerify } from 'mailauth';

/** As of node:dns: the texts of a name. */
export type Resolve = (name: string, type: string) => Promise<string[][] | string[]>;

export type Proof =
  | {
      /** In lower case. */
      readonly author: string;
      /** Names of the headers that the signature covers, in lower case. */
      readonly signed: ReadonlySet<string>;
      readonly problem: null;
    }
  | { readonly author: null; readonly problem: string; readonly isPassing: boolean };

/** Of these a mail has one, or nobody knows which of them a reader goes by. */
const single = [
  'from',
  'to',
  'cc',
  'date',
  'subject',
  'in-reply-to',
  'references',
  'message-id',
  'content-type',
  'content-transfer-encoding',
];

/** @throws never over what the mail holds */
export async function proofOf(
  raw: Buffer,
  { resolve, now }: { readonly resolve: Resolve; readonly now: Date },
): Promise<Proof> {
  const none = (problem: string, isPassing = false) => ({ author: null, problem, isPassing });
  const mail = Buffer.from(raw.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
  const names = headerNames(mail);
  const twice = single.find((name) => names.filter((one) => one === name).length > 1);
  if (twice !== undefined) return none(`it has more than one ${twice} header`);
  const { headerFrom, results } = await dkimVerify(mail, { resolver: resolve, curTime: now, strict: true });
  const [author, another] = headerFrom ?? [];
  if (author === undefined || another !== undefined) return none('its From header has not one mailbox');
  const why: string[] = [];
  for (const { status, signingHeaders, canonBodyLengthLimited, signingDomain } of results) {
    const of = signingDomain === undefined ? '' : ` of ${signingDomain}`;
    if (status.result === 'temperror' && status.aligned)
      return none(`the key${of} cannot be asked for now: ${status.comment}`, true);
    if (status.result !== 'pass') why.push(`the signature${of} is ${status.result} (${status.comment ?? ''})`);
    else if (!status.aligned) why.push(`the signature${of} is of another domain than the author`);
    else if (canonBodyLengthLimited) why.push(`the signature${of} leaves a part of the body open`);
    else {
      const signed = new Set((signingHeaders?.keys ?? '').toLowerCase().split(/[\s:,]+/));
      return { author: author.toLowerCase(), signed, problem: null };
    }
  }
  return none(why.join('; '));
}

function headerNames(mail: Buffer): readonly string[] {
  const text = mail.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  return [...(end < 0 ? text : text.slice(0, end)).matchAll(/^([!-9;-~]+)[ \t]*:/gm)].map(([, name = '']) =>
    name.toLowerCase(),
  );
}
