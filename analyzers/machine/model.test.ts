/**
 * A protocol as seen from each of its call sites, and models as text.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assemble } from '../power/text.ts';
import type { CallSite, Protocol, Step } from '../protocol/protocol.ts';
import type { HowEntered } from './entry.ts';
import { type Model, modelsOf, stepAt } from './model.ts';
import { formatModel, parseModel } from './notation.ts';

const kernel = 0xc000000000000000n;
const at = { tracer: kernel + 0x10000n, A: kernel + 0x20000n, B: kernel + 0x20100n, stub: kernel + 0x30000n } as const;
const word = (line: string, address = 0n) => assemble(line, address)?.[0] ?? 0;
const bl = (from: bigint, to: bigint) => word(`bl 0x${to.toString(16)}`, from);
const b = (from: bigint, to: bigint) => word(`b 0x${to.toString(16)}`, from);
const nop = 0x60000000;

/** A protocol over A and B, each `nop; nop; blr`; no step has a source line. */
function protocol(steps: readonly object[], more: Partial<Protocol> = {}): Protocol {
  const site = (id: 'A' | 'B'): CallSite => ({
    id,
    kind: 'near',
    address: at[id],
    words: new Map([
      [0, nop],
      [4, nop],
      [8, word('blr')],
    ]),
    recorded: 4,
    traced: null,
  });
  return {
    scenario: {
      subject: 'ftrace',
      profile: 'p',
      preemption: 'full',
      entryPoint: 'enable',
      siteKind: 'near',
      plan: 'all',
    },
    evidence: 'tree',
    contract: 'r0',
    bits: 64,
    live: true,
    exit: 'normal',
    steps: steps.map((step) => ({ stack: [], ...step })) as unknown as readonly Step[],
    sites: [site('A'), site('B')],
    texts: [],
    data: [],
    entry: null,
    symbols: new Map([
      ['ftrace_caller', at.tracer],
      ['elsewhere', kernel + 0x40000n],
    ]),
    outcome: 'ok',
    why: '',
    trail: [],
    assumptions: [],
    ...more,
  };
}

const modify = (address: bigint, value: number, more: object = {}) => ({
  kind: 'modify',
  word: { address, symbol: '', offset: 0 },
  old: nop,
  new: value,
  width: 4,
  consistent: 'patch',
  via: 'patch_instruction',
  ...more,
});
const isync = { kind: 'barrier', op: 'isync', stack: [] };
const ipi = { kind: 'ipi', handler: 'f', targets: 'others', wait: true, effects: [isync] };
const tasks = { kind: 'gracePeriod', flavour: 'tasks' };
const mflr = word('mflr r0');

/** The steps of each site's model in the notation, and where they come from. */
function check(
  name: string,
  given: Protocol,
  expected: readonly (readonly [steps: string, origin: readonly number[]])[],
): void {
  test(name, () => {
    const models = modelsOf(given).map(({ model, origin }) => [formatModel(model).split('/')[3] ?? '', origin]);
    assert.deepEqual(models, expected);
    for (const { model } of modelsOf(given)) roundTrip(model);
  });
}

function roundTrip(model: Model): void {
  const text = formatModel(model);
  assert.deepEqual(parseModel(text), { model, problem: null });
  assert.match(text, /^[\w@=,.:&()+/-]+$/, 'safe in mail and between single quotes');
}

const enable = [
  modify(at.A, mflr),
  modify(at.B, mflr),
  ipi,
  tasks,
  modify(at.A + 4n, bl(at.A + 4n, at.tracer)),
  modify(at.B + 4n, bl(at.B + 4n, at.tracer)),
];
check('each site keeps its own words and what synchronizes between them', protocol(enable), [
  ['s1000:7c0802a6,i,g:tasks,s1004:48006ffd', [0, 2, 3, 4]],
  ['s1000:7c0802a6,i,g:tasks,s1004:48006ffd', [1, 2, 3, 5]],
]);

test('equal sites give equal models', () => {
  const [first, second] = modelsOf(protocol(enable));
  assert.deepEqual(first?.model, second?.model);
});

check(
  'synchronization before the first and behind the last change is left out',
  protocol([ipi, ...enable, ipi, tasks]),
  [
    ['s1000:7c0802a6,i,g:tasks,s1004:48006ffd', [1, 3, 4, 5]],
    ['s1000:7c0802a6,i,g:tasks,s1004:48006ffd', [2, 3, 4, 6]],
  ],
);

check(
  'synchronization behind its like is left out, when another site is modified between them',
  protocol([modify(at.A, mflr), ipi, modify(at.B, mflr), ipi, modify(at.A + 4n, bl(at.A + 4n, at.tracer))]),
  [
    ['s1000:7c0802a6,i,s1004:48006ffd', [0, 1, 4]],
    ['s1000:7c0802a6', [2]],
  ],
);

check(
  'an IPI to some CPUs is one that is not waited for',
  protocol([modify(at.A, mflr), { ...ipi, targets: 'some' }, modify(at.A, nop)]),
  [
    ['s1000:7c0802a6,in,s1000:60000000', [0, 1, 2]],
    ['', []],
  ],
);

check('a handler without isync', protocol([modify(at.A, mflr), { ...ipi, effects: [] }, modify(at.A, nop)]), [
  ['s1000:7c0802a6,ix,s1000:60000000', [0, 1, 2]],
  ['', []],
]);

check(
  'what happens in stop_machine() is one step',
  protocol([
    {
      kind: 'stopMachine',
      handler: 'f',
      effects: [modify(at.A, mflr), modify(at.A + 4n, bl(at.A + 4n, at.tracer))].map((step) => ({
        stack: [],
        ...step,
      })),
    },
  ]),
  [
    ['m(1000:7c0802a6&1004:48006ffd)', [0]],
    ['', []],
  ],
);

check(
  'a plain store is flushed by its range only',
  protocol([
    modify(at.A, mflr, { consistent: 'flush-later' }),
    modify(at.A + 4n, mflr, { consistent: 'flush-later' }),
    { kind: 'flush', from: at.A + 4n, to: at.B + 4n },
    { kind: 'reachable', what: 'module' },
  ]),
  [
    ['u1000:7c0802a6,u1004:7c0802a6,f1004:100c,r', [0, 1, 2, 3]],
    ['f1000:1004,r', [2, 3]],
  ],
);

check(
  'a prefixed instruction is one store',
  protocol([modify(at.A, 0x06100000, { width: 8, oldSuffix: nop, newSuffix: 0x39800000 })]),
  [
    ['s1000:6100000.39800000', [0]],
    ['', []],
  ],
);

test('text is part of the model when a branch reaches it, now or later', () => {
  const stub = {
    name: 'stub of A',
    address: at.stub,
    words: new Map([
      [0, mflr],
      [4, bl(at.stub + 4n, at.tracer)],
      [8, word('mtlr r0')],
      [12, b(at.stub + 12n, at.A + 4n)],
    ]),
  };
  const given = protocol([modify(at.stub + 4n, bl(at.stub + 4n, kernel + 0x40000n)), modify(at.A, b(at.A, at.stub))], {
    texts: [stub],
    contract: 'ool',
  });
  const [first, second] = modelsOf(given).map(({ model }) => formatModel(model));
  assert.equal(
    first,
    'ool.64.full.live/f@1000=60000000,60000000,4e800020+stub_of_A@2000=7c0802a6,48005ffd,7c0803a6,4bffeff8/ftrace_caller/s2004:4801cffd,s1000:48001000',
  );
  // B reaches neither the stub nor a tracer; what is stored into the stub is not its affair.
  assert.equal(second, 'ool.64.full.live/f@1000=60000000,60000000,4e800020//');
});

test('data lie where text has them, or in places of their own; pointers are moved with what they point to', () => {
  const ops = kernel + 0x60000n;
  const words = [
    [0, mflr],
    [4, bl(at.stub + 4n, at.tracer)],
    [8, word('mtlr r0')],
    [12, b(at.stub + 12n, at.A + 4n)],
  ] as const;
  const literal = { name: 'ops of A', address: at.stub - 8n, bytes: 8, private: false } as const;
  const object = { name: 'ftrace_list_ops', address: ops, bytes: 0x180, private: false } as const;
  const own = { name: 'thread_info', address: ops + 0x1000n, bytes: 0x40, private: true } as const;
  const given = protocol(
    [
      { kind: 'publish', what: '', address: at.stub - 8n, bytes: 8, value: ops, how: 'patch' },
      { kind: 'publish', what: '', address: ops + 0x10n, bytes: 8, value: 7n, how: 'store' },
      modify(at.A, b(at.A, at.stub)),
      { kind: 'free', what: '', address: ops },
    ],
    {
      texts: [{ name: 'stub of A', address: at.stub, words: new Map(words) }],
      data: [
        { ...literal, words: [{ offset: 0, bytes: 8, value: null }] },
        {
          ...object,
          words: [
            { offset: 0, bytes: 8, value: at.tracer },
            { offset: 0x10, bytes: 8, value: 5n },
          ],
        },
        { ...own, words: [{ offset: 8, bytes: 8, value: ops + 0x1010n }] },
      ],
    },
  );
  const [first] = modelsOf(given).map(({ model }) => formatModel(model).split('/'));
  assert.deepEqual(first?.[1]?.split('+').slice(2), [
    'ops_of_A@1ff8:8',
    'ftrace_list_ops@30000:8=8000',
    'ftrace_list_ops@30010:8=5',
    'thread_info@30208:8t=30210',
  ]);
  assert.equal(first?.[3], 'p1ff8:30000,pu30010:7,s1000:48001000,x30000');
});

test('data words and a second patcher as text', () => {
  const [site] = modelsOf(protocol([modify(at.A, mflr)]));
  assert.ok(site);
  const word = { name: 'ops', address: 0x30000, bytes: 8, value: 0x50000n, private: false } as const;
  const model: Model = {
    ...site.model,
    data: [word, { ...word, name: 'sp', address: 0x30008, bytes: 4, value: null, private: true }],
    steps: [
      { kind: 'publish', address: 0x30000, value: 0x60000n, ordered: true },
      { kind: 'publish', address: 0x30000, value: null, ordered: false },
      { kind: 'free', address: 0x30003 },
    ],
    other: [{ kind: 'store', address: 0x1008, word: 1, consistent: false }],
  };
  roundTrip(model);
  const [, texts, , steps] = formatModel(model).split('/');
  assert.match(texts ?? '', /\+ops@30000:8=50000\+sp@30008:4t$/);
  assert.equal(steps, 'p30000:60000,pu30000,x30003+u1008:1');
});

test('a branch to nothing known goes to the wild', () => {
  const [site] = modelsOf(protocol([modify(at.A, b(at.A, kernel + 0x40000n))]));
  assert.equal(site?.model.steps[0]?.kind === 'store' && site.model.steps[0].word, word('b 0x1f000', 0x1000n));
});

test('a task’s own data may lie at the bottom of its stack, and a text be as long as all registers take', () => {
  const text = `r0.64.full.live/f@1000=${'60000000,'.repeat(119)}4e800020+thread_info@7ffc010:8t=a0000//`;
  const { model, problem } = parseModel(text);
  assert.equal(problem, null);
  assert.equal(model && formatModel(model), text);
});

const broken: readonly (readonly [text: string, problem: RegExp])[] = [
  ['', /flags\/texts/],
  ['r0.64.full.live', /flags\/texts/],
  ['r9.64.full.live/f@1000=60000000//', /flags/],
  ['r0.64.full.live/f@1000=6000000000//', /NAME@ADDRESS=WORDS/],
  ['r0.64.full.live/f@1002=60000000//', /NAME@ADDRESS=WORDS/],
  ['r0.64.full.live/f@fffffff0=60000000//', /NAME@ADDRESS=WORDS/],
  [`r0.64.full.live/f@1000=${'0,'.repeat(300)}0//`, /NAME@ADDRESS=WORDS/],
  ['r0.64.full.live/f@1000=60000000//s1000', /unknown step "s1000"/],
  ['r0.64.full.live/f@1000=60000000//m(1)', /unknown step/],
  ['r0.64.full.live/f@1000=60000000+ops@30004:8=1//', /NAME@ADDRESS=WORDS/],
  ['r0.64.full.live/f@1000=60000000+ops@30000:2=10000//', /NAME@ADDRESS=WORDS/],
  ['r0.64.full.live/f@1000=60000000+ops@7ff0000:8=1//', /NAME@ADDRESS=WORDS/],
  ['r0.64.full.live/f@1000=60000000//p30000:', /unknown step/],
  ['r0.64.full.live/f@1000=60000000//s1000:1+', /one or two patchers/],
  ['r0.64.full.live/f@1000=60000000//s1000:1+i+i', /one or two patchers/],
  ['r0.64.full.live/f@1000=60000000//s1000:1+u1000:1', /both patchers/],
  ['r0.64.full.live/f@1000=60000000//g:rcu-tasks', /unknown step/],
  [`r0.64.full.live/f@1000=60000000//${'i,'.repeat(1000)}i`, /more than/],
  [`r0.64.full.live/${'f@1000=60000000+'.repeat(100)}f@1000=60000000//`, /more than/],
];
for (const [text, problem] of broken) {
  test(`not a model: ${text.slice(0, 60)}`, () => {
    const parsed = parseModel(text);
    assert.equal(parsed.model, null);
    assert.match(parsed.problem ?? '', problem);
  });
}

test('text that loads lead to is there without a branch: a site’s own, and everybody’s', () => {
  const text = (name: string, address: bigint, from: number, of?: string) => ({
    ...{ name, address, words: new Map([from, from + 4].map((offset) => [offset, mflr])) },
    ...(of !== undefined && { of }),
  });
  const texts = [
    text('slot of A', kernel + 0x50000n, 0, 'A'),
    text('slot of B', kernel + 0x51000n, 0, 'B'),
    text('slot', kernel + 0x52000n, 0, ''),
    // Its first word is not where its name is.
    text('late', kernel + 0x53000n, 8, ''),
    text('early', kernel + 0x54000n, -8, ''),
    text('nowhere', kernel + 0x55000n, 0),
    { name: 'empty', address: kernel + 0x56000n, words: new Map<number, number>(), of: '' },
  ];
  const placed = modelsOf(protocol([], { texts })).map(({ model }) =>
    model.texts.slice(1).map(({ name, address, words }) => `${name}@${address.toString(16)}:${words.length}`),
  );
  const both = ['slot@2000:2', 'slot@2100:2', 'late@2208:2', 'early@22f8:2'];
  assert.deepEqual(placed, [both, both]);
});

const none = { kind: 'stopMachine', handler: 'f', effects: [] };
const some = { ...none, effects: [{ stack: [], ...modify(at.A + 8n, nop) }] };
/** Two steps between changes, and what is left of them. */
const synchronizing: readonly (readonly [object, object, string])[] = [
  [ipi, ipi, 'i'],
  [ipi, { ...ipi, handler: 'g' }, 'i'],
  [ipi, { ...ipi, wait: false }, 'i,in'],
  [ipi, { ...ipi, effects: [] }, 'i,ix'],
  [{ ...ipi, wait: false }, { ...ipi, effects: [] }, 'in,ix'],
  [ipi, tasks, 'i,g:tasks'],
  [tasks, ipi, 'g:tasks,i'],
  [tasks, tasks, 'g:tasks'],
  [tasks, { ...tasks, flavour: 'rcu' }, 'g:tasks,g:rcu'],
  [none, none, 'm()'],
  [none, ipi, 'm(),i'],
  [tasks, none, 'g:tasks,m()'],
  [some, none, 'm(1008:60000000),m()'],
  [some, some, 'm(1008:60000000),m(1008:60000000)'],
  [none, some, 'm(),m(1008:60000000)'],
];
for (const [first, second, left] of synchronizing)
  test(`what synchronizes twice: ${left}`, () => {
    const [site] = modelsOf(protocol([modify(at.A, mflr), first, second, modify(at.A, nop)]));
    assert.equal(site && formatModel(site.model).split('/')[3], `s1000:7c0802a6,${left},s1000:60000000`);
  });

test('an isync alone makes a handler’s interrupt synchronize', () => {
  const handled = (effects: readonly object[]) => {
    const steps = [modify(at.A, mflr), { ...ipi, effects }, modify(at.A, nop)];
    return modelsOf(protocol(steps)).map(({ model }) => formatModel(model).split('/')[3])[0];
  };
  assert.equal(handled([{ kind: 'barrier', op: 'mb', stack: [] }]), 's1000:7c0802a6,ix,s1000:60000000');
  assert.equal(handled([{ stack: [], ...modify(at.A + 4n, nop) }]), 's1000:7c0802a6,ix,s1004:60000000,s1000:60000000');
  const both = [isync, { stack: [], ...modify(at.A + 4n, nop) }];
  assert.equal(handled(both), 's1000:7c0802a6,i,s1004:60000000,s1000:60000000');
});

check(
  'steps that nobody can tell from their absence are none',
  protocol([
    { kind: 'lock', name: 'text_mutex' },
    modify(at.A, mflr),
    { kind: 'barrier', op: 'sync' },
    { kind: 'resched' },
    { kind: 'bug', what: 'WARN', code: null, site: null, text: '', trail: [] },
    modify(kernel + 0x70000n, nop),
    { kind: 'free', what: '', address: kernel + 0x70000n },
    { kind: 'publish', what: '', address: kernel + 0x70000n, bytes: 8, value: 1n, how: 'store' },
    { kind: 'flush', from: kernel + 0x70000n, to: kernel + 0x71000n },
    { kind: 'unlock', name: 'text_mutex' },
  ]),
  [
    ['s1000:7c0802a6', [1]],
    ['', []],
  ],
);

test('a literal that is patched as text is published; stop_machine() stores text', () => {
  const literal = { name: 'ops of A', address: at.A - 8n, bytes: 8, private: false } as const;
  const data = [{ ...literal, words: [{ offset: 0, bytes: 8, value: null }] }] as const;
  const publish = (address: bigint, bytes: number) => ({
    ...{ kind: 'publish', what: '', address, bytes, value: at.A, how: 'patch' },
  });
  const steps = [
    modify(at.A - 8n, 7),
    publish(at.A - 8n, 4),
    publish(at.A - 8n, 8),
    { ...none, effects: [modify(at.A, mflr), { kind: 'flush', from: at.A, to: at.A + 4n }] },
  ];
  const [site] = modelsOf(protocol(steps, { data }));
  assert.equal(site && formatModel(site.model).split('/')[3], 'pff8:7,pff8:1000,m(1000:7c0802a6)');
  assert.deepEqual(site?.origin, [0, 2, 3]);
});

test('code of the system’s own finds the paca, where there is one', () => {
  const paca = (contract: Protocol['contract'], bits: 32 | 64) =>
    modelsOf(protocol([], { contract, bits }))[0]?.model.data.map(({ name }) => name);
  assert.deepEqual(paca('system', 64), ['paca']);
  assert.deepEqual(paca('system', 32), []);
  assert.deepEqual(paca('plain', 64), []);
});

test('how entry code is placed follows from the protocol', () => {
  const entry = {} as NonNullable<Protocol['entry']>;
  const asked = (steps: readonly object[], more: Partial<Protocol>) => {
    const found: HowEntered[] = [];
    const sites = modelsOf(protocol(steps, { entry, ...more }), (code, how) => {
      assert.equal(code, entry);
      found.push(how);
      return null;
    });
    assert.equal(found.length, 1, 'once for all sites');
    return { ...found[0], sites: sites.length };
  };
  const normal = { exit: 'normal', contract: 'r0', other: false, nothing: false, sites: 2 };
  assert.deepEqual(asked([], {}), normal);
  const { scenario } = protocol([]);
  assert.equal(asked([], { scenario: { ...scenario, entryPoint: 'direct-change' } }).other, true);
  assert.equal(asked([], { exit: 'graph', contract: 'ool' }).exit, 'graph');
  // A call whose entry code has no place has no model.
  const call = { tracer: 'ftrace_caller', exit: 'normal' } as const;
  assert.equal(asked([], { scenario: { ...scenario, call } }).sites, 0);
  // Does anything point to the function that does nothing?
  const empty = kernel + 0x50000n;
  const symbols = new Map([['empty_function', empty]]);
  const publish = { kind: 'publish', what: '', address: 1n, bytes: 8, value: empty, how: 'store' };
  const object = { name: 'ops', address: kernel + 0x60000n, bytes: 8, private: false } as const;
  const data = (value: bigint | null) => [{ ...object, words: [{ offset: 0, bytes: 8, value } as const] }];
  assert.equal(asked([], { symbols }).nothing, false);
  assert.equal(asked([publish], { symbols }).nothing, true);
  assert.equal(asked([{ ...publish, value: 1n }], { symbols }).nothing, false);
  assert.equal(asked([{ ...publish, kind: 'free' }], { symbols }).nothing, false);
  assert.equal(asked([], { symbols, data: data(empty) }).nothing, true);
  assert.equal(asked([], { symbols, data: data(null) }).nothing, false);
  assert.equal(asked([publish], { data: data(empty) }).nothing, false, 'a tree that does not have it');
});

test('steps of the second patcher are counted behind those of the first', () => {
  const { model } = parseModel('r0.64.full.live/f@1000=60000000//r,i+f');
  assert.ok(model !== null);
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => stepAt(model, index)?.kind),
    ['reachable', 'ipi', 'flush', undefined],
  );
});
