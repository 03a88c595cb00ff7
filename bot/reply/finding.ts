/** One finding in words: where it stands, the setting, the scenario, what it comes to, and what would close it. */
import { getSystemErrorName } from 'node:util';
import { disassemble } from '../../analyzers/power/text.ts';
import { bugsOf } from '../../analyzers/protocol/bug.ts';
import type { CallSite, Exit, Protocol, Step, Word } from '../../analyzers/protocol/protocol.ts';
import type { Finding, PatchVerdict } from '../../analyzers/verdict/verdict.ts';
import type { Message } from '../mail/message.ts';
import type { PatchReview } from '../review.ts';
import { unique } from './bounds.ts';
import { drawEntry, wrongText } from './entry-drawing.ts';
import { quoteHunk } from './quote.ts';
import { drawScenario } from './scenario.ts';
import { subjectWords } from './subjects.ts';
import { consequenceOf, graceCalls, leadOf, repairOf } from './wording.ts';

/** @param replay a command with {schedule} in it */
export function findingValue({ patch, verdict }: PatchReview, finding: Finding, replay: string) {
  const { mailLine, repair, schedule } = finding;
  return {
    quote: mailLine === null ? [] : quoteHunk(patch.message.body, mailLine),
    lead: leadOf(finding, verdict.answer),
    setting: settingText(finding),
    scenario: scenarioOf(finding),
    consequence: endText(finding, verdict),
    repair: repair === null ? null : repairOf(repair, otherLine(patch.message, finding)),
    also: alsoText(finding),
    replay: schedule === '' ? null : replay.replace('{schedule}', broken(schedule)),
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

function settingText(finding: Finding): string {
  const { entryPoint, profiles, protocol, mailLine, model, fn, file, line } = finding;
  const { siteKind, plan, subject, fault } = protocol.scenario;
  const words = subjectWords[subject];
  const failing = fault === undefined ? '' : ` and ${fault.primitive}() fails once`;
  const place =
    mailLine === null && file !== '' ? ` It happens in ${fn}() (${file}:${line}), which the patch does not show.` : '';
  const names = stepLines(finding).length > 0 ? words.named : '';
  const named = ` ${model === null ? names : words.drawn}`.trimEnd();
  const { call } = protocol.scenario;
  const when =
    call === undefined ? (words.entries[entryPoint] ?? entryPoint) : `${callNames[call.exit]}, through ${call.tracer}`;
  return `${when}${failing}${words.sites[siteKind]}${words.plans[plan]} (${profileText(profiles)}).${place}${named}`;
}

/** `ppc64-mprofile-gcc6, with and without preemption`. */
export function profileText(profiles: readonly string[]): string {
  const names = [...new Set(profiles.map((profile) => profile.split('/')[0] ?? profile))];
  const [full, none] = ['preempt', 'nopreempt'].map((word) => profiles.some((profile) => profile.endsWith(`/${word}`)));
  const preemption = full && none ? 'with and without preemption' : full ? 'with preemption' : 'without preemption';
  return `${names.join(', ')}, ${preemption}`;
}

/** What was done until ftrace stopped, one step a line. */
const stepsOf = (finding: Finding): string[] => [...stepLines(finding), ''];

const stepLines = ({ protocol }: Finding): string[] =>
  protocol.steps.flatMap((step) => {
    const text = stepText(step, protocol.sites);
    return text === null ? [] : [`\t${text}`];
  });

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

function stoppedText({ protocol, entryPoint, profiles, check }: Finding, { runs }: PatchVerdict): string {
  const bug = protocol.steps.findLast((step) => step.kind === 'bug' && step.what !== 'WARN');
  const said = bug?.kind === 'bug' && bug.text !== '' ? ` It says: ${bug.text.trim()}.` : '';
  const positive = bug?.kind === 'bug' && (bug.code ?? 0) > 0 ? ' The value is positive: no error code.' : '';
  const base = runs.find((run) => run.entryPoint === entryPoint && run.profile === profiles[0])?.before;
  if (protocol.scenario.fault !== undefined)
    return `Nobody is told of the failure, so that what comes next meets a word that it does not expect, and ftrace stops for good.${said}`;
  const held = base?.sequential === 'held' ? ' The unpatched source does the same without an error.' : '';
  return `${stopOf(protocol, check)}${said}${positive}${held}`;
}

/** Not all that is refused stops ftrace for good. */
function stopOf({ error, steps }: Protocol, check: string): string {
  if (error !== undefined) return `What is asked for is refused: it returns ${error}${errorName(error)}.`;
  if (check === 'ftrace-disabled' && steps.flatMap(bugsOf).length > 0)
    return 'A check of the kernel’s own fires (WARN).';
  return 'ftrace stops there, and the sites that come after are left as they are.';
}
const errorName = (error: number) => {
  const name = getSystemErrorName(error);
  return /^E[A-Z0-9]+$/.test(name) ? ` (${name})` : '';
};

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
