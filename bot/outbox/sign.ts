/**
 * A DKIM signature over our own mail (RFC 6376). It covers the headers that say who writes to whom about what, and never forbids
 * a list its footer more than any signature does: no header is signed twice over.
 */
import { dkimSign } from 'mailauth';

export interface SigningKey {
  readonly domain: string;
  readonly selector: string;
  /** A private key as PEM: RSA or Ed25519. */
  readonly key: string;
}

const signed = [
  'From',
  'To',
  'Cc',
  'Subject',
  'Date',
  'Message-ID',
  'In-Reply-To',
  'References',
  'Auto-Submitted',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'List-Id',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
];

/**
 * @param raw the mail, with LF
 * @returns the same with the signature ahead of it, with LF, or in words why it cannot be signed
 */
export async function signMail(
  raw: string,
  { domain, selector, key }: SigningKey,
  signTime: Date,
): Promise<{ readonly raw: string; readonly problem: null } | { readonly raw: null; readonly problem: string }> {
  const { signatures, errors } = await dkimSign(raw.replace(/\r?\n/g, '\r\n'), {
    ...{ canonicalization: 'relaxed/relaxed', headerList: signed, signTime, strict: true },
    ...{ signingDomain: domain, selector, privateKey: key },
    // The one that is read; the types want the others as well.
    signatureData: [{ signingDomain: domain, selector, privateKey: key }],
  });
  const [error] = errors;
  if (error !== undefined || signatures === '')
    return {
      raw: null,
      problem: `the mail cannot be signed for ${domain}: ${error?.err.message ?? 'no signature was made'}`,
    };
  return { raw: signatures.replaceAll('\r\n', '\n') + raw, problem: null };
}
