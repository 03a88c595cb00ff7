/**
 * The playground: a sheet of text is read at each change; what it says is explored at every level, with preemption and
 * without, by the worker; the simplest break is stepped through below. The address holds the model.
 */
import { parseSchedule } from '../../analyzers/explore/schedule.ts';
import type { Model } from '../../analyzers/machine/model.ts';
import { formatModel, parseModel } from '../../analyzers/machine/notation.ts';
import { stepsPageHtml } from '../steps/page-html.ts';
import { emptySheet, type Part, readSheet, type Sheet, sheetOf } from '../steps/sheet.ts';
import { stepsOfSchedule } from '../steps/steps.ts';
import { Explorer } from './explorer.ts';
import { StepThrough, scheduleLink } from './step-through.ts';
import type { Answer } from './worker.ts';

/** Of one exploration: what a phone does in some seconds. */
const statesMax = 300_000;
const settleMs = 350;

export function startPlayground(root: HTMLElement): void {
  new Playground(root).start();
}

class Playground {
  readonly #root: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly #explorer = new Explorer(import.meta.url);
  #steps: StepThrough | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of each change, so that what an earlier one asked for is dropped. */
  #turn = 0;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#form = this.#find('[data-sheet]');
  }

  start(): void {
    this.#find('[data-plain]').hidden = true;
    for (const part of [this.#form, this.#find('[data-results]')]) part.hidden = false;
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('input', (event) => {
      const example = event.target instanceof HTMLElement && event.target.matches('[data-example]');
      if (example) this.#load((event.target as HTMLSelectElement).value);
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#explore(), example ? 0 : settleMs);
    });
    this.#root.addEventListener('click', (event) => {
      const target = event.target instanceof Element ? event.target.closest<HTMLElement>('button') : null;
      if (target?.dataset.add !== undefined) this.#add(target.dataset.add);
      if (target?.dataset.schedule !== undefined) this.#show(target.dataset.schedule);
      if (target?.dataset.copy !== undefined) void this.#copy();
    });
    const query = new URLSearchParams(location.search);
    const { model } = parseModel(query.get('m') ?? '');
    this.#fill(model === null ? emptySheet : sheetOf(model));
    for (const name of ['tasks', 'cpus'] as const)
      if (/^[1-4]$/.test(query.get(name) ?? '')) this.#field(name).value = query.get(name) ?? '2';
    this.#box('idle').checked = query.has('idle');
    if (model === null) this.#load(this.#find<HTMLOptionElement>('[data-example] optgroup option').value);
    void this.#explore();
  }

  #find<Kind extends HTMLElement>(selector: string): Kind {
    return this.#root.querySelector<Kind>(selector)!;
  }
  #field(name: string): HTMLInputElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement;
  }
  #box(name: string): HTMLInputElement {
    return this.#field(name);
  }

  #load(notation: string): void {
    const { model } = parseModel(notation);
    if (model !== null) this.#fill(sheetOf(model));
  }

  #fill(sheet: Sheet): void {
    for (const name of ['words', 'steps', 'other', 'data', 'tracers', 'contract'] as const)
      this.#field(name).value = sheet[name];
    this.#field('bits').value = String(sheet.bits);
    this.#box('live').checked = sheet.live;
    this.#box('module').checked = sheet.module;
    if (sheet.other !== '' || sheet.data !== '') this.#find<HTMLDetailsElement>('details').open = true;
  }

  #sheet(): Sheet {
    const text = (name: Part) => this.#field(name).value;
    return {
      contract: this.#field('contract').value as Sheet['contract'],
      ...{ bits: this.#field('bits').value === '32' ? 32 : 64, preemption: 'full' },
      ...{ module: this.#box('module').checked, live: this.#box('live').checked },
      ...{
        words: text('words'),
        steps: text('steps'),
        other: text('other'),
        data: text('data'),
        tracers: text('tracers'),
      },
    };
  }

  /** Below the line that the cursor is in. */
  #add(line: string): void {
    const area = this.#find<HTMLTextAreaElement>('textarea[name="steps"]');
    const end = area.value.indexOf('\n', area.selectionEnd);
    const at = end < 0 ? area.value.length : end;
    const before = area.value.slice(0, at);
    area.value = `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}${area.value.slice(at)}`;
    const to = area.value.indexOf(line, at) + line.length;
    area.focus();
    area.setSelectionRange(to, to);
    void this.#explore();
  }

  async #explore(): Promise<void> {
    const turn = ++this.#turn;
    const { model, problem } = readSheet(this.#sheet());
    const told = this.#find('[data-problem]');
    told.hidden = problem === null;
    told.textContent =
      problem === null
        ? ''
        : `${partNames[problem.part]}${problem.line > 0 ? `, line ${problem.line}` : ''}: ${problem.text}`;
    for (const part of Object.keys(partNames))
      this.#field(part).setAttribute('aria-invalid', String(problem?.part === part));
    const cells = [...this.#root.querySelectorAll<HTMLElement>('td[data-preemption]')];
    if (model === null) {
      this.#explorer.stop();
      // What stands there is of another sheet, or is not explored any more.
      for (const cell of cells) cell.textContent = '';
      this.#find('[data-status]').textContent = '';
      this.#find('[data-steps]').hidden = true;
      return;
    }
    history.replaceState(null, '', this.#address(model));
    for (const cell of cells) cell.textContent = 'exploring…';
    let first: string | null = null;
    for (const cell of cells) {
      const answer = await this.#ask(model, cell);
      if (turn !== this.#turn || answer === null) return;
      cell.replaceChildren(...this.#outcome(cell, answer));
      first ??= answer.schedule;
    }
    if (first !== null) this.#show(first);
    else this.#find('[data-steps]').hidden = true;
    const count = (outcome: Answer['outcome']) => this.#root.querySelectorAll(`td .playground-${outcome}`).length;
    const [broken, open] = [count('broken'), count('limit')];
    const said = broken > 0 ? `${broken} of ${cells.length} break` : open > 0 ? 'no break found' : 'nothing breaks';
    this.#find('[data-status]').textContent =
      `Explored: ${said}${open === 0 ? '' : `, ${open} of ${cells.length} without an answer`}.`;
  }

  #ask(model: Model, cell: HTMLElement): Promise<Answer | null> {
    const [tasks, cpus] = [Number(this.#field('tasks').value), Number(this.#field('cpus').value)];
    const preemption = cell.dataset.preemption === 'none' ? 'none' : 'full';
    const level = (cell.closest('tr')?.dataset.level ?? 'stale') as 'sequential' | 'preemption' | 'stale';
    return this.#explorer.ask({
      model: formatModel({ ...model, preemption }),
      options: { level, tasks, cpus, statesMax, idle: this.#box('idle').checked },
    });
  }

  #outcome(cell: HTMLElement, { outcome, states, schedule, architecture, problem }: Answer): Node[] {
    const said = document.createElement('strong');
    said.className = `playground-${outcome}`;
    said.textContent = outcome === 'limit' ? 'no answer' : outcome;
    const level = cell.closest('tr')?.dataset.level;
    const counts = level === 'sequential' ? '' : ` ${states.toLocaleString('en')} states`;
    const why = outcome === 'limit' ? ` (${problem ?? `more than ${statesMax} states`})` : '';
    const beyond = level === 'stale' && architecture !== 'defined' ? `, outside CMODX (${architecture})` : '';
    const nodes: Node[] = [said, document.createTextNode(`${counts}${why}${beyond} `)];
    if (schedule === null) return nodes;
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.schedule = schedule;
    button.textContent = 'Step through';
    return [...nodes, button];
  }

  #show(text: string): void {
    const { schedule } = parseSchedule(text);
    if (schedule === null) return;
    const place = this.#find('[data-steps]');
    place.hidden = false;
    for (const button of this.#root.querySelectorAll<HTMLElement>('button[data-schedule]'))
      button.setAttribute('aria-pressed', String(button.dataset.schedule === text));
    if (this.#steps === null) {
      const steps = stepsOfSchedule(schedule);
      const link = (at: number) => scheduleLink(schedule, at);
      const page = { steps, at: steps.guilty ?? 0, sources: [], link, exports: null };
      place.innerHTML = `<h2>Step by step</h2>${stepsPageHtml(page)}`;
      const root = place.querySelector<HTMLElement>('#steps');
      if (root !== null) this.#steps = new StepThrough(root, { schedule, keepsAddress: false });
    } else this.#steps.open(schedule);
  }

  #address(model: Model): string {
    const query = new URLSearchParams({
      m: formatModel(model),
      tasks: this.#field('tasks').value,
      cpus: this.#field('cpus').value,
    });
    if (this.#box('idle').checked) query.set('idle', '');
    return `/playground?${query}`;
  }

  async #copy(): Promise<void> {
    const told = this.#find('[data-copied]');
    try {
      await navigator.clipboard.writeText(location.href);
      told.textContent = 'copied';
    } catch {
      told.textContent = 'the address bar has it';
    }
  }
}

const partNames: Readonly<Record<Part, string>> = {
  ...{ words: 'Words', steps: 'Steps', other: 'Second patcher', data: 'Data', tracers: 'Tracers' },
};
