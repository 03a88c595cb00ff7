/**
 * What an operator may set: the shape of config/defaults.yaml. Every object is strict, every key has to be there; where the bot
 * reads from and writes to is nothing until it is said.
 */
import { z } from 'zod';
import type { SubjectId } from '../../analyzers/protocol/protocol.ts';
import { allLevels } from '../../analyzers/verdict/verdict.ts';
import { isLoopback, sourceSchema } from '../inbox/settings.ts';
import { secretSchema } from './secret.ts';

const mailbox = z.string('must be a mailbox').regex(/^[^\s<>@]+@[^\s<>@]+$/, 'is not a mailbox');
const line = z.string('must be a line of text').regex(/^[^\r\n]+$/, 'must be one line');
const count = (most: number) =>
  z.int('must be a whole number').min(1, 'must be at least 1').max(most, `must be at most ${most}`);
/** A span: half a minute is 0.5. */
const minutes = z
  .number('must be a number')
  .positive('must be more than 0')
  .max(7 * 24 * 60, 'must be at most a week');
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, `must be one of ${names.join(', ')}`);

/** How the bot behaves on a list, the most careful way first. */
const modes = ['off', 'dry-run', 'moderate', 'post'] as const;
export type Mode = (typeof modes)[number];

const repository = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'is not OWNER/NAME');
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

const domain = z.string('must be a domain').regex(/^[\w.-]+$/, 'is not a domain');
const smtp = z
  .strictObject({
    host: line,
    port: z.int('must be a whole number').min(1).max(65_535),
    tls: z.union([z.boolean(), z.literal('starttls')], 'must be true, starttls or false'),
    login: z.strictObject({ user: line, password: secretSchema }).nullable(),
    ca: line.nullable(),
  })
  .refine(({ tls, host, login }) => tls !== false || login === null || isLoopback(host), {
    path: ['tls'],
    message: 'false sends the password readable over the network; use true or starttls',
  });

/** What a token of `http` opens: what is not for everybody to read; and orders, one each. */
const scopes = ['read', 'retry', 'ignore', 'dispute', 'retest'] as const;
export type Scope = (typeof scopes)[number];

const http = z.strictObject({
  host: line,
  port: z.int().min(0).max(65_535),
  url: httpUrl.transform((url) => url.replace(/\/+$/, '')).nullable(),
  connections: count(10_000),
  requestsPerMinute: count(100_000),
  proxies: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'is no IP address or network')),
  tokens: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w.-]{1,64}$/, 'must be a name of letters, digits, dots, dashes'),
        secret: secretSchema,
        scopes: z.array(oneOf(scopes)).min(1, 'must name at least one'),
      }),
    )
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'no two may have one name'),
});

const appId = z.int('must be a whole number').min(1, 'must be at least 1');
/** Dry runs write nothing, and keep what they would have written. */
const publicMode = oneOf(['dry-run', 'post']);
const label = z.string().regex(/^[^\p{Cc},]{1,50}$/u, 'must be a label of at most 50 characters');
const branchPattern = z
  .string('must be a pattern of branches')
  .regex(/^[^\s~^:?[\\]{1,200}$/, 'must be the name of branches, with * within a part and ** over parts');
const marks = z.strictObject({
  repository,
  mode: publicMode,
  branches: z.array(branchPattern).min(1, 'must name at least one'),
  as: oneOf(['status', 'check']),
  context: z.string('must be a name').regex(/^[^\p{Cc}]{1,100}$/u, 'must be one line of at most 100 characters'),
  answers: z.array(oneOf(['finding', 'question', 'pass'])).min(1, 'must name at least one'),
  findings: oneOf(['neutral', 'failure']),
});
const github = z
  .strictObject({
    repository: repository.nullable(),
    api: httpUrl.transform((url) => url.replace(/\/+$/, '')),
    auth: z
      .union(
        [
          z.strictObject({ token: secretSchema }),
          z.strictObject({ app: z.strictObject({ id: appId, installation: appId, key: secretSchema }) }),
        ],
        'must be null, { token: SECRET } or { app: { id, installation, key: SECRET } }',
      )
      .nullable(),
    gapSeconds: z.number('must be a number').min(1, 'must be at least 1: GitHub asks for it').max(600),
    issues: z.strictObject({ repository, mode: publicMode, labels: z.array(label).max(10) }).nullable(),
    pulls: z.strictObject({ repository, mode: publicMode, minutes, webhook: secretSchema.nullable() }).nullable(),
    marks: marks.nullable(),
  })
  .refine(({ auth, marks }) => auth !== null || marks?.mode !== 'post', {
    path: ['auth'],
    message: 'must say who writes, where github.marks has mode post',
  })
  .refine(({ auth, marks }) => marks?.as !== 'check' || auth === null || 'app' in auth, {
    path: ['marks', 'as'],
    message: 'must be status where github.auth is a token: check runs are for apps alone',
  })
  .refine(({ auth, issues, pulls }) => auth !== null || (issues?.mode !== 'post' && pulls === null), {
    path: ['auth'],
    message: 'must say who writes, where github.issues has mode post or there are github.pulls',
  });

const patchwork = z
  .strictObject({
    url: httpUrl.transform((url) => url.replace(/\/+$/, '')),
    project: z.string('must be a name').regex(/^[\w.-]+$/, 'is not the link name of a project'),
    token: secretSchema,
    context: z.string('must be a name').regex(/^[-a-zA-Z0-9_]{1,255}$/, 'may hold letters, digits, - and _ alone'),
    findings: oneOf(['warning', 'fail']),
  })
  .refine(({ url }) => url.startsWith('https:') || isLoopback(new URL(url).hostname), {
    path: ['url'],
    message: 'sends the token readable over the network; use https',
  });

/** Monday is first, as in ISO weeks. */
export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const subjectIds = [
  ...(['ftrace', 'jump-label', 'kprobe', 'optprobe', 'static-call', 'bpf-poke', 'feature-fixups'] as const),
] as const satisfies readonly SubjectId[];
const digest = z.strictObject({
  day: oneOf(weekdays),
  time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:00'),
  zone: z.string().refine(isZone, 'is no time zone such as Europe/Berlin'),
  groups: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z\d]([a-z\d-]{0,30}[a-z\d])?$/, 'must be of small letters, digits, dashes'),
        list: mailbox,
        to: z.array(oneOf(['list', 'subscribers'])),
        sentTo: z.array(mailbox),
        subjects: z.array(oneOf(subjectIds)),
        levels: z.array(oneOf(['sequential', 'preemption', 'stale'])),
      }),
    )
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'no two may have one name'),
  issue: z.strictObject({ repository, mode: publicMode, labels: z.array(label).max(10) }).nullable(),
});

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

const wholeFile = z.strictObject({
  from: z.strictObject({ name: line.regex(/\bbot\b/i, 'must say that it is a bot'), address: mailbox }),
  domain,
  lists: z.array(z.strictObject({ address: mailbox, mode: oneOf(modes), passes: z.boolean('must be true or false') })),
  listHosts: z.array(z.string()),
  optedOut: z.array(mailbox),
  moderators: z.array(mailbox),
  maintainers: z.array(mailbox),
  passTrailer: z.string().regex(/^[A-Z][A-Za-z-]*-by$/, 'is not the name of a trailer, such as Emulation-reviewed-by'),
  archive: line.regex(/\{msgid\}/, 'must hold {msgid}'),
  replay: line.regex(/\{schedule\}/, 'must hold {schedule}'),
  sources: z
    .array(sourceSchema)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'no two may have one name'),
  store: z.strictObject({
    directory: line,
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL, or null')
      .nullable(),
  }),
  trees: z.array(line),
  github,
  analysis: z.strictObject({
    level: oneOf(allLevels),
    jobs: count(64),
    cpuSecondsMax: count(86_400),
    megabytesMax: count(1 << 20),
    retries: z.int('must be a whole number').min(0, 'must be at least 0').max(10, 'must be at most 10'),
  }),
  settleMinutes: minutes,
  smtp: smtp.nullable(),
  dkim: z.strictObject({ domain, selector: line, key: secretSchema }).nullable(),
  caps: z.strictObject({
    perHour: count(1000),
    perDay: count(10_000),
    perThread: count(100),
    perRecipient: count(1000),
  }),
  confirmMinutes: minutes,
  retryMinutes: minutes,
  patchwork: patchwork.nullable(),
  digest,
  http: http.nullable(),
  logLevel: oneOf(['debug', 'info', 'warn', 'error']),
});
export const settingsSchema = wholeFile
  .refine(({ github: { pulls }, http }) => http !== null || pulls === null || pulls.webhook === null, {
    path: ['http'],
    message: 'must not be null where github.pulls has a webhook',
  })
  .superRefine(({ digest: { groups, issue }, lists, github: { auth } }, context) => {
    const known = new Set(lists.map(({ address }) => address.toLowerCase()));
    for (const [at, { list }] of groups.entries())
      if (!known.has(list.toLowerCase()))
        context.addIssue({ code: 'custom', path: ['digest', 'groups', at, 'list'], message: 'must be one of lists' });
    if (issue?.mode === 'post' && auth === null)
      context.addIssue({
        ...{ code: 'custom', path: ['github', 'auth'] },
        message: 'must say who writes, where digest.issue has mode post',
      });
  });
export type Settings = z.infer<typeof settingsSchema>;
