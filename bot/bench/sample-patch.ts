/**
 * Patches to measure a review with: one edit of each kind of file that a review reads, made for the tree at hand. Most change
 * every run (a barrier more), so that before and after are run and explored in full.
 *
 * Example: `arch` puts smp_mb() at the start of every ftrace_make_call() of the tree.
 */
import { gitDiff } from '../git-diff.ts';

interface Sample {
  readonly name: string;
  /** The first one that the tree has, or all of them. */
  readonly paths: readonly string[];
  readonly all: boolean;
  /** The line behind which a line is put, or the first `{` behind that. */
  readonly behind: RegExp;
  readonly brace: boolean;
  readonly line: string;
}

const trace = 'arch/powerpc/kernel/trace';
const samples: readonly Sample[] = [
  {
    name: 'arch ftrace.c',
    paths: [`${trace}/ftrace.c`, `${trace}/ftrace_64_pg.c`],
    all: true,
    behind: /^int ftrace_make_call\(/,
    brace: true,
    line: '\tsmp_mb();',
  },
  {
    name: 'generic ftrace.c',
    paths: ['kernel/trace/ftrace.c'],
    all: true,
    behind: /^static void ftrace_run_update_code\(int command\)$/,
    brace: true,
    line: '\tsmp_mb();',
  },
  {
    name: 'entry code',
    paths: ['ftrace_entry.S', 'ftrace_mprofile.S', 'ftrace_64_mprofile.S'].map((name) => `${trace}/${name}`),
    all: false,
    behind: /^_GLOBAL\(ftrace_caller\)/,
    brace: false,
    line: '\tnop',
  },
  {
    name: 'header',
    paths: ['arch/powerpc/include/asm/ftrace.h'],
    all: false,
    behind: /^#ifndef __ASSEMBL(Y|ER)__/,
    brace: false,
    line: 'static inline int scenario_sample(void) { return 0; }',
  },
  {
    name: 'code-patching.c',
    paths: ['arch/powerpc/lib/code-patching.c'],
    all: false,
    behind: /^int patch_instruction\(/,
    brace: true,
    line: '\tsmp_mb();',
  },
];

/** Mails by what they change; a tree that lacks the place has none. */
export function sampleMails(read: (path: string) => string | null): readonly { name: string; mail: string }[] {
  return samples.flatMap((sample) => {
    const diffs = sample.paths.map((path) => diffOf(sample, path, read(path) ?? '')).filter((diff) => diff !== '');
    const diff = (sample.all ? diffs : diffs.slice(0, 1)).join('');
    return diff === '' ? [] : [{ name: sample.name, mail: mailOf(sample.name, diff) }];
  });
}

function diffOf({ behind, brace, line }: Sample, path: string, text: string): string {
  const lines = text.split('\n');
  const places = lines.flatMap((one, at) => (behind.test(one) ? [at] : []));
  const starts = brace ? places.map((at) => lines.indexOf('{', at)) : places.slice(0, 1);
  const edited = lines.flatMap((one, at) => (starts.includes(at) ? [one, line] : [one]));
  return starts.length === 0 ? '' : gitDiff(path, text, edited.join('\n'));
}

const mailOf = (name: string, diff: string) => `From ada@example.org Tue Mar  3 00:00:00 2026
From: Ada Example <ada@example.org>
To: linuxppc-dev@example.org
Subject: [PATCH] powerpc/ftrace: Change ${name}
Message-ID: <sample.${name.replace(/\W/g, '-')}@example.org>
Date: Tue, 03 Mar 2026 00:00:00 +0000

One edit.

Signed-off-by: Ada Example <ada@example.org>
---
${diff}-- 
2.40.0
`;
