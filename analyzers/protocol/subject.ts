/**
 * A subject: one part of the kernel that modifies the kernel's own text. The one idea: whatever modifies it, the machinery
 * is the same; a subject says which C is read, how that C is entered, what the words are before and what a task does that
 * runs them. Steps and verdicts follow from running it.
 *
 * Example: of jump labels, arch/powerpc/kernel/jump_label.c is read behind a driver that switches a key, and a function
 * takes its branch or does not.
 */
import type { KconfigCache } from '../kconfig/kconfig.ts';
import type { Resolve } from '../source/reading.ts';
import type { EntryRun } from './entry-points.ts';
import type { Read, SourceText } from './headers.ts';
import type { Image } from './image.ts';
import type { KernelConfig } from './kernel-config.ts';
import type { Profile } from './profiles.ts';
import type { CallSite, SubjectId } from './protocol.ts';
import type { World } from './world.ts';

export interface Subject {
  readonly id: SubjectId;
  /** May a change of this file change what the subject does? */
  readonly concerns: (path: string) => boolean;
  /** The configurations that the tree can have; none where it lacks the subject, or where a mail alone does not do. */
  readonly profiles: (source: SubjectSource) => readonly Profile[];
  readonly sources: (source: SubjectSource, profile: Profile) => Sources;
  readonly world: (profile: Profile, siteKind: CallSite['kind']) => World;
  /** Entry points with the state each starts from; simplest first. */
  readonly runs: (image: Image, profile: Profile) => readonly EntryRun[];
}

/** A tree, or what a mail shows of one. */
export interface SubjectSource {
  readonly read: Read;
  readonly touched: readonly string[];
  readonly evidence: 'tree' | 'diff';
  readonly renamed?: ReadonlyMap<string, string>;
  /** Kconfig symbols to be asked for besides those that always are. */
  readonly alsoAsked?: readonly string[];
  /** Answers to Kconfig's questions that count before all others. */
  readonly answers?: ReadonlyMap<string, string>;
  readonly kconfigs?: KconfigCache;
  /** The kernel of a .config, in place of all that the tree can have. */
  readonly config?: KernelConfig | null;
}

export interface Sources {
  /** The last one's weak functions come behind all others'. */
  readonly units: readonly SourceText[];
  /** Units whose functions count only where `units` have none of that name. */
  readonly standIns: readonly SourceText[];
  readonly resolve: Resolve;
  readonly ahead: readonly SourceText[];
  readonly assumed: readonly string[];
}

export const corePath = 'kernel/trace/ftrace.c';
/** How graphs are traced; before v5.0 part of the core. */
export const graphPath = 'kernel/trace/fgraph.c';
export const patchingPath = 'arch/powerpc/lib/code-patching.c';
/** Where kernels of 5.8 to 5.15 read an instruction that may have two words. */
export const readingPaths = ['arch/powerpc/lib/inst.c', 'arch/powerpc/mm/maccess.c'] as const;
/** The name by which a driver of ours is included. */
export const driverPath = 'scenario-driver.h';
