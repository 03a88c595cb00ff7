/**
 * The configurations of a subject that has nothing to do with how call sites are compiled: a word size and an ABI, of the
 * first kernel of the tree that has it.
 *
 * Example: ppc64-elfv1 is big-endian with function descriptors; a function as the compiler leaves it is the subject's to say.
 */
import { type Profile, profilesOf } from '../profiles.ts';
import type { SubjectSource } from '../subject.ts';

type Configuration = Omit<
  Profile,
  'unit' | 'contract' | 'function' | 'moduleFunction' | 'before' | 'recorded' | 'siteKinds'
>;

export function configurationsOfAbis(source: SubjectSource): readonly Configuration[] {
  const known = profilesOf(source);
  return (['elfv2', 'elfv1', 'ppc32'] as const).flatMap((abi) => {
    const first = known.find((profile) => profile.abi === abi);
    return first === undefined ? [] : [bareConfiguration(first, abi === 'ppc32' ? abi : `ppc64-${abi}`)];
  });
}

/** What a profile says besides how its call sites are compiled. */
export function bareConfiguration(profile: Profile, id: string): Configuration {
  const { abi, bits, littleEndian, symbols, preemptions, objects, base, derived } = profile;
  return { id, abi, bits, littleEndian, symbols, preemptions, objects, base, derived };
}
