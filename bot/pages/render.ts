/**
 * Values to HTML by templates/pages/. Whatever is put into a page is escaped, and mailboxes in it are masked; a template has to
 * say so (`verbatim`) where an address is to be read as it is. There is no way to put HTML into a page.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Liquid } from 'liquidjs';
import { escapeMessageId } from '../http/message-id.ts';
import { maskedText } from '../mail/masked-text.ts';
import type { Site } from './site.ts';

const folder = join(import.meta.dirname, '../../templates/pages');

/** Text that is escaped, and not masked. */
class Verbatim {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const engine = new Liquid({
  ...{ root: folder, extname: '.liquid', cache: true },
  ...{ strictVariables: true, strictFilters: true, ownPropertyOnly: true },
  outputEscape: (value) => escaped(value instanceof Verbatim ? value.text : maskedText(String(value ?? ''))),
});
engine.registerFilter('verbatim', (text: string) => new Verbatim(text));
/** Of a Message-ID the address of its page. */
engine.registerFilter('page', (messageId: string) => new Verbatim(`/${escapeMessageId(messageId)}/`));
engine.registerFilter('query', (text: string) => new Verbatim(encodeURIComponent(text)));
engine.registerFilter('day', (date: Date) => date.toISOString().slice(0, 10));
engine.registerFilter('minute', (date: Date) => date.toISOString().slice(0, 16).replace('T', ' '));
engine.registerFilter('iso', (date: Date) => date.toISOString());

const css = readFileSync(join(folder, 'pages.css'), 'utf8');
/** Named by what is in it, so that it may be kept for good. */
export const styleSheet = {
  path: `/assets/pages.${createHash('sha256').update(css).digest('hex').slice(0, 12)}.css`,
  text: css,
} as const;

const pages = [
  { href: '/', name: 'Series' },
  { href: '/digest/', name: 'Digest' },
  { href: '/disputed', name: 'Disputed' },
  { href: '/parked', name: 'Parked' },
  { href: '/sent', name: 'Sent' },
  { href: '/playground', name: 'Playground' },
  { href: '/help', name: 'Help' },
] as const;

interface PageValues {
  readonly title: string;
  readonly [name: string]: unknown;
}

/**
 * @param here the address of the page, for the navigation; '' where it is none of its entries
 * @throws Error where a template names what `values` has not: a bug of ours
 */
export const renderPage = (
  template: string,
  values: PageValues,
  { site, here }: { site: Site; here: string },
): string =>
  engine.renderFileSync(template, {
    ...values,
    frame: { title: values.title, here, pages, bot: site.bot, style: styleSheet.path },
  });
