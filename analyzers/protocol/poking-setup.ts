/**
 * How a kernel pokes text, where that is interpreted, and from when on it does so through a mapping of its own:
 * arch/powerpc/lib/code-patching.c sets that up before ftrace_init() has looked at the call sites or after it, and stores
 * plainly until then. The one idea: the sources say it, by an initcall or by the order of start_kernel().
 *
 * Example: 5.10 has late_initcall(setup_text_poke_area), which is after; 6.1.176 calls poking_init() right before.
 */
import { bootIsOver } from './driver.ts';
import type { Read } from './headers.ts';
import type { Profile } from './profiles.ts';
import { patchingPath } from './subject.ts';

/** Ways to poke, as Kconfig symbols on top of a profile's; the usual one first, which has no name of its own. */
export function pokingWays({ bits }: Profile): readonly { readonly name: string[]; readonly symbols: string[] }[] {
  const mapped = 'STRICT_KERNEL_RWX';
  const plain = { name: ['writable-text'], symbols: [] };
  if (bits === 32) return [{ name: [], symbols: [mapped] }, plain];
  const radix = { name: [], symbols: [mapped, 'PPC_RADIX_MMU'] };
  return [radix, { name: ['hash'], symbols: [mapped] }, plain];
}

/** Functions without arguments that run before, or after, ftrace_init(). */
export interface BootOrder {
  readonly ahead: readonly string[];
  readonly behind: readonly string[];
}

const mainPath = 'init/main.c';
const pokingInit = 'poking_init';

/** @param defined is there a function of that name in the configuration? */
export function bootOrderOf(read: Read, defined: (name: string) => boolean): BootOrder {
  const patching = read(patchingPath) ?? '';
  const late = [...patching.matchAll(/^\w+_initcall\((\w+)\)/gm)].map((match) => match[1] ?? '');
  const initcalls = [...late, bootIsOver].filter(defined);
  if (!defined(pokingInit)) return { ahead: [], behind: initcalls };
  const main = read(mainPath) ?? '';
  const start = main.slice(Math.max(0, main.indexOf('start_kernel(void)')));
  const [poking, ftrace] = [start.indexOf(`${pokingInit}();`), start.indexOf('ftrace_init();')];
  // Where init/main.c is not at hand it is as in every kernel since v6.2.
  const isLate = poking >= 0 && ftrace >= 0 && poking > ftrace;
  return isLate ? { ahead: [], behind: [pokingInit, ...initcalls] } : { ahead: [pokingInit], behind: initcalls };
}
