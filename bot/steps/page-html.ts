/**
 * The step-through of one schedule as HTML: what it comes to, the moment that is shown, all steps. A page that has scripts
 * puts controls where there is room for them, and renders the parts anew by the same functions.
 */
import { formatSchedule } from '../../analyzers/explore/schedule.ts';
import { momentHtml, timelineHtml } from './html.ts';
import { escapeMarkup as text } from './markup.ts';
import { endingText, settingText } from './sentence.ts';
import type { Source, Steps } from './steps.ts';

export interface StepsPage {
  readonly steps: Steps;
  /** The step that is shown, from 0. */
  readonly at: number;
  /** By step of the model. */
  readonly sources: readonly (Source | null)[];
  /** The address of the page at a step, and of its exports. */
  readonly link: (at: number) => string;
  /** Null where a script makes them. */
  readonly exports: { readonly svg: string; readonly text: string } | null;
}

export function stepsPageHtml({ steps, at, sources, link, exports }: StepsPage): string {
  const given = sources.length === 0 ? '' : ` data-sources="${text(JSON.stringify(sources))}"`;
  return `<div id="steps" class="steps" data-schedule="${text(formatSchedule(steps.schedule))}" data-at="${at}"${given}>
${endingHtml(steps)}
<div id="steps-controls"></div>
<div class="steps-views">
<section class="steps-moment" id="steps-moment" aria-label="The moment">${momentHtml(steps, at)}</section>
<div class="steps-scroll" id="steps-timeline" tabindex="0" role="region" aria-label="All steps">${timelineHtml(steps, link)}</div>
</div>
${exports === null ? '' : `<p class="steps-exports">${navigationHtml(steps, at, link)} <a href="${text(exports.svg)}" data-export="svg" download>As a drawing (SVG)</a> <a href="${text(exports.text)}" data-export="txt">As text for a mail</a></p>`}
</div>`;
}

export const endingHtml = (steps: Steps): string =>
  `<div id="steps-ending"><p class="steps-ending ${steps.broken === null ? 'steps-whole' : 'steps-broken'}">${text(endingText(steps))}</p>
<p class="steps-setting">${text(settingText(steps))}</p></div>`;

/** What stands in for the controls where there are no scripts. */
function navigationHtml({ rows, guilty }: Steps, at: number, link: (at: number) => string): string {
  const places = [
    { name: 'First step', to: 0 },
    { name: 'Previous', to: Math.max(0, at - 1) },
    { name: 'Next', to: Math.min(rows.length - 1, at + 1) },
    { name: 'Last', to: rows.length - 1 },
    ...(guilty === null ? [] : [{ name: 'The guilty fetch', to: guilty }]),
  ];
  const links = places.map(({ name, to }) => `<a href="${text(link(to))}">${name}</a>`);
  return `<span class="steps-plain">${links.join(' ')}</span>`;
}
