/**
 * Steps as HTML: the moment (the words with their versions, each task's arrow, the registers) and the table of all steps.
 * Works without scripts: each step is a link that shows the moment after it.
 */
import { escapeMarkup as text } from './markup.ts';
import { registersShown } from './registers.ts';
import { sentenceOf } from './sentence.ts';
import type { Row, Steps } from './steps.ts';
import type { TaskState } from './tasks.ts';
import { valueText, type Word } from './words.ts';

/** All steps, time downward. @param link the address of the page at a step */
export function timelineHtml(steps: Steps, link: (at: number) => string): string {
  const { rows, cpus, tasks, schedule } = steps;
  const second = schedule.model.other.length > 0;
  const heads = [
    'Modifying CPU',
    ...(second ? ['Second patcher'] : []),
    ...cpus.map((cpu) => `CPU ${cpu}`),
    ...tasks.map((task) => `${chip(task)} stands at`),
  ];
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join('');
  const body = rows.map((row, at) => rowHtml(steps, at, row, { second, link }));
  return `<table class="steps-all"><caption>All steps, time downward</caption><thead><tr><th scope="col">Step</th>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`;
}

function rowHtml(
  steps: Steps,
  at: number,
  row: Row,
  { second, link }: { second: boolean; link: (at: number) => string },
): string {
  const { who, step } = row;
  const before = steps.rows[at - 1];
  const patchers = [false, ...(second ? [true] : [])].map((other) =>
    who.kind === 'patcher' && who.second === other ? actHtml(row, 'Modifying CPU', steps.guilty === at) : empty,
  );
  const cpus = steps.cpus.map((cpu) => {
    if (who.kind !== 'patcher' && who.cpu === cpu) return actHtml(row, `CPU ${cpu}`, steps.guilty === at);
    const busy = row.tasks.find((task) => task.cpu === cpu && task.state === 'running');
    return busy === undefined ? empty : `<td class="steps-lane steps-t${busy.task % 8}"></td>`;
  });
  const tasks = row.tasks.map((task, i) => standHtml(steps, task, before?.tasks[i]));
  const fixed = step.kind === 'instruction' && step.fixed;
  const classes = [
    `steps-${step.kind}`,
    ...(fixed ? ['steps-fixed'] : []),
    ...(steps.guilty === at ? ['steps-guilty'] : []),
    ...(row.note !== '' && step.kind === 'instruction' ? ['steps-old'] : []),
  ];
  const number = `<th scope="row"><a href="${text(link(at))}">${at + 1}</a></th>`;
  return `<tr id="step-${at + 1}" data-step="${at}" class="${classes.join(' ')}">${number}${[...patchers, ...cpus, ...tasks].join('')}</tr>`;
}

const empty = '<td></td>';

function actHtml({ who, step, where, what, note, source }: Row, label: string, guilty: boolean): string {
  const task = who.kind === 'task' ? `${chip(who.task)} ` : '';
  const place = where === '' ? '' : `<span class="steps-place">${text(where)}</span> `;
  const code = step.kind === 'instruction' || step.kind === 'modify';
  const said = code ? `<code>${text(what)}</code>` : text(what);
  const mark = guilty ? ' <strong class="steps-mark">the guilty fetch</strong>' : '';
  const aside = note === '' ? '' : ` <span class="steps-note">${text(note)}</span>`;
  const from = source === null ? '' : sourceHtml(source);
  const lane = who.kind === 'task' ? ` steps-lane steps-t${who.task % 8}` : '';
  return `<td class="steps-act${lane}" data-label="${text(label)}">${task}${place}${said}${aside}${mark}${from}</td>`;
}

function sourceHtml({ file, line, fn, text: code }: NonNullable<Row['source']>): string {
  const place = `${file.split('/').at(-1)}:${line}${fn === '' ? '' : `, ${fn}()`}`;
  const quoted = code === null ? '' : `<code>${text(code)}</code> `;
  return `<span class="steps-source">${quoted}<span title="${text(`${file}:${line}`)}">${text(place)}</span></span>`;
}

function standHtml(steps: Steps, task: TaskState, before: TaskState | undefined): string {
  const moved = before === undefined || before.nia !== task.nia || before.state !== task.state;
  const classes = `steps-stand steps-${task.state}${moved ? ' steps-moved' : ''}`;
  return `<td class="${classes}" data-label="${text(`task ${task.task} stands at`)}">${text(standText(steps, task))}</td>`;
}

function standText({ schedule: { model } }: Steps, { state, nia }: TaskState): string {
  if (state === 'outside') return '';
  const place = valueText(model, BigInt(nia));
  return state === 'preempted' ? `${place}, preempted` : place;
}

const chip = (task: number) => `<span class="steps-chip steps-t${task % 8}">task ${task}</span>`;

/** What holds after a step. */
export function momentHtml(steps: Steps, at: number): string {
  const row = steps.rows[at];
  if (row === undefined) return '';
  const said = `<p class="steps-said"><span class="steps-count">Step ${at + 1} of ${steps.rows.length}.</span> ${text(sentenceOf(steps, at))}${row.source === null ? '' : `<br>${sourceHtml(row.source)}`}</p>`;
  return `${said}${wordsHtml(steps, row)}${elsewhereHtml(steps, row)}${registersHtml(steps, row)}`;
}

function wordsHtml({ words, cpus, rows }: Steps, row: Row): string {
  const last = rows.at(-1);
  const heads = cpus.map((cpu) => `<th scope="col">CPU ${cpu} may fetch</th>`).join('');
  const body = words.map((word, i) => {
    const group =
      words[i - 1]?.of === word.of
        ? ''
        : `<tr class="steps-text"><th scope="rowgroup" colspan="${3 + cpus.length}">&lt;${text(word.of)}&gt;:</th></tr>`;
    return group + wordHtml(word, row, { cpus, last: last ?? row });
  });
  return `<div class="steps-scroll" tabindex="0" role="region" aria-label="The words"><table class="steps-words"><caption>The words after this step</caption><thead><tr><th scope="col">Task</th><th scope="col">Word</th><th scope="col">Versions, oldest first</th>${heads}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function wordHtml(word: Word, row: Row, { cpus, last }: { cpus: readonly number[]; last: Row }): string {
  const acts = row.step.kind === 'instruction' && row.step.fetch.address === word.address ? row.step.task : -1;
  const arrows = row.tasks
    .filter(({ task, state, nia }) => task === acts || (state !== 'outside' && nia === word.address))
    .map((task) => arrowHtml(task, task.task === acts));
  const now = row.words[word.index];
  const place = `<tr class="steps-word${acts < 0 ? '' : ' steps-executed'}"><td>${arrows.join(' ')}</td><th scope="row">${text(word.place)}</th>`;
  if (now === undefined)
    return `${place}<td><code>${text(word.versions[0]?.text ?? '')}</code></td>${cpus.map(() => '<td class="steps-always"></td>').join('')}</tr>`;
  // What this schedule never comes to is left out.
  const count = Math.max(now.newest, last.words[word.index]?.newest ?? 0) + 1;
  const versions = word.versions.slice(0, count).map(({ text: code }, version) => {
    const state = version > now.newest ? 'coming' : version === now.newest ? 'newest' : 'past';
    const mark = version === now.newest && now.consistent < now.newest ? ', not consistent yet' : '';
    return `<span class="steps-version steps-${state}" title="version ${version}: ${state}${mark}"><code>${text(code)}</code>${mark === '' ? '' : '<span class="steps-raw"> not consistent yet</span>'}</span>`;
  });
  const fetched = cpus.map((_, i) => {
    const may = now.mayFetch[i] ?? [];
    const chips = may.map((version) => {
      const old = version < now.newest ? ' steps-stale' : '';
      return `<code class="steps-may${old}">${text(word.versions[version]?.text ?? '')}</code>`;
    });
    return `<td>${chips.join(' <span class="steps-or">or</span> ')}</td>`;
  });
  return `${place}<td>${versions.join(' ')}</td>${fetched.join('')}</tr>`;
}

/** A task at the word that it has just executed, or that it stands at. */
function arrowHtml({ task, state }: TaskState, executed: boolean): string {
  const how = executed ? 'ran' : state === 'preempted' ? 'preempted →' : '→';
  return `<span class="steps-arrow steps-${state}">${chip(task)} <span class="steps-how">${how}</span></span>`;
}

/** Where tasks are that stand at none of the words shown. */
function elsewhereHtml(steps: Steps, row: Row): string {
  const shown = new Set(steps.words.map(({ address }) => address));
  const away = row.tasks.filter(({ state, nia }) => state !== 'outside' && !shown.has(nia));
  return away
    .map((task) => `<p class="steps-away">${arrowHtml(task, false)} <code>${text(standText(steps, task))}</code></p>`)
    .join('');
}

function registersHtml(steps: Steps, row: Row): string {
  const { model } = steps.schedule;
  const present = row.tasks.filter(({ state }) => state !== 'outside');
  if (present.length === 0) return '';
  const names = registersShown(steps);
  const heads = ['nia', ...names].map((name) => `<th scope="col">${name.toUpperCase()}</th>`).join('');
  const body = present.map((task) => {
    const cells = names.map((name) => {
      const changed = task.changed.includes(name) ? ' class="steps-changed"' : '';
      return `<td${changed}><code>${text(valueText(model, task.registers.get(name) ?? 0n))}</code></td>`;
    });
    return `<tr><th scope="row">${chip(task.task)}</th><td><code>${text(valueText(model, BigInt(task.nia)))}</code></td>${cells.join('')}</tr>`;
  });
  return `<div class="steps-scroll" tabindex="0" role="region" aria-label="The registers"><table class="steps-registers"><caption>Registers after this step</caption><thead><tr><th scope="col">Task</th>${heads}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}
