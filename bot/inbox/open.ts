/** The one way in: a source of any kind, from its settings. */
import type { RawMail } from '../intake/raw-mail.ts';
import { gitSource } from './git.ts';
import { imapSource } from './imap.ts';
import { maildirSource } from './maildir.ts';
import { mboxSource } from './mbox.ts';
import type { SourceSettings } from './settings.ts';
import type { SourceContext } from './source.ts';
import { webSource } from './web.ts';

export function openSource(settings: SourceSettings, context: SourceContext): AsyncGenerator<RawMail> {
  switch (settings.kind) {
    case 'imap':
      return imapSource(settings, context);
    case 'maildir':
      return maildirSource(settings, context);
    case 'mbox':
      return mboxSource(settings, context);
    case 'git':
      return gitSource(settings, context);
    case 'web':
      return webSource(settings, context);
  }
}
