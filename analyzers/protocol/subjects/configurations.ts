/**
 * The configurations of a subject that has nothing to do with how call sites are compiled: a word size and an ABI.
 *
 * Example: ppc64-elfv1 is big-endian with function descriptors; a function as the compiler leaves it is the subject's to say.
 */
import type { Profile } from '../profiles.ts';

type Configuration = Pick<Profile, 'id' | 'bits' | 'littleEndian' | 'abi' | 'symbols'>;

const common = ['PPC', 'SMP', 'MODULES', 'KALLSYMS', 'PRINTK', 'BUG', 'JUMP_LABEL', 'HAVE_ARCH_JUMP_LABEL', 'KPROBES'];
const ppc64 = [...common, 'PPC64', '64BIT', 'PPC_BOOK3S_64', 'PPC_BOOK3S'];

export const configurations: readonly Configuration[] = [
  {
    id: 'ppc64-elfv2',
    bits: 64,
    littleEndian: true,
    abi: 'elfv2',
    symbols: [...ppc64, 'PPC64_ELF_ABI_V2', 'CPU_LITTLE_ENDIAN'],
  },
  {
    id: 'ppc64-elfv1',
    bits: 64,
    littleEndian: false,
    abi: 'elfv1',
    symbols: [...ppc64, 'PPC64_ELF_ABI_V1', 'CPU_BIG_ENDIAN'],
  },
  {
    id: 'ppc32',
    bits: 32,
    littleEndian: false,
    abi: 'ppc32',
    symbols: [...common, 'PPC32', 'PPC_BOOK3S_32', 'PPC_BOOK3S', 'CPU_BIG_ENDIAN'],
  },
];
