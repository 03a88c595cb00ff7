/**
 * A Dovecot of our own: IMAP with and without TLS, and LMTP to deliver by. Every user has the same password; an OAuth2 token
 * is what the introspection endpoint says it is. Mails to USER@anywhere are USER's. Mailboxes live in a folder of the test, over
 * restarts on the same ports.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, give, here, makeFolder, missing, run, Server, user, type Where } from './server.ts';

const programsAbsent = missing({
  dovecot: 'dovecot-core',
  openssl: 'openssl',
  '/usr/lib/dovecot/imap': 'dovecot-imapd',
  '/usr/lib/dovecot/lmtp': 'dovecot-lmtpd',
});
/** 2.4, of Debian 13, has another configuration. */
const isOurs = () => {
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  return /^2\.3\./.test(spawnSync('dovecot', ['--version'], { encoding: 'utf8', env }).stdout ?? '');
};
export const dovecotAbsent = programsAbsent || (!isOurs() && 'not installed: Dovecot 2.3');

export const password = 'correct-horse';

export interface DovecotOptions {
  /** Where Dovecot asks whose an OAuth2 token is (RFC 7662). */
  readonly introspectionUrl?: string;
  readonly where?: Where;
}

export class Dovecot {
  readonly imapPort: number;
  readonly imapsPort: number;
  readonly lmtpPort: number;
  /** Of its certificate, which is for localhost. */
  readonly caFile: string;
  readonly keyFile: string;
  readonly #folder: ReturnType<typeof makeFolder>;
  readonly #where: Where;
  #server: Server | null = null;

  static async start(options: DovecotOptions = {}): Promise<Dovecot> {
    const ports = [await freePort(), await freePort(), await freePort()] as const;
    const dovecot = new Dovecot(ports, options.where ?? here);
    dovecot.#configure(options);
    await dovecot.restart();
    return dovecot;
  }

  private constructor([imap, imaps, lmtp]: readonly [number, number, number], where: Where) {
    this.#where = where;
    [this.imapPort, this.imapsPort, this.lmtpPort] = [imap, imaps, lmtp];
    this.#folder = makeFolder('dovecot');
    this.caFile = join(this.#folder.path, 'certificate.pem');
    this.keyFile = join(this.#folder.path, 'key.pem');
  }

  async restart(): Promise<void> {
    const { path } = this.#folder;
    const words = ['dovecot', '-F', '-c', join(path, 'dovecot.conf')] as const;
    const ports = [this.imapPort, this.imapsPort, this.lmtpPort];
    this.#server = await Server.start({ words: [...words], folder: path, ports, where: this.#where });
  }

  get host(): string {
    return this.#where.host;
  }

  get folder(): string {
    return this.#folder.path;
  }

  get pid(): number {
    return this.#server?.pid ?? -1;
  }

  /** kill -9 of all of it. */
  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#folder.remove();
  }

  /** What it wrote, for a test that fails. */
  log(): string {
    return readFileSync(join(this.#folder.path, 'log'), 'utf8');
  }

  #configure({ introspectionUrl }: DovecotOptions): void {
    const { path } = this.#folder;
    for (const part of ['run', 'state', 'mail']) {
      mkdirSync(join(path, part));
      give(join(path, part));
    }
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
    const words = ['openssl', 'req', '-x509', '-days', '2', ...key, '-out', 'certificate.pem', ...subject] as const;
    run({ words: [...words], folder: path });
    const endpoint = introspectionUrl ?? 'http://127.0.0.1:9/';
    writeFileSync(
      join(path, 'oauth2.conf.ext'),
      `introspection_mode = post\nintrospection_url = ${endpoint}\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n`,
    );
    writeFileSync(join(path, 'dovecot.conf'), this.#configuration());
  }

  #configuration(): string {
    const { path } = this.#folder;
    const listener = (name: string, port: number, more = '') =>
      `inet_listener ${name} {\n  address = ${this.host}\n  port = ${port}\n${more}}\n`;
    return `protocols = imap lmtp
base_dir = ${path}/run
state_dir = ${path}/state
log_path = ${path}/log
default_internal_user = ${user.name}
default_login_user = ${user.name}
default_internal_group = ${user.group}
first_valid_uid = 1
mail_location = mdbox:${path}/mail/%u
mail_fsync = never
ssl = yes
ssl_cert = <${path}/certificate.pem
ssl_key = <${path}/key.pem
disable_plaintext_auth = no
auth_username_format = %Ln
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
passdb {
  driver = static
  args = password=${password}
  mechanisms = plain login
}
passdb {
  driver = oauth2
  args = ${path}/oauth2.conf.ext
  mechanisms = xoauth2 oauthbearer
}
userdb {
  driver = static
  args = uid=${user.uid} gid=${user.gid} home=${path}/mail/%u allow_all_users=yes
}
service auth {
  user = ${user.name}
}
service anvil {
  chroot =
  # A login that fails makes no later one wait.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  ${listener('imap', this.imapPort)}
  ${listener('imaps', this.imapsPort, '  ssl = yes\n')}
}
service lmtp {
  user = ${user.name}
  ${listener('lmtp', this.lmtpPort)}
}
`;
  }
}
