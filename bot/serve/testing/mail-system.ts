/**
 * A list of our own: an SMTP server that delivers into a Dovecot, where everybody's mail is in a mailbox of his name. What the
 * bot reads is the mailbox of a subscriber: the list's name is his, so that a mail to the list is in it once.
 */
import { ImapFlow } from 'imapflow';
import { createTransport } from 'nodemailer';
import { sourceSchema } from '../../inbox/settings.ts';
import { Dovecot, dovecotAbsent, password } from '../../servers/dovecot.ts';
import { here } from '../../servers/server.ts';
import { Smtp, smtpAbsent } from '../../servers/smtp.ts';
import type { Settings } from '../../settings/schema.ts';

/** The reason to skip. */
export const mailSystemAbsent = dovecotAbsent || smtpAbsent;

export const listAddress = 'linuxppc-dev@lists.ozlabs.org';
const [listUser = ''] = listAddress.split('@');
const passwordVariable = 'LIST_PASSWORD';

export class MailSystem {
  readonly dovecot: Dovecot;
  readonly smtp: Smtp;

  static async start(where = here): Promise<MailSystem> {
    // The daemon reads it from there, in this process or in one that is started by it.
    process.env[passwordVariable] = password;
    const dovecot = await Dovecot.start({ where });
    try {
      const smtp = await Smtp.start({ lmtpPort: dovecot.lmtpPort, tls: null, login: null, where });
      const system = new MailSystem(dovecot, smtp);
      // Of two who find no mailbox and make it at once, Dovecot refuses one.
      await system.mails();
      return system;
    } catch (error) {
      await dovecot.stop();
      throw error;
    }
  }

  private constructor(dovecot: Dovecot, smtp: Smtp) {
    this.dovecot = dovecot;
    this.smtp = smtp;
  }

  /** How a bot reads the list, and how it sends. */
  get settings(): Pick<Settings, 'sources' | 'smtp'> {
    const { host, imapPort } = this.dovecot;
    return {
      sources: [
        sourceSchema.parse({
          ...{
            name: 'list',
            kind: 'imap',
            host,
            port: imapPort,
            tls: false,
            plaintextOverNetwork: true,
            pollSeconds: 1,
          },
          login: { user: listUser, password: { env: passwordVariable } },
        }),
      ],
      smtp: { host: this.smtp.host, port: this.smtp.port, tls: false, login: null, ca: null },
    };
  }

  /** Sends a mail to the list. @throws Error where the server did not say that it has it */
  async send(raw: Buffer | string): Promise<void> {
    const transport = createTransport({ host: this.smtp.host, port: this.smtp.port, ignoreTLS: true });
    await transport.sendMail({ envelope: { from: 'someone@example.org', to: [listAddress] }, raw });
  }

  /** All that the list has, in the order in which it came. */
  mails(): Promise<readonly Buffer[]> {
    return this.mailsOf(listUser);
  }

  async mailsOf(user: string): Promise<readonly Buffer[]> {
    const { host, imapPort: port } = this.dovecot;
    const client = new ImapFlow({
      host,
      port,
      secure: false,
      doSTARTTLS: false,
      auth: { user, pass: password },
      logger: false,
    });
    client.on('error', () => {});
    await client.connect();
    try {
      await client.mailboxOpen('INBOX', { readOnly: true });
      const mails: Buffer[] = [];
      for await (const { source } of client.fetch('1:*', { source: true }))
        if (source !== undefined) mails.push(source);
      return mails;
    } finally {
      client.close();
    }
  }

  async stop(): Promise<void> {
    await this.smtp.stop();
    await this.dovecot.stop();
  }
}
