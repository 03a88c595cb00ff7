/**
 * An mbox of any size, cut into mails as its bytes come: what readMbox() finds in a file that is in memory, with the offset at
 * which each mail ends, so that a reader can go on there. Of a mail beyond the limit only the beginning is kept.
 *
 * The empty line before a separator belongs to the separator (RFC 4155), and is no part of the mail.
 */
import { isSeparator, unquoteFrom } from './mbox.ts';

export interface MboxMail {
  readonly bytes: Buffer;
  /** Of the mail as it stands in the file; `bytes` holds less where it is beyond the limit. */
  readonly size: number;
  /** Where the next separator stands, or the file ends. */
  readonly end: number;
  /** What stands before the first separator: the end of a mail, or a file that is a mail itself. */
  readonly separated: boolean;
}

/** A separator is far shorter; a longer line is content and need not be whole. */
const lineBytesMax = 4 << 10;

export class MboxSplitter {
  readonly #limits: { readonly mailBytesMax: number; readonly beginningBytes: number };
  /** Of a line that is not whole yet. */
  #rest = Buffer.alloc(0);
  #offset: number;
  #midLine = false;
  #behindEmpty = true;
  #separated = false;
  #parts: Buffer[] = [];
  #cut = false;
  #size = 0;

  /** `offset` is that of the first byte to come, which starts a line behind an empty one. */
  constructor(limits: { readonly mailBytesMax: number; readonly beginningBytes: number }, offset = 0) {
    this.#limits = limits;
    this.#offset = offset;
  }

  /** @returns the mails that are whole with this chunk */
  *push(chunk: Buffer): Generator<MboxMail> {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const base = this.#offset;
    let run = 0;
    let at = 0;
    for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, at)) {
      if (!this.#midLine && this.#startsMail(data, at, end)) {
        this.#keep(data.subarray(run, at));
        yield* this.#finish(base + at);
        this.#separated = true;
        run = end + 1;
        this.#behindEmpty = false;
      } else this.#behindEmpty = !this.#midLine && (end === at || (end === at + 1 && data[at] === 0x0d));
      this.#midLine = false;
      at = end + 1;
    }
    // A long line need not wait for its end, and neither does one that has begun to be kept.
    const cut = this.#midLine || data.length - at > lineBytesMax ? data.length : at;
    this.#midLine ||= cut > at;
    this.#keep(data.subarray(run, cut));
    this.#rest = Buffer.from(data.subarray(cut));
    this.#offset = base + cut;
  }

  /** The last mail, where the file ends. */
  *end(): Generator<MboxMail> {
    const { length } = this.#rest;
    const startsMail = length > 0 && !this.#midLine && this.#startsMail(this.#rest, 0, length);
    if (startsMail) yield* this.#finish(this.#offset);
    else this.#keep(this.#rest);
    if (startsMail) this.#separated = true;
    yield* this.#finish(this.#offset + length);
  }

  #startsMail(data: Buffer, at: number, end: number): boolean {
    if (!this.#behindEmpty || data[at] !== 0x46 || data.toString('latin1', at, at + 5) !== 'From ') return false;
    return isSeparator(data.toString('latin1', at, Math.min(end, at + 400)).replace(/\r$/, ''));
  }

  #keep(part: Buffer): void {
    const { mailBytesMax, beginningBytes } = this.#limits;
    this.#size += part.length;
    if (this.#cut || part.length === 0) return;
    // A copy: the chunk it is cut from may be much larger.
    this.#parts.push(Buffer.from(part));
    if (this.#size <= mailBytesMax) return;
    this.#parts = [Buffer.from(Buffer.concat(this.#parts).subarray(0, beginningBytes))];
    this.#cut = true;
  }

  *#finish(end: number): Generator<MboxMail> {
    const bytes = Buffer.concat(this.#parts);
    const [size, separated] = [this.#size, this.#separated];
    [this.#parts, this.#cut, this.#size] = [[], false, 0];
    if (!separated && bytes.toString('latin1').trim() === '') return;
    yield { bytes: separated ? unquoteFrom(withoutLastEmptyLine(bytes)) : bytes, size, end, separated };
  }
}

function withoutLastEmptyLine(mail: Buffer): Buffer {
  if (mail.length >= 2 && mail.subarray(-2).equals(Buffer.from('\n\n'))) return mail.subarray(0, -1);
  return mail.subarray(-4).equals(Buffer.from('\r\n\r\n')) ? mail.subarray(0, -2) : mail;
}
