/**
 * The controls of the step-through: buttons, keys, the level, what else could have happened, and the line that is read
 * aloud. They know nothing of schedules: they call what they are given.
 */
import type { Schedule } from '../../analyzers/explore/schedule.ts';
import type { Possible } from '../steps/rearrange.ts';
import type { Row } from '../steps/steps.ts';

export interface Actions {
  readonly go: (to: 'first' | 'last' | 'next' | 'previous' | 'guilty') => void;
  readonly play: () => void;
  readonly level: (level: Schedule['level']) => void;
  readonly move: (direction: 'earlier' | 'later') => void;
  readonly instead: (action: number) => void;
  readonly copy: (what: 'link' | 'text') => void;
  readonly download: () => void;
  readonly back: () => void;
}

interface Moment {
  readonly text: string;
  readonly movable: boolean;
  readonly hasGuilty: boolean;
  readonly options: readonly Described[];
}

export interface Described {
  readonly action: number;
  readonly text: string;
}

export interface Controls {
  playing(on: boolean): void;
  level(level: Schedule['level']): void;
  /** @param other another schedule is shown than at first */
  news(text: string, other: boolean): void;
  moment(moment: Moment): void;
}

const html = `
<div class="steps-bars">
<div class="steps-bar" role="group" aria-label="Stepping">
<button type="button" data-do="first" aria-keyshortcuts="Home" title="First step (Home)"><span aria-hidden="true">|◀</span><span class="unseen">First step</span></button>
<button type="button" data-do="previous" aria-keyshortcuts="ArrowLeft" title="One step back (←)"><span aria-hidden="true">◀</span><span class="unseen">One step back</span></button>
<button type="button" data-do="play" aria-keyshortcuts="Space" title="Play, pause (space)">Play</button>
<button type="button" data-do="next" aria-keyshortcuts="ArrowRight" title="One step on (→)"><span aria-hidden="true">▶</span><span class="unseen">One step on</span></button>
<button type="button" data-do="last" aria-keyshortcuts="End" title="Last step (End)"><span aria-hidden="true">▶|</span><span class="unseen">Last step</span></button>
<button type="button" data-do="guilty" aria-keyshortcuts="g" title="The guilty fetch (g)">Guilty fetch</button>
</div>
<div class="steps-bar" role="group" aria-label="What if">
<label>Explore at level <select data-level><option value="sequential">sequential</option><option value="preemption">preemption</option><option value="stale">stale fetch</option></select></label>
<button type="button" data-do="earlier" aria-keyshortcuts="e" title="Move this earlier (e)">Earlier</button>
<button type="button" data-do="later" aria-keyshortcuts="d" title="Move this later (d)">Later</button>
<label class="steps-else">Instead of this step <select data-else></select></label>
</div>
<div class="steps-bar" role="group" aria-label="Sharing">
<button type="button" data-do="link" aria-keyshortcuts="l">Copy link to this step</button>
<button type="button" data-do="text" aria-keyshortcuts="t">Copy as text for mail</button>
<button type="button" data-do="svg" aria-keyshortcuts="s">Save as SVG</button>
</div>
</div>
<p class="unseen" role="status" data-live></p>
<div class="steps-news" data-newsbox hidden><span role="status" data-news></span> <button type="button" data-do="back" data-back aria-keyshortcuts="b" title="Back (b)" hidden>Back to the first schedule</button></div>
<details class="steps-help"><summary>Keys, and what can be moved</summary>
<p><kbd>←</kbd> <kbd>→</kbd> a step back, on · <kbd>Home</kbd> <kbd>End</kbd> first, last · <kbd>space</kbd> play, pause · <kbd>g</kbd> the guilty fetch · <kbd>1</kbd> <kbd>2</kbd> <kbd>3</kbd> explore at level sequential, preemption, stale fetch · <kbd>e</kbd> <kbd>d</kbd> move this step earlier, later · <kbd>b</kbd> back to the first schedule · <kbd>l</kbd> copy the link · <kbd>t</kbd> copy as text · <kbd>s</kbd> save as SVG.</p>
<p>What comes between two instructions of a task can be moved: drag a modification, an interrupt or a preemption (its row has a grip) to another place in the list, and the machine shows what would have happened. What stands behind it goes along when it is moved later; what stands before it, when it is moved earlier.</p></details>`;

export function addControls(place: HTMLElement, actions: Actions): Controls {
  place.innerHTML = html;
  const find = <Kind extends HTMLElement>(selector: string) => place.querySelector<Kind>(selector)!;
  const button = (name: string) => find<HTMLButtonElement>(`[data-do="${name}"]`);
  const levels = find<HTMLSelectElement>('[data-level]');
  const instead = find<HTMLSelectElement>('[data-else]');
  const deeds: Readonly<Record<string, () => void>> = {
    first: () => actions.go('first'),
    previous: () => actions.go('previous'),
    next: () => actions.go('next'),
    last: () => actions.go('last'),
    guilty: () => actions.go('guilty'),
    play: actions.play,
    earlier: () => actions.move('earlier'),
    later: () => actions.move('later'),
    link: () => actions.copy('link'),
    text: () => actions.copy('text'),
    svg: actions.download,
    back: actions.back,
    1: () => actions.level('sequential'),
    2: () => actions.level('preemption'),
    3: () => actions.level('stale'),
  };
  place.addEventListener('click', (event) => {
    const name = (event.target as HTMLElement).closest<HTMLElement>('[data-do]')?.dataset.do;
    if (name !== undefined) deeds[name]?.();
  });
  levels.addEventListener('change', () => actions.level(levels.value as Schedule['level']));
  instead.addEventListener('change', () => {
    if (instead.value !== '') actions.instead(Number(instead.value));
  });
  addEventListener('keydown', (event) => {
    const name = keyOf(event, place);
    if (name === null) return;
    event.preventDefault();
    deeds[name]?.();
  });
  return {
    playing: (on) => {
      button('play').textContent = on ? 'Pause' : 'Play';
    },
    level: (level) => {
      levels.value = level;
    },
    news: (text, other) => {
      find('[data-news]').textContent = text;
      find('[data-newsbox]').hidden = text === '' && !other;
      find('[data-back]').hidden = !other;
    },
    moment: ({ text, movable, hasGuilty, options }) => {
      find('[data-live]').textContent = text;
      button('earlier').disabled = !movable;
      button('later').disabled = !movable;
      button('guilty').disabled = !hasGuilty;
      instead.replaceChildren(
        new Option(options.length === 0 ? 'nothing else is possible' : 'choose what happens', ''),
        ...options.map(({ action, text: said }) => new Option(said, String(action))),
      );
      instead.disabled = options.length === 0;
    },
  };
}

const keys: Readonly<Record<string, string>> = {
  ...{ ArrowLeft: 'previous', ArrowRight: 'next', ArrowUp: 'previous', ArrowDown: 'next', Home: 'first', End: 'last' },
  ...{ ' ': 'play', g: 'guilty', e: 'earlier', d: 'later', b: 'back', l: 'link', t: 'text', s: 'svg' },
  ...{ 1: '1', 2: '2', 3: '3' },
};

/** What a key does; null where it is meant for what has the focus, or with another key. */
function keyOf(event: KeyboardEvent, place: HTMLElement): string | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return null;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input, select, textarea') != null) return null;
  // Where there is more on the page than steps, keys are theirs only while they have the focus.
  const steps = place.closest('.playground') === null ? null : place.closest('.steps');
  if (steps !== null && (target === null || !steps.contains(target))) return null;
  // A button or a link takes these itself.
  if (event.key === ' ' && target?.closest('button, a, summary') != null) return null;
  return keys[event.key] ?? null;
}

/** All but what the schedule does. */
export function describeOptions(
  schedule: Schedule,
  options: readonly Possible[],
  row: Row | undefined,
): readonly Described[] {
  const others = options.filter(({ taken }) => !taken);
  return others.map(({ action, choice }) => ({ action, text: describe(schedule, choice, row) }));
}

function describe(
  { model, level }: Schedule,
  { kind, task, cpu, version }: Possible['choice'],
  row: Row | undefined,
): string {
  switch (kind) {
    case 'modify':
      return model.other.length === 0
        ? 'the modifying CPU goes on'
        : `the ${task === 0 ? 'first' : 'second'} patcher goes on`;
    case 'dispatch':
      return `task ${task} calls the function on CPU ${cpu}`;
    case 'resume':
      return `task ${task} goes on on CPU ${cpu}`;
    case 'preempt':
      return `task ${task} is interrupted and preempted`;
    case 'deliver':
      return `CPU ${cpu} takes the IPI`;
    case 'step': {
      const same = row?.who.kind === 'task' && row.who.task === task;
      return `task ${task} executes its next word${level === 'stale' ? `, in version ${version}` : ''}${same ? '' : ', first'}`;
    }
  }
}
