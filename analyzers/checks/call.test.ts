/**
 * What a call of a traced function loses between two kernels: one call that has everything, and the same with one thing changed,
 * which loses what depends on it and nothing else.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type Call, type CallPlace, type CallRegisters, callRegister, lostChecks } from './call.ts';
import { checks } from './checks.ts';

const known = {
  ip: 0x104n,
  caller: 0x200n,
  ops: 0x300n,
  tracer: 0x400n,
  replacement: 0x500n,
  toc: 0x600n,
  nip: 0x108n,
};

/** The registers of a task: all different, and at each place others. */
const registers = (place: number, gpr: Readonly<Record<number, bigint>> = {}): CallRegisters => ({
  gpr: Array.from({ length: 32 }, (_, i) => gpr[i] ?? BigInt(0x1000 * place + i)),
  lr: known.caller,
  ctr: 0x71n,
  xer: 0x72,
  cr: 0x30000073,
  msr: 0x74n,
});
const entry = registers(1);
const atTracer = { 2: known.toc, 3: known.ip, 4: known.caller, 5: known.ops, 6: 0x7000n, 12: known.tracer };

const fields: Readonly<Record<string, bigint>> = {
  ...Object.fromEntries(entry.gpr.map((value, i) => [`gpr${i}`, value])),
  ...{ _NIP: known.nip, _LINK: known.caller, _CTR: entry.ctr, _XER: 0x72n, _CCR: 0x50000073n, _MSR: entry.msr },
};

interface Change extends Partial<Omit<Call, 'at' | 'field'>> {
  readonly at?: Partial<Record<CallPlace, CallRegisters | null>>;
  readonly fields?: Readonly<Record<string, bigint>>;
}

/** A call that loses nothing. */
const call = ({ at = {}, fields: changed = {}, ...more }: Change): Call => {
  const places: Partial<Record<CallPlace, CallRegisters | null>> = {
    ...{ start: registers(0), entry, tracer: registers(2, atTracer), body: registers(3), end: registers(4) },
    ...at,
  };
  const there = (Object.entries(places) as [CallPlace, CallRegisters | null][]).filter(([, one]) => one !== null);
  return {
    ...{ bits: 64, exit: 'normal', allRegisters: true, linked: true, links: [known.nip, known.caller] },
    ...{ bodyRuns: 1, tracerCalls: 1, throughCounter: true, takesLink: true },
    ...{ callerFrameKept: true, livepatchStackKept: true, known },
    ...more,
    at: new Map(there as [CallPlace, CallRegisters][]),
    field: (name) => ({ ...fields, ...changed })[name] ?? null,
  };
};

const whole = 'the tracer no longer gets NULL for pt_regs that are not whole';
const saved = (registers: string) => `the tracer no longer gets ${registers} in pt_regs`;
const zeroMsr = 'the tracer no longer gets the MSR of 0 in pt_regs that says they are not whole';
const walk = (whom: string) => `the tracer no longer gets ${whom} in a walk along the stack`;

/** What a call of a kind loses by a change. */
function check(title: string, kind: Change, change: Change, expected: readonly string[]): void {
  test(`${title}: ${expected.join(', ') || 'nothing is lost'}`, () => {
    const [before, after] = [call(kind), call({ ...kind, ...change })];
    assert.deepEqual(
      lostChecks(before, after).map((lost) => lost.check ?? lost.what),
      expected,
    );
    assert.deepEqual(lostChecks(after, after), [], 'what is no other than before loses nothing');
    for (const lost of lostChecks(before, after)) assert.equal(lost.what === '', lost.check !== null);
  });
}

const tracer = (gpr: Readonly<Record<number, bigint>>): Change => ({
  at: { tracer: registers(2, { ...atTracer, ...gpr }) },
});
const field = (name: string, value = 0x99n): Change => ({ fields: { [name]: value } });

check('no change', {}, {}, []);
check('the tracer is not called', {}, { tracerCalls: 0 }, ['tracer-called']);
check('the tracer is called twice', {}, { tracerCalls: 2 }, ['tracer-called']);
check('the tracer is called while tracing is off', { exit: 'no-trace', tracerCalls: 0 }, { tracerCalls: 1 }, [
  'tracer-called',
]);
check('r2 at the tracer', {}, tracer({ 2: 1n }), ['tracer-toc']);
check('r2 at the tracer of a 32-bit kernel', { bits: 32 }, tracer({ 2: 1n }), []);
check('r12 at the tracer', {}, tracer({ 12: 1n }), ['tracer-entry']);
check('r12 at a tracer that is branched to', { throughCounter: false }, tracer({ 12: 1n }), []);
check('r12 at the tracer of a 32-bit kernel', { bits: 32 }, tracer({ 12: 1n }), []);
check('a tracer that is branched to', tracer({ 12: 1n }), { throughCounter: false }, []);
check('r3 at the tracer', {}, tracer({ 3: 1n }), ['tracer-ip']);
check('r4 at the tracer', {}, tracer({ 4: 1n }), ['tracer-parent']);
check('r5 at the tracer', {}, tracer({ 5: 1n }), ['tracer-ops']);
check('r6 at the tracer is a matter of where pt_regs is', {}, tracer({ 6: 0x7100n }), []);
check('NIP', {}, field('_NIP'), ['tracer-regs']);
check('LINK', {}, field('_LINK'), ['tracer-regs']);
for (let register = 0; register < 32; register++) {
  const name = `gpr${register}`;
  const expected =
    register === 0 || register === 2
      ? [saved(`r${register}`)]
      : register === 1
        ? [whole, saved('r1')]
        : register < 11
          ? ['tracer-regs', whole]
          : register < 14
            ? [saved('r11 to r13')]
            : ['tracer-regs', whole];
  check(name, {}, field(name), expected);
  if (register >= 14) check(`${name} of ftrace_caller`, { allRegisters: false }, field(name), [whole]);
  const none = expected.filter((one) => one !== whole);
  check(`${name} where the tracer gets NULL`, tracer({ 6: 0n }), { ...tracer({ 6: 0n }), ...field(name) }, none);
}
check('MSR', {}, field('_MSR'), [saved('MSR')]);
check('MSR of ftrace_caller', { allRegisters: false }, field('_MSR'), []);
check('an MSR of 0', { allRegisters: false, ...field('_MSR', 0n) }, field('_MSR'), [zeroMsr]);
check('CTR', {}, field('_CTR'), [saved('CTR')]);
check('XER', {}, field('_XER'), [saved('XER')]);
check('CR1', {}, field('_CCR', 0x51000073n), [saved('CR')]);
check('CR7', {}, field('_CCR', 0x50000072n), [saved('CR')]);
check('CR0, which entry code may use', {}, field('_CCR', 0xf0000073n), []);
for (const name of ['_CTR', '_XER', '_CCR'])
  check(`${name} of ftrace_caller`, { allRegisters: false }, field(name), []);
test('what is not stored is lost as well', () => {
  const none = { ...call({}), field: () => null };
  const all = ['tracer-regs', 'tracer-regs', 'tracer-regs', whole];
  const rest = ['r0', 'r1', 'r2', 'r11 to r13', 'MSR', 'CTR', 'XER', 'CR'].map(saved);
  assert.deepEqual(
    lostChecks(call({}), none).map((lost) => lost.check ?? lost.what),
    [...all, ...rest],
  );
});
const walks = [walk('the traced function'), walk('the caller of the traced function')];
check('no walk along the stack', {}, { links: null }, ['back-chain', ...walks]);
check('a walk that finds nobody', {}, { links: [] }, walks);
check('a walk that finds the caller', {}, { links: [known.caller] }, walks.slice(0, 1));
check('a walk that finds the function', {}, { links: [known.nip] }, walks.slice(1));
check('the body is not run', {}, { bodyRuns: 0 }, ['call-target']);
check('the body is run twice', {}, { bodyRuns: 2 }, ['call-target']);
const livepatch: Change = {
  ...{ exit: 'livepatch', bodyRuns: 0 },
  at: { replacement: registers(5, { 12: known.replacement }) },
};
check('the old function runs as well', livepatch, { bodyRuns: 1 }, ['call-target']);
check('the new function does not run', livepatch, { at: {} }, ['call-target']);
check('r12 at the new function', livepatch, { at: { replacement: registers(5) } }, ['new-function-entry']);
check(
  'r12 at the new function of a 32-bit kernel',
  { ...livepatch, bits: 32 },
  { at: { replacement: registers(5) } },
  [],
);
const trampoline = { tracer: null, trampoline: registers(6) };
for (const exit of ['direct', 'direct-by-tracer'] as const)
  check(`the trampoline is not reached: ${exit}`, { exit, at: trampoline }, { at: { tracer: null } }, ['call-target']);
check('a tracer in place of the trampoline', { exit: 'direct', at: trampoline }, { at: { trampoline: registers(6) } }, [
  'the C function is called where a direct trampoline served',
]);
check('a trampoline needs no tracer', { exit: 'direct', at: trampoline }, { tracerCalls: 0 }, []);
check('a tracer has nothing to do with trampolines', { at: { tracer: null } }, { at: {} }, []);
const elsewhere: Change = { at: { body: { ...registers(3), lr: 0x201n } } };
check('LR at the body', {}, elsewhere, ['return-path']);
check('LR at a body that has saved it', { linked: false }, elsewhere, []);
check('a body that nobody comes to has no LR', {}, { at: { body: null } }, []);
check('the livepatch stack', {}, { livepatchStackKept: false }, ['livepatch-stack']);
check('the frame of the caller', {}, { callerFrameKept: false }, ['something is stored into the frame of the caller']);
check('a return address that the tracer sets', {}, { takesLink: false }, [
  saved('its way to change the return address'),
]);
check('nothing is handed over where no tracer comes by', {}, { at: { tracer: null }, fields: { _NIP: 0n } }, []);

test('a check of this table names its register, another has none', () => {
  const named = [...checks.keys()].flatMap((id) => {
    const register = callRegister(id);
    return register === null ? [] : [`${id} ${register}`.trim()];
  });
  assert.deepEqual(named, [
    ...['tracer-called', 'call-target', 'return-path lr', 'tracer-toc r2', 'tracer-entry r12', 'tracer-ip r3'],
    ...['tracer-parent r4', 'tracer-ops r5', 'tracer-regs r6', 'back-chain', 'new-function-entry r12'],
    'livepatch-stack',
  ]);
  assert.equal(callRegister('no check'), null);
});
