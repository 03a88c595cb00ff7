/**
 * What a reply calls things, by what modifies text: the moments, the sites, what was varied. One row a subject.
 */
import type { CallSite, EntryPoint, Plan, SubjectId } from '../../analyzers/protocol/protocol.ts';

interface SubjectWords {
  /** When it happens; the id of an entry point stands where there is no row. */
  readonly entries: Readonly<Partial<Record<EntryPoint, string>>>;
  readonly sites: Readonly<Record<CallSite['kind'], string>>;
  readonly plans: Readonly<Record<Plan, string>>;
  /** What A and B are. */
  readonly named: string;
  /** What <func> of the drawing is, where it is of our own making; '' where it is as the compiler makes it. */
  readonly drawn: string;
  /** What it means that a task does not go, or still goes, where the site leads when it is on. */
  readonly goal: { readonly missed: string; readonly reached: string };
  /** What all its runs vary. */
  readonly varied: string;
  /** In front of its entry points where several subjects were run; '' for the tracer. */
  readonly name: string;
}

export const subjectWords: Readonly<Record<SubjectId, SubjectWords>> = {
  ftrace: {
    entries: {
      boot: 'At boot',
      'module-load': 'When a module is loaded',
      'module-load-tracing': 'When a module is loaded while tracing is on',
      'module-unload': 'When a module is unloaded and tracing is switched off behind it',
      enable: 'When tracing is enabled',
      disable: 'When tracing is disabled',
      'enable-disable-enable': 'When tracing is enabled, disabled and enabled again',
      'modify-call': 'When the tracer is changed',
      register: 'When a tracer is registered',
      unregister: 'When a tracer is unregistered and freed',
      'tracer-joins': 'When a second tracer is registered',
      'tracer-leaves': 'When one of two tracers is unregistered and freed',
      'graph-on': 'When the graph tracer is switched on',
      'graph-off': 'When the graph tracer is switched off',
      'livepatch-on': 'When a function is live patched',
      'livepatch-off': 'When a live patch is taken back',
      'direct-on': 'When a direct trampoline is registered',
      'direct-change': 'When a direct trampoline is exchanged for another',
      'direct-off': 'When a direct trampoline is unregistered',
      call: 'When a traced function is called',
    },
    sites: { near: '', far: ', for a site that needs a trampoline', module: ', for a site in a module' },
    plans: {
      all: '',
      first: '; of two records, the first one is hit',
      last: '; of two records, the last one is hit',
    },
    named: 'A and B are the two call sites, in the order of their records.',
    drawn: '',
    goal: { missed: '', reached: '' },
    varied: 'with two records of which all, the first or the last is hit, near, far and in a module',
    name: '',
  },
  'jump-label': {
    entries: {
      boot: 'At boot',
      'module-load': 'When a module is loaded and the static key is off',
      'module-load-enabled': 'When a module is loaded and the static key is on',
      enable: 'When a static key is switched on',
      disable: 'When a static key is switched off',
      'enable-disable-enable': 'When a static key is switched on, off and on again',
    },
    sites: { near: '', far: '', module: ', for a function of a module' },
    plans: {
      all: '',
      first: '; the key has one entry, the first of the table',
      last: '; the key has one entry, the last of the table',
    },
    named: 'A and B are two functions that test the key, at A+4 and B+4; l_yes is at A+16 and B+16.',
    drawn:
      '<func> stands for any function that tests the key: it has a frame, which it drops after the site and at l_yes, where the branch leads.',
    goal: {
      missed: 'With the key on the function does not come to l_yes.',
      reached: 'With the key off the function still comes to l_yes.',
    },
    varied: 'with a key of two entries, of the first alone and of the last alone, in the kernel and in a module',
    name: 'jump labels',
  },
  kprobe: {
    entries: {
      enable: 'When a kprobe is registered',
      disable: 'When a kprobe is unregistered',
      'enable-disable-enable': 'When a kprobe is registered, disabled and enabled again',
      'second-word': 'When a kprobe is asked for on the second word of a prefixed instruction',
    },
    sites: { near: '', far: '', module: ', on a function of a module' },
    plans: { all: '', first: '', last: '' },
    named: 'A and B are two functions, probed at A+4 and B+4.',
    drawn:
      '<func> stands for any function: the probed instruction changes a register of its caller, and the next one puts it back.',
    goal: {
      missed: 'The probe is registered, and a task does not trap.',
      reached: 'The probe is gone, and a task still traps.',
    },
    varied:
      'with one probe and with two, on instructions of one word and, where the tree has them, prefixed ones, in the kernel and in a module',
    name: 'kprobes',
  },
  optprobe: {
    entries: {
      optimize: 'When the trap of a kprobe becomes a branch to its detour buffer',
      unoptimize: 'When the branch to a detour buffer becomes a trap again, and the buffer is freed',
    },
    sites: { near: '', far: '', module: ', on a function of a module' },
    plans: { all: '', first: '', last: '' },
    named: 'A and B are two functions, probed at A+4 and B+4.',
    drawn:
      '<func> stands for any function: the probed instruction changes a register of its caller, and the next one puts it back.',
    goal: {
      missed: 'The probe is optimized, and a task does not come to its detour buffer.',
      reached: 'The probe is no longer optimized, and a task still comes to its detour buffer.',
    },
    varied:
      'with one probe and with two, in the kernel; with a template and with an emulate_step() of ours that executes the instruction it is handed in r4',
    name: 'optimized kprobes',
  },
  'static-call': {
    entries: {
      'call-none': 'When a static call is set to NULL',
      'call-zero': 'When a static call is set to __static_call_return0()',
      'call-short': 'When a static call is set to a function within 32 MB',
      'call-long': 'When a static call is set to a function beyond 32 MB',
    },
    sites: { near: '', far: '', module: '' },
    plans: { all: '', first: ', from another of these', last: ', from the third of these' },
    named: 'A calls at A+12; B calls at its end, at B+4.',
    drawn: 'The literal of the trampoline is the word that it loads its target from.',
    goal: {
      missed: 'The function that the static call is set to is not called.',
      reached: 'The function that the static call was set to before is still called.',
    },
    varied:
      'each from the three others, with the trampoline that asm/static_call.h defines, and a call inside a function and one at its end',
    name: 'static calls',
  },
  'bpf-poke': {
    entries: {
      enable: 'When a trampoline is attached to a BPF program',
      disable: 'When a trampoline is detached from a BPF program and freed',
      'enable-disable-enable':
        'When a trampoline is attached to a BPF program, detached and freed, and another attached',
      'modify-call': 'When the trampoline of a BPF program is exchanged for another, and freed',
    },
    sites: { near: '', far: ', the trampoline beyond 32 MB', module: '' },
    plans: { all: '', first: '; the old one is within 32 MB', last: '; the old one is beyond 32 MB' },
    named: 'A calls the BPF program, which is at A+40.',
    drawn:
      '<func> stands for a function and the BPF program that it calls: it changes a register of its caller, which the program puts back.',
    goal: {
      missed: 'The trampoline is attached, and a task does not come to it.',
      reached: 'The trampoline is detached, and a task still comes to it.',
    },
    varied:
      'with a trampoline within 32 MB and one beyond, at the entry of a program whose stub bpf_jit_build_fentry_stubs() lays',
    name: 'BPF text poke',
  },
  'feature-fixups': {
    entries: {
      boot: 'At boot',
      'module-load': 'When a module is loaded',
      'module-load-enabled': 'When a module is loaded while the mitigation is on',
      'mitigation-off': 'When the mitigation is switched off',
      'mitigation-on': 'When the mitigation is switched on',
      'mitigation-fallback': 'When the mitigation is set to its fallback',
      'mitigation-ori': 'When the mitigation is set to the ori flush',
      'mitigation-trigger': 'When the mitigation is set to the flush that a move to a trigger register does',
      'mitigation-all': 'When the mitigation is set to every flush at once',
      'mitigation-eieio': 'When the mitigation is set to eieio',
      'mitigation-sync': 'When the mitigation is set to sync and ori',
      'enable-disable-enable': 'When the mitigation is switched on, off and on again',
    },
    sites: { near: '', far: '', module: ', for text of a module' },
    plans: { all: '', first: '; the second of three variants', last: '; the third of three variants' },
    named: 'A and B are two places of the same table.',
    drawn:
      '<func> stands for the code around such a place: what the macros of the kernel lay there, and around it what shows if the place is wrong.',
    goal: {
      missed: 'What is to be led elsewhere, to the fallback or by an alternative, is not.',
      reached: 'What is to be left alone, or left again, is led to the fallback or by an alternative.',
    },
    varied:
      'with two places of each kind that the tree has: alternatives for processors with a feature and without, each kind of a mitigation from off and from two others',
    name: 'feature fixups',
  },
};
