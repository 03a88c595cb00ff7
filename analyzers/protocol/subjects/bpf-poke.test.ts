/**
 * What attaching, exchanging and detaching a trampoline comes to on the small tree of the fixtures: which words, in which
 * order, where a branch reaches the trampoline and where the stub's literal has to.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { disassemble } from '../../power/text.ts';
import { compare } from '../compare.ts';
import { extract } from '../extract.ts';
import type { CallSite, EntryPoint, Plan, Protocol, Step } from '../protocol.ts';

const unit = 'arch/powerpc/net/bpf_jit_comp.c';
const root = join(import.meta.dirname, '../../../fixtures/tree');
const read = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null);
const run = (text: string | null) =>
  extract({
    read: (path) => (path === unit ? text : read(path)),
    touched: [],
    evidence: 'tree',
    subjects: ['bpf-poke'],
  }).protocols;
const source = read(unit) ?? '';
const protocols = run(source);

interface Row {
  readonly siteKind: CallSite['kind'];
  readonly entryPoint: EntryPoint;
  readonly plan?: Plan;
}

const runOf = (all: readonly Protocol[], { siteKind, entryPoint, plan = 'all' }: Row) =>
  all.find(
    ({ scenario }) => scenario.siteKind === siteKind && scenario.entryPoint === entryPoint && scenario.plan === plan,
  );

function check(row: Row, expected: readonly string[]): void {
  test(Object.values(row).join(' '), () => {
    const protocol = runOf(protocols, row);
    assert.deepEqual([protocol?.outcome, protocol?.why], ['ok', '']);
    assert.deepEqual(protocol?.steps.flatMap(told), expected);
  });
}

function told(step: Step): string[] {
  switch (step.kind) {
    case 'modify':
      return [
        `${step.word.symbol}+${step.word.offset} ${disassemble(step.new, step.word.address).replace(/\s+/g, ' ')}`,
      ];
    case 'publish':
      return [`${step.what} ${step.value?.toString(16)}`];
    case 'ipi':
      return [`ipi ${step.effects.map((effect) => effect.kind).join()}`];
    case 'gracePeriod':
      return [step.flavour];
    case 'free':
      return [`free ${step.address.toString(16)}`];
    default:
      return [];
  }
}

const literal = 'literal of long branch stub of A';
const [near, otherNear] = ['c000000000041000', 'c000000000041100'];
const [far, otherFar, dummy] = ['c000000002800800', 'c000000002800900', 'c000000002800a00'];
const entered = 'A+40 b 0xc00000000004012c';
const jump = 'stub of A+4 bl 0xc000000000040140';
const waited = ['ipi barrier', 'tasks'];
check({ siteKind: 'near', entryPoint: 'enable' }, [`stub of A+4 bl 0x${near}`, entered]);
check({ siteKind: 'far', entryPoint: 'enable' }, [`${literal} ${far}`, jump, entered]);
check({ siteKind: 'near', entryPoint: 'modify-call', plan: 'last' }, [
  ...[`${literal} ${dummy}`, `stub of A+4 bl 0x${otherNear}`],
  ...[...waited, `free ${far}`],
]);
check({ siteKind: 'far', entryPoint: 'modify-call', plan: 'first' }, [
  ...[`${literal} ${otherFar}`, jump],
  ...[...waited, `free ${near}`],
]);
check({ siteKind: 'far', entryPoint: 'disable' }, [
  ...[`${literal} ${dummy}`, 'stub of A+4 nop', 'A+40 nop'],
  ...[...waited, `free ${far}`],
]);

test('another value in the literal is another protocol, and so is a plain store of all of it', () => {
  const row = { siteKind: 'far', entryPoint: 'enable' } as const;
  const before = runOf(protocols, row);
  assert.ok(before);
  for (const [old, text, value] of [
    ['(void *)literal, new)', '(void *)literal, (unsigned long)dummy_tramp)', dummy],
    ['ret = patch_ulong((void *)literal, new)', '*(unsigned long *)literal = new', far],
  ] as const) {
    const after = runOf(run(source.replace(old, text)), row);
    assert.ok(after);
    assert.equal(told(after.steps.find(({ kind }) => kind === 'publish') as Step)[0], `${literal} ${value}`);
    assert.equal(compare(before, after).same, false);
  }
});

test('of a literal stored by halves nothing is said', () => {
  const half = source.replace('patch_ulong((void *)literal, new)', 'patch_instruction((u32 *)literal, new)');
  const { outcome, why } = runOf(run(half), { siteKind: 'far', entryPoint: 'enable' }) ?? {};
  assert.deepEqual([outcome, why], ['unread', `half of the ${literal} is stored`]);
});

test('a stub of another size is not guessed at, and a tree without text poke has nothing to run', () => {
  const longer = source.replace('	EMIT(0x7d8903a6);', '	EMIT(PPC_RAW_NOP());\n	EMIT(0x7d8903a6);');
  assert.deepEqual(
    run(longer)
      .map(({ outcome }) => outcome)
      .filter((outcome) => outcome !== 'unread'),
    [],
  );
  assert.ok(run(longer).length > 0);
  assert.deepEqual(run('int bpf_jit_compile(void);\n'), []);
});
