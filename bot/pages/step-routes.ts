/**
 * The step-through and the playground over HTTP: a schedule in the address, or a finding of a mail, as a page, a drawing and
 * text. The server only follows schedules, within limits; whatever explores runs in the browser.
 *
 *     /steps?s=SCHEDULE&at=N  /steps.svg?s=…  /steps.txt?s=…  /{message-id}/steps?finding=FINGERPRINT&at=N  /playground
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { browserScript } from '../bundle.ts';
import { escapeMessageId } from '../http/message-id.ts';
import { mailText } from '../steps/mail-text.ts';
import { escapeMarkup } from '../steps/markup.ts';
import { stepsPageHtml } from '../steps/page-html.ts';
import { playgroundHtml } from '../steps/playground-html.ts';
import { type Source, type Steps, stepsOf } from '../steps/steps.ts';
import { svgOf } from '../steps/svg.ts';

interface StepsPage {
  readonly title: string;
  /** HTML. */
  readonly body: string;
  /** The entry of the navigation; '' for none. */
  readonly here: string;
  readonly back: { readonly href: string; readonly name: string } | null;
  readonly assets: { readonly style: string; readonly script: string | null };
}

/** A finding as it was stored. */
interface StoredFinding {
  readonly schedule: string;
  readonly sources: readonly (Source | null)[];
}

export interface StepRoutes {
  readonly render: (reply: FastifyReply, page: StepsPage) => FastifyReply;
  /** Null where there is no such finding. */
  readonly findingOf: (messageId: string, fingerprint: string) => Promise<StoredFinding | null>;
}

type Query = { Querystring: Readonly<Record<string, unknown>> };
type Named = Query & { Params: { id: string } };

/** For following one schedule. */
const timeMaxMs = 250;

export function registerSteps(app: FastifyInstance, { render, findingOf }: StepRoutes): void {
  const send = async (reply: FastifyReply, page: Omit<StepsPage, 'assets'>) => {
    const script = await scriptPath(app);
    return render(reply, { ...page, assets: { style: style.path, script } });
  };
  const refuse = (reply: FastifyReply, problem: string) =>
    send(reply.code(400), {
      ...{ title: 'No steps', here: '', back: null },
      body: `<p>${escapeMarkup(problem)}</p>${askForSchedule}`,
    });

  app.get<Query>('/steps', async ({ query }, reply) => {
    const schedule = text(query.s);
    if (schedule === '') return send(reply, { title: 'Step by step', here: '', back: null, body: askForSchedule });
    const { steps, problem } = followed(schedule, []);
    if (steps === null) return refuse(reply, problem);
    const address = `s=${encodeURIComponent(schedule)}`;
    const body = bodyOf({ steps, sources: [], at: text(query.at), page: `/steps?${address}`, exports: address });
    return send(reply, { title: 'Step by step', here: '', back: null, body });
  });
  for (const { ending, type, write } of exported)
    app.get<Query>(`/steps.${ending}`, async ({ query }, reply) => {
      const { steps, problem } = followed(text(query.s), []);
      if (steps === null) return refuse(reply, problem);
      return reply.type(type).send(write(steps));
    });
  app.get<Named>('/:id/steps', async ({ params: { id }, query }, reply) => {
    const fingerprint = text(query.finding);
    const found = await findingOf(id, fingerprint);
    const path = `/${escapeMessageId(id)}/`;
    const back = { href: `${path}verdict`, name: 'What was found' };
    if (found === null || found.schedule === '')
      return send(reply.code(404), {
        ...{ title: 'No steps', here: '', back: { href: path, name: 'What is known of this mail' } },
        body: `<p>${found === null ? 'Of this mail no such finding is known.' : 'This finding has no schedule: it needs no concurrency, or nothing was run.'}</p>`,
      });
    const { steps, problem } = followed(found.schedule, found.sources);
    if (steps === null) return refuse(reply, problem);
    const address = `s=${encodeURIComponent(found.schedule)}`;
    const page = `${path}steps?finding=${encodeURIComponent(fingerprint)}`;
    const body = bodyOf({ steps, sources: found.sources, at: text(query.at), page, exports: address });
    return send(reply, { title: 'Step by step', here: '', back, body });
  });
  app.get('/playground', (_, reply) =>
    send(reply, { title: 'Playground', here: '/playground', back: null, body: playgroundHtml() }),
  );
  app.get(style.path, (_, reply) => kept(reply).type('text/css; charset=utf-8').send(style.text));
  app.get<{ Params: { hash: string } }>('/assets/steps.:hash([0-9a-f]{12}).js', async ({ params: { hash } }, reply) => {
    const script = await browserScript();
    if (script.path !== `/assets/steps.${hash}.js`) return reply.callNotFound();
    return kept(reply).type('text/javascript; charset=utf-8').send(script.text);
  });
}

const exported = [
  { ending: 'svg', type: 'image/svg+xml; charset=utf-8', write: svgOf },
  { ending: 'txt', type: 'text/plain; charset=utf-8', write: mailText },
] as const;

const kept = (reply: FastifyReply) => reply.header('cache-control', 'public, max-age=31536000, immutable');

const css = readFileSync(join(import.meta.dirname, '../../templates/pages/steps.css'), 'utf8');
const style = {
  path: `/assets/steps.${createHash('sha256').update(css).digest('hex').slice(0, 12)}.css`,
  text: css,
} as const;

/** Null where it cannot be made: then pages are those without scripts. */
async function scriptPath(app: FastifyInstance): Promise<string | null> {
  try {
    return (await browserScript()).path;
  } catch (error) {
    app.log.error({ why: (error as Error).message }, 'the script of the step-through cannot be made');
    return null;
  }
}

function followed(schedule: string, sources: readonly (Source | null)[]) {
  const end = performance.now() + timeMaxMs;
  return stepsOf(schedule, { sources, mayGoOn: () => performance.now() < end });
}

interface Body {
  readonly steps: Steps;
  readonly sources: readonly (Source | null)[];
  /** Counted from 1, as it stands in the address. */
  readonly at: string;
  readonly page: string;
  readonly exports: string;
}

/** Where nothing is asked for, the guilty fetch is what people come for. */
function bodyOf({ steps, sources, at, page, exports }: Body): string {
  const asked = /^\d{1,5}$/.test(at) ? Number(at) - 1 : (steps.guilty ?? 0);
  return stepsPageHtml({
    ...{ steps, sources, at: Math.max(0, Math.min(steps.rows.length - 1, asked)) },
    link: (row) => `${page}&at=${row + 1}#step-${row + 1}`,
    exports: { svg: `/steps.svg?${exports}`, text: `/steps.txt?${exports}` },
  });
}

const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

const askForSchedule = `<form class="steps-ask" action="/steps" method="get">
<p><label for="schedule">A schedule, as the replay command of a reply has it</label>
<textarea id="schedule" name="s" rows="4" required spellcheck="false"></textarea></p>
<p><button>Step through it</button></p>
</form>`;
