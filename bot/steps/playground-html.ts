/**
 * The playground as HTML: the sheet, what it starts from, and what its notation means. Exploring needs scripts; without them
 * the page says so, and is the help of the notation.
 */
import { exampleModels } from './examples.ts';
import { escapeMarkup as text } from './markup.ts';

export function playgroundHtml(): string {
  return `<div id="playground" class="playground">
<p>Edit the words of a function and what is done to them, and see at once whether a task can break: how one thinks a protocol through before writing the patch. It is explored in this browser, by the machine that reviews patches.</p>
<p class="steps-news" data-plain>Exploring runs in your browser and needs scripts. What the notation means stands below; <code>npm run replay -- SCHEDULE</code> steps through a schedule in a terminal.</p>
<form class="playground-sheet" data-sheet hidden>
<p class="playground-wide"><label for="pg-example">Start from</label><select id="pg-example" data-example><option value="">a call site and what is done to it…</option>${examplesHtml()}</select></p>
<p class="playground-words"><label for="pg-words">Words of the function <code>f</code>, and of other texts</label><textarea id="pg-words" name="words" rows="8" spellcheck="false" autocomplete="off" autocapitalize="off"></textarea></p>
<p class="playground-steps"><label for="pg-steps">Steps, one a line</label><textarea id="pg-steps" name="steps" rows="8" spellcheck="false" autocomplete="off" autocapitalize="off"></textarea></p>
<p class="playground-add" role="group" aria-label="Add a step">${additions.map(({ line, name }) => `<button type="button" data-add="${text(line)}">+ ${text(name)}</button>`).join(' ')}</p>
<p class="playground-choices">
<label>Entered as <select name="contract">${contracts.map(([id, what]) => `<option value="${id}">${text(what)}</option>`).join('')}</select></label>
<label>Width <select name="bits"><option value="64">64 bits</option><option value="32">32 bits</option></select></label>
<label>Tasks <select name="tasks"><option>1</option><option selected>2</option><option>3</option><option>4</option></select></label>
<label>CPUs <select name="cpus"><option>1</option><option selected>2</option><option>3</option><option>4</option></select></label>
<label><input type="checkbox" name="live" checked> called from the start</label>
<label><input type="checkbox" name="module"> module text</label>
<label><input type="checkbox" name="idle"> task 0 is idle, unwatched by RCU</label>
</p>
<details class="playground-wide"><summary>A second patcher, data, tracers</summary>
<p><label for="pg-other">Steps of a second patcher, under other locks</label><textarea id="pg-other" name="other" rows="3" spellcheck="false" autocomplete="off"></textarea></p>
<p><label for="pg-data">Data that code loads</label><textarea id="pg-data" name="data" rows="3" spellcheck="false" autocomplete="off"></textarea></p>
<p><label for="pg-tracers">Tracers</label><input id="pg-tracers" name="tracers" autocomplete="off"></p>
</details>
<p class="playground-problem" role="alert" data-problem hidden></p>
</form>
<div data-results hidden>
<h2>What comes of it</h2>
<div class="box" tabindex="0" role="region" aria-label="Outcomes"><table class="playground-outcomes"><thead><tr><th scope="col">Level</th><th scope="col">with preemption</th><th scope="col">without</th></tr></thead><tbody>${levels.map(([id, name]) => `<tr data-level="${id}"><th scope="row">${name}</th><td data-preemption="full"></td><td data-preemption="none"></td></tr>`).join('')}</tbody></table></div>
<p class="unseen" role="status" data-status></p>
<p><button type="button" data-copy>Copy link to this model</button> <span data-copied></span></p>
<div data-steps></div>
</div>
${notationHtml}
</div>`;
}

function examplesHtml(): string {
  const groups = Map.groupBy(exampleModels, ({ group }) => group);
  return [...groups]
    .map(([group, rows]) => {
      const options = rows.map(({ name, model }) => `<option value="${text(model)}">${text(name)}</option>`);
      return `<optgroup label="${text(group)}">${options.join('')}</optgroup>`;
    })
    .join('');
}

const levels = [
  ['sequential', 'sequential: nobody else runs'],
  ['preemption', 'preemption: interrupted and delayed anywhere'],
  ['stale', 'stale fetch: CPUs may hold old words'],
] as const;

const contracts = [
  ['r0', 'return address in r0 (-mprofile-kernel, patchable, ppc32 since v5.17)'],
  ['ool', 'out of line: r0, and back by LR'],
  ['pg64', 'ppc64 -pg: return address in the frame'],
  ['pg32', 'ppc32 -pg: return address in 4(r1)'],
  ['plain', 'no tracer: one place of text to another'],
  ['called', 'as plain, with arguments'],
  ['probe', 'as plain, with probes'],
  ['system', 'interrupt entry and exit'],
] as const;

const additions = [
  { name: 'modify a word', line: 'f+0 = nop' },
  { name: 'plain store', line: 'plain f+0 = nop' },
  { name: 'flush', line: 'flush' },
  { name: 'IPI', line: 'ipi isync wait' },
  { name: 'synchronize_rcu()', line: 'grace rcu' },
  { name: 'synchronize_rcu_tasks()', line: 'grace tasks' },
  { name: 'synchronize_rcu_tasks_rude()', line: 'grace tasks-rude' },
  { name: 'stop_machine()', line: 'stop_machine f+0 = nop; f+4 = nop' },
  { name: 'free', line: 'free tramp' },
] as const;

const notation = [
  ['f:', 'the function; behind it its words, one a line. Other labels are stubs and trampolines.'],
  [
    'mflr r0 · bl ftrace_caller · b f+8',
    'instructions as GNU as reads them, branches to a text, a tracer or a place in one',
  ],
  ['60000000', 'a word by its number, as the ISA prints it'],
  [
    'f+4 = nop',
    'patch_instruction(): one word is stored, then made consistent (dcbst; sync; icbi; sync; isync on that CPU)',
  ],
  ['plain f+4 = nop', 'only stored: any CPU may fetch the old word until it is flushed and the CPU synchronizes'],
  ['flush', 'flush_icache_range() of all text'],
  [
    'ipi isync wait',
    'an IPI to every other CPU, with isync in its handler, waited for; leave words out for what it lacks',
  ],
  ['grace tasks', 'a grace period: rcu, sched, tasks, tasks-rude or tasks-trace'],
  ['stop_machine f+0 = nop; f+4 = nop', 'stores while every other CPU is stopped'],
  ['publish ops = 0x50000', 'data is set, in order with what follows; publish plain … where nothing orders it'],
  ['reachable', 'from here on tasks can call the function (called from the start: off)'],
  ['free tramp', 'a text or a datum is freed'],
  ['ops = 0x50000 · ops = none · sp = own 0x10', 'data: a value, not initialised, each task’s own'],
] as const;

const notationHtml = `<section><h2>Notation</h2><div class="box" tabindex="0" role="region" aria-label="Notation"><table><thead><tr><th scope="col">Line</th><th scope="col">Meaning</th></tr></thead><tbody>${notation.map(([line, meaning]) => `<tr><td><code>${text(line)}</code></td><td>${text(meaning)}</td></tr>`).join('')}</tbody></table></div><p>Offsets are hexadecimal; <code>#</code> begins a comment. Tasks call the function whenever they like, are interrupted and delayed anywhere, and with preemption moved to other CPUs.</p></section>`;
