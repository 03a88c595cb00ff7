/**
 * A public-inbox of our own: mails go in as they come (a process of public-inbox keeps one inbox), and come out by git, IMAP and
 * HTTP.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, give, makeFolder, missing, run, Server } from './server.ts';

export const publicInboxAbsent = missing({
  'public-inbox-init': 'public-inbox',
  'public-inbox-imapd': 'public-inbox',
  git: 'git',
});

export class PublicInbox {
  readonly imapPort: number;
  readonly httpPort: number;
  /** With all epochs: git/0.git, … */
  readonly path: string;
  readonly name: string;
  readonly newsgroup: string;
  readonly #folder: ReturnType<typeof makeFolder>;
  readonly #servers: Server[] = [];

  /** An inbox with some mails in it, and its servers. */
  static async start(name: string, mails: readonly string[]): Promise<PublicInbox> {
    const inbox = new PublicInbox(name, [await freePort(), await freePort()]);
    inbox.#init();
    inbox.add(mails);
    const env = inbox.#env();
    const folder = inbox.#folder.path;
    for (const [program, protocol, port] of [
      ['public-inbox-imapd', 'imap', inbox.imapPort],
      ['public-inbox-httpd', 'http', inbox.httpPort],
    ] as const) {
      const words = [program, '-l', `${protocol}://127.0.0.1:${port}`, '-W0'] as const;
      inbox.#servers.push(await Server.start({ words: [...words], folder, env, ports: [port] }));
    }
    return inbox;
  }

  private constructor(name: string, [imap, http]: readonly [number, number]) {
    this.name = name;
    this.newsgroup = `org.example.${name}`;
    [this.imapPort, this.httpPort] = [imap, http];
    this.#folder = makeFolder('public-inbox');
    this.path = join(this.#folder.path, name);
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}/${this.name}`;
  }

  add(mails: readonly string[]): void {
    run({
      words: ['perl', '-e', importer, this.path],
      folder: this.#folder.path,
      env: this.#env(),
      input: packed(mails),
    });
  }

  /** Takes a mail out of the history, as its operator may have to. */
  purge(mail: string): void {
    run({ words: ['public-inbox-purge', this.path], folder: this.#folder.path, env: this.#env(), input: mail });
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) await server.stop();
    this.#folder.remove();
  }

  #env(): Readonly<Record<string, string>> {
    return { PI_CONFIG: join(this.#folder.path, 'config'), GIT_CONFIG_NOSYSTEM: '1' };
  }

  #init(): void {
    const { path } = this.#folder;
    mkdirSync(join(path, '.cache'));
    give(join(path, '.cache'));
    const where = [this.path, `http://127.0.0.1:${this.httpPort}/${this.name}`, `${this.name}@lists.example.org`];
    const words = ['public-inbox-init', '-V2', '-L', 'full', '--ng', this.newsgroup, this.name, ...where] as const;
    run({ words: [...words], folder: path, env: this.#env() });
  }
}

/** Each mail behind its length, so that none needs escaping. */
const packed = (mails: readonly string[]) =>
  Buffer.concat(
    mails.flatMap((mail) => {
      const bytes = Buffer.from(mail, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );

const importer = `
use strict;
use PublicInbox::Config; use PublicInbox::InboxWritable; use PublicInbox::Eml;
my $config = PublicInbox::Config->new;
my $inbox; $config->each_inbox(sub { $inbox = $_[0] if $_[0]->{inboxdir} eq $ARGV[0] });
die "no inbox $ARGV[0]" unless $inbox;
my $into = PublicInbox::InboxWritable->new($inbox)->importer;
binmode STDIN;
while (read(STDIN, my $length, 4)) {
  read(STDIN, my $mail, unpack('N', $length));
  $into->add(PublicInbox::Eml->new(\\$mail)) or warn "not added";
}
$into->done;
`;
