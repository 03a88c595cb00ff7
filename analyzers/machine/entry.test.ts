/**
 * Entry code in a model: every exit of fixtures/tree/.../ftrace_entry.S keeps the contract, and of one changed line the machine
 * says what it breaks, at the exit that it breaks.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { type Call as FollowedCall, lostChecks } from '../checks/call.ts';
import { followCall } from '../explore/call.ts';
import { explore } from '../explore/explore.ts';
import { assemble } from '../power/text.ts';
import { readEntryCode } from '../protocol/entry-code.ts';
import { definesOf, profilesOf } from '../protocol/profiles.ts';
import type { EntryCode, Exit, Protocol } from '../protocol/protocol.ts';
import { type HowEntered, placeEntry, placingOnce } from './entry.ts';
import { layout } from './layout.ts';
import { modelsOf, type SiteModel } from './model.ts';

const tree = join(import.meta.dirname, '../../fixtures/tree');
const read = (path: string) => {
  const file = join(tree, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
};
const source = read('arch/powerpc/kernel/trace/ftrace_entry.S') ?? '';

/** The fixture's source in a profile's kernel, with one line changed, and where there is one the other file. */
function codeOf(text: string, bits: 32 | 64, lowLevel: string | null): EntryCode {
  const id = bits === 64 ? 'ppc64-mprofile-gcc6' : 'ppc32-pg';
  const profile = profilesOf({ read: (path) => (path.endsWith('/ftrace.c') ? 'MPROFILE_KERNEL' : null) }).find(
    (one) => one.id === id,
  );
  assert.ok(profile !== undefined);
  const { code, problem } = readEntryCode({
    read: (path) =>
      path === 'arch/powerpc/kernel/trace/ftrace_entry.S'
        ? text
        : path === 'arch/powerpc/kernel/trace/ftrace_low.S'
          ? lowLevel
          : read(path),
    profile,
    defines: definesOf(profile, 'full', []),
  });
  assert.equal(problem, null);
  assert.ok(code !== null);
  return code;
}

interface Call {
  readonly bits: 32 | 64;
  readonly tracer: 'ftrace_caller' | 'ftrace_regs_caller';
  readonly exit: Exit;
  readonly siteKind: 'near' | 'module';
}

/** The kernel calls a traced function once; what breaks, null where nothing does. */
function call(text: string, one: Call, lowLevel: string | null = null): string | null {
  const { site } = modelOf(text, one, lowLevel);
  const found = explore(site.model, { level: 'sequential', traced: true, tasks: 1, cpus: 1, statesMax: 1000 });
  return found.break?.check ?? null;
}

/** The same call, followed through; null where it does not come back. */
function follow(text: string, one: Call): FollowedCall | null {
  const { protocol, site } = modelOf(text, one);
  return followCall(protocol, site);
}

function modelOf(
  text: string,
  { bits, tracer, exit, siteKind }: Call,
  lowLevel: string | null = null,
): { protocol: Protocol; site: SiteModel } {
  const [at, to] = [0x20000n, 0x10000n];
  const lines = ['mflr r0', `bl 0x${to.toString(16)}`, 'addi r12,r3,1', 'blr'];
  const words = lines.map((line, i) => [4 * i, assemble(line, at + BigInt(4 * i))?.[0] ?? 0] as const);
  const protocol: Protocol = {
    scenario: {
      ...{ subject: 'ftrace', profile: 'own', preemption: 'full', entryPoint: 'call', siteKind, plan: 'all' },
      call: { tracer, exit },
    },
    ...{ evidence: 'tree', contract: 'r0', bits, live: true, exit, steps: [], texts: [], outcome: 'ok', why: '' },
    sites: [{ id: 'A', kind: siteKind, address: at, words: new Map(words), recorded: 4, traced: true }],
    entry: codeOf(text, bits, lowLevel),
    symbols: new Map([[tracer, to]]),
    ...{ data: [], trail: [], assumptions: [] },
  };
  const [site] = modelsOf(protocol);
  assert.ok(site !== undefined && site.codeOrigins.size > 0, 'the entry code is in the model');
  return { protocol, site };
}

const calls: readonly Call[] = ([64, 32] as const).flatMap((bits) =>
  (['ftrace_caller', 'ftrace_regs_caller'] as const).flatMap((tracer) =>
    (bits === 64 ? (['normal', 'no-trace', 'livepatch'] as const) : (['normal'] as const)).flatMap((exit) =>
      (['near', 'module'] as const).map((siteKind) => ({ bits, tracer, exit, siteKind })),
    ),
  ),
);
const nameOf = ({ bits, tracer, exit, siteKind }: Call) => `${bits} ${tracer} ${exit} ${siteKind}`;

for (const one of calls) test(`holds: ${nameOf(one)}`, () => assert.equal(call(source, one), null));

/** A line of the source, what it becomes, what breaks, and in which of the calls. */
const mutants: readonly (readonly [string, string, string, RegExp])[] = [
  ['ftrace_no_trace:', 'ftrace_no_trace:\n\taddi r1, r1, -32', 'stack-pointer', /no-trace/],
  ['\taddi	r1, r1, FRAME\n\tmtlr', '\tmtlr', 'stack-pointer', /no-trace/],
  ['\taddi	r1, r1, FRAME\n#ifdef', '#ifdef', 'stack-pointer', /normal|livepatch/],
  ['\tld	r2, 24(r1)\n', '', 'toc', /64 .*(normal|livepatch) module/],
  ['\tld	r2, -16(r11)\n', '', 'toc', /livepatch/],
  ['\tsave	14, 14\n', '', 'non-volatile', /ftrace_caller (normal|livepatch)/],
  ['\trestore	14, 14\n', '', 'non-volatile', /ftrace_caller (normal|livepatch)/],
  ['\trestore	13, 31\n', '\trestore	15, 31\n', 'non-volatile', /ftrace_regs_caller (normal|livepatch)/],
  ['\trestore	3, 10\n', '\trestore	3, 9\n', 'arguments', /normal|livepatch/],
  ['\trestore	3, 3\n', '', 'arguments', /no-trace/],
  ['\tmtlr	r0\n\trestore', '\trestore', 'wild-branch', /normal|livepatch/],
  ['\tmtlr	r0\n\tbctr', '\tbctr', 'endless', /no-trace/],
  ['\tmr	r4, r0\n', '\tmr	r4, r0\n\tmtcrf	0x20, r1\n', 'non-volatile', /normal|livepatch/],
  ['\tmr	r4, r0\n', '\tmr	r4, r0\n\tlwz	r5, 0(r5)\n', 'bad-access', /normal|livepatch/],
  ['\tmr	r4, r0\n', '\tmr	r4, r0\n\ttrap\n', 'trap', /normal|livepatch/],
  // What was never stored is not 0.
  ['\tmr	r4, r0\n', '\tmr	r4, r0\n\tlwz	r5, -8(r1)\n\ttwnei	r5, 0\n', 'trap', /normal|livepatch/],
];
for (const [line, changed, check, where] of mutants) {
  test(`${JSON.stringify(line)} as ${JSON.stringify(changed)}: ${check}`, () => {
    assert.ok(source.includes(line), 'the source has this line');
    const text = source.replace(line, changed);
    const broken = calls.map((one) => [nameOf(one), call(text, one)] as const).filter(([, found]) => found !== null);
    const expected = calls.map(nameOf).filter((name) => where.test(name));
    assert.ok(broken.length > 0);
    for (const [name, found] of broken) assert.match(`${name}: ${found}`, where);
    assert.ok(
      broken.some(([, found]) => found === check),
      `${check} is among ${broken.join(', ')}`,
    );
    assert.ok(broken.length <= expected.length);
  });
}

test('a livepatch frame may be larger', () => {
  const larger = source
    .replace('\taddi\tr11, r11, 16\n', '\taddi\tr11, r11, 128\n')
    .replace('\tsubi\tr11, r11, 16\n', '\tsubi\tr11, r11, 128\n');
  assert.notEqual(larger, source);
  for (const one of calls) assert.equal(call(larger, one), null, nameOf(one));
});

test('code that asks MSR whether relocation is on finds it on', () => {
  const asks = '\tmr	r4, r0\n\tmfmsr	r5\n\tandi.	r5, r5, 0x30\n\tcmpwi	r5, 0x30\n\tbeq	1f\n\ttrap\n1:\n';
  for (const one of calls) assert.equal(call(source.replace('\tmr	r4, r0\n', asks), one), null, nameOf(one));
});

test('what is reached through the GOT is what it is without', () => {
  const loads = '#ifdef CONFIG_PPC64\n\tld	r5, function_trace_op@got(r2)\n\tld	r5, 0(r5)\n#endif\n';
  const text = source.replace('\tmr	r4, r0\n', `\tmr	r4, r0\n${loads}`);
  for (const one of calls.filter(({ bits, exit }) => bits === 64 && exit !== 'no-trace'))
    assert.equal(follow(text, one)?.at.get('tracer')?.gpr[5], BigInt(layout.ops), nameOf(one));
});

test('of a field of the kernel’s data that the model lacks nothing is concluded', () => {
  const reads = '\tmr	r4, r0\n#ifdef CONFIG_PPC64\n\tlbz	r5, 0x777(r13)\n#endif\n';
  for (const one of calls.filter(({ bits, exit }) => bits === 64 && exit !== 'no-trace'))
    assert.equal(call(source.replace('\tmr	r4, r0\n', reads), one), 'unknown-data', nameOf(one));
});

test('out of one exit into the next entry is lost, though the caller finds nothing wrong', () => {
  const text = source.replace('\tbctr\n.endm', '.endm');
  const checks = calls.flatMap((one) => {
    const [before, after] = [follow(source, one), follow(text, one)];
    return before && after ? lostChecks(before, after).map(({ check }) => check) : [];
  });
  assert.ok(checks.includes('tracer-called') || checks.includes('call-target'));
});

/** A line, what it becomes, what is lost by it though no caller sees it (in words: no finding), and in which of the calls. */
const losses: readonly (readonly [string, string, string, RegExp])[] = [
  ['\tmr	r4, r0\n', '', 'tracer-parent', /normal|livepatch/],
  ['\tsubi	r3, r7, 4\n', '\tmr	r3, r7\n', 'tracer-ip', /normal|livepatch/],
  ['\tsubi	r3, r7, 4\n', '\tsubi	r3, r7, 4\n\tli	r2, 0\n', 'tracer-toc', /^64 .*(normal|livepatch)/],
  ['\taddi	r6, r1, GPR0\n', '\taddi	r6, r1, GPR0 + SIZE\n', 'tracer-regs', /normal|livepatch/],
  ['\taddi	r6, r1, GPR0\n', '\taddi	r6, r1, GPR0\n\tSTORE	r4, _NIP(r1)\n\tSTORE	r7, _NIP(r1)\n', '', /^$/],
  ['\taddi	r6, r1, GPR0\n', '\taddi	r6, r1, GPR0\n\tSTORE	r6, 0(r1)\n', 'back-chain', /normal|livepatch/],
  ['\tbeq	ftrace_no_trace\n', '', 'tracer-called', /no-trace/],
  ['\tcmpdi	r3, 0\n', '\tcmpdi	r3, 1\n', 'tracer-called', /^64/],
  ['\tmr	r14, r7\n', '', 'return-path', /64 .*normal/],
  ['\tmtlr	r0\n\tbctr', '\tmtlr	r0', 'return-path', /no-trace/],
  ['\tmfctr	r12\n', '', 'new-function-entry', /livepatch/],
  ['\tbctrl\n', '', 'call-target', /livepatch/],
  ['\tsubi	r11, r11, 16\n', '', 'livepatch-stack', /livepatch/],
  ['\tmr	r14, r7\n', '\tmr	r14, r7\n\tSTORE	r4, GPR0(r1)\n', '', /^$/],
  [
    '\tsubi	r11, r11, 16\n',
    '\tsubi	r11, r11, 16\n\tstd	r2, 24(r1)\n',
    'something is stored into the frame of the caller',
    /livepatch/,
  ],
  // Another register, another order: nothing.
  ['\tmr	r4, r0\n\taddi	r6, r1, GPR0\n', '\taddi	r6, r1, GPR0\n\tmr	r4, r0\n', '', /^$/],
  ['\tLOAD	r3, _NIP(r1)\n\tmtctr	r3\n', '\tLOAD	r3, _NIP(r1)\n\tnop\n\tmtctr	r3\n', '', /^$/],
];
for (const [line, changed, lost, where] of losses) {
  test(`${JSON.stringify(line)} as ${JSON.stringify(changed)} loses: ${lost || 'nothing'}`, () => {
    assert.ok(source.includes(line), 'the source has this line');
    const text = source.replace(line, changed);
    const found = calls.flatMap((one) => {
      const [before, after] = [follow(source, one), follow(text, one)];
      const [first] = before && after ? lostChecks(before, after) : [];
      return first === undefined ? [] : [[nameOf(one), first.check ?? first.what] as const];
    });
    for (const [name, check] of found) {
      assert.equal(check, lost, name);
      assert.match(name, where);
    }
    assert.equal(found.length > 0, lost !== '');
  });
}

/** What was followed, for people: counts and answers, then r1 to r6, LR and CTR where the task first comes by each place. */
function told(followed: FollowedCall | null): readonly string[] {
  if (followed === null) return ['does not come back'];
  const hex = (value: bigint | null | undefined) => value?.toString(16) ?? '-';
  const { bits, exit, bodyRuns, tracerCalls, links, allRegisters, linked, at, known } = followed;
  const { throughCounter, takesLink, callerFrameKept, livepatchStackKept, field } = followed;
  const flags = { allRegisters, linked, throughCounter, takesLink, callerFrameKept, livepatchStackKept };
  const set = Object.entries(flags).flatMap(([name, is]) => (is ? [name] : []));
  const fields = ['_NIP', '_LINK', '_CTR', 'gpr2', 'gpr3', 'gpr14', 'gpr31'].map((name) => hex(field(name)));
  return [
    `${bits} ${exit}: body ${bodyRuns}, tracer ${tracerCalls}, links ${links?.map(hex).join() ?? 'none'}, ${set.join(' ')}`,
    ...[...at].map(([place, { gpr, lr, ctr }]) => [place, ...[...gpr.slice(1, 7), lr, ctr].map(hex)].join(' ')),
    `pt_regs ${fields.join(' ')}`,
    `known ${Object.values(known).map(hex).join(' ')}`,
  ];
}
const addresses = 'known 1004 1008 c000 a8000 1c000 1d000 4b0000';
const start = 'start 7fffe00 4b0000 103 104 105 106 c000 0';
const entered = 'entry 7fffe00 4b0000 103 104 105 106 1008 0';
const back = 'end 7fffe00 4b0000 103 104 105 106 c000 1008';
const body = 'body 7fffe00 4b0000 103 104 105 106 c000 1008';
const near = { bits: 64, tracer: 'ftrace_caller', exit: 'normal', siteKind: 'near' } as const;
const followed: readonly (readonly [
  title: string,
  one: Call,
  edits: readonly (readonly [string, string])[],
  expected: readonly string[],
])[] = [
  [
    'a call that is traced',
    near,
    [],
    [
      '64 normal: body 1, tracer 1, links dead1000, linked takesLink callerFrameKept livepatchStackKept',
      ...[start, entered, 'tracer 7fffc50 4b0000 1004 c000 105 7fffc80 1005c 0', body, back],
      ...['pt_regs 1008 c000 - - 103 10e -', addresses],
    ],
  ],
  [
    'all registers, on 32 bits',
    { ...near, bits: 32, tracer: 'ftrace_regs_caller' },
    [],
    [
      '32 normal: body 1, tracer 1, links dead1000, allRegisters linked takesLink callerFrameKept livepatchStackKept',
      ...[start, entered, 'tracer 7fffd30 4b0000 1004 c000 105 7fffd40 10114 0', body, back],
      ...['pt_regs 1008 c000 - - 103 10e 11f', addresses],
    ],
  ],
  [
    'tracing is off on this CPU',
    { ...near, exit: 'no-trace' },
    [],
    [
      '64 no-trace: body 1, tracer 0, links none, linked callerFrameKept livepatchStackKept',
      ...[start, entered, body, back],
      ...['pt_regs - - - - - - -', addresses],
    ],
  ],
  [
    'the C function is called through CTR',
    near,
    [
      [
        '\t.globl\tftrace_call\nftrace_call:\n\tbl\tftrace_stub\n',
        '\tlis r12, 1\n\tori r12, r12, 0xc000\n\tmtctr r12\n\tbctrl\n\tb 1f\nftrace_call:\n\tbl\tftrace_stub\n1:\n',
      ],
    ],
    [
      '64 normal: body 1, tracer 1, links dead1000, linked throughCounter takesLink callerFrameKept livepatchStackKept',
      ...[start, entered, 'tracer 7fffc50 4b0000 1004 c000 105 7fffc80 10068 1c000', body, back],
      ...['pt_regs 1008 c000 - - 103 10e -', addresses],
    ],
  ],
  [
    'two frames, with LR and the back chain in each',
    near,
    [
      ['\taddi\tr6, r1, GPR0\n', '\taddi\tr6, r1, GPR0\n\tstd r7, 16(r1)\n\tstdu r1, -64(r1)\n'],
      ['.macro leave all\n', '.macro leave all\n\taddi r1, r1, 64\n'],
    ],
    [
      '64 normal: body 1, tracer 1, links 1008,dead1000, linked takesLink callerFrameKept livepatchStackKept',
      ...[start, entered, 'tracer 7fffc10 4b0000 1004 c000 105 7fffc80 10064 0', body, back],
      ...['pt_regs 1008 c000 - - 103 10e -', addresses],
    ],
  ],
];
for (const [title, one, edits, expected] of followed)
  test(`followed: ${title}`, () => {
    for (const [from] of edits) assert.ok(source.includes(from), from);
    const text = edits.reduce((edited, [from, to]) => edited.replace(from, to), source);
    assert.deepEqual(told(follow(text, one)), expected);
  });

/** A store into the frame of the caller, from the frame of the entry code, and whether LR and CR have their places there. */
const intoCallers: readonly (readonly [64 | 32, 'STORE' | 'stb', number, boolean])[] = [
  ...([0, 1] as const).flatMap((word) => [[64, 'STORE', 8 + 8 * word, true] as const, [32, 'STORE', 4, true] as const]),
  ...[[64, 'STORE', 0, false] as const, [64, 'STORE', 24, false] as const],
  ...[[32, 'STORE', 0, false] as const, [32, 'STORE', 8, false] as const],
  ...[[64, 'STORE', -8, true] as const, [32, 'STORE', -4, true] as const],
  ...[-1, 8, 15, 16, 23].map((offset) => [64, 'stb', offset, true] as const),
  ...[0, 7, 24].map((offset) => [64, 'stb', offset, false] as const),
  ...[0, 3, 8, 12].map((offset) => [32, 'stb', offset, false] as const),
];
for (const [bits, store, offset, kept] of intoCallers)
  test(`${bits} bits, ${store} ${offset} from the stack pointer of the caller: ${kept ? 'its own' : 'not its own'}`, () => {
    const text = source.replace('\tmr\tr4, r0\n', `\tmr\tr4, r0\n\t${store} r9, FRAME + ${offset}(r1)\n`);
    const found = follow(text, { ...near, bits });
    assert.equal(found?.callerFrameKept, kept);
  });

/** What becomes of a return address that the tracer changes, before the rest of the way back. */
const returned: readonly (readonly [title: string, line: string, takes: boolean])[] = [
  ['is put into LR', 'nop', true],
  ['is not gone by', 'STORE r0, _LINK(r1)', false],
  ['is found wrong', 'cmpw r5, r0\n\tbeq 1f\n\ttrap\n1:', false],
  ['is found wrong: never comes back', 'cmpw r5, r0\n\tbeq 1f\n\tb .\n1:', false],
  ['is found wrong: goes there instead', 'cmpw r5, r0\n\tbeq 1f\n\tmtctr r5\n\tbctr\n1:', false],
  ['is found wrong: goes to the caller without the function', 'cmpw r5, r0\n\tbeq 1f\n\tmtctr r0\n\tbctr\n1:', false],
];
for (const [title, line, takes] of returned)
  test(`a return address that the tracer changes ${title}`, () => {
    const whereTo = '\tLOAD r5, _LINK(r1)\n\tli r0, 0\n\tori r0, r0, 0xc000\n';
    const text = source.replace('.macro leave all\n', `.macro leave all\n${whereTo}\t${line}\n`);
    for (const bits of [64, 32] as const)
      assert.equal(follow(text, { ...near, bits })?.takesLink, takes, `${bits} bits`);
  });
test('a return address that is not in pt_regs cannot be changed there', () => {
  const text = source
    .replace('\tSTORE	r0, _LINK(r1)\n', '')
    .replace('\tLOAD	r0, _LINK(r1)\n', '\tli r0, 0\n\tori r0, r0, 0xc000\n');
  const found = follow(text, near);
  assert.deepEqual([found?.bodyRuns, found?.field('_LINK'), found?.takesLink], [1, null, false]);
});

test('a stack whose back chain does not lead up is not walked to its end', () => {
  for (const line of ['STORE r1, 0(r1)', 'STORE r3, 0(r1)', 'li r0, 0\n\tSTORE r0, 0(r1)'])
    for (const bits of [64, 32] as const) {
      const found = follow(source.replace('\tmr	r4, r0\n', `\tmr	r4, r0\n\t${line}\n`), { ...near, bits });
      assert.deepEqual([found?.tracerCalls, found?.links], [1, null], line);
    }
});

test('of a field that is stored in part there is nothing', () => {
  const text = source.replace(
    '\tmr	r4, r0\n',
    '\tmr	r4, r0\n\tstb r4, GPR0 + 11 * SIZE(r1)\n\tstb r4, GPR0 + 13 * SIZE - 1(r1)\n',
  );
  for (const bits of [64, 32] as const) {
    const found = follow(text, { ...near, bits });
    assert.deepEqual([found?.field('gpr11'), found?.field('gpr12'), found?.field('_LINK')], [null, null, 0xc000n]);
    assert.equal(found?.field('no field'), null);
  }
});

test('a call that does not come back is not followed to an end', () => {
  for (const line of ['trap', 'b .', 'lwz r5, 0(r5)', 'mtctr r5\n\tbctr']) {
    const text = source.replace('\tmr\tr4, r0\n', `\tmr\tr4, r0\n\t${line}\n`);
    assert.deepEqual(told(follow(text, near)), ['does not come back'], line);
  }
  const { protocol, site } = modelOf(source, near);
  assert.equal(followCall({ ...protocol, entry: null }, site), null);
  const { call: _, ...scenario } = protocol.scenario;
  assert.equal(followCall({ ...protocol, scenario }, site), null);
  const graph = { ...protocol.scenario, call: { tracer: 'ftrace_caller', exit: 'graph' } } as const;
  assert.equal(followCall({ ...protocol, scenario: graph }, site), null);
});

/** What functions return to whose graph is traced, in a file of its own. */
const handler = `#include <asm/ppc_asm.h>
#include <asm/asm-offsets.h>
	.globl	return_to_handler
return_to_handler:
#ifdef CONFIG_PPC64
	std	r4, -32(r1)
	std	r3, -24(r1)
	std	r2, -16(r1)
	std	r31, -8(r1)
	mr	r31, r1
	stdu	r1, -112(r1)
	ld	r2, PACATOC(r13)
#else
	stwu	r1, -16(r1)
	stw	r3, 8(r1)
	stw	r4, 12(r1)
#endif
	bl	ftrace_return_to_handler
	nop
	mtlr	r3
#ifdef CONFIG_PPC64
	mr	r1, r31
	ld	r4, -32(r1)
	ld	r3, -24(r1)
	ld	r2, -16(r1)
	ld	r31, -8(r1)
#else
	lwz	r3, 8(r1)
	lwz	r4, 12(r1)
	addi	r1, r1, 16
#endif
	blr
`;
const graphs = calls.flatMap((one) => (one.exit === 'normal' ? [{ ...one, exit: 'graph' as const }] : []));

/** A line of the handler, what it becomes, what breaks, and in which of the calls. */
const handled: readonly (readonly [string, string, string | null, RegExp])[] = [
  ['return_to_handler:\n', 'return_to_handler:\n\tnop\n', null, /^$/],
  ['\tnop\n', '', null, /^$/],
  ['\tld	r2, -16(r1)\n', '', 'toc', /^64 .*module/],
  ['\tld	r31, -8(r1)\n', '', 'non-volatile', /^64/],
  ['\tmr	r1, r31\n', '\tmr	r1, r31\n\taddi	r1, r1, 16\n', 'stack-pointer', /^64/],
  ['\tld	r4, -32(r1)\n', '', 'arguments', /^64/],
  ['\tlwz	r4, 12(r1)\n', '', 'arguments', /^32/],
  ['\taddi	r1, r1, 16\n', '', 'stack-pointer', /^32/],
  ['\tmtlr	r3\n', '\tmtlr	r4\n', 'return-address', /./],
];
for (const [line, changed, check, where] of handled) {
  test(`${JSON.stringify(line)} of the handler as ${JSON.stringify(changed)}: ${check}`, () => {
    assert.ok(handler.includes(line), 'the handler has this line');
    const lowLevel = handler.replace(line, changed);
    const found = graphs.flatMap((one) => {
      const broken = call(source, one, lowLevel);
      return broken === null ? [] : [`${nameOf(one)}: ${broken}`];
    });
    const expected = graphs.filter((one) => where.test(nameOf(one))).map((one) => `${nameOf(one)}: ${check}`);
    assert.deepEqual(found, expected);
  });
}

test('a tracer that got NULL gets pt_regs that are not whole', () => {
  const without = source.replace('\taddi	r6, r1, GPR0\n', '\tli	r6, 0\n');
  const lost = calls.flatMap((one) => {
    const [before, after] = [follow(without, one), follow(source, one)];
    const checks = before && after ? lostChecks(before, after) : [];
    return checks.map(({ what }) => `${nameOf(one)}: ${what}`);
  });
  // ftrace_regs_caller of the fixture saves r13 to r31 and the arguments, but not r1.
  assert.ok(lost.length > 0);
  for (const one of lost) assert.match(one, /(normal|livepatch) .*: the tracer no longer gets NULL for pt_regs that/);
});

const placedTexts = (text: string, how: HowEntered) => placeEntry(codeOf(text, 64, null), how)?.texts ?? [];
const normal = { exit: 'normal', contract: 'r0' } as const;

test('entry code is cut at the names that people know', () => {
  const texts = placedTexts(source, normal);
  const names = ['ftrace_caller', 'ftrace_call', 'ftrace_regs_caller', 'ftrace_regs_call', 'ftrace_stub'];
  const found = texts.map(({ name }) => name);
  assert.deepEqual(found, [...names, 'ftrace_no_trace', 'livepatch_handler', 'tracer_function']);
  // One behind the other, nothing between them, none twice.
  for (const [i, { address, words }] of texts.slice(0, -2).entries())
    assert.equal(texts[i + 1]?.address, address + 4 * words.length);
  assert.equal(texts[0]?.address, layout.entry);
  // A label of the assembler's own is no name.
  const labelled = source.replace('\tmr	r4, r0\n', '.Lown\\@:\n\tmr	r4, r0\n');
  assert.notEqual(labelled, source);
  assert.deepEqual(placedTexts(labelled, normal), texts);
  // A section of its own begins a text without a name.
  const apart = placedTexts(`${source}\n\t.section .text.apart,"ax"\n\tnop\n\tnop\n`, normal);
  const own = apart.filter(({ name }) => !found.includes(name));
  assert.equal(apart.flatMap(({ words }) => words).length, texts.flatMap(({ words }) => words).length + 2);
  assert.ok(own.every(({ name }) => name === 'entry_code'));
});

test('entry code has a place of so many bytes', () => {
  const words = placedTexts(source, normal)
    .slice(0, -1)
    .flatMap((text) => text.words).length;
  const room = layout.callee - layout.entry - 4 * words;
  const larger = (bytes: number) => placeEntry(codeOf(`${source}\t.space ${bytes}\n`, 64, null), normal);
  assert.ok(larger(room) !== null);
  assert.equal(larger(room + 4), null);
});

test('with entry code comes what its exit takes', () => {
  const namesOf = (how: HowEntered) => {
    const placed = placeEntry(codeOf(source, 64, null), how);
    return [...(placed?.texts ?? []).slice(7), ...(placed?.data ?? [])].map(({ name }) => name);
  };
  const has = (how: HowEntered, name: string) => namesOf(how).includes(name);
  for (const exit of ['normal', 'no-trace', 'livepatch', 'direct', 'graph'] as const) {
    const how = { exit, contract: 'r0' } as const;
    assert.equal(has(how, 'shadow_stack'), exit === 'graph', exit);
    assert.equal(has(how, 'direct_trampoline'), exit === 'direct', exit);
    assert.equal(has(how, 'other_direct_trampoline'), false, exit);
    assert.equal(has({ ...how, other: true }, 'other_direct_trampoline'), exit === 'direct', exit);
    assert.equal(has(how, 'empty_function'), false, exit);
    assert.equal(has({ ...how, nothing: true }, 'empty_function'), true, exit);
    const { data } = placeEntry(codeOf(source, 64, null), how) ?? {};
    assert.equal(data?.find(({ bytes }) => bytes === 1)?.value, exit === 'no-trace' ? 0n : 1n, exit);
    const addresses = data?.map(({ address }) => address) ?? [];
    assert.equal(new Set(addresses).size, addresses.length, 'two names of a field are one word');
  }
});

/** Data of placed entry code, as NAME@ADDRESS:BYTES=VALUE, with a `t` where each task has its own; livepatch slots are left out. */
const dataOf = (code: EntryCode, how: HowEntered) =>
  (placeEntry(code, how)?.data ?? [])
    .filter(({ name }) => name !== 'livepatch_stack')
    .map(
      ({ name, address, bytes, value, private: own }) =>
        `${name}@${address.toString(16)}:${bytes}${own ? 't' : ''}=${value?.toString(16) ?? ''}`,
    );
const fields: ReadonlyMap<string, bigint> = new Map([
  ...[['GPR0', 48n] as const, ['_NIP', 304n] as const, ['PACATOC', 0x10n] as const, ['PACACURRENT', 0x18n] as const],
  ...[['PACA_THREAD_INFO', 0x20n] as const, ['PACA_FTRACE_ENABLED', 0x29n] as const],
  ...[['TI_livepatch_sp', 0x30n] as const, ['FTRACE_OPS_FUNC', 0x40n] as const],
  ...[['FTRACE_OPS_DIRECT_CALL', 0x48n] as const, ['unknown', 0x50n] as const],
]);
const threadInfo = ['thread_info@80030:8t=a0000', 'thread_info@7ffc030:8t=a0000'];

test('entry code finds the fields that its tree has', () => {
  const code = { ...codeOf(source, 64, null), offsets: fields };
  const found = (exit: Exit) => dataOf(code, { exit, contract: 'r0' });
  const paca = ['paca@60010:8=4b0000', 'paca@60018:8=80000', 'paca@60020:8=80000'];
  const ops = 'ftrace_ops@a8040:8=1c000';
  const rest = [...threadInfo, ops, 'ftrace_ops@a8048:8=0'];
  assert.deepEqual(found('normal'), [...paca, 'paca@60029:1=1', ...rest]);
  assert.deepEqual(found('no-trace'), [...paca, 'paca@60029:1=0', ...rest]);
  assert.deepEqual(found('graph'), [
    ...paca,
    'paca@60029:1=1',
    ...threadInfo,
    'shadow_stack@ac000:8t=',
    ...rest.slice(2),
  ]);
  const direct = [...paca, 'paca@60029:1=1', ...threadInfo, ops];
  assert.deepEqual(found('direct'), [...direct, 'ftrace_ops@a8048:8=1d100']);
  assert.deepEqual(found('direct-by-tracer'), [...direct, 'ftrace_ops@a8048:8=0'], 'the tracer asks for it itself');
  const small = { ...codeOf(source, 32, null), offsets: new Map([['FTRACE_OPS_FUNC', 0x40n]]) };
  assert.deepEqual(dataOf(small, { exit: 'graph', contract: 'r0' }), [
    'shadow_stack@ac000:4t=',
    'ftrace_ops@a8040:4=1c000',
  ]);
  const none = { ...code, offsets: new Map<string, bigint>() };
  assert.deepEqual(dataOf(none, { exit: 'normal', contract: 'r0' }), []);
});

test('what entry code takes the address of by name is a pointer to the tracer’s ops', () => {
  const empty: ReadonlyMap<string, bigint> = new Map();
  const loads = (lines: readonly string[]) => source.replace('\tmr\tr4, r0\n', `\tmr\tr4, r0\n${lines.join('\n')}\n`);
  const twice = ['\tlis r5, function_trace_op@ha', '\tlwz r5, function_trace_op@l(r5)', '\tlis r5, a.b@ha'];
  const small = { ...codeOf(loads(twice), 32, null), offsets: empty };
  assert.deepEqual(dataOf(small, normal), ['function_trace_op@b1238:4=a8000', 'a_b@b1240:4=a8000']);
  const code = { ...codeOf(source, 64, null), offsets: empty };
  assert.deepEqual(dataOf(code, normal), []);
  const got = loads([
    '#ifdef CONFIG_PPC64',
    ...['one', 'two', 'one'].map((name) => `\tld r5, ${name}@got(r2)`),
    '#endif',
  ]);
  assert.deepEqual(dataOf({ ...codeOf(got, 64, null), offsets: empty }, normal), [
    ...['one@b1238:8=a8000', 'two@b1240:8=a8000'],
    ...['got_one@4b1238:8=b1238', 'got_two@4b1240:8=b1240'],
  ]);
});

test('the same code, entered in the same way, is placed once', () => {
  const [one, two] = [codeOf(source, 64, null), codeOf(source, 64, null)];
  const place = placingOnce();
  const placed = place(one, normal);
  assert.ok(placed !== null);
  assert.deepEqual(placed, placeEntry(one, normal));
  assert.equal(place(one, { ...normal }), placed);
  assert.notEqual(place(one, { ...normal, exit: 'no-trace' }), placed);
  assert.notEqual(place(two, normal), placed);
  assert.equal(place(one, normal), placed);
});

test('what cannot be placed is not', () => {
  const code = codeOf(source, 64, null);
  const livepatch = { exit: 'livepatch', contract: 'r0' } as const;
  assert.ok(placeEntry(code, livepatch) !== null);
  assert.equal(placeEntry({ ...code, offsets: new Map() }, livepatch), null, 'nobody knows where NIP is');
  // A conditional branch reaches 32 kB.
  const far = codeOf(`${source}\tbeq ftrace_ops_list_func\n`, 64, null);
  assert.equal(placeEntry(far, normal), null);
});

test('words of text, and nothing else, are text; their names are plain', () => {
  const names = (more: string) =>
    placedTexts(`${source}\n${more}\n`, normal)
      .slice(7, -1)
      .map(({ name, words }) => `${name}:${words.length}`);
  assert.deepEqual(names('\t.section .data,"aw"\nvalue:\n\t.long 1'), []);
  assert.deepEqual(names('.dotted:\n\tnop\nother:\n\tnop\n\tnop'), ['dotted:1', 'other:2']);
  // A section that does not follow the text begins anew.
  assert.deepEqual(names('\t.section .text.apart,"ax"\n\t.balign 256\n\tnop\n\tnop'), ['entry_code:2']);
});

test('the graph tracer is told by entry code that calls it, and else by the C function', () => {
  const graph = { exit: 'graph', contract: 'r0' } as const;
  const words = (text: string, how: HowEntered) =>
    placedTexts(text, how).find(({ name }) => name === 'tracer_function')?.words.length ?? 0;
  const own = source.replace('ftrace_stub:\n', 'ftrace_stub:\n\t.globl\tftrace_graph_call\nftrace_graph_call:\n');
  assert.notEqual(own, source);
  assert.ok(words(source, graph) > words(source, normal), 'it stores the return address and hands back another');
  assert.equal(words(own, graph), words(own, normal));
});
