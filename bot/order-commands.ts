/**
 * `outbox`, `patchwork`, `parked`, `retry`, `ignore`, `posting`: an operator's orders as commands. They work with the daemon running or not.
 */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { type Common, command, order } from './order.ts';

interface Line {
  readonly messageId: string;
  readonly kind: string;
  readonly state: string;
  readonly parent: string;
  readonly why: string | null;
}
interface Shown extends Line {
  readonly raw: string;
  readonly decisions: readonly {
    readonly at: string;
    readonly what: string;
    readonly why: string;
    readonly by: string;
  }[];
}
const by = () => userInfo().username;

const lineText = ({ messageId, kind, state, parent, why }: Line) =>
  `${state.padEnd(9)} ${kind.padEnd(10)} <${messageId}> to <${parent}>${why ? `: ${why}` : ''}\n`;

export function orderCommands(): readonly Command[] {
  return [outbox(), patchwork(), parked(), retry(), ignore(), posting()];
}

function outbox(): Command {
  const list = command('list', 'Print replies that wait, or that are in the states given.', 'outbox list held parked')
    .argument('[states...]', 'dry, held, due, sending, sent, confirmed, withdrawn, rejected, parked')
    .action((states: string[], options: Common) =>
      order<Line[]>(options, {
        name: 'outbox-list',
        args: { states: states.length === 0 ? null : states },
        print: (lines) =>
          lines.length > 0
            ? lines.map(lineText).join('')
            : states.length > 0
              ? 'no replies\n'
              : 'no replies wait; those of a dry run: outbox list dry\n',
      }),
    );
  const show = command(
    'show',
    'Print a reply as it would go out, and what was decided about its thread.',
    'outbox show MSGID',
  )
    .argument('<msgid>', 'of the reply')
    .action((messageId: string, options: Common) =>
      order<Shown>(options, {
        name: 'outbox-show',
        args: { messageId },
        print: (reply) =>
          `${lineText(reply)}${reply.decisions.map(({ at, what, why, by: who }) => `  ${at} ${what} by ${who}${why ? `: ${why}` : ''}\n`).join('')}\n${reply.raw}`,
      }),
    );
  const edit = command(
    'edit',
    'Replace the body of a reply that is held by that of a file; its headers stay.',
    'outbox edit MSGID body.txt',
  )
    .argument('<msgid>', 'of the reply')
    .argument('<file>', 'the new body')
    .action(async (messageId: string, file: string, options: Common) => {
      const body = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
      if (typeof body !== 'string') {
        process.stderr.write(`outbox edit: ${file} cannot be read (${body.code})\n`);
        process.exitCode = 2;
        return;
      }
      await order<Line>(options, { name: 'outbox-edit', args: { messageId, body, by: by() }, print: lineText });
    });
  const approve = command('approve', 'Let a reply that is held go out.', 'outbox approve MSGID')
    .argument('<msgid>', 'of the reply')
    .action((messageId: string, options: Common) =>
      order<Line>(options, { name: 'outbox-approve', args: { messageId, by: by() }, print: lineText }),
    );
  const reject = command(
    'reject',
    'Keep a reply from going out, for a reason that is kept.',
    'outbox reject MSGID said already in v1',
  )
    .argument('<msgid>', 'of the reply')
    .argument('<reason...>', 'why')
    .action((messageId: string, reason: string[], options: Common) =>
      order<Line>(options, {
        name: 'outbox-reject',
        args: { messageId, reason: reason.join(' '), by: by() },
        print: lineText,
      }),
    );
  const all = new Command('outbox').description('Replies: list, show, edit, approve, reject.');
  for (const one of [list, show, edit, approve, reject]) all.addCommand(one);
  return all;
}

interface Check {
  readonly messageId: string;
  readonly state: string;
  readonly result: string;
  readonly description: string;
  readonly targetUrl: string | null;
  readonly why: string | null;
}
const checkText = ({ messageId, state, result, description, targetUrl, why }: Check) =>
  `${state.padEnd(9)} ${result.padEnd(7)} <${messageId}>${why ? `: ${why}` : ''}\n  ${description}\n${targetUrl === null ? '' : `  ${targetUrl}\n`}`;

function patchwork(): Command {
  const list = command(
    'list',
    'Print checks that wait or would be posted, or that are in the states given.',
    'patchwork list parked',
  )
    .argument('[states...]', 'dry, due, posted, withdrawn, parked')
    .action((states: string[], options: Common) =>
      order<Check[]>(options, {
        name: 'patchwork-list',
        args: { states: states.length === 0 ? null : states },
        print: (checks) => (checks.length === 0 ? 'no checks\n' : checks.map(checkText).join('')),
      }),
    );
  const again = command('retry', 'Post a parked check.', 'patchwork retry MSGID')
    .argument('<msgid>', 'of the patch')
    .action((messageId: string, options: Common) =>
      order<Ordered>(options, { name: 'patchwork-retry', args: { messageId }, print: stateText }),
    );
  const all = new Command('patchwork').description('Checks on patches in patchwork: list, retry.');
  for (const one of [list, again]) all.addCommand(one);
  return all;
}

interface Parked {
  readonly threads: readonly { readonly messageId: string; readonly why: string; readonly since: string }[];
  readonly replies: readonly Line[];
  readonly checks: readonly Check[];
}

const parked = () =>
  command('parked', 'Print threads, replies and checks that wait for a person, with the reason.', 'parked').action(
    (options: Common) =>
      order<Parked>(options, {
        name: 'parked',
        args: {},
        print: ({ threads, replies, checks }) =>
          threads.length + replies.length + checks.length === 0
            ? 'nothing is parked\n'
            : [
                ...threads.map(({ messageId, why, since }) => `thread    <${messageId}> since ${since}: ${why}\n`),
                ...replies.map(lineText),
                ...checks.map(checkText),
              ].join(''),
      }),
  );

interface Ordered {
  readonly messageId: string;
  readonly state: string;
}
const stateText = ({ messageId, state }: Ordered) => `<${messageId}>: ${state}\n`;

const retry = () =>
  command('retry', 'Analyse a parked thread again, or send a parked reply.', 'retry MSGID')
    .argument('<msgid>', 'of a mail of the thread, or of the reply')
    .action((messageId: string, options: Common) =>
      order<Ordered>(options, { name: 'retry', args: { messageId }, print: stateText }),
    );

const ignore = () =>
  command(
    'ignore',
    'Stay out of a thread from now on, for a reason that is kept.',
    'ignore MSGID the author asked for it',
  )
    .argument('<msgid>', 'of a mail of the thread')
    .argument('[reason...]', 'why; there has to be one')
    .option('--undo', 'stay out of it no more: what is in it is analysed')
    .action((messageId: string, reason: string[], { undo, ...options }: Common & { readonly undo?: boolean }) =>
      order<Ordered>(options, {
        ...(undo === true
          ? { name: 'ignore-undo', args: { messageId, by: by() } }
          : { name: 'ignore', args: { messageId, reason: reason.join(' '), by: by() } }),
        print: stateText,
      }),
    );

interface Posting {
  readonly posting: string;
  readonly stopped?: { readonly at: string; readonly by: string; readonly why: string } | null;
}
interface Status extends Posting {
  readonly processes: readonly {
    readonly host: string;
    readonly pid: number;
    readonly roles: readonly string[];
    readonly alone: readonly string[];
    readonly version: string;
    readonly since: string;
    readonly seen: string;
    readonly isLiving: boolean;
  }[];
}
const processText = ({ host, pid, roles, alone, version, since, seen, isLiving }: Status['processes'][number]) =>
  `${host} ${pid}: ${roles.join(', ')}${isLiving && alone.length > 0 ? `; alone ${alone.join(', ')}` : ''}; version ${version}, ${isLiving ? `since ${since}` : `not heard of since ${seen}`}\n`;

function posting(): Command {
  const print = ({ posting: state, stopped }: Posting) =>
    `posting: ${state}${stopped ? ` since ${stopped.at} by ${stopped.by}: ${stopped.why}` : ''}\n`;
  const stop = command(
    'stop',
    'The kill switch: nothing leaves, whatever the settings say, until posting start.',
    'posting stop too many replies',
  )
    .argument('<reason...>', 'why')
    .action((reason: string[], options: Common) =>
      order(options, { name: 'posting-stop', args: { reason: reason.join(' '), by: by() }, print }),
    );
  const start = command('start', 'Post again, as the settings have it.', 'posting start').action((options: Common) =>
    order(options, { name: 'posting-start', args: {}, print }),
  );
  const status = command(
    'status',
    'Print whether mail leaves, and the processes of the daemon.',
    'posting status',
  ).action((options: Common) =>
    order<Status>(options, {
      name: 'status',
      args: {},
      print: (value) => `${print(value)}${value.processes.map(processText).join('')}`,
    }),
  );
  const all = new Command('posting').description('Whether mail leaves: stop, start, status.');
  for (const one of [stop, start, status]) all.addCommand(one);
  return all;
}
