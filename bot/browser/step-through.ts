/**
 * The step-through: what the server rendered, brought to life. A schedule and a step are all its state, and the address
 * holds both; whatever is done makes another schedule or another step, and the parts are rendered anew.
 */

import { formatSchedule, parseSchedule, type Schedule } from '../../analyzers/explore/schedule.ts';
import { formatModel } from '../../analyzers/machine/notation.ts';
import { momentHtml, timelineHtml } from '../steps/html.ts';
import { mailText } from '../steps/mail-text.ts';
import { endingHtml } from '../steps/page-html.ts';
import { insteadOf, isMovable, moveChoice, neighbour, optionsAt, type Rearranged } from '../steps/rearrange.ts';
import { sentenceOf } from '../steps/sentence.ts';
import { type Source, type Steps, stepsOfSchedule } from '../steps/steps.ts';
import { svgOf } from '../steps/svg.ts';
import { addControls, type Controls, describeOptions } from './controls.ts';
import { startDragging } from './dragging.ts';
import { Explorer } from './explorer.ts';

const pauseMs = 1100;
const statesMax = 500_000;

export function startSteps(root: HTMLElement): void {
  const { schedule } = parseSchedule(root.dataset.schedule ?? '');
  if (schedule !== null) new StepThrough(root, { schedule, keepsAddress: true });
}

export class StepThrough {
  readonly #root: HTMLElement;
  readonly #sources: readonly (Source | null)[];
  readonly #keepsAddress: boolean;
  #first: Schedule;
  readonly #controls: Controls;
  readonly #explorer = new Explorer(import.meta.url);
  #schedule: Schedule;
  #steps: Steps;
  #at: number;
  #timer: ReturnType<typeof setInterval> | null = null;
  /** What was asked for last, in a sentence; with a way back where another schedule is shown than at first. */
  #news = '';

  /** @param shown.keepsAddress the page is about this schedule: its address tells what is shown */
  constructor(root: HTMLElement, { schedule, keepsAddress }: { schedule: Schedule; keepsAddress: boolean }) {
    this.#keepsAddress = keepsAddress;
    this.#root = root;
    this.#sources = JSON.parse(root.dataset.sources ?? '[]');
    this.#schedule = schedule;
    this.#first = schedule;
    this.#steps = stepsOfSchedule(schedule, { sources: this.#sources });
    this.#at = Number(root.dataset.at ?? 0);
    root.classList.add('steps-alive');
    this.#controls = addControls(this.#part('steps-controls'), {
      go: (to) => this.go(to),
      play: () => this.#play(),
      level: (level) => void this.#explore(level),
      move: (direction) => this.#moveBy(direction),
      instead: (action) => this.#instead(action),
      copy: (what) => void this.#copy(what),
      download: () => this.#download(),
      back: () => this.#show(this.#first, 'guilty', ''),
    });
    this.#part('steps-timeline').addEventListener('click', (event) => this.#clicked(event));
    startDragging(this.#part('steps-timeline'), {
      canMove: (at) => this.#canMove(at),
      move: (from, to) => this.#move(from, to),
      select: (at) => this.#select(at),
    });
    if (keepsAddress) {
      addEventListener('popstate', () => this.#restore());
      addEventListener('hashchange', () => this.#restore());
      this.#restore();
    } else this.#render();
  }

  /** Another schedule in its place. */
  open(schedule: Schedule): void {
    this.#pause();
    this.#first = schedule;
    this.#show(schedule, 'guilty', '');
  }

  /** To a step, or to one by its name. */
  go(to: number | 'first' | 'last' | 'next' | 'previous' | 'guilty'): void {
    const last = this.#steps.rows.length - 1;
    const wanted = {
      first: 0,
      last,
      next: this.#at + 1,
      previous: this.#at - 1,
      guilty: this.#steps.guilty ?? last,
    };
    const at = typeof to === 'number' ? to : wanted[to];
    this.#at = Math.max(0, Math.min(last, at));
    if (this.#keepsAddress) history.replaceState(null, '', this.#address(this.#at));
    this.#renderMoment();
  }

  #part(id: string): HTMLElement {
    return this.#root.querySelector<HTMLElement>(`#${id}`)!;
  }

  #play(): void {
    if (this.#timer !== null) {
      this.#pause();
      return;
    }
    if (this.#at >= this.#steps.rows.length - 1) this.go('first');
    this.#timer = setInterval(() => {
      this.go('next');
      if (this.#at >= this.#steps.rows.length - 1) this.#pause();
    }, pauseMs);
    this.#controls.playing(true);
  }

  #pause(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#controls.playing(false);
  }

  async #explore(level: Schedule['level']): Promise<void> {
    this.#pause();
    const { model, idle, exceptions, traced } = this.#schedule;
    // A schedule of the sequential level is of one task on one CPU.
    const { tasks, cpus } = this.#first.level === 'sequential' ? { tasks: 2, cpus: 2 } : this.#first;
    this.#say(`Exploring at level ${level}…`);
    const answer = await this.#explorer.ask({
      model: formatModel(model),
      options: { level, tasks, cpus, statesMax, idle, exceptions, traced },
    });
    if (answer === null) return;
    const { schedule } = parseSchedule(answer.schedule ?? '');
    const counts = level === 'sequential' ? '' : ` (${answer.states} states, ${tasks} tasks on ${cpus} CPUs)`;
    if (schedule !== null) {
      this.#show(schedule, 'guilty', `At level ${level} this breaks${counts}: the simplest break is shown.`);
    } else if (answer.outcome === 'held')
      this.#say(`At level ${level} this holds${counts}. The steps below are as before.`);
    else this.#say(`No answer at level ${level}: ${answer.problem ?? `more than ${statesMax} states`}.`);
    this.#controls.level(this.#schedule.level);
  }

  /** Rows that the machine chose by itself: a modification, an interrupt. */
  #canMove(at: number): boolean {
    const row = this.#steps.rows[at];
    return row !== undefined && this.#schedule.level !== 'sequential' && isMovable(this.#schedule.actions[row.choice]);
  }

  #moveBy(direction: 'earlier' | 'later'): void {
    const row = this.#steps.rows[this.#at];
    if (row === undefined || !this.#canMove(this.#at)) return;
    this.#moved(moveChoice(this.#schedule, row.choice, neighbour(this.#schedule, row.choice, direction)));
  }

  /** One row to where another is. */
  #move(from: number, to: number): void {
    const [one, other] = [this.#steps.rows[from], this.#steps.rows[to]];
    if (one !== undefined && other !== undefined) this.#moved(moveChoice(this.#schedule, one.choice, other.choice));
  }

  #instead(action: number): void {
    const row = this.#steps.rows[this.#at];
    if (row !== undefined) this.#moved(insteadOf(this.#schedule, row.choice, action));
  }

  #moved(result: Rearranged | null): void {
    if (result === null) {
      this.#say('That is where it is already, or where nothing can go.');
      return;
    }
    this.#pause();
    const steps = stepsOfSchedule(result.schedule);
    const at = steps.rows.findIndex((row) => row.choice === result.at);
    const outcome =
      steps.broken === null ? 'Then nothing breaks.' : `Then task ${steps.broken.task} breaks: ${steps.broken.text}.`;
    this.#show(result.schedule, at < 0 ? 0 : at, `What if it happens there? ${outcome}`);
  }

  #show(schedule: Schedule, at: number | 'guilty', news: string): void {
    this.#schedule = schedule;
    this.#steps = stepsOfSchedule(schedule, { sources: this.#sources });
    this.#at = at === 'guilty' ? (this.#steps.guilty ?? 0) : at;
    this.#news = news;
    if (this.#keepsAddress) history.pushState(null, '', this.#address(this.#at));
    this.#render();
  }

  /** What the address says: its step, and its schedule where it has one. */
  #restore(): void {
    const query = new URLSearchParams(location.search);
    const text = query.get('s');
    const { schedule } = text === null ? { schedule: this.#first } : parseSchedule(text);
    if (schedule !== null && formatSchedule(schedule) !== formatSchedule(this.#schedule)) {
      this.#schedule = schedule;
      this.#steps = stepsOfSchedule(schedule, { sources: this.#sources });
      this.#news = '';
      this.#at = 0;
    }
    const [, step] = /^#step-(\d{1,5})$/.exec(location.hash) ?? [];
    const asked = Number(step ?? query.get('at') ?? this.#at + 1);
    this.#at = Math.max(0, Math.min(this.#steps.rows.length - 1, Math.trunc(asked || 1) - 1));
    this.#render();
  }

  /** Steps are counted from 1 for people. The page of a finding stays what it is as long as its own schedule is shown. */
  #address(at: number): string {
    const query = new URLSearchParams(location.search);
    if (!this.#keepsAddress || this.#schedule !== this.#first || query.has('s'))
      return scheduleLink(this.#schedule, at);
    query.set('at', String(at + 1));
    return `${location.pathname}?${query}#step-${at + 1}`;
  }

  #render(): void {
    this.#part('steps-ending').outerHTML = endingHtml(this.#steps);
    this.#part('steps-timeline').innerHTML = timelineHtml(this.#steps, (at) => this.#address(at));
    for (const row of this.#root.querySelectorAll<HTMLElement>('tr[data-step]'))
      row.classList.toggle('steps-movable', this.#canMove(Number(row.dataset.step)));
    for (const link of this.#root.querySelectorAll<HTMLAnchorElement>('a[data-export]'))
      link.href = `/steps.${link.dataset.export}?s=${encodeURIComponent(formatSchedule(this.#schedule))}`;
    this.#controls.level(this.#schedule.level);
    this.#say(this.#news);
    this.#renderMoment();
  }

  #renderMoment(): void {
    this.#part('steps-moment').innerHTML = momentHtml(this.#steps, this.#at);
    for (const row of this.#root.querySelectorAll('tr[aria-current]')) row.removeAttribute('aria-current');
    const current = this.#root.querySelector<HTMLElement>(`#step-${this.#at + 1}`);
    current?.setAttribute('aria-current', 'step');
    this.#keepInSight(current);
    const row = this.#steps.rows[this.#at];
    const options =
      row === undefined || this.#schedule.level === 'sequential' ? [] : optionsAt(this.#schedule, row.choice);
    this.#controls.moment({
      text: `Step ${this.#at + 1} of ${this.#steps.rows.length}. ${sentenceOf(this.#steps, this.#at)}`,
      movable: this.#canMove(this.#at),
      hasGuilty: this.#steps.guilty !== null,
      options: describeOptions(this.#schedule, options, row),
    });
  }

  /** Within the list of steps only: the page itself stays where it is. */
  #keepInSight(row: HTMLElement | null): void {
    const box = this.#part('steps-timeline');
    if (row === null || box.scrollHeight <= box.clientHeight) return;
    const [above, below] = [
      row.offsetTop - box.scrollTop,
      row.offsetTop + row.offsetHeight - box.scrollTop - box.clientHeight,
    ];
    if (above < row.offsetHeight * 2) box.scrollTop += above - row.offsetHeight * 2;
    else if (below > -row.offsetHeight) box.scrollTop += below + row.offsetHeight * 2;
  }

  #say(text: string): void {
    this.#controls.news(text, this.#schedule !== this.#first);
  }

  #clicked(event: Event): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('tr[data-step]');
    if (row === null) return;
    event.preventDefault();
    this.#select(Number(row.dataset.step));
  }

  #select(at: number): void {
    this.#pause();
    this.go(at);
  }

  async #copy(what: 'link' | 'text'): Promise<void> {
    const text = what === 'link' ? new URL(this.#address(this.#at), location.href).href : mailText(this.#steps);
    try {
      await navigator.clipboard.writeText(text);
      this.#say(what === 'link' ? 'The link to this step is copied.' : 'The steps are copied as text for a mail.');
    } catch {
      if (what === 'link') this.#say('This browser lets no page copy: the address bar has the link to this step.');
      else download('steps.txt', text, 'text/plain');
    }
  }

  #download(): void {
    download('steps.svg', svgOf(this.#steps), 'image/svg+xml');
  }
}

/** The page of a schedule at a step. */
export const scheduleLink = (schedule: Schedule, at: number): string =>
  `/steps?s=${encodeURIComponent(formatSchedule(schedule))}&at=${at + 1}#step-${at + 1}`;

function download(name: string, text: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
