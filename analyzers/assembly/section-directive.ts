/**
 * Directives about sections (GNU as manual, 7.100 `.section` for ELF). The one idea: a section is what its first mention
 * says; later mentions only go there.
 *
 * Example: `.section ___ksymtab+f,"a"` … `.previous` writes a table entry beside the code.
 */
import type { Assembly } from './assembly.ts';
import type { Run } from './directive.ts';
import { readList } from './macro.ts';
import type { SectionBuilder } from './section.ts';

/** `name[, "flags"[, @type[, entry size]]]`; null and a problem where it is not that. */
function sectionOf(assembly: Assembly, text: string): SectionBuilder | null {
  const [name = '', flags, type] = readList(text);
  if (name === '' || /["\s]/.test(name)) {
    assembly.report('operands', `${text} names no section`);
    return null;
  }
  const isGiven = flags !== undefined && !/^[@%]/.test(flags);
  if (isGiven && !/^[awxMSGTeo]*$/.test(flags)) assembly.report('operands', `"${flags}" are no flags of a section`);
  const section = assembly.sections.named(
    name,
    isGiven ? { flags, type: type?.replace('%', '@') ?? '@progbits' } : null,
  );
  const sorted = (letters: string) => [...letters].sort().join('');
  if (isGiven && sorted(section.flags) !== sorted(flags)) {
    assembly.report('directive', `${name} is a section with the flags "${section.flags}" already`);
  }
  return section;
}

const go =
  (how: 'switchTo' | 'push'): Run =>
  (assembly, text) => {
    const section = sectionOf(assembly, text);
    if (section !== null) assembly.sections[how](section);
  };

const fixed =
  (name: string): Run =>
  (assembly, text) => {
    if (text !== '' && text !== '0') assembly.report('directive', `${name} ${text}: subsections are not read`);
    assembly.sections.switchTo(assembly.sections.named(name, null));
  };

export const sectionDirectives: readonly (readonly [string, Run])[] = [
  ['.section', go('switchTo')],
  ['.pushsection', go('push')],
  [
    '.popsection',
    (assembly) => {
      if (!assembly.sections.pop()) assembly.report('directive', '.popsection without .pushsection');
    },
  ],
  ['.previous', (assembly) => assembly.sections.back()],
  ['.text', fixed('.text')],
  ['.data', fixed('.data')],
  ['.bss', fixed('.bss')],
];
