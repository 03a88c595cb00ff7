/**
 * A kernel's .config by its path: the kernel that it configures, or in words why there is none.
 */
import { readFileSync, statSync } from 'node:fs';
import { type KernelConfig, kernelOfConfig } from '../analyzers/protocol/kernel-config.ts';

const fileBytesMax = 8 << 20;

/** Does a file look like the operator's settings? */
const areSettings = (text: string) =>
  /^(from|domain|lists|listHosts|optedOut|passTrailer|archive|replay|github):/m.test(text) &&
  !/^CONFIG_\w+=/m.test(text);

/** @returns the kernel, or in words what is wrong: a line each */
export function loadKernelConfig(file: string): KernelConfig | readonly string[] {
  let text: string;
  try {
    if (statSync(file).size > fileBytesMax)
      return [`--config ${file} has more than ${fileBytesMax >> 20} MB: it is no .config`];
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return [`--config ${file} cannot be read (${code ?? message}); give the .config of a kernel`];
  }
  if (areSettings(text))
    return [`${file} holds settings of this program, and no kernel's .config: use --settings ${file}`];
  const { kernel, wrong } = kernelOfConfig(file, text);
  return kernel ?? wrong;
}
