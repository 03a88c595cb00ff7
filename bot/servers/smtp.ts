/**
 * A real SMTP server of our own that an ordinary user can run: aiosmtpd, with STARTTLS and AUTH, which hands every mail over to
 * an LMTP server before it says 250. So a mail that it took is delivered, whatever kills it afterwards; and what a client does
 * when that 250 does not come can be tried by dropNextAnswers(). Where the LMTP server dies over a mail, nobody knows either.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, give, here, makeFolder, missing, Server, type Where } from './server.ts';

/** Debian's own, which sees Debian's packages. */
const python = '/usr/bin/python3';

export const smtpAbsent = missing({
  [python]: 'python3',
  '/usr/lib/python3/dist-packages/aiosmtpd/smtp.py': 'python3-aiosmtpd',
});

export interface SmtpOptions {
  /** Where mails go. A mail with a recipient that is refused there is refused here. */
  readonly lmtpPort: number;
  /** PEM files for STARTTLS, such as those of the Dovecot; null: none is offered. */
  readonly tls: { readonly certificate: string; readonly key: string } | null;
  /** Who may log in; null: no login is offered. */
  readonly login: { readonly user: string; readonly password: string } | null;
  /** Where the LMTP server is, too. */
  readonly where?: Where;
}

export class Smtp {
  readonly port: number;
  readonly #folder = makeFolder('smtp');
  readonly #options: SmtpOptions;
  #server: Server | null = null;

  static async start(options: SmtpOptions): Promise<Smtp> {
    const smtp = new Smtp(options, await freePort());
    await smtp.restart();
    return smtp;
  }

  private constructor(options: SmtpOptions, port: number) {
    this.#options = options;
    this.port = port;
    this.dropNextAnswers(0);
  }

  get host(): string {
    return (this.#options.where ?? here).host;
  }

  async restart(): Promise<void> {
    const { lmtpPort, tls, login, where = here } = this.#options;
    const more = [tls?.certificate ?? '', tls?.key ?? '', login?.user ?? '', login?.password ?? ''];
    this.#server = await Server.start({
      words: [python, '-c', program, where.host, String(this.port), String(lmtpPort), ...more],
      folder: this.#folder.path,
      ports: [this.port],
      where,
    });
  }

  /** Delivers so many mails and ends the connection without a word. */
  dropNextAnswers(count: number): void {
    const path = join(this.#folder.path, 'drops');
    writeFileSync(path, String(count));
    give(path);
  }

  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#folder.remove();
  }
}

const program = `
import asyncio, smtplib, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult
host, port, lmtp, certificate, key, user, password = sys.argv[1:]

class Unknown(Exception):
    pass

def deliver(envelope):
    client = smtplib.LMTP(host, int(lmtp))
    try:
        with client:
            handover(client, envelope)
    except (smtplib.SMTPServerDisconnected, ConnectionError) as lost:
        raise Unknown() from lost

def answer(reply):
    if reply[0] >= 400:
        raise smtplib.SMTPResponseException(*reply)

# An LMTP server answers for each recipient; smtplib reads the first answer alone.
def handover(client, envelope):
    client.ehlo_or_helo_if_needed()
    answer(client.mail(envelope.mail_from or '', ['BODY=8BITMIME']))
    for recipient in envelope.rcpt_tos:
        answer(client.rcpt(recipient))
    answer(client.docmd('DATA'))
    client.send(smtplib._quote_periods(envelope.original_content) + b'.\\r\\n')
    for recipient in envelope.rcpt_tos:
        answer(client.getreply())

def drop():
    with open('drops') as file:
        left = int(file.read())
    if left > 0:
        with open('drops', 'w') as file:
            file.write(str(left - 1))
    return left > 0

class Relay:
    async def handle_DATA(self, server, session, envelope):
        try:
            await asyncio.to_thread(deliver, envelope)
        except Unknown:
            server.transport.abort()
            return '451 cannot say'
        except smtplib.SMTPResponseException as refused:
            return f'{refused.smtp_code} {refused.smtp_error.decode()}'
        except (OSError, smtplib.SMTPException) as error:
            return f'451 cannot deliver now: {type(error).__name__}'
        if drop():
            server.transport.abort()
        return '250 delivered'

def authenticate(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (user.encode(), password.encode())
    return AuthResult(success=good, handled=False)

context = None
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

async def main():
    make = lambda: SMTP(Relay(), hostname='localhost', tls_context=context, enable_SMTPUTF8=False,
        auth_require_tls=False, auth_required=bool(user), authenticator=authenticate if user else None,
        auth_exclude_mechanism=() if user else ('LOGIN', 'PLAIN'))
    server = await asyncio.get_running_loop().create_server(make, host, int(port))
    await server.serve_forever()

asyncio.run(main())
`;
