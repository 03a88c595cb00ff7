/**
 * A break inside the tracer's entry code as a person would show it: the instructions on the way that write the register which
 * comes out wrong, each with what the register then is. A stack pointer is told relative to the one at the call.
 *
 * Example:
 *
 *     	<ftrace_caller>:
 *     	stdu	r1,-32(r1)		<-- r1 is 32 lower than at the call
 *     	[...]
 *     	<ftrace_no_trace>:
 *     	addi	r1,r1,400		<-- r1 is 32 lower than at the call
 *     	[...]
 *     	bctr				<-- leaves the tracer
 */
import { callRegister } from '../../analyzers/checks/call.ts';
import { type ChangedRegister, checks } from '../../analyzers/checks/checks.ts';
import { type InstructionStep, textName, wordText } from '../../analyzers/explore/execution.ts';
import type { Break } from '../../analyzers/explore/explore.ts';
import { wrongRegisters } from '../../analyzers/explore/outcome.ts';
import { inTracer, layout } from '../../analyzers/machine/layout.ts';
import type { Model } from '../../analyzers/machine/model.ts';
import { withNote } from './drawing.ts';

/** Lines of the drawing; ends with an empty one. */
export function drawEntry(model: Model, found: Break): string[] {
  const [wrong] = shownRegister(model, found);
  const steps = found.execution.filter((step) => step.kind === 'instruction');
  const inside = steps.filter(({ fetch }) => inTracer(fetch.address));
  const shown = wrong === undefined ? inside.slice(-endShown) : inside.filter(({ changed }) => writes(changed, wrong));
  const lines: string[] = [];
  let symbol = '';
  let last = -1;
  for (const step of shown) {
    const at = inside.indexOf(step);
    if (at > last + 1) lines.push('\t[...]');
    last = at;
    const within = textName(model, step.fetch.address);
    if (within !== symbol) lines.push(`\t<${within}>:`);
    symbol = within;
    const text = textOf(model, step);
    const value = step.changed.find(([register]) => register === wrong?.register)?.[1];
    lines.push(wrong === undefined || value === undefined ? `\t${text}` : withNote(text, valueText(wrong, value)));
  }
  if (last < inside.length - 2) lines.push('\t[...]');
  const end = inside.at(-1);
  if (end !== undefined && last < inside.length - 1) lines.push(withNote(textOf(model, end), endNote(found)));
  return [...lines, ''];
}

/** The register whose way is drawn; of a call that comes back in good order, the one that its check is about. */
function shownRegister(model: Model, found: Break): readonly ChangedRegister[] {
  const register = callRegister(found.check);
  if (register === null) return wrongRegisters(model, found);
  return register === '' ? [] : [{ register, check: found.check, before: -1n, after: -1n }];
}

/** Where the way ends. */
function endNote({ execution, check }: Break): string {
  const end = execution.findLast((step) => step.kind === 'break');
  if (callRegister(check) === null || end?.kind !== 'break') return 'leaves the tracer';
  if (end.nia === layout.callee) return 'calls the tracer';
  return end.nia === layout.replacement ? 'enters the new function' : 'leaves the tracer';
}

const textOf = (model: Model, { fetch }: InstructionStep) => wordText(model, fetch).replace(/\s+/, '\t');

/** Where no register tells, the end of the way through the entry code. */
const endShown = 6;

const writes = (changed: InstructionStep['changed'], { register }: ChangedRegister) =>
  changed.some(([name]) => name === register);

function valueText({ register, before }: ChangedRegister, value: bigint): string {
  if (register !== 'r1')
    return value === before ? `${register} is as at the call` : `${register} is 0x${value.toString(16)}`;
  const off = value - before;
  if (off === 0n) return 'r1 is as at the call';
  return `r1 is ${off < 0n ? `${-off} lower` : `${off} higher`} than at the call`;
}

/** Which register comes out wrong, and by how much, in a sentence; null where none does. */
export function wrongText(model: Model, found: Break): string | null {
  const [wrong] = callRegister(found.check) === null ? wrongRegisters(model, found) : [];
  if (wrong === undefined) return null;
  const { register, before, after, check } = wrong;
  if (register === 'r1') {
    const off = after - before;
    return `The task comes out of the tracer with r1 ${off < 0n ? `${-off} bytes lower` : `${off} bytes higher`} than it went in.`;
  }
  const what = checks.get(check)?.text ?? check;
  return `The task comes out of the tracer with another ${register} than it went in (0x${after.toString(16)} for 0x${before.toString(16)}): ${what}.`;
}
