/**
 * The notation of models: each part has one text and one meaning, and of each limit the last text within is read and the first
 * beyond is not. Models at random come back from their text as they were.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Contract } from '../protocol/protocol.ts';
import type { DataWord, Model, ModelStep, Store, Text } from './model.ts';
import { formatModel, formattingOnce, parseModel } from './notation.ts';

const f: Text = { name: 'f', address: 0x1000, words: [0x60000000] };
const plain: Model = {
  ...{ contract: 'r0', bits: 64, preemption: 'full', module: false, live: true },
  ...{ texts: [f], tracers: [], data: [], steps: [], other: [] },
};

/** One way to write a part, and what it is. */
function check(text: string, part: Partial<Model>): void {
  test(text, () => {
    const model = { ...plain, ...part };
    assert.equal(formatModel(model), text);
    assert.deepEqual(parseModel(text), { model, problem: null });
  });
}
const contracts: readonly Contract[] = ['r0', 'pg64', 'pg32', 'ool', 'plain', 'probe', 'called', 'system'];
for (const contract of contracts) check(`${contract}.64.full.live/f@1000=60000000//`, { contract });
check('r0.32.none.dark.module/f@1000=60000000//', { bits: 32, preemption: 'none', live: false, module: true });
check('r0.64.full.live/f@1000=60000000+stub_1@2000=0,ffffffff,10//', {
  texts: [f, { name: 'stub_1', address: 0x2000, words: [0, 0xffffffff, 0x10] }],
});
check('r0.64.full.live/f@1000=60000000/ftrace_caller+_mcount/', { tracers: ['ftrace_caller', '_mcount'] });
const datum: DataWord = { name: 'ops', address: 0x30000, bytes: 8, value: null, private: false };
const data: readonly (readonly [string, Partial<DataWord>])[] = [
  ['ops@30000:8', {}],
  ['ops@30000:8=0', { value: 0n }],
  ['ops@30001:1=ff', { address: 0x30001, bytes: 1, value: 0xffn }],
  ['ops@30002:2=ffff', { address: 0x30002, bytes: 2, value: 0xffffn }],
  ['ops@30004:4=ffffffff', { address: 0x30004, bytes: 4, value: 0xffffffffn }],
  ['ops@30000:8=ffffffffffffffff', { value: 0xffffffffffffffffn }],
  ['ops@7feffff:1', { address: 0x7feffff, bytes: 1 }],
  ['ops@7fffdff:1t=1', { address: 0x7fffdff, bytes: 1, value: 1n, private: true }],
];
for (const [text, part] of data) check(`r0.64.full.live/f@1000=60000000+${text}//`, { data: [{ ...datum, ...part }] });

const store = { address: 0x1004, word: 0x10 } as const;
const steps: readonly (readonly [string, ModelStep])[] = [
  ['s1004:10', { kind: 'store', ...store, consistent: true }],
  ['u1004:10.20', { kind: 'store', ...store, suffix: 0x20, consistent: false }],
  ['s1f000:0', { kind: 'store', address: 0x1f000, word: 0, consistent: true }],
  ['f', { kind: 'flush', from: 0, to: 0x1f000 }],
  ['f1000:1f000', { kind: 'flush', from: 0x1000, to: 0x1f000 }],
  ['f0:1000', { kind: 'flush', from: 0, to: 0x1000 }],
  ['i', { kind: 'ipi', wait: true, isync: true }],
  ['in', { kind: 'ipi', wait: false, isync: true }],
  ['ix', { kind: 'ipi', wait: true, isync: false }],
  ['inx', { kind: 'ipi', wait: false, isync: false }],
  ...(['rcu', 'sched', 'tasks', 'tasks-rude', 'tasks-trace'] as const).map(
    (flavour) => [`g:${flavour}`, { kind: 'gracePeriod', flavour }] as const,
  ),
  ['m()', { kind: 'stopMachine', stores: [] }],
  ['m(1004:10&1008:1.2)', { kind: 'stopMachine', stores: [store, { address: 0x1008, word: 1, suffix: 2 }] }],
  ['p30000', { kind: 'publish', address: 0x30000, value: null, ordered: true }],
  ['pu30000:0', { kind: 'publish', address: 0x30000, value: 0n, ordered: false }],
  ['p30000:ffffffffffffffff', { kind: 'publish', address: 0x30000, value: 0xffffffffffffffffn, ordered: true }],
  ['r', { kind: 'reachable' }],
  ['x30003', { kind: 'free', address: 0x30003 }],
  ['x7feffff', { kind: 'free', address: 0x7feffff }],
];
for (const [text, step] of steps) check(`r0.64.full.live/f@1000=60000000//${text}`, { steps: [step] });
check('r0.64.full.live/f@1000=60000000//r,i+i,r', {
  steps: [{ kind: 'reachable' }, { kind: 'ipi', wait: true, isync: true }],
  other: [{ kind: 'ipi', wait: true, isync: true }, { kind: 'reachable' }],
});
check('r0.64.full.live/f@1000=60000000//+r', { other: [{ kind: 'reachable' }] });

const times = (count: number, one: string, by: string) => Array(count).fill(one).join(by);
const name80 = 'n'.repeat(80);
/** Texts within a limit, the same one beyond it, and what is said of that. */
const limits: readonly (readonly [title: string, within: string, beyond: string, problem: string])[] = [
  [
    'words of a text',
    `r0.64.full.live/f@1000=${times(256, '0', ',')}//`,
    `r0.64.full.live/f@1000=${times(257, '0', ',')}//`,
    `a text is NAME@ADDRESS=WORDS, not "f@1000=${times(27, '0', ',')}…"`,
  ],
  [
    'texts',
    `r0.64.full.live/${times(33, 'f@1000=0', '+')}//`,
    `r0.64.full.live/${times(34, 'f@1000=0', '+')}//`,
    'more than 33 texts or tracers',
  ],
  [
    'tracers',
    `r0.64.full.live/f@1000=0/${times(33, 'a', '+')}/`,
    `r0.64.full.live/f@1000=0/${times(34, 'a', '+')}/`,
    'more than 33 texts or tracers',
  ],
  [
    'data words',
    `r0.64.full.live/f@1000=0+${times(64, 'a@0:1', '+')}//`,
    `r0.64.full.live/f@1000=0+${times(65, 'a@0:1', '+')}//`,
    'more than 64 data words',
  ],
  [
    'steps of both patchers',
    `r0.64.full.live/f@1000=0//${times(200, 'r', ',')}+${times(200, 'r', ',')}`,
    `r0.64.full.live/f@1000=0//${times(200, 'r', ',')}+${times(201, 'r', ',')}`,
    'more than 400 steps',
  ],
  [
    'stores of stop_machine()',
    `r0.64.full.live/f@1000=0//m(${times(64, '0:0', '&')})`,
    `r0.64.full.live/f@1000=0//m(${times(65, '0:0', '&')})`,
    `unknown step "m(${times(15, '0:0', '&').slice(0, 58)}…"`,
  ],
  [
    'characters of a name',
    `r0.64.full.live/${name80}@1000=0//`,
    `r0.64.full.live/${name80}n@1000=0//`,
    `a text is NAME@ADDRESS=WORDS, not "${'n'.repeat(60)}…"`,
  ],
  [
    'characters of the name of a datum',
    `r0.64.full.live/f@1000=0+${name80}@0:1//`,
    `r0.64.full.live/f@1000=0+${name80}n@0:1//`,
    `a text is NAME@ADDRESS=WORDS, not "${'n'.repeat(60)}…"`,
  ],
  [
    'characters of the name of a tracer',
    `r0.64.full.live/f@1000=0/${name80}/`,
    `r0.64.full.live/f@1000=0/${name80}n/`,
    `"${'n'.repeat(60)}…" are no names of tracers`,
  ],
];
for (const [title, within, beyond, problem] of limits)
  test(`at most so many ${title}`, () => {
    assert.equal(parseModel(within).problem, null);
    assert.deepEqual(parseModel(beyond), { model: null, problem });
  });

const badText = (text: string) => `a text is NAME@ADDRESS=WORDS, not "${text}"`;
const head = 'r0.64.full.live/f@1000=60000000';
/** What is no model, and what is said of it. */
const refused: readonly (readonly [text: string, problem: string])[] = [
  ['r0.64.full.live', 'a model is flags/texts/tracers/steps'],
  ['r0.64.full.live//x/', 'a model is flags/texts/tracers/steps'],
  [`${head}///`, 'a model is flags/texts/tracers/steps'],
  ...['', 'xr0.64.full.live', 'r0.64.full.livex', 'r0.65.full.live', 'r0.64.some.live', 'r0.64.full.module'].map(
    (flags) => [`${flags}/f@1000=0//`, `unknown flags "${flags}"`] as const,
  ),
  ...[
    ...['', 'f@1000', 'f@1000=', 'f@=0', '@1000=0', 'f@1000=0,', 'f@1000=0,,0', 'f@1000=g', 'f@1001=0', 'f@1f004=0'],
    ...['f@123456789=0', 'f@1000=123456789', 'f-@1000=0', 'xa@30000:8 ', 'a@30000:3', 'a@30000:16', 'a@30000:8=g'],
    ...['a@30000:8u=1', 'a@30004:8', 'a@30002:4', 'a@30001:2', 'a@30000:1=100', 'a@30000:2=10000'],
    ...['a@30000:4=100000000', 'a@30000:8=10000000000000000', 'a@7ff0000:1', 'a@7fffe00:1t', 'a@123456789:1', '!a@0:1'],
  ].map((text) => [`r0.64.full.live/f@1000=0+${text}//`, badText(text)] as const),
  ...['+', 'a+', 'a-b', 'a b'].map((text) => [`${head}/${text}/`, `"${text}" are no names of tracers`] as const),
  ...[
    ...['s', 's1000', 's1000:', 's:1', 's1001:1', 's1f004:1', 's1000:123456789', 's1000:1.', 's1000:1.123456789'],
    ...['s1000:1.g', '!s1000:1', 's1000:1!', 'u1000', 'f1000', 'f:1000', 'f1000:', 'f1000:1001', 'f1000:2000:3000'],
    ...[
      'fx',
      'ixn',
      'iy',
      'inn',
      'i ',
      'g:',
      'g:rcu2',
      'g',
      'grcu',
      'm',
      'm(',
      'm)',
      'm(1000:1',
      'm(1000:1&)',
      'm(1000)',
    ],
    ...['am()', 'm()a', 'p', 'pu', 'p30000:', 'p30000:g', 'pv30000:1', 'p7ff0000:1', 'p123456789', 'p30000:1:2'],
    ...['p30000:10000000000000000', 'rx', 'r1', 'x', 'xg', 'x7ff0000', 'x123456789', 'y', 'i,,i', ' i'],
  ].map((text) => {
    const wrong = text === 'i,,i' ? '' : text;
    return [`${head}//${text}`, `unknown step "${wrong}"`] as const;
  }),
  ...['i+', '+', 'i+i+i', '++'].map((text) => [`${head}//${text}`, 'there are one or two patchers'] as const),
  ...[
    ...['s1000:1+s1000:2', 's1000:1.2+u1004:1', 's1004:1+m(1000:1.2)', 'p30000:1+pu30000', 'r,s1000:1+r,r,s1000:1'],
  ].map((text) => [`${head}//${text}`, 'both patchers store to one word'] as const),
  [`${'r'.repeat(60)}/f@1000=0//`, `unknown flags "${'r'.repeat(60)}"`],
  [`${'r'.repeat(61)}/f@1000=0//`, `unknown flags "${'r'.repeat(60)}…"`],
];
for (const [text, problem] of refused)
  test(`refused: ${text.slice(0, 80)}`, () => assert.deepEqual(parseModel(text), { model: null, problem }));

test('patchers that store to other words, and free the same', () => {
  assert.equal(parseModel(`${head}//s1000:1,x30000,f+s1004:1,x30000,f`).problem, null);
});

test('a text that is written once is the same for each model that has it', () => {
  const formats = formattingOnce();
  let asked = 0;
  const counted: Text = {
    ...f,
    get name() {
      asked++;
      return 'f';
    },
  };
  const model = { ...plain, texts: [counted], data: [datum] };
  const texts = [model, { ...model, live: false }].map((one) => formatModel(one, formats));
  assert.deepEqual(texts, [formatModel(model), formatModel({ ...model, live: false })]);
  assert.equal(asked, 3, 'once for both, and once for each that keeps nothing');
});

const word = fc.integer({ min: 0, max: 0xffffffff });
const siteAddress = fc.integer({ min: 0, max: 0x1f000 / 4 }).map((index) => 4 * index);
const stores: fc.Arbitrary<Store> = fc.record(
  { address: siteAddress, word, suffix: word },
  { requiredKeys: ['address', 'word'] },
);
const anyStep = fc.oneof(
  fc.tuple(stores, fc.boolean()).map(([one, consistent]): ModelStep => ({ kind: 'store', ...one, consistent })),
  fc.record({ kind: fc.constant('flush' as const), from: siteAddress, to: siteAddress }),
  fc.record({ kind: fc.constant('ipi' as const), wait: fc.boolean(), isync: fc.boolean() }),
  fc.record({ kind: fc.constant('stopMachine' as const), stores: fc.array(stores, { maxLength: 3 }) }),
);
test('models at random come back from their text', () => {
  const models = fc.record({
    contract: fc.constantFrom(...contracts),
    bits: fc.constantFrom(32 as const, 64 as const),
    preemption: fc.constantFrom('none' as const, 'full' as const),
    ...{ module: fc.boolean(), live: fc.boolean(), tracers: fc.constant(['ftrace_caller']) },
    texts: fc.array(
      fc.record({ name: fc.constant('t'), address: siteAddress, words: fc.array(word, { minLength: 1 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    ...{ data: fc.constant([datum]), steps: fc.array(anyStep, { maxLength: 6 }), other: fc.constant([]) },
  });
  fc.assert(
    fc.property(models, (drawn) => {
      const model = structuredClone(drawn); // of the prototype that literals have
      assert.deepEqual(parseModel(formatModel(model)), { model, problem: null });
    }),
    { numRuns: 60, seed: 8 },
  );
});
