/**
 * Verdicts on a series → the one reply of the series, or none. With findings or questions it answers the guilty patch, or the
 * cover letter where several are; without, the patch that was found to hold. What it says is put together here as values;
 * templates/ lays them out.
 */

import { disassemble } from '../../analyzers/power/text.ts';
import type { CallSite, Exit, Step, Word } from '../../analyzers/protocol/protocol.ts';
import type { Finding, PatchVerdict, Run } from '../../analyzers/verdict/verdict.ts';
import type { Message } from '../mail/message.ts';
import type { PatchReview } from '../review.ts';
import type { Settings } from '../settings/schema.ts';
import type { Series } from '../thread/series.ts';
import { drawEntry, wrongText } from './entry-drawing.ts';
import { type Addressed, formatHeaders, headersOf } from './headers.ts';
import { attribution, quoteHunk } from './quote.ts';
import { drawScenario } from './scenario.ts';
import { type SinceThen, sinceText } from './since.ts';
import { subjectWords } from './subjects.ts';
import { render } from './template.ts';
import { consequenceOf, graceCalls, leadOf, noteText, repairOf } from './wording.ts';

export interface ReplyInput {
  readonly series: Series;
  readonly rows: readonly PatchReview[];
  readonly config: Settings;
  readonly date: Date;
  /** What became of what was said of an earlier version; null where nothing was. */
  readonly since?: SinceThen | null;
  /** How many mails of ours about this version there are: each has an id of its own. */
  readonly sequence?: number;
}
export interface Reply {
  /** Message-ID of the mail that is answered. */
  readonly parent: string;
  /** Ours, without angle brackets. */
  readonly messageId: string;
  /** Of the envelope. */
  readonly recipients: readonly string[];
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** Headers, an empty line, the body: as it is sent. */
  readonly raw: string;
}

/** null where there is nothing to say. */
export function composeReply({ series, rows, config, date, since = null, sequence = 0 }: ReplyInput): Reply | null {
  const guilty = rows.filter(({ verdict }) => verdict.findings.length > 0);
  const held = rows.filter(({ verdict }) => verdict.answer === 'pass');
  const spoken = guilty.length > 0 ? guilty : held;
  const first = spoken[0];
  if (first === undefined) return null;
  const answered = spoken.length > 1 && series.cover !== null ? series.cover : first.patch.message;
  const author = answered === first.patch.message ? first.patch.author : answered.from;
  const body = render('reply', {
    ...(guilty.length > 0
      ? findingValues(guilty, held, config)
      : passValues(held, config, answered === series.cover && held.length < series.total)),
    attribution: attribution(answered.date, author.name || author.address),
    since: since === null ? null : sinceText(since),
    notes: unique(spoken.flatMap(({ verdict }) => verdict.notes.map(noteText))).map((text) => `Note: ${text}`),
    assumptions: unique(spoken.flatMap(({ verdict }) => assumptionsOf(verdict))).map((text) => `Assumed: ${text}`),
    signature: signatureOf(config, answered),
    newline: '\n',
  });
  const kind = `${guilty.length > 0 ? 'finding' : 'pass'} ${spoken.map(({ patch }) => patch.message.id).join(' ')}`;
  const which = sequence === 0 ? kind : `${kind} ${sequence}`;
  return asReply(headersOf({ config, parent: answered, author, date, kind: which }), { body, parent: answered.id });
}

/**
 * To a mail of ours: what it said of this version does not stand.
 * @param corrected our own mail, as it went out
 */
export function composeCorrection(corrected: Message, { series, rows, config, date }: ReplyInput): Reply | null {
  const held = rows.filter(({ verdict }) => verdict.answer === 'pass');
  const author = held[0]?.patch.author;
  if (author === undefined) return null;
  const body = render('correction', {
    ...passValues(held, config, held.length < series.total),
    assumptions: unique(held.flatMap(({ verdict }) => assumptionsOf(verdict))).map((text) => `Assumed: ${text}`),
    signature: signatureOf(config, corrected),
  });
  return asReply(headersOf({ config, parent: corrected, author, date, kind: 'correction' }), {
    body,
    parent: corrected.id,
  });
}

function asReply(
  { messageId, recipients, headers: bare }: Addressed,
  { body, parent }: { readonly body: string; readonly parent: string },
): Reply {
  const headers: Reply['headers'] = [
    ...bare,
    ['Content-Transfer-Encoding', /[^\p{ASCII}]/u.test(body) ? '8bit' : '7bit'],
  ];
  return { parent, messageId, recipients, headers, body, raw: `${formatHeaders(headers)}\n\n${body}` };
}

function findingValues(guilty: readonly PatchReview[], held: readonly PatchReview[], config: Settings) {
  return {
    finding: true,
    base: guilty.map(baseText).join(' '),
    findings: guilty.flatMap((row) => row.verdict.findings.map((finding) => findingValue(row, finding, config))),
    held: held.map(({ patch }) => `${tag(patch)} was run in the same way, and held.`),
    bounds: boundsText(guilty, 'Tried'),
    trailer: null,
  };
}

/** @param beyond the tag would stand for patches that did not pass too: b4 takes one on a cover letter for all of them */
function passValues(held: readonly PatchReview[], config: Settings, beyond: boolean) {
  const untagged = whyUntagged(held, beyond);
  const { name, address } = config.from;
  return {
    finding: false,
    quotes: held.flatMap(({ patch }) => (patch.message.body === '' ? [] : [`> ${patch.message.subject}`])),
    base: held.map(baseText).join(' '),
    bounds: boundsText(held, 'Run'),
    verdict:
      untagged === null
        ? 'No run broke within these bounds, with the patch or because of it.'
        : `No run broke within these bounds. As ${untagged}.`,
    trailer: untagged === null ? `${config.passTrailer}: ${name} <${address}>` : null,
  };
}

/** What was not seen that the tag would stand for; null where it was all seen. */
function whyUntagged(held: readonly PatchReview[], beyond: boolean): string | null {
  const unread = held.some(({ verdict }) =>
    verdict.notes.some(({ id }) => id === 'assembly-unread' || id === 'unjudged'),
  );
  if (!reachesStale(held)) return 'CPUs with old words were not run, there is no tag';
  if (unread) return 'a part of the patch is not covered, there is no tag';
  if (held.some(({ verdict }) => verdict.notes.some(({ id }) => id === 'stale-freed')))
    return 'a stale fetch reaches text that is freed, there is no tag';
  if (held.some(({ base }) => base.how === 'diff'))
    return 'the source around the patch is not at hand, there is no tag';
  if (held.some(({ base }) => base.doubt !== null)) return "the tree is not the author's, there is no tag";
  return beyond ? 'other patches of the series were not run, there is no tag on the whole' : null;
}

/** `v2 4/7`, `3/5`, or the title. */
function tag({ subject }: PatchReview['patch']): string {
  const number = subject.index === null ? `"${subject.title}"` : `${subject.index}/${subject.total}`;
  return subject.version > 1 ? `v${subject.version} ${number}` : `Patch ${number}`;
}

function baseText({ patch, base, verdict }: PatchReview): string {
  const asked = verdict.answer === 'question' ? ', so this is a question' : '';
  return base.how === 'tree'
    ? `${tag(patch)}, run on ${base.ref}${asked}.`
    : `${tag(patch)}, read from the diff's own lines${asked}.`;
}

function findingValue({ patch, verdict }: PatchReview, finding: Finding, config: Settings) {
  const { mailLine, repair, schedule } = finding;
  return {
    quote: mailLine === null ? [] : quoteHunk(patch.message.body, mailLine),
    lead: leadOf(finding, verdict.answer),
    setting: settingText(finding),
    scenario: scenarioOf(finding),
    consequence: endText(finding, verdict),
    repair: repair === null ? null : repairOf(repair, otherLine(patch.message, finding)),
    also: alsoText(finding),
    replay: schedule === '' ? null : config.replay.replace('{schedule}', broken(schedule)),
  };
}

/** A line of mail has at most 998 octets (RFC 5322 2.1.1); a schedule may be broken anywhere. */
const broken = (schedule: string) =>
  schedule.length <= lineMax ? schedule : (schedule.match(new RegExp(`.{1,${lineMax}}`, 'g')) ?? []).join('\n');
const lineMax = 900;

function scenarioOf(finding: Finding): string[] {
  const { model, break: found, protocol } = finding;
  if (model === null || found === null) return stepsOf(finding);
  return protocol.scenario.call === undefined ? drawScenario(model, found) : drawEntry(model, found);
}

/** What it comes to. */
function endText(finding: Finding, verdict: PatchVerdict): string {
  const { check, model, break: found, protocol } = finding;
  if (check.startsWith('ftrace-')) return stoppedText(finding, verdict);
  const { goal } = subjectWords[protocol.scenario.subject];
  if (check === 'goal-missed' || check === 'goal-reached')
    return `${check === 'goal-missed' ? goal.missed : goal.reached} Nothing reports an error.`;
  const wrong =
    protocol.scenario.call === undefined || model === null || found === null ? null : wrongText(model, found);
  return wrong ?? consequenceOf(finding);
}

/** The mail's line that the repair goes before, where it is not the finding's own. */
function otherLine({ body }: Message, { mailLine, repair }: Finding): string {
  const at = repair?.before.mailLine ?? null;
  return at === null || at === mailLine ? '' : (body.split('\n')[at - 1] ?? '').slice(1).trim();
}

const callNames: Readonly<Record<Exit, string>> = {
  normal: 'When a traced function is called',
  'no-trace': 'When a traced function is called while PACA_FTRACE_ENABLED is 0 on that CPU',
  livepatch: 'When a function is called that has been live patched',
  direct: 'When a traced function is called that has a direct trampoline',
  graph: 'When a traced function is called and the graph tracer is on',
  'direct-by-tracer': 'When a traced function is called and the tracer asks for a direct trampoline (orig_gpr3)',
};

function settingText({ entryPoint, profiles, protocol, mailLine, model, fn, file, line }: Finding): string {
  const { siteKind, plan, subject, fault } = protocol.scenario;
  const words = subjectWords[subject];
  const failing = fault === undefined ? '' : ` and ${fault.primitive}() fails once`;
  const place =
    mailLine === null && file !== '' ? ` It happens in ${fn}() (${file}:${line}), which the patch does not show.` : '';
  const named = ` ${model === null ? words.named : words.drawn}`.trimEnd();
  const { call } = protocol.scenario;
  const when =
    call === undefined ? (words.entries[entryPoint] ?? entryPoint) : `${callNames[call.exit]}, through ${call.tracer}`;
  return `${when}${failing}${words.sites[siteKind]}${words.plans[plan]} (${profileText(profiles)}).${place}${named}`;
}

/** `ppc64-mprofile-gcc6, with and without preemption`. */
function profileText(profiles: readonly string[]): string {
  const names = [...new Set(profiles.map((profile) => profile.split('/')[0] ?? profile))];
  const [full, none] = ['preempt', 'nopreempt'].map((word) => profiles.some((profile) => profile.endsWith(`/${word}`)));
  const preemption = full && none ? 'with and without preemption' : full ? 'with preemption' : 'without preemption';
  return `${names.join(', ')}, ${preemption}`;
}

/** What was done until ftrace stopped, one step a line. */
function stepsOf({ protocol }: Finding): string[] {
  const lines = protocol.steps.flatMap((step) => {
    const text = stepText(step, protocol.sites);
    return text === null ? [] : [`\t${text}`];
  });
  return [...lines, ''];
}

function stepText(step: Step, sites: readonly CallSite[]): string | null {
  const frame = step.stack.at(-1);
  const at = frame === undefined ? '' : `\t(${frame.fn}(), ${frame.at.file.split('/').at(-1)}:${frame.at.line})`;
  switch (step.kind) {
    case 'modify':
      return `${placeOf(step.word)}: ${textOf(step.word, step.old, sites)} -> ${textOf(step.word, step.new, sites)}${at}`;
    case 'ipi':
      return `IPI, ${step.handler}()${at}`;
    case 'gracePeriod':
      return `${graceCalls[step.flavour]}${at}`;
    case 'bug':
      return step.what === 'WARN'
        ? null
        : `${step.what}(${step.code ?? ''})${step.site === null ? '' : ` for ${step.site}`}${at}`;
    default:
      return null;
  }
}
const placeOf = ({ symbol, offset }: Word) => (offset === 0 ? symbol : `${symbol}${offset > 0 ? '+' : ''}${offset}`);
/** Branches inside a site's function are told from its first word. */
const textOf = ({ address }: Word, word: number, sites: readonly CallSite[]) =>
  disassemble(word, address)
    .replace(/\s+/g, ' ')
    .replace(/0x([0-9a-f]+)$/, (target) => {
      const own = sites.find((site) => BigInt(target) >= site.address && BigInt(target) < site.address + 0x100n);
      return own === undefined
        ? target
        : placeOf({ ...own, symbol: own.id, offset: Number(BigInt(target) - own.address) });
    });

function stoppedText({ protocol, entryPoint, profiles }: Finding, { runs }: PatchVerdict): string {
  const bug = protocol.steps.findLast((step) => step.kind === 'bug' && step.what !== 'WARN');
  const said = bug?.kind === 'bug' && bug.text !== '' ? ` It says: ${bug.text.trim()}.` : '';
  const positive = bug?.kind === 'bug' && (bug.code ?? 0) > 0 ? ' The value is positive: no error code.' : '';
  const base = runs.find((run) => run.entryPoint === entryPoint && run.profile === profiles[0])?.before;
  if (protocol.scenario.fault !== undefined)
    return `Nobody is told of the failure, so that what comes next meets a word that it does not expect, and ftrace stops for good.${said}`;
  const held = base?.sequential === 'held' ? ' The unpatched source does the same without an error.' : '';
  return `ftrace stops there, and the sites that come after are left as they are.${said}${positive}${held}`;
}

function alsoText({ alsoAt: all, fn, level, protocol }: Finding): string | null {
  // What breaks at another level would need another scenario.
  const alsoAt = all.filter((spot) => spot.level === level);
  const own = protocol.scenario.call;
  const elsewhere = alsoAt.filter((spot) => spot.call === undefined);
  const other = unique(elsewhere.filter((spot) => spot.fn !== fn && spot.fn !== '').map((spot) => `${spot.fn}()`));
  const entries = unique(
    elsewhere
      .filter((spot) => spot.fn === fn)
      .map((spot) => (subjectWords[spot.subject].entries[spot.entryPoint] ?? spot.entryPoint).toLowerCase()),
  );
  const others = unique(
    alsoAt.flatMap(({ call }) => (call === undefined || call.tracer === own?.tracer ? [] : [call.tracer])),
  );
  const parts = [
    ...(others.length > 0 ? [`The same through ${others.join(' and ')}.`] : []),
    ...(other.length > 0 ? [`The same in ${other.join(' and ')}.`] : []),
    ...(entries.length > 0 ? [`It also happens ${entries.join(', ')}.`] : []),
  ];
  return parts.length === 0 ? null : parts.join(' ');
}

function boundsText(rows: readonly PatchReview[], verb: string): string {
  const runs = rows.flatMap(({ verdict }) => verdict.runs);
  const calls = runs.flatMap((run) => run.calls);
  const called =
    calls.length === 0
      ? ''
      : `; calls through ${listed(calls.map(({ tracer }) => tracer))}, left by the exits ${listed(calls.map(({ exit }) => exit))}`;
  const states = runs.reduce((sum, { bounds }) => sum + bounds.states, 0);
  const { cpus = 0, tasks = 0 } = runs[0]?.bounds ?? {};
  const unread = runs.filter(({ after }) => after.sequential === 'unread' || after.sequential === 'limit').length;
  const gaps =
    unread === 0
      ? ''
      : ` For ${unread} of the ${runs.length} pairs of entry point and profile some of this could not be completed; that counts for nothing.`;
  const reach = reachesStale(rows)
    ? 'every interleaving and every fetch the storage rules allow'
    : 'with the newest words only, as the level asked for has it';
  return `${verb}, before and after the patch: ${triedTexts(runs).join('; ')}${called}; ${tasks} tasks on ${cpus} CPUs, ${reach}: ${states} states.${gaps}`;
}

/** For each subject the entry points, the profiles, what was varied. */
function triedTexts(runs: readonly Run[]): string[] {
  return [...new Set(runs.map(({ subject }) => subject))].map((subject) => {
    const { name, varied } = subjectWords[subject];
    const tried = entriesByProfiles(runs.filter((run) => run.subject === subject));
    return `${name === '' ? '' : `${name}: `}${tried.join('; ')}; ${varied}`;
  });
}

/** First the entry points that every profile ran, then those that only some have: no product of the two is claimed. */
function entriesByProfiles(runs: readonly Run[]): string[] {
  const profileOf = ({ profile }: Run) => profile.split('/')[0] ?? profile;
  const all = unique(runs.map(profileOf));
  const groups = Map.groupBy(unique(runs.map(({ entryPoint }) => entryPoint)), (entry) => {
    const own = runs.filter(({ entryPoint }) => entryPoint === entry).map(profileOf);
    return all.filter((profile) => own.includes(profile)).join(' ');
  });
  return [...groups]
    .map(([profiles, entries]) => ({ profiles: profiles.split(' '), entries }))
    .sort((a, b) => b.profiles.length - a.profiles.length)
    .map(({ profiles, entries }) =>
      profiles.length === all.length
        ? `${entries.join(', ')}; for ${all.join(', ')}`
        : `${listed(entries)} for ${listed(profiles)} alone`,
    );
}

/** `a, b and c`, each once. */
function listed(names: readonly string[]): string {
  const all = unique(names);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** Was the level run at which CPUs may hold old words? */
const reachesStale = (rows: readonly PatchReview[]) =>
  rows.some(({ verdict }) => verdict.runs.some(({ after }) => after.stale !== 'unread'));

/** What the answer rests on that was not in front of us. */
function assumptionsOf({ assumptions }: PatchVerdict): string[] {
  const general = assumptions.filter(({ file, decisive }) => file === null && !decisive).map(({ text }) => text);
  const hidden = unique(assumptions.filter(({ text }) => /are not in the mail$/.test(text)).map(({ text }) => text));
  return [...general, ...hidden].map((text) => `${text}.`);
}

function signatureOf(config: Settings, answered: Message): string {
  return [
    `${config.from.name} <${config.from.address}>`,
    'Sent by a program; it may be wrong. A person reads what you answer.',
    `To be left alone, say so to ${config.from.address}.`,
    config.archive.replace('{msgid}', encodeURIComponent(answered.id).replaceAll('%40', '@')),
  ].join('\n');
}

const unique = (texts: readonly string[]) => [...new Set(texts.filter((text) => text !== ''))];
