/**
 * Static calls as a subject (ppc32 only): a trampoline that is a branch, a return, or a load of the target from the word
 * behind it; with HAVE_STATIC_CALL_INLINE the calls themselves, too. arch/powerpc/kernel/static_call.c is read behind a
 * driver that does what kernel/static_call_inline.c does: the trampoline first, then every call.
 *
 * Example: to a function beyond 32 MB: the literal is stored, and the trampoline's first word becomes a nop.
 */
import { call, type EntryRun, plans } from '../entry-points.ts';
import type { Image } from '../image.ts';
import { noOolStubs } from '../ool-stubs.ts';
import type { Profile } from '../profiles.ts';
import type { CallSite, EntryPoint } from '../protocol.ts';
import { driverNames } from '../recorder.ts';
import type { Sources, Subject, SubjectSource } from '../subject.ts';
import { buildWorld, type Site, type Text, textAt, type World } from '../world.ts';
import { configurationsOfAbis } from './configurations.ts';
import { laidText, restOf, unlessLaidOtherwise } from './laid.ts';
import { treeSources } from './reading.ts';

const unit = 'arch/powerpc/kernel/static_call.c';
const header = 'arch/powerpc/include/asm/static_call.h';

export const staticCallSubject: Subject = {
  id: 'static-call',
  concerns: (path) => path === unit || path === header,
  profiles,
  sources,
  world,
  runs,
};

const inline = 'HAVE_STATIC_CALL_INLINE';

function profiles(source: SubjectSource): readonly Profile[] {
  const { read, evidence } = source;
  if (evidence !== 'tree' || read(unit) === null) return [];
  const isInline = new RegExp(`select\\s+${inline}`).test(read('arch/powerpc/Kconfig') ?? '');
  return configurationsOfAbis(source)
    .filter(({ abi }) => abi === 'ppc32')
    .map((one) => ({
      ...one,
      symbols: [...new Set([...one.symbols, 'HAVE_STATIC_CALL', ...(isInline ? [inline] : [])])],
      ...{ unit, contract: 'called', function: callInside, recorded: 3, siteKinds: ['near'] },
    }));
}

function sources(source: SubjectSource): Sources {
  return treeSources(source, {
    units: [unit],
    headers: [header],
    models: new Map([
      [
        'linux/static_call.h',
        {
          file: 'our model of linux/static_call.h',
          text: `#include <asm/static_call.h>
long __static_call_return0(void);
void arch_static_call_transform(void *site, void *tramp, void *func, bool tail);
#define panic(...) BUG()
`,
        },
      ],
    ]),
    driver: { file: 'the driver of static calls', text: driverText + laidText(isLaidAsKnown(source.read)) },
    assumed: ['the trampoline of a static call is as asm/static_call.h defines it up to v7.3: that asm is not run'],
  });
}

const { update } = driverNames('update');
const driverText = `#include <linux/static_call.h>
void ${update}(void *tramp, void *func, void *site, void *tail)
{
	arch_static_call_transform(NULL, tramp, func, false);
#ifdef CONFIG_${inline}
	arch_static_call_transform(site, tramp, func, false);
	arch_static_call_transform(tail, tramp, func, true);
#endif
}
`;

/** Lines of the trampoline behind its first word, without their blanks: a load of the literal, a branch to it, a return of 0. */
const known = ['lis12,2f@ha', 'lwz12,2f@l(12)', 'mtctr12', 'bctr', '1:li3,0', 'blr', '2:.long0'];

/** A header that is not at hand is taken to be as it is known. */
function isLaidAsKnown(read: SubjectSource['read']): boolean {
  const text = read(header);
  if (text === null) return true;
  const macro = restOf(text, '#\\s*define\\s+__PPC_SCT\\b');
  if (macro === null) return false;
  const lines = macro.split('\\n').map((line) => line.replace(/["\\\s]/g, ''));
  const first = lines.indexOf('inst');
  return known.every((line, index) => lines[first + 1 + index] === line);
}

/** `call` is replaced by the call of the trampoline. */
const callInside = [
  'stwu r1,-32(r1)',
  'mflr r0',
  'stw r0,36(r1)',
  'call',
  'lwz r0,36(r1)',
  'mtlr r0',
  'addi r1,r1,32',
  'blr',
];
const callAtEnd = ['nop', 'call'];

const kernel = 0xc0000000n;
const at = {
  trampoline: kernel + 0x20800n,
  near: kernel + 0x20900n,
  zero: kernel + 0x20a00n,
  far: kernel + 0x2800800n,
};
/** Bytes from the trampoline (PPC_SCT_RET0, PPC_SCT_DATA). */
const [zeroAt, literalAt] = [20n, 28n];
const names = { none: '', zero: 'return 0', short: 'the near function', long: 'the far function' } as const;
type Target = keyof typeof names;

/** Texts are numbered as they stand here, and the literal is the first datum: where the machine has it, `runsAs` says. */
function world(profile: Profile, siteKind: CallSite['kind']): World {
  const base = buildWorld(profile, siteKind);
  const tramp = ['blr', 'lis r12,0', 'lwz r12,0(r12)', 'mtctr r12', 'bctr'];
  const [high, low] = [
    ((Number(at.trampoline + literalAt) + 0x8000) >>> 16) & 0xffff,
    Number(at.trampoline + literalAt) & 0xffff,
  ];
  const kernels = [(0x3d800000 | high) >>> 0, (0x818c0000 | low) >>> 0];
  const texts: Text[] = [
    { ...textAt('trampoline', at.trampoline, tramp), of: '' },
    { ...textAt(names.zero, at.trampoline + zeroAt, ['li r3,0', 'blr']), of: '' },
    { ...textAt(names.short, at.near, ['addi r12,r3,1', 'blr']), of: '' },
    { ...textAt(names.long, at.far, ['addi r12,r3,2', 'blr']), of: '' },
  ];
  const trampoline = texts[0] as Text;
  const placed = textAt('trampoline', at.trampoline, ['blr', 'lis r12,3', 'lwz r12,0(r12)', 'mtctr r12', 'bctr']);
  const kernelWords = trampoline.words.map((word, index) =>
    index === 1 || index === 2 ? (kernels[index - 1] ?? word) : word,
  );
  return {
    ...base,
    sites: base.sites.map((site, index): Site => {
      const lines = index === 0 ? callInside : callAtEnd;
      const compiled = 4 * lines.indexOf('call');
      const branch = `${index === 0 ? 'bl' : 'b'} 0x${at.trampoline.toString(16)}`;
      const words = textAt(
        site.id,
        site.entry,
        lines.map((line) => (line === 'call' ? branch : line)),
      ).words;
      return { ...site, text: { ...site.text, words }, compiled, own: [compiled] };
    }),
    kernelSite: null,
    texts: [
      ...base.texts,
      { ...trampoline, words: kernelWords, runsAs: [null, ...placed.words.slice(1)] },
      ...texts.slice(1),
    ],
    symbols: new Map([...base.symbols, ['__static_call_return0', at.zero]]),
    ool: { ...noOolStubs, literals: new Map([['trampoline', at.trampoline + literalAt]]) },
  };
}

/** Each target from the three others. */
const turns: readonly (readonly [EntryPoint, Target, readonly [Target, Target, Target]])[] = [
  ['call-short', 'short', ['long', 'none', 'zero']],
  ['call-long', 'long', ['short', 'none', 'zero']],
  ['call-none', 'none', ['short', 'long', 'zero']],
  ['call-zero', 'zero', ['short', 'long', 'none']],
];

function runs(image: Image, profile: Profile): readonly EntryRun[] {
  const { sites } = image.world;
  const places = sites.map(({ entry, compiled }) => entry + BigInt(compiled));
  const address: Readonly<Record<Target, bigint>> = { none: 0n, zero: at.zero, short: at.near, long: at.far };
  const set = (to: Target) => call(update, at.trampoline, address[to], ...places);
  const laid = image.keep();
  const both = (value: boolean | null) => sites.map(() => value);
  const all = turns.flatMap(([entryPoint, to, froms]) =>
    froms.map((from, index): EntryRun => {
      const shared = {
        entryPoint,
        plan: plans[index] ?? 'all',
        live: true,
        from: image.advance(laid, [set(from)]),
      } as const;
      const actions = [set(to)];
      // A call that is made in place returns 0 without going anywhere.
      if (to === 'zero' && profile.symbols.includes(inline))
        return { ...shared, actions, traced: both(false), goal: names[from] };
      return to === 'none'
        ? { ...shared, actions, traced: both(false), goal: names[from] }
        : { ...shared, actions, traced: both(true), goal: names[to] };
    }),
  );
  // What goes wrong on the way to where a run begins is told of the run that goes there.
  return unlessLaidOtherwise(
    image,
    all.filter(({ from }) => from.failure === null),
  );
}
