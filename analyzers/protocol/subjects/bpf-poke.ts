/**
 * BPF text poke as a subject: a BPF program begins with a nop or a branch to a stub of its own, behind its end, which calls
 * a trampoline, or jumps to where a literal says if that is too far away. arch/powerpc/net/bpf_jit_comp.c is read: the stub
 * is laid by bpf_jit_build_fentry_stubs(), and a driver does what kernel/bpf/trampoline.c does around bpf_arch_text_poke().
 *
 * Example: attaching a trampoline within 32 MB: stub of A+4 nop → bl, A+40 nop → b to the stub; A calls the program there.
 */
import { call, type EntryRun } from '../entry-points.ts';
import type { Image, State } from '../image.ts';
import { noOolStubs } from '../ool-stubs.ts';
import { type Profile, profilesOf } from '../profiles.ts';
import type { CallSite } from '../protocol.ts';
import { driverNames } from '../recorder.ts';
import type { Sources, Subject, SubjectSource } from '../subject.ts';
import { buildWorld, type Site, type Text, textAt, type World } from '../world.ts';
import { bareConfiguration } from './configurations.ts';
import { treeSources } from './reading.ts';

const unit = 'arch/powerpc/net/bpf_jit_comp.c';
const header = 'arch/powerpc/net/bpf_jit.h';

export const bpfPokeSubject: Subject = {
  id: 'bpf-poke',
  concerns: (path) => path === unit || path === header,
  profiles,
  sources,
  world,
  runs,
};

const poke = /\bint\s+bpf_arch_text_poke\s*\(([^)]*)\)/;
const outOfLine = 'PPC_FTRACE_OUT_OF_LINE';

/** Of 64 bits: for each ABI a kernel whose ftrace has out-of-line stubs, and one whose has none; trampolines differ. */
function profiles(source: SubjectSource): readonly Profile[] {
  if (source.evidence !== 'tree' || !poke.test(source.read(unit) ?? '')) return [];
  const known = profilesOf(source).filter(({ bits }) => bits === 64);
  return (['elfv2', 'elfv1'] as const).flatMap((abi) =>
    [false, true].flatMap((ool) => {
      const first = known.find((one) => one.abi === abi && one.symbols.includes(outOfLine) === ool);
      if (first === undefined) return [];
      const configuration = bareConfiguration(first, `ppc64-${abi}${ool ? '-ool' : ''}`);
      return [
        { ...configuration, unit, contract: 'plain', function: body, recorded: entry / 4, siteKinds: ['near', 'far'] },
      ];
    }),
  );
}

/**
 * A function that calls a program, and the program behind it. The caller changes a register that the program's body puts
 * back, so that a body left out is seen.
 */
const caller = [
  'mflr r0',
  'std r0,16(r1)',
  'stdu r1,-112(r1)',
  'addi r14,r14,1',
  'bl .+24',
  'addi r1,r1,112',
  'ld r0,16(r1)',
  'mtlr r0',
  'blr',
  'nop',
];
const body = [...caller, 'nop', 'addi r14,r14,-1', 'blr'];
/** Bytes from the caller to the program's first word. */
const entry = 4 * caller.length;

function sources(source: SubjectSource): Sources {
  const parameters = poke.exec(source.read(unit) ?? '')?.[1]?.split(',').length ?? 0;
  return treeSources(source, {
    units: [unit],
    headers: [header],
    models,
    driver: { file: 'the driver of BPF text poke', text: driverText(parameters > 4) },
    assumed: [
      'a BPF program is one of ours that begins with a nop, and its trampolines are of ours: what else the JIT emits is not run',
      'dummy_tramp is as arch/powerpc/net/bpf_jit_comp.c defines it up to v7.3: that asm is not read',
      'the literal of the long branch stub is aligned to 8 bytes',
    ],
  });
}

/** What kernel/bpf and the architecture tell each other, in our own words. */
const models = new Map([
  [
    'linux/bpf.h',
    {
      file: 'our model of linux/bpf.h',
      text: `#ifndef _LINUX_BPF_H
#define _LINUX_BPF_H
#define KSYM_NAME_LEN 512
#define MAX_BPF_JIT_REG 16
enum bpf_text_poke_type { BPF_MOD_NOP, BPF_MOD_CALL, BPF_MOD_JUMP };
int __bpf_address_lookup(unsigned long addr, unsigned long *size, unsigned long *off, char *sym);
int bpf_address_lookup(unsigned long addr, unsigned long *size, unsigned long *off, char *sym);
#endif
`,
    },
  ],
]);

const driver = driverNames('build', 'attach', 'change', 'detach');

/** @param two the function is told what stands there and what is to stand there, each by its type */
const driverText = (two: boolean) => `#include <linux/bpf.h>
#include <asm/ppc-opcode.h>
#include "../arch/powerpc/net/bpf_jit.h"
void __freed_text(void *text);
int bpf_arch_text_poke(void *ip, ${two ? 'enum bpf_text_poke_type was, ' : ''}enum bpf_text_poke_type type, void *old_addr, void *new_addr);
void bpf_jit_build_fentry_stubs(u32 *image, struct codegen_context *ctx);
static unsigned long __program, __size;
int __bpf_address_lookup(unsigned long addr, unsigned long *size, unsigned long *off, char *sym)
{
	if (addr < __program || addr >= __program + __size)
		return 0;
	*size = __size;
	*off = addr - __program;
	return 1;
}
int bpf_address_lookup(unsigned long addr, unsigned long *size, unsigned long *off, char *sym)
{
	return __bpf_address_lookup(addr, size, off, sym);
}
void ${driver.build}(unsigned long program, int first, unsigned long size)
{
	struct codegen_context ctx = {};

	ctx.idx = first;
	bpf_jit_build_fentry_stubs((u32 *)program, &ctx);
	__program = program;
	__size = ctx.idx * 4;
	/* A stub of another size is laid out in a way that is not known here. */
	if (__size != size)
		*(int *)size = 0;
}
static int __poke(void *from, void *to)
{
	return bpf_arch_text_poke((void *)__program, ${two ? 'from ? BPF_MOD_CALL : BPF_MOD_NOP, to ? BPF_MOD_CALL : BPF_MOD_NOP' : 'BPF_MOD_CALL'}, from, to);
}
/* bpf_tramp_image_put(): nothing leads there any more, and whoever is still inside is waited for. */
static void __put(void *trampoline)
{
	synchronize_rcu_tasks();
	__freed_text(trampoline);
}
void ${driver.attach}(void *to)
{
	WARN_ON(__poke(NULL, to));
}
void ${driver.change}(void *from, void *to)
{
	if (WARN_ON(__poke(from, to)))
		return;
	__put(from);
}
void ${driver.detach}(void *from)
{
	if (WARN_ON(__poke(from, NULL)))
		return;
	__put(from);
}
`;

const kernel = 0xc000000000000000n;
const site = kernel + 0x40000n;
const program = site + BigInt(entry);
/** Bytes from the program's start, where a stub of four words or of three ends before the literal. */
const offsets = { literal: 0x110n, long: 0x118n, end: 0x134n } as const;
const stubWords = (profile: Profile) => (profile.symbols.includes(outOfLine) ? 4 : 3);
const stubAt = (profile: Profile) => offsets.literal - BigInt(4 * stubWords(profile));
const trampolines = {
  near: { first: ['trampoline', kernel + 0x41000n], second: ['other trampoline', kernel + 0x41100n] },
  far: { first: ['far trampoline', kernel + 0x2800800n], second: ['other far trampoline', kernel + 0x2800900n] },
} as const;
const dummy = kernel + 0x2800a00n;

/** Trampolines keep LR's two values apart: the way back into the stub, and in r0 the program's caller's (ftrace's ABI). */
function world(profile: Profile, siteKind: CallSite['kind']): World {
  const base = buildWorld(profile, siteKind);
  const ool = profile.symbols.includes(outOfLine);
  const back = ool ? ['blr'] : ['mflr r11', 'mtctr r11', 'mtlr r0', 'bctr'];
  const id = base.sites[0]?.id ?? 'A';
  const long = `long branch stub of ${id}`;
  const empty = (name: string, offset: bigint, count: number): Text => ({
    ...{ name, address: program + offset, words: Array<number>(count).fill(0) },
  });
  const told = (name: string, address: bigint, lines: readonly string[], of?: string): Text => ({
    ...textAt(name, address, lines),
    ...(of !== undefined && { of }),
  });
  return {
    ...base,
    sites: base.sites.slice(0, 1).map((one): Site => {
      const { words } = textAt(one.id, site, body);
      return {
        ...one,
        entry: site,
        symbol: 0,
        text: { ...one.text, address: site, words },
        compiled: entry,
        own: [entry],
      };
    }),
    kernelSite: null,
    texts: [
      ...base.texts,
      empty(`stub of ${id}`, stubAt(profile), stubWords(profile)),
      empty(long, offsets.long, Number(offsets.end - offsets.long) / 4),
      told('dummy_tramp', dummy, ool ? ['blr'] : ['mtctr r11', 'mtlr r0', 'bctr'], ''),
      ...Object.values(trampolines.near).map(([name, address]) => told(name, address, back)),
      ...Object.values(trampolines.far).map(([name, address]) => told(name, address, back, '')),
    ],
    symbols: new Map([...base.symbols, ['dummy_tramp', dummy]]),
    ool: { ...noOolStubs, literals: new Map([[long, program + offsets.literal]]) },
    areas: [...base.areas, { name: 'BPF text', from: site, bytes: 0x2000, kind: 'text' }],
  };
}

/** The site's kind says how far the trampoline is that is attached, detached or changed to. */
function runs(image: Image, profile: Profile): readonly EntryRun[] {
  const own = trampolines[image.world.siteKind === 'far' ? 'far' : 'near'];
  const start = image.advance(image.keep(), [call(driver.build, program, stubAt(profile) / 4n, offsets.end)]);
  const attach = (to: bigint) => [call(driver.attach, to)];
  const attached = (to: bigint): State => image.advance(start, attach(to));
  const [goal, address] = own.first;
  const [otherGoal, other] = own.second;
  const shared = { plan: 'all', live: true } as const;
  const all: EntryRun[] = [
    { ...shared, entryPoint: 'enable', from: start, actions: attach(address), traced: [true], goal },
    ...(['near', 'far'] as const).map((kind): EntryRun => {
      const [, from] = trampolines[kind].first;
      const actions = [call(driver.change, from, other)];
      const plan = kind === 'near' ? 'first' : 'last';
      return {
        ...shared,
        plan,
        entryPoint: 'modify-call',
        from: attached(from),
        actions,
        traced: [true],
        goal: otherGoal,
      };
    }),
    {
      ...{ ...shared, entryPoint: 'enable-disable-enable', from: start, traced: [true], goal: otherGoal },
      actions: [...attach(address), call(driver.detach, address), ...attach(other)],
    },
    {
      ...shared,
      entryPoint: 'disable',
      from: attached(address),
      actions: [call(driver.detach, address)],
      traced: [false],
      goal,
    },
  ];
  // What goes wrong where a trampoline is attached is told of the run that attaches it.
  return all.filter(({ from }) => from.failure === null || from === start);
}
